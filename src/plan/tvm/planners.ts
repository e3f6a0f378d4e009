/**
 * TVM's three algorithms behind the planner interface and behind TVM's own: lists of conflicts in,
 * layout out.
 *
 * Variables and parameters are two problems in pinmap and one in TVM. For both greedy algorithms that makes
 * no difference, as the two kinds never conflict and never share a pool; TVM's hill_climb compares the sum
 * over the pools of both, so with pooled constants it may end elsewhere.
 *
 * @module
 */
import { InfeasibleError, UsageError } from "../../base/error.ts";
import { closest, formatBytes } from "../../base/units.ts";
import { findMisfit, MisfitError } from "../misfit.ts";
import { checkProblem } from "../problem.ts";
import type { Placement, Planner, PlanProblem } from "../types.ts";
import { byConflicts, bySize, tvmGreedy, type TvmOutcome } from "./greedy.ts";
import { tvmHillClimb } from "./hill_climb.ts";
import { toTvmProblem, type TvmProblem } from "./problem.ts";
import { mustBeSound } from "./sound.ts";

type Algorithm = (problem: TvmProblem) => TvmOutcome;

const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ["greedy_by_size", (problem) => tvmGreedy(problem, bySize)],
  ["greedy_by_conflicts", (problem) => tvmGreedy(problem, byConflicts)],
  ["hill_climb", tvmHillClimb],
]);

/** TVM's algorithms as planners, by name. */
export const tvmPlanners: ReadonlyMap<string, Planner> = new Map(
  ALGORITHMS.entries().map(([name, algorithm]) => [name, {
    name,
    summary: `TVM's ${name}, offset by offset`,
    plan: (problem) => planThrough(problem, name, algorithm),
  }]),
);

/**
 * The planner that gives TVM's offsets.
 *
 * @param name `greedy_by_size`, `greedy_by_conflicts` or `hill_climb`
 * @returns The planner
 * @throws {UsageError} If TVM has no such algorithm (E-PLAN-ALGORITHM)
 */
export function findTvmPlanner(name: string): Planner {
  const planner = tvmPlanners.get(name);
  if (planner !== undefined) return planner;
  throw unknown(name);
}

/**
 * Solves a problem in TVM's form by one of TVM's algorithms.
 *
 * @param problem Pools, buffers with lists of conflicts, memory pressure
 * @param name `greedy_by_size`, `greedy_by_conflicts` or `hill_climb`
 * @returns TVM's layout, in the order of the buffers
 * @throws {UsageError} If TVM has no such algorithm (E-PLAN-ALGORITHM)
 * @throws {InfeasibleError} If a buffer finds no pool (E-PLAN-FIT), or if TVM's layout puts buffers that
 *   are live together on the same bytes or one off its alignment (E-PLAN-TVM, with them in `data`)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { planLikeTvm } from "./planners.ts";
 *
 * const buffer = (name: string, conflicts: string[]) =>
 *   ({ name, size: 10, alignment: 1, conflicts, candidates: ["p"] });
 * const problem = {
 *   pools: new Map([["p", Infinity]]),
 *   buffers: [buffer("a", ["b"]), buffer("b", ["a"])],
 *   memoryPressure: 20,
 * };
 * assertEquals(planLikeTvm(problem, "greedy_by_size").map(({ offset }) => offset), [10, 0]);
 * ```
 */
export function planLikeTvm(problem: TvmProblem, name: string): readonly Placement[] {
  const algorithm = ALGORITHMS.get(name);
  if (algorithm === undefined) throw unknown(name);
  const { placements, failed } = algorithm(problem);
  if (failed !== undefined) {
    throw new InfeasibleError(
      "E-PLAN-FIT",
      `Cannot place buffer "${failed.name}" as TVM's ${name} does: it needs ${
        formatBytes(failed.size)
      } in one piece of ${
        failed.candidates.join(", ")
      }, and no pool has it above the buffers it conflicts with`,
      { data: { buffer: failed.name, needed: failed.size } },
    );
  }
  mustBeSound(problem, placements, name);
  return placements;
}

function planThrough(
  problem: PlanProblem,
  name: string,
  algorithm: Algorithm,
): readonly Placement[] {
  checkProblem(problem);
  const tvm = toTvmProblem(problem);
  const { placements, failed } = algorithm(tvm);
  const buffer = problem.buffers.find((one) => one.name === failed?.name);
  if (buffer !== undefined) {
    throw new MisfitError(
      findMisfit(problem, { algorithm: `TVM's ${name}`, failed: buffer, placed: placements }),
    );
  }
  mustBeSound(tvm, placements, name);
  return placements;
}

function unknown(name: string): UsageError {
  const names = [...ALGORITHMS.keys()];
  const guess = closest(name, names);
  return new UsageError(
    "E-PLAN-ALGORITHM",
    `Cannot plan as TVM with "${name}": it is no algorithm of TVM, one of ${
      names.join(", ")
    } is needed`,
    { hints: guess === undefined ? [] : [`Did you mean "${guess}"?`] },
  );
}
