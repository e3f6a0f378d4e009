/**
 * TVM's hill_climb, draw by draw: up to 500 times it swaps two buffers in the order, places them all,
 * and keeps the swap if the pools together got smaller, or sometimes if not. (TVM 513c2be0,
 * src/tir/usmp/algo/hill_climb.cc, with glibc's `rand_r` and seed 0 as on Linux.)
 *
 * Kept from TVM because the numbers depend on it: a worse layout that was accepted replaces the better one
 * that was remembered; after a round without a swap, a rejection takes the swap before it back a second
 * time. Not kept: where all neighbours are one and the same buffer, TVM draws for ever.
 *
 * @module
 */
import type { Placement } from "../types.ts";
import { bySize, fits, roundUp, type TvmOutcome } from "./greedy.ts";
import type { TvmBuffer, TvmProblem } from "./problem.ts";
import { type Random, randR } from "./rand_r.ts";

const MAX_ATTEMPTS = 500;

/** Where a buffer is; without a pool it found no room. */
interface Spot {
  readonly pool: string | undefined;
  readonly offset: number;
}

type Layout = ReadonlyMap<TvmBuffer, Spot>;

/** The order of the buffers, and where in it each of them is. */
interface Order {
  readonly list: TvmBuffer[];
  readonly position: Map<TvmBuffer, number>;
}

/** Climbs. */
export function tvmHillClimb(problem: TvmProblem): TvmOutcome {
  const random = randR(0);
  const conflicts = linkConflicts(problem);
  const list = problem.buffers.toSorted(bySize);
  const order: Order = { list, position: new Map(list.map((buffer, i) => [buffer, i])) };
  let best = 0;
  let kept: Layout = new Map();
  let current: Layout = new Map();
  let swapped: readonly [number, number] = [-1, -1];
  for (let attempt = 0; attempt < MAX_ATTEMPTS && list.length > 0; attempt++) {
    const before = current;
    current = placeAll(problem, order, conflicts);
    const unfit = current.values().some((spot) => spot.pool === undefined);
    const total = sum(poolSizes(current));
    if (total === 0) break;
    if (best === 0 || (!unfit && (best > total || luck(random, total, best, attempt)))) {
      kept = current;
      if (!unfit) {
        best = total;
        if (best <= problem.memoryPressure) break;
      }
    } else {
      swap(order, swapped);
      current = before;
    }
    const wanted = drawSwap(current, order, conflicts, random);
    if (wanted === undefined) continue;
    swapped = wanted;
    swap(order, swapped);
  }
  const placements = problem.buffers.flatMap((buffer): Placement[] => {
    const spot = kept.get(buffer);
    return spot?.pool === undefined
      ? []
      : [{ name: buffer.name, pool: spot.pool, offset: spot.offset }];
  });
  return { placements, failed: problem.buffers.find((buffer) => !kept.get(buffer)?.pool) };
}

/** Accepts a layout that is not better: the rarer, the more it needs and the later it comes. */
function luck(random: Random, total: number, best: number, attempt: number): boolean {
  const chance = Math.floor(Math.floor((50 * (total - best)) / total) / attempt);
  return random() % 100 < chance;
}

type Conflicts = ReadonlyMap<TvmBuffer, readonly TvmBuffer[]>;

function linkConflicts(problem: TvmProblem): Conflicts {
  const buffers = new Map(problem.buffers.map((buffer) => [buffer.name, buffer]));
  return new Map(problem.buffers.map((buffer) => [
    buffer,
    buffer.conflicts.flatMap((name) => buffers.get(name) ?? []),
  ]));
}

/** Places each buffer in the first gap that is long enough, in TVM's reading of "gap". */
function placeAll(problem: TvmProblem, order: Order, conflicts: Conflicts): Layout {
  const layout = new Map<TvmBuffer, Spot>();
  for (const buffer of order.list) {
    const offsets = new Map<string, number>();
    for (const pool of buffer.candidates) {
      if (fits(problem, pool, 0, buffer)) offsets.set(pool, 0);
    }
    const placed = (conflicts.get(buffer) ?? []).flatMap((neighbour) => {
      const spot = layout.get(neighbour);
      return spot === undefined ? [] : [{ neighbour, spot }];
    }).sort((a, b) => a.spot.offset - b.spot.offset);
    for (const { neighbour, spot } of placed) {
      const offset = spot.pool === undefined ? undefined : offsets.get(spot.pool);
      if (spot.pool === undefined || offset === undefined) continue;
      const next = roundUp(spot.offset + neighbour.size, neighbour.alignment);
      // TVM asks for the limit before it asks for the gap: a neighbour near the top rules the pool out.
      if (!fits(problem, spot.pool, next, buffer)) offsets.delete(spot.pool);
      else if (next > offset && offset + buffer.size > spot.offset) offsets.set(spot.pool, next);
    }
    const pool = buffer.candidates.find((name) => offsets.has(name));
    layout.set(buffer, { pool, offset: pool === undefined ? 0 : offsets.get(pool) ?? 0 });
  }
  return layout;
}

function poolSizes(layout: Layout): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const [buffer, { pool, offset }] of layout) {
    if (pool !== undefined) sizes.set(pool, Math.max(sizes.get(pool) ?? 0, offset + buffer.size));
  }
  return sizes;
}

function sum(sizes: ReadonlyMap<string, number>): number {
  return sizes.values().reduce((total, size) => total + size, 0);
}

function swap({ list, position }: Order, [i, j]: readonly [number, number]): void {
  const a = list[i];
  const b = list[j];
  if (a === undefined || b === undefined || i === j) return;
  list[i] = b;
  list[j] = a;
  position.set(a, j);
  position.set(b, i);
}

/** Draws a buffer at the top of a pool, and two that were placed before it and are in its way. */
function drawSwap(
  layout: Layout,
  order: Order,
  conflicts: Conflicts,
  random: Random,
): readonly [number, number] | undefined {
  const position = (buffer: TvmBuffer) => order.position.get(buffer) ?? 0;
  const draw = (list: readonly TvmBuffer[]) => list[random() % list.length];
  const sizes = poolSizes(layout);
  const tops = order.list.filter((buffer) => {
    const spot = layout.get(buffer);
    return spot?.pool !== undefined && sizes.get(spot.pool) === spot.offset + buffer.size;
  });
  const top = tops.length === 0 ? undefined : draw(tops);
  if (top === undefined) return undefined;
  const neighbours = conflicts.get(top) ?? [];
  const byPosition = (a: TvmBuffer, b: TvmBuffer) => position(a) - position(b);
  const near = neighbours.filter((one) => position(top) > position(one)).sort(byPosition);
  const far = neighbours.flatMap((one) =>
    (conflicts.get(one) ?? []).filter((other) => position(one) > position(other))
  ).sort(byPosition);
  if (near.length === 0) return undefined;
  const a = draw(near);
  if (a === undefined || [...near, ...far].every((one) => one === a)) {
    // TVM's draws for a second buffer, of which there is none.
    if (far.length > 0) random();
    random();
    return undefined;
  }
  let b: TvmBuffer | undefined = a;
  while (b === a) {
    b = far.length > 0 && random() % 100 > 25 ? draw(far) : draw(near);
    if (far.length < 2 && near.length < 2) break;
  }
  return b === undefined || b === a ? undefined : [position(a), position(b)];
}
