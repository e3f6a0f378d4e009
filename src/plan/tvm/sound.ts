/**
 * Whether a layout that TVM's rules made can be used: TVM's lists may name a conflict on one side only, a
 * dropped pool may come back, and a buffer's own alignment is never asked for. What is found is an
 * error with the bytes in question; such a layout goes nowhere.
 *
 * @module
 */
import { InfeasibleError } from "../../base/error.ts";
import { formatBytes } from "../../base/units.ts";
import type { Placement } from "../types.ts";
import type { TvmBuffer, TvmProblem } from "./problem.ts";

/** Two buffers that are live together, on the same bytes of a pool. */
export interface Overlap {
  /** The one that comes first in the problem. */
  readonly a: string;
  /** The other. */
  readonly b: string;
  /** Pool. */
  readonly pool: string;
  /** First byte that both have. */
  readonly start: number;
  /** Byte after the last that both have. */
  readonly end: number;
}

/** All pairs that a layout puts on the same bytes though either of them names the other as conflict. */
export function overlapsIn(problem: TvmProblem, placements: readonly Placement[]): Overlap[] {
  const at = new Map(placements.map((placement) => [placement.name, placement]));
  const lists = new Map(problem.buffers.map((one) => [one.name, new Set(one.conflicts)]));
  const found: Overlap[] = [];
  problem.buffers.forEach((a, i) => {
    for (const b of problem.buffers.slice(i + 1)) {
      if (!lists.get(a.name)?.has(b.name) && !lists.get(b.name)?.has(a.name)) continue;
      const x = at.get(a.name);
      const y = at.get(b.name);
      if (x === undefined || y === undefined || x.pool !== y.pool) continue;
      const start = Math.max(x.offset, y.offset);
      const end = Math.min(x.offset + a.size, y.offset + b.size);
      if (start < end) found.push({ a: a.name, b: b.name, pool: x.pool, start, end });
    }
  });
  return found;
}

/**
 * Lets a layout through that can be used.
 *
 * @throws {InfeasibleError} E-PLAN-TVM: the pairs that overlap, or a buffer off its alignment; `data` has
 *   all of them and the layout
 */
export function mustBeSound(
  problem: TvmProblem,
  placements: readonly Placement[],
  algorithm: string,
): void {
  const overlaps = overlapsIn(problem, placements);
  const at = new Map(placements.map((placement) => [placement.name, placement]));
  const misaligned = problem.buffers.filter((buffer) =>
    (at.get(buffer.name)?.offset ?? 0) % buffer.alignment !== 0
  );
  const [overlap] = overlaps;
  const [buffer] = misaligned;
  if (overlap === undefined && buffer === undefined) return;
  const what = `Cannot use the layout of TVM's ${algorithm}: `;
  throw new InfeasibleError(
    "E-PLAN-TVM",
    overlap !== undefined
      ? `${what}"${overlap.a}" and "${overlap.b}" are live together and share ${
        formatBytes(overlap.end - overlap.start)
      } of pool "${overlap.pool}" from offset ${overlap.start} on, bytes of their own are needed`
      : `${what}${misplaced(buffer, at)}`,
    {
      hints: [
        `This is a defect of the algorithm in TVM; without --tvm-compatible ${algorithm} has none of it`,
      ],
      data: { overlaps, misaligned: misaligned.map(({ name }) => name), placements },
    },
  );
}

function misplaced(buffer: TvmBuffer | undefined, at: ReadonlyMap<string, Placement>): string {
  return `"${buffer?.name}" is at offset ${
    at.get(buffer?.name ?? "")?.offset
  }, a multiple of its alignment ${buffer?.alignment} is needed`;
}
