/**
 * Lifetimes that have given conflicts, no more and no fewer: each moment stands for a set of buffers
 * that all conflict with each other. The sets are grown greedily until every conflict is in one; the
 * larger they are, the nearer the lower bound (the bytes live in a moment) to the truth.
 *
 * @module
 */
import type { Interval } from "../types.ts";

/**
 * Finds lifetimes.
 *
 * @param conflicts For each buffer the numbers of those it conflicts with; symmetric
 * @returns Intervals of each
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { intervalsOfConflicts } from "./cliques.ts";
 *
 * const path = [new Set([1]), new Set([0, 2]), new Set([1])];
 * assertEquals(intervalsOfConflicts(path).map((one) => one.map(({ first, last }) => [first, last])), [
 *   [[0, 0]],
 *   [[0, 1]],
 *   [[1, 1]],
 * ]);
 * ```
 */
export function intervalsOfConflicts(
  conflicts: readonly ReadonlySet<number>[],
): readonly (readonly Interval[])[] {
  const intervals: { first: number; last: number }[][] = conflicts.map(() => []);
  const covered = conflicts.map(() => new Set<number>());
  let moment = 0;
  const liveNow = (clique: readonly number[]) => {
    for (const one of clique) {
      const last = intervals[one]?.at(-1);
      if (last !== undefined && last.last === moment - 1) last.last = moment;
      else intervals[one]?.push({ first: moment, last: moment });
      for (const other of clique) if (other !== one) covered[one]?.add(other);
    }
    moment++;
  };
  conflicts.forEach((others, one) => {
    if (others.size === 0) liveNow([one]);
    for (const other of [...others].sort((a, b) => a - b)) {
      if (covered[one]?.has(other) === true) continue;
      const clique = [one, other];
      for (const third of others) {
        if (clique.every((member) => conflicts[member]?.has(third) === true)) clique.push(third);
      }
      liveNow(clique);
    }
  });
  return intervals;
}
