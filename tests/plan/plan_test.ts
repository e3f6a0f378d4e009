import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError, UsageError } from "../../src/base/error.ts";
import { listBoards, loadBoard } from "../../src/board/mod.ts";
import { allocationsOf, moduleBuilder, parseModule, printModule } from "../../src/ir/mod.ts";
import type { IRModule } from "../../src/ir/types.ts";
import {
  parsePin,
  parsePoolSpec,
  plan,
  type PlanOptions,
  planToDocument,
} from "../../src/plan/mod.ts";
import { board, flash, region } from "./support.ts";

const BOARD = board(
  region("dtcm", 4096),
  region("sram", 16384, { origin: 0x2001_0000 }),
  flash(65536),
);

/** Two operators with weights, as the importer makes them. */
function network(): IRModule {
  const net = moduleBuilder("net");
  const params = ["input", "weights", "output"];
  net.func("conv", { params }).call("kernel", params);
  net.func("dense", { params }).call("kernel", params);
  const main = net.main();
  main.allocate("image", "int8", [1, 10, 10, 1], { input: "image", alignment: 16 });
  main.allocate("op0_out", "int8", [2000], { alignment: 16 });
  main.allocate("scores", "int8", [10], { output: "scores", alignment: 16 });
  main.allocateConst("op0_weights", "int8", [90], new Uint8Array(90), { alignment: 4 });
  main.allocateConst("op1_weights", "int32", [500], new Uint8Array(2000), { alignment: 4 });
  main.call("conv", ["image", "op0_weights", "op0_out"]);
  main.call("dense", ["op0_out", "op1_weights", "scores"]);
  return net.build();
}

function where(module: IRModule, options: PlanOptions = {}): string[] {
  return plan(module, BOARD, options).allocations.map(({ buffer, pool, offset, spilled }) =>
    `${buffer.name} ${pool}+${offset}${spilled ? " spilled" : ""}`
  );
}

Deno.test("plan() places inputs, outputs, intermediates and weights", () => {
  const result = plan(network(), BOARD);
  assertEquals(where(network()), [
    "image dtcm+2000",
    "op0_out dtcm+0",
    "scores dtcm+2000",
    "op0_weights flash+2000",
    "op1_weights flash+0",
  ]);
  assertEquals(result.status, "optimal");
  assertEquals(
    result.pools.map((
      { pool, usedBytes, lowerBoundBytes },
    ) => [pool.name, usedBytes, lowerBoundBytes]),
    [["dtcm", 2100, 2100], ["sram", 0, 0], ["flash", 2090, 2090]],
  );
});

Deno.test("plan() reports what was spilled", () => {
  const pins = [parsePin("*_weights=itcm,flash"), parsePin("op0_out=dtcm,sram")];
  const options = {
    pins,
    workspaceBuffers: ["name=dtcm;size=1K", "name=sram"].map((t) => parsePoolSpec(t, "workspace")),
    parameterBuffers: ["name=itcm;region=dtcm;size=100", "name=flash"].map((t) =>
      parsePoolSpec(t, "constant")
    ),
  };
  assertEquals(where(network(), options), [
    "image dtcm+0",
    "op0_out sram+0 spilled",
    "scores dtcm+0",
    "op0_weights itcm+0",
    "op1_weights flash+0 spilled",
  ]);
});

Deno.test("plan() gives parameters what the variables leave of a shared region", () => {
  const options = {
    workspaceBuffers: [parsePoolSpec("name=dtcm", "workspace")],
    parameterBuffers: ["name=w;region=dtcm", "name=flash"].map((t) => parsePoolSpec(t, "constant")),
  };
  const { pools } = plan(network(), BOARD, options);
  assertEquals(pools.map(({ pool, usedBytes }) => [pool.name, pool.limitBytes, usedBytes]), [
    ["dtcm", 4096, 2100],
    ["w", 4096 - 2112, 90],
    ["flash", 65536, 2000],
  ]);
});

Deno.test("plan() writes scope, candidates and offset into the module and changes nothing else", () => {
  const module = network();
  const pinned = plan(module, BOARD, { pins: [parsePin("op0_out=sram")] }).module;
  const nodes = pinned.functions.flatMap(allocationsOf);
  assertEquals(nodes.map(({ buffer, scope }) => [buffer.name, scope]), [
    ["image", "global.dtcm"],
    ["op0_out", "global.sram"],
    ["scores", "global.dtcm"],
    ["op0_weights", "global.flash"],
    ["op1_weights", "global.flash"],
  ]);
  assertEquals(nodes[0]?.annotations, {
    alignment: 16,
    input_tensor: "image",
    candidate_memory_pools: ["dtcm", "sram"],
    pool_offset: 0,
  });
  assertEquals(
    module.functions.flatMap(allocationsOf).map((node) => node.scope).join(),
    [
      "global",
      "global",
      "global",
      "global",
      "global",
    ].join(),
  );
});

Deno.test("plan() of a pinned module, printed and read again, is the same plan", () => {
  const options = { pins: [parsePin("op0_out=sram"), parsePin("op0_weights=flash")] };
  const first = plan(network(), BOARD, options);
  const text = printModule(first.module);
  const second = plan(parseModule(text, "pinned.py"), BOARD);
  assertEquals(planToDocument(second), planToDocument(first));
  assertEquals(printModule(second.module), text);
});

Deno.test("plan() honours alignments, its default and the pool's", () => {
  const net = moduleBuilder();
  const main = net.main();
  main.allocate("a", "int8", [33], { alignment: 1 });
  main.allocate("b", "int8", [32], { alignment: 64 });
  main.allocate("c", "int8", [24]);
  main.call("k", ["a", "b", "c"]);
  const { allocations, pools } = plan(net.build(), BOARD, { alignment: 8 });
  assertEquals(allocations.map(({ offset }) => offset), [0, 64, 40]);
  assertEquals(allocations.map(({ buffer }) => buffer.alignment), [1, 64, 8]);
  assertEquals(pools[0]?.pool.alignment, 64);
});

Deno.test("plan() takes residents out of their region and passes them on", () => {
  const residents = [{ name: "stack", region: "dtcm", size: 3000 }] as const;
  const result = plan(network(), BOARD, { residents });
  assertEquals(result.residents, residents);
  assertEquals(result.allocations[1]?.pool, "sram");
  assertEquals(result.pools[0]?.pool.limitBytes, 4096 - 3008);
});

Deno.test("plan() gives the same result for the same input", () => {
  const once = plan(network(), BOARD);
  const again = plan(network(), BOARD);
  assertEquals(JSON.stringify(planToDocument(once)), JSON.stringify(planToDocument(again)));
});

Deno.test("planToDocument() gives the contract's fields", () => {
  const document = planToDocument(plan(network(), BOARD));
  assertEquals(document.pools[0], {
    name: "dtcm",
    region: "dtcm",
    kind: "workspace",
    limit_bytes: 4096,
    used_bytes: 2100,
    lower_bound_bytes: 2100,
  });
  assertEquals(document.allocations[1], {
    name: "op0_out",
    pool: "dtcm",
    offset: 0,
    size: 2000,
    alignment: 16,
    first_use: 0,
    last_use: 1,
    candidates: ["dtcm", "sram"],
    kind: "workspace",
    spilled: false,
  });
  assertEquals(Object.keys(document), [
    "schema",
    "board",
    "module",
    "algorithm",
    "status",
    "gap_bytes",
    "pools",
    "allocations",
    "residents",
  ]);
});

Deno.test("plan() refuses absurd buffers and options", () => {
  const empty = moduleBuilder();
  empty.main().allocate("a", "int8", [0]);
  const error = assertThrows(() => plan(empty.build(), BOARD), InputError, "its size is 0 B");
  assertEquals(error.code, "E-PLAN-PROBLEM");
  for (const alignment of [3, "16", -1, 2 ** 53, [16]]) {
    const net = moduleBuilder();
    net.main().allocate("a", "int8", [8], { annotations: { alignment } });
    const wrong = assertThrows(() => plan(net.build(), BOARD), InputError);
    assert(["E-PLAN-ALIGNMENT", "E-PLAN-REACH"].includes(wrong.code), wrong.message);
  }
  assertThrows(() => plan(network(), BOARD, { alignment: 12 }), UsageError, "power of two");
  assertThrows(() => plan(network(), BOARD, { algorithm: "best" }), UsageError, "no algorithm");
});

Deno.test("plan() plans on every board that comes with pinmap", async () => {
  const names = await listBoards();
  assert(names.length >= 7);
  for (const name of names) {
    const result = plan(network(), await loadBoard(name));
    assertEquals(result.allocations.length, 5, name);
  }
});

Deno.test("a plan in which a buffer left its first pool is not called optimal, whatever the bounds say", () => {
  const workspaceBuffers = [
    parsePoolSpec("name=dtcm;size=2048", "workspace"),
    parsePoolSpec("name=sram", "workspace"),
  ];
  const result = plan(network(), BOARD, { workspaceBuffers });
  assertEquals(
    result.allocations.filter(({ spilled }) => spilled).map(({ buffer }) => buffer.name),
    [
      "image",
    ],
  );
  const document = planToDocument(result);
  assertEquals([document.status, document.gap_bytes], ["feasible", 0]);
});
