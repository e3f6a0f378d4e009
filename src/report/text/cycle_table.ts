/**
 * Where the cycles of a run went: the core, and every region by kind of access. The last line is the
 * sum of the lines above it.
 *
 * @module
 */
import type { RunDocument } from "../../base/documents.ts";
import { formatCount, formatShare } from "../numbers.ts";
import { printable, styleOf, type TextOptions } from "./style.ts";
import { type Row, table } from "./table.ts";

const KINDS = ["fetch", "read", "write"] as const;

/**
 * Cycles that are in the total but in no region and not in the core; 0 unless the run's document is
 * wrong, which reports say instead of hiding it.
 */
export function unattributedCycles(run: RunDocument): number {
  return run.cycles - run.core_cycles -
    run.regions.reduce((sum, region) => sum + region.cycles, 0);
}

/**
 * Prints cycles per region and kind of access. Regions without accesses are left out.
 *
 * @param run The run
 * @param options How to print
 * @returns Lines without a final newline; the total equals the run's cycles
 *
 * @example
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { cycleTable } from "./cycle_table.ts";
 *
 * const none = { accesses: 0, bytes: 0, cycles: 0 };
 * const text = cycleTable({
 *   schema: "pinmap/run-1", board: "b", engine: "interpreter", timing_model: "t", elf_sha256: "",
 *   exit: { reason: "exit", code: 0 }, instructions: 4, cycles: 14, core_cycles: 4,
 *   regions: [{ name: "flash", fetch: { accesses: 4, bytes: 8, cycles: 10 }, read: none, write: none, cycles: 10 }],
 *   inferences: [], functions: [], notes: [],
 * });
 * assertMatch(text, /total\s+4\s+8\s+14\s+100\.00%/);
 * ```
 */
export function cycleTable(run: RunDocument, options?: TextOptions): string {
  const style = styleOf(options);
  const { bold, dim, red } = style.colors;
  const share = (cycles: number) => formatShare(cycles, run.cycles);
  const rows: Row[] = [["core", "", "", formatCount(run.core_cycles), share(run.core_cycles)]];
  if (run.sleep_cycles !== undefined) {
    rows.push(
      ["  asleep", "", "", formatCount(run.sleep_cycles), share(run.sleep_cycles)].map(dim),
    );
  }
  let accesses = 0;
  let bytes = 0;
  for (const region of run.regions) {
    const used = KINDS.filter((kind) => region[kind].accesses > 0 || region[kind].cycles > 0);
    if (used.length === 0) continue;
    const regionAccesses = used.reduce((sum, kind) => sum + region[kind].accesses, 0);
    const regionBytes = used.reduce((sum, kind) => sum + region[kind].bytes, 0);
    accesses += regionAccesses;
    bytes += regionBytes;
    rows.push([
      printable(region.name),
      formatCount(regionAccesses),
      formatCount(regionBytes),
      formatCount(region.cycles),
      share(region.cycles),
    ]);
    for (const kind of used) {
      const count = region[kind];
      rows.push(
        [
          `  ${kind}`,
          formatCount(count.accesses),
          formatCount(count.bytes),
          formatCount(count.cycles),
          share(count.cycles),
        ].map(dim),
      );
    }
  }
  const missing = unattributedCycles(run);
  if (missing !== 0) {
    rows.push(["unattributed", "", "", formatCount(missing), share(missing)].map(red));
  }
  rows.push(
    [
      "total",
      formatCount(accesses),
      formatCount(bytes),
      formatCount(run.cycles),
      run.cycles === 0 ? "0.00%" : "100.00%",
    ].map(bold),
  );
  return table(
    [
      { head: "Cycles of", align: "left" },
      { head: "Accesses", align: "right" },
      { head: "Bytes", align: "right" },
      { head: "Cycles", align: "right" },
      { head: "% of total", align: "right" },
    ],
    rows,
    style,
  );
}
