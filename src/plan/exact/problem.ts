/**
 * What can be packed exactly: buffers with sizes, lifetimes and wishes, one capacity. Problems come from
 * files and scripts too, so everything is checked before the search sees it.
 *
 * @module
 */
import { InputError } from "../../base/error.ts";

/** A buffer to pack. */
export interface PackingBuffer {
  /** Bytes, 1 or more. */
  readonly size: number;
  /** Its offset is a multiple of it; 1 if absent. */
  readonly alignment?: number | undefined;
  /** Offset that it must have. */
  readonly offset?: number | undefined;
  /** Half-open intervals [lower, upper) of time in which it is live, ascending and disjoint. */
  readonly intervals: readonly (readonly [lower: number, upper: number])[];
}

/** Buffers and the bytes they may use. Buffers are meant by their index. */
export interface PackingProblem {
  /** Bytes. */
  readonly capacity: number;
  /** Buffers. */
  readonly buffers: readonly PackingBuffer[];
  /** Pairs that share no bytes though they are not live together. */
  readonly apart?: readonly (readonly [number, number])[] | undefined;
  /** Pairs of one size that have one offset, live together or not. */
  readonly together?: readonly (readonly [number, number])[] | undefined;
}

/** The search lists pairs of buffers; beyond it a heuristic is the right tool. */
export const MAX_BUFFERS = 4096;

/**
 * Checks a problem.
 *
 * @param problem Capacity, buffers, pairs
 * @throws {InputError} If a number makes no sense or a pair contradicts itself (E-PLAN-EXACT), or there
 *   are more than 4096 buffers (E-PLAN-EXACT-SIZE)
 */
export function checkPacking(problem: PackingProblem): void {
  const { capacity, buffers } = problem;
  if (!isWhole(capacity, 0)) {
    throw wrong("Cannot pack", `the capacity is ${capacity} B`, "a whole number of 0 or more");
  }
  if (buffers.length > MAX_BUFFERS) {
    throw new InputError(
      "E-PLAN-EXACT-SIZE",
      `Cannot pack ${buffers.length} buffers exactly: ${MAX_BUFFERS} are the most, a smaller problem is needed`,
      { hints: ["Use a heuristic algorithm"] },
    );
  }
  buffers.forEach(checkOne);
  for (const pair of [...problem.apart ?? [], ...problem.together ?? []]) {
    const [a, b] = pair;
    if (buffers[a] === undefined || buffers[b] === undefined || a === b) {
      throw wrong(
        `Cannot pack buffers ${a} and ${b} as asked`,
        `there are ${buffers.length} buffers`,
        "a pair of different indices of buffers",
      );
    }
  }
  for (const [a, b] of problem.together ?? []) {
    const sizes = [buffers[a]?.size, buffers[b]?.size];
    if (sizes[0] !== sizes[1]) {
      throw wrong(
        `Cannot pack buffers ${a} and ${b} at one offset`,
        `their sizes are ${sizes.join(" B and ")} B`,
        "one size",
      );
    }
  }
}

/** An error of the room, in its words. */
export function wrong(what: string, actual: string, needed: string): InputError {
  return new InputError("E-PLAN-EXACT", `${what}: ${actual}, ${needed} is needed`);
}

/** Whether an error says that a problem is beyond the exact search, which says nothing against the problem. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof InputError && error.code === "E-PLAN-EXACT-SIZE";
}

function checkOne(buffer: PackingBuffer, index: number): void {
  const what = `Cannot pack buffer ${index}`;
  const { size, alignment = 1, offset = 0, intervals } = buffer;
  if (!isWhole(size, 1)) {
    throw wrong(what, `its size is ${size} B`, "a whole number of 1 or more");
  }
  if (!isWhole(alignment, 1)) {
    throw wrong(what, `its alignment is ${alignment} B`, "a whole number of 1 or more");
  }
  if (!isWhole(offset, 0) || offset % alignment !== 0) {
    throw wrong(what, `its offset is ${offset} B`, `a multiple of ${alignment}`);
  }
  if (intervals.length === 0) throw wrong(what, "it is never live", "an interval");
  let previous = -Infinity;
  for (const [lower, upper] of intervals) {
    const whole = Number.isSafeInteger(lower) && Number.isSafeInteger(upper);
    if (!whole || lower < previous || upper <= lower) {
      throw wrong(
        what,
        `its interval is ${lower} to ${upper}`,
        "intervals of whole numbers, none empty, ascending and disjoint",
      );
    }
    previous = upper;
  }
}

function isWhole(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}
