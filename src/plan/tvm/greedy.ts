/**
 * TVM's greedy placement, rule by rule: each buffer above the highest of its conflicts that is already
 * in the pool, rounded up to the *neighbour's* alignment, gaps never filled, in the first candidate pool
 * that is left. A pool that one conflict ruled out comes back when a later conflict in it leaves room:
 * that is TVM's defect, kept here because offsets depend on it, and caught by
 * {@link ./sound.ts}. (TVM 513c2be0, src/tir/usmp/algo/greedy.cc.)
 *
 * @module
 */
import type { Placement } from "../types.ts";
import type { TvmBuffer, TvmProblem } from "./problem.ts";

/** What an algorithm ends with. */
export interface TvmOutcome {
  /** Where the buffers go, in the order of the problem; all of them unless one failed. */
  readonly placements: readonly Placement[];
  /** First buffer that found no pool. */
  readonly failed?: TvmBuffer | undefined;
}

/** Order of buffers: negative if `a` goes first. */
export type TvmOrder = (a: TvmBuffer, b: TvmBuffer) => number;

/** Largest first, then the longest list of conflicts, then the later name. */
export const bySize: TvmOrder = (a, b) =>
  b.size - a.size || b.conflicts.length - a.conflicts.length || laterName(a, b);

/** Longest list of conflicts first, then the largest, then the later name. */
export const byConflicts: TvmOrder = (a, b) =>
  b.conflicts.length - a.conflicts.length || b.size - a.size || laterName(a, b);

/** Places all buffers in an order. */
export function tvmGreedy(problem: TvmProblem, order: TvmOrder): TvmOutcome {
  const buffers = new Map(problem.buffers.map((buffer) => [buffer.name, buffer]));
  const placed = new Map<string, Placement>();
  for (const buffer of problem.buffers.toSorted(order)) {
    const offsets = new Map<string, number>();
    for (const pool of buffer.candidates) {
      if (fits(problem, pool, 0, buffer)) offsets.set(pool, 0);
    }
    for (const name of buffer.conflicts) {
      const other = placed.get(name);
      const neighbour = buffers.get(name);
      if (other === undefined || neighbour === undefined) continue;
      const next = roundUp(other.offset + neighbour.size, neighbour.alignment);
      if (fits(problem, other.pool, next, buffer)) {
        offsets.set(other.pool, Math.max(offsets.get(other.pool) ?? 0, next));
      } else {
        offsets.delete(other.pool);
      }
    }
    const pool = buffer.candidates.find((name) => offsets.has(name));
    if (pool === undefined) return { placements: inOrder(problem, placed), failed: buffer };
    placed.set(buffer.name, { name: buffer.name, pool, offset: offsets.get(pool) ?? 0 });
  }
  return { placements: inOrder(problem, placed) };
}

/** Whether a buffer at that offset stays within the pool. */
export function fits(
  problem: TvmProblem,
  pool: string,
  offset: number,
  buffer: TvmBuffer,
): boolean {
  return offset + buffer.size <= (problem.pools.get(pool) ?? 0);
}

/** The next multiple. */
export function roundUp(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

function inOrder(problem: TvmProblem, placed: ReadonlyMap<string, Placement>): Placement[] {
  return problem.buffers.flatMap(({ name }) => placed.get(name) ?? []);
}

function laterName(a: TvmBuffer, b: TvmBuffer): number {
  return a.name < b.name ? 1 : a.name > b.name ? -1 : 0;
}
