/**
 * The planners that {@link ./register.ts} adds, apart from it so that the registry can look here.
 *
 * @module
 */
import type { Planner } from "./types.ts";

/** Registered planners, by name; as long as the process lives. */
export const customPlanners = new Map<string, Planner>();
