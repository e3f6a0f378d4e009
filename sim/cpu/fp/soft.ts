/**
 * IEEE 754 arithmetic on bit patterns, exact and then rounded once: all rounding modes, flush to zero,
 * default NaN and the cumulative flags as in DDI 0403, A2.5 and the FP pseudocode of its appendix D.
 * Slow by design (big integers); `fast.ts` takes over where the host's arithmetic gives the same result.
 *
 * @module
 */

/** A binary interchange format. */
export interface Format {
  /** Bits in all. */
  readonly bits: number;
  /** Bits of the stored fraction. */
  readonly fraction: number;
  /** Exponent bias. */
  readonly bias: number;
}

/** Half precision. */
export const F16: Format = { bits: 16, fraction: 10, bias: 15 };
/** Single precision. */
export const F32: Format = { bits: 32, fraction: 23, bias: 127 };
/** Double precision. */
export const F64: Format = { bits: 64, fraction: 52, bias: 1023 };

/** Bits of FPSCR. */
export const FPSCR = {
  invalid: 1,
  divideByZero: 2,
  overflow: 4,
  underflow: 8,
  inexact: 16,
  inputDenormal: 128,
  roundingShift: 22,
  flushToZero: 1 << 24,
  defaultNan: 1 << 25,
  alternativeHalf: 1 << 26,
} as const;

/** Rounding modes; the first four are numbered as in FPSCR. */
export const ROUND = { nearest: 0, up: 1, down: 2, zero: 3, away: 4 } as const;

/** Where modes are read and flags accumulate: FPSCR. */
export interface Environment {
  /** Control and cumulative flags. */
  fpscr: number;
}

interface Unpacked {
  readonly kind: "zero" | "finite" | "infinity" | "quiet" | "signalling";
  readonly negative: boolean;
  /** Value is mantissa × 2^exponent. */
  readonly mantissa: bigint;
  readonly exponent: number;
  readonly bits: bigint;
}

/** Rounding mode of FPSCR. */
export function roundingMode(env: Environment): number {
  return (env.fpscr >>> FPSCR.roundingShift) & 3;
}

function exponentMask(format: Format): number {
  return (1 << (format.bits - format.fraction - 1)) - 1;
}

/** Half precision is never flushed to zero in conversions: that is FZ16, which Armv8.1-M adds. */
function isFlushed(format: Format): boolean {
  return format.bits > 17;
}

function signBit(format: Format, negative: boolean): bigint {
  return negative ? 1n << BigInt(format.bits - 1) : 0n;
}

/** A zero. */
export function zero(format: Format, negative: boolean): bigint {
  return signBit(format, negative);
}

/** An infinity. */
export function infinity(format: Format, negative: boolean): bigint {
  return signBit(format, negative) | (BigInt(exponentMask(format)) << BigInt(format.fraction));
}

/** The NaN that operations give which have no NaN operand. */
export function defaultNan(format: Format): bigint {
  return infinity(format, false) | (1n << BigInt(format.fraction - 1));
}

function largest(format: Format, negative: boolean): bigint {
  return infinity(format, negative) - 1n;
}

function unpack(env: Environment, format: Format, bits: bigint): Unpacked {
  const fractionBits = BigInt(format.fraction);
  const negative = bits >> BigInt(format.bits - 1) === 1n;
  const exponent = Number((bits >> fractionBits) & BigInt(exponentMask(format)));
  const fraction = bits & ((1n << fractionBits) - 1n);
  const base = { negative, bits };
  if (exponent === exponentMask(format)) {
    if (fraction === 0n) return { ...base, kind: "infinity", mantissa: 0n, exponent: 0 };
    const quiet = fraction >> (fractionBits - 1n) === 1n;
    return { ...base, kind: quiet ? "quiet" : "signalling", mantissa: 0n, exponent: 0 };
  }
  const scale = 1 - format.bias - format.fraction;
  if (exponent === 0) {
    if (fraction === 0n) return { ...base, kind: "zero", mantissa: 0n, exponent: 0 };
    if ((env.fpscr & FPSCR.flushToZero) !== 0 && isFlushed(format)) {
      env.fpscr |= FPSCR.inputDenormal;
      return { ...base, kind: "zero", mantissa: 0n, exponent: 0 };
    }
    return { ...base, kind: "finite", mantissa: fraction, exponent: scale };
  }
  return {
    ...base,
    kind: "finite",
    mantissa: fraction | (1n << fractionBits),
    exponent: exponent - 1 + scale,
  };
}

function invalid(env: Environment, format: Format): bigint {
  env.fpscr |= FPSCR.invalid;
  return defaultNan(format);
}

/** The result if an operand is a NaN: the first signalling one made quiet, else the first quiet one. */
function propagate(
  env: Environment,
  format: Format,
  operands: readonly Unpacked[],
): bigint | undefined {
  const signalling = operands.find(({ kind }) => kind === "signalling");
  const chosen = signalling ?? operands.find(({ kind }) => kind === "quiet");
  if (chosen === undefined) return undefined;
  if (signalling !== undefined) env.fpscr |= FPSCR.invalid;
  if ((env.fpscr & FPSCR.defaultNan) !== 0) return defaultNan(format);
  return chosen.bits | (1n << BigInt(format.fraction - 1));
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}

/** True if a magnitude is rounded up in its last place. */
function roundsUp(
  mode: number,
  negative: boolean,
  odd: boolean,
  rest: bigint,
  half: bigint,
): boolean {
  if (rest === 0n) return false;
  switch (mode) {
    case ROUND.up:
      return !negative;
    case ROUND.down:
      return negative;
    case ROUND.zero:
      return false;
    case ROUND.away:
      return rest >= half;
    default:
      return rest > half || (rest === half && odd);
  }
}

/**
 * Rounds an exact value to a format and sets the flags.
 *
 * @param env Modes and flags
 * @param format Format of the result
 * @param negative Sign
 * @param mantissa Magnitude, as mantissa × 2^exponent; not zero
 * @param exponent See mantissa
 * @param mode Rounding mode
 */
export function round(
  env: Environment,
  format: Format,
  negative: boolean,
  mantissa: bigint,
  exponent: number,
  mode: number = roundingMode(env),
): bigint {
  const least = 1 - format.bias - format.fraction;
  const top = bitLength(mantissa) + exponent - 1;
  const tiny = top < 1 - format.bias;
  if (tiny && (env.fpscr & FPSCR.flushToZero) !== 0 && isFlushed(format)) {
    env.fpscr |= FPSCR.underflow;
    return zero(format, negative);
  }
  const last = Math.max(top - format.fraction, least);
  const drop = last - exponent;
  let kept = drop <= 0 ? mantissa << BigInt(-drop) : mantissa >> BigInt(drop);
  const rest = drop <= 0 ? 0n : mantissa & ((1n << BigInt(drop)) - 1n);
  const half = drop <= 0 ? 0n : 1n << BigInt(drop - 1);
  if (roundsUp(mode, negative, (kept & 1n) === 1n, rest, half)) kept += 1n;
  if (rest !== 0n) {
    env.fpscr |= FPSCR.inexact;
    if (tiny) env.fpscr |= FPSCR.underflow;
  }
  // A subnormal that becomes normal, and a mantissa that overflows, carry into the exponent by themselves.
  const biased = BigInt(last - least) << BigInt(format.fraction);
  const packed = kept + biased;
  if (packed >= infinity(format, false)) {
    env.fpscr |= FPSCR.overflow | FPSCR.inexact;
    const toInfinity = mode === ROUND.nearest || mode === ROUND.away ||
      mode === (negative ? ROUND.down : ROUND.up);
    return toInfinity ? infinity(format, negative) : largest(format, negative);
  }
  return signBit(format, negative) | packed;
}

/** Sum of two exact values, rounded; `parts` are signed mantissas. */
function roundSum(
  env: Environment,
  format: Format,
  a: { readonly signed: bigint; readonly exponent: number },
  b: { readonly signed: bigint; readonly exponent: number },
  zeroIsNegative: boolean,
): bigint {
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.signed << BigInt(a.exponent - exponent)) +
    (b.signed << BigInt(b.exponent - exponent));
  if (sum === 0n) return zero(format, zeroIsNegative);
  return round(env, format, sum < 0n, sum < 0n ? -sum : sum, exponent);
}

function signed({ mantissa, negative, exponent }: Unpacked): { signed: bigint; exponent: number } {
  return { signed: negative ? -mantissa : mantissa, exponent };
}

/** a + b. */
export function add(env: Environment, format: Format, a: bigint, b: bigint): bigint {
  const x = unpack(env, format, a);
  const y = unpack(env, format, b);
  const nan = propagate(env, format, [x, y]);
  if (nan !== undefined) return nan;
  if (x.kind === "infinity" && y.kind === "infinity" && x.negative !== y.negative) {
    return invalid(env, format);
  }
  if (x.kind === "infinity") return infinity(format, x.negative);
  if (y.kind === "infinity") return infinity(format, y.negative);
  const bothZero = x.kind === "zero" && y.kind === "zero" && x.negative === y.negative;
  const zeroIsNegative = bothZero ? x.negative : roundingMode(env) === ROUND.down;
  return roundSum(env, format, signed(x), signed(y), zeroIsNegative);
}

/** −a as a bit pattern. */
export function negate(format: Format, a: bigint): bigint {
  return a ^ signBit(format, true);
}

/** a − b; a NaN keeps its sign. */
export function subtract(env: Environment, format: Format, a: bigint, b: bigint): bigint {
  const x = unpack({ fpscr: 0 }, format, b);
  const nan = x.kind === "quiet" || x.kind === "signalling";
  return add(env, format, a, nan ? b : negate(format, b));
}

/** a × b. */
export function multiply(env: Environment, format: Format, a: bigint, b: bigint): bigint {
  const x = unpack(env, format, a);
  const y = unpack(env, format, b);
  const nan = propagate(env, format, [x, y]);
  if (nan !== undefined) return nan;
  const negative = x.negative !== y.negative;
  if (x.kind === "infinity" || y.kind === "infinity") {
    if (x.kind === "zero" || y.kind === "zero") return invalid(env, format);
    return infinity(format, negative);
  }
  if (x.kind === "zero" || y.kind === "zero") return zero(format, negative);
  return round(env, format, negative, x.mantissa * y.mantissa, x.exponent + y.exponent);
}

/** a ÷ b. */
export function divide(env: Environment, format: Format, a: bigint, b: bigint): bigint {
  const x = unpack(env, format, a);
  const y = unpack(env, format, b);
  const nan = propagate(env, format, [x, y]);
  if (nan !== undefined) return nan;
  const negative = x.negative !== y.negative;
  if (x.kind === y.kind && x.kind !== "finite") return invalid(env, format);
  if (x.kind === "infinity") return infinity(format, negative);
  if (y.kind === "zero") {
    env.fpscr |= FPSCR.divideByZero;
    return infinity(format, negative);
  }
  if (x.kind === "zero" || y.kind === "infinity") return zero(format, negative);
  const shift = 2 * format.fraction + 4;
  const numerator = x.mantissa << BigInt(shift);
  const quotient = numerator / y.mantissa;
  const sticky = numerator % y.mantissa === 0n ? 0n : 1n;
  const exponent = x.exponent - y.exponent - shift - 1;
  return round(env, format, negative, (quotient << 1n) | sticky, exponent);
}

function integerRoot(value: bigint): bigint {
  let guess = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** √a. */
export function squareRoot(env: Environment, format: Format, a: bigint): bigint {
  const x = unpack(env, format, a);
  const nan = propagate(env, format, [x]);
  if (nan !== undefined) return nan;
  if (x.kind === "zero") return zero(format, x.negative);
  if (x.negative) return invalid(env, format);
  if (x.kind === "infinity") return infinity(format, false);
  const shift = 2 * format.fraction + 4 + ((x.exponent & 1) === 0 ? 0 : 1);
  const value = x.mantissa << BigInt(shift);
  const root = integerRoot(value);
  const sticky = root * root === value ? 0n : 1n;
  return round(env, format, false, (root << 1n) | sticky, (x.exponent - shift) / 2 - 1);
}

/** addend + a × b, rounded once. */
export function fuse(
  env: Environment,
  format: Format,
  addend: bigint,
  a: bigint,
  b: bigint,
): bigint {
  const z = unpack(env, format, addend);
  const x = unpack(env, format, a);
  const y = unpack(env, format, b);
  const infinite = x.kind === "infinity" || y.kind === "infinity";
  const invalidProduct = infinite && (x.kind === "zero" || y.kind === "zero");
  if (z.kind === "quiet" && invalidProduct) return invalid(env, format);
  const nan = propagate(env, format, [z, x, y]);
  if (nan !== undefined) return nan;
  const negative = x.negative !== y.negative;
  if (invalidProduct) return invalid(env, format);
  if (infinite) {
    if (z.kind === "infinity" && z.negative !== negative) return invalid(env, format);
    return infinity(format, negative);
  }
  if (z.kind === "infinity") return infinity(format, z.negative);
  const product = x.mantissa * y.mantissa;
  const zeros = product === 0n && z.kind === "zero" && negative === z.negative;
  const zeroIsNegative = zeros ? negative : roundingMode(env) === ROUND.down;
  return roundSum(
    env,
    format,
    signed(z),
    { signed: negative ? -product : product, exponent: x.exponent + y.exponent },
    zeroIsNegative,
  );
}

/**
 * The alternative half precision (FPSCR.AHP) has no infinities and NaNs, but one binade more: numbers of it
 * are those of a format with one more bit of exponent whose greatest ones do not fit.
 */
const ALTERNATIVE: Format = { bits: 17, fraction: 10, bias: 15 };

function isAlternative(env: Environment, format: Format): boolean {
  return format === F16 && (env.fpscr & FPSCR.alternativeHalf) !== 0;
}

function fromAlternative(env: Environment, bits: bigint): Unpacked {
  return unpack(env, ALTERNATIVE, ((bits & 0x8000n) << 1n) | (bits & 0x7fffn));
}

/** What does not fit is the greatest number, a NaN is zero; both are invalid. */
function toAlternative(env: Environment, x: Unpacked): bigint {
  if (x.kind === "zero") return zero(F16, x.negative);
  const isNan = x.kind === "quiet" || x.kind === "signalling";
  if (x.kind === "finite") {
    const trial: Environment = { fpscr: env.fpscr };
    const magnitude = round(trial, ALTERNATIVE, x.negative, x.mantissa, x.exponent) & 0xffffn;
    if (magnitude <= 0x7fffn) {
      env.fpscr = trial.fpscr;
      return signBit(F16, x.negative) | magnitude;
    }
  }
  env.fpscr |= FPSCR.invalid;
  return signBit(F16, x.negative) | (isNan ? 0n : 0x7fffn);
}

/** Converts between formats. */
export function convert(env: Environment, from: Format, to: Format, a: bigint): bigint {
  const x = isAlternative(env, from) ? fromAlternative(env, a) : unpack(env, from, a);
  if (isAlternative(env, to)) return toAlternative(env, x);
  if (x.kind === "quiet" || x.kind === "signalling") {
    if (x.kind === "signalling") env.fpscr |= FPSCR.invalid;
    if ((env.fpscr & FPSCR.defaultNan) !== 0) return defaultNan(to);
    const fraction = a & ((1n << BigInt(from.fraction)) - 1n);
    const shift = to.fraction - from.fraction;
    const moved = shift >= 0 ? fraction << BigInt(shift) : fraction >> BigInt(-shift);
    return defaultNan(to) | moved | signBit(to, x.negative);
  }
  if (x.kind === "infinity") return infinity(to, x.negative);
  if (x.kind === "zero") return zero(to, x.negative);
  return round(env, to, x.negative, x.mantissa, x.exponent);
}

/** Rounds an integer scaled by a power of two to a format. */
export function fromInteger(
  env: Environment,
  format: Format,
  value: number,
  scale: number,
  mode: number,
): bigint {
  if (value === 0) return zero(format, false);
  return round(env, format, value < 0, BigInt(Math.abs(value)), scale, mode);
}

/** The greater (or lesser) number; a quiet NaN counts as missing. */
export function maxNumber(
  env: Environment,
  format: Format,
  a: bigint,
  b: bigint,
  greater: boolean,
): bigint {
  const x = unpack(env, format, a);
  const y = unpack(env, format, b);
  if (x.kind === "quiet" && y.kind !== "quiet" && y.kind !== "signalling") {
    return flushed(format, y);
  }
  if (y.kind === "quiet" && x.kind !== "quiet" && x.kind !== "signalling") {
    return flushed(format, x);
  }
  const nan = propagate(env, format, [x, y]);
  if (nan !== undefined) return nan;
  const aIsLess = order(x) < order(y);
  return flushed(format, aIsLess === greater ? y : x);
}

function flushed(format: Format, { kind, negative, bits }: Unpacked): bigint {
  return kind === "zero" ? zero(format, negative) : bits;
}

/** Bit patterns in the order of their values; −0 before +0. */
function order({ kind, negative, bits }: Unpacked): bigint {
  const magnitude = kind === "zero" ? 0n : negative ? bits & ~(1n << 63n) : bits;
  return negative ? -1n - magnitude : magnitude;
}
