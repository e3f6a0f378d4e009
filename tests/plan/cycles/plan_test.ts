/** `plan(…, { objective: "cycles" })`: whole modules with pins, reach, fixed places, wishes and budgets. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type IRModule, moduleBuilder } from "../../../src/ir/mod.ts";
import { parsePin, parsePoolSpec, plan, planToDocument } from "../../../src/plan/mod.ts";
import type { Board } from "../../../src/board/types.ts";
import { readProfile } from "../../../src/plan/cycles/profile.ts";
import { board, flash, region } from "../support.ts";

const BOARD = board(
  region("slow", 4096, { waitStates: { read: 4, write: 4 } }),
  region("fast", 256, { origin: 0x3000_0000, waitStates: { read: 0, write: 0 } }),
  flash(4096, { waitStates: { read: 6 }, width: 32 }),
);

/** Three operators: `busy` is read 9 times an element, `idle` once; `w` is read often. */
function network(): IRModule {
  const net = moduleBuilder("net");
  const main = net.main();
  main.allocate("x", "int8", [128], { input: "x" });
  main.allocate("busy", "int8", [1, 8, 8, 1]);
  main.allocate("idle", "int8", [1, 8, 8, 1]);
  main.allocate("y", "int8", [128], { output: "y" });
  main.allocateConst("w", "int8", [1, 3, 3, 1], new Uint8Array(9));
  main.allocateConst("b", "int32", [1], new Uint8Array(4));
  main.call("pinmap_copy_s8", ["x", "busy", 64]);
  main.call("pinmap_conv_2d_s8", [
    ...["busy", "w", "b", "b", "b", "idle"],
    ...[1, 8, 8, 1, 8, 8, 1, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0, -128, 127],
  ]);
  main.call("pinmap_copy_s8", ["idle", "y", 64]);
  return net.build();
}

function poolsOf(options: Parameters<typeof plan>[2], on: Board = BOARD): Record<string, string> {
  const { allocations } = plan(network(), on, { objective: "cycles", ...options });
  return Object.fromEntries(allocations.map(({ buffer, pool }) => [buffer.name, pool]));
}

Deno.test("cycles: what is read most goes into the fast memory, weights too", () => {
  const planned = plan(network(), BOARD, { objective: "cycles" });
  const document = planToDocument(planned);
  assertEquals([document.algorithm, document.objective], ["cycles", "cycles"]);
  const pools = Object.fromEntries(document.allocations.map(({ name, pool }) => [name, pool]));
  assertEquals([pools["w"], pools["busy"]], ["fast_constant", "fast"]);
  const { cycles } = document;
  assert(cycles !== undefined);
  assertEquals([cycles.status, cycles.source, cycles.notes], ["optimal", "estimate", []]);
  assertEquals(
    document.allocations.reduce((sum, { cost }) => sum + (cost?.cycles ?? 0), 0),
    cycles.total,
  );
  // 484 taps lie on an input of 8 x 8.
  const w = document.allocations.find(({ name }) => name === "w")?.cost;
  assertEquals([w?.reads, w?.cycles, w?.next_best], [484, 0, {
    pool: "slow_constant",
    cycles: 1936,
  }]);
  assert(cycles.total < (cycles.largest_first ?? 0));
});

Deno.test("cycles: candidates are a set: their order changes nothing, a pin's pool stays", () => {
  const names = ["x", "busy", "idle", "y"];
  const one = poolsOf({ pins: names.map((name) => parsePin(`${name}=slow,fast`)) });
  const other = poolsOf({ pins: names.map((name) => parsePin(`${name}=fast,slow`)) });
  assertEquals(one, other);
  assertEquals(one["busy"], "fast");
  assertEquals(poolsOf({ pins: [parsePin("busy=slow")] })["busy"], "slow");
});

Deno.test("cycles: a pool that an initiator does not reach is no choice", () => {
  const workspaceBuffers = [
    parsePoolSpec("name=slow;target=c", "workspace"),
    parsePoolSpec("name=fast;target=npu", "workspace"),
  ];
  const withNpu = {
    ...BOARD,
    regions: BOARD.regions.map((one) => ({ ...one, initiators: ["c", "npu"] })),
  };
  const pools = poolsOf({ workspaceBuffers }, withNpu);
  assertEquals([pools["busy"], pools["idle"]], ["slow", "slow"]);
});

Deno.test("cycles: a planned module plans again to the same, around the places it gives", () => {
  const first = plan(network(), BOARD, { objective: "cycles" });
  const again = plan(first.module, BOARD, { objective: "cycles" });
  assertEquals(
    again.allocations.map(({ pool, offset }) => [pool, offset]),
    first.allocations.map(({ pool, offset }) => [pool, offset]),
  );
  assertEquals(again.cycles?.total, first.cycles?.total);
});

Deno.test("cycles: in place, apart and together are heeded", () => {
  const inPlace = plan(network(), BOARD, { objective: "cycles", inPlace: true });
  const not = plan(network(), BOARD, { objective: "cycles" });
  assert((inPlace.cycles?.total ?? 0) <= (not.cycles?.total ?? 0));
  assert((inPlace.cycles?.lowerBound ?? 0) <= (inPlace.cycles?.total ?? 0));
  const together = plan(network(), BOARD, { objective: "cycles", together: [["busy", "idle"]] });
  const [a, b] = ["busy", "idle"].map((name) =>
    together.allocations.find(({ buffer }) => buffer.name === name)
  );
  assertEquals([a?.pool, a?.offset], [b?.pool, b?.offset]);
});

Deno.test("cycles: what does not fit is explained as ever", () => {
  const error = assertThrows(() =>
    plan(network(), BOARD, {
      objective: "cycles",
      workspaceBuffers: [parsePoolSpec("name=slow;size=100", "workspace")],
    })
  );
  assertStringIncludes(String(error), "Cannot");
  assertEquals((error as { code?: string }).code, "E-PLAN-FIT");
});

Deno.test("cycles: pools' flags state what the board leaves out, and notes say what nobody states", () => {
  const unstated = board(
    region("ram", 4096),
    region("fast", 64, { origin: 0x3000_0000 }),
    flash(99),
  );
  const quiet = plan(network(), unstated, { objective: "cycles" });
  assertStringIncludes(
    quiet.cycles?.notes.join() ?? "",
    "no source states the wait states of pool ram",
  );
  const told = plan(network(), unstated, {
    objective: "cycles",
    workspaceBuffers: [
      parsePoolSpec("name=ram;read_latency_cycles=3;write_latency_cycles=1", "workspace"),
      parsePoolSpec("name=fast;read_latency_cycles=0;write_latency_cycles=0", "workspace"),
    ],
  });
  const busy = told.cycles?.buffers.get("busy");
  assertEquals([busy?.cycles, busy?.nextBest?.cycles], [0, 3 * 484 + 16]);
});

Deno.test("cycles: profiles and other planners are refused where they have no meaning", () => {
  const profile = readProfile(
    '{"schema":"pinmap/profile-1","inferences":1,"buffers":[]}',
    "p.json",
  );
  assertStringIncludes(
    String(assertThrows(() => plan(network(), BOARD, { profile }))),
    "the objective cycles is needed",
  );
  assertStringIncludes(
    String(assertThrows(() => plan(network(), BOARD, { objective: "cycles", algorithm: "exact" }))),
    "one of the two is needed",
  );
  for (
    const [text, says] of [
      ["{", "it is no JSON from line 1 on"],
      ['{"schema":"pinmap/run-1"}', "schema"],
      ['{"schema":"pinmap/profile-1","inferences":0,"buffers":[]}', "inferences"],
      [
        '{"schema":"pinmap/profile-1","inferences":1,"buffers":[{"name":"a","reads":-1}]}',
        "buffers.0",
      ],
    ] as const
  ) {
    assertStringIncludes(String(assertThrows(() => readProfile(text, "p.json"))), says);
  }
});

Deno.test("cycles: functions of a profile compete with data for the fast memory", () => {
  const counts = (reads: number) => ({ reads, read_bytes: reads, writes: 0, write_bytes: 0 });
  const lines = (n: number) => ({ "32": n, "64": n / 2 });
  const profile = readProfile(
    JSON.stringify({
      schema: "pinmap/profile-1",
      inferences: 2,
      buffers: [
        { name: "x", ...counts(0) },
        { name: "busy", ...counts(1000) },
        { name: "idle", ...counts(0) },
        { name: "y", ...counts(0) },
        { name: "w", ...counts(0) },
        { name: "b", ...counts(0) },
      ],
      functions: [
        { name: "hot", size: 150, instructions: 4000, lines: lines(2000) },
        { name: "cold", size: 150, instructions: 400, lines: lines(200) },
      ],
    }),
    "run.json",
  );
  // 256 B hold either function with its veneers and `busy`, but not both functions.
  const fetches: Readonly<Record<string, number>> = { slow: 4, fast: 0, flash: 6 };
  const on = {
    ...BOARD,
    regions: BOARD.regions.map((one) => ({
      ...one,
      waitStates: { ...one.waitStates, fetch: fetches[one.name] },
    })),
  };
  const planned = plan(network(), on, { objective: "cycles", profile });
  const functions = planned.cycles?.functions ?? [];
  // 2000 and 200 lines of 32 bits in 2 inferences.
  assertEquals(functions, [
    {
      name: "hot",
      region: "fast",
      size: 150,
      cycles: 0,
      nextBest: { region: "slow", cycles: 4000 },
    },
    {
      name: "cold",
      region: "slow",
      size: 150,
      cycles: 400,
      nextBest: { region: "fast", cycles: 0 },
    },
  ]);
  const fast = planned.pools.filter(({ pool }) => pool.region === "fast")
    .reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  assert(fast + 152 + 16 <= 256);
  const data = planned.allocations.map(({ buffer }) =>
    planned.cycles?.buffers.get(buffer.name)?.cycles ?? 0
  );
  assertEquals(
    planned.cycles?.total,
    [...data, ...functions.map(({ cycles }) => cycles)].reduce((a, b) => a + b, 0),
  );
  assertEquals(planned.cycles?.lowerBound, planned.cycles?.total);
});
