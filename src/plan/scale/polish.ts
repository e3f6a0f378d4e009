/**
 * Brings the top of every pool of a layout as near to its lower bound as a budget of work allows: the
 * bound (large sets: just above it) first, then halfway between what failed and what is.
 *
 * @module
 */
import { maxLive } from "../bound.ts";
import { isDense, type Layout } from "./first_fit.ts";
import { lowerTo } from "./lower.ts";
import { makeTimeline, type Timeline } from "./timeline.ts";

/** Targets tried for a pool. */
const ATTEMPTS = 4;

/** How often each buffer may be moved on average, in one attempt. */
const MOVES = 20;

/** Neighbours looked at in one attempt and in all of a pool, at most: some seconds. */
const MOST_LOOKS = 4e6;
const MOST_LOOKS_IN_ALL = 6e6;

/** From this many buffers on, a pool is good enough this share above its bound. */
const LARGE = 20_000;
const GOOD_ENOUGH = 0.004;

/** A gap to the bound below this share of it is not worth another attempt. */
const FINE = 0.0005;

/**
 * Lowers each pool.
 *
 * @param timeline The buffers
 * @param layout Where they are; changed
 * @param limits Bytes of each pool
 * @returns Lower bound of each pool for what is in it
 */
export function polish(
  timeline: Timeline,
  layout: Layout,
  limits: readonly number[],
): readonly number[] {
  return limits.map((limit, pool) => {
    const members: number[] = [];
    layout.pool.forEach((one, rank) => {
      if (one === pool) members.push(rank);
    });
    const buffers = members.flatMap((rank) => timeline.buffers[rank] ?? []);
    const bound = maxLive(buffers).bytes;
    // A part of a sorted list sorts to itself, so ranks in the part are positions in `members`.
    const own = members.length === timeline.buffers.length ? timeline : makeTimeline(buffers);
    let offset: Float64Array = Float64Array.from(members, (rank) => layout.offset[rank] ?? 0);
    let top = topOf(own.size, offset);
    const near = buffers.length < LARGE ? bound : Math.floor(bound * (1 + GOOD_ENOUGH));
    // Displacing one of thousands of neighbours costs too much, and gains too little, for large sets.
    if (buffers.length >= LARGE && isDense(own)) return bound;
    const goal = Math.max(bound, Math.min(near, limit));
    let left = MOST_LOOKS_IN_ALL;
    let failed = -1;
    for (let attempt = 0; attempt < ATTEMPTS && top > goal && left > 0; attempt++) {
      if (failed >= 0 && top - failed <= FINE * bound) break;
      const target = failed < 0
        ? bound
        : top > limit && failed < limit
        ? limit
        : Math.floor((failed + top) / 2);
      const looks = Math.min(left, MOST_LOOKS, MOVES * buffers.length * (1 + own.meanLive));
      const budget = { left: looks };
      const lower = lowerTo(own, offset, target, budget);
      left -= looks - budget.left;
      if (lower === undefined) failed = Math.max(failed, target);
      else {
        offset = lower;
        top = topOf(own.size, offset);
      }
    }
    members.forEach((rank, i) => layout.offset[rank] = offset[i] ?? 0);
    return bound;
  });
}

/** The highest end. */
export function topOf(size: Float64Array, offset: Float64Array): number {
  let top = 0;
  for (let rank = 0; rank < size.length; rank++) {
    top = Math.max(top, (offset[rank] ?? 0) + (size[rank] ?? 0));
  }
  return top;
}
