/**
 * What is placed in each pool, in the order of offsets: the lowest free offset of a buffer is found by
 * walking up. Two things keep the walk short. Time is cut into segments, and for each it is known up to
 * where buffers that live all through it leave no hole for anything still to come: the walk starts there. The
 * lists are cut into chunks, and those that end below, or live at another time, are skipped.
 *
 * @module
 */
import { overlapInTime } from "../conflicts.ts";
import { firstBornFrom, type Timeline } from "./timeline.ts";

/** What is placed so far. */
export interface Places {
  /** Lowest free offset of a buffer in a pool. */
  lowestFree(rank: number, pool: number): number;
  /** A buffer got its place in the layout. */
  add(rank: number): void;
}

/** Buffers of a chunk, at most: what is moved to put one in, against what is skipped at once. */
const CHUNK = 256;

/** Segments of time, and births in one, at least. */
const SEGMENTS = 1024;
const LEAST_WIDTH = 8;

/**
 * Starts with nothing placed.
 *
 * @param timeline The buffers
 * @param layout Offset and pool by rank; read when a rank is added
 * @param order The order in which ranks are going to be placed, each once
 * @param pools How many pools there are
 * @returns The places
 */
export function addressLists(
  timeline: Timeline,
  { offset, pool: poolOf }: { readonly offset: Float64Array; readonly pool: Int32Array },
  order: Uint32Array,
  pools: number,
): Places {
  const { buffers, birth, death, size, alignment } = timeline;
  const gaps = Uint8Array.from(buffers, ({ intervals }) => intervals.length > 1 ? 1 : 0);
  const hasGaps = gaps.includes(1);
  const lists = Array.from({ length: pools }, (): Chunk[] => []);
  // Moments as ranks of births: half the memory to walk through, and whoever overlaps still does.
  const bornAt = Int32Array.from(birth, (moment) => firstBornFrom(timeline, moment));
  const diedAt = Int32Array.from(death, (moment) => firstBornFrom(timeline, moment));
  const count = buffers.length;
  const width = Math.max(LEAST_WIDTH, Math.ceil(count / SEGMENTS));
  const floors = lists.map(() => new Float64Array(Math.ceil(count / width)));
  const leastLeft = leastFrom(order, size);
  let added = 0;
  const apart = (a: number, b: number) =>
    (gaps[a] === 1 || gaps[b] === 1) &&
    !overlapInTime(buffers[a]?.intervals ?? [], buffers[b]?.intervals ?? []);
  return {
    lowestFree(rank, pool) {
      const born = bornAt[rank] ?? 0;
      const died = diedAt[rank] ?? 0;
      const bytes = size[rank] ?? 0;
      const step = alignment[rank] ?? 1;
      const floor = floors[pool];
      let free = 0;
      // One with holes in its life need not meet what lives all through a segment.
      if (floor !== undefined && gaps[rank] === 0) {
        for (let k = Math.floor(born / width); k * width < died; k++) {
          if ((floor[k] ?? 0) > free) free = floor[k] ?? 0;
        }
        free = Math.ceil(free / step) * step;
      }
      for (const chunk of lists[pool] ?? []) {
        if (chunk.highest <= free || chunk.earliest >= died || chunk.latest <= born) continue;
        const { ranks, births, deaths, starts, ends, length } = chunk;
        if (free + bytes <= (starts[0] ?? 0)) break;
        for (let k = 0; k < length; k++) {
          // Both differences are negative where the lives overlap: one jump instead of two.
          if ((((births[k] ?? 0) - died) & (born - (deaths[k] ?? 0))) >= 0) continue;
          const end = ends[k] ?? 0;
          if (end <= free || hasGaps && apart(rank, ranks[k] ?? 0)) continue;
          if (free + bytes <= (starts[k] ?? 0)) return free;
          free = step === 1 ? end : Math.ceil(end / step) * step;
        }
      }
      return free;
    },
    add(rank) {
      const list = lists[poolOf[rank] ?? 0];
      const floor = floors[poolOf[rank] ?? 0];
      const from = offset[rank] ?? -1;
      added++;
      if (list === undefined || floor === undefined || from < 0) return;
      const at = chunkFor(list, from);
      const chunk = list[at] ?? emptyChunk();
      put(chunk, rank, {
        birth: bornAt[rank] ?? 0,
        death: diedAt[rank] ?? 0,
        start: from,
        end: from + (size[rank] ?? 0),
      });
      if (list.length === 0) list.push(chunk);
      if (chunk.length === CHUNK) list.splice(at, 1, ...halves(chunk));
      if (gaps[rank] === 1) return;
      // No hole smaller than everything still to come will ever be filled.
      const least = leastLeft[added] ?? Infinity;
      const died = diedAt[rank] ?? 0;
      const end = died === count ? floor.length : Math.floor(died / width);
      for (let k = Math.ceil((bornAt[rank] ?? 0) / width); k < end; k++) {
        const full = floor[k] ?? 0;
        if (from < full || from - full >= least) continue;
        const segment = { from: k * width, until: Math.min(count, (k + 1) * width) };
        floor[k] = raise(list, gaps, from + (size[rank] ?? 0), least, segment);
      }
    },
  };
}

/** The least size from each place of an order on. */
function leastFrom(order: Uint32Array, size: Float64Array): Float64Array {
  const least = new Float64Array(order.length + 1).fill(Infinity);
  for (let at = order.length - 1; at >= 0; at--) {
    least[at] = Math.min(least[at + 1] ?? 0, size[order[at] ?? 0] ?? 0);
  }
  return least;
}

/** Up to where a segment is full, given that it is up to `full`; holes below `least` count as full. */
function raise(
  list: readonly Chunk[],
  gaps: Uint8Array,
  full: number,
  least: number,
  { from, until }: { from: number; until: number },
): number {
  for (let at = chunkBelow(list, full); at < list.length; at++) {
    const chunk = list[at];
    if (chunk === undefined) break;
    const { ranks, births, deaths, starts, ends, length } = chunk;
    for (let k = firstFrom(chunk, full); k < length; k++) {
      const start = starts[k] ?? 0;
      if (start - full >= least) return full;
      if ((births[k] ?? 0) > from || (deaths[k] ?? 0) < until || start < full) continue;
      if (gaps[ranks[k] ?? 0] === 0) full = Math.max(full, ends[k] ?? 0);
    }
  }
  return full;
}

/** Placed buffers by offset, copies of their facts beside each other: walking is what takes the time. */
interface Chunk {
  readonly ranks: Int32Array;
  readonly births: Int32Array;
  readonly deaths: Int32Array;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  length: number;
  /** First birth, last death and highest end. */
  earliest: number;
  latest: number;
  highest: number;
}

interface Placed {
  readonly birth: number;
  readonly death: number;
  readonly start: number;
  readonly end: number;
}

function emptyChunk(): Chunk {
  return {
    ranks: new Int32Array(CHUNK),
    births: new Int32Array(CHUNK),
    deaths: new Int32Array(CHUNK),
    starts: new Float64Array(CHUNK),
    ends: new Float64Array(CHUNK),
    length: 0,
    earliest: Infinity,
    latest: -Infinity,
    highest: 0,
  };
}

/** The last chunk that starts below an offset: the first that may hold one that starts there. */
function chunkBelow(list: readonly Chunk[], start: number): number {
  let low = 1;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.starts[0] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Place of the first of a chunk that starts at an offset or above. */
function firstFrom({ starts, length }: Chunk, start: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last chunk that starts at or below an offset. */
function chunkFor(list: readonly Chunk[], start: number): number {
  let low = 1;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.starts[0] ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function put(chunk: Chunk, rank: number, { birth, death, start, end }: Placed): void {
  const { ranks, births, deaths, starts, ends, length } = chunk;
  let at = length;
  for (; at > 0 && (starts[at - 1] ?? 0) > start; at--);
  for (const column of [ranks, births, deaths, starts, ends]) {
    column.copyWithin(at + 1, at, length);
  }
  ranks[at] = rank;
  births[at] = birth;
  deaths[at] = death;
  starts[at] = start;
  ends[at] = end;
  chunk.length++;
  chunk.earliest = Math.min(chunk.earliest, birth);
  chunk.latest = Math.max(chunk.latest, death);
  chunk.highest = Math.max(chunk.highest, end);
}

function halves(chunk: Chunk): readonly Chunk[] {
  return [[0, CHUNK / 2], [CHUNK / 2, CHUNK]].map(([from, until]) => {
    const half = emptyChunk();
    half.ranks.set(chunk.ranks.subarray(from, until));
    half.births.set(chunk.births.subarray(from, until));
    half.deaths.set(chunk.deaths.subarray(from, until));
    half.starts.set(chunk.starts.subarray(from, until));
    half.ends.set(chunk.ends.subarray(from, until));
    half.length = CHUNK / 2;
    for (let k = 0; k < half.length; k++) {
      half.earliest = Math.min(half.earliest, half.births[k] ?? 0);
      half.latest = Math.max(half.latest, half.deaths[k] ?? 0);
      half.highest = Math.max(half.highest, half.ends[k] ?? 0);
    }
    return half;
  });
}
