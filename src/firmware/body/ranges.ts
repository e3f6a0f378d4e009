/**
 * What values an integer expression can have, so that generated C says `a + b` where the sum cannot
 * leave its type and wraps around explicitly where it can: signed overflow has no meaning in C.
 *
 * @module
 */
import type { Expr, ScalarType, Var } from "../../ir/types.ts";
import { bitsOf, isFloat, isUnsigned, type Typing } from "../../ir/typing.ts";

/** Least and greatest value, both whole and exact. */
export type Range = readonly [least: number, most: number];

/** The range of an integer type; 64-bit ones have none that is exact. */
export function typeRange(base: ScalarType): Range | undefined {
  const bits = bitsOf(base);
  if (isFloat(base) || bits === 64) return undefined;
  if (base === "bool") return [0, 1];
  return isUnsigned(base) ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/** Whether all values of a range are in a type. */
export function fits(range: Range | undefined, base: ScalarType): boolean {
  if (range === undefined) return false;
  const [least, most] = typeRange(base) ?? [isUnsigned(base) ? 0 : -(2 ** 53), 2 ** 53];
  return range[0] >= least && range[1] <= most;
}

/** Ranges of expressions under what is known of the variables that are visible. */
export class Ranges {
  readonly #typing: Typing;
  readonly #variables = new Map<Var, Range>();

  constructor(typing: Typing) {
    this.#typing = typing;
  }

  /** Says what a variable can be. */
  set(variable: Var, range: Range | undefined): void {
    if (range !== undefined) this.#variables.set(variable, range);
  }

  /** What an integer expression can be; `undefined` if that is not known exactly. */
  of(expr: Expr): Range | undefined {
    const { base } = this.#typing.typeOf(expr);
    if (base === "handle" || base === "void" || isFloat(base)) return undefined;
    const found = this.#find(expr);
    return fits(found, base) ? found : typeRange(base);
  }

  /** What an operation gives before it is brought back into its type. */
  unwrapped(op: string, a: Range | undefined, b: Range | undefined): Range | undefined {
    if (a === undefined || b === undefined) return undefined;
    switch (op) {
      case "+":
        return exact([a[0] + b[0], a[1] + b[1]]);
      case "-":
        return exact([a[0] - b[1], a[1] - b[0]]);
      case "*":
        return exact(around(a.flatMap((x) => b.map((y) => x * y))));
      case "min":
        return [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
      case "max":
        return [Math.max(a[0], b[0]), Math.max(a[1], b[1])];
      case "//":
        return b[0] > 0 ? around(a.flatMap((x) => b.map((y) => Math.floor(x / y)))) : undefined;
      case "/":
      case "truncdiv":
        return b[0] > 0 ? around(a.flatMap((x) => b.map((y) => Math.trunc(x / y)))) : undefined;
      case "%":
        return b[0] > 0 ? [0, a[0] >= 0 ? Math.min(a[1], b[1] - 1) : b[1] - 1] : undefined;
      case "truncmod":
        return b[0] > 0 ? [a[0] < 0 ? 1 - b[1] : 0, a[1] > 0 ? b[1] - 1 : 0] : undefined;
      default:
        return undefined;
    }
  }

  #find(expr: Expr): Range | undefined {
    switch (expr.kind) {
      case "int":
        return [expr.value, expr.value];
      case "var":
        return this.#variables.get(expr);
      case "cast":
        return this.of(expr.value);
      case "select": {
        const [a, b] = this.#typing.arms(expr, expr.a, expr.b);
        return union(this.of(a), this.of(b));
      }
      case "binary": {
        const [a, b] = this.#typing.operands(expr);
        return this.unwrapped(expr.op, this.of(a), this.of(b));
      }
      case "intrinsic": {
        const [first, second, third] = expr.args;
        if (expr.op === "likely" && first !== undefined) return this.of(first);
        if (expr.op === "Broadcast" && first !== undefined) return this.of(first);
        if (expr.op !== "if_then_else" || second === undefined || third === undefined) {
          return undefined;
        }
        const [a, b] = this.#typing.arms(expr, second, third);
        return union(this.of(a), this.of(b));
      }
      default:
        return undefined;
    }
  }
}

function union(a: Range | undefined, b: Range | undefined): Range | undefined {
  return a === undefined || b === undefined ? undefined : around([...a, ...b]);
}

function around(values: readonly number[]): Range {
  return [Math.min(...values), Math.max(...values)];
}

function exact(range: Range): Range | undefined {
  return range.every(Number.isSafeInteger) ? range : undefined;
}
