/**
 * Problems for the exact solver: from files, random ones, and brute force.
 *
 * @module
 */
import type { PackingBuffer, PackingProblem } from "../../../src/plan/exact/mod.ts";

/** Reads a CSV file with the columns id, lower, upper, size. */
export function readPacking(file: string, capacity: number): PackingProblem {
  const lines = Deno.readTextFileSync(file).trim().split("\n").slice(1);
  const buffers = lines.map((line): PackingBuffer => {
    const [, lower = 0, upper = 0, size = 0] = line.split(",").map(Number);
    return { size, intervals: [[lower, upper]] };
  });
  return { capacity, buffers };
}

/** Whether two buffers may not share bytes. */
export function conflict(problem: PackingProblem, i: number, j: number): boolean {
  const [a, b] = [problem.buffers[i], problem.buffers[j]];
  if (a === undefined || b === undefined) return false;
  const isPair = ([x, y]: readonly [number, number]) =>
    (x === i && y === j) || (x === j && y === i);
  return (problem.apart ?? []).some(isPair) ||
    a.intervals.some((x) => b.intervals.some((y) => x[0] < y[1] && y[0] < x[1]));
}

/** All rules that offsets break, the O(n²) way. */
export function violations(problem: PackingProblem, offsets: readonly number[]): string[] {
  const found: string[] = [];
  const { buffers } = problem;
  if (offsets.length !== buffers.length) found.push("an offset for each buffer");
  buffers.forEach(({ size, alignment = 1, offset }, i) => {
    const at = offsets[i] ?? NaN;
    if (!(Number.isSafeInteger(at) && at >= 0 && at + size <= problem.capacity)) {
      found.push(`${i} at ${at}`);
    }
    if (at % alignment !== 0) found.push(`alignment of ${i}`);
    if (offset !== undefined && offset !== at) found.push(`offset of ${i}`);
    for (let j = 0; j < i; j++) {
      const other = offsets[j] ?? NaN;
      const overlap = at < other + (buffers[j]?.size ?? 0) && other < at + size;
      const together = (problem.together ?? []).some((pair) =>
        pair.includes(i) && pair.includes(j)
      );
      if (together && at !== other) found.push(`${i} and ${j} are not together`);
      if (!together && overlap && conflict(problem, i, j)) found.push(`${i} overlaps ${j}`);
    }
  });
  return found;
}

/**
 * The lowest peak, by trying every order with each buffer at every offset where it lies on another one
 * or on the ground; undefined if buffers with fixed offsets are in each other's way.
 */
export function bruteForce(problem: PackingProblem): number | undefined {
  const { buffers } = problem;
  const offsets = new Map<number, number>();
  let best: number | undefined;
  const place = (peak: number): void => {
    if (best !== undefined && peak >= best) return;
    if (offsets.size === buffers.length) {
      best = peak;
      return;
    }
    buffers.forEach(({ size, alignment = 1, offset }, i) => {
      if (offsets.has(i)) return;
      const others = [...offsets].filter(([j]) => conflict(problem, i, j))
        .map(([j, at]) => ({ at, end: at + (buffers[j]?.size ?? 0) }))
        .sort((a, b) => a.at - b.at);
      let at = offset ?? 0;
      for (const other of others) {
        if (other.end <= at) continue;
        if (at + size <= other.at) break;
        if (offset !== undefined) return;
        at = Math.ceil(other.end / alignment) * alignment;
      }
      offsets.set(i, at);
      place(Math.max(peak, at + size));
      offsets.delete(i);
    });
  };
  place(0);
  return best;
}
