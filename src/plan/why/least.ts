/**
 * The least limit of a pool with which buffers can be placed, by bisection with the exact search.
 *
 * @module
 */
import { formsOf } from "../wishes.ts";
import { maxLive } from "../bound.ts";
import type { PlanProblem } from "../types.ts";
import type { Oracle } from "./oracle.ts";

/** A limit that is enough. */
export interface LeastLimit {
  /** Bytes. */
  readonly bytes: number;
  /** Whether one byte less was proved not to be enough. */
  readonly proved: boolean;
}

/**
 * Looks for the least limit.
 *
 * @param problem Pools and buffers that cannot be placed
 * @param pool Name of the pool that may grow; the others stay
 * @param oracle Decides
 * @param most Limit that it may grow to at most, bytes; by default without end
 * @returns The limit; nothing if they can be placed already, no limit helps, or none that the oracle could decide
 */
export function leastLimit(
  problem: PlanProblem,
  pool: string,
  oracle: Oracle,
  most: number = Infinity,
): LeastLimit | undefined {
  const limit = problem.pools.find(({ name }) => name === pool)?.limitBytes ?? 0;
  const decide = (limitBytes: number) => oracle.decide(withLimit(problem, pool, limitBytes)).answer;
  let high = Math.min(most, enoughFor(problem, limit));
  if (high <= limit || decide(high) !== "fits") return undefined;
  let low = limit;
  const now = decide(limit);
  if (now === "fits") return undefined;
  let lowKnown = now === "infeasible";
  // If it is the only pool, what is live at once is a first guess.
  const only = problem.buffers.every(({ candidates }) => candidates.join() === pool);
  const live = only ? maxLive(formsOf(problem)[0]?.problem.buffers ?? []).bytes : 0;
  const guess = live > low && live < high ? live : undefined;
  while (high - low > 1) {
    const middle = guess !== undefined && guess > low && guess < high
      ? guess
      : Math.floor((low + high) / 2);
    const answer = decide(middle);
    if (answer === "fits") high = middle;
    else {
      low = middle;
      lowKnown = answer === "infeasible";
    }
  }
  return { bytes: high, proved: lowKnown };
}

/** The problem with another limit of one pool. */
export function withLimit(problem: PlanProblem, pool: string, limitBytes: number): PlanProblem {
  return {
    ...problem,
    pools: problem.pools.map((one) => one.name === pool ? { ...one, limitBytes } : one),
  };
}

/**
 * A limit that is enough for all buffers, one behind the other and behind all given places.
 *
 * @param problem Pools and buffers
 * @param limit Limit that it is at least
 * @returns Bytes
 */
export function enoughFor({ buffers, fixed = [] }: PlanProblem, limit: number): number {
  const widest = buffers.reduce((most, { alignment }) => Math.max(most, alignment), 1);
  const upTo = (bytes: number) => Math.ceil(bytes / widest) * widest;
  const sizes = new Map(buffers.map(({ name, size }) => [name, size]));
  const end = fixed.reduce(
    (most, { name, offset }) => Math.max(most, offset + (sizes.get(name) ?? 0)),
    limit,
  );
  return buffers.reduce((sum, { size }) => sum + upTo(size), upTo(end));
}
