/**
 * What TVM's algorithms see: buffers with lists of conflicts instead of lifetimes. The lists may hold a
 * buffer several times (it is live in several calls), name a pair on one side only (TVM's own tests do),
 * and their length is a sort key. (TVM 513c2be0, src/tir/usmp/analysis/extract_buffer_info.cc.)
 *
 * @module
 */
import { maxLive } from "../bound.ts";
import type { BufferInfo, PlanProblem } from "../types.ts";

/** A buffer as TVM describes it. */
export interface TvmBuffer {
  /** Unique name. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes, a power of two. */
  readonly alignment: number;
  /** Names of buffers, in TVM's order, duplicates included. */
  readonly conflicts: readonly string[];
  /** Names of pools, in order of preference. */
  readonly candidates: readonly string[];
}

/** What TVM's algorithms solve. */
export interface TvmProblem {
  /** Bytes that each pool may grow to; `Infinity` where TVM's size hint is -1. */
  readonly pools: ReadonlyMap<string, number>;
  /** All buffers. */
  readonly buffers: readonly TvmBuffer[];
  /** Max over time of the sum of live sizes: hill_climb stops when it needs no more. */
  readonly memoryPressure: number;
}

/**
 * Lists conflicts from lifetimes as TVM does: a sweep over starts and ends, at the same statement starts
 * first; whoever starts goes to the end of the list of everyone that is open, and the other way round.
 *
 * @param problem Buffers of one kind with lifetimes
 * @returns The same problem with lists
 */
export function toTvmProblem(problem: PlanProblem): TvmProblem {
  const conflicts = new Map<string, string[]>(problem.buffers.map(({ name }) => [name, []]));
  const events = problem.buffers.flatMap((buffer) =>
    buffer.intervals.flatMap(({ first, last }) => [
      { tick: first, end: 0, buffer },
      { tick: last, end: 1, buffer },
    ])
  ).sort((a, b) => a.tick - b.tick || a.end - b.end);
  const open = new Set<BufferInfo>();
  for (const { end, buffer } of events) {
    if (end === 1) {
      open.delete(buffer);
      continue;
    }
    for (const other of open) {
      conflicts.get(other.name)?.push(buffer.name);
      conflicts.get(buffer.name)?.push(other.name);
    }
    open.add(buffer);
  }
  return {
    pools: new Map(problem.pools.map((pool) => [pool.name, pool.limitBytes])),
    buffers: problem.buffers.map(({ name, size, alignment, candidates }) => ({
      name,
      size,
      alignment,
      candidates,
      conflicts: conflicts.get(name) ?? [],
    })),
    memoryPressure: maxLive(problem.buffers).bytes,
  };
}
