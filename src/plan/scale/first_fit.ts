/**
 * First fit over a timeline: buffers one at a time in a given order, each at the lowest free offset of
 * its first pool with room. Two ways to the same result: ask the timeline for the neighbours of each
 * buffer and sort them by offset, or walk over everything placed, kept in the order of offsets. The
 * first is for many buffers of which few are live at once, the second for dense sets.
 *
 * @module
 */
import { overlapInTime } from "../conflicts.ts";
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

/** From this many live at once on, sorting neighbours costs more than walking over all. */
const DENSE_LIVE = 256;

/** Whether buffers are placed by walking over all of them. */
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
  const neighbours = isDense(timeline)
    ? addressList(timeline, layout, room.limits.length === 1)
    : byQuestion(timeline, layout);
  for (const rank of order) {
    const found = neighbours.of(rank);
    let excess = Infinity;
    for (const pool of room.candidates[rank] ?? []) {
      const offset = lowestFree(timeline, layout, rank, pool, neighbours.ranks, found);
      const over = offset + (timeline.size[rank] ?? 0) - (room.limits[pool] ?? 0);
      if (over >= excess) continue;
      excess = over;
      layout.pool[rank] = pool;
      layout.offset[rank] = offset;
      if (over <= 0) break;
    }
    neighbours.add(rank);
  }
  return layout;
}

/** Placed buffers that are live together with one, by offset. */
interface Neighbours {
  readonly ranks: Int32Array;
  of(rank: number): number;
  add(rank: number): void;
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
  const neighbours = byQuestion(timeline, layout);
  return out.filter((rank) => {
    const found = neighbours.of(rank);
    for (const candidate of room.candidates[rank] ?? []) {
      const free = lowestFree(timeline, layout, rank, candidate, neighbours.ranks, found);
      if (free + (size[rank] ?? 0) > (room.limits[candidate] ?? 0)) continue;
      pool[rank] = candidate;
      offset[rank] = free;
      return false;
    }
    return true;
  });
}

function byQuestion(timeline: Timeline, { offset }: Layout): Neighbours {
  const ranks = new Int32Array(timeline.buffers.length);
  return {
    ranks,
    of(rank) {
      const found = timeline.neighbours(rank, offset, ranks);
      sortBy(offset, ranks, found);
      return found;
    },
    add: () => {},
  };
}

/** With one pool only, the walk ends where there is room: what lies above does not matter. */
function addressList(
  { buffers, birth, death, size, alignment }: Timeline,
  { offset }: Layout,
  onePool: boolean,
): Neighbours {
  const count = buffers.length;
  const ranks = new Int32Array(count);
  // Copies beside each other: the walk over them is what takes the time.
  const all = new Int32Array(count);
  const births = new Float64Array(count);
  const deaths = new Float64Array(count);
  let length = 0;
  const apart = (a: number, b: number) =>
    ((buffers[a]?.intervals.length ?? 0) > 1 || (buffers[b]?.intervals.length ?? 0) > 1) &&
    !overlapInTime(buffers[a]?.intervals ?? [], buffers[b]?.intervals ?? []);
  return {
    ranks,
    of(rank) {
      const born = birth[rank] ?? 0;
      const died = death[rank] ?? 0;
      const bytes = size[rank] ?? 0;
      const step = alignment[rank] ?? 1;
      let found = 0;
      let free = 0;
      for (let k = 0; k < length; k++) {
        if ((births[k] ?? 0) >= died || (deaths[k] ?? 0) <= born) continue;
        const other = all[k] ?? 0;
        if (apart(rank, other)) continue;
        ranks[found++] = other;
        const start = offset[other] ?? 0;
        if (onePool && free + bytes <= start) break;
        free = Math.max(free, Math.ceil((start + (size[other] ?? 0)) / step) * step);
      }
      return found;
    },
    add(rank) {
      let low = 0;
      let high = length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((offset[all[middle] ?? 0] ?? 0) <= (offset[rank] ?? 0)) low = middle + 1;
        else high = middle;
      }
      for (const list of [all, births, deaths]) list.copyWithin(low + 1, low, length);
      all[low] = rank;
      births[low] = birth[rank] ?? 0;
      deaths[low] = death[rank] ?? 0;
      length++;
    },
  };
}

function lowestFree(
  { size, alignment }: Timeline,
  layout: Layout,
  rank: number,
  pool: number,
  others: Int32Array,
  count: number,
): number {
  const bytes = size[rank] ?? 0;
  const step = alignment[rank] ?? 1;
  let free = 0;
  for (let k = 0; k < count; k++) {
    const other = others[k] ?? 0;
    if (layout.pool[other] !== pool) continue;
    const start = layout.offset[other] ?? 0;
    if (free + bytes <= start) break;
    const end = start + (size[other] ?? 0);
    if (end > free) free = Math.ceil(end / step) * step;
  }
  return free;
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
