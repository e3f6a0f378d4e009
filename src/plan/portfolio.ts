/**
 * `portfolio`: several first-fit orders, each lowered by ejection and by exact search in windows
 * towards the lower bound; the best is kept. Fewer bytes outside the first candidates count first, then
 * fewer bytes in sum over the pools. Sets of up to a million buffers take seconds: pairs of conflicts are
 * never listed, and large sets are planned in one order only, or in three if they are dense.
 *
 * @module
 */
import { exact } from "./exact/planner.ts";
import { isTooLarge } from "./exact/problem.ts";
import { greedyByConflicts } from "./greedy_by_conflicts.ts";
import { greedyBySize } from "./greedy_by_size.ts";
import { findMisfit, MisfitError } from "./misfit.ts";
import { checkProblem } from "./problem.ts";
import { firstFit, isDense, type Layout, type Room, settle } from "./scale/first_fit.ts";
import {
  areaFirst,
  broadClassesFirst,
  classesFirst,
  crowdedFirst,
  largestFirst,
} from "./scale/orders.ts";
import { planOutwards } from "./scale/outwards.ts";
import { polish, topOf } from "./scale/polish.ts";
import { makeTimeline, type Timeline } from "./scale/timeline.ts";
import type { Placement, Planner, PlanProblem, Pool } from "./types.ts";

/** Up to this many buffers the planners that compare all pairs are tried too. */
const MOST_FOR_PAIRS = 1000;

/** Nodes of the exact search: a fraction of a second. */
const EXACT_NODES = 60_000;

/** Up to this many buffers all orders are tried. */
const MOST_FOR_ALL = 20_000;

/** A finished attempt. */
interface Attempt {
  readonly layout: Layout;
  /** Ranks that found no room. */
  readonly failed: readonly number[];
  /** Bytes outside their first candidate, counted once for each candidate passed over. */
  readonly spilled: number;
  /** Sum over the pools of the bytes used. */
  readonly used: number;
  /** No plan has less of either. */
  readonly best: boolean;
}

/** Never uses more than the greedy planners on sets small enough for them. */
export const portfolio: Planner = {
  name: "portfolio",
  summary: "Several orders, each improved towards the lower bound; for up to a million buffers",
  plan: planBest,
};

function planBest(problem: PlanProblem): readonly Placement[] {
  checkProblem(problem);
  const timeline = makeTimeline(problem.buffers);
  const numbers = new Map(problem.pools.map(({ name }, number) => [name, number]));
  const lists = new Map<string, readonly number[]>();
  const known = new Map<readonly string[], readonly number[]>();
  const room: Room = {
    limits: problem.pools.map(({ limitBytes }) => limitBytes),
    // Most buffers have one of a few lists; a million arrays would be most of the memory.
    candidates: timeline.buffers.map(({ candidates }) => {
      const seen = known.get(candidates);
      if (seen !== undefined) return seen;
      const key = candidates.join("\n");
      const list = lists.get(key) ?? candidates.map((name) => numbers.get(name) ?? -1);
      lists.set(key, list);
      known.set(candidates, list);
      return list;
    }),
  };
  let best: Attempt | undefined;
  const proved: number[] = [];
  for (const start of starts(problem, timeline, room, { numbers, proved })) {
    const layout = start();
    if (layout === undefined) continue;
    const attempt = finish(timeline, layout, room, proved);
    if (best === undefined || isBetter(attempt, best)) best = attempt;
    if (best.best) break;
  }
  const { layout, failed } = best ?? { layout: undefined, failed: [] };
  const placements = new Array<Placement | undefined>(problem.buffers.length).fill(undefined);
  timeline.buffers.forEach(({ name }, rank) => {
    const offset = layout?.offset[rank] ?? -1;
    const pool = problem.pools[layout?.pool[rank] ?? 0]?.name;
    if (offset < 0 || pool === undefined) return;
    placements[timeline.position[rank] ?? 0] = { name, pool, offset };
  });
  const placed = placements.filter((one) => one !== undefined);
  const [lost] = failed;
  const buffer = lost === undefined ? undefined : timeline.buffers[lost];
  if (buffer !== undefined) {
    const failure = { algorithm: portfolio.name, failed: buffer, placed };
    throw new MisfitError(findMisfit(problem, failure));
  }
  return placed;
}

/** The layouts to start from, the most promising first. */
function starts(
  problem: PlanProblem,
  timeline: Timeline,
  room: Room,
  { numbers, proved }: { numbers: ReadonlyMap<string, number>; proved: number[] },
): readonly (() => Layout | undefined)[] {
  const inOrder = (order: (timeline: Timeline) => Uint32Array) => () =>
    firstFit(timeline, order(timeline), room);
  const crowded = inOrder(crowdedFirst);
  const count = timeline.buffers.length;
  if (count > MOST_FOR_ALL) {
    return isDense(timeline)
      ? [crowded, inOrder(broadClassesFirst), () => planOutwards(timeline, room)]
      : [crowded];
  }
  const orders = [largestFirst, classesFirst, areaFirst].map(inOrder);
  const all = isDense(timeline)
    ? [crowded, inOrder(broadClassesFirst), () => planOutwards(timeline, room), ...orders]
    : [crowded, ...orders];
  if (count > MOST_FOR_PAIRS) return all;
  // Without a choice of pools limits only stop a planner early; what is above one may be lowered.
  const choice = problem.buffers.some(({ candidates }) => candidates.length > 1);
  const open = choice ? problem : { ...problem, pools: problem.pools.map(withoutLimit) };
  const attempt = (plan: () => readonly Placement[]) => () => {
    try {
      return layoutOf(timeline, plan(), numbers);
    } catch (error) {
      if (error instanceof MisfitError || isTooLarge(error)) return undefined;
      throw error;
    }
  };
  return [
    attempt(() => planExactly(problem, numbers, proved)),
    attempt(() => greedyBySize.plan(open)),
    attempt(() => greedyByConflicts.plan(open)),
    ...all,
  ];
}

/** Plans with the exact search, and keeps what it proves of plans with everything in its first candidate. */
function planExactly(
  problem: PlanProblem,
  numbers: ReadonlyMap<string, number>,
  proved: number[],
): readonly Placement[] {
  const bounds = new Map<string, number>();
  const placements = exact.plan(problem, {
    nodeLimit: EXACT_NODES,
    onBound: (pool, bytes) => bounds.set(pool, bytes),
  });
  const isSpilled = placements.some(({ pool }, i) => pool !== problem.buffers[i]?.candidates[0]);
  if (!isSpilled) { for (const [pool, bytes] of bounds) proved[numbers.get(pool) ?? 0] = bytes; }
  return placements;
}

function withoutLimit(pool: Pool): Pool {
  return { ...pool, limitBytes: Number.MAX_SAFE_INTEGER };
}

function layoutOf(
  timeline: Timeline,
  placements: readonly Placement[],
  numbers: ReadonlyMap<string, number>,
): Layout {
  const byName = new Map(placements.map((placement) => [placement.name, placement]));
  return {
    pool: Int32Array.from(
      timeline.buffers,
      ({ name }) => numbers.get(byName.get(name)?.pool ?? "") ?? 0,
    ),
    offset: Float64Array.from(timeline.buffers, ({ name }) => byName.get(name)?.offset ?? 0),
  };
}

function finish(
  timeline: Timeline,
  layout: Layout,
  room: Room,
  proved: readonly number[],
): Attempt {
  const spilledBytes = () => {
    let spilled = 0;
    layout.pool.forEach((pool, rank) => {
      spilled += (timeline.size[rank] ?? 0) * (room.candidates[rank] ?? []).indexOf(pool);
    });
    return spilled;
  };
  const bounds = polish(timeline, layout, room.limits, spilledBytes() === 0 ? proved : []);
  const failed = settle(timeline, layout, room);
  const spilled = spilledBytes();
  const used = room.limits.reduce((sum, _, pool) =>
    sum + topOf(
      timeline.size,
      layout.offset.map((offset, rank) => layout.pool[rank] === pool ? offset : -Infinity),
    ), 0);
  const bound = bounds.reduce((sum, bytes) => sum + bytes, 0);
  return {
    layout,
    failed,
    spilled,
    used,
    best: failed.length === 0 && spilled === 0 && used === bound,
  };
}

function isBetter(a: Attempt, b: Attempt): boolean {
  const better = a.failed.length - b.failed.length || a.spilled - b.spilled || a.used - b.used;
  return better < 0;
}
