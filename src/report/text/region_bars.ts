/**
 * One bar a region, to the scale of the region: how full it is, at a glance. In eighths of a character,
 * or in ASCII with a letter for what is there.
 *
 * @module
 */
import type { PlanDocument } from "../../base/documents.ts";
import type { Board } from "../../board/types.ts";
import { formatBytes } from "../../base/units.ts";
import { type Image, kindName, type TenantKind } from "../image.ts";
import { formatShare } from "../numbers.ts";
import { type RegionUsage, regionUsage, sumByKind } from "../usage.ts";
import { printable, type Style, styleOf, type TextOptions } from "./style.ts";

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;
const FULL = "█";

const LETTERS: Readonly<Record<TenantKind, string>> = {
  "workspace": "W",
  "constants": "C",
  "code": "X",
  "data": "D",
  "stack": "S",
  "heap": "H",
  "load-image": "L",
  "reserved": "R",
  "other": "O",
};

/**
 * Draws how full each region is.
 *
 * @param board Regions
 * @param plan Pools and residents, if a plan is known
 * @param image Linked sections, if there is an image
 * @param options `ascii` draws letters (W workspace, C constants, X code, …), with a key below
 * @returns One line a region
 */
export function regionBars(
  board: Board,
  plan?: PlanDocument,
  image?: Image,
  options?: TextOptions,
): string {
  const style = styleOf(options);
  const usages = regionUsage(board, plan, image);
  const nameWidth = Math.max(...usages.map(({ region }) => printable(region.name).length), 0);
  const texts = usages.map(({ used, region }) =>
    `${formatShare(used, region.length).padStart(7)}  ${formatBytes(used)}`
  );
  const textWidth = Math.max(...texts.map((text) => text.length), 0);
  const cells = Math.max(8, style.width - nameWidth - textWidth - 6);
  const lines = usages.map((usage, index) => {
    const bar = style.ascii ? letterBar(usage, cells) : blockBar(usage, cells, style);
    const name = printable(usage.region.name).padStart(nameWidth);
    const [open, close] = style.ascii ? ["[", "]"] : ["▕", "▏"];
    return `${name}  ${open}${bar}${close}  ${texts[index] ?? ""}`;
  });
  if (!style.ascii) return lines.join("\n");
  const kinds = new Set(usages.flatMap(({ tenants }) => tenants.map(({ kind }) => kind)));
  const key = [...kinds].map((kind) => `${LETTERS[kind]} ${kindName(kind)}`).join(", ");
  return [...lines, `${" ".repeat(nameWidth)}  ${[key, "- free"].filter(Boolean).join(", ")}`]
    .join("\n");
}

function blockBar({ used, region }: RegionUsage, cells: number, { colors }: Style): string {
  const eighths = used === 0
    ? 0
    : Math.min(8 * cells, Math.max(1, Math.round(8 * cells * used / region.length)));
  const filled = FULL.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
  const paint = used > region.length
    ? colors.red
    : used >= 0.9 * region.length
    ? colors.yellow
    : colors.green;
  return paint(filled) + " ".repeat(cells - Math.ceil(eighths / 8));
}

/** A letter for each cell; whatever is not empty gets at least one while there is room. */
function letterBar({ tenants, region }: RegionUsage, cells: number): string {
  let bar = "";
  for (const [kind, bytes] of sumByKind(tenants)) {
    const wanted = Math.max(1, Math.round(cells * bytes / region.length));
    bar += LETTERS[kind].repeat(Math.min(wanted, cells - bar.length));
  }
  return bar.padEnd(cells, "-");
}
