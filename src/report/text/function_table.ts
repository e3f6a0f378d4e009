/**
 * The most expensive functions of a run.
 *
 * @module
 */
import type { RunDocument } from "../../base/documents.ts";
import { formatCount, formatShare } from "../numbers.ts";
import { printable, shorten, styleOf, type TextOptions } from "./style.ts";
import { table } from "./table.ts";

const LONGEST_NAME = 48;

/**
 * Prints functions by their exclusive cycles, and what the rest of them took.
 *
 * @param run The run
 * @param top How many functions, ≥ 1
 * @param options How to print
 * @returns Lines without a final newline
 */
export function functionTable(run: RunDocument, top = 10, options?: TextOptions): string {
  const style = styleOf(options);
  const ordered = run.functions.toSorted((a, b) => b.cycles - a.cycles);
  const shown = ordered.slice(0, Math.max(1, top));
  const rest = ordered.slice(shown.length);
  const lines = rest.length === 0 ? shown : [...shown, {
    name: `[${rest.length} others]`,
    cycles: rest.reduce((sum, entry) => sum + entry.cycles, 0),
    instructions: rest.reduce((sum, entry) => sum + entry.instructions, 0),
  }];
  let sum = 0;
  const rows = lines.map(({ name, cycles, instructions }) => {
    sum += cycles;
    return [
      shorten(printable(name), LONGEST_NAME, style.ascii),
      formatCount(cycles),
      formatShare(cycles, run.cycles),
      formatShare(sum, run.cycles),
      formatCount(instructions),
      instructions === 0 ? "" : (cycles / instructions).toFixed(2),
    ];
  });
  return table(
    [
      { head: "Function", align: "left" },
      { head: "Cycles", align: "right" },
      { head: "% of total", align: "right" },
      { head: "Sum", align: "right" },
      { head: "Instructions", align: "right" },
      { head: "CPI", align: "right" },
    ],
    rows,
    style,
  );
}
