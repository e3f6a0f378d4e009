/**
 * Planning of a problem that came without a board and a module.
 *
 * @module
 */
import type { PlanDocument } from "../../base/documents.ts";
import { InputError, PinmapError } from "../../base/error.ts";
import { findPlanner } from "../registry.ts";
import type { Placement, PlanControl, PlanProblem } from "../types.ts";
import { validatePlan } from "../validate.ts";
import { validateBySweep } from "../validate_sweep.ts";
import { explainProblem, type ProblemWords } from "../why/explain_problem.ts";
import { planWithWishes } from "../wishes.ts";

export type { ProblemWords };

/** A validated plan of a problem. */
export interface ProblemPlan {
  /** What was planned. */
  readonly problem: PlanProblem;
  /** Name of the planner. */
  readonly algorithm: string;
  /** A placement for each buffer, in their order. */
  readonly placements: readonly Placement[];
  /** Bytes that what is in each pool cannot do without, by its name. */
  readonly bounds: ReadonlyMap<string, number>;
}

/** Up to this many buffers the pairs of a problem are checked one by one. */
const MOST_WITH_PAIRS = 20_000;

/**
 * Plans a problem.
 *
 * @param problem Pools and buffers
 * @param algorithm Name of a planner
 * @param control Limits of a search
 * @param words How to write changes that help
 * @returns The validated plan
 * @throws {UsageError} If there is no such planner
 * @throws {InputError} If the problem makes no sense
 * @throws {InfeasibleError} If it does not fit, with what stands in the way as `findings` and the changes that
 *   help, each verified by planning again
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { planProblem, readProblemCsv } from "./mod.ts";
 *
 * const problem = readProblemCsv("id,lower,upper,size\na,0,2,16\nb,1,3,8\n", "p.csv", 24);
 * assertEquals(planProblem(problem, "portfolio").placements.length, 2);
 * ```
 */
export function planProblem(
  problem: PlanProblem,
  algorithm: string,
  control: PlanControl = {},
  words: ProblemWords = { growFlag: () => [] },
): ProblemPlan {
  try {
    return planOnce(problem, algorithm, control);
  } catch (error) {
    const plans = (changed: PlanProblem, other: string) => {
      planOnce(changed, other, {});
    };
    throw explainProblem(error, problem, findPlanner(algorithm).name, plans, words);
  }
}

function planOnce(problem: PlanProblem, algorithm: string, control: PlanControl): ProblemPlan {
  const planner = findPlanner(algorithm);
  const { apart = [], together = [], inPlace = [], fixed = [] } = problem;
  const wishes = apart.length + together.length + inPlace.length + fixed.length;
  if (wishes > 0 && problem.buffers.length > MOST_WITH_PAIRS) {
    throw new InputError(
      "E-PLAN-WISH",
      `Cannot plan ${problem.buffers.length} buffers with pairs or fixed places: ${MOST_WITH_PAIRS} are the most, fewer are needed`,
    );
  }
  const { placements, bounds } = planWithWishes(planner, problem, control);
  const [violation] = wishes === 0
    ? validateBySweep(problem, placements)
    : validatePlan(problem, placements).map(({ message }) => message);
  if (violation !== undefined) {
    throw new PinmapError(
      "E-PLAN-INVALID",
      `Cannot use the plan of ${planner.name}: ${violation}, a valid plan is needed`,
      { hints: ["This is a defect of pinmap; please report it with the problem"] },
    );
  }
  return { problem, algorithm: planner.name, placements, bounds };
}

/**
 * A problem's plan as the document of other plans. The board is the empty string, for there is none;
 * each pool is its own region.
 *
 * @param plan A plan
 * @param name What stands for the module: the file's name without folder and extension
 * @returns The document
 */
export function problemPlanToDocument(plan: ProblemPlan, name: string): PlanDocument {
  const { problem, algorithm, placements, bounds } = plan;
  const pools = problem.pools.map((pool) => {
    let used = 0;
    problem.buffers.forEach(({ size }, i) => {
      const at = placements[i];
      if (at?.pool === pool.name) used = Math.max(used, at.offset + size);
    });
    return {
      name: pool.name,
      region: pool.region,
      kind: pool.kind,
      limit_bytes: pool.limitBytes,
      used_bytes: used,
      lower_bound_bytes: bounds.get(pool.name) ?? 0,
    };
  });
  const gap = pools.reduce((sum, pool) => sum + pool.used_bytes - pool.lower_bound_bytes, 0);
  const stayed = problem.buffers.every(({ candidates }, i) =>
    placements[i]?.pool === candidates[0]
  );
  return {
    schema: "pinmap/plan-1",
    board: "",
    module: name,
    algorithm,
    status: gap === 0 && stayed ? "optimal" : "feasible",
    gap_bytes: gap,
    pools,
    allocations: problem.buffers.map((buffer, i) => {
      const { pool, offset } = placements[i] ?? { pool: "", offset: 0 };
      return {
        name: buffer.name,
        pool,
        offset,
        size: buffer.size,
        alignment: buffer.alignment,
        first_use: buffer.intervals[0]?.first ?? 0,
        last_use: buffer.intervals.at(-1)?.last ?? 0,
        candidates: buffer.candidates,
        kind: buffer.kind,
        spilled: pool !== buffer.candidates[0],
      };
    }),
    residents: [],
  };
}
