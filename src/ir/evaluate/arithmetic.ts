/**
 * Arithmetic of the IR's scalar types on JavaScript's numbers. Integers wrap around; 64-bit ones are
 * bigints. Where C leaves a result open it is fixed here, and the generated C does the same: division by
 * 0 gives 0 and leaves the dividend as remainder, shifts by the width or more shift everything out,
 * floats outside an integer's range become its nearest value and NaN becomes 0.
 *
 * @module
 */
import { InputError } from "../../base/error.ts";
import type { BinaryOp, ScalarType } from "../types.ts";
import { bitsOf, isFloat, isUnsigned } from "../typing.ts";

/** A scalar: a number, or a bigint for 64-bit integers. */
export type Scalar = number | bigint;

/** Least and greatest value of an integer type. */
export function limitsOf(base: ScalarType): readonly [bigint, bigint] {
  const bits = BigInt(bitsOf(base));
  if (base === "bool") return [0n, 1n];
  return isUnsigned(base)
    ? [0n, (1n << bits) - 1n]
    : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
}

/** An integer modulo 2^bits, in the range of its type. */
export function wrap(base: ScalarType, value: Scalar): Scalar {
  switch (base) {
    case "bool":
      return Number(value) === 0 ? 0 : 1;
    case "int8":
      return (Number(value) << 24) >> 24;
    case "uint8":
      return Number(value) & 0xff;
    case "int16":
      return (Number(value) << 16) >> 16;
    case "uint16":
      return Number(value) & 0xffff;
    case "int32":
      return Number(value) | 0;
    case "uint32":
      return Number(value) >>> 0;
    case "int64":
      return BigInt.asIntN(64, BigInt(value));
    case "uint64":
      return BigInt.asUintN(64, BigInt(value));
    case "float32":
      return Math.fround(Number(value));
    case "float64":
      return Number(value);
    case "float16":
      throw unsupported("values of float16");
  }
}

/** A value in another type. */
export function convert(from: ScalarType, to: ScalarType, value: Scalar): Scalar {
  if (from === to) return value;
  if (to === "bool") return value !== 0 && value !== 0n ? 1 : 0;
  if (isFloat(to)) {
    if (to === "float32" && typeof value === "bigint") return roundToFloat32(value);
    return wrap(to, Number(value));
  }
  if (!isFloat(from)) {
    return wrap(to, typeof value === "bigint" ? BigInt.asIntN(64, value) & mask(to) : value);
  }
  const number = Number(value);
  const [least, most] = limitsOf(to);
  if (Number.isNaN(number)) return wrap(to, 0);
  if (number <= Number(least)) return wrap(to, least);
  if (number >= Number(most)) return wrap(to, most);
  return wrap(to, BigInt(Math.trunc(number)));
}

function mask(to: ScalarType): bigint {
  return (1n << BigInt(bitsOf(to))) - 1n;
}

/** Rounds once: the bits that a double cannot hold are kept as one sticky bit. */
function roundToFloat32(value: bigint): number {
  const size = value < 0n ? -value : value;
  const extra = BigInt(Math.max(0, size.toString(2).length - 50));
  const sticky = size & ((1n << extra) - 1n) ? 1n : 0n;
  const rounded = Math.fround(Number((size >> extra) | sticky) * 2 ** Number(extra));
  return value < 0n ? -rounded : rounded;
}

/** An operation on two values of one type; comparisons give 0 or 1. */
export function compute(op: BinaryOp, base: ScalarType, a: Scalar, b: Scalar): Scalar {
  switch (op) {
    case "<":
      return a < b ? 1 : 0;
    case "<=":
      return a <= b ? 1 : 0;
    case ">":
      return a > b ? 1 : 0;
    case ">=":
      return a >= b ? 1 : 0;
    case "==":
      return a === b ? 1 : 0;
    case "!=":
      return a === b ? 0 : 1;
    case "and":
      return a !== 0 && b !== 0 ? 1 : 0;
    case "or":
      return a !== 0 || b !== 0 ? 1 : 0;
    case "min":
      return a < b ? a : b;
    case "max":
      return a > b ? a : b;
  }
  if (isFloat(base)) return wrap(base, floating(op, base, Number(a), Number(b)));
  return typeof a === "bigint" || typeof b === "bigint"
    ? wrap(base, wide(op, BigInt(a), BigInt(b)))
    : wrap(base, narrow(op, a, b));
}

type Arithmetic = "+" | "-" | "*" | "/" | "//" | "%" | "truncdiv" | "truncmod";

function narrow(op: Arithmetic, a: number, b: number): number {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return Math.imul(a, b);
    case "/":
    case "truncdiv":
      return b === 0 ? 0 : Math.trunc(a / b);
    case "//":
      return b === 0 ? 0 : Math.floor(a / b);
    case "truncmod":
      return b === 0 ? a : a % b;
    case "%":
      return b === 0 ? a : a - Math.floor(a / b) * b;
  }
}

function wide(op: Arithmetic, a: bigint, b: bigint): bigint {
  const floored = () => a / b - (a % b !== 0n && (a < 0n) !== (b < 0n) ? 1n : 0n);
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
    case "truncdiv":
      return b === 0n ? 0n : a / b;
    case "//":
      return b === 0n ? 0n : floored();
    case "truncmod":
      return b === 0n ? a : a % b;
    case "%":
      return b === 0n ? a : a - floored() * b;
  }
}

function floating(op: Arithmetic, base: ScalarType, a: number, b: number): number {
  const rounded = (value: number) => Number(wrap(base, value));
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "//":
      return Math.floor(rounded(a / b));
    case "%":
      return a - rounded(Math.floor(rounded(a / b)) * b);
    case "truncdiv":
    case "truncmod":
      throw unsupported(`${op} of ${base}`);
  }
}

/** A bit operation or shift on integers of one type. */
export function bitwise(op: string, base: ScalarType, a: Scalar, b: Scalar): Scalar {
  if (isFloat(base)) throw unsupported(`${op} of ${base}`);
  const left = BigInt(a);
  const right = BigInt(b);
  const bits = BigInt(bitsOf(base));
  switch (op) {
    case "bitwise_and":
      return wrap(base, narrowed(left & right, a));
    case "bitwise_or":
      return wrap(base, narrowed(left | right, a));
    case "bitwise_xor":
      return wrap(base, narrowed(left ^ right, a));
    case "shift_left":
      return wrap(
        base,
        narrowed(right < 0n || right >= bits ? 0n : BigInt.asIntN(64, left << right), a),
      );
    default:
      return wrap(base, narrowed(left >> (right < 0n || right >= bits ? bits : right), a));
  }
}

/** Number or bigint, as the operand was; only the low 32 bits of a number matter. */
function narrowed(value: bigint, like: Scalar): Scalar {
  return typeof like === "bigint" ? value : Number(BigInt.asIntN(32, value));
}

/**
 * `q_multiply_shift`: `x · y · 2^(shift − q)` rounded to nearest, ties upwards, in 64 bits. (TVM
 * src/target/intrin_rule.cc; its shortcut for y = 2^30 gives the same where 32 bits do not overflow.)
 */
export function multiplyShift(x: Scalar, y: Scalar, left: Scalar, right: Scalar): number {
  const wide64 = (value: bigint) => BigInt.asIntN(64, value);
  const product = wide64(wide64(BigInt(x) << BigInt.asUintN(6, BigInt(left))) * BigInt(y));
  const count = BigInt(right);
  if (count <= 0n) return Number(BigInt.asIntN(32, product));
  if (count > 63n) return Number(BigInt.asIntN(32, product >> 63n));
  return Number(BigInt.asIntN(32, wide64(product + (1n << (count - 1n))) >> count));
}

/** What the evaluator and the generated code both do not have. */
export function unsupported(what: string): InputError {
  return new InputError(
    "E-IR-EVALUATE",
    `Cannot compute ${what}: there is no definition of it here`,
  );
}
