/**
 * `greedy_by_conflicts`: the buffers that are live with most others first.
 *
 * @module
 */
import { type BufferOrder, descending, laterName, placeInOrder } from "./greedy.ts";
import type { Planner } from "./types.ts";

/** Most conflicts first; then largest first; then the later name first. */
const order: BufferOrder = (a, b, conflicts) =>
  descending(conflicts(a), conflicts(b)) || descending(a.size, b.size) || laterName(a, b);

/** Buffers in that order, each at the lowest offset that is free. */
export const greedyByConflicts: Planner = {
  name: "greedy_by_conflicts",
  summary: "Buffers with most conflicts first, each at the lowest free offset of its first pool",
  plan: (problem) => placeInOrder(problem, order, "greedy_by_conflicts"),
  planAround: (problem, fixed) => placeInOrder(problem, order, "greedy_by_conflicts", fixed),
};
