/**
 * `hill_climb`: the greedy placement again and again, each time with two buffers swapped in the order.
 *
 * TVM's idea with the rough edges off: the best layout that was seen is what comes out, gaps are filled
 * whatever the limit, a buffer's own alignment counts. Swaps are drawn from a generator with a fixed seed, so
 * the result is the same every time.
 *
 * @module
 */
import { maxLive } from "./bound.ts";
import { inConflict } from "./conflicts.ts";
import { descending, laterName } from "./greedy.ts";
import { findMisfit, MisfitError } from "./misfit.ts";
import { checkProblem } from "./problem.ts";
import { type Random, randR } from "./tvm/rand_r.ts";
import type { BufferInfo, Placement, Planner, PlanProblem } from "./types.ts";

/** As many as TVM's. */
const MAX_ATTEMPTS = 500;

/** Looks at a neighbour in all attempts together; keeps thousands of buffers within about a second. */
const MAX_LOOKS = 20_000_000;

/** A layout with what it costs. */
interface Layout {
  readonly offsets: ReadonlyMap<BufferInfo, Placement>;
  /** Buffers without a place, the first of them, and the sum of the pools' tops. */
  readonly unfit: number;
  readonly failed: BufferInfo | undefined;
  readonly total: number;
}

/** Swaps buffers in the order of the greedy placement while that makes the pools smaller. */
export const hillClimb: Planner = {
  name: "hill_climb",
  summary: "Greedy placement with up to 500 swaps in the order, the smallest pools win",
  plan(problem) {
    checkProblem(problem);
    // By name, so that the draws do not depend on the order in the problem.
    const neighbours = neighboursOf(problem.buffers.toSorted(laterName));
    const counts = new Map(problem.buffers.map((one) => [one, neighbours.get(one)?.length ?? 0]));
    const order = problem.buffers.toSorted((a, b) =>
      descending(a.size, b.size) || descending(counts.get(a) ?? 0, counts.get(b) ?? 0) ||
      laterName(a, b)
    );
    const best = climb(problem, order, neighbours);
    if (best.failed !== undefined) {
      const placed = [...best.offsets.values()];
      const failure = { algorithm: "hill_climb", failed: best.failed, placed };
      throw new MisfitError(findMisfit(problem, failure));
    }
    return problem.buffers.flatMap((buffer) => best.offsets.get(buffer) ?? []);
  },
};

type Neighbours = ReadonlyMap<BufferInfo, readonly BufferInfo[]>;

function climb(problem: PlanProblem, order: BufferInfo[], neighbours: Neighbours): Layout {
  const random = randR(0);
  const limits = new Map(problem.pools.map((pool) => [pool.name, pool.limitBytes]));
  const bound = maxLive(problem.buffers).bytes;
  const looks = order.length + neighbours.values().reduce((sum, list) => sum + list.length, 0);
  const attempts = Math.min(MAX_ATTEMPTS, Math.floor(MAX_LOOKS / looks));
  let best = placeAll(order, neighbours, limits);
  for (let attempt = 1; attempt < attempts; attempt++) {
    if (best.unfit === 0 && best.total <= bound) break;
    const pair = drawPair(order, best, neighbours, random);
    if (pair === undefined) break;
    swap(order, pair);
    const next = placeAll(order, neighbours, limits);
    // Equal layouts are taken too: they are the way across a plateau.
    const worse = next.unfit - best.unfit || next.total - best.total;
    if (worse <= 0) best = next;
    else swap(order, pair);
  }
  return best;
}

function neighboursOf(buffers: readonly BufferInfo[]): Neighbours {
  const lists = new Map<BufferInfo, BufferInfo[]>(buffers.map((buffer) => [buffer, []]));
  buffers.forEach((a, i) => {
    for (let j = i + 1; j < buffers.length; j++) {
      const b = buffers[j];
      if (b === undefined || !inConflict(a, b)) continue;
      lists.get(a)?.push(b);
      lists.get(b)?.push(a);
    }
  });
  return lists;
}

function placeAll(
  order: readonly BufferInfo[],
  neighbours: Neighbours,
  limits: ReadonlyMap<string, number>,
): Layout {
  const offsets = new Map<BufferInfo, Placement>();
  const tops = new Map<string, number>();
  let unfit = 0;
  let failed: BufferInfo | undefined;
  for (const buffer of order) {
    const around = (neighbours.get(buffer) ?? []).flatMap((other) => {
      const spot = offsets.get(other);
      return spot === undefined
        ? []
        : [{ pool: spot.pool, start: spot.offset, end: spot.offset + other.size }];
    }).sort((a, b) => a.start - b.start);
    const spot = buffer.candidates.map((pool) => ({
      name: buffer.name,
      pool,
      offset: lowestFree(buffer, around.filter((one) => one.pool === pool)),
    })).find(({ pool, offset }) => offset + buffer.size <= (limits.get(pool) ?? 0));
    if (spot === undefined) {
      unfit++;
      failed ??= buffer;
      continue;
    }
    offsets.set(buffer, spot);
    tops.set(spot.pool, Math.max(tops.get(spot.pool) ?? 0, spot.offset + buffer.size));
  }
  const total = tops.values().reduce((sum, top) => sum + top, 0);
  return { offsets, unfit, failed, total };
}

/** Lowest aligned offset between ranges that are sorted by their start. */
function lowestFree(
  buffer: BufferInfo,
  around: readonly { readonly start: number; readonly end: number }[],
): number {
  let offset = 0;
  for (const { start, end } of around) {
    if (offset + buffer.size <= start) break;
    if (end > offset) offset = Math.ceil(end / buffer.alignment) * buffer.alignment;
  }
  return offset;
}

function swap(order: BufferInfo[], [i, j]: readonly [number, number]): void {
  const a = order[i];
  const b = order[j];
  if (a === undefined || b === undefined) return;
  order[i] = b;
  order[j] = a;
}

/**
 * Two buffers of which one touches the top of its pool, or has no place, or is in the way of one that
 * does. Any other swap is unlikely to lower a pool.
 */
function drawPair(
  order: readonly BufferInfo[],
  layout: Layout,
  neighbours: Neighbours,
  random: Random,
): readonly [number, number] | undefined {
  if (order.length < 2) return undefined;
  const tops = new Map<string, number>();
  for (const [buffer, { pool, offset }] of layout.offsets) {
    tops.set(pool, Math.max(tops.get(pool) ?? 0, offset + buffer.size));
  }
  const critical = order.filter((buffer) => {
    const spot = layout.offsets.get(buffer);
    return spot === undefined || spot.offset + buffer.size === tops.get(spot.pool);
  });
  const top = critical[random() % critical.length];
  if (top === undefined) return undefined;
  const near = neighbours.get(top) ?? [];
  const first = near.length > 0 && random() % 4 > 0 ? near[random() % near.length] ?? top : top;
  const others = neighbours.get(first) ?? [];
  const second = others.length > 0 && random() % 4 > 0
    ? others[random() % others.length]
    : order[random() % order.length];
  const i = order.indexOf(first);
  const j = second === undefined ? i : order.indexOf(second);
  return i === j ? [i, (i + 1) % order.length] : [i, j];
}
