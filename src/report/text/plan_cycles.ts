/**
 * What a plan by cycles comes to, in sentences.
 *
 * @module
 */
import type { PlanDocument } from "../../base/documents.ts";
import { formatCount, formatShare } from "../numbers.ts";

/**
 * Prints the sum, how far it may be from the best, and what the usual way would cost.
 *
 * @param plan The plan
 * @returns Lines without a final newline; empty if it was not planned by cycles
 */
export function planCyclesText({ cycles }: PlanDocument): string {
  if (cycles === undefined) return "";
  const { source, total, lower_bound: bound, gap, status, largest_first: others, notes } = cycles;
  const open = status === "optimal"
    ? "optimal: no plan takes fewer"
    : `feasible: no plan takes fewer than ${formatCount(bound)}, so at most ${formatCount(gap)} ` +
      `(${formatShare(gap, total)}) can be saved`;
  return [
    `Memory cycles of one inference for data, accesses ${
      source === "profile" ? "as counted" : "estimated"
    }: ${formatCount(total)}`,
    open,
    others === null
      ? "largest first into the fastest pool: finds no room"
      : `largest first into the fastest pool: ${formatCount(others)}${
        others > 0 ? `, ${formatShare(others - total, others)} saved` : ""
      }`,
    ...notes.map((note) => `note: ${note}`),
  ].join("\n");
}
