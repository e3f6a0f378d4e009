/**
 * `greedy_by_size`, TVM's default order: the largest buffers first, while there is most room.
 *
 * @module
 */
import { type BufferOrder, descending, laterName, placeInOrder } from "./greedy.ts";
import type { Planner } from "./types.ts";

/** Largest first; then most conflicts first; then the later name first. */
const order: BufferOrder = (a, b, conflicts) =>
  descending(a.size, b.size) || descending(conflicts(a), conflicts(b)) || laterName(a, b);

/** Buffers in that order, each at the lowest offset that is free. */
export const greedyBySize: Planner = {
  name: "greedy_by_size",
  summary: "Largest buffers first, each at the lowest free offset of its first pool with room",
  plan: (problem) => placeInOrder(problem, order, "greedy_by_size"),
  planAround: (problem, fixed) => placeInOrder(problem, order, "greedy_by_size", fixed),
};
