/**
 * Types and constants of the IR in C11.
 *
 * @module
 */
import { InputError } from "../../base/error.ts";
import type { ScalarType } from "../../ir/types.ts";
import type { Type } from "../../ir/typing.ts";

/** The C type of a value; a pointer is `void *`. */
export function cType(base: Type["base"]): string {
  switch (base) {
    case "handle":
      return "void *";
    case "void":
      return "void";
    case "bool":
      return "bool";
    case "float32":
      return "float";
    case "float64":
      return "double";
    case "float16":
      throw new InputError(
        "E-FIRMWARE-STATEMENT",
        "Cannot generate code for values of float16: C11 has no such type, float32 is needed",
      );
    default:
      return `${base}_t`;
  }
}

/** The C type of an element in memory; a byte that is neither 0 nor 1 is no `bool` of C. */
export function elementType(dtype: ScalarType): string {
  return dtype === "bool" ? "uint8_t" : cType(dtype);
}

/** The type whose arithmetic wraps around as the IR's does: unsigned, and not narrower than `int`. */
export function wrappingType(base: ScalarType): string {
  return base === "int64" || base === "uint64" ? "uint64_t" : "uint32_t";
}

/** Suffix of the helpers of `pinmap_arith.h` that compute in a type. */
export function helperSuffix(base: ScalarType): string {
  switch (base) {
    case "float32":
      return "f32";
    case "float64":
      return "f64";
    case "int64":
      return "i64";
    case "uint64":
      return "u64";
    case "uint8":
    case "uint16":
    case "uint32":
    case "bool":
      return "u32";
    default:
      return "i32";
  }
}

/** An integer constant of a type. */
export function integerLiteral(value: number, base: ScalarType): string {
  if (base === "bool") return value === 0 ? "false" : "true";
  // The most negative numbers have no literal of their own in C.
  if (base === "int32" && value === -(2 ** 31)) return "(-2147483647 - 1)";
  const suffix = base === "int64" || base === "uint64"
    ? [base === "int64" ? "INT64_C(" : "UINT64_C(", ")"]
    : ["", base === "uint32" ? "u" : ""];
  return `${suffix[0]}${value}${suffix[1]}`;
}

/** A floating-point constant of a type: shortest digits that give the value back. */
export function floatLiteral(value: number, base: ScalarType): string {
  cType(base);
  const rounded = base === "float32" ? Math.fround(value) : value;
  if (!Number.isFinite(rounded)) return rounded < 0 ? "(-1.0f / 0.0f)" : "(1.0f / 0.0f)";
  const text = Object.is(rounded, -0) ? "-0.0" : String(rounded);
  return `${/[.e]/.test(text) ? text : `${text}.0`}${base === "float32" ? "f" : ""}`;
}
