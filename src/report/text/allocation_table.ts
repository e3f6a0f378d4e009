/**
 * Where every buffer and constant lies.
 *
 * @module
 */
import type { PlanDocument } from "../../base/documents.ts";
import { formatAddress, formatBytes } from "../../base/units.ts";
import type { Image } from "../image.ts";
import { formatCount } from "../numbers.ts";
import { printable, shorten, styleOf, type TextOptions } from "./style.ts";
import { table } from "./table.ts";

const LONGEST_NAME = 40;

/**
 * Prints every allocation of a plan. Uses are statement numbers, both ends included; an allocation that
 * is not in its first candidate is marked `spilled`. Where cycles were planned, each has the cycles that the core
 * waits for it in one inference, and what its next best pool would cost.
 *
 * @param plan The plan
 * @param image The linked image; its pool addresses give the column `Address`
 * @param options How to print
 * @returns Lines without a final newline
 */
export function allocationTable(
  plan: PlanDocument,
  image?: Image,
  options?: TextOptions,
): string {
  const style = styleOf(options);
  const regions = new Map(plan.pools.map((pool) => [pool.name, pool.region]));
  const addresses = image?.poolAddresses ?? new Map<string, number>();
  const linked = addresses.size > 0;
  const byCycles = plan.cycles !== undefined;
  const rows = plan.allocations.map((allocation) => {
    const base = addresses.get(allocation.pool);
    const always = allocation.kind === "constant";
    return [
      shorten(printable(allocation.name), LONGEST_NAME, style.ascii),
      printable(allocation.pool),
      printable(regions.get(allocation.pool) ?? "?"),
      String(allocation.offset),
      ...(linked ? [base === undefined ? "?" : formatAddress(base + allocation.offset)] : []),
      formatBytes(allocation.size),
      String(allocation.alignment),
      ...(byCycles ? costCells(allocation) : []),
      always ? "always" : `${allocation.first_use}..${allocation.last_use}`,
      allocation.spilled
        ? style.colors.yellow(`spilled from ${printable(allocation.candidates[0] ?? "?")}`)
        : "",
    ];
  });
  return table(
    [
      { head: "Allocation", align: "left" },
      { head: "Pool", align: "left" },
      { head: "Region", align: "left" },
      { head: "Offset", align: "right" },
      ...(linked ? [{ head: "Address", align: "right" as const }] : []),
      { head: "Size", align: "right" },
      { head: "Align", align: "right" },
      ...(byCycles
        ? [
          { head: "Accesses", align: "right" as const },
          { head: "Cycles", align: "right" as const },
          { head: "Next best", align: "left" as const },
        ]
        : []),
      { head: "Uses", align: "right" },
      { head: "", align: "left" },
    ],
    rows,
    style,
  );
}

function costCells({ cost }: PlanDocument["allocations"][number]): readonly string[] {
  if (cost === undefined) return ["", "", ""];
  const { reads, writes, cycles, next_best: next } = cost;
  return [
    formatCount(reads + writes),
    formatCount(cycles),
    next === null ? "none" : `${formatCount(next.cycles)} in ${printable(next.pool)}`,
  ];
}
