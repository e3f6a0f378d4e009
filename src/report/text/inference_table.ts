/**
 * What each inference gave and what it cost.
 *
 * @module
 */
import type { RunDocument } from "../../base/documents.ts";
import { formatCount } from "../numbers.ts";
import { shorten, styleOf, type TextOptions } from "./style.ts";
import { type Column, table } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { head: "Inference", align: "right" },
  { head: "Instructions", align: "right" },
  { head: "Cycles", align: "right" },
  { head: "Largest output", align: "right" },
  { head: "Output (int8)", align: "left" },
];

const OUTPUT_COLUMNS = 60;

/**
 * Prints one line per inference with its cost, the index of the largest output byte and the output.
 *
 * @param run The run
 * @param options How to print
 * @returns Lines without a final newline
 */
export function inferenceTable(run: RunDocument, options?: TextOptions): string {
  const style = styleOf(options);
  const rows = run.inferences.map((inference, index) => {
    const output = Int8Array.from(atob(inference.output_base64), (c) => c.charCodeAt(0));
    return [
      `${index}`,
      formatCount(inference.instructions),
      formatCount(inference.cycles),
      output.length === 0 ? "" : `${output.indexOf(Math.max(...output))}`,
      shorten(output.join(" "), OUTPUT_COLUMNS, style.ascii),
    ];
  });
  return table(COLUMNS, rows, style);
}
