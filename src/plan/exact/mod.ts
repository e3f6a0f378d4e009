/**
 * Exact packing of buffers into one capacity: a layout within it or the proof that there is none, and
 * the lowest peak.
 *
 * @module
 */
export { ALL_RULES, type SearchRules } from "./rules.ts";
export type { PackingBuffer, PackingProblem } from "./problem.ts";
export {
  type PackingOptions,
  type PackingProgress,
  type PackingResult,
  solveExact,
} from "./solve.ts";
