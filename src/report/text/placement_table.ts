/**
 * Which section of the linked ELF is where, and where it should be.
 *
 * @module
 */
import type { CheckDocument } from "../../base/documents.ts";
import { formatAddress, formatBytes } from "../../base/units.ts";
import { printable, styleOf, type TextOptions } from "./style.ts";
import { table } from "./table.ts";

/**
 * Prints every allocated section with its run-time address (VMA), load address (LMA), the region that
 * it is in and the one that it should be in.
 *
 * @param check The placement check's document
 * @param options How to print
 * @returns Lines without a final newline
 */
export function placementTable(check: CheckDocument, options?: TextOptions): string {
  const style = styleOf(options);
  const { colors, ascii } = style;
  const good = colors.green(ascii ? "ok" : "✓");
  const bad = colors.red(ascii ? "NO" : "✗");
  const rows = check.placements.map((placement) => {
    const region = printable(placement.region ?? "none");
    return [
      placement.ok ? good : bad,
      printable(placement.section),
      formatBytes(placement.size),
      formatAddress(placement.vma),
      placement.lma === placement.vma ? "=" : formatAddress(placement.lma),
      placement.ok ? region : colors.red(region),
      printable(placement.expected ?? "any"),
    ];
  });
  return table(
    [
      { head: "", align: "left" },
      { head: "Section", align: "left" },
      { head: "Size", align: "right" },
      { head: "VMA", align: "right" },
      { head: "LMA", align: "right" },
      { head: "Region", align: "left" },
      { head: "Expected", align: "left" },
    ],
    rows,
    style,
  );
}
