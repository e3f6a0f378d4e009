/**
 * The region table: a superset of what `ld --print-memory-usage` prints, with its first four columns,
 * so that its readers feel at home. Every total is followed by its addends.
 *
 * @module
 */
import type { PlanDocument } from "../../base/documents.ts";
import type { Board } from "../../board/types.ts";
import { formatBytes } from "../../base/units.ts";
import { type Image, kindName } from "../image.ts";
import { formatShare } from "../numbers.ts";
import { type RegionUsage, regionUsage, sumByKind } from "../usage.ts";
import { printable, type Style, styleOf, type TextOptions } from "./style.ts";
import { table } from "./table.ts";

/** Share of a region from which it is shown as nearly full. */
const NEARLY_FULL = 0.9;

/**
 * Prints who uses how much of which region. With an image, linked sections are counted, and sections
 * that run from RAM also count where they are loaded from; without one, the plan's pools and residents.
 *
 * @param board Regions
 * @param plan Pools, residents and lower bounds, if a plan is known
 * @param image What the placement check read from the ELF, if there is one
 * @param options How to print
 * @returns Lines without a final newline
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { regionTable } from "./region_table.ts";
 * import type { Board } from "../../board/types.ts";
 *
 * const board: Board = {
 *   schema: "pinmap/board-1", name: "b", title: "b", sources: {}, vectorTable: 0, file: "b.toml",
 *   cpu: { core: "cortex-m4", fpu: "none", clockHz: 1, source: "" },
 *   regions: [{
 *     name: "sram", kind: "ram", origin: 0x2000_0000, length: 1024, initiators: ["c"], sections: [],
 *     access: { read: true, write: true, execute: true }, reserved: [], pool: {}, source: "",
 *   }],
 *   aliases: [], budgets: [],
 * };
 * const image = { sections: [{ section: ".bss", region: "sram", size: 256 }] };
 * assertStringIncludes(regionTable(board, undefined, image), "25.00%");
 * ```
 */
export function regionTable(
  board: Board,
  plan?: PlanDocument,
  image?: Image,
  options?: TextOptions,
): string {
  const style = styleOf(options);
  const rows = regionUsage(board, plan, image).flatMap((usage) => {
    const { region, used, free, peakLive } = usage;
    const row = [
      printable(region.name),
      formatBytes(used),
      formatBytes(region.length),
      paintShare(usage, style),
      free < 0 ? style.colors.red(`-${formatBytes(-free)}`) : formatBytes(free),
      peakLive === undefined ? "" : formatBytes(peakLive),
    ];
    const holds = describe(usage);
    return holds === "" ? [row] : [row, { note: style.colors.dim(`= ${holds}`) }];
  });
  return table(
    [
      { head: "Memory region", align: "right" },
      { head: "Used Size", align: "right" },
      { head: "Region Size", align: "right" },
      { head: "%age Used", align: "right" },
      { head: "Free", align: "right" },
      { head: "Peak live", align: "right" },
    ],
    rows,
    style,
  );
}

/** The addends of a region's total: `40000 B workspace + 4096 B stack`. */
function describe({ tenants }: RegionUsage): string {
  return sumByKind(tenants).map(([kind, bytes]) => `${bytes} B ${kindName(kind)}`).join(" + ");
}

function paintShare({ used, region }: RegionUsage, { colors }: Style): string {
  const text = formatShare(used, region.length);
  if (used > region.length) return colors.red(text);
  if (used >= NEARLY_FULL * region.length) return colors.yellow(text);
  return used === 0 ? colors.dim(text) : colors.green(text);
}
