/**
 * Why a problem without a board cannot be planned, and what would help.
 *
 * @module
 */
import { InfeasibleError, InputError } from "../../base/error.ts";
import { PlacesError } from "../fixed.ts";
import { MisfitError } from "../misfit.ts";
import { MisalignedError } from "../problem.ts";
import type { PlanProblem } from "../types.ts";
import { allowPool, growPools, otherPlanner, type Search } from "./changes.ts";
import { explainAlignment, explainPlaces } from "./conflict.ts";
import { diagnose, hintsOf } from "./finding.ts";
import { looserDemands } from "./looser.ts";
import { createOracle } from "./oracle.ts";

/** How changes of a problem file are written. */
export interface ProblemWords {
  /** Flags that set the limit of a pool; none where the file has it. */
  readonly growFlag: (pool: string, bytes: number) => readonly string[];
}

/** Plans of a small problem for one explanation. */
const MOST_PLANS = 200;
/** Plans of a large one, which take seconds each. */
const MOST_LARGE_PLANS = 4;
/** A problem is large from here on. */
const LARGE = 2000;
/** From here on a single plan may take minutes, with planners that compare all pairs. */
const HUGE = 20_000;

/**
 * Explains a failure.
 *
 * @param error What planning threw
 * @param problem What was planned
 * @param algorithm Name of the planner
 * @param plans Plans a problem with a planner; throws if it does not fit
 * @param words How changes are written
 * @returns The error with findings, or what was thrown if there is nothing to explain
 */
export function explainProblem(
  error: unknown,
  problem: PlanProblem,
  algorithm: string,
  plans: (problem: PlanProblem, algorithm: string) => void,
  { growFlag }: ProblemWords,
): unknown {
  const { length } = problem.buffers;
  let left = length > HUGE ? 1 : length > LARGE ? MOST_LARGE_PLANS : MOST_PLANS;
  const fits: Search["fits"] = (edit, other = algorithm) => {
    if (left-- <= 0) return false;
    try {
      plans(edit(problem), other);
      return true;
    } catch (failure) {
      if (failure instanceof InfeasibleError || failure instanceof InputError) return false;
      throw failure;
    }
  };
  const oracle = createOracle();
  const trial = { oracle, fits, pinFlag: () => [] };
  if (error instanceof PlacesError) return explainPlaces(error, problem, trial);
  if (error instanceof MisalignedError) {
    return error.with(explainAlignment(problem, error.at, fits));
  }
  if (!(error instanceof MisfitError)) return error;
  const diagnosis = diagnose(problem, error.misfit, oracle, []);
  const search: Search = { ...trial, diagnosis, algorithm, statements: undefined, shortestLife: 1 };
  const changes = [
    ...otherPlanner(search),
    ...allowPool(search),
    ...growPools(search, growFlag),
    ...looserDemands(search),
  ];
  const { verdict, finding } = diagnosis;
  return new MisfitError(
    verdict.answer === "infeasible" ? { ...error.misfit, search: "exhausted" } : error.misfit,
    [],
    hintsOf(changes),
    [{ ...finding, changes }],
  );
}
