/**
 * The integer arithmetic of TensorFlow Lite's int8 kernels, bit for bit: requantisation with double
 * rounding, and the fixed-point exponential and reciprocal of its softmax.
 *
 * Semantics: gemmlowp's fixed-point arithmetic as TensorFlow Lite's reference kernels use it with
 * `TFLITE_SINGLE_ROUNDING` undefined, and the int8 quantisation specification.
 *
 * @module
 */

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

/** A real number as `multiplier × 2^(shift − 31)`. */
export interface FixedPointMultiplier {
  /** 0, or 2^30 to 2^31 − 1. */
  readonly multiplier: number;
  /** Positive shifts left, negative shifts right. */
  readonly shift: number;
}

/**
 * Turns a positive real number into integers.
 *
 * @param real ≥ 0; below 2^−32 it becomes 0
 */
export function quantizeMultiplier(real: number): FixedPointMultiplier {
  if (real === 0) return { multiplier: 0, shift: 0 };
  let shift = 0;
  let fraction = real;
  for (; fraction >= 1; shift++) fraction /= 2;
  for (; fraction < 0.5; shift--) fraction *= 2;
  let multiplier = Math.round(fraction * 2 ** 31);
  if (multiplier === 2 ** 31) {
    multiplier /= 2;
    shift++;
  }
  return shift < -31 ? { multiplier: 0, shift: 0 } : { multiplier, shift };
}

/**
 * The high half of twice the product of two 32-bit integers, rounded to nearest with ties away from
 * minus infinity, and saturated: the product of two numbers in [−1, 1).
 */
export function highMultiply(a: number, b: number): number {
  if (a === INT32_MIN && b === INT32_MIN) return INT32_MAX;
  // The product has up to 62 bits, a double only 53: multiply the magnitudes in two parts.
  const x = Math.abs(a);
  const y = Math.abs(b);
  const negative = (a < 0) !== (b < 0) && a !== 0 && b !== 0;
  const low = (x & 0xffff) * y + (negative ? 2 ** 30 - 1 : 2 ** 30);
  const high = (x >>> 16) * y + Math.floor(low / 65536);
  const magnitude = Math.floor(high / 32768);
  return (negative ? -magnitude : magnitude) | 0;
}

/** x / 2^exponent, rounded to nearest with ties away from zero; exponent 0 to 31. */
export function roundingShiftRight(x: number, exponent: number): number {
  const mask = exponent === 31 ? INT32_MAX : (1 << exponent) - 1;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/**
 * Multiplies by a {@linkcode FixedPointMultiplier}, rounding twice: after the product and after the shift.
 *
 * @param x 32-bit integer
 * @param multiplier See {@linkcode FixedPointMultiplier}
 * @param shift Likewise
 */
export function requantize(x: number, multiplier: number, shift: number): number {
  const shifted = shift > 0 ? x << shift : x;
  return roundingShiftRight(highMultiply(shifted, multiplier), shift > 0 ? 0 : -shift);
}

/** e^(−2^n) for n = −2 to 4, in Q0.31. */
const EXP_OF_POWERS = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];

/**
 * e^x for x ≤ 0.
 *
 * @param x In Q5.26
 * @returns In Q0.31; 1 becomes the largest integer
 */
export function expOfNegative(x: number): number {
  if (x === 0) return INT32_MAX;
  const quarter = 1 << 24;
  const rest = (x & (quarter - 1)) - quarter;
  let result = expNearZero(rest << 5);
  const wholes = rest - x;
  EXP_OF_POWERS.forEach((factor, i) => {
    if ((wholes & (quarter << i)) !== 0) result = highMultiply(result, factor);
  });
  return result;
}

/** e^x for −1/4 ≤ x < 0 by the Taylor series around −1/8; both in Q0.31. */
function expNearZero(x: number): number {
  const expOfMinusEighth = 1895147668;
  const third = 715827883;
  const t = x + (1 << 28);
  const t2 = highMultiply(t, t);
  const t3 = highMultiply(t2, t);
  const t4 = highMultiply(t2, t2);
  const cubic = highMultiply(roundingShiftRight(t4, 2) + t3, third);
  const higher = roundingShiftRight(cubic + t2, 1);
  return expOfMinusEighth + highMultiply(expOfMinusEighth, t + higher);
}

/** A reciprocal: `fraction × 2^−exponent`. */
export interface Reciprocal {
  /** Q0.31, 1/2 to 1. */
  readonly fraction: number;
  /** How many bits the number lies above 1. */
  readonly exponent: number;
}

/**
 * 1 / x by three steps of Newton's method.
 *
 * @param x Positive, in Q12.19
 */
export function reciprocal(x: number): Reciprocal {
  const headroom = Math.clz32(x);
  // x = (1 + a) × 2^exponent, with a from 0 to 1 in Q0.31.
  const a = (x << headroom) - INT32_MIN | 0;
  const half = Math.trunc((a + INT32_MAX + 1) / 2);
  const one = 1 << 29; // The steps are in Q2.29.
  let y = 1515870810 + highMultiply(half, -1010580540); // 48/17 − 32/17 × half
  for (let i = 0; i < 3; i++) {
    const error = one - highMultiply(half, y);
    y = (y + saturatingShiftLeft(highMultiply(y, error), 2)) | 0;
  }
  return { fraction: saturatingShiftLeft(y, 1), exponent: 12 - headroom };
}

function saturatingShiftLeft(x: number, bits: number): number {
  return Math.min(INT32_MAX, Math.max(INT32_MIN, x * 2 ** bits));
}
