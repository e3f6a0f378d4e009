/**
 * The choice of pools as numbers: items with a weight for each pool that they may go into, bins of bytes
 * that pools draw from, and the moments at which bins may be full. Offsets come later (`packing.ts`); what
 * holds here, the live bytes of every moment, holds for every layout.
 *
 * @module
 */
import type { BufferInfo, Placement, PlanProblem } from "../types.ts";
import { type Cost, costOf, type MemoryCost } from "./accesses.ts";

/** What pools cost and share, besides what a problem says. */
export interface PoolCosts {
  /** Waits by name of the pool. */
  readonly memories: ReadonlyMap<string, MemoryCost>;
  /** Constant pools that get what a workspace pool leaves of their region: name of that pool. */
  readonly leftovers: ReadonlyMap<string, string>;
}

/** A pool that an item may go into. */
export interface Choice {
  /** Index of the pool. */
  readonly pool: number;
  /** What is minimised: cycles, and less than one in sum for accesses of unknown cost. */
  readonly weight: number;
  /** The cost behind it. */
  readonly cost: Cost;
}

/** A buffer as the choice of pools sees it. */
export interface Item {
  /** The buffer. */
  readonly buffer: BufferInfo;
  /** Its size in whole units of the smallest alignment. */
  readonly bytes: number;
  /** Ranges of moments, both ends included. */
  readonly ranges: readonly (readonly [first: number, last: number])[];
  /** Where it may go, the cheapest first; equal ones in the order of its candidates. */
  readonly choices: readonly Choice[];
}

/** A choice of pools to be made. */
export interface Model {
  /** What is to be solved. */
  readonly problem: PlanProblem;
  /** Items in the problem's order. */
  readonly items: readonly Item[];
  /** Bytes of each bin. */
  readonly capacities: readonly number[];
  /** Bin of each pool. */
  readonly binOf: readonly number[];
  /** How many moments there are. */
  readonly moments: number;
  /** Two different weights differ by no less, or 0 if that is not known. */
  readonly step: number;
  /** Places that some buffers have already, by name. */
  readonly fixed: ReadonlyMap<string, Placement>;
}

/**
 * Makes the model of a problem.
 *
 * @param problem A checked problem; without pairs
 * @param costs What pools cost and share
 * @param fixed Places that some buffers have already
 */
export function makeModel(
  problem: PlanProblem,
  costs: PoolCosts,
  fixed: ReadonlyMap<string, Placement>,
): Model {
  const { pools, buffers } = problem;
  const unit = buffers.reduce((least, one) => Math.min(least, one.alignment), Infinity);
  const whole = (bytes: number) => Math.ceil(bytes / unit) * unit;
  const indices = new Map(pools.map(({ name }, index) => [name, index]));
  const bins = new Map<string, number>();
  const capacities: number[] = [];
  const binOf = pools.map(({ name, limitBytes }) => {
    const owner = costs.leftovers.get(name) ?? name;
    const known = bins.get(owner);
    if (known !== undefined) return known;
    bins.set(owner, capacities.length);
    capacities.push(buffers.length === 0 ? limitBytes : whole(limitBytes));
    return capacities.length - 1;
  });
  const moments = fullMoments(buffers);
  const priced = buffers.map((buffer) =>
    buffer.candidates.flatMap((name) => {
      const pool = indices.get(name);
      const memory = costs.memories.get(name);
      if (pool === undefined || memory === undefined) return [];
      const place = fixed.get(buffer.name);
      if (place !== undefined && place.pool !== name) return [];
      if (buffer.size > (pools[pool]?.limitBytes ?? 0)) return [];
      return [{ pool, cost: costIn(buffer, memory) }];
    })
  );
  const unknown = priced.reduce(
    (sum, choices) => sum + choices.reduce((most, { cost }) => Math.max(most, cost.unknown), 0),
    0,
  );
  // All unknown accesses together weigh less than one cycle.
  const share = 1 / (2 * (unknown + 1));
  const items = buffers.map((buffer, i): Item => ({
    buffer,
    bytes: whole(buffer.size),
    ranges: rangesIn(buffer, moments),
    choices: (priced[i] ?? [])
      .map(({ pool, cost }) => ({ pool, cost, weight: cost.cycles + cost.unknown * share }))
      .sort((a, b) => a.weight - b.weight),
  }));
  const integral = unknown === 0 &&
    items.every(({ choices }) => choices.every(({ weight }) => Number.isInteger(weight)));
  return {
    problem,
    items,
    capacities,
    binOf,
    moments: moments.length,
    step: integral ? 1 : 0,
    fixed,
  };
}

/** What a buffer's accesses cost in a memory. */
export function costIn({ accesses = [] }: BufferInfo, memory: MemoryCost): Cost {
  return accesses.map((one) => costOf(one, memory)).reduce(
    (a, b) => ({ cycles: a.cycles + b.cycles, unknown: a.unknown + b.unknown }),
    { cycles: 0, unknown: 0 },
  );
}

/**
 * The cycles that follow from a bound on weights: whole ones where waits are; accesses of unknown cost weigh
 * less than half a cycle together.
 */
export function cyclesBound({ items, step }: Model, weight: number): number {
  if (step > 0) return Math.max(0, Math.ceil(weight - 1e-6));
  if (weight === -Infinity) return 0;
  const isWhole = items.every(({ choices }) =>
    choices.every(({ cost }) => Number.isInteger(cost.cycles))
  );
  return Math.max(0, isWhole ? Math.ceil(weight - 0.5 - 1e-6) : weight - 0.5);
}

/** Sum of the weights of a choice of pools. */
export function weightOf({ items }: Model, choice: Int32Array): number {
  return items.reduce((sum, { choices }, i) => sum + (choices[choice[i] ?? 0]?.weight ?? 0), 0);
}

/**
 * Moments at which something new is live and before the next one of them something ends: the live buffers
 * of every other moment are some of those of one of these.
 */
function fullMoments(buffers: readonly BufferInfo[]): readonly number[] {
  const starts = new Set<number>();
  const ends: number[] = [];
  for (const { intervals } of buffers) {
    for (const { first, last } of intervals) {
      starts.add(first);
      ends.push(last);
    }
  }
  const sorted = [...starts].sort((a, b) => a - b);
  ends.sort((a, b) => a - b);
  let next = 0;
  return sorted.filter((start, i) => {
    const following = sorted[i + 1];
    if (following === undefined) return true;
    while (next < ends.length && (ends[next] ?? 0) < start) next++;
    return (ends[next] ?? Infinity) < following;
  });
}

function rangesIn(
  { intervals }: BufferInfo,
  moments: readonly number[],
): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (const { first, last } of intervals) {
    const from = firstAtLeast(moments, first);
    const to = firstAtLeast(moments, last + 1) - 1;
    if (to >= from) ranges.push([from, to]);
  }
  return ranges;
}

function firstAtLeast(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
