/**
 * Tables without borders, in the manner of `ld --print-memory-usage` and `size -A`, laid out by
 * cli-table3.
 *
 * @module
 */
import CliTable3 from "cli-table3";
import type { Style } from "./style.ts";

/** One column. */
export interface Column {
  /** Heading. */
  readonly head: string;
  /** Numbers go right, names left. */
  readonly align: "left" | "right";
}

/** A row: a text a column, or one text that starts in the second column and may be as long as it likes. */
export type Row = readonly string[] | { readonly note: string };

const NO_BORDERS = {
  "top": "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  "bottom": "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  "left": "",
  "left-mid": "",
  "mid": "",
  "mid-mid": "",
  "right": "",
  "right-mid": "",
  "middle": "  ",
};

/**
 * Lays out a table.
 *
 * @param columns Headings and alignment
 * @param rows Rows, each with a text a column
 * @param style Colours of the heading
 * @returns Lines without trailing spaces
 */
export function table(columns: readonly Column[], rows: readonly Row[], style: Style): string {
  const layout = new CliTable3({
    chars: NO_BORDERS,
    colAligns: columns.map((column) => column.align),
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
  });
  layout.push(columns.map((column) => style.colors.bold(column.head)));
  const indent = " ".repeat(2);
  const notes = new Map<number, string>();
  for (const row of rows) {
    if ("note" in row) notes.set(layout.length - 1, `${indent}${row.note}`);
    else layout.push([...row]);
  }
  const lines = layout.toString().split("\n").flatMap((line, index) => {
    const note = notes.get(index);
    return note === undefined ? [line] : [line, note];
  });
  return lines.map(trimLine).join("\n");
}

/** Removes spaces at the end of a line, also those before and between colour sequences. */
function trimLine(line: string): string {
  // deno-lint-ignore no-control-regex
  return line.replace(/(?: |\u001b\[[0-9;]*m)+$/, (end) => end.replaceAll(" ", ""));
}
