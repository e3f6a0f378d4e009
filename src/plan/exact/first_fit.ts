/**
 * A layout at once: buffers in a given order, each at the lowest offset that is free. Not the best one,
 * but it shows from above what the search has to beat.
 *
 * @module
 */
import type { Model } from "./model.ts";

/** A layout and the units it needs. */
export interface FirstFit {
  /** Offset of each buffer. */
  readonly offsets: Int32Array;
  /** Highest end. */
  readonly peak: number;
}

/**
 * Places buffers one by one; those with an offset of their own go first.
 *
 * @param model The problem
 * @param order Numbers of buffers
 * @returns The layout, or nothing if buffers with fixed offsets are in each other's way
 */
export function firstFit(model: Model, order: Int32Array): FirstFit | undefined {
  const { size, alignment, fixed, conflictsOf: { start, items } } = model;
  const offsets = new Int32Array(model.buffers).fill(-1);
  let peak = 0;
  const sorted = [...order];
  const pinned = sorted.filter((buffer) => (fixed[buffer] ?? -1) >= 0);
  for (const buffer of [...pinned, ...sorted.filter((one) => (fixed[one] ?? -1) < 0)]) {
    const bytes = size[buffer] ?? 0;
    const step = alignment[buffer] ?? 1;
    const others = Array.from(items.subarray(start[buffer], start[buffer + 1]))
      .filter((other) => (offsets[other] ?? -1) >= 0)
      .sort((a, b) => (offsets[a] ?? 0) - (offsets[b] ?? 0));
    const own = fixed[buffer] ?? -1;
    let at = Math.max(own, 0);
    for (const other of others) {
      const from = offsets[other] ?? 0;
      const end = from + (size[other] ?? 0);
      if (end <= at) continue;
      if (at + bytes <= from) break;
      if (own >= 0) return undefined;
      at = Math.ceil(end / step) * step;
    }
    offsets[buffer] = at;
    peak = Math.max(peak, at + bytes);
  }
  return { offsets, peak };
}
