/**
 * Lowers the top of a layout by exact search in windows: what ends above a target is taken out; then,
 * one after the other, each goes back together with what is live around it, all of that placed anew by
 * the exact search while everything else stays where it is. Finds places where moving one buffer at a
 * time goes round in circles.
 *
 * @module
 */
import { isTooLarge, type PackingProblem } from "../exact/problem.ts";
import { type PackingResult, solveExact } from "../exact/solve.ts";
import type { Timeline } from "./timeline.ts";

/** Births on each side of a window, the narrow one first. */
const WIDTHS = [8, 32, 100, 300];

/** A window holds only lives within so many times its width. */
const REACH = 6;

/** Nodes of the search in one window. */
const WINDOW_NODES = 40_000;

/** Buffers of a window and around it, at most: the search lists their conflicts. */
const MOST_AROUND = 2000;

/** Nodes that may still be spent: a limit of work that does not depend on the machine. */
export interface NodeBudget {
  /** How many are left. */
  nodes: number;
}

/**
 * Tries to bring every buffer of one pool below a target.
 *
 * @param timeline The pool's buffers
 * @param start Offsets by rank; they stay as they are
 * @param target Bytes
 * @param budget Is used up
 * @returns New offsets, or nothing if some window has no layout or the budget ran out
 */
export function repairTo(
  timeline: Timeline,
  start: Float64Array,
  target: number,
  budget: NodeBudget,
): Float64Array | undefined {
  const { size } = timeline;
  const offset = start.slice();
  const out: number[] = [];
  for (let rank = 0; rank < size.length; rank++) {
    if ((offset[rank] ?? 0) + (size[rank] ?? 0) <= target) continue;
    offset[rank] = -1;
    out.push(rank);
  }
  const scratch = new Int32Array(size.length);
  for (const rank of out) {
    // A window before may have placed it too.
    if ((offset[rank] ?? 0) >= 0) continue;
    const placed = WIDTHS.some((width) =>
      repairWindow(timeline, offset, { rank, width, target }, { scratch, budget })
    );
    if (!placed) return undefined;
  }
  return offset;
}

function repairWindow(
  timeline: Timeline,
  offset: Float64Array,
  { rank, width, target }: { rank: number; width: number; target: number },
  { scratch, budget }: { scratch: Int32Array; budget: NodeBudget },
): boolean {
  if (budget.nodes <= 0) return false;
  const { birth, death, size, alignment, buffers } = timeline;
  const count = buffers.length;
  const earliest = birth[Math.max(0, rank - REACH * width)] ?? 0;
  const latest = rank + REACH * width < count ? birth[rank + REACH * width] ?? 0 : Infinity;
  const isShort = (one: number) =>
    (birth[one] ?? 0) >= earliest && (death[one] ?? 0) <= Math.max(latest, death[rank] ?? 0);
  const free = new Set([rank]);
  const found = timeline.neighbours(rank, offset, scratch);
  for (let k = 0; k < found; k++) {
    const other = scratch[k] ?? 0;
    if (isShort(other)) free.add(other);
  }
  const end = Math.min(count, rank + width + 1);
  for (let other = Math.max(0, rank - width); other < end; other++) {
    if (isShort(other)) free.add(other);
  }
  const members = [...free];
  let from = Infinity;
  let until = -Infinity;
  for (const one of members) {
    from = Math.min(from, birth[one] ?? 0);
    until = Math.max(until, death[one] ?? 0);
    const around = timeline.neighbours(one, offset, scratch);
    for (let k = 0; k < around; k++) free.add(scratch[k] ?? 0);
    if (free.size > MOST_AROUND) return false;
  }
  // What is live around the window stands behind the members, where it is.
  const all = [...free];
  const result = packWindow({
    capacity: target,
    buffers: all.map((one, i) => ({
      size: size[one] ?? 0,
      alignment: alignment[one] ?? 1,
      offset: i < members.length ? undefined : offset[one],
      intervals: (buffers[one]?.intervals ?? []).flatMap(({ first, last }) => {
        const interval = [Math.max(first, from), Math.min(last + 1, until)] as const;
        return interval[0] < interval[1] ? [interval] : [];
      }),
    })),
  }, Math.min(budget.nodes, WINDOW_NODES));
  budget.nodes -= (result?.nodes ?? 0) + 1;
  const offsets = result?.offsets;
  if (offsets === undefined) return false;
  members.forEach((one, i) => offset[one] = offsets[i] ?? 0);
  return true;
}

/** The search's answer; nothing if the numbers are beyond it. */
function packWindow(problem: PackingProblem, nodeLimit: number): PackingResult | undefined {
  try {
    return solveExact(problem, { objective: "fit", nodeLimit });
  } catch (error) {
    if (isTooLarge(error)) return undefined;
    throw error;
  }
}
