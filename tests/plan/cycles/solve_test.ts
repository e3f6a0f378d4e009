/** The choice of pools by cycles: valid, optimal on small problems, never above what others do. */
import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { largestIntoFastest } from "../../../src/plan/cycles/baseline.ts";
import { solveCycles } from "../../../src/plan/cycles/solve.ts";
import { validatePlan } from "../../../src/plan/validate.ts";
import { buffer, pool } from "../support.ts";
import { cyclesIn, fewestByBruteForce, type Priced, pricedProblems } from "./support.ts";

/** `PINMAP_CYCLES=2000` tries more. */
const RUNS = Number(Deno.env.get("PINMAP_CYCLES") ?? 60);

function cyclesOf({ problem, costs }: Priced, poolOf: ReadonlyMap<string, string>): number {
  return problem.buffers.reduce(
    (sum, one) => sum + cyclesIn(one, poolOf.get(one.name) ?? "", costs),
    0,
  );
}

Deno.test("cycles: plans of up to 8 buffers in 3 pools are as good as any, and proved so", () => {
  fc.assert(
    fc.property(pricedProblems({ buffers: 8, pools: 3 }), (priced) => {
      const fewest = fewestByBruteForce(priced);
      const { placements, cycles, bound } = solveCycles(priced.problem, priced.costs);
      assertEquals(placements === undefined, fewest === Infinity);
      if (placements === undefined) return;
      assertEquals(cycles, fewest);
      assertEquals(bound, fewest);
      assertEquals(validatePlan(priced.problem, placements), []);
      const poolOf = new Map(placements.map(({ name, pool }) => [name, pool]));
      assertEquals(cyclesOf(priced, poolOf), cycles);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("cycles: larger plans are valid, between bound and largest first into the fastest pool", () => {
  fc.assert(
    fc.property(pricedProblems({ buffers: 40, pools: 4 }), (priced) => {
      const { problem, costs } = priced;
      const { placements, cycles, bound, baseline } = solveCycles(problem, costs, new Map(), {
        nodeLimit: 2000,
      });
      assert(placements !== undefined);
      assertEquals(validatePlan(problem, placements), []);
      assert(bound <= cycles);
      const others = largestIntoFastest(problem, costs, new Map());
      assertEquals(others === undefined, baseline === undefined);
      if (others === undefined || baseline === undefined) return;
      const poolOf = new Map(others.map(({ name, pool }) => [name, pool]));
      assertEquals(cyclesOf(priced, poolOf), baseline);
      assert(cycles <= baseline);
    }),
    { numRuns: Math.ceil(RUNS / 4) },
  );
});

Deno.test("cycles: the order of the buffers does not change the plan", () => {
  fc.assert(
    fc.property(
      pricedProblems({ buffers: 20, pools: 3 }),
      fc.infiniteStream(fc.nat()),
      ({ problem, costs }, keys) => {
        const shuffled = problem.buffers.map((one) => ({ one, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key).map(({ one }) => one);
        const options = { nodeLimit: 1000 };
        const a = solveCycles(problem, costs, new Map(), options);
        const b = solveCycles({ ...problem, buffers: shuffled }, costs, new Map(), options);
        const byName = (x: { name: string }, y: { name: string }) => x.name < y.name ? -1 : 1;
        assertEquals(b.placements?.toSorted(byName), a.placements?.toSorted(byName));
        assertEquals([b.cycles, b.bound], [a.cycles, a.bound]);
      },
    ),
    { numRuns: Math.ceil(RUNS / 4) },
  );
});

Deno.test("cycles: a small busy buffer takes the fast pool from a large idle one", () => {
  const accesses = (reads: number) => [{ reads, readBytes: reads, writes: 0, writeBytes: 0 }];
  const candidates = ["fast", "slow"];
  const priced: Priced = {
    problem: {
      pools: [pool("fast", 64), pool("slow", 1024)],
      buffers: [
        buffer("large", 64, 0, 1, { candidates, accesses: accesses(10) }),
        buffer("busy", 16, 0, 1, { candidates, accesses: accesses(900) }),
      ],
    },
    costs: {
      memories: new Map([
        ["fast", { read: 0, write: 0, lineBytes: 4 }],
        ["slow", { read: 2, write: 2, lineBytes: 4 }],
      ]),
      leftovers: new Map(),
    },
  };
  const { placements, cycles, bound, baseline } = solveCycles(priced.problem, priced.costs);
  assertEquals(placements?.map(({ pool }) => pool), ["slow", "fast"]);
  assertEquals([cycles, bound, baseline], [20, 20, 1800]);
});

Deno.test("cycles: of unknown wait states fewer accesses are better, known ones better still", () => {
  const accesses = (reads: number) => [{ reads, readBytes: reads, writes: 0, writeBytes: 0 }];
  const candidates = ["unstated", "stated"];
  const { placements, cycles } = solveCycles({
    pools: [pool("unstated", 1024), pool("stated", 16)],
    buffers: [
      buffer("idle", 16, 0, 1, { candidates, accesses: accesses(10) }),
      buffer("busy", 16, 0, 1, { candidates, accesses: accesses(900) }),
    ],
  }, {
    memories: new Map([
      ["unstated", { read: undefined, write: undefined, lineBytes: 4 }],
      ["stated", { read: 0, write: 0, lineBytes: 4 }],
    ]),
    leftovers: new Map(),
  });
  assertEquals(placements?.map(({ pool }) => pool), ["unstated", "stated"]);
  assertEquals(cycles, 0);
});

Deno.test("cycles: parameters and variables share what a region has", () => {
  const accesses = (reads: number) => [{ reads, readBytes: reads, writes: 0, writeBytes: 0 }];
  const { placements, cycles, bound } = solveCycles({
    pools: [
      pool("ram", 100, { alignment: 4 }),
      pool("slow", 1000),
      pool("ram_params", 100, { kind: "constant", alignment: 4 }),
      pool("flash", 1000, { kind: "constant" }),
    ],
    buffers: [
      buffer("a", 60, 0, 1, { candidates: ["ram", "slow"], accesses: accesses(30) }),
      buffer("b", 60, 2, 3, { candidates: ["ram", "slow"], accesses: accesses(30) }),
      buffer("w", 50, 0, 3, {
        kind: "constant",
        candidates: ["ram_params", "flash"],
        accesses: accesses(59),
      }),
      buffer("v", 40, 0, 3, {
        kind: "constant",
        candidates: ["ram_params", "flash"],
        accesses: accesses(10),
      }),
    ],
  }, {
    memories: new Map([
      ["ram", { read: 0, write: 0, lineBytes: 4 }],
      ["ram_params", { read: 0, write: 0, lineBytes: 4 }],
      ["slow", { read: 1, write: 1, lineBytes: 4 }],
      ["flash", { read: 1, write: 1, lineBytes: 4 }],
    ]),
    leftovers: new Map([["ram_params", "ram"]]),
  });
  // 60 B twice and v cost 59 outside; w alone would cost 60 and 10.
  assertEquals(placements?.map(({ pool }) => pool), ["ram", "ram", "flash", "ram_params"]);
  assertEquals([cycles, bound], [59, 59]);
});
