/**
 * Lowers the top of a layout by ejection: what ends above a target is taken out; then the largest
 * buffer that is out goes back to where it displaces the fewest bytes, those that it displaces are out,
 * and so on until none is. A buffer weighs more each time it was moved, so that no two displace each
 * other for ever. Only the neighbourhood of the top is touched, hence the work does not grow with the
 * number of buffers.
 *
 * @module
 */
import { sortBy } from "./first_fit.ts";
import type { Timeline } from "./timeline.ts";

/** Neighbours that may still be looked at: a limit of work that does not depend on the machine. */
export interface Budget {
  /** How many are left. */
  left: number;
}

/**
 * Tries to bring every buffer of one pool below a target.
 *
 * @param timeline The pool's buffers
 * @param start Offsets by rank; they stay as they are
 * @param target Bytes
 * @param budget Is used up
 * @returns New offsets, or nothing if the budget ran out
 */
export function lowerTo(
  timeline: Timeline,
  start: Float64Array,
  target: number,
  budget: Budget,
): Float64Array | undefined {
  const { size } = timeline;
  const offset = start.slice();
  const moves = new Uint32Array(size.length);
  // The smallest first, so that the largest is taken from the end; ties by rank.
  const out: number[] = [];
  for (let rank = 0; rank < size.length; rank++) {
    if ((offset[rank] ?? 0) + (size[rank] ?? 0) <= target) continue;
    if ((size[rank] ?? 0) > target) return undefined;
    offset[rank] = -1;
    out.push(rank);
  }
  out.sort((a, b) => (size[a] ?? 0) - (size[b] ?? 0) || a - b);
  const scratch = makeScratch(size.length);
  for (let rank = out.pop(); rank !== undefined; rank = out.pop()) {
    const found = timeline.neighbours(rank, offset, scratch.byStart);
    budget.left -= found + 1;
    if (budget.left < 0) return undefined;
    const place = cheapest(timeline, offset, moves, { rank, found, target }, scratch);
    const end = place + (size[rank] ?? 0);
    for (let k = 0; k < found; k++) {
      const other = scratch.byStart[k] ?? 0;
      const from = offset[other] ?? 0;
      if (from >= end || from + (size[other] ?? 0) <= place) continue;
      offset[other] = -1;
      moves[other] = (moves[other] ?? 0) + 1;
      insertBySize(out, other, size);
    }
    offset[rank] = place;
    moves[rank] = (moves[rank] ?? 0) + 1;
  }
  return offset;
}

interface Scratch {
  readonly byStart: Int32Array;
  readonly byEnd: Int32Array;
  readonly ends: Float64Array;
}

function makeScratch(count: number): Scratch {
  return {
    byStart: new Int32Array(count),
    byEnd: new Int32Array(count),
    ends: new Float64Array(count),
  };
}

/** The offset below the target at which least weight is in the way; the lowest of the best. */
function cheapest(
  { size, alignment }: Timeline,
  offset: Float64Array,
  moves: Uint32Array,
  { rank, found, target }: { rank: number; found: number; target: number },
  { byStart, byEnd, ends }: Scratch,
): number {
  const bytes = size[rank] ?? 0;
  const step = alignment[rank] ?? 1;
  const highest = Math.floor((target - bytes) / step) * step;
  const places = [0, highest];
  for (let k = 0; k < found; k++) {
    const other = byStart[k] ?? 0;
    const from = offset[other] ?? 0;
    const end = from + (size[other] ?? 0);
    ends[other] = end;
    byEnd[k] = other;
    places.push(Math.ceil(end / step) * step, Math.floor((from - bytes) / step) * step);
  }
  sortBy(offset, byStart, found);
  sortBy(ends, byEnd, found);
  places.sort((a, b) => a - b);
  const weight = (other: number) => (size[other] ?? 0) * (1 + (moves[other] ?? 0));
  let best = 0;
  let least = Infinity;
  let started = 0;
  let ended = 0;
  let inTheWay = 0;
  for (const place of places) {
    if (place < 0 || place > highest) continue;
    for (; started < found; started++) {
      const other = byStart[started] ?? 0;
      if ((offset[other] ?? 0) >= place + bytes) break;
      inTheWay += weight(other);
    }
    for (; ended < found; ended++) {
      const other = byEnd[ended] ?? 0;
      if ((ends[other] ?? 0) > place) break;
      inTheWay -= weight(other);
    }
    if (inTheWay < least) {
      least = inTheWay;
      best = place;
    }
  }
  return best;
}

function insertBySize(out: number[], rank: number, size: Float64Array): void {
  const bytes = size[rank] ?? 0;
  let low = 0;
  let high = out.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = out[middle] ?? 0;
    if ((size[other] ?? 0) < bytes || (size[other] === bytes && other < rank)) low = middle + 1;
    else high = middle;
  }
  out.splice(low, 0, rank);
}
