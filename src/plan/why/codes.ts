/**
 * What each finding about a plan means.
 *
 * @module
 */
import type { PlanFinding } from "../../base/documents.ts";

/** A kind of finding. */
export interface PlanFindingCode {
  /** Stable identifier. */
  readonly code: PlanFinding["code"];
  /** What stands in the way. */
  readonly summary: string;
  /** What helps. */
  readonly advice: string;
}

/** All kinds, those with the strongest proof first. */
export const planFindingCodes: readonly PlanFindingCode[] = [
  {
    code: "P-SIZE",
    summary: "a buffer is larger than each pool that it may go into",
    advice: "Allow it a larger pool, grow the pool, or make the buffer smaller (a tile of it)",
  },
  {
    code: "P-LIVE",
    summary: "buffers that are live at once have more bytes than their pools",
    advice: "Allow one of them another pool, grow the pool, or use one of them for a shorter time",
  },
  {
    code: "P-ALIGN",
    summary: "the bytes fit, but not at multiples of the buffers' alignments",
    advice: "Align fewer buffers, or to less, or make their sizes multiples of the alignment",
  },
  {
    code: "P-FIXED",
    summary: "offsets that are given leave no room, or contradict each other",
    advice: "Give up one of the offsets, or choose another one",
  },
  {
    code: "P-WISH",
    summary: "buffers that are kept apart leave no room",
    advice: "Keep fewer pairs apart, or keep them apart in different pools",
  },
  {
    code: "P-PACKING",
    summary:
      "the bytes fit at every moment, but no offsets, or no division between the pools, exist",
    advice: "Grow the pool by the bytes that are said, or change the lifetime that is said",
  },
  {
    code: "P-PLANNER",
    summary: "a layout exists, but the planner that was asked for does not find it",
    advice: "Plan with the algorithm that is said, or with exact",
  },
  {
    code: "P-SEARCH",
    summary: "neither a layout nor a proof that there is none was found within the limits",
    advice:
      "Plan with --algorithm exact and a higher --node-limit or --time-limit, or grow the pool",
  },
  {
    code: "P-REACH",
    summary: "a function that touches the buffer runs on a target that does not reach its pools",
    advice: "Put the buffer into a pool that all its functions reach",
  },
];
