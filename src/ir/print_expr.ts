/**
 * Expressions as TVMScript, with no more parentheses than Python needs.
 *
 * @module
 */
import { BINARY_PRECEDENCE } from "./intrinsics.ts";
import type { BinaryOp, BufferLoad, Expr, Var } from "./types.ts";

/** How variables are called: a pointer that a typed parameter hides is `name.data`. */
export type Naming = (variable: Var) => string;

/** Operators that Python has no spelling for. */
const CALLS = new Map<BinaryOp, string>([
  ["truncdiv", "truncdiv"],
  ["truncmod", "truncmod"],
  ["min", "min"],
  ["max", "max"],
]);

/** How tightly calls and names bind: more than any operator. */
const ATOM = 12;

/** Prints an expression. */
export function printExpr(expr: Expr, name: Naming): string {
  const list = (args: readonly Expr[]) => args.map((arg) => printExpr(arg, name));
  switch (expr.kind) {
    case "var":
      return name(expr);
    case "string":
      return JSON.stringify(expr.value);
    case "int":
      if (expr.dtype === "bool") return `T.bool(${expr.value === 0 ? "False" : "True"})`;
      return expr.dtype === "int32" ? `${expr.value}` : `T.${expr.dtype}(${expr.value})`;
    case "float":
      return `T.${expr.dtype}(${printFloat(expr.value)})`;
    case "binary": {
      const level = BINARY_PRECEDENCE.get(expr.op);
      if (level === undefined) {
        return `T.${CALLS.get(expr.op) ?? expr.op}(${list([expr.a, expr.b]).join(", ")})`;
      }
      // Comparisons do not chain, so an operand that is one needs parentheses on either side.
      const a = parenthesised(expr.a, level === COMPARISON ? level + 1 : level, name);
      const b = parenthesised(expr.b, level + 1, name);
      return `${a} ${expr.op} ${b}`;
    }
    case "not":
      return `T.Not(${printExpr(expr.value, name)})`;
    case "cast":
      return `T.Cast("${expr.dtype}", ${printExpr(expr.value, name)})`;
    case "select":
      return `T.Select(${list([expr.condition, expr.a, expr.b]).join(", ")})`;
    case "load":
      return printAccess(expr, name);
    case "intrinsic": {
      const dtype = expr.dtype === undefined ? [] : [`dtype="${expr.dtype}"`];
      return `T.${expr.op}(${[...list(expr.args), ...dtype].join(", ")})`;
    }
    case "call_extern": {
      const callee = JSON.stringify(expr.callee);
      if (expr.convention === undefined) {
        return `T.call_extern(${[`"${expr.dtype}"`, callee, ...list(expr.args)].join(", ")})`;
      }
      const dtype = expr.dtype === "int32" ? [] : [`dtype="${expr.dtype}"`];
      const args = [callee, ...list(expr.args), ...dtype];
      return `T.call_${expr.convention}(${args.join(", ")})`;
    }
  }
}

/** `A[i, j]`, for loads and for the left side of stores. */
export function printAccess(
  { buffer, indices }: Pick<BufferLoad, "buffer" | "indices">,
  name: Naming,
): string {
  const inside = indices.length === 0
    ? "()"
    : indices.map((index) => printExpr(index, name)).join(", ");
  return `${buffer.name}[${inside}]`;
}

const COMPARISON = 4;

function parenthesised(expr: Expr, least: number, name: Naming): string {
  const text = printExpr(expr, name);
  return precedenceOf(expr) < least ? `(${text})` : text;
}

/** How tightly an expression binds when printed. */
export function precedenceOf(expr: Expr): number {
  return expr.kind === "binary" ? BINARY_PRECEDENCE.get(expr.op) ?? ATOM : ATOM;
}

function printFloat(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : `${value}`;
}
