/**
 * `greedy_by_size`, TVM's default order: the largest buffers first, while there is most room.
 *
 * @module
 */
import { descending, laterName, placeInOrder } from "./greedy.ts";
import type { Planner } from "./types.ts";

/** Largest first; then most conflicts first; then the later name first. */
export const greedyBySize: Planner = {
  name: "greedy_by_size",
  summary: "Largest buffers first, each at the lowest free offset of its first pool with room",
  plan: (problem) =>
    placeInOrder(
      problem,
      (a, b, conflicts) =>
        descending(a.size, b.size) || descending(conflicts(a), conflicts(b)) || laterName(a, b),
      "greedy_by_size",
    ),
};
