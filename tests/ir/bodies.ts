/**
 * Arbitrary functions with loops, branches, views and arithmetic.
 *
 * @module
 */
import fc from "fast-check";
import type { BinaryOp, Buffer, Expr, IRModule, Stmt, Var } from "../../src/ir/mod.ts";
import { sequence } from "../../src/ir/nest.ts";
import { loopType } from "../../src/ir/typing.ts";

const OPS = fc.constantFrom<BinaryOp>(
  ...(["+", "-", "*", "/", "//", "%", "truncdiv", "truncmod", "min", "max"] as const),
  ...(["<", "<=", ">", ">=", "==", "!=", "and", "or"] as const),
);

const leaf = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
    .map((value): Expr => ({ kind: "int", value, dtype: "int32" })),
  fc.integer({ min: 0, max: 255 }).map((value): Expr => ({ kind: "int", value, dtype: "uint8" })),
  fc.double({ noNaN: true, noDefaultInfinity: true })
    .map((value): Expr => ({ kind: "float", value, dtype: "float32" })),
  fc.boolean().map((value): Expr => ({ kind: "int", value: value ? 1 : 0, dtype: "bool" })),
);

const PARAM: Var = { kind: "var", name: "p", dtype: "handle" };
const SCALAR: Var = { kind: "var", name: "n", dtype: "int32" };
const MATRIX: Buffer = {
  kind: "buffer",
  name: "m",
  data: PARAM,
  dtype: "int32",
  shape: [4, 8],
  hints: { align: 16 },
};

/** Expressions over the parameters. */
export const arbitraryExpr: fc.Arbitrary<Expr> = fc.letrec<{ expr: Expr }>((tie) => ({
  expr: fc.oneof(
    { maxDepth: 5, depthSize: "medium" },
    leaf,
    fc.constantFrom<Expr>(PARAM, SCALAR),
    fc.tuple(OPS, tie("expr"), tie("expr"))
      .map(([op, a, b]): Expr => ({ kind: "binary", op, a, b })),
    tie("expr").map((value): Expr => ({ kind: "not", value })),
    fc.tuple(fc.constantFrom("int8", "float32", "int16x4"), tie("expr"))
      .map(([dtype, value]): Expr => ({ kind: "cast", dtype: dtype as "int8", value })),
    fc.tuple(tie("expr"), tie("expr"), tie("expr"))
      .map(([condition, a, b]): Expr => ({ kind: "select", condition, a, b })),
    fc.tuple(tie("expr"), tie("expr"))
      .map(([a, b]): Expr => ({ kind: "load", buffer: MATRIX, indices: [a, b] })),
    fc.tuple(tie("expr"), tie("expr"))
      .map((args): Expr => ({ kind: "intrinsic", op: "shift_left", args })),
    fc.tuple(tie("expr"), tie("expr"), tie("expr")).map((args): Expr => ({
      kind: "intrinsic",
      op: "if_then_else",
      dtype: "int32",
      args,
    })),
    tie("expr").map((arg): Expr => ({
      kind: "call_extern",
      dtype: "int32",
      callee: "f",
      args: [arg],
      convention: "cpacked",
    })),
  ),
})).expr;

/** An expression, but this number for every constant. */
function ranged(expr: Expr, value: number): Expr {
  return expr.kind === "int" ? { kind: "int", value, dtype: "int32" } : expr;
}

type Shape = (fresh: () => string) => Stmt;

const statement: fc.Arbitrary<Shape> = fc.letrec<{ stmt: Shape }>((tie) => ({
  stmt: fc.oneof(
    { maxDepth: 4, depthSize: "medium" },
    arbitraryExpr.map((value): Shape => () => ({ kind: "evaluate", value })),
    fc.tuple(arbitraryExpr, arbitraryExpr, arbitraryExpr).map(([i, j, value]): Shape => () => ({
      kind: "store",
      buffer: MATRIX,
      indices: [i, j],
      value,
    })),
    fc.array(tie("stmt"), { maxLength: 3 }).map((list): Shape => (fresh) =>
      sequence(list.map((one) => one(fresh)))
    ),
    fc.tuple(
      arbitraryExpr,
      arbitraryExpr,
      fc.constantFrom("serial", "parallel", "vectorized", "unrolled", "thread_binding"),
      tie("stmt"),
    ).map(([min, extent, forKind, body]): Shape => (fresh) => ({
      kind: "for",
      variable: { kind: "var", name: fresh(), dtype: loopType(ranged(min, 2), ranged(extent, 5)) },
      // The sum of two constants has to stay one.
      min: ranged(min, 2),
      extent: ranged(extent, 5),
      forKind: forKind as "serial",
      annotations: {},
      body: body(fresh),
      ...(forKind === "thread_binding" && { thread: "threadIdx.x" }),
    })),
    fc.tuple(arbitraryExpr, tie("stmt")).map(([condition, body]): Shape => (fresh) => ({
      kind: "while",
      condition,
      body: body(fresh),
    })),
    fc.tuple(arbitraryExpr, tie("stmt"), fc.option(tie("stmt"))).map((
      [condition, then, other],
    ): Shape =>
    (fresh) => ({
      kind: "if",
      condition,
      then: then(fresh),
      ...(other !== null && { else: other(fresh) }),
    })),
    fc.tuple(arbitraryExpr, tie("stmt")).map(([value, body]): Shape => (fresh) => ({
      kind: "let",
      variable: { kind: "var", name: fresh(), dtype: "int64" },
      value,
      body: body(fresh),
    })),
    fc.tuple(arbitraryExpr, fc.string(), tie("stmt")).map(
      ([node, key, body]): Shape => (fresh) => ({
        kind: "attr",
        node,
        key,
        value: node,
        body: body(fresh),
      }),
    ),
    fc.tuple(arbitraryExpr, fc.string(), tie("stmt")).map((
      [condition, message, body],
    ): Shape =>
    (fresh) => ({ kind: "assert", condition, message, body: body(fresh) })),
    tie("stmt").map((body): Shape => (fresh) => {
      const buffer: Var = { kind: "var", name: fresh(), dtype: "handle" };
      const view: Buffer = {
        kind: "buffer",
        name: fresh(),
        data: buffer,
        dtype: "int16",
        shape: [6],
        hints: {},
      };
      const six: Expr = { kind: "int", value: 3, dtype: "int32" };
      const store: Stmt = { kind: "store", buffer: view, indices: [six], value: six };
      return {
        kind: "allocate",
        buffer,
        dtype: "int8",
        extents: [12],
        scope: "global",
        condition: { kind: "int", value: 1, dtype: "bool" },
        annotations: {},
        body: { kind: "decl_buffer", buffer: view, body: sequence([store, body(fresh)]) },
      };
    }),
  ),
})).stmt;

/** A module with one function of arbitrary statements. */
export const arbitraryBody: fc.Arbitrary<IRModule> = statement.map((make) => {
  let count = 0;
  const body = make(() => `v${count++}`);
  const func = {
    name: "__tvm_main__",
    params: [PARAM, SCALAR],
    buffers: [MATRIX],
    target: "c",
    attrs: {},
    body: sequence([body]),
  };
  return { name: "net", attrs: {}, functions: [func] };
});
