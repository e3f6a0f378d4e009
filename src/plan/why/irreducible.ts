/**
 * Irreducible sets: buffers that cannot be placed together, though without any one of them the others can. Found by
 * deletion: a buffer whose absence leaves the rest impossible is not needed for the explanation (as
 * MiniMalloc's ComputeIrreducibleInfeasibleSubset, in chunks first).
 *
 * @module
 */
import { isLiveAt } from "../bound.ts";
import { findBound, type Misfit } from "../misfit.ts";
import type { BufferInfo, PlanProblem } from "../types.ts";
import { formsOf } from "../wishes.ts";
import type { Oracle } from "./oracle.ts";

/** Buffers that cannot be placed together. */
export interface Obstacle {
  /** The largest first. */
  readonly buffers: readonly BufferInfo[];
  /** How that is known. */
  readonly proof: "bound" | "exhausted";
  /** Whether it is known of every buffer that the others can be placed without it. */
  readonly irreducible: boolean;
}

/**
 * The part of a problem that has to do with a buffer: all that competes for its pools, directly or not.
 *
 * @param problem Pools and buffers
 * @param name Name of a buffer
 */
export function partOf(problem: PlanProblem, name: string): PlanProblem {
  const fixed = new Map((problem.fixed ?? []).map((place) => [place.name, place.pool]));
  const candidatesOf = (buffer: BufferInfo) => {
    const pool = fixed.get(buffer.name);
    return pool === undefined ? buffer.candidates : [pool];
  };
  const start = problem.buffers.find((buffer) => buffer.name === name);
  const pools = new Set(start === undefined ? [] : candidatesOf(start));
  for (let before = -1; before < pools.size;) {
    before = pools.size;
    for (const buffer of problem.buffers) {
      const own = candidatesOf(buffer);
      if (own.some((pool) => pools.has(pool))) own.forEach((pool) => pools.add(pool));
    }
  }
  const members = problem.buffers.filter((buffer) =>
    candidatesOf(buffer).some((pool) => pools.has(pool))
  );
  return restrict(problem, new Set(members.map((buffer) => buffer.name)));
}

/**
 * A problem with some of its buffers only.
 *
 * @param problem Pools, buffers, wishes
 * @param names Buffers that stay
 */
export function restrict(problem: PlanProblem, names: ReadonlySet<string>): PlanProblem {
  const { apart = [], together = [], inPlace = [], fixed = [] } = problem;
  const both = ([a, b]: readonly [string, string]) => names.has(a) && names.has(b);
  return {
    pools: problem.pools,
    buffers: problem.buffers.filter(({ name }) => names.has(name)),
    apart: apart.filter(both),
    together: together.filter(both),
    inPlace: inPlace.filter(both),
    fixed: fixed.filter(({ name }) => names.has(name)),
  };
}

/**
 * Reduces buffers that cannot be placed together to a set of which none can be left out.
 *
 * @param problem Pools and buffers that cannot be placed
 * @param proof How that is known
 * @param oracle Decides smaller problems
 * @returns The set; `irreducible` is false where a limit left a question open
 */
export function reduceObstacle(
  problem: PlanProblem,
  proof: Obstacle["proof"],
  oracle: Oracle,
): Obstacle {
  const start = startOf(problem, oracle) ?? { names: problem.buffers.map(nameOf), proof };
  const base = restrict(problem, new Set(start.names));
  const sizes = new Map(problem.buffers.map(({ name, size }) => [name, size]));
  // The smallest are tried first, so that the set has few and large buffers.
  let kept = start.names.toSorted((a, b) =>
    (sizes.get(a) ?? 0) - (sizes.get(b) ?? 0) || (a < b ? -1 : 1)
  );
  let known = start.proof;
  let irreducible = true;
  for (let chunk = kept.length >> 1;; chunk = Math.max(1, chunk >> 1)) {
    irreducible = true;
    for (let at = 0; at < kept.length;) {
      const rest = kept.toSpliced(at, Math.max(1, chunk));
      const verdict = oracle.decide(restrict(base, new Set(rest)));
      if (verdict.answer === "infeasible") {
        kept = rest;
        known = verdict.proof;
        continue;
      }
      if (verdict.answer === "unknown") irreducible = false;
      at += Math.max(1, chunk);
    }
    if (chunk <= 1) break;
  }
  const names = new Set(kept);
  return {
    buffers: largestFirst(problem.buffers.filter(({ name }) => names.has(name))),
    proof: known,
    irreducible,
  };
}

/** A small set to start from, where a bound names the moment: the fewest of the largest that are live then. */
function startOf(problem: PlanProblem, oracle: Oracle) {
  const [form] = formsOf(problem);
  const bound = form && findBound(form.problem);
  if (bound === undefined) return undefined;
  const all = liveThen(problem, bound);
  for (let count = 1; count <= all.length; count++) {
    const names = all.slice(0, count).map(nameOf);
    const bytes = all.slice(0, count).reduce((sum, { size }) => sum + size, 0);
    if (bytes <= bound.available) continue;
    const verdict = oracle.decide(restrict(problem, new Set(names)));
    if (verdict.answer === "infeasible") return { names, proof: verdict.proof };
  }
  return undefined;
}

function liveThen(problem: PlanProblem, { moment, pools }: Misfit): readonly BufferInfo[] {
  const names = new Set(pools.map((pool) => pool.name));
  return largestFirst(
    problem.buffers.filter((buffer) =>
      buffer.candidates.every((name) => names.has(name)) && isLiveAt(buffer, moment)
    ),
  );
}

/** Buffers by size, then by name. */
export function largestFirst(buffers: readonly BufferInfo[]): readonly BufferInfo[] {
  return buffers.toSorted((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));
}

function nameOf({ name }: BufferInfo): string {
  return name;
}
