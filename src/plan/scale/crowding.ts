/**
 * How crowded it gets during each buffer's life. The bytes live at once differ so much over time that
 * few moments decide the peak; an order that fills those first leaves no holes where none may be.
 *
 * @module
 */
import { firstBornFrom, type Timeline } from "./timeline.ts";

/** Ranks of one block; the most of a block is looked up. */
const BLOCK = 64;

/** Bytes live over time. */
export interface Crowding {
  /** Most bytes live at once during the life of each rank. */
  readonly most: Float64Array;
  /** The moment at which most are live. */
  readonly peak: number;
  /** Bytes live then. */
  readonly bytes: number;
}

/**
 * Finds how crowded it gets.
 *
 * @param timeline Buffers; gaps within a life count as life
 * @returns The most bytes live with each buffer, in O(n log n) steps and O(n) memory
 */
export function crowdingOf(timeline: Timeline): Crowding {
  const { birth, death, size } = timeline;
  const live = liveAtBirths(timeline);
  const count = live.length;
  const table = blockTable(live);
  const most = new Float64Array(count);
  let peak = 0;
  let bytes = 0;
  for (let rank = 0; rank < count; rank++) {
    const end = firstBornFrom(timeline, death[rank] ?? 0);
    most[rank] = mostWithin(live, table, rank, Math.max(end, rank + 1));
    if ((live[rank] ?? 0) > bytes) {
      bytes = live[rank] ?? 0;
      peak = birth[rank] ?? 0;
    }
  }
  return { most: size.length === 0 ? size : most, peak, bytes };
}

/** Bytes live at the birth of each rank; those born together see the same. */
function liveAtBirths({ birth, death, size }: Timeline): Float64Array {
  const count = birth.length;
  const byDeath = new Uint32Array(count).map((_, rank) => rank)
    .sort((a, b) => (death[a] ?? 0) - (death[b] ?? 0));
  const live = new Float64Array(count);
  let dead = 0;
  let now = 0;
  for (let first = 0; first < count;) {
    const moment = birth[first] ?? 0;
    let end = first;
    for (; end < count && birth[end] === moment; end++) now += size[end] ?? 0;
    for (; dead < count && (death[byDeath[dead] ?? 0] ?? 0) <= moment; dead++) {
      now -= size[byDeath[dead] ?? 0] ?? 0;
    }
    live.fill(now, first, end);
    first = end;
  }
  return live;
}

/** Most of each 2^k blocks in a row, for every k. */
function blockTable(live: Float64Array): readonly Float64Array[] {
  const blocks = new Float64Array(Math.ceil(live.length / BLOCK));
  live.forEach((value, rank) => {
    const block = Math.floor(rank / BLOCK);
    if (value > (blocks[block] ?? 0)) blocks[block] = value;
  });
  const table = [blocks];
  for (let width = 1; 2 * width <= blocks.length; width *= 2) {
    const below = table.at(-1) ?? blocks;
    table.push(
      Float64Array.from(
        { length: blocks.length - 2 * width + 1 },
        (_, i) => Math.max(below[i] ?? 0, below[i + width] ?? 0),
      ),
    );
  }
  return table;
}

function mostWithin(
  live: Float64Array,
  table: readonly Float64Array[],
  first: number,
  end: number,
): number {
  let most = 0;
  const firstBlock = Math.ceil(first / BLOCK);
  const endBlock = Math.floor(end / BLOCK);
  if (firstBlock >= endBlock) {
    for (let rank = first; rank < end; rank++) most = Math.max(most, live[rank] ?? 0);
    return most;
  }
  for (let rank = first; rank < firstBlock * BLOCK; rank++) most = Math.max(most, live[rank] ?? 0);
  for (let rank = endBlock * BLOCK; rank < end; rank++) most = Math.max(most, live[rank] ?? 0);
  const level = 31 - Math.clz32(endBlock - firstBlock);
  const row = table[level];
  return Math.max(most, row?.[firstBlock] ?? 0, row?.[endBlock - 2 ** level] ?? 0);
}
