/**
 * Planning of a problem that came without a board and a module.
 *
 * @module
 */
import type { PlanDocument } from "../../base/documents.ts";
import { PinmapError } from "../../base/error.ts";
import { maxLive } from "../bound.ts";
import { findPlanner } from "../registry.ts";
import type { Placement, PlanProblem } from "../types.ts";
import { validateBySweep } from "../validate_sweep.ts";

/** A validated plan of a problem. */
export interface ProblemPlan {
  /** What was planned. */
  readonly problem: PlanProblem;
  /** Name of the planner. */
  readonly algorithm: string;
  /** A placement for each buffer, in their order. */
  readonly placements: readonly Placement[];
}

/**
 * Plans a problem.
 *
 * @param problem Pools and buffers
 * @param algorithm Name of a planner
 * @returns The validated plan
 * @throws {UsageError} If there is no such planner
 * @throws {InputError} If the problem makes no sense
 * @throws {InfeasibleError} If it does not fit
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
export function planProblem(problem: PlanProblem, algorithm: string): ProblemPlan {
  const planner = findPlanner(algorithm);
  const placements = planner.plan(problem);
  const [violation] = validateBySweep(problem, placements);
  if (violation !== undefined) {
    throw new PinmapError(
      "E-PLAN-INVALID",
      `Cannot use the plan of ${planner.name}: ${violation}, a valid plan is needed`,
      { hints: ["This is a defect of pinmap; please report it with the problem"] },
    );
  }
  return { problem, algorithm: planner.name, placements };
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
  const { problem, algorithm, placements } = plan;
  const pools = problem.pools.map((pool) => {
    const inside = problem.buffers.filter((_, i) => placements[i]?.pool === pool.name);
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
      lower_bound_bytes: maxLive(inside).bytes,
    };
  });
  return {
    schema: "pinmap/plan-1",
    board: "",
    module: name,
    algorithm,
    status: pools.every((pool) => pool.used_bytes === pool.lower_bound_bytes)
      ? "optimal"
      : "feasible",
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
