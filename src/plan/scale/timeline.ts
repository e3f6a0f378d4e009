/**
 * Buffers in the order of their births, in typed arrays, so that the buffers that are live together
 * with one are found without a list of pairs. Those are the ones born during its life, which stand
 * right after it, and the ones already live at its birth. For the latter a list is kept every few
 * births, as long as memory for the lists stays linear in the number of buffers.
 *
 * @module
 */
import { overlapInTime } from "../conflicts.ts";
import type { BufferInfo } from "../types.ts";

/** Buffers by birth; all arrays are indexed by the rank of a birth. */
export interface Timeline {
  /** The buffers. */
  readonly buffers: readonly BufferInfo[];
  /** Where each stood in the list that the timeline was made of. */
  readonly position: Uint32Array;
  /** First statement of each. */
  readonly birth: Float64Array;
  /** Statement after the last of each. */
  readonly death: Float64Array;
  /** Bytes of each. */
  readonly size: Float64Array;
  /** Alignment of each. */
  readonly alignment: Float64Array;
  /** How many are live at a birth, on average: what a look for neighbours costs. */
  readonly meanLive: number;
  /**
   * Writes the ranks of the buffers that are live together with one into `into`.
   *
   * @param rank The buffer
   * @param wanted Only ranks with a value of 0 or more here
   * @param into At least as long as there are buffers
   * @returns How many it wrote
   */
  neighbours(rank: number, wanted: Float64Array, into: Int32Array): number;
}

/** Lists are at least this many births apart. */
const LEAST_STRIDE = 16;

/**
 * Sorts buffers by birth.
 *
 * @param buffers Checked buffers
 * @returns The timeline; it does not depend on the order of the buffers
 */
export function makeTimeline(buffers: readonly BufferInfo[]): Timeline {
  const count = buffers.length;
  const position = sortedPositions(buffers);
  const sorted = Array.from(position, (at) => buffers[at]).filter((one) => one !== undefined);
  const birth = new Float64Array(count);
  const death = new Float64Array(count);
  const size = new Float64Array(count);
  const alignment = new Float64Array(count);
  const gaps = new Uint8Array(count);
  sorted.forEach((buffer, rank) => {
    birth[rank] = buffer.intervals[0]?.first ?? 0;
    death[rank] = (buffer.intervals.at(-1)?.last ?? 0) + 1;
    size[rank] = buffer.size;
    alignment[rank] = buffer.alignment;
    gaps[rank] = buffer.intervals.length > 1 ? 1 : 0;
  });
  const meanLive = averageLive(birth, death);
  const stride = Math.max(LEAST_STRIDE, Math.ceil(meanLive));
  const { start, list } = liveLists(birth, death, stride);
  const apart = (a: number, b: number) =>
    (gaps[a] === 1 || gaps[b] === 1) &&
    !overlapInTime(sorted[a]?.intervals ?? [], sorted[b]?.intervals ?? []);

  const neighbours = (rank: number, wanted: Float64Array, into: Int32Array): number => {
    const born = birth[rank] ?? 0;
    const died = death[rank] ?? 0;
    const group = Math.floor(rank / stride);
    let found = 0;
    for (let k = start[group] ?? 0; k < (start[group + 1] ?? 0); k++) {
      const other = list[k] ?? 0;
      if ((death[other] ?? 0) > born && (wanted[other] ?? -1) >= 0) into[found++] = other;
    }
    for (let other = group * stride; other < rank; other++) {
      if ((death[other] ?? 0) > born && (wanted[other] ?? -1) >= 0) into[found++] = other;
    }
    for (let other = rank + 1; other < count && (birth[other] ?? 0) < died; other++) {
      if ((wanted[other] ?? -1) >= 0) into[found++] = other;
    }
    let kept = 0;
    for (let k = 0; k < found; k++) {
      const other = into[k] ?? 0;
      if (!apart(rank, other)) into[kept++] = other;
    }
    return kept;
  };
  return { buffers: sorted, position, birth, death, size, alignment, meanLive, neighbours };
}

function sortedPositions(buffers: readonly BufferInfo[]): Uint32Array {
  const position = new Uint32Array(buffers.length).map((_, i) => i);
  const isSorted = buffers.every((buffer, i) => {
    const before = buffers[i - 1];
    return before === undefined || byBirth(before, buffer) <= 0;
  });
  if (isSorted) return position;
  return position.sort((i, j) => {
    const [a, b] = [buffers[i], buffers[j]];
    return a === undefined || b === undefined ? i - j : byBirth(a, b);
  });
}

function byBirth(a: BufferInfo, b: BufferInfo): number {
  return (a.intervals[0]?.first ?? 0) - (b.intervals[0]?.first ?? 0) ||
    (a.intervals.at(-1)?.last ?? 0) - (b.intervals.at(-1)?.last ?? 0) ||
    a.size - b.size || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

function averageLive(birth: Float64Array, death: Float64Array): number {
  const deaths = death.toSorted();
  let dead = 0;
  let sum = 0;
  for (let rank = 0; rank < birth.length; rank++) {
    while (dead < deaths.length && (deaths[dead] ?? 0) <= (birth[rank] ?? 0)) dead++;
    sum += rank + 1 - dead;
  }
  return birth.length === 0 ? 0 : sum / birth.length;
}

/** The ranks that are live when every `stride`-th buffer is born, one list after the other. */
function liveLists(
  birth: Float64Array,
  death: Float64Array,
  stride: number,
): { readonly start: Float64Array; readonly list: Int32Array } {
  const groups = Math.ceil(birth.length / stride);
  const start = new Float64Array(groups + 1);
  let list = new Int32Array(birth.length + 1);
  let length = 0;
  let live: number[] = [];
  for (let group = 0; group < groups; group++) {
    start[group] = length;
    const now = birth[group * stride] ?? 0;
    live = live.filter((rank) => (death[rank] ?? 0) > now);
    if (length + live.length > list.length) {
      const longer = new Int32Array(2 * (length + live.length));
      longer.set(list);
      list = longer;
    }
    list.set(live, length);
    length += live.length;
    const end = Math.min(birth.length, (group + 1) * stride);
    for (let rank = group * stride; rank < end; rank++) live.push(rank);
  }
  start[groups] = length;
  return { start, list };
}

/** The first rank born at a moment or later. */
export function firstBornFrom({ birth }: Timeline, moment: number): number {
  let low = 0;
  let high = birth.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((birth[middle] ?? 0) < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
