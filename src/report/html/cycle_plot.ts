/**
 * Where the cycles went, as bars: the total, the core and each region, split by kind of access, for
 * one run or for several side by side. All bars have one scale.
 *
 * @module
 */
import type { RunDocument } from "../../base/documents.ts";
import { formatCount, formatShare, NARROW_SPACE } from "../numbers.ts";
import { html, type Markup } from "./markup.ts";
import {
  bothWidths,
  drawShapes,
  fitLabel,
  type Label,
  LABEL_SIZE,
  labelWidth,
  NARROW,
  type Rect,
} from "./picture.ts";

/** A run with a name. */
export interface LabelledRun {
  /** Name, e.g. `pinned`. */
  readonly label: string;
  /** The run. */
  readonly run: RunDocument;
}

/** One bar. */
interface Bar {
  readonly label: string;
  readonly parts: readonly {
    readonly kind: string;
    readonly cycles: number;
    readonly accesses?: number;
  }[];
  readonly cycles: number;
  readonly total: number;
  readonly accesses: number;
}

const KINDS = ["fetch", "read", "write"] as const;
const BAR = 16;
const LINE = LABEL_SIZE + 5;
const GUTTER = 250;

/** Draws the cycles of one or more runs. */
export function cyclePlot(runs: readonly LabelledRun[]): Markup {
  return html`<figure>
<figcaption class="legend">${
    ["core", ...KINDS].map((kind) =>
      html`
        <span><i style="background:var(--cycles-${kind})"></i>${kind === "core"
          ? "core, zero wait states"
          : `waiting for a ${kind}`}</span>
      `
    )
  }</figcaption>
${bothWidths((width) => draw(runs, width))}
</figure>`;
}

function draw(runs: readonly LabelledRun[], width: number): Markup {
  const narrow = width <= NARROW;
  const longest = Math.max(1, ...runs.map(({ run }) => run.cycles));
  const texts = groups(runs).flatMap(({ bars }) => bars.map(valueText));
  const textWidth = Math.max(...texts.map(labelWidth)) + LABEL_SIZE;
  const left = narrow ? 0 : GUTTER;
  const scale = (narrow ? width : width - GUTTER - textWidth) / longest;
  const rects: Rect[] = [];
  const labels: Label[] = [];
  let top = 2;
  for (const { name, bars } of groups(runs)) {
    const named = runs.length > 1;
    if (narrow && named) {
      labels.push({ ...at(0, top + LINE / 2), text: fitLabel(name, width), bold: true });
      top += LINE;
    }
    bars.forEach((bar, index) => {
      const title = named ? bar.label : name;
      if (narrow) {
        const value = valueText(bar);
        const room = width - labelWidth(value) - LABEL_SIZE;
        labels.push(
          { ...at(0, top + LINE / 2), text: fitLabel(title, room), bold: !named },
          { ...at(width, top + LINE / 2), text: value, anchor: "end" },
        );
        top += LINE;
      } else {
        const half = GUTTER / 2;
        if (index === 0) {
          const room = named ? half - LABEL_SIZE : GUTTER - LABEL_SIZE;
          labels.push({ ...at(0, top + BAR / 2), text: fitLabel(name, room), bold: true });
        }
        if (named) {
          const text = fitLabel(bar.label, half - LABEL_SIZE);
          labels.push({
            ...at(left - 8, top + BAR / 2),
            text,
            anchor: "end",
            fill: "var(--muted)",
          });
        }
      }
      let x = left;
      for (const { kind, cycles } of bar.parts) {
        if (cycles <= 0) continue;
        const x2 = x + cycles * scale;
        rects.push({
          x1: x,
          x2,
          y1: top,
          y2: top + BAR,
          fill: `var(--cycles-${kind})`,
          title: `${name}${named ? `, ${bar.label}` : ""}: ${kind} ${formatCount(cycles)} cycles`,
        });
        x = x2;
      }
      if (!narrow) labels.push({ ...at(x + 6, top + BAR / 2), text: valueText(bar) });
      top += BAR + 3;
    });
    top += 9;
  }
  return drawShapes("Cycles by core and region", width, top - 9, rects, labels);
}

function at(x: number, y: number): Omit<Label, "text"> {
  return { x, y, anchor: "start", fill: "var(--ink)" };
}

/** A memory without wait states costs nothing, but is not unused. */
function valueText({ cycles, total, accesses }: Bar): string {
  return cycles === 0 && accesses > 0
    ? `0 for ${formatCount(accesses, NARROW_SPACE)} accesses`
    : `${formatCount(cycles, NARROW_SPACE)}, ${formatShare(cycles, total)}`;
}

/** The total, the core, and every region that some run accessed; a bar a run in each. */
function groups(
  runs: readonly LabelledRun[],
): readonly { readonly name: string; readonly bars: readonly Bar[] }[] {
  const accessed = (region: RunDocument["regions"][number]) =>
    KINDS.some((kind) => region[kind].accesses > 0);
  const names = [
    ...new Set(runs.flatMap(({ run }) => run.regions.filter(accessed).map(({ name }) => name))),
  ];
  const bars = (parts: (run: RunDocument) => Bar["parts"]) =>
    runs.map(({ label, run }): Bar => ({
      label,
      parts: parts(run),
      cycles: parts(run).reduce((sum, part) => sum + part.cycles, 0),
      total: run.cycles,
      accesses: parts(run).reduce((sum, part) => sum + (part.accesses ?? 0), 0),
    }));
  const core = (run: RunDocument) => [{ kind: "core", cycles: run.core_cycles }];
  return [
    {
      name: "total",
      bars: bars((run) => [
        ...core(run),
        ...KINDS.map((kind) => ({
          kind,
          cycles: run.regions.reduce((sum, region) => sum + region[kind].cycles, 0),
        })),
      ]),
    },
    { name: "core", bars: bars(core) },
    ...names.map((name) => ({
      name,
      bars: bars((run) => {
        const region = run.regions.find((entry) => entry.name === name);
        return KINDS.map((kind) => ({
          kind,
          cycles: region?.[kind].cycles ?? 0,
          accesses: region?.[kind].accesses ?? 0,
        }));
      }),
    })),
  ];
}
