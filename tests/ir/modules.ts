/**
 * Modules for the tests of the IR: one as an importer makes it, and arbitrary ones.
 *
 * @module
 */
import fc from "fast-check";
import { DTYPES as ALL_DTYPES } from "../../src/ir/data.ts";
import {
  type AnnotationValue,
  type DType,
  type Expr,
  type IRModule,
  moduleBuilder,
  type PrimFunc,
  sizeOf,
  type Stmt,
  type Var,
} from "../../src/ir/mod.ts";
import { sequence, withBody } from "../../src/ir/nest.ts";

/** Two operators, three buffers and a constant. */
export function smallModule(): IRModule {
  const net = moduleBuilder("kws");
  net.func("conv", { params: ["input", "weights", "output"], attrs: { "tir.noalias": true } })
    .call("pinmap_conv", ["input", "weights", "output", 1, -128]);
  const main = net.main();
  const a = main.allocate("audio", "int8", [8000], { input: "audio:0", alignment: 16 });
  const b = main.allocate("op0_out", "int8", [1, 20], { candidates: ["dtcm", "sram1"] });
  const c = main.allocate("scores", "int8", [20], { output: "scores" });
  const w = main.allocateConst("op0_weights", "int8", [2, 2], [64, 10, -4, 1]);
  main.call("conv", [a, w, b]).call("conv", [b, w, c]);
  return net.build();
}

const NAMES = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
const DTYPES = fc.constantFrom<DType>(...ALL_DTYPES);

const annotation: fc.Arbitrary<AnnotationValue> = fc.letrec<{ value: AnnotationValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: "binary" }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.string({ unit: "binary" }), tie("value"), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).value;

const annotations = fc.dictionary(
  fc.oneof(fc.constantFrom("candidate_memory_pools", "pool_offset", "input_tensor"), fc.string()),
  annotation,
  { maxKeys: 3, noNullPrototype: true },
).map(({ alignment: _, ...others }) => others);

/** What an arbitrary function is made of, before names are unique and variables in scope. */
type Plan =
  | { kind: "call"; callee: string; args: number[]; int: number; text: string }
  | { kind: "seq"; body: Plan[] }
  | { kind: "allocate"; dtype: DType; extents: number[]; notes: object; scope: string; body: Plan }
  | { kind: "const"; dtype: DType; bytes: Uint8Array; notes: object; scope: string; body: Plan };

const scope = fc.constantFrom("global", "global.dtcm", "global.sram1");

const plan = fc.letrec<{ plan: Plan }>((tie) => ({
  plan: fc.oneof(
    { maxDepth: 5 },
    fc.record({
      kind: fc.constant("call" as const),
      callee: NAMES.map((name) => `k_${name}`),
      args: fc.array(fc.nat(), { maxLength: 4 }),
      int: fc.integer(),
      text: fc.string({ unit: "binary" }),
    }),
    fc.record({ kind: fc.constant("seq" as const), body: fc.array(tie("plan"), { maxLength: 4 }) }),
    fc.record({
      kind: fc.constant("allocate" as const),
      dtype: DTYPES,
      extents: fc.array(fc.nat(20), { maxLength: 3 }),
      notes: annotations,
      scope,
      body: tie("plan"),
    }),
    fc.record({
      kind: fc.constant("const" as const),
      dtype: DTYPES,
      bytes: fc.uint8Array({ minLength: 0, maxLength: 200 }),
      notes: annotations,
      scope,
      body: tie("plan"),
    }),
  ),
})).plan;

function realise(plan: Plan, visible: readonly Var[], counter: { next: number }): Stmt {
  if (plan.kind === "seq") {
    return sequence(plan.body.map((child) => realise(child, visible, counter)));
  }
  if (plan.kind === "call") {
    const args: Expr[] = plan.args.flatMap((arg) => visible[arg % visible.length] ?? []);
    args.push({ kind: "int", value: plan.int, dtype: "int32" });
    args.push({ kind: "int", value: plan.int * 4096, dtype: "int64" });
    args.push({ kind: "int", value: plan.int & 1, dtype: "bool" });
    args.push({ kind: "string", value: plan.text });
    const inner: Expr = { kind: "call_extern", dtype: "int32", callee: plan.callee, args };
    return {
      kind: "evaluate",
      value: { kind: "call_extern", dtype: "int32", callee: plan.callee, args: [inner, ...args] },
    };
  }
  const buffer: Var = { kind: "var", name: `b${counter.next++}`, dtype: "handle" };
  const common = { buffer, dtype: plan.dtype, scope: plan.scope, annotations: { ...plan.notes } };
  const body = realise(plan.body, [...visible, buffer], counter);
  if (plan.kind === "allocate") {
    const condition = { kind: "int", value: 1, dtype: "bool" } as const;
    return withBody({ kind: "allocate", ...common, extents: plan.extents, condition }, body);
  }
  const width = sizeOf({ dtype: plan.dtype, extents: [] });
  const count = Math.floor(plan.bytes.length / width);
  const raw = plan.bytes.slice(0, count * width);
  const data = plan.dtype === "bool" ? raw.map((byte) => byte & 1) : raw;
  return withBody({ kind: "allocate_const", ...common, extents: [count], data }, body);
}

/** Arbitrary well-formed modules. */
export const arbitraryModule: fc.Arbitrary<IRModule> = fc.record({
  name: NAMES.map((name) => `m_${name}`),
  attrs: annotations,
  functions: fc.array(
    fc.record({
      params: fc.nat(3),
      target: fc.constantFrom("c", "accel", "c -mcpu=cortex-m7"),
      attrs: annotations,
      body: plan,
    }),
    { maxLength: 3 },
  ),
}).map(({ name, attrs, functions }) => ({
  name,
  attrs,
  functions: functions.map((func, i): PrimFunc => {
    const params = Array.from(
      { length: func.params },
      (_, p): Var => ({ kind: "var", name: `p${p}`, dtype: "handle" }),
    );
    const { target, attrs } = func;
    const body = realise(func.body, params, { next: 0 });
    return { name: `f${i}`, params, target, attrs, body };
  }),
}));
