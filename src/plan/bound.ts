/**
 * Lower bounds: what no layout can do without.
 *
 * @module
 */
import type { BufferInfo } from "./types.ts";

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
  const changes = new Map<number, number>();
  for (const { size, intervals } of buffers) {
    for (const { first, last } of intervals) {
      changes.set(first, (changes.get(first) ?? 0) + size);
      changes.set(last + 1, (changes.get(last + 1) ?? 0) - size);
    }
  }
  let live = 0;
  let peak: Peak = { bytes: 0, moment: 0 };
  for (const moment of [...changes.keys()].sort((a, b) => a - b)) {
    live += changes.get(moment) ?? 0;
    if (live > peak.bytes) peak = { bytes: live, moment };
  }
  return peak;
}

/** Whether a buffer is live in a statement. */
export function isLiveAt(buffer: Pick<BufferInfo, "intervals">, moment: number): boolean {
  return buffer.intervals.some(({ first, last }) => first <= moment && moment <= last);
}
