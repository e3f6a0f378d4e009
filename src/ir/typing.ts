/**
 * Types of expressions, by TVM's rules: an operation's operands are brought to one type, the wider one;
 * a float wins over an integer, and of two integers of one width the unsigned one wins. (TVM 0.18,
 * src/tir/op/op.cc, BinaryOpMatchTypes.)
 *
 * @module
 */
import { InputError } from "../base/error.ts";
import type { Binary, Expr, IntImm, ScalarType, ValueType } from "./types.ts";

/** A type taken apart. */
export interface Type {
  /** Type of one lane. */
  readonly base: ScalarType | "handle" | "void";
  /** Lanes; 1 for scalars. */
  readonly lanes: number;
}

/** Bits of a scalar type; 1 for `bool`, 32 for a pointer of the cores that pinmap knows. */
export function bitsOf(base: Type["base"]): number {
  if (base === "bool") return 1;
  if (base === "handle" || base === "void") return 32;
  return Number(base.replace(/^[a-z]+/, ""));
}

/** Whether a type is a floating-point one. */
export function isFloat(base: Type["base"]): base is "float16" | "float32" | "float64" {
  return base.startsWith("float");
}

/** Whether a type is an unsigned integer. */
export function isUnsigned(base: Type["base"]): boolean {
  return base.startsWith("uint");
}

/** Whether a type is an integer or a truth value. */
export function isInteger(base: Type["base"]): base is IntImm["dtype"] {
  return !isFloat(base) && base !== "handle" && base !== "void";
}

/** `int8x4` as its parts. */
export function parseType(text: ValueType): Type {
  const at = text.indexOf("x");
  if (at < 0) return { base: text as Type["base"], lanes: 1 };
  return { base: text.slice(0, at) as ScalarType, lanes: Number(text.slice(at + 1)) };
}

/** The parts as `int8x4`. */
export function formatType({ base, lanes }: Type): ValueType {
  return lanes === 1 ? base : `${base as ScalarType}x${lanes}`;
}

/** Intrinsics whose result has the common type of their first two arguments. */
const MATCHED: ReadonlySet<string> = new Set(
  "bitwise_and bitwise_or bitwise_xor shift_left shift_right pow power fmod".split(" "),
);
const TRUTH: ReadonlySet<string> = new Set(["isnan", "isinf", "isfinite"]);
const POINTERS: ReadonlySet<string> = new Set([
  "address_of",
  "tvm_access_ptr",
  "lookup_param",
  "tvm_stack_alloca",
  "tvm_stack_make_shape",
  "tvm_stack_make_array",
]);
/** Intrinsics whose result has the type of their first argument. */
const SAME: ReadonlySet<string> = new Set(
  ("abs ceil cos erf exp exp2 fabs floor fma likely log log2 nearbyint popcount round rsqrt " +
    "sigmoid sin sqrt tan tanh trunc bitwise_not ret").split(" "),
);
const COMPARISONS: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "==", "!=", "and", "or"]);

/** Whether an operator gives a truth value. */
export function isComparison(op: string): boolean {
  return COMPARISONS.has(op);
}

/** Types of expressions; remembers what it has found out. */
export class Typing {
  readonly #known = new Map<Expr, Type>();
  readonly #operands = new Map<Expr, readonly [Expr, Expr]>();

  /**
   * Type of an expression.
   *
   * @throws {InputError} E-IR-TYPE if operands cannot have one type
   */
  typeOf(expr: Expr): Type {
    const known = this.#known.get(expr);
    if (known !== undefined) return known;
    const type = this.#find(expr);
    this.#known.set(expr, type);
    return type;
  }

  /**
   * Two expressions brought to one type, by casts where they differ.
   *
   * @throws {InputError} E-IR-TYPE if there is no such type
   */
  matched(a: Expr, b: Expr): readonly [Expr, Expr] {
    const left = this.typeOf(a);
    const right = this.typeOf(b);
    const lanes = Math.max(left.lanes, right.lanes);
    const fits = (one: Type) => one.lanes === 1 || one.lanes === lanes;
    const base = common(left.base, right.base);
    if (base === undefined || !fits(left) || !fits(right)) {
      throw new InputError(
        "E-IR-TYPE",
        `Cannot bring ${formatType(left)} and ${formatType(right)} to one type, operands of one ` +
          `number of lanes and types that convert are needed`,
      );
    }
    return [this.#as(a, { base, lanes }), this.#as(b, { base, lanes })];
  }

  /** The operands of an operation in their common type. */
  operands(expr: Binary): readonly [Expr, Expr] {
    const known = this.#operands.get(expr);
    if (known !== undefined) return known;
    const matched = expr.op === "and" || expr.op === "or"
      ? [this.#as(expr.a, truth(this.typeOf(expr.a))), this.#as(expr.b, truth(this.typeOf(expr.b)))]
      : this.matched(expr.a, expr.b);
    const pair = [matched[0] ?? expr.a, matched[1] ?? expr.b] as const;
    this.#operands.set(expr, pair);
    return pair;
  }

  /** The arms of a `select` or `if_then_else` in their common type. */
  arms(expr: Expr, a: Expr, b: Expr): readonly [Expr, Expr] {
    const known = this.#operands.get(expr);
    if (known !== undefined) return known;
    const pair = this.matched(a, b);
    this.#operands.set(expr, pair);
    return pair;
  }

  #find(expr: Expr): Type {
    switch (expr.kind) {
      case "var":
        return { base: expr.dtype, lanes: 1 };
      case "int":
      case "float":
        return { base: expr.dtype, lanes: 1 };
      case "string":
        return { base: "handle", lanes: 1 };
      case "not":
        return truth(this.typeOf(expr.value));
      case "cast": {
        const type = parseType(expr.dtype);
        return { ...type, lanes: Math.max(type.lanes, this.typeOf(expr.value).lanes) };
      }
      case "select":
        return this.typeOf(this.arms(expr, expr.a, expr.b)[0]);
      case "load": {
        const lanes = expr.indices.reduce((n, one) => Math.max(n, this.typeOf(one).lanes), 1);
        return { base: expr.buffer.dtype, lanes };
      }
      case "call_extern":
        return parseType(expr.dtype);
      case "binary": {
        const [a, b] = this.operands(expr);
        const type = this.typeOf(a);
        const lanes = Math.max(type.lanes, this.typeOf(b).lanes);
        return { base: isComparison(expr.op) ? "bool" : type.base, lanes };
      }
      case "intrinsic":
        return this.#ofIntrinsic(expr);
    }
  }

  #ofIntrinsic(expr: Extract<Expr, { kind: "intrinsic" }>): Type {
    const { op, args } = expr;
    const [first, second, third] = args;
    const lanesOf = (node: Expr | undefined) => node === undefined ? 1 : this.typeOf(node).lanes;
    if (POINTERS.has(op)) return { base: "handle", lanes: 1 };
    if (TRUTH.has(op)) return { base: "bool", lanes: lanesOf(first) };
    if (MATCHED.has(op) && first !== undefined && second !== undefined) {
      return this.typeOf(this.arms(expr, first, second)[0]);
    }
    if (op === "if_then_else" && second !== undefined && third !== undefined) {
      return this.typeOf(this.arms(expr, second, third)[0]);
    }
    if (SAME.has(op) && first !== undefined) return this.typeOf(first);
    if (op.startsWith("q_multiply_shift") || op === "clz") {
      return { base: "int32", lanes: lanesOf(first) };
    }
    if ((op === "Ramp" || op === "Broadcast") && first !== undefined) {
      const count = args.at(-1);
      return { base: this.typeOf(first).base, lanes: count?.kind === "int" ? count.value : 1 };
    }
    return expr.dtype === undefined ? { base: "int32", lanes: 1 } : parseType(expr.dtype);
  }

  #as(expr: Expr, type: Type): Expr {
    const own = this.typeOf(expr);
    if (own.base === type.base) return expr;
    return { kind: "cast", dtype: formatType({ base: type.base, lanes: own.lanes }), value: expr };
  }
}

function truth({ lanes }: Type): Type {
  return { base: "bool", lanes };
}

/** The type that both convert to. */
function common(a: Type["base"], b: Type["base"]): Type["base"] | undefined {
  if (a === b) return a;
  if ([a, b].some((one) => one === "handle" || one === "void")) return undefined;
  if (isFloat(a) !== isFloat(b)) return isFloat(a) ? a : b;
  if (bitsOf(a) !== bitsOf(b)) return bitsOf(a) > bitsOf(b) ? a : b;
  return isUnsigned(a) ? a : b;
}

/**
 * The type of a loop's counter: TVM gives it the sign of its first value and the bits of the wider one of
 * first value and number of rounds. `int32` where these are no integers.
 */
export function loopType(min: Expr, extent: Expr): Exclude<IntImm["dtype"], "bool"> {
  const typing = new Typing();
  const baseOf = (expr: Expr): Type["base"] => {
    try {
      return typing.typeOf(expr).base;
    } catch (error) {
      if (error instanceof InputError) return "void";
      throw error;
    }
  };
  const bases = [baseOf(min), baseOf(extent)];
  if (!bases.every((base) => isInteger(base) && base !== "bool")) return "int32";
  const bits = Math.max(...bases.map(bitsOf)) as 8 | 16 | 32 | 64;
  return isUnsigned(bases[0] ?? "int32") ? `uint${bits}` : `int${bits}`;
}
