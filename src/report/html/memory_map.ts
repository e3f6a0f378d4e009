/**
 * The memory map: a bar for each region, to the scale of the region, with what lies where in it.
 *
 * @module
 */
import type { Board } from "../../board/types.ts";
import { formatAddress, formatBytes, formatKibibytes } from "../../base/units.ts";
import { kindName } from "../image.ts";
import { formatShare } from "../numbers.ts";
import type { RegionUsage, Tenant } from "../usage.ts";
import { html, type Markup } from "./markup.ts";
import {
  bothWidths,
  drawShapes,
  fitLabel,
  type Label,
  LABEL_SIZE,
  labelWidth,
  type Rect,
} from "./picture.ts";

const BAR = 26;
const LINE = LABEL_SIZE + 5;
const GAP = 18;
/** Thinner ones would vanish; they are widened, never moved. */
const THINNEST = 1.5;

/**
 * Draws every region with its tenants.
 *
 * @param board Names, addresses, aliases
 * @param usages What is where
 */
export function memoryMap(board: Board, usages: readonly RegionUsage[]): Markup {
  const kinds = new Set(usages.flatMap(({ tenants }) => tenants.map(({ kind }) => kind)));
  const linked = usages.every(({ tenants }) =>
    tenants.every(({ address }) => address !== undefined)
  );
  return html`<figure>
<figcaption class="legend">${
    [...kinds].map((kind) =>
      html`
        <span><i style="background:var(--${kind})"></i>${kindName(kind)}</span>
      `
    )
  }<span><i style="background:var(--track)"></i>free</span></figcaption>
${bothWidths((width) => draw(board, usages, width))}
${
    !linked &&
    html`<p class="aside">Planned, not linked: the order inside a region is that of the plan.</p>`
  }
</figure>`;
}

function draw(board: Board, usages: readonly RegionUsage[], width: number): Markup {
  const rects: Rect[] = [];
  const labels: Label[] = [];
  let top = 2;
  for (const usage of usages) {
    top = drawRegion(board, usage, width, top, rects, labels) + GAP;
  }
  return drawShapes(
    "Memory map: regions and what lies in them",
    width,
    Math.max(1, top - GAP),
    rects,
    labels,
  );
}

/** Adds one region and gives the y below it. */
function drawRegion(
  board: Board,
  { region, tenants, used }: RegionUsage,
  width: number,
  top: number,
  rects: Rect[],
  labels: Label[],
): number {
  const middle = LINE / 2;
  const share = `${formatKibibytes(used)} of ${formatKibibytes(region.length)}, ${
    formatShare(used, region.length)
  }`;
  labels.push(
    { x: width, y: top + middle, text: share, anchor: "end", fill: "var(--ink)" },
    {
      x: 0,
      y: top + middle,
      text: fitLabel(region.name, width - labelWidth(share) - LABEL_SIZE),
      anchor: "start",
      fill: "var(--ink)",
      bold: true,
    },
  );
  const y1 = top + LINE;
  const y2 = y1 + BAR;
  const end = region.origin + region.length;
  rects.push({
    x1: 0,
    x2: width,
    y1,
    y2,
    fill: "var(--track)",
    title: `${region.name}: ${formatBytes(Math.max(0, region.length - used))} free`,
  });
  let next = region.origin;
  for (const tenant of tenants) {
    const start = tenant.address ?? next;
    next = start + tenant.size;
    const x1 = width * (start - region.origin) / region.length;
    const x2 = Math.max(x1 + THINNEST, width * (next - region.origin) / region.length);
    if (x1 >= width) continue;
    const clipped = Math.min(x2, width);
    rects.push({
      x1,
      x2: clipped,
      y1,
      y2,
      fill: `var(--${tenant.kind})`,
      title: describe(tenant),
    });
    labels.push({
      x: (x1 + clipped) / 2,
      y: (y1 + y2) / 2,
      text: fitLabel(tenant.name, clipped - x1 - 6),
      anchor: "middle",
      fill: "var(--on-fill)",
    });
  }
  const aliases = board.aliases.filter((alias) => alias.of === region.name)
    .map((alias) => `${formatAddress(alias.origin)} (${alias.name})`);
  const right = formatAddress(end);
  labels.push(
    { x: width, y: y2 + middle, text: right, anchor: "end", fill: "var(--muted)" },
    {
      x: 0,
      y: y2 + middle,
      text: fitLabel(
        [formatAddress(region.origin), ...aliases.map((alias) => `also at ${alias}`)].join(" "),
        width - labelWidth(right) - LABEL_SIZE,
      ),
      anchor: "start",
      fill: "var(--muted)",
    },
  );
  return y2 + LINE;
}

function describe({ kind, name, size, address }: Tenant): string {
  const place = address === undefined ? "" : ` at ${formatAddress(address)}`;
  return `${name} (${kindName(kind)}): ${formatBytes(size)}${place}`;
}
