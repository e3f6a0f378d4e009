/**
 * What other initiators than the core did: their own cycles by region, apart from the core's.
 *
 * @module
 */
import type { RunDocument } from "../../base/documents.ts";
import { formatCount, formatShare } from "../numbers.ts";
import { printable, styleOf, type TextOptions } from "./style.ts";
import { type Row, table } from "./table.ts";

const KINDS = ["read", "write"] as const;

/**
 * Prints cycles of each initiator by region. Regions without accesses are left out.
 *
 * @param run The run
 * @param options How to print
 * @returns Lines without a final newline; empty if only the core did anything
 *
 * @example
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { initiatorTable } from "./initiator_table.ts";
 *
 * const none = { accesses: 0, bytes: 0, cycles: 0 };
 * const text = initiatorTable({
 *   schema: "pinmap/run-1", board: "b", engine: "interpreter", timing_model: "t", elf_sha256: "",
 *   exit: { reason: "exit", code: 0 }, instructions: 4, cycles: 14, core_cycles: 4, regions: [],
 *   inferences: [], functions: [], notes: [],
 *   initiators: [{
 *     name: "accel", calls: 1, instructions: 20, cycles: 24, core_cycles: 22,
 *     regions: [{ name: "sram1", read: { accesses: 2, bytes: 8, cycles: 2 }, write: none, cycles: 2 }],
 *   }],
 * });
 * assertMatch(text, /accel\s+24/);
 * assertMatch(text, /sram1\s+2\s+8\s+2/);
 * ```
 */
export function initiatorTable(run: RunDocument, options?: TextOptions): string {
  const used = (run.initiators ?? []).filter(({ calls }) => calls > 0);
  if (used.length === 0) return "";
  const style = styleOf(options);
  const { bold, dim } = style.colors;
  const rows = used.flatMap((one): Row[] => {
    const share = (cycles: number) => formatShare(cycles, one.cycles);
    const regions = one.regions.flatMap((region): Row[] => {
      const kinds = KINDS.filter((kind) => region[kind].accesses > 0);
      if (kinds.length === 0) return [];
      const sum = (key: "accesses" | "bytes") =>
        kinds.reduce((total, kind) => total + region[kind][key], 0);
      return [
        [
          `  ${printable(region.name)}`,
          formatCount(sum("accesses")),
          formatCount(sum("bytes")),
          formatCount(region.cycles),
          share(region.cycles),
        ],
        ...kinds.map((kind) => {
          const { accesses, bytes, cycles } = region[kind];
          const cells = [`    ${kind}`, formatCount(accesses), formatCount(bytes)];
          return [...cells, formatCount(cycles), share(cycles)].map(dim);
        }),
      ];
    });
    const head = [printable(one.name), "", "", formatCount(one.cycles), "100.00%"].map(bold);
    const own = ["  own", "", "", formatCount(one.core_cycles), share(one.core_cycles)];
    return [head, own, ...regions];
  });
  return table(
    [
      { head: "Cycles of others", align: "left" },
      { head: "Accesses", align: "right" },
      { head: "Bytes", align: "right" },
      { head: "Cycles", align: "right" },
      { head: "% of its own", align: "right" },
    ],
    rows,
    style,
  );
}
