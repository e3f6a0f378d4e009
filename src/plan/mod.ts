/**
 * Planning: which pool and offset each buffer and parameter of a module gets.
 *
 * Candidates (RFC 0023's annotation) come from the board, flags and the module; lifetimes from a walk
 * over the module; offsets from a planner; and every plan is checked by a validator that shares
 * nothing with the planners. What does not fit is explained with changes that were tried.
 *
 * @example Ask for a pool that is too small, and read what would help
 * ```ts
 * import { assertStringIncludes, assertThrows } from "@std/assert";
 * import { loadBoard } from "../board/mod.ts";
 * import { moduleBuilder } from "../ir/mod.ts";
 * import { parsePoolSpec, plan } from "./mod.ts";
 * import { InfeasibleError } from "../base/error.ts";
 *
 * const net = moduleBuilder("net");
 * const main = net.main();
 * const a = main.allocate("a", "int8", [4096]);
 * const b = main.allocate("b", "int8", [4096]);
 * main.call("pinmap_copy_s8", [a, b, 4096]);
 *
 * const board = await loadBoard("stm32f746g-disco");
 * const workspaceBuffers = [parsePoolSpec("name=dtcm;size=6K", "workspace")];
 * const error = assertThrows(() => plan(net.build(), board, { workspaceBuffers }), InfeasibleError);
 * assertStringIncludes(error.hints.join(), '--with-workspace-buffer "name=dtcm;size=8192"');
 * ```
 *
 * @module
 */
export type * from "./types.ts";
export { maxLive, type Peak } from "./bound.ts";
export { annotateCandidates } from "./candidates.ts";
export { inConflict } from "./conflicts.ts";
export { type Accesses } from "./cycles/accesses.ts";
export type { ChoiceSolver } from "./cycles/solve.ts";
export type {
  Choice,
  Cost as ChoiceCost,
  Item as ChoiceItem,
  Model as ChoiceModel,
} from "./cycles/model.ts";
export { readProfile } from "./cycles/profile.ts";
export { planToDocument } from "./document.ts";
export {
  type PackingBuffer,
  type PackingOptions,
  type PackingProblem,
  type PackingProgress,
  type PackingResult,
  type SearchRules,
  solveExact,
} from "./exact/mod.ts";
export type { Change } from "./explain.ts";
export { analyseLiveness, type LiveBuffer, type Liveness } from "./liveness.ts";
export { type Misfit, MisfitError } from "./misfit.ts";
export type { PlanOptions } from "./options.ts";
export { parsePin, type Pin } from "./pins.ts";
export { plan } from "./plan.ts";
export { formatPoolSpec, parsePoolSpec, type PoolSpec } from "./pool_spec.ts";
export { makePools, type PoolRequest, type PoolSet } from "./pools.ts";
export * from "./exchange/mod.ts";
export { checkProblem } from "./problem.ts";
export { DEFAULT_PLANNER, findPlanner, planners } from "./registry.ts";
export { registerPlanner } from "./register.ts";
export { planLikeTvm, tvmPlanners } from "./tvm/planners.ts";
export { toTvmProblem, type TvmBuffer, type TvmProblem } from "./tvm/problem.ts";
export { readTvmcPools, TVMC_FLAGS, type TvmcFlag } from "./tvmc_pools.ts";
export { validatePlan, type Violation } from "./validate.ts";
