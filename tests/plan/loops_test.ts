/** Lifetimes over loops, branches and views, and an execution that shows no value is overwritten. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../src/base/error.ts";
import { type Buffer, type IRModule, parseModule, serializeLoops } from "../../src/ir/mod.ts";
import type { Stmt, Var } from "../../src/ir/mod.ts";
import { sequence } from "../../src/ir/nest.ts";
import { analyseLiveness, findPlanner, maxLive, type Placement } from "../../src/plan/mod.ts";
import { buffer, pool } from "./support.ts";

/** Lifetimes of a main with this body, as `name: first-last`. */
function lifetimes(body: string, others = ""): string[] {
  return analyseLiveness(moduleOf(body, others)).buffers.map(({ name, intervals }) =>
    `${name}: ${intervals.map(({ first, last }) => `${first}-${last}`).join(" ")}`
  );
}

function moduleOf(body: string, others = ""): IRModule {
  const lines = body.trim().split("\n").map((line) => `    ${line}`);
  const text = ["@T.prim_func", "def __tvm_main__():", ...lines, others].join("\n");
  return parseModule(text, "main.py", { target: "c" });
}

Deno.test("analyseLiveness() keeps what a loop touches for the whole loop", () => {
  const body = `
a = T.decl_buffer([4], "int8")
b = T.decl_buffer([4], "int8")
c = T.decl_buffer([4], "int8")
T.evaluate(T.call_extern("int32", "f", c))
for i in range(4):
    a[i] = T.int8(1)
    for j in range(4):
        b[i] = a[i]
T.evaluate(T.call_extern("int32", "g", c))`;
  // 0 f, 1 head of i, 2 a, 3 head of j, 4 b, 5 g: what one round wrote the next may read.
  assertEquals(lifetimes(body), ["a: 2-4", "b: 2-4", "c: 0-5"]);
});

Deno.test("analyseLiveness() begins a buffer of a loop's body anew in each round", () => {
  const body = `
for i in range(4):
    a = T.decl_buffer([4], "int8")
    a[0] = T.int8(1)
    for j in range(4):
        b = T.decl_buffer([4], "int8")
        b[0] = a[0]
    c = T.decl_buffer([4], "int8")
    c[0] = T.int8(1)`;
  // a is from outside the inner loop only; c comes after it.
  assertEquals(lifetimes(body), ["a: 1-3", "b: 3-3", "c: 4-4"]);
});

Deno.test("analyseLiveness() lets the arms of an if share memory", () => {
  const body = `
if T.call_extern("int32", "mode") == 0:
    a = T.decl_buffer([100], "int8")
    T.evaluate(T.call_extern("int32", "f", a))
else:
    b = T.decl_buffer([60], "int8")
    T.evaluate(T.call_extern("int32", "f", b))`;
  const { buffers } = analyseLiveness(moduleOf(body));
  const sizes = [100, 60];
  assertEquals(maxLive(buffers.map((one, i) => ({ ...one, size: sizes[i] ?? 0 }))).bytes, 100);
});

Deno.test("analyseLiveness() follows views, lets and address_of to the buffer behind", () => {
  const body = `
a = T.allocate([16], "int8", "global")
a_1 = T.Buffer((4,), "int32", data=a)
p: T.handle = T.address_of(a_1[2])
T.evaluate(T.call_extern("int32", "f"))
T.evaluate(T.call_extern("int32", "g", p))`;
  assertEquals(lifetimes(body), ["a: 0-2"]);
});

Deno.test("analyseLiveness() gives a function's buffer an interval for each call, also in loops", () => {
  const body = `
x = T.decl_buffer([4], "int8")
T.evaluate(T.call_extern("int32", "op", x))
for i in range(2):
    T.evaluate(T.call_cpacked("op", x, T.reinterpret(T.uint64(0), dtype="handle")))`;
  const op = `
@T.prim_func
def op(p: T.Buffer((4,), "int8")):
    t = T.decl_buffer([4], "int8")
    t[0] = p[0]
    p[0] = t[0]
`;
  // 0, 1 first call; 2 head; 3, 4 second call.
  assertEquals(lifetimes(body, op), ["x: 0-4", "t: 0-1 3-4"]);
});

Deno.test("analyseLiveness() refuses a buffer in a parallel loop, at any depth and through calls", () => {
  const nested = `
for i in T.parallel(4):
    for j in T.serial(4):
        a = T.decl_buffer([4], "int8")
        a[0] = T.int8(1)`;
  const error = assertThrows(() => lifetimes(nested), InputError);
  assertEquals(error.code, "E-PLAN-PARALLEL");
  assert(error.message.includes('the parallel loop "i"'), error.message);
  // As TVM's ahead-of-time executor did before it planned.
  const serial = analyseLiveness(serializeLoops(moduleOf(nested)));
  assertEquals(serial.buffers.map(({ intervals }) => intervals), [[{ first: 2, last: 2 }]]);
  const called = `
for i in T.parallel(4):
    T.evaluate(T.call_extern("int32", "op"))`;
  const op = `
@T.prim_func
def op():
    t = T.decl_buffer([4], "int8")
    t[0] = T.int8(1)
`;
  assertThrows(() => lifetimes(called, op), InputError);
  const outside = `
a = T.decl_buffer([4], "int8")
for i in T.parallel(4):
    a[i] = T.int8(1)`;
  assertEquals(lifetimes(outside), ["a: 1-1"]);
});

/** What a random program is made of; numbers choose among the buffers that are visible. */
type Plan =
  | { readonly kind: "copy"; readonly to: number; readonly from: number }
  | { readonly kind: "allocate"; readonly body: readonly Plan[] }
  | { readonly kind: "for" | "while"; readonly body: readonly Plan[] }
  | { readonly kind: "if"; readonly then: readonly Plan[]; readonly other: readonly Plan[] };

const arbitraryPlan: fc.Arbitrary<readonly Plan[]> =
  fc.letrec<{ list: readonly Plan[] }>((tie) => ({
    list: fc.array(
      fc.oneof(
        { maxDepth: 4, depthSize: "medium" },
        fc.record({ kind: fc.constant("copy" as const), to: fc.nat(9), from: fc.nat(9) }),
        fc.record({ kind: fc.constant("allocate" as const), body: tie("list") }),
        fc.record({ kind: fc.constantFrom("for" as const, "while" as const), body: tie("list") }),
        fc.record({ kind: fc.constant("if" as const), then: tie("list"), other: tie("list") }),
      ),
      { minLength: 1, maxLength: 4 },
    ),
  })).list;

const ONE = { kind: "int", value: 1, dtype: "int32" } as const;
const ZERO = { kind: "int", value: 0, dtype: "int32" } as const;

/** The program as a module; every allocate has a view of its own. */
function build(plans: readonly Plan[]): IRModule {
  let count = 0;
  const statements = (list: readonly Plan[], visible: readonly Buffer[]): Stmt =>
    sequence(list.map((plan): Stmt => {
      switch (plan.kind) {
        case "copy": {
          const to = visible[plan.to % visible.length];
          const from = visible[plan.from % visible.length];
          if (to === undefined || from === undefined) return { kind: "evaluate", value: ZERO };
          const value = { kind: "load", buffer: from, indices: [ZERO] } as const;
          return { kind: "store", buffer: to, indices: [ZERO], value };
        }
        case "allocate": {
          const data: Var = { kind: "var", name: `a${count}`, dtype: "handle" };
          const view: Buffer = {
            kind: "buffer",
            name: `v${count++}`,
            data,
            dtype: "int8",
            shape: [1 + count % 3],
            hints: {},
          };
          return {
            kind: "allocate",
            buffer: data,
            dtype: "int8",
            extents: view.shape,
            scope: "global",
            condition: { kind: "int", value: 1, dtype: "bool" },
            annotations: {},
            body: {
              kind: "decl_buffer",
              buffer: view,
              body: statements(plan.body, [...visible, view]),
            },
          };
        }
        case "for":
          return {
            kind: "for",
            variable: { kind: "var", name: `i${count++}`, dtype: "int32" },
            min: ZERO,
            extent: ONE,
            forKind: "serial",
            annotations: {},
            body: statements(plan.body, visible),
          };
        case "while":
          return { kind: "while", condition: ONE, body: statements(plan.body, visible) };
        case "if":
          return {
            kind: "if",
            condition: ONE,
            then: statements(plan.then, visible),
            else: statements(plan.other, visible),
          };
      }
    }));
  const body = statements(plans, []);
  return {
    name: "net",
    attrs: {},
    functions: [{ name: "__tvm_main__", params: [], target: "c", attrs: {}, body }],
  };
}

/**
 * Runs a program on placed buffers. Every byte remembers which buffer wrote it last: a buffer that was
 * written in its scope must find its own bytes when it is read.
 */
function run(
  stmt: Stmt,
  placed: ReadonlyMap<Var, { offset: number; size: number }>,
  coin: () => number,
) {
  const owner = new Map<number, Var>();
  const written = new Set<Var>();
  const step = (stmt: Stmt): void => {
    switch (stmt.kind) {
      case "seq":
        return stmt.body.forEach(step);
      case "store": {
        const source = stmt.value.kind === "load" ? stmt.value.buffer.data : undefined;
        const bytes = (one: Var) => {
          const { offset = 0, size = 0 } = placed.get(one) ?? {};
          return Array.from({ length: size }, (_, i) => offset + i);
        };
        if (source !== undefined && written.has(source)) {
          for (const at of bytes(source)) {
            assert(owner.get(at) === source, `${source.name} lost byte ${at}`);
          }
        }
        for (const at of bytes(stmt.buffer.data)) owner.set(at, stmt.buffer.data);
        written.add(stmt.buffer.data);
        return;
      }
      case "for":
      case "while":
        for (let rounds = coin() % 3; rounds >= 0; rounds--) step(stmt.body);
        return;
      case "if":
        return step(coin() % 2 === 0 || stmt.else === undefined ? stmt.then : stmt.else);
      case "allocate":
        written.delete(stmt.buffer);
        step(stmt.body);
        written.delete(stmt.buffer);
        return;
      case "decl_buffer":
        return step(stmt.body);
    }
  };
  step(stmt);
}

Deno.test("plans from these lifetimes never overwrite a value that is read later", () => {
  fc.assert(
    fc.property(arbitraryPlan, fc.infiniteStream(fc.nat(5)), (plans, coins) => {
      const module = build(plans);
      const { buffers } = analyseLiveness(module);
      const problem = {
        pools: [pool("p", 10_000)],
        buffers: buffers.map(({ name, node, intervals }) =>
          buffer(name, node.extents[0] ?? 1, 0, 0, { alignment: 1, candidates: ["p"], intervals })
        ),
      };
      const placements: readonly Placement[] = findPlanner("greedy_by_size").plan(problem);
      const placed = new Map(buffers.map(({ node }, i) => [
        node.buffer,
        { offset: placements[i]?.offset ?? 0, size: node.extents[0] ?? 1 },
      ]));
      const main = module.functions[0];
      for (let times = 0; times < 5 && main !== undefined; times++) {
        run(main.body, placed, () => coins.next().value ?? 0);
      }
    }),
    { seed: 41, numRuns: 500 },
  );
});
