/**
 * Two runs side by side: what pinning saved, in which region.
 *
 * @module
 */
import type { RunDocument } from "../../base/documents.ts";
import { formatChange, formatCount } from "../numbers.ts";
import { printable, styleOf, type TextOptions } from "./style.ts";
import { table } from "./table.ts";

/** One line of a comparison. */
export interface ComparedCycles {
  /** `core`, a region, `total` or `per inference`. */
  readonly name: string;
  /** Cycles of the first run. */
  readonly a: number;
  /** Cycles of the second run. */
  readonly b: number;
}

/**
 * Cycles of two runs by core, region and in total; per inference too if both ran some.
 *
 * @param a First run
 * @param b Second run
 * @returns Regions in the order of the first run, then those that only the second has
 */
export function compareCycles(a: RunDocument, b: RunDocument): readonly ComparedCycles[] {
  const cyclesIn = (run: RunDocument, name: string) =>
    run.regions.find((region) => region.name === name)?.cycles ?? 0;
  const names = [...new Set([...a.regions, ...b.regions].map((region) => region.name))];
  const perInference = (run: RunDocument) =>
    Math.round(
      run.inferences.reduce((sum, inference) => sum + inference.cycles, 0) / run.inferences.length,
    );
  return [
    { name: "core", a: a.core_cycles, b: b.core_cycles },
    ...names.map((name) => ({ name, a: cyclesIn(a, name), b: cyclesIn(b, name) }))
      .filter((row) => row.a > 0 || row.b > 0),
    { name: "total", a: a.cycles, b: b.cycles },
    ...(a.inferences.length > 0 && b.inferences.length > 0
      ? [{ name: "per inference", a: perInference(a), b: perInference(b) }]
      : []),
  ];
}

/**
 * Prints the cycles of two runs side by side.
 *
 * @param a The run to compare with
 * @param b The run of interest; what it saves is counted against `a`
 * @param labels Headings of the two
 * @param options How to print
 * @returns Lines without a final newline
 */
export function compareRuns(
  a: RunDocument,
  b: RunDocument,
  labels: readonly [string, string],
  options?: TextOptions,
): string {
  const style = styleOf(options);
  const { bold, green, red } = style.colors;
  const rows = compareCycles(a, b).map((row) => {
    const saved = row.a - row.b;
    const paint = saved > 0 ? green : saved < 0 ? red : (text: string) => text;
    const cells = [printable(row.name), formatCount(row.a), formatCount(row.b)];
    const isTotal = row.name === "total" || row.name === "per inference";
    return [
      ...(isTotal ? cells.map(bold) : cells),
      paint(formatCount(saved)),
      paint(formatChange(row.a, row.b)),
    ];
  });
  return table(
    [
      { head: "Cycles of", align: "left" },
      { head: printable(labels[0]), align: "right" },
      { head: printable(labels[1]), align: "right" },
      { head: "Saved", align: "right" },
      { head: "Change", align: "right" },
    ],
    rows,
    style,
  );
}
