/**
 * First fit for sets in which every moment is crowded: in the order of {@linkcode outwards}, several
 * times. What ended too high in one pass is promoted, so that in the next one it is placed before what
 * took its place; the best pass is kept.
 *
 * @module
 */
import { firstFit, type Layout, type Room } from "./first_fit.ts";
import { outwards } from "./orders.ts";
import { topOf } from "./polish.ts";
import type { Timeline } from "./timeline.ts";

/** Passes, and the neighbours that all of them may have: seconds. */
const MOST_PASSES = 8;
const MOST_NEIGHBOURS = 2.6e9;

/** What ends this near to the top is promoted by so many classes. */
const HIGH = 0.985;
const STEP = 1;

/**
 * Places all buffers.
 *
 * @param timeline The buffers
 * @param room Pools
 * @returns Where they are; maybe above a limit
 */
export function planOutwards(timeline: Timeline, room: Room): Layout {
  const { size } = timeline;
  const promoted = new Float64Array(size.length);
  const neighbours = size.length * timeline.meanLive;
  const passes = Math.min(MOST_PASSES, Math.floor(MOST_NEIGHBOURS / neighbours));
  let best = firstFit(timeline, outwards(timeline, promoted), room);
  let least = topOf(size, best.offset);
  let last = best;
  for (let pass = 1; pass < passes; pass++) {
    const high = HIGH * topOf(size, last.offset);
    last.offset.forEach((from, rank) => {
      if (from + (size[rank] ?? 0) > high) {
        promoted[rank] = STEP + (promoted[rank] ?? 0);
      }
    });
    last = firstFit(timeline, outwards(timeline, promoted), room);
    const top = topOf(size, last.offset);
    if (top >= least) continue;
    least = top;
    best = last;
  }
  return best;
}
