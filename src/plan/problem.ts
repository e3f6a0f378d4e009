/**
 * What a problem must be before a planner sees it. Problems also come from files and scripts, so
 * nothing is taken for granted.
 *
 * @module
 */
import type { PlanFinding } from "../base/documents.ts";
import { InfeasibleError, InputError } from "../base/error.ts";
import { closest, formatBytes } from "../base/units.ts";
import { isPowerOfTwo } from "./pool_spec.ts";
import type { BufferInfo, PlanProblem, Pool } from "./types.ts";

/** Sums of sizes stay exact below it; no 32-bit machine has a thousandth of it. */
const MAX_TOTAL = Number.MAX_SAFE_INTEGER;

/**
 * Checks a problem.
 *
 * @param problem Pools and buffers
 * @throws {InputError} If a size, limit, alignment, interval or name makes no sense (E-PLAN-PROBLEM), or
 *   a buffer may go into a pool that does not exist or is of the other kind (E-PLAN-POOL-UNKNOWN,
 *   E-PLAN-POOL-KIND)
 * @throws {InfeasibleError} If a pool is aligned to less than a buffer that may go into it (E-PLAN-PROBLEM)
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { checkProblem } from "./problem.ts";
 *
 * const buffer = {
 *   name: "x", func: "f", size: 0, alignment: 1, kind: "workspace", candidates: [], intervals: [],
 * } as const;
 * assertThrows(() => checkProblem({ pools: [], buffers: [buffer] }), Error, "its size is 0 B");
 * ```
 */
export function checkProblem(problem: PlanProblem): void {
  checkShape(problem);
  checkAlignments(problem);
}

/**
 * Checks all but the alignments of pools, which a person can be helped with once the rest makes sense.
 *
 * @param problem Pools and buffers
 * @throws {InputError} As {@linkcode checkProblem}
 */
export function checkShape(problem: PlanProblem): void {
  const pools = new Map<string, Pool>();
  for (const pool of problem.pools) {
    checkPool(pool);
    if (pools.has(pool.name)) {
      throw problemError(`Cannot plan pool "${pool.name}"`, "two pools have the name", "one");
    }
    pools.set(pool.name, pool);
  }
  const names = new Set<string>();
  let total = 0;
  let before: BufferInfo | undefined;
  for (const buffer of problem.buffers) {
    checkBuffer(buffer);
    if (names.has(buffer.name)) {
      throw problemError(`Cannot plan buffer "${buffer.name}"`, "two buffers have the name", "one");
    }
    names.add(buffer.name);
    // Large sets share one list; it is checked once.
    if (
      before === undefined || buffer.candidates !== before.candidates ||
      buffer.kind !== before.kind
    ) checkCandidates(buffer, pools);
    before = buffer;
    // Rounding each up to its alignment is the most that a layout without gaps can waste.
    total += Math.ceil(buffer.size / buffer.alignment) * buffer.alignment;
    if (total > MAX_TOTAL) {
      throw problemError(
        `Cannot plan ${problem.buffers.length} buffers`,
        `their sizes sum to more than ${MAX_TOTAL} B`,
        "a sum below that",
      );
    }
  }
}

function checkPool(pool: Pool): void {
  const what = `Cannot plan pool "${pool.name}"`;
  if (!Number.isSafeInteger(pool.limitBytes) || pool.limitBytes < 0) {
    throw problemError(what, `its limit is ${pool.limitBytes} B`, "a whole number of 0 or more");
  }
  if (!isPowerOfTwo(pool.alignment)) {
    throw problemError(what, `its alignment is ${pool.alignment} B`, "a power of two");
  }
}

function checkBuffer(buffer: BufferInfo): void {
  const what = `Cannot plan buffer "${buffer.name}"`;
  if (!Number.isSafeInteger(buffer.size) || buffer.size < 1) {
    throw problemError(
      what,
      `its size is ${buffer.size} B`,
      `a whole number from 1 to ${MAX_TOTAL}`,
    );
  }
  if (!isPowerOfTwo(buffer.alignment)) {
    throw problemError(what, `its alignment is ${buffer.alignment} B`, "a power of two");
  }
  if (buffer.intervals.length === 0) {
    throw problemError(what, "it is never live", "an interval");
  }
  let previous = -1;
  for (const { first, last } of buffer.intervals) {
    const whole = Number.isSafeInteger(first) && Number.isSafeInteger(last + 1);
    if (!whole || first <= previous || last < first) {
      throw problemError(
        what,
        `its interval ${first} to ${last} follows statement ${previous}`,
        "intervals from 0 on, in order and disjoint",
      );
    }
    previous = last;
  }
}

function checkCandidates(buffer: BufferInfo, pools: ReadonlyMap<string, Pool>): void {
  const what = `Cannot plan buffer "${buffer.name}"`;
  if (buffer.candidates.length === 0) {
    throw problemError(what, "it has no candidate pool", "one or more");
  }
  if (new Set(buffer.candidates).size !== buffer.candidates.length) {
    throw problemError(what, `its candidates are ${buffer.candidates.join(", ")}`, "each once");
  }
  for (const name of buffer.candidates) {
    const pool = pools.get(name);
    if (pool === undefined) {
      const guess = closest(name, pools.keys());
      throw new InputError(
        "E-PLAN-POOL-UNKNOWN",
        `${what}: its candidate "${name}" is no pool, one of ${
          [...pools.keys()].join(", ")
        } is needed`,
        { hints: guess === undefined ? [] : [`Did you mean "${guess}"?`] },
      );
    }
    if (pool.kind !== buffer.kind) {
      throw new InputError(
        "E-PLAN-POOL-KIND",
        `${what}: it is a ${buffer.kind} and its candidate "${name}" is a ${pool.kind} pool, a ${buffer.kind} pool is needed`,
      );
    }
  }
}

/** A buffer's alignment is more than that of a pool that it may go into. */
export class MisalignedError extends InfeasibleError {
  /** Names of the buffer and the pool. */
  readonly at: { readonly buffer: string; readonly pool: string };

  /**
   * Makes the error.
   *
   * @param at Names of the buffer and the pool
   * @param message Sentence
   * @param findings What stands in the way
   */
  constructor(
    at: MisalignedError["at"],
    message: string,
    findings: readonly PlanFinding[] = [],
  ) {
    const hints = findings.flatMap(({ changes }) => changes.map(({ text }) => text));
    super("E-PLAN-PROBLEM", message, { hints, findings });
    this.at = at;
  }

  /** The same error, explained. */
  with(finding: PlanFinding): MisalignedError {
    return new MisalignedError(this.at, this.message, [finding]);
  }
}

/**
 * Checks that pools are aligned as their buffers need.
 *
 * @param problem Pools and buffers
 * @throws {MisalignedError} If one is not (E-PLAN-PROBLEM)
 */
export function checkAlignments({ pools, buffers }: PlanProblem): void {
  const alignments = new Map(pools.map(({ name, alignment }) => [name, alignment]));
  const least = pools.reduce((few, { alignment }) => Math.min(few, alignment), Infinity);
  for (const { name, alignment, candidates } of buffers) {
    // Powers of two: what divides the least divides all.
    if (alignment <= least) continue;
    const pool = candidates.find((one) => (alignments.get(one) ?? 1) % alignment !== 0);
    if (pool === undefined) continue;
    throw new MisalignedError(
      { buffer: name, pool },
      `Cannot plan buffer "${name}": its alignment is ${
        formatBytes(alignment)
      } and its candidate "${pool}" is aligned to ${
        formatBytes(alignments.get(pool) ?? 1)
      }, a pool alignment that it divides is needed`,
    );
  }
}

function problemError(what: string, actual: string, needed: string): InputError {
  return new InputError("E-PLAN-PROBLEM", `${what}: ${actual}, ${needed} is needed`);
}
