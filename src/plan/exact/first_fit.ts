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
  // Placed buffers by offset, and for each buffer the last one that it was found in conflict with.
  const placed: number[] = [];
  const conflictWith = new Int32Array(model.buffers).fill(-1);
  let peak = 0;
  const isPinned = (buffer: number) => (fixed[buffer] ?? -1) >= 0;
  const sorted = [...order];
  for (const buffer of [...sorted.filter(isPinned), ...sorted.filter((one) => !isPinned(one))]) {
    const bytes = size[buffer] ?? 0;
    const step = alignment[buffer] ?? 1;
    const end = start[buffer + 1] ?? 0;
    for (let k = start[buffer] ?? 0; k < end; k++) conflictWith[items[k] ?? 0] = buffer;
    let at = Math.max(fixed[buffer] ?? 0, 0);
    for (const other of placed) {
      if (conflictWith[other] !== buffer) continue;
      const from = offsets[other] ?? 0;
      const top = from + (size[other] ?? 0);
      if (top <= at) continue;
      if (at + bytes <= from) break;
      if (isPinned(buffer)) return undefined;
      at = Math.ceil(top / step) * step;
    }
    offsets[buffer] = at;
    peak = Math.max(peak, at + bytes);
    let place = placed.length;
    while (place > 0 && (offsets[placed[place - 1] ?? 0] ?? 0) > at) {
      placed[place] = placed[place - 1] ?? 0;
      place--;
    }
    placed[place] = buffer;
  }
  return { offsets, peak };
}
