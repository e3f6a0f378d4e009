/**
 * The intrinsics of one argument, on scalars.
 *
 * @module
 */
import type { ScalarType } from "../types.ts";
import { bitsOf, isFloat } from "../typing.ts";
import { type Scalar, wrap } from "./arithmetic.ts";
import { exp, log, sigmoid, tanh } from "./math.ts";

type Unary = (value: Scalar, base: ScalarType) => Scalar | undefined;

const float = (compute: (value: number) => number): Unary => (value, base) =>
  isFloat(base) ? wrap(base, compute(Number(value))) : undefined;

/** Only for float32: their definition is a sequence of float32 operations. */
const single = (compute: (value: number) => number): Unary => (value, base) =>
  base === "float32" ? compute(Number(value)) : undefined;

const integer = (compute: (value: Scalar, bits: number) => number): Unary => (value, base) =>
  isFloat(base) ? undefined : compute(value, bitsOf(base));

/** Bits of an integer's two's complement, without leading zeros. */
function digits(value: Scalar, bits: number): string {
  const unsigned = BigInt.asUintN(bits, BigInt(value));
  return unsigned === 0n ? "" : unsigned.toString(2);
}

function truth(test: (value: number) => boolean): Unary {
  return (value, base) => isFloat(base) ? (test(Number(value)) ? 1 : 0) : undefined;
}

const absolute: Unary = (value, base) => wrap(base, value < 0 ? -value : value);

/** By name; `undefined` as a result: not defined for the type. */
export const UNARY: ReadonlyMap<string, Unary> = new Map<string, Unary>([
  ["abs", (value, base) => isFloat(base) ? Math.abs(Number(value)) : absolute(value, base)],
  ["fabs", float(Math.abs)],
  ["floor", float(Math.floor)],
  ["ceil", float(Math.ceil)],
  ["trunc", float(Math.trunc)],
  ["round", float((value) => Math.sign(value) * Math.floor(Math.abs(value) + 0.5))],
  ["nearbyint", float(nearest)],
  ["sqrt", float(Math.sqrt)],
  [
    "rsqrt",
    (value, base) =>
      isFloat(base) ? wrap(base, 1 / Number(wrap(base, Math.sqrt(Number(value))))) : undefined,
  ],
  ["exp", single(exp)],
  ["log", single(log)],
  ["tanh", single(tanh)],
  ["sigmoid", single(sigmoid)],
  ["isnan", truth(Number.isNaN)],
  ["isfinite", truth(Number.isFinite)],
  ["isinf", truth((value) => Math.abs(value) === Infinity)],
  ["clz", integer((value, bits) => bits - digits(value, bits).length)],
  [
    "popcount",
    (value, base) =>
      isFloat(base)
        ? undefined
        : wrap(base, digits(value, bitsOf(base)).replaceAll("0", "").length),
  ],
  ["bitwise_not", (value, base) => isFloat(base) ? undefined : wrap(base, ~value)],
  ["likely", (value) => value],
]);

/** To the nearest integer, ties to the even one. */
function nearest(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}
