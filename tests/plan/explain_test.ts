import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InfeasibleError } from "../../src/base/error.ts";
import type { Board } from "../../src/board/types.ts";
import { moduleBuilder } from "../../src/ir/mod.ts";
import type { IRModule } from "../../src/ir/types.ts";
import {
  MisfitError,
  parsePin,
  parsePoolSpec,
  plan,
  type PlanOptions,
} from "../../src/plan/mod.ts";
import { board, flash, region } from "./support.ts";

const KIB = 1024;

const BOARD = board(
  region("dtcm", 64 * KIB),
  region("sram1", 240 * KIB, { origin: 0x2001_0000 }),
  flash(1024 * KIB),
);

/** A chain of operators; buffer `op<i>_out` is live in statements i and i + 1. */
function chain(
  sizes: readonly number[],
  candidates: Readonly<Record<string, string[]>> = {},
): IRModule {
  const net = moduleBuilder();
  sizes.slice(1).forEach((_, i) => {
    net.func(`conv_${i}`, { params: ["input", "output"] }).call("kernel", ["input", "output"]);
  });
  const main = net.main();
  sizes.forEach((size, i) => {
    const name = `op${i}_out`;
    const own = candidates[name];
    main.allocate(name, "int8", [size], own === undefined ? {} : { candidates: own });
  });
  sizes.slice(1).forEach((_, i) => main.call(`conv_${i}`, [`op${i}_out`, `op${i + 1}_out`]));
  return net.build();
}

function misfit(module: IRModule, on: Board, options: PlanOptions): MisfitError {
  const error = assertThrows(() => plan(module, on, options), InfeasibleError);
  assert(error instanceof MisfitError);
  assertEquals(error.code, "E-PLAN-FIT");
  return error;
}

/** Adds what the flags of a change say to the options, as the command line would. */
function withFlags(options: PlanOptions, flags: readonly string[]): PlanOptions {
  let changed = options;
  for (const flag of flags) {
    const [, name, text = ""] = /^(--[a-z-]+) "?([^"]*)"?$/.exec(flag) ?? [];
    if (name === "--pin") {
      changed = { ...changed, pins: [...changed.pins ?? [], parsePin(text)] };
    } else if (name === "--algorithm") {
      changed = { ...changed, algorithm: text };
    } else {
      const kind = name === "--with-workspace-buffer" ? "workspace" : "constant";
      const key = kind === "workspace" ? "workspaceBuffers" : "parameterBuffers";
      const spec = parsePoolSpec(text, kind);
      const others = (changed[key] ?? []).filter((one) => one.name !== spec.name);
      changed = { ...changed, [key]: [...others, spec] };
    }
  }
  return changed;
}

/** Plans again with each suggested change. */
function applyAll(error: MisfitError, module: IRModule, on: Board, options: PlanOptions): void {
  const changes = error.findings[0]?.changes ?? [];
  assert(changes.length > 0);
  for (const { flags, kind } of changes) {
    if (kind !== "move") plan(module, on, withFlags(options, flags));
  }
}

Deno.test("plan() explains which buffers are live together and what would help", () => {
  const module = chain([1024, 30000, 28000, 500]);
  const options = { workspaceBuffers: [parsePoolSpec("name=dtcm;target=c;size=48K", "workspace")] };
  const error = misfit(module, BOARD, options);
  assertEquals(
    error.message,
    'Cannot place 2 buffers in pool "dtcm": these buffers are live together at statement 1 (conv_1) ' +
      "and need 58000 B (56.64 KiB) at once, the pool has 49152 B (48 KiB) " +
      '("op1_out" 30000 B (29.30 KiB), "op2_out" 28000 B (27.34 KiB))',
  );
  assertEquals(error.hints, [
    'Grow "dtcm" by 8848 B (8.64 KiB) to 58000 B (56.64 KiB) ' +
    '[--with-workspace-buffer "name=dtcm;target=c;size=58000"]',
    'Add a workspace pool in region "sram1" [--with-workspace-buffer "name=sram1"]',
  ]);
  const { pool, needed, available, moment, live, reason } = error.data ?? {};
  assertEquals({ pool, needed, available, moment, live, reason }, {
    pool: "dtcm",
    needed: 58000,
    available: 49152,
    moment: 1,
    live: [{ name: "op1_out", size: 30000 }, { name: "op2_out", size: 28000 }],
    reason: "too-many",
  });
  applyAll(error, module, BOARD, options);
});

Deno.test("plan() suggests the least growth: one byte less does not fit", () => {
  const module = chain([1000, 3000, 2000, 700]);
  const options = { workspaceBuffers: [parsePoolSpec("name=dtcm;size=4K", "workspace")] };
  const error = misfit(module, BOARD, options);
  const change = (error.findings[0]?.changes ?? []).find(({ kind }) => kind === "grow");
  const size = Number(/size=(\d+)/.exec(change?.flags[0] ?? "")?.[1]);
  const sized = (bytes: number) => ({
    workspaceBuffers: [parsePoolSpec(`name=dtcm;size=${bytes}`, "workspace")],
  });
  plan(module, BOARD, sized(size));
  assertThrows(() => plan(module, BOARD, sized(size - 1)), InfeasibleError);
});

Deno.test("plan() suggests the smallest pinned buffer that frees enough", () => {
  const pinned = { op0_out: ["dtcm"], op1_out: ["dtcm"], op2_out: ["dtcm"] };
  const module = chain([2 * KIB, 40 * KIB, 30 * KIB, 1 * KIB], pinned);
  const error = misfit(module, BOARD, {});
  assertEquals(error.hints, [
    'Allow "op2_out" (30720 B (30 KiB)) also in "sram1" [--pin "op2_out=dtcm,sram1"]',
  ]);
  applyAll(error, module, BOARD, {});
});

Deno.test("plan() suggests several buffers where one is not enough", () => {
  const sizes = [40 * KIB, 40 * KIB, 40 * KIB, 40 * KIB];
  const module = chain(sizes, Object.fromEntries(sizes.map((_, i) => [`op${i}_out`, ["dtcm"]])));
  const both = { pins: [parsePin("op3_out=sram1"), parsePin("op0_out=sram1")] };
  const error = misfit(module, BOARD, both);
  applyAll(error, module, BOARD, both);
  const wide = moduleBuilder();
  const main = wide.main();
  const names = ["a", "b", "c", "d"];
  for (const name of names) main.allocate(name, "int8", [30 * KIB], { candidates: ["dtcm"] });
  main.call("kernel", names);
  const several = misfit(wide.build(), BOARD, {});
  assertEquals(several.hints, [
    'Allow "a" (30720 B (30 KiB)), "b" (30720 B (30 KiB)) also in "sram1" ' +
    '[--pin "a=dtcm,sram1" --pin "b=dtcm,sram1"]',
  ]);
  applyAll(several, wide.build(), BOARD, {});
});

Deno.test("plan() explains a buffer that is larger than each of its pools", () => {
  const module = chain([300 * KIB, 16]);
  const error = misfit(module, BOARD, {});
  assertEquals(
    error.message,
    'Cannot place buffer "op0_out" in the pools "dtcm", "sram1": it needs 307200 B (300 KiB) in one piece, the largest of them has 245760 B (240 KiB)',
  );
  assertEquals(error.hints, [
    "No single change of pools, pins, stack, heap or planner makes it fit: a smaller network, or a board with more memory, is needed",
  ]);
});

Deno.test("plan() suggests to move the stack out of the way", () => {
  const module = chain([30 * KIB, 30 * KIB], { op0_out: ["dtcm"], op1_out: ["dtcm"] });
  const residents = [{ name: "stack", region: "dtcm", size: 8 * KIB }] as const;
  const error = misfit(module, BOARD, { residents });
  assertStringIncludes(
    error.hints.join("\n"),
    'Move the stack (8192 B (8 KiB)) from region "dtcm" to "sram1" [--stack-region sram1]',
  );
});

Deno.test("plan() suggests another planner where sums fit but this one leaves no range", () => {
  // Defect A of TVM: largest first has no layout in 200 B, most conflicts first has one.
  const net = moduleBuilder();
  const main = net.main();
  for (const [name, size] of [["c", 100], ["a", 90], ["b", 80], ["x", 70]] as const) {
    main.allocate(name, "int8", [size], { alignment: 1, candidates: ["dtcm"] });
  }
  main.call("k", ["c", "a"]).call("k", ["a", "x"]).call("k", ["x", "b"]);
  const module = net.build();
  const options = {
    workspaceBuffers: [parsePoolSpec("name=dtcm;size=200", "workspace")],
    alignment: 1,
  };
  const error = misfit(module, BOARD, options);
  assertStringIncludes(
    error.message,
    'Cannot place buffer "x" in pool "dtcm" with greedy_by_size: it needs 70 B in one piece, the longest range that is free while it is live has 20 B',
  );
  assertEquals(
    error.hints[0],
    "Plan with greedy_by_conflicts, which finds a layout [--algorithm greedy_by_conflicts]",
  );
  applyAll(error, module, BOARD, options);
});

Deno.test("plan() explains parameters that do not fit, without a moment", () => {
  const net = moduleBuilder();
  const main = net.main();
  for (const name of ["w0", "w1", "w2"]) {
    main.allocateConst(name, "int8", [3000], new Uint8Array(3000));
  }
  main.call("kernel", ["w0", "w1", "w2"]);
  const options = { parameterBuffers: [parsePoolSpec("name=dtcm;size=7K", "constant")] };
  const error = misfit(net.build(), BOARD, options);
  assertEquals(
    error.message,
    'Cannot place 3 buffers in pool "dtcm": these parameters need 9000 B (8.79 KiB) at once, the pool has 7168 B (7 KiB) ("w0" 3000 B (2.93 KiB), "w1" 3000 B (2.93 KiB), "w2" 3000 B (2.93 KiB))',
  );
  const kinds = (error.findings[0]?.changes ?? []).map(({ kind }) => kind);
  assertEquals(kinds, ["grow", "add"]);
  applyAll(error, net.build(), BOARD, options);
});

Deno.test("plan() names the default pools again where adding one would replace them", () => {
  const small = board(
    region("dtcm", 16 * KIB),
    region("sram1", 64 * KIB, { origin: 0x2001_0000 }),
    flash(1 * KIB),
  );
  const net = moduleBuilder();
  const main = net.main();
  main.allocateConst("w0", "int8", [1000], new Uint8Array(1000));
  main.allocateConst("w1", "int8", [1000], new Uint8Array(1000));
  main.call("kernel", ["w0", "w1"]);
  const error = misfit(net.build(), small, {});
  const flags = (error.findings[0]?.changes ?? [])[0]?.flags;
  assertEquals(flags, [
    '--with-parameter-buffer "name=flash"',
    '--with-parameter-buffer "name=dtcm_params;region=dtcm"',
  ]);
  applyAll(error, net.build(), small, {});
});

Deno.test("plan() tells variables and parameters apart where neither fits", () => {
  const net = moduleBuilder();
  const main = net.main();
  main.allocate("a", "int8", [40 * KIB], { candidates: ["dtcm"] });
  main.allocate("b", "int8", [40 * KIB], { candidates: ["dtcm"] });
  main.allocateConst("w", "int8", [2000 * KIB], new Uint8Array(2000 * KIB));
  main.call("kernel", ["a", "b", "w"]);
  const error = misfit(net.build(), BOARD, {});
  assertEquals(error.hints[0]?.startsWith("The parameters do not fit either"), true);
  assertStringIncludes(error.hints[1] ?? "", "also in");
});
