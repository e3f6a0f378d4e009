/**
 * The placement loop that the greedy planners share: buffers one at a time in a given order, each into
 * the first candidate pool that has a free range for it while it is live, at the lowest such offset.
 *
 * Differs from TVM's greedy.cc where that goes wrong: gaps between placed buffers are filled, a
 * buffer's own alignment counts (not its neighbour's), and a full pool stays full.
 *
 * @module
 */
import { conflictCounts, inConflict } from "./conflicts.ts";
import { findMisfit, MisfitError } from "./misfit.ts";
import { checkProblem } from "./problem.ts";
import type { BufferInfo, Placement, PlanProblem } from "./types.ts";

/** A buffer that has its place. */
interface Placed {
  readonly buffer: BufferInfo;
  readonly offset: number;
}

/** An order of buffers: negative if `a` goes first; `conflicts` counts those of a buffer. */
export type BufferOrder = (
  a: BufferInfo,
  b: BufferInfo,
  conflicts: (buffer: BufferInfo) => number,
) => number;

/**
 * Places buffers one by one.
 *
 * @param problem What to solve
 * @param order Which buffer goes first; the result must not depend on the order in the problem
 * @param algorithm Name of the planner, for messages
 * @param fixed Places that some buffers have already; the others go around them
 * @returns A placement for each buffer, in the order of the problem
 * @throws {InputError} If the problem makes no sense
 * @throws {InfeasibleError} If a buffer fits in none of its candidates (E-PLAN-FIT)
 */
export function placeInOrder(
  problem: PlanProblem,
  order: BufferOrder,
  algorithm: string,
  fixed: ReadonlyMap<string, Placement> = new Map(),
): readonly Placement[] {
  checkProblem(problem);
  const conflicts = conflictCounts(problem.buffers);
  const countOf = new Map(problem.buffers.map((buffer, i) => [buffer, conflicts[i] ?? 0]));
  const sorted = problem.buffers.toSorted((a, b) => order(a, b, (one) => countOf.get(one) ?? 0));
  const limits = new Map(problem.pools.map((pool) => [pool.name, pool.limitBytes]));
  // For each pool what is in it, by offset.
  const pools = new Map<string, Placed[]>(problem.pools.map((pool) => [pool.name, []]));
  const done = new Map<string, Placement>();
  for (const buffer of sorted) {
    const place = fixed.get(buffer.name);
    if (place === undefined) continue;
    done.set(buffer.name, place);
    insert(pools.get(place.pool) ?? [], { buffer, offset: place.offset });
  }
  for (const buffer of sorted) {
    if (fixed.has(buffer.name)) continue;
    const placement = placeOne(buffer, pools, limits);
    if (placement === undefined) {
      const failure = { algorithm, failed: buffer, placed: [...done.values()] };
      throw new MisfitError(findMisfit(problem, failure));
    }
    done.set(buffer.name, placement);
    insert(pools.get(placement.pool) ?? [], { buffer, offset: placement.offset });
  }
  return problem.buffers.flatMap((buffer) => done.get(buffer.name) ?? []);
}

/** Larger first. */
export function descending(a: number, b: number): number {
  return b - a;
}

/** By code units, the later name first, as TVM breaks ties. */
export function laterName(a: BufferInfo, b: BufferInfo): number {
  return a.name < b.name ? 1 : a.name > b.name ? -1 : 0;
}

function placeOne(
  buffer: BufferInfo,
  pools: ReadonlyMap<string, readonly Placed[]>,
  limits: ReadonlyMap<string, number>,
): Placement | undefined {
  for (const pool of buffer.candidates) {
    const offset = lowestFree(buffer, pools.get(pool) ?? []);
    if (offset + buffer.size <= (limits.get(pool) ?? 0)) return { name: buffer.name, pool, offset };
  }
  return undefined;
}

/** Lowest aligned offset at which no buffer that is live with this one is in the way. */
function lowestFree(buffer: BufferInfo, placed: readonly Placed[]): number {
  let offset = 0;
  for (const other of placed) {
    if (!inConflict(buffer, other.buffer)) continue;
    if (offset + buffer.size <= other.offset) return offset;
    const end = other.offset + other.buffer.size;
    if (end > offset) offset = Math.ceil(end / buffer.alignment) * buffer.alignment;
  }
  return offset;
}

function insert(placed: Placed[], one: Placed): void {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((placed[middle]?.offset ?? 0) <= one.offset) low = middle + 1;
    else high = middle;
  }
  placed.splice(low, 0, one);
}
