/**
 * Planners that a script registers by name, as TVM's `tir.usmp.algo.<name>` functions.
 *
 * They live as long as the process. The plans they make go through the same validator as all others.
 *
 * @module
 */
import { UsageError } from "../base/error.ts";
import { customPlanners } from "./custom.ts";
import { planners } from "./registry.ts";
import type { Planner } from "./types.ts";

/**
 * Makes a planner known by its name, for `plan(…, { algorithm: name })`.
 *
 * @param planner Its name must not be one of pinmap's own; one registered before is replaced
 * @throws {UsageError} If the name is taken or no name (E-PLAN-ALGORITHM)
 *
 * @example Every buffer on bytes of its own
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { findPlanner } from "./registry.ts";
 * import { registerPlanner } from "./register.ts";
 *
 * registerPlanner({
 *   name: "stacked",
 *   summary: "One after the other",
 *   plan({ buffers }) {
 *     let offset = 0;
 *     return buffers.map(({ name, size, alignment, candidates }) => {
 *       const start = Math.ceil(offset / alignment) * alignment;
 *       offset = start + size;
 *       return { name, pool: candidates[0] ?? "", offset: start };
 *     });
 *   },
 * });
 * assertEquals(findPlanner("stacked").summary, "One after the other");
 * ```
 */
export function registerPlanner(planner: Planner): void {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(planner.name)) {
    throw new UsageError(
      "E-PLAN-ALGORITHM",
      `Cannot register the planner "${planner.name}": letters, digits, "_", "." and "-" are needed, starting with a letter`,
    );
  }
  if (planners.has(planner.name)) {
    throw new UsageError(
      "E-PLAN-ALGORITHM",
      `Cannot register the planner "${planner.name}": pinmap has one of that name, another name is needed`,
    );
  }
  customPlanners.set(planner.name, planner);
}
