/**
 * First fit over a timeline: buffers one at a time in a given order, each at the lowest free offset of
 * its first pool with room. Two ways to the same result: ask the timeline for the neighbours of each
 * buffer and sort them by offset, or walk over everything placed, kept in the order of offsets. The
 * first is for many buffers of which few are live at once, the second for dense sets.
 *
 * @module
 */
import { addressLists, type Places } from "./address_lists.ts";
import type { Timeline } from "./timeline.ts";

/** Where buffers are, by rank. */
export interface Layout {
  /** Number of each buffer's pool. */
  readonly pool: Int32Array;
  /** Its offset; -1 if it is nowhere. */
  readonly offset: Float64Array;
}

/** What first fit may use. */
export interface Room {
  /** Bytes of each pool. */
  readonly limits: readonly number[];
  /** Numbers of the pools that a buffer may go into, in order of preference, by rank. */
  readonly candidates: readonly (readonly number[])[];
}

/** Up to this many, insertion is the faster sort. */
const FEW = 48;

/** From this many live at once on, on average, a set is dense. */
const DENSE_LIVE = 256;

/** Whether hundreds of buffers are live at a time. */
export function isDense(timeline: Timeline): boolean {
  return timeline.meanLive > DENSE_LIVE;
}

/**
 * Places all buffers.
 *
 * @param timeline The buffers
 * @param order Ranks, each once
 * @param room Pools. A buffer that fits nowhere goes where it ends least above the limit
 * @returns Where they are; maybe above a limit
 */
export function firstFit(timeline: Timeline, order: Uint32Array, room: Room): Layout {
  const count = timeline.buffers.length;
  const layout = { pool: new Int32Array(count), offset: new Float64Array(count).fill(-1) };
  const places = isDense(timeline)
    ? addressLists(timeline, layout, order, room.limits.length)
    : byQuestion(timeline, layout);
  for (const rank of order) {
    let excess = Infinity;
    for (const pool of room.candidates[rank] ?? []) {
      const offset = places.lowestFree(rank, pool);
      const over = offset + (timeline.size[rank] ?? 0) - (room.limits[pool] ?? 0);
      if (over >= excess) continue;
      excess = over;
      layout.pool[rank] = pool;
      layout.offset[rank] = offset;
      if (over <= 0) break;
    }
    places.add(rank);
  }
  return layout;
}

/**
 * Takes out what ends above a limit and puts each such buffer wherever there is room now.
 *
 * @param timeline The buffers
 * @param layout Where they are; changed
 * @param room Pools
 * @returns Ranks that found no room, the first births first; they are nowhere
 */
export function settle(timeline: Timeline, layout: Layout, room: Room): readonly number[] {
  const { size } = timeline;
  const { offset, pool } = layout;
  const out: number[] = [];
  offset.forEach((from, rank) => {
    if (from + (size[rank] ?? 0) <= (room.limits[pool[rank] ?? 0] ?? 0)) return;
    out.push(rank);
    offset[rank] = -1;
  });
  const places = byQuestion(timeline, layout);
  return out.filter((rank) => {
    for (const candidate of room.candidates[rank] ?? []) {
      const free = places.lowestFree(rank, candidate);
      if (free + (size[rank] ?? 0) > (room.limits[candidate] ?? 0)) continue;
      pool[rank] = candidate;
      offset[rank] = free;
      return false;
    }
    return true;
  });
}

/** Asks the timeline for those live with a buffer, once for all pools, and sorts them by offset. */
function byQuestion(timeline: Timeline, { offset, pool: poolOf }: Layout): Places {
  const { size, alignment } = timeline;
  const ranks = new Int32Array(timeline.buffers.length);
  let asked = -1;
  let found = 0;
  return {
    lowestFree(rank, pool) {
      if (asked !== rank) {
        found = timeline.neighbours(rank, offset, ranks);
        sortBy(offset, ranks, found);
        asked = rank;
      }
      const bytes = size[rank] ?? 0;
      const step = alignment[rank] ?? 1;
      let free = 0;
      for (let k = 0; k < found; k++) {
        const other = ranks[k] ?? 0;
        if (poolOf[other] !== pool) continue;
        const start = offset[other] ?? 0;
        if (free + bytes <= start) break;
        const end = start + (size[other] ?? 0);
        if (end > free) free = Math.ceil(end / step) * step;
      }
      return free;
    },
    add: () => {
      asked = -1;
    },
  };
}

/** Sorts the first `count` ranks by a key. */
export function sortBy(key: Float64Array, ranks: Int32Array, count: number): void {
  if (count > FEW) {
    ranks.subarray(0, count).sort((a, b) => (key[a] ?? 0) - (key[b] ?? 0));
    return;
  }
  for (let k = 1; k < count; k++) {
    const rank = ranks[k] ?? 0;
    const value = key[rank] ?? 0;
    let at = k - 1;
    while (at >= 0 && (key[ranks[at] ?? 0] ?? 0) > value) {
      ranks[at + 1] = ranks[at] ?? 0;
      at--;
    }
    ranks[at + 1] = rank;
  }
}
