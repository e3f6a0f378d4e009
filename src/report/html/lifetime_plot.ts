/**
 * The lifetime picture of a pool: statements from left to right, addresses upwards, a rectangle for
 * each buffer, with the limit and the lower bound as lines.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { PlanDocument } from "../../base/documents.ts";
import { formatAddress, formatBytes, formatKibibytes } from "../../base/units.ts";
import { printable } from "../text/style.ts";
import { html, type Markup } from "./markup.ts";
import {
  bothWidths,
  fitLabel,
  LABEL_FONT,
  LABEL_SIZE,
  labelWidth,
  NARROW,
  plotSvg,
} from "./picture.ts";

type PoolDocument = PlanDocument["pools"][number];
type AllocationDocument = PlanDocument["allocations"][number];

const HEIGHT = 300;
const MARGIN = { top: 12, right: 12, bottom: 40, left: 68 };
/** The limit is drawn if it is at most this many times what is used. */
const DRAW_LIMIT_UP_TO = 2;
const HUES = 8;
/** Lower ones would vanish; they are heightened upwards. */
const LOWEST = 2;
/** From this height on a rectangle has an edge. */
const EDGE_FROM = 5;
/** Names are not cut to fewer characters: too many would look the same. */
const SHORTEST_CUT = 10;
const LINE_HEIGHT = LABEL_SIZE + 2;
const MOST_ADDRESS_TICKS = 7;

/**
 * Draws one pool.
 *
 * @param plan The plan
 * @param pool One of its pools
 * @param address Address of the pool's first byte, if known
 * @param beside How to draw it, if others stand beside it
 */
export function lifetimePlot(
  plan: PlanDocument,
  pool: PoolDocument,
  address: number | undefined,
  beside?: Beside,
): Markup {
  const members = plan.allocations.filter((allocation) => allocation.pool === pool.name);
  // All workspace pools show the same statements, so that they can be read one above the other.
  const shown = pool.kind === "workspace"
    ? plan.allocations.filter((allocation) => allocation.kind === "workspace")
    : members;
  const start = Math.min(...shown.map((allocation) => allocation.first_use));
  const end = Math.max(...shown.map((allocation) => allocation.last_use)) + 1;
  const highest = beside?.highest ?? pool.used_bytes;
  const drawsLimit = pool.limit_bytes <= DRAW_LIMIT_UP_TO * highest;
  const frame = { start, end, drawsLimit, highest, byBuffer: beside !== undefined };
  const place = address === undefined ? "" : ` from ${formatAddress(address)}`;
  return html`<figure class="pool">
${
    beside === undefined
      ? html`<h3>${pool.name} <small>${pool.kind} pool in ${pool.region}${place}</small></h3>`
      : html`<h4>${beside.heading}</h4>`
  }
${
    beside === undefined
      ? bothWidths((width) => draw(plan, pool, members, { ...frame, width }))
      : draw(plan, pool, members, { ...frame, width: beside.width })
  }
<figcaption class="legend">
<span>used ${formatBytes(pool.used_bytes)}</span>
${
    pool.kind === "workspace" &&
    html`<span><b class="line floor"></b>lower bound ${formatBytes(pool.lower_bound_bytes)}</span>`
  }
<span>${
    drawsLimit
      ? html`<b class="line limit"></b>limit ${formatBytes(pool.limit_bytes)}`
      : `limit ${formatBytes(pool.limit_bytes)}, above the picture`
  }</span>
</figcaption>
</figure>`;
}

/** A picture that stands beside others of the same pool. */
export interface Beside {
  /** Heading. */
  readonly heading: string;
  /** Bytes that the highest of the pictures shows. */
  readonly highest: number;
  /** CSS pixels. */
  readonly width: number;
}

/** What a picture shows. */
interface Frame {
  /** First statement. */
  readonly start: number;
  /** The statement after the last. */
  readonly end: number;
  /** CSS pixels. */
  readonly width: number;
  /** Whether the pool's limit is in the picture. */
  readonly drawsLimit: boolean;
  /** Bytes that it shows at least. */
  readonly highest: number;
  /** Whether a buffer has the same colour wherever it lies; else neighbours differ. */
  readonly byBuffer: boolean;
}

function draw(
  plan: PlanDocument,
  pool: PoolDocument,
  members: readonly AllocationDocument[],
  frame: Frame,
): Markup {
  const { start, end, width, drawsLimit, highest, byBuffer } = frame;
  const top = 1.04 * Math.max(drawsLimit ? pool.limit_bytes : 0, highest);
  const xScale = (width - MARGIN.left - MARGIN.right) / (end - start);
  const yScale = (HEIGHT - MARGIN.top - MARGIN.bottom) / top;
  const rects = members.toSorted((a, b) => a.offset - b.offset).map((member, index) => {
    const pixels = (member.last_use + 1 - member.first_use) * xScale - 6;
    const height = Math.max(LOWEST, member.size * yScale);
    return {
      x1: member.first_use,
      x2: member.last_use + 1,
      y1: member.offset,
      y2: member.offset + height / yScale,
      fill: `var(--hue${(byBuffer ? plan.allocations.indexOf(member) : index) % HUES})`,
      title: describe(member),
      label: labelIn(member, `#${plan.allocations.indexOf(member) + 1}`, pixels, height),
      edge: height >= EDGE_FROM ? 1 : 0,
    };
  });
  const lines = [
    ...(drawsLimit ? [{ y: pool.limit_bytes, dash: "6 4", color: "var(--limit)" }] : []),
    ...(pool.kind === "workspace"
      ? [{ y: pool.lower_bound_bytes, dash: "2 3", color: "var(--floor)" }]
      : []),
  ];
  const axis = { fontSize: LABEL_SIZE, fontFamily: LABEL_FONT, color: "var(--muted)" };
  return plotSvg(`Lifetimes in pool ${pool.name}: statements by addresses`, {
    width,
    height: HEIGHT,
    marginTop: MARGIN.top,
    marginRight: MARGIN.right,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    x: { domain: [start, end] },
    y: { domain: [0, top] },
    color: { type: "identity" },
    marks: [
      Plot.gridY(addressTicks(top), { stroke: "var(--line)", strokeOpacity: 1 }),
      Plot.axisY(addressTicks(top), {
        ...axis,
        label: null,
        tickFormat: (bytes: number) => bytes === 0 ? "0" : formatKibibytes(bytes),
      }),
      Plot.axisX(statementTicks(start, end, width), {
        ...axis,
        label: "statement",
        labelAnchor: "center",
        labelArrow: "none",
        tickFormat: String,
      }),
      Plot.rect(rects, {
        x1: "x1",
        x2: "x2",
        y1: "y1",
        y2: "y2",
        fill: "fill",
        title: "title",
        stroke: "var(--page)",
        strokeWidth: "edge",
      }),
      Plot.text(rects.filter(({ label }) => label !== ""), {
        x: (rect) => (rect.x1 + rect.x2) / 2,
        y: (rect) => (rect.y1 + rect.y2) / 2,
        text: "label",
        fill: "var(--on-fill)",
        fontSize: LABEL_SIZE,
        fontFamily: LABEL_FONT,
        pointerEvents: "none",
      }),
      ...lines.map(({ y, dash, color }) =>
        Plot.ruleY([y], { stroke: color, strokeDasharray: dash, strokeWidth: 1.75 })
      ),
    ],
  });
}

/** Name and size on one line, or the name alone, on several lines, cut, or the number of its row. */
function labelIn(
  member: AllocationDocument,
  number: string,
  pixels: number,
  height: number,
): string {
  const lines = Math.floor(height / LINE_HEIGHT);
  if (lines === 0) return "";
  const name = printable(member.name);
  const withSize = `${name} ${formatKibibytes(member.size)}`;
  if (labelWidth(withSize) <= pixels) return withSize;
  if (labelWidth(name) <= pixels) return name;
  const wrapped: string[] = [];
  for (const word of name.split(/(?<=[_./:-])/)) {
    const last = wrapped.at(-1);
    if (last !== undefined && labelWidth(last + word) <= pixels) {
      wrapped[wrapped.length - 1] = last + word;
    } else wrapped.push(word);
  }
  const fits = wrapped.length <= lines && wrapped.every((line) => labelWidth(line) <= pixels);
  if (fits) return wrapped.join("\n");
  const cut = fitLabel(name, pixels);
  if (cut.length >= SHORTEST_CUT) return cut;
  return labelWidth(number) <= pixels ? number : "";
}

function describe(member: AllocationDocument): string {
  const live = member.kind === "constant"
    ? "live always"
    : `live in statements ${member.first_use} to ${member.last_use}`;
  return `${member.name}: ${formatBytes(member.size)} at offset ${member.offset}, ${live}${
    member.spilled ? ", spilled" : ""
  }`;
}

/** Multiples of a power of two, a handful. */
function addressTicks(top: number): number[] {
  const step = 2 ** Math.ceil(Math.log2(Math.max(1, top / MOST_ADDRESS_TICKS)));
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step);
}

/** Whole statements, as many as fit. */
function statementTicks(start: number, end: number, width: number): number[] {
  const most = width <= NARROW ? 8 : 24;
  const step = Math.max(1, Math.ceil((end - start) / most));
  return Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => start + i * step);
}
