/**
 * Arbitrary typed functions: every operator, type and intrinsic that generated C has, in loops, branches,
 * lets and vectors. Each function reads one buffer of random bytes through views of all types and writes
 * its own output.
 *
 * @module
 */
import { DTYPES } from "../../src/ir/data.ts";
import type {
  BinaryOp,
  Buffer,
  DType,
  Expr,
  IntImm,
  IRModule,
  PrimFunc,
} from "../../src/ir/mod.ts";
import type { ScalarType, Stmt, ValueType, Var } from "../../src/ir/mod.ts";
import { nest, sequence } from "../../src/ir/nest.ts";
import { statementsOf } from "../../src/ir/visit.ts";
import { bitsOf, isFloat } from "../../src/ir/typing.ts";

/** A number from 0 to `max`. */
export type Choose = (max: number) => number;

/** Bytes of the input. */
export const INPUT_BYTES = 64;
/** Elements of each function's output. */
const OUTPUT_ELEMENTS = 8;

const INTEGERS = [
  ...(["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"] as const),
];
const TYPES: readonly ScalarType[] = [...INTEGERS, "bool", "float32", "int32", "int8", "float64"];
const OUTPUTS: readonly DType[] = DTYPES;
const EDGES = [0, 1, -1, 2, 3, 7, 31, 64, 127, 128, 255, 32767, -32768, 2 ** 31 - 1, -(2 ** 31)];

function int(value: number, dtype: IntImm["dtype"] = "int32"): Expr {
  return { kind: "int", value, dtype };
}

/** Makes one function; everything it contains comes from `choose`. */
class FunctionMaker {
  readonly #choose: Choose;
  readonly #data: Var = { kind: "var", name: "data", dtype: "handle" };
  readonly #out: Var = { kind: "var", name: "out", dtype: "handle" };
  readonly #views = new Map<ScalarType, Buffer>();
  /** Loop counters, each from 0 to 7, and lets. */
  readonly #scalars: Var[] = [];
  /** Buffers of its own that have a value, innermost last. */
  readonly #temporaries: Buffer[] = [];
  #names = 0;

  constructor(choose: Choose) {
    this.#choose = choose;
  }

  make(name: string): { func: PrimFunc; dtype: DType } {
    const dtype = this.#pick(OUTPUTS);
    const out: Buffer = {
      kind: "buffer",
      name: "result",
      data: this.#out,
      dtype,
      shape: [2, OUTPUT_ELEMENTS / 2],
      hints: {},
    };
    // Everything is written once, so that the output has no byte that nobody wrote.
    const i: Var = { kind: "var", name: "first", dtype: "int32" };
    this.#scalars.push(i);
    const value = this.#expr(dtype, 5);
    this.#scalars.pop();
    const fill: Stmt = {
      kind: "for",
      variable: i,
      min: int(0),
      extent: int(OUTPUT_ELEMENTS),
      forKind: "serial",
      annotations: {},
      body: {
        kind: "store",
        buffer: out,
        indices: [
          { kind: "binary", op: "//", a: i, b: int(4) },
          { kind: "binary", op: "%", a: i, b: int(4) },
        ],
        value,
      },
    };
    const rest = Array.from({ length: 1 + this.#choose(2) }, () => this.#statement(out, 3));
    const body = sequence([fill, ...rest]);
    const views = [...this.#views.values()];
    const func: PrimFunc = {
      name,
      params: [this.#data, this.#out],
      buffers: [out],
      target: "c",
      attrs: {},
      body: nest([
        ...views.map((buffer) => ({ header: { kind: "decl_buffer" as const, buffer } })),
        { stmt: body },
      ]),
    };
    return { func, dtype };
  }

  #pick<T>(list: readonly T[]): T {
    const found = list[this.#choose(list.length - 1)];
    if (found === undefined) throw new Error("nothing to choose from");
    return found;
  }

  #fresh(name: string): string {
    return `${name}${this.#names++}`;
  }

  #view(dtype: ScalarType): Buffer {
    const known = this.#views.get(dtype);
    if (known !== undefined) return known;
    const view: Buffer = {
      kind: "buffer",
      name: `as_${dtype}`,
      data: this.#data,
      dtype,
      shape: [INPUT_BYTES / Math.max(1, bitsOf(dtype) >> 3)],
      hints: {},
    };
    this.#views.set(dtype, view);
    return view;
  }

  #statement(out: Buffer, depth: number): Stmt {
    const kind = depth === 0 ? 0 : this.#choose(8);
    switch (kind) {
      case 7:
      case 8:
        return this.#allocate(out, depth);
      case 1: {
        const dtype = this.#pick(["int32", "int64", "uint8", "int16"] as const);
        const variable: Var = {
          kind: "var",
          name: this.#fresh("i"),
          dtype,
        };
        this.#scalars.push(variable);
        const body = this.#statement(out, depth - 1);
        this.#scalars.pop();
        const least = this.#choose(3);
        return {
          kind: "for",
          variable,
          min: int(least, dtype),
          extent: int(1 + this.#choose(7 - least), dtype),
          // A buffer in a parallel loop would be one for each round.
          forKind: this.#pick(
            statementsOf(body).some((one) => one.kind === "allocate")
              ? ["serial", "unrolled"]
              : ["serial", "unrolled", "vectorized", "parallel"],
          ),
          annotations: {},
          body,
        };
      }
      case 2: {
        const then = this.#statement(out, depth - 1);
        const other = this.#choose(1) === 0 ? undefined : this.#statement(out, depth - 1);
        return {
          kind: "if",
          condition: this.#expr("bool", 3),
          then,
          ...(other && { else: other }),
        };
      }
      case 3: {
        const dtype = this.#pick(TYPES);
        const value = this.#expr(dtype, 3);
        const variable: Var = { kind: "var", name: this.#fresh("x"), dtype };
        this.#scalars.push(variable);
        const body = this.#statement(out, depth - 1);
        this.#scalars.pop();
        return { kind: "let", variable, value, body };
      }
      case 4:
        return sequence([this.#statement(out, depth - 1), this.#statement(out, depth - 1)]);
      case 5: {
        // A vector of 4: the last index is a ramp.
        const lanes = int(4);
        const index: Expr = { kind: "intrinsic", op: "Ramp", args: [int(0), int(1), lanes] };
        const dtype = out.dtype;
        const source: Expr = {
          kind: "load",
          buffer: this.#view(dtype),
          indices: [{ kind: "intrinsic", op: "Ramp", args: [int(this.#choose(1)), int(1), lanes] }],
        };
        const other: Expr = {
          kind: "intrinsic",
          op: "Broadcast",
          args: [this.#expr(dtype, 2), lanes],
        };
        return {
          kind: "store",
          buffer: out,
          indices: [int(this.#choose(1)), index],
          value: {
            kind: "binary",
            op: this.#pick(["+", "min", "*"]),
            a: source,
            b: other,
          },
        };
      }
      default:
        return {
          kind: "store",
          buffer: out,
          indices: [int(this.#choose(1)), int(this.#choose(3))],
          value: this.#expr(out.dtype, 5),
        };
    }
  }

  /** A buffer that is filled, and statements that may read it; planned on bytes that others use too. */
  #allocate(out: Buffer, depth: number): Stmt {
    const dtype = this.#pick(OUTPUTS);
    const data: Var = { kind: "var", name: this.#fresh("t"), dtype: "handle" };
    const buffer: Buffer = {
      kind: "buffer",
      name: `${data.name}_1`,
      data,
      dtype,
      shape: [8],
      hints: {},
    };
    const variable: Var = { kind: "var", name: this.#fresh("i"), dtype: "int32" };
    this.#scalars.push(variable);
    const value = this.#expr(dtype, 3);
    this.#scalars.pop();
    const fill: Stmt = {
      kind: "for",
      variable,
      min: int(0),
      extent: int(8),
      forKind: "serial",
      annotations: {},
      body: { kind: "store", buffer, indices: [variable], value },
    };
    this.#temporaries.push(buffer);
    const rest = [this.#statement(out, depth - 1), this.#statement(out, depth - 1)];
    this.#temporaries.pop();
    return nest([
      {
        header: {
          kind: "allocate",
          buffer: data,
          dtype,
          extents: [8],
          scope: "global",
          condition: { kind: "int", value: 1, dtype: "bool" },
          annotations: {},
        },
      },
      { header: { kind: "decl_buffer", buffer } },
      { stmt: sequence([fill, ...rest]) },
    ]);
  }

  #expr(dtype: ScalarType, depth: number): Expr {
    if (depth === 0) return this.#leaf(dtype);
    const kind = this.#choose(9);
    const same = () => this.#expr(dtype, depth - 1);
    switch (kind) {
      case 0:
        return this.#leaf(dtype);
      case 1:
      case 2: {
        const from = this.#pick(TYPES);
        return { kind: "cast", dtype: dtype as ValueType, value: this.#expr(from, depth - 1) };
      }
      case 3: {
        const args = [this.#expr("bool", depth - 1), same(), same()];
        const [condition, a, b] = args;
        return this.#choose(1) === 0 || !condition || !a || !b
          ? { kind: "intrinsic", op: "if_then_else", args }
          : { kind: "select", condition, a, b };
      }
      case 4:
        return this.#unary(dtype, depth);
      case 5:
        if (dtype === "bool") return { kind: "not", value: same() };
        if (isFloat(dtype)) return this.#binary(dtype, depth);
        return {
          kind: "intrinsic",
          op: this.#pick(["bitwise_and", "bitwise_or", "bitwise_xor", "shift_left", "shift_right"]),
          args: [same(), this.#choose(1) === 0 ? same() : this.#leaf(dtype)],
        };
      default:
        return this.#binary(dtype, depth);
    }
  }

  #binary(dtype: ScalarType, depth: number): Expr {
    if (dtype === "bool") {
      const op = this.#pick<BinaryOp>(["<", "<=", ">", ">=", "==", "!=", "and", "or"]);
      const type = op === "and" || op === "or" ? "bool" : this.#pick(TYPES);
      return {
        kind: "binary",
        op,
        a: this.#expr(type, depth - 1),
        b: this.#expr(type, depth - 1),
      };
    }
    const ops: readonly BinaryOp[] = isFloat(dtype)
      ? ["+", "-", "*", "/", "min", "max", "//", "%"]
      : ["+", "-", "*", "/", "//", "%", "truncdiv", "truncmod", "min", "max"];
    // Operands of other types, so that they are brought to one; the cast keeps the result's.
    const other = this.#choose(3) === 0 ? this.#pick(TYPES) : dtype;
    const value: Expr = {
      kind: "binary",
      op: isFloat(other) && !isFloat(dtype)
        ? this.#pick(["+", "-", "*", "min", "max"])
        : this.#pick(ops),
      a: this.#expr(dtype, depth - 1),
      b: this.#expr(other, depth - 1),
    };
    return other === dtype ? value : { kind: "cast", dtype, value };
  }

  #unary(dtype: ScalarType, depth: number): Expr {
    const same = () => this.#expr(dtype, depth - 1);
    const call = (op: string, ...args: Expr[]): Expr => ({ kind: "intrinsic", op, args });
    if (dtype === "float32") {
      return call(
        this.#pick([
          ...["abs", "fabs", "floor", "ceil", "trunc", "round", "nearbyint", "sqrt", "rsqrt"],
          ...["exp", "log", "tanh", "sigmoid"],
        ]),
        same(),
      );
    }
    if (dtype === "float64") {
      return call(this.#pick(["abs", "floor", "ceil", "trunc", "round", "nearbyint"]), same());
    }
    if (dtype === "bool") {
      return call(this.#pick(["isnan", "isinf", "isfinite"]), this.#expr("float32", depth - 1));
    }
    if (dtype !== "int32") {
      return call(this.#pick(["abs", "bitwise_not", "popcount", "likely"]), same());
    }
    switch (this.#choose(3)) {
      case 0:
        return call("clz", this.#expr(this.#pick(INTEGERS), depth - 1));
      case 1:
        return call(this.#pick(["abs", "bitwise_not", "popcount"]), same());
      case 2:
        return call("q_multiply_shift", same(), same(), int(31), int(this.#choose(8) - 6));
      default: {
        const flag = () => int(this.#choose(1), "bool");
        const shift = () => int(this.#choose(12));
        return call(
          "q_multiply_shift_per_axis",
          same(),
          same(),
          shift(),
          shift(),
          int(31),
          flag(),
          flag(),
        );
      }
    }
  }

  #leaf(dtype: ScalarType): Expr {
    const kind = this.#choose(3);
    const temporaries = this.#temporaries.filter((one) => one.dtype === dtype);
    if (kind === 3 && temporaries.length > 0) {
      const index = int(this.#choose(7));
      return { kind: "load", buffer: this.#pick(temporaries), indices: [index] };
    }
    const visible = this.#scalars.filter((one) => one.dtype === dtype);
    if (kind === 0 && visible.length > 0) return this.#pick(visible);
    if (kind === 1 && !isFloat(dtype)) {
      const buffer = this.#view(dtype);
      const count = buffer.shape[0] ?? 1;
      const counter = this.#scalars.find((one) => one.name.startsWith("i") || one.name === "first");
      const fixed = int(this.#choose(count - 1));
      const index: Expr = counter === undefined ? fixed : {
        kind: "binary",
        op: "%",
        a: {
          kind: "binary",
          op: "+",
          a: { kind: "cast", dtype: "int32", value: counter },
          b: fixed,
        },
        b: int(count),
      };
      return { kind: "load", buffer, indices: [index] };
    }
    if (isFloat(dtype)) {
      const value = this.#pick([0, 0.5, -1.5, 2.25, 1e-3, -7, 100.125, 3e9, -1e20, 0.1]);
      const plain: Expr = { kind: "float", value, dtype };
      return kind === 2 ? plain : { kind: "cast", dtype, value: this.#leaf("int16") };
    }
    if (dtype === "bool") return int(this.#choose(1), "bool");
    const edge = this.#pick(EDGES);
    return { kind: "cast", dtype, value: int(edge) };
  }
}

/** A module whose main calls so many arbitrary functions, each with an output of its own. */
export function arbitraryModule(choose: Choose, count: number): IRModule {
  const made = Array.from({ length: count }, (_, k) => new FunctionMaker(choose).make(`f${k}`));
  const data: Var = { kind: "var", name: "data", dtype: "handle" };
  const outs = made.map(({ dtype }, k) => ({
    buffer: { kind: "var", name: `y${k}`, dtype: "handle" } satisfies Var,
    dtype,
  }));
  const allocate = (buffer: Var, dtype: DType, extent: number, key: string) => ({
    header: {
      kind: "allocate" as const,
      buffer,
      dtype,
      extents: [extent],
      scope: "global",
      condition: { kind: "int" as const, value: 1, dtype: "bool" as const },
      annotations: { [key]: buffer.name },
    },
  });
  const main: PrimFunc = {
    name: "__tvm_main__",
    params: [],
    target: "c",
    attrs: {},
    body: nest([
      allocate(data, "int8", INPUT_BYTES, "input_tensor"),
      ...outs.map(({ buffer, dtype }) => allocate(buffer, dtype, OUTPUT_ELEMENTS, "output_tensor")),
      ...made.map(({ func }, k) => ({
        stmt: {
          kind: "evaluate" as const,
          value: {
            kind: "call_extern" as const,
            dtype: "int32" as const,
            callee: func.name,
            args: [data, outs[k]?.buffer ?? data],
          },
        },
      })),
    ]),
  };
  return { name: "net", attrs: {}, functions: [main, ...made.map(({ func }) => func)] };
}
