/**
 * Conflicts: two buffers of one kind whose lifetimes overlap cannot share bytes. The relation is
 * symmetric by construction and never listed as pairs: weights are all live always, so a list of their
 * pairs would be quadratic. (TVM keeps lists, one-directional and with duplicates, and sorts by their
 * length.)
 *
 * @module
 */
import type { BufferInfo, Interval } from "./types.ts";

/**
 * Whether two buffers are live in the same statement.
 *
 * @param a Intervals in order, disjoint
 * @param b Intervals in order, disjoint
 * @returns Whether a statement lies in both
 */
export function overlapInTime(a: readonly Interval[], b: readonly Interval[]): boolean {
  let i = 0;
  let j = 0;
  for (let x = a[0], y = b[0]; x !== undefined && y !== undefined; x = a[i], y = b[j]) {
    if (x.last < y.first) i++;
    else if (y.last < x.first) j++;
    else return true;
  }
  return false;
}

/**
 * Whether two different buffers conflict.
 *
 * @param a A buffer
 * @param b Another buffer
 * @returns Whether both are of one kind and live in the same statement
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inConflict } from "./conflicts.ts";
 *
 * const live = (first: number, last: number) =>
 *   ({ kind: "workspace", intervals: [{ first, last }] }) as const;
 * assertEquals(inConflict(live(0, 2), live(2, 3)), true);
 * assertEquals(inConflict(live(0, 1), live(2, 3)), false);
 * ```
 */
export function inConflict(
  a: Pick<BufferInfo, "kind" | "intervals">,
  b: Pick<BufferInfo, "kind" | "intervals">,
): boolean {
  return a.kind === b.kind && overlapInTime(a.intervals, b.intervals);
}

/**
 * Counts each buffer's conflicts.
 *
 * @param buffers Buffers
 * @returns For each, with how many of the others it conflicts
 */
export function conflictCounts(buffers: readonly BufferInfo[]): readonly number[] {
  const counts = new Array<number>(buffers.length).fill(0);
  buffers.forEach((a, i) => {
    for (let j = i + 1; j < buffers.length; j++) {
      const b = buffers[j];
      if (b !== undefined && inConflict(a, b)) {
        counts[i] = (counts[i] ?? 0) + 1;
        counts[j] = (counts[j] ?? 0) + 1;
      }
    }
  });
  return counts;
}
