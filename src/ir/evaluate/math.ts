/**
 * exp, log, tanh and sigmoid of float32 as the generated firmware computes them (`pinmap_math.h`): the
 * same operations in the same order, each rounded to float32, so that both give the same bits. Errors,
 * measured in tests/firmware/body_test.ts: at most 2 units in the last place for exp and log, 5 for the
 * others.
 *
 * @module
 */
const f = Math.fround;
const bits = new DataView(new ArrayBuffer(4));

/** log2(e), and ln(2) as a sum of two floats: the first has few bits, so that products with it are exact. */
const LOG2_E = f(1.44269504);
const LN2_HIGH = f(0.693359375);
const LN2_LOW = f(-2.12194440e-4);
/** Minimax polynomial of (exp(r) − 1 − r) / r² for |r| ≤ ln(2) / 2 (Cephes, expf). */
const EXP = [
  1.9875691500e-4,
  1.3981999507e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  1.6666665459e-1,
  5.0000001201e-1,
]
  .map(f);
/** Minimax polynomial of (log(1 + r) − r + r²/2) / r³ for √½ ≤ 1 + r ≤ √2 (Cephes, logf). */
const LOG = [
  7.0376836292e-2,
  -1.1514610310e-1,
  1.1676998740e-1,
  -1.2420140846e-1,
  1.4249322787e-1,
  -1.6668057665e-1,
  2.0000714765e-1,
  -2.4999993993e-1,
  3.3333331174e-1,
].map(f);

/** By Horner's rule, each step rounded twice. */
function polynomial(coefficients: readonly number[], r: number): number {
  return coefficients.reduce((sum, one) => f(f(sum * r) + one));
}

/** 2^n as a float, for normal numbers. */
function power(n: number): number {
  bits.setUint32(0, (n + 127) << 23);
  return bits.getFloat32(0);
}

/** e^x. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > f(88.72283)) return Infinity;
  if (x < f(-103.97208)) return 0;
  const n = Math.floor(f(f(x * LOG2_E) + 0.5));
  const r = f(f(x - f(n * LN2_HIGH)) - f(n * LN2_LOW));
  const value = f(f(f(polynomial(EXP, r) * f(r * r)) + r) + 1);
  // Two factors, since 2^n alone may be too large or too small for a float.
  const half = n >> 1;
  return f(f(value * power(half)) * power(n - half));
}

/** Natural logarithm; NaN below 0. */
export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return NaN;
  if (x === 0) return -Infinity;
  if (x === Infinity) return x;
  const scale = x < f(1.17549435e-38) ? 23 : 0;
  bits.setFloat32(0, f(x * power(scale)));
  const word = bits.getUint32(0);
  let n = (word >>> 23) - 127 - scale;
  bits.setUint32(0, (word & 0x7f_ffff) | 0x3f80_0000);
  let m = bits.getFloat32(0);
  if (m > f(1.41421356)) {
    m = f(m * 0.5);
    n++;
  }
  const r = f(m - 1);
  const square = f(r * r);
  let y = f(f(polynomial(LOG, r) * square) * r);
  y = f(y + f(n * LN2_LOW));
  y = f(y - f(0.5 * square));
  return f(f(r + y) + f(n * LN2_HIGH));
}

/** Hyperbolic tangent. */
export function tanh(x: number): number {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  if (size > 10) return x < 0 ? -1 : 1;
  if (size < f(0.625)) {
    const square = f(x * x);
    return f(f(f(polynomial(TANH, square) * square) * x) + x);
  }
  const e = exp(f(size + size));
  const y = f(1 - f(2 / f(e + 1)));
  return x < 0 ? -y : y;
}

/** Minimax polynomial of (tanh(x) / x − 1) / x² in x² for |x| < 0.625 (Cephes, tanhf). */
const TANH = [
  -5.70498872745e-3,
  2.06390887954e-2,
  -5.37397155531e-2,
  1.33314422036e-1,
  -3.33332819422e-1,
]
  .map(f);

/** 1 / (1 + e^−x), TVM's definition. */
export function sigmoid(x: number): number {
  return f(1 / f(1 + exp(f(-x))));
}
