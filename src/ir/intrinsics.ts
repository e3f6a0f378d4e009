/**
 * The names of TIR: operators that are functions in TVMScript, and the intrinsics that pinmap reads.
 * (TVM 0.8 to 0.18, python/tvm/script/ir_builder/tir/ir.py and its predecessors.)
 *
 * @module
 */
import type { BinaryOp } from "./types.ts";

/** `T.floordiv(a, b)` and its like, by name. */
export const BINARY_CALLS: ReadonlyMap<string, BinaryOp> = new Map<string, BinaryOp>([
  ["Add", "+"],
  ["Sub", "-"],
  ["Mul", "*"],
  ["Div", "/"],
  ["FloorDiv", "//"],
  ["floordiv", "//"],
  ["FloorMod", "%"],
  ["floormod", "%"],
  ["truncdiv", "truncdiv"],
  ["truncmod", "truncmod"],
  ["Mod", "truncmod"],
  ["min", "min"],
  ["Min", "min"],
  ["max", "max"],
  ["Max", "max"],
  ["LT", "<"],
  ["LE", "<="],
  ["GT", ">"],
  ["GE", ">="],
  ["EQ", "=="],
  ["NE", "!="],
  ["And", "and"],
  ["Or", "or"],
]);

/** Binary operators that Python spells, with how tightly they bind there. */
export const BINARY_PRECEDENCE: ReadonlyMap<BinaryOp, number> = new Map<BinaryOp, number>([
  ["or", 1],
  ["and", 2],
  ["<", 4],
  ["<=", 4],
  [">", 4],
  [">=", 4],
  ["==", 4],
  ["!=", 4],
  ["+", 9],
  ["-", 9],
  ["*", 10],
  ["/", 10],
  ["//", 10],
  ["%", 10],
]);

/** Python's bit operators are calls in TIR. */
export const BIT_OPERATORS: ReadonlyMap<string, string> = new Map([
  ["&", "bitwise_and"],
  ["|", "bitwise_or"],
  ["^", "bitwise_xor"],
  ["<<", "shift_left"],
  [">>", "shift_right"],
]);

/** Intrinsics with the fewest and the most arguments that they take. */
export const INTRINSICS: ReadonlyMap<string, readonly [number, number]> = new Map(
  [
    ...[
      "abs",
      "ceil",
      "clz",
      "cos",
      "erf",
      "exp",
      "exp2",
      "fabs",
      "floor",
      "isfinite",
      "isinf",
      "isnan",
    ],
    ...[
      "likely",
      "log",
      "log2",
      "nearbyint",
      "popcount",
      "round",
      "rsqrt",
      "sigmoid",
      "sin",
      "sqrt",
    ],
    ...[
      "tan",
      "tanh",
      "trunc",
      "bitwise_not",
      "reinterpret",
      "address_of",
      "tvm_check_return",
      "ret",
    ],
    "lookup_param",
  ].map((name) => [name, [1, 1]] as readonly [string, readonly [number, number]]).concat(
    [
      ["bitwise_and", [2, 2]],
      ["bitwise_or", [2, 2]],
      ["bitwise_xor", [2, 2]],
      ["shift_left", [2, 2]],
      ["shift_right", [2, 2]],
      ["pow", [2, 2]],
      ["power", [2, 2]],
      ["fmod", [2, 2]],
      ["if_then_else", [3, 3]],
      ["fma", [3, 3]],
      ["q_multiply_shift", [4, 4]],
      ["q_multiply_shift_per_axis", [7, 7]],
      ["Ramp", [3, 3]],
      ["Broadcast", [2, 2]],
      ["tvm_access_ptr", [5, 5]],
      ["tvm_struct_get", [3, 3]],
      ["tvm_struct_set", [4, 4]],
      ["tvm_stack_alloca", [2, 2]],
      ["tvm_stack_make_shape", [0, 16]],
      ["tvm_stack_make_array", [6, 6]],
      ["tvm_throw_last_error", [0, 0]],
      ["type_annotation", [0, 1]],
      ["call_llvm_pure_intrin", [1, 16]],
      ["call_llvm_intrin", [1, 16]],
    ] satisfies [string, readonly [number, number]][],
  ),
);

/** Other spellings of an intrinsic. */
export const INTRINSIC_ALIASES: ReadonlyMap<string, string> = new Map([
  ["ramp", "Ramp"],
  ["broadcast", "Broadcast"],
]);

/** Intrinsics that may take the type of their result as the first argument. */
export const TYPE_FIRST: ReadonlySet<string> = new Set([
  "reinterpret",
  "lookup_param",
  "call_llvm_intrin",
  "call_llvm_pure_intrin",
]);
