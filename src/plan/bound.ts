/**
 * Lower bounds: what no layout can do without.
 *
 * @module
 */
import type { BufferInfo } from "./types.ts";

/** Statements for each interval, at most, with which an array of statements is the smaller table. */
const MOST_SPREAD = 8;

/** The moment at which most bytes are live. */
export interface Peak {
  /** Sum of the sizes of the buffers that are live then. */
  readonly bytes: number;
  /** Statement; the first one that reaches the sum. */
  readonly moment: number;
}

/**
 * Max over time of the sum of live sizes. A pool that holds all these buffers needs at least that many
 * bytes, whatever the layout; alignment is not counted.
 *
 * @param buffers Buffers with their lifetimes
 * @returns Bytes and moment; 0 and 0 if there is no buffer
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { maxLive } from "./bound.ts";
 *
 * const buffer = (size: number, first: number, last: number) => ({ size, intervals: [{ first, last }] });
 * assertEquals(maxLive([buffer(8, 0, 1), buffer(4, 1, 2), buffer(6, 2, 3)]), { bytes: 12, moment: 1 });
 * ```
 */
export function maxLive(buffers: readonly Pick<BufferInfo, "size" | "intervals">[]): Peak {
  const { moments, changes } = changesOf(buffers);
  let live = 0;
  let peak: Peak = { bytes: 0, moment: 0 };
  moments.forEach((moment, i) => {
    live += changes[i] ?? 0;
    if (live > peak.bytes) peak = { bytes: live, moment };
  });
  return peak;
}

/** Moments ascending, and by how much the live bytes change at each. */
function changesOf(buffers: readonly Pick<BufferInfo, "size" | "intervals">[]) {
  let from = Infinity;
  let until = -Infinity;
  let count = 0;
  for (const { intervals } of buffers) {
    for (const { first, last } of intervals) {
      if (first < from) from = first;
      if (last >= until) until = last + 1;
      count++;
    }
  }
  // A statement that is nobody's moment changes nothing, so an array serves where most are somebody's.
  const span = count === 0 ? 0 : until - from + 1;
  const moments = span <= MOST_SPREAD * count
    ? Float64Array.from({ length: span }, (_, i) => from + i)
    : distinctMoments(buffers);
  const changes = new Float64Array(moments.length);
  const places = span <= MOST_SPREAD * count
    ? undefined
    : new Map([...moments].map((moment, i) => [moment, i]));
  const change = (moment: number, by: number) => {
    const place = places === undefined ? moment - from : places.get(moment) ?? 0;
    changes[place] = (changes[place] ?? 0) + by;
  };
  for (const { size, intervals } of buffers) {
    for (const { first, last } of intervals) {
      change(first, size);
      change(last + 1, -size);
    }
  }
  return { moments, changes };
}

function distinctMoments(
  buffers: readonly Pick<BufferInfo, "intervals">[],
): Float64Array<ArrayBuffer> {
  const found = new Set<number>();
  for (const { intervals } of buffers) {
    for (const { first, last } of intervals) found.add(first).add(last + 1);
  }
  return Float64Array.from(found).sort();
}

/** Whether a buffer is live in a statement. */
export function isLiveAt(buffer: Pick<BufferInfo, "intervals">, moment: number): boolean {
  return buffer.intervals.some(({ first, last }) => first <= moment && moment <= last);
}
