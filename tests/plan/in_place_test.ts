/** Operators that write their result over an input: which may, what it saves, and that the bits stay. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  analyseLiveness,
  importModel,
  type IRModule,
  loadBoard,
  moduleBuilder,
  parsePoolSpec,
  plan,
  simulate,
} from "../../mod.ts";
import { InfeasibleError } from "../../src/base/error.ts";
import { parseModule, printModule } from "../../src/ir/mod.ts";
import { inPlacePairs } from "../../src/plan/in_place.ts";
import { goldenVectors } from "../support/goldens.ts";
import { need } from "../support/need.ts";

const BOARD = "stm32h743";

function pairsOf(module: IRModule): readonly (readonly [string, string])[] {
  return inPlacePairs(module, analyseLiveness(module).buffers);
}

/** A chain of additions of 4096 bytes each; the first summand is read once more at the end. */
function additions(): IRModule {
  const net = moduleBuilder("sums");
  const main = net.main();
  const scalars = Array.from({ length: 13 }, () => 1);
  const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((name) =>
    main.allocate(name, "int8", [4096])
  );
  assert(a !== undefined && b !== undefined && c !== undefined);
  assert(d !== undefined && e !== undefined);
  main.call("produce", [a]).call("produce", [b]);
  main.call("pinmap_add_s8", [a, b, c, ...scalars]);
  main.call("pinmap_add_s8", [c, c, d, ...scalars]);
  main.call("pinmap_add_s8", [a, d, e, ...scalars]);
  return net.build();
}

/** One function with a body, called on `a` and `b`. */
function moduleOf(body: readonly string[], buffers: readonly string[] = []): IRModule {
  return parseModule(
    [
      "import tvm",
      "from tvm.script import tir as T",
      "",
      "@tvm.script.ir_module",
      "class Module:",
      "    @T.prim_func",
      "    def op(x: T.handle, y: T.handle):",
      '        T.func_attr({"global_symbol": "op", "target": "c"})',
      '        A = T.match_buffer(x, [4, 8], "int8")',
      '        B = T.match_buffer(y, [4, 8], "int8")',
      ...buffers.map((line) => `        ${line}`),
      ...body.map((line) => `        ${line}`),
      "",
      "    @T.prim_func",
      "    def __tvm_main__():",
      '        T.func_attr({"global_symbol": "__tvm_main__", "target": "c"})',
      '        a = T.allocate([32], "int8", "global")',
      '        b = T.allocate([32], "int8", "global")',
      '        T.evaluate(T.call_extern("produce", a, dtype="int32"))',
      '        T.evaluate(T.call_extern("op", a, b, dtype="int32"))',
      '        T.evaluate(T.call_extern("consume", b, dtype="int32"))',
      "",
    ].join("\n"),
    "op.py",
  );
}

Deno.test("in place: kernels that go element by element, over inputs that nobody reads later", async () => {
  const module = additions();
  assertEquals(pairsOf(module), [["a", "c"], ["b", "c"], ["c", "d"], ["a", "e"], ["d", "e"]]);
  const board = await loadBoard(BOARD);
  const workspaceBuffers = [parsePoolSpec("name=dtcm", "workspace")];
  for (const algorithm of ["greedy_by_size", "portfolio", "exact"]) {
    const without = plan(module, board, { workspaceBuffers, algorithm });
    const within = plan(module, board, { workspaceBuffers, algorithm, inPlace: true });
    assertEquals(without.pools[0]?.usedBytes, 3 * 4096, algorithm);
    assertEquals(within.pools[0]?.usedBytes, 2 * 4096, algorithm);
    assertEquals(within.pools[0]?.lowerBoundBytes, 2 * 4096);
    // "a" is read again by the last addition, so the first one cannot write over it.
    const over = within.allocations.map(({ buffer, inPlaceOf }) => [buffer.name, inPlaceOf]);
    assertEquals(over.slice(2), [["c", "b"], ["d", "c"], ["e", "a"]]);
  }
});

Deno.test("in place: the pinned module plans again to the same result, and says what it needs", async () => {
  const board = await loadBoard(BOARD);
  const workspaceBuffers = [parsePoolSpec("name=dtcm", "workspace")];
  const planned = plan(additions(), board, { workspaceBuffers, inPlace: true });
  const again = parseModule(printModule(planned.module), "pinned.py");
  const places = ({ allocations }: typeof planned) =>
    allocations.map((
      { buffer, pool, offset, inPlaceOf },
    ) => [buffer.name, pool, offset, inPlaceOf]);
  assertEquals(places(plan(again, board, { workspaceBuffers, inPlace: true })), places(planned));
  const error = assertThrows(() => plan(again, board, { workspaceBuffers }), InfeasibleError);
  assertEquals(error.code, "E-PLAN-PINNED");
  assert(error.hints.some((hint) => hint.includes("--in-place again")));
});

Deno.test("in place: an input that also stands where it must not change is left alone", () => {
  const net = moduleBuilder("net");
  const main = net.main();
  const a = main.allocate("a", "int8", [64]);
  const b = main.allocate("b", "int8", [64]);
  main.call("produce", [a]).call("pinmap_softmax_s8", [a, b, 1, a, 1, 1, 1]);
  assertEquals(pairsOf(net.build()), []);
});

Deno.test("in place: bodies of loops around one store, with the input at the store's index only", () => {
  const nest = (store: string) => moduleOf(["for i, j in T.grid(4, 8):", `    ${store}`]);
  const yes: readonly IRModule[] = [
    nest("B[i, j] = A[i, j] + T.int8(1)"),
    nest("B[i, j] = T.max(A[i, j], T.int8(0)) + A[i, j]"),
    moduleOf(["for i in T.serial(4):", "    for j in T.serial(8):", "        B[i, j] = A[i, j]"]),
  ];
  for (const module of yes) assertEquals(pairsOf(module), [["a", "b"]]);
  const no: readonly IRModule[] = [
    // Another element, which may be overwritten already.
    nest("B[i, j] = A[i, 7 - j]"),
    nest("B[i, j] = A[0, 0]"),
    // One element several times: its second sum would start from the first.
    nest("B[0, j] = A[0, j] + T.int8(1)"),
    nest("B[i, 0] = A[i, 0]"),
    // A value that a let holds, a condition, two stores.
    moduleOf([
      "for i, j in T.grid(4, 8):",
      "    v: T.int8 = A[3, 7]",
      "    B[i, j] = v",
    ]),
    moduleOf(["for i, j in T.grid(4, 8):", "    if i > 1:", "        B[i, j] = A[i, j]"]),
    moduleOf(["for i, j in T.grid(4, 8):", "    B[i, j] = A[i, j]", "    B[i, j] = A[0, 0]"]),
  ];
  no.forEach((module, i) => assertEquals(pairsOf(module), [], `case ${i}`));
});

Deno.test("in place: shapes differ, so equal indices are other bytes", () => {
  const module = moduleOf(["for i, j in T.grid(4, 8):", "    B[i, j] = C[i, j]"], [
    'C = T.buffer_decl([5, 6], "int8", data=A.data)',
  ]);
  assertEquals(pairsOf(module), []);
});

for (const model of ["kws_ref_model", "pretrainedResnet_quant"]) {
  need(
    { tools: ["arm-none-eabi-gcc"], corpus: [`models/${model}.tflite`, `goldens/${model}.json`] },
    `in place: ${model} gives TFLM's bits with results written over inputs`,
    async (_, { corpus }) => {
      const board = await loadBoard(BOARD);
      const path = corpus(`models/${model}.tflite`);
      const planned = plan(importModel(await Deno.readFile(path), path), board, {
        inPlace: true,
        residents: [{ name: "stack", region: "dtcm", size: 2048 }],
      });
      const over = planned.allocations.filter(({ inPlaceOf }) => inPlaceOf !== undefined);
      assert(over.length >= 2, `${over.length} in place`);
      for (const { inPlaceOf, offset, pool } of over) {
        const input = planned.allocations.find(({ buffer }) => buffer.name === inPlaceOf);
        assertEquals([input?.pool, input?.offset], [pool, offset]);
      }
      const [vector] = goldenVectors(corpus(`goldens/${model}.json`));
      assert(vector !== undefined);
      const { check, run } = await simulate(planned, board, {
        folder: await Deno.makeTempDir(),
        toolchain: "gcc",
        inputs: [vector.input],
      });
      assertEquals(check.findings, []);
      assertEquals(run.inferences.map((one) => one.output_base64), [vector.output_base64]);
    },
  );
}
