/**
 * Expressions of the IR as C11 with the meaning that the evaluator (src/ir/evaluate) gives them. A vector
 * is printed lane by lane.
 *
 * @module
 */
import { InputError } from "../../base/error.ts";
import type { Buffer, CallExtern, Expr, ScalarType, Var } from "../../ir/types.ts";
import { bitsOf, isFloat, isInteger, isUnsigned, parseType } from "../../ir/typing.ts";
import type { Type, Typing } from "../../ir/typing.ts";
import { cString } from "../identifiers.ts";
import { cType, floatLiteral, helperSuffix, integerLiteral, wrappingType } from "./c_types.ts";
import { atom, infix } from "./operators.ts";
import { fits, type Ranges } from "./ranges.ts";

/** What an expression is printed in. */
export interface ExpressionContext {
  /** Types. */
  readonly typing: Typing;
  /** What the visible variables can be. */
  readonly ranges: Ranges;
  /** C name of a variable. */
  readonly nameOf: (variable: Var) => string;
  /** C pointer to the elements of a view. */
  readonly viewOf: (buffer: Buffer) => string;
  /** The call, with the texts of its arguments. */
  readonly call: (call: CallExtern, args: readonly string[]) => string;
  /** The function, for messages. */
  readonly func: string;
}

/** Intrinsics that are functions of `pinmap_arith.h` or `pinmap_math.h` for some types. */
const FLOAT_FUNCTIONS: ReadonlySet<string> = new Set(
  "floor ceil trunc round nearbyint isnan isinf isfinite".split(" "),
);
const SINGLE_FUNCTIONS: ReadonlySet<string> = new Set("exp log tanh sigmoid sqrt rsqrt".split(" "));
const FUNCTIONS: ReadonlySet<string> = new Set([
  ...FLOAT_FUNCTIONS,
  ...SINGLE_FUNCTIONS,
  ...["abs", "fabs", "clz", "popcount"],
]);

const C_OPERATORS: Readonly<Record<string, string>> = {
  bitwise_and: "&",
  bitwise_or: "|",
  bitwise_xor: "^",
  and: "&&",
  or: "||",
};
const HELPERS: Readonly<Record<string, string>> = {
  "/": "truncdiv",
  "truncdiv": "truncdiv",
  "truncmod": "truncmod",
  "//": "floordiv",
  "%": "floormod",
};

/**
 * Prints an expression, or one lane of it.
 *
 * @throws {InputError} E-FIRMWARE-STATEMENT for what has no C, by name
 */
export function printExpression(expr: Expr, context: ExpressionContext, lane = 0): string {
  const print = (one: Expr) => printExpression(one, context, lane);
  const { typing } = context;
  switch (expr.kind) {
    case "int":
      return integerLiteral(expr.value, expr.dtype);
    case "float":
      return floatLiteral(expr.value, expr.dtype);
    case "string":
      return cString(expr.value);
    case "var":
      return context.nameOf(expr);
    case "not":
      return `!${atom(print(expr.value))}`;
    case "load": {
      const element = printElement(expr.buffer, expr.indices, context, lane);
      return expr.buffer.dtype === "bool" ? `${element} != 0` : element;
    }
    case "cast":
      return printCast(expr.value, parseType(expr.dtype).base, context, lane);
    case "select":
      return printChoice(expr.condition, typing.arms(expr, expr.a, expr.b), context, lane);
    case "binary":
      return printBinary(expr, context, lane);
    case "call_extern":
      return context.call(expr, expr.args.map((arg) => printArgument(arg, context)));
    case "intrinsic":
      return printIntrinsic(expr, context, lane);
  }
}

/** An argument: pointers as they are, everything else as a value. */
function printArgument(arg: Expr, context: ExpressionContext): string {
  return printExpression(arg, context);
}

/** `view[index]`; the index of several dimensions is computed as one, in 32 bits. */
export function printElement(
  buffer: Buffer,
  indices: readonly Expr[],
  context: ExpressionContext,
  lane = 0,
): string {
  let text = "";
  indices.forEach((index, i) => {
    const own = indexText(index, context, lane);
    if (text === "" || text === "0") text = own;
    else {
      const scaled = infix(text, "*", `${buffer.shape[i] ?? 1}`);
      text = own === "0" ? scaled : infix(scaled, "+", own);
    }
  });
  return `${context.viewOf(buffer)}[${text === "" ? "0" : text}]`;
}

function indexText(index: Expr, context: ExpressionContext, lane: number): string {
  const text = printExpression(index, context, lane);
  return bitsOf(context.typing.typeOf(index).base) === 64 ? `(int32_t)${atom(text)}` : text;
}

function printChoice(
  condition: Expr,
  [a, b]: readonly [Expr, Expr],
  context: ExpressionContext,
  lane: number,
): string {
  const [test, yes, no] = [condition, a, b].map((one) => atom(printExpression(one, context, lane)));
  return `${test} ? ${yes} : ${no}`;
}

function printBinary(
  expr: Extract<Expr, { kind: "binary" }>,
  context: ExpressionContext,
  lane: number,
): string {
  const { typing, ranges } = context;
  const [a, b] = typing.operands(expr);
  const base = scalar(typing.typeOf(a), context);
  const [left, right] = [a, b].map((one) => printExpression(one, context, lane));
  const plain = (op: string) => infix(left ?? "", op, right ?? "");
  const { op } = expr;
  switch (op) {
    case "+":
    case "-":
    case "*": {
      if (isFloat(base)) return plain(op);
      if (fits(ranges.unwrapped(op, ranges.of(a), ranges.of(b)), base)) return plain(op);
      const wide = wrappingType(base);
      return `(${cType(base)})((${wide})${atom(left ?? "")} ${op} (${wide})${atom(right ?? "")})`;
    }
    case "min":
    case "max":
      return `pinmap_${op}_${helperSuffix(base)}(${left}, ${right})`;
    case "/":
    case "//":
    case "%":
    case "truncdiv":
    case "truncmod":
      return printDivision(op, base, [a, b], [left ?? "", right ?? ""], context);
    case "and":
    case "or":
      return plain(C_OPERATORS[op] ?? op);
    default:
      return plain(op);
  }
}

/** With a divisor that is known to be positive C's own operators do, unless floor and truncation differ. */
function printDivision(
  op: string,
  base: ScalarType,
  [a, b]: readonly [Expr, Expr],
  [left, right]: readonly [string, string],
  { ranges, func }: ExpressionContext,
): string {
  if (isFloat(base)) {
    if (op === "/") return infix(left, "/", right);
    if (op.startsWith("trunc")) throw noC(func, `${op} of ${base}`);
    return `pinmap_${HELPERS[op]}_${helperSuffix(base)}(${left}, ${right})`;
  }
  const divisor = ranges.of(b);
  const dividend = ranges.of(a);
  const isMod = op === "%" || op === "truncmod";
  const positive = divisor !== undefined && divisor[0] > 0;
  const truncates = op === "/" || op.startsWith("trunc") || isUnsigned(base) ||
    (dividend !== undefined && dividend[0] >= 0);
  if (positive && truncates) return infix(left, isMod ? "%" : "/", right);
  return narrowed(`pinmap_${HELPERS[op]}_${helperSuffix(base)}(${left}, ${right})`, base);
}

function printCast(
  value: Expr,
  to: Type["base"],
  context: ExpressionContext,
  lane: number,
): string {
  const from = context.typing.typeOf(value).base;
  const text = printExpression(value, context, lane);
  if (from === to) return text;
  if (to === "bool") return infix(text, "!=", "0");
  if (value.kind === "int" && isInteger(to) && fits([value.value, value.value], to)) {
    return integerLiteral(value.value, to);
  }
  if (isFloat(from) && isInteger(to)) {
    const suffix = helperSuffix(to);
    const [least, most] = limits(to);
    const bounds = isUnsigned(to) ? ["0", most] : [least, most];
    const helper = `pinmap_${helperSuffix(from)}_to_${suffix}(${text}, ${bounds.join(", ")})`;
    return narrowed(helper, to);
  }
  return `(${cType(to)})${atom(text)}`;
}

function limits(base: ScalarType): readonly [string, string] {
  const type = base.toUpperCase();
  return isUnsigned(base) ? ["0", `${type}_MAX`] : [`${type}_MIN`, `${type}_MAX`];
}

function printIntrinsic(
  expr: Extract<Expr, { kind: "intrinsic" }>,
  context: ExpressionContext,
  lane: number,
): string {
  const { op, args } = expr;
  const { typing, func } = context;
  const [first, second, third] = args;
  const print = (one: Expr) => printExpression(one, context, lane);
  if (first === undefined) throw noC(func, `the intrinsic ${op}`);
  switch (op) {
    case "likely":
      return print(first);
    case "if_then_else":
      if (second === undefined || third === undefined) break;
      return printChoice(first, typing.arms(expr, second, third), context, lane);
    case "bitwise_and":
    case "bitwise_or":
    case "bitwise_xor":
    case "shift_left":
    case "shift_right":
      if (second === undefined) break;
      return printBits(op, typing.arms(expr, first, second), context, lane);
    case "bitwise_not": {
      const base = scalar(typing.typeOf(first), context);
      if (isFloat(base)) break;
      const wide = wrappingType(base);
      return base === "bool"
        ? `(${print(first)}, true)`
        : `(${cType(base)})~(${wide})${atom(print(first))}`;
    }
    case "q_multiply_shift":
    case "q_multiply_shift_per_axis":
      return printMultiplyShift(op, args.map(print), args);
    case "Ramp": {
      if (second === undefined) break;
      if (lane === 0) return print(first);
      const count: Expr = { kind: "int", value: lane, dtype: "int32" };
      const offset: Expr = second.kind === "int"
        ? { ...second, value: second.value * lane }
        : { kind: "binary", op: "*", a: second, b: count };
      return first.kind === "int" && offset.kind === "int"
        ? print({ ...first, value: first.value + offset.value })
        : print({ kind: "binary", op: "+", a: first, b: offset });
    }
    case "Broadcast":
      return printExpression(first, context);
    case "lookup_param":
      throw noC(func, "T.lookup_param", [
        "The parameter's bytes are not in the module: give them with --param NAME=FILE, or put them there " +
        "as T.allocate_const",
      ]);
    case "address_of":
      if (first.kind !== "load") break;
      return `(void *)&${printElement(first.buffer, first.indices, context, lane)}`;
    case "tvm_access_ptr": {
      if (second === undefined || third === undefined) break;
      const type = cType(typing.typeOf(first).base);
      return `(void *)((${type} *)${atom(print(second))} + ${atom(print(third))})`;
    }
    case "reinterpret":
      return printReinterpret(expr, first, context, lane);
    default:
      return printFunction(op, first, context, lane);
  }
  throw noC(func, `the intrinsic ${op}`);
}

/** The intrinsics of one argument. */
function printFunction(
  op: string,
  value: Expr,
  context: ExpressionContext,
  lane: number,
): string {
  if (!FUNCTIONS.has(op)) throw noC(context.func, `the intrinsic ${op}`);
  const base = scalar(context.typing.typeOf(value), context);
  const text = printExpression(value, context, lane);
  const suffix = helperSuffix(base);
  const known = isFloat(base)
    ? FLOAT_FUNCTIONS.has(op) || op === "abs" || op === "fabs" ||
      (base === "float32" && SINGLE_FUNCTIONS.has(op))
    : op === "abs";
  if (known) return narrowed(`pinmap_${op === "fabs" ? "abs" : op}_${suffix}(${text})`, base);
  if ((op === "clz" || op === "popcount") && !isFloat(base)) {
    const unsigned = base === "bool" ? "uint8_t" : isUnsigned(base) ? `${base}_t` : `u${base}_t`;
    const argument = `(${unsigned})${atom(text)}`;
    return op === "clz"
      ? `pinmap_clz(${argument}, ${bitsOf(base)})`
      : `(${cType(base)})pinmap_popcount(${argument})`;
  }
  throw noC(context.func, `the intrinsic ${op} of ${base}`);
}

function printBits(
  op: string,
  [a, b]: readonly [Expr, Expr],
  context: ExpressionContext,
  lane: number,
): string {
  const base = scalar(context.typing.typeOf(a), context);
  if (isFloat(base)) throw noC(context.func, `${op} of ${base}`);
  const [left, right] = [a, b].map((one) => printExpression(one, context, lane));
  const operator = C_OPERATORS[op];
  if (operator !== undefined) return infix(left ?? "", operator, right ?? "");
  const count = context.ranges.of(b);
  const bits = bitsOf(base);
  const known = count !== undefined && count[0] >= 0 && count[1] < bits;
  if (known && op === "shift_right") return infix(left ?? "", ">>", right ?? "");
  if (known) {
    return `(${cType(base)})((${wrappingType(base)})${atom(left ?? "")} << ${atom(right ?? "")})`;
  }
  return narrowed(`pinmap_${op}_${helperSuffix(base)}(${left}, ${right})`, base);
}

function printMultiplyShift(op: string, texts: readonly string[], args: readonly Expr[]): string {
  const [x = "0", y = "0", third = "0", fourth = "0", q = "0", left = "0", right = "0"] = texts;
  if (op === "q_multiply_shift_per_axis") {
    const shift = (flag: string, by: string) => `${atom(flag)} ? ${atom(by)} : 0`;
    return `pinmap_multiply_shift(${x}, ${y}, ${shift(left, third)}, (${shift(right, fourth)}) + ${
      atom(q)
    })`;
  }
  const [shift, bits] = [args[3], args[2]];
  if (shift?.kind === "int" && bits?.kind === "int") {
    const [up, down] = [Math.max(shift.value, 0), Math.max(-shift.value, 0)];
    return `pinmap_multiply_shift(${x}, ${y}, ${up}, ${bits.value + down})`;
  }
  return `pinmap_multiply_shift(${x}, ${y}, pinmap_max_i32(${fourth}, 0), ` +
    `${atom(third)} + pinmap_max_i32(-${atom(fourth)}, 0))`;
}

function printReinterpret(
  expr: Extract<Expr, { kind: "intrinsic" }>,
  value: Expr,
  context: ExpressionContext,
  lane: number,
): string {
  const { typing, func } = context;
  const to = typing.typeOf(expr).base;
  const from = typing.typeOf(value).base;
  const text = printExpression(value, context, lane);
  if (to === "handle") {
    return value.kind === "int"
      ? `(void *)${value.value}`
      : from === "handle"
      ? text
      : `(void *)${atom(text)}`;
  }
  if (from === to) return text;
  if (from === "handle" || bitsOf(from) !== bitsOf(to)) {
    throw noC(func, `${from} reinterpreted as ${to}`);
  }
  if (isFloat(from) === isFloat(to)) return `(${cType(to)})${atom(text)}`;
  const bits = bitsOf(to) === 64 ? "f64" : "f32";
  if (bitsOf(to) < 32) throw noC(func, `${from} reinterpreted as ${to}`);
  return isFloat(to)
    ? `pinmap_from_bits_${bits}((uint${bitsOf(to)}_t)${atom(text)})`
    : `(${cType(to)})pinmap_bits_${bits}(${text})`;
}

function scalar({ base }: Type, { func }: ExpressionContext): ScalarType {
  if (base === "handle" || base === "void") throw noC(func, `a computation with a ${base}`);
  return base;
}

/** What a helper gives in 32 bits, in its own type. */
function narrowed(text: string, base: ScalarType): string {
  return bitsOf(base) < 32 && !isFloat(base) ? `(${cType(base)})${text}` : text;
}

/** The error for what has no C. */
export function noC(func: string, what: string, hints: readonly string[] = []): InputError {
  return new InputError(
    "E-FIRMWARE-STATEMENT",
    `Cannot generate code for ${func}: it has ${what}, for which there is no C here`,
    { hints },
  );
}
