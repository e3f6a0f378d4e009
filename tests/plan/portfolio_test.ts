import { assert, assertEquals, assertThrows } from "@std/assert";
import { importModel } from "../../src/import/mod.ts";
import { loadBoard } from "../../src/board/load.ts";
import {
  type BufferInfo,
  findPlanner,
  maxLive,
  MisfitError,
  plan,
  type PlanProblem,
  validatePlan,
} from "../../src/plan/mod.ts";
import { firstFit } from "../../src/plan/scale/first_fit.ts";
import { crowdingOf } from "../../src/plan/scale/crowding.ts";
import { topOf } from "../../src/plan/scale/polish.ts";
import { broadClassesFirst, largestFirst } from "../../src/plan/scale/orders.ts";
import { repairTo } from "../../src/plan/scale/repair.ts";
import { makeTimeline } from "../../src/plan/scale/timeline.ts";
import { denseSet, sparseSet } from "../bench/planner/synthetic.ts";
import { need } from "../support/need.ts";
import { buffer, pool } from "./support.ts";

const portfolio = findPlanner("portfolio");

function used(problem: PlanProblem, name: string): number {
  const placements = findPlanner(name).plan(problem);
  return placements.reduce(
    (top, { offset }, i) => Math.max(top, offset + (problem.buffers[i]?.size ?? 0)),
    0,
  );
}

Deno.test("portfolio never uses more than the greedy planners, and less on some sets", () => {
  let less = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const problem = denseSet(60, 12, seed);
    const best = Math.min(used(problem, "greedy_by_size"), used(problem, "greedy_by_conflicts"));
    const ours = used(problem, "portfolio");
    assert(ours <= best, `seed ${seed}: ${ours} > ${best}`);
    if (ours < best) less++;
  }
  assert(less > 5, `less on ${less} of 20`);
});

Deno.test("portfolio plans 3000 buffers validly, the same each time, at most 1 % above the bound", () => {
  const problem = sparseSet(3000, 7);
  const placements = portfolio.plan(problem);
  assertEquals(validatePlan(problem, placements), []);
  assertEquals(portfolio.plan(problem), placements);
  const bound = maxLive(problem.buffers).bytes;
  const top = used(problem, "portfolio");
  assert(top >= bound && top <= 1.01 * bound, `${top} against ${bound}`);
});

Deno.test("portfolio finds room in a pool of what it needs, where first fit by size does not", () => {
  let found = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const { buffers, pools } = denseSet(60, 12, seed);
    const need = used({ buffers, pools }, "portfolio");
    const tight = { buffers, pools: [pool("ram", need)] };
    assertEquals(validatePlan(tight, portfolio.plan(tight)), []);
    if (used({ buffers, pools }, "greedy_by_size") === need) continue;
    assertThrows(() => findPlanner("greedy_by_size").plan(tight), MisfitError);
    found++;
  }
  assert(found > 5, `${found} found`);
});

Deno.test("portfolio says what does not fit", () => {
  const all = [buffer("a", 40, 0, 1), buffer("b", 30, 1, 2)];
  const error = assertThrows(
    () => portfolio.plan({ pools: [pool("p", 64)], buffers: all }),
    MisfitError,
  );
  assertEquals([error.misfit.reason, error.misfit.needed], ["too-many", 70]);
  assertEquals(portfolio.plan({ pools: [], buffers: [] }), []);
});

Deno.test("portfolio plans what is beyond the exact search: sizes near 2^53", () => {
  const most = Number.MAX_SAFE_INTEGER;
  const all = [buffer("a", most - 16, 0, 9), buffer("b", 3, 2, 4), buffer("c", 5, 5, 7)];
  const problem = { pools: [pool("p", most)], buffers: all };
  assertEquals(portfolio.plan(problem).map(({ offset }) => offset), [0, most - 16, most - 16]);
});

Deno.test("repairTo() finds what ejection does not: the exact search in windows", () => {
  const { buffers } = sparseSet(3000, 7);
  const timeline = makeTimeline(buffers);
  const bound = maxLive(buffers).bytes;
  const order = new Uint32Array(buffers.length).map((_, rank) => rank);
  const room = { limits: [Infinity], candidates: buffers.map(() => [0]) };
  const start = firstFit(timeline, order, room).offset;
  assert(topOf(timeline.size, start) > bound);
  const target = Math.ceil(1.05 * bound);
  const before = start.slice();
  const budget = { nodes: 400_000 };
  const offset = repairTo(timeline, start, target, budget);
  assertEquals(start, before);
  assert(offset !== undefined && budget.nodes < 400_000);
  assert(topOf(timeline.size, offset) <= target);
  const placements = timeline.buffers.map(({ name }, rank) => ({
    name,
    pool: "ram",
    offset: offset[rank] ?? -1,
  }));
  const roomy = { pools: [pool("ram", target)], buffers: timeline.buffers };
  assertEquals(validatePlan(roomy, placements), []);
  assertEquals(repairTo(timeline, start, bound - 16, { nodes: 400_000 }), undefined);
  assertEquals(repairTo(timeline, start, target, { nodes: 0 }), undefined);
});

Deno.test("crowdingOf() is the most live with each buffer, the O(n²) way", () => {
  for (const problem of [sparseSet(700, 3), denseSet(500, 90, 4)]) {
    const timeline = makeTimeline(problem.buffers);
    const { birth, death, size } = timeline;
    const live = (moment: number) =>
      size.reduce(
        (sum, bytes, rank) =>
          (birth[rank] ?? 0) <= moment && moment < (death[rank] ?? 0) ? sum + bytes : sum,
        0,
      );
    const sums = birth.map(live);
    const { most, peak, bytes } = crowdingOf(timeline);
    assertEquals({ bytes, moment: peak }, maxLive(problem.buffers));
    most.forEach((found, rank) => {
      let expected = 0;
      birth.forEach((moment, other) => {
        if (moment >= (birth[rank] ?? 0) && moment < (death[rank] ?? 0)) {
          expected = Math.max(expected, sums[other] ?? 0);
        }
      });
      assertEquals(found, expected);
    });
  }
});

Deno.test("portfolio meets the bound, or comes near, on sets that no parameter was chosen by", () => {
  for (const seed of [201, 202, 203, 204]) {
    const sparse = sparseSet(5000, seed);
    const { bytes } = maxLive(sparse.buffers);
    assert(used(sparse, "portfolio") <= 1.005 * bytes, `seed ${seed}`);
  }
});

Deno.test("firstFit() gives the same by neighbours and by addresses", () => {
  // Above a mean of 256 live buffers it walks over addresses.
  const { buffers } = denseSet(1500, 400, 3);
  const holed = buffers.map((whole, i): BufferInfo => {
    const one = { ...whole, size: whole.size - i % 7, alignment: 2 ** (i % 5) };
    const { first, last } = one.intervals[0] ?? { first: 0, last: 0 };
    if (i % 3 > 0 || last - first < 4) return one;
    return { ...one, intervals: [{ first, last: first + 1 }, { first: last - 1, last }] };
  });
  const timeline = makeTimeline(holed);
  assert(timeline.meanLive > 256);
  const room = { limits: [Infinity], candidates: holed.map(() => [0]) };
  const births = new Uint32Array(holed.length).map((_, rank) => rank);
  for (const order of [births, largestFirst(timeline), broadClassesFirst(timeline)]) {
    const byAddress = firstFit(timeline, order, room);
    const byNeighbour = firstFit({ ...timeline, meanLive: 0 }, order, room);
    assertEquals(byAddress.offset, byNeighbour.offset);
    const placements = timeline.buffers.map(({ name }, rank) => ({
      name,
      pool: "ram",
      offset: byAddress.offset[rank] ?? -1,
    }));
    const roomy = { pools: [pool("ram", Number.MAX_SAFE_INTEGER)], buffers: timeline.buffers };
    assertEquals(validatePlan(roomy, placements), []);
  }
});

need(
  { corpus: ["models/vww_96_int8.tflite"] },
  "portfolio needs no more than the lower bound for vww_96_int8",
  async (_, { corpus }) => {
    const path = corpus("models/vww_96_int8.tflite");
    const module = importModel(await Deno.readFile(path), path);
    const { pools } = plan(module, await loadBoard("stm32h743"), { algorithm: "portfolio" });
    const workspace = pools.filter((one) => one.pool.kind === "workspace" && one.usedBytes > 0);
    assertEquals(workspace.map((one) => [one.usedBytes, one.lowerBoundBytes]), [[55296, 55296]]);
  },
);
