/**
 * Pictures as SVG text: Observable Plot drawing into svgdom, without a browser. Every picture is drawn
 * for a wide and for a narrow page, because text in a drawing that is merely shrunk cannot be read.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { createHTMLWindow } from "svgdom";
import { printable } from "../text/style.ts";
import { html, type Markup, markup } from "./markup.ts";

/** Width of pictures on wide pages, CSS pixels. */
export const WIDE = 1040;
/** Width of pictures on narrow pages, CSS pixels. */
export const NARROW = 360;

/** Size of the labels inside pictures, CSS pixels. */
export const LABEL_SIZE = 11;
/** Advance of a character of a monospaced font, in units of its size; 0.602 is the widest in common use. */
const ADVANCE = 0.602;

/** Font of labels inside pictures: monospaced, so that their width is known without a browser. */
export const LABEL_FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";

/** A rectangle in pixels. */
export interface Rect {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
  /** CSS colour, e.g. `var(--code)`. */
  readonly fill: string;
  /** What hovering shows. */
  readonly title?: string | undefined;
}

/** A text in pixels. */
export interface Label {
  readonly x: number;
  /** Middle of the line. */
  readonly y: number;
  readonly text: string;
  readonly anchor: "start" | "middle" | "end";
  /** CSS colour. */
  readonly fill: string;
  readonly bold?: boolean | undefined;
}

/** From here on, characters are taken to be as wide as two: CJK, Hangul, emoji. */
const WIDE_FROM = 0x1100;

/** Pixels that a label takes. */
export function labelWidth(text: string): number {
  let cells = 0;
  for (const character of text) cells += (character.codePointAt(0) ?? 0) < WIDE_FROM ? 1 : 2;
  return cells * ADVANCE * LABEL_SIZE;
}

/** Shortens a label to some pixels; empty if less than four characters would be left of a longer one. */
export function fitLabel(text: string, pixels: number): string {
  if (labelWidth(text) <= pixels) return text;
  let kept = "";
  for (const character of text) {
    if (labelWidth(`${kept}${character}…`) > pixels) break;
    kept += character;
  }
  return kept.length < 3 ? "" : `${kept}…`;
}

/**
 * Runs Plot without a browser.
 *
 * @param label What a screen reader says of the picture
 * @param options Plot's options
 * @returns The SVG element
 */
export function plotSvg(label: string, options: Plot.PlotOptions): Markup {
  const { document } = createHTMLWindow();
  const svg = Plot.plot({ ...options, document, className: "plot", ariaLabel: label });
  // The page's own style sheet styles every picture; a style element in each would repeat it.
  svg.querySelector("style")?.remove();
  svg.setAttribute("role", "img");
  // svgdom escapes what markup means, but leaves control characters and half characters in.
  return markup(printable(String(svg.outerHTML)).toWellFormed());
}

/**
 * Draws rectangles and labels at given pixels.
 *
 * @param label What a screen reader says of the picture
 * @param width CSS pixels
 * @param height CSS pixels
 * @param rects Drawn first
 * @param labels Drawn over them
 */
export function drawShapes(
  label: string,
  width: number,
  height: number,
  rects: readonly Rect[],
  labels: readonly Label[],
): Markup {
  const anchors = ["start", "middle", "end"] as const;
  const groups = anchors.flatMap((anchor) =>
    [false, true].map((bold) => ({
      anchor,
      bold,
      members: labels.filter((entry) =>
        entry.anchor === anchor && (entry.bold ?? false) === bold && entry.text !== ""
      ),
    }))
  ).filter(({ members }) => members.length > 0);
  return plotSvg(label, {
    width,
    height,
    margin: 0,
    x: { type: "identity", axis: null },
    y: { type: "identity", axis: null },
    color: { type: "identity" },
    marks: [
      Plot.rect([...rects], {
        x1: "x1",
        x2: "x2",
        y1: "y1",
        y2: "y2",
        fill: "fill",
        title: "title",
        stroke: "var(--page)",
        strokeWidth: 0.5,
      }),
      ...groups.map(({ anchor, bold, members }) =>
        Plot.text(members, {
          x: "x",
          y: "y",
          text: "text",
          fill: "fill",
          textAnchor: anchor,
          fontSize: LABEL_SIZE,
          fontFamily: LABEL_FONT,
          fontWeight: bold ? 600 : 400,
          pointerEvents: "none",
        })
      ),
    ],
  });
}

/** The same picture for wide and for narrow pages; the style sheet shows one of them. */
export function bothWidths(draw: (width: number) => Markup): Markup {
  return html`
    <div class="wide">${draw(WIDE)}</div>
    <div class="narrow">${draw(NARROW)}</div>
  `;
}
