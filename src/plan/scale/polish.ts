/**
 * Brings the top of every pool of a layout as near to its lower bound as a budget of work allows, by
 * ejection and then by exact search in windows: the bound itself first, then a target between what
 * failed and what is, near the former as long as the latter is far.
 *
 * @module
 */
import { maxLive } from "../bound.ts";
import { isDense, type Layout } from "./first_fit.ts";
import { lowerTo } from "./lower.ts";
import { repairTo } from "./repair.ts";
import { makeTimeline, type Timeline } from "./timeline.ts";

/** Targets tried for a pool. */
const ATTEMPTS = 5;

/** How often each buffer may be moved on average, in one attempt. */
const MOVES = 20;

/** Neighbours looked at by the ejections of one attempt, at most: under a second. */
const MOST_LOOKS = 4e5;

/**
 * Nodes of the exact searches in one attempt and in all of a pool, at most: a second or two for a large set,
 * of which one order is tried; a tenth of it for smaller ones, of which all are.
 */
const MOST_NODES = 120_000;
const MOST_NODES_IN_ALL = 240_000;
const SHARE_OF_SMALL = 0.1;

/** Up to this many buffers the exact search has seen the set as a whole; windows find nothing that it does not. */
const WITHOUT_WINDOWS = 1000;

/** From this many buffers on, a pool is good enough this share above its bound. */
const LARGE = 20_000;
const GOOD_ENOUGH = 0.002;

/** A gap to the bound below this share of it is not worth another attempt. */
const FINE = 0.0005;

/** A layout this share of the bound above a target is far from it. */
const FAR = 0.02;

/**
 * Lowers each pool.
 *
 * @param timeline The buffers
 * @param layout Where they are; changed
 * @param limits Bytes of each pool
 * @param proved Bytes that what is in each pool is known to need
 * @returns Lower bound of each pool for what is in it
 */
export function polish(
  timeline: Timeline,
  layout: Layout,
  limits: readonly number[],
  proved: readonly number[] = [],
): readonly number[] {
  return limits.map((limit, pool) => {
    const inside = layout.pool.reduce((sum, one) => sum + (one === pool ? 1 : 0), 0);
    const isWhole = inside === timeline.buffers.length;
    const members = isWhole ? [] : membersOf(layout, pool);
    const buffers = isWhole
      ? timeline.buffers
      : members.flatMap((rank) => timeline.buffers[rank] ?? []);
    const bound = Math.max(maxLive(buffers).bytes, proved[pool] ?? 0);
    // A part of a sorted list sorts to itself, so ranks in the part are positions in `members`.
    const own = isWhole ? timeline : makeTimeline(buffers);
    let offset: Float64Array = isWhole
      ? layout.offset
      : Float64Array.from(members, (rank) => layout.offset[rank] ?? 0);
    let top = topOf(own.size, offset);
    const near = buffers.length < LARGE ? bound : Math.floor(bound * (1 + GOOD_ENOUGH));
    // Displacing one of thousands of neighbours costs too much, and gains too little, for large sets.
    if (buffers.length >= LARGE && isDense(own)) return bound;
    const goal = Math.max(bound, Math.min(near, limit));
    const share = buffers.length < LARGE ? SHARE_OF_SMALL : 1;
    let nodes = share * MOST_NODES_IN_ALL;
    let failed = -1;
    for (let attempt = 0; attempt < ATTEMPTS && top > goal; attempt++) {
      if (failed >= 0 && top - failed <= FINE * bound) break;
      const target = failed < 0
        ? bound
        : top > limit && failed < limit
        ? limit
        : Math.floor(failed + (top - failed) / (top - failed > FAR * bound ? 8 : 2));
      const looks = { left: Math.min(MOST_LOOKS, MOVES * buffers.length * (1 + own.meanLive)) };
      const budget = { nodes: Math.min(nodes, share * MOST_NODES) };
      const before = budget.nodes;
      const lower = lowerTo(own, offset, target, looks) ??
        (buffers.length <= WITHOUT_WINDOWS ? undefined : repairTo(own, offset, target, budget));
      nodes -= before - budget.nodes;
      if (lower === undefined) failed = Math.max(failed, target);
      else {
        offset = lower;
        top = topOf(own.size, offset);
      }
    }
    if (isWhole) layout.offset.set(offset);
    else members.forEach((rank, i) => layout.offset[rank] = offset[i] ?? 0);
    return bound;
  });
}

function membersOf({ pool: poolOf }: Layout, pool: number): readonly number[] {
  const members: number[] = [];
  poolOf.forEach((one, rank) => {
    if (one === pool) members.push(rank);
  });
  return members;
}

/** The highest end. */
export function topOf(size: Float64Array, offset: Float64Array): number {
  let top = 0;
  for (let rank = 0; rank < size.length; rank++) {
    top = Math.max(top, (offset[rank] ?? 0) + (size[rank] ?? 0));
  }
  return top;
}
