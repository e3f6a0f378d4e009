/**
 * All planners. A new one is a new file and a line here.
 *
 * @module
 */
import { UsageError } from "../base/error.ts";
import { closest } from "../base/units.ts";
import { customPlanners } from "./custom.ts";
import { exact } from "./exact/planner.ts";
import { greedyByConflicts } from "./greedy_by_conflicts.ts";
import { greedyBySize } from "./greedy_by_size.ts";
import { hillClimb } from "./hill_climb.ts";
import { portfolio } from "./portfolio.ts";
import type { Planner } from "./types.ts";

/** Name of the planner that is used if nobody says. */
export const DEFAULT_PLANNER = "greedy_by_size";

/** Planners by name. */
export const planners: ReadonlyMap<string, Planner> = new Map(
  [greedyBySize, greedyByConflicts, hillClimb, portfolio, exact]
    .map((planner) => [planner.name, planner]),
);

/**
 * The planner of that name.
 *
 * @param name Name for `--algorithm`
 * @returns The planner
 * @throws {UsageError} If there is none (E-PLAN-ALGORITHM)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { findPlanner } from "./registry.ts";
 *
 * assertEquals(findPlanner("greedy_by_size").name, "greedy_by_size");
 * ```
 */
export function findPlanner(name: string): Planner {
  const planner = planners.get(name) ?? customPlanners.get(name);
  if (planner !== undefined) return planner;
  const guess = closest(name, planners.keys());
  throw new UsageError(
    "E-PLAN-ALGORITHM",
    `Cannot plan with "${name}": it is no algorithm, one of ${
      [...planners.keys(), ...customPlanners.keys()].join(", ")
    } is needed`,
    { hints: guess === undefined ? [] : [`Did you mean "${guess}"?`] },
  );
}
