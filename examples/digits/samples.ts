/**
 * Held-out digits for demonstrations, and pictures of them for a terminal.
 *
 * @module
 */
import { heldOutDigits, SIDE } from "./data.ts";
import { quantizePixels } from "./quantize.ts";

/** A digit that the network never saw. */
export interface Sample {
  /** What it is, 0 to 9. */
  readonly label: number;
  /** Which of its class it is, in the order of the package `mnist`. */
  readonly index: number;
  /** Row by row, 0 is paper and 255 is ink. */
  readonly pixels: Uint8Array;
  /** The bytes that the network's input buffer takes. */
  readonly input: Int8Array;
}

/**
 * The same few held-out digits every time: of every class the first ones, whether the network reads them
 * rightly or not.
 *
 * @param perClass How many of each class, 1 to 100
 * @returns Sorted by label
 */
export function sampleDigits(perClass: number): Sample[] {
  return Array.from({ length: 10 }, (_, label) => heldOutDigits(label, perClass)).flat()
    .map((digit) => ({ ...digit, input: quantizePixels(digit.pixels) }));
}

/**
 * How to draw: `grey` has 24 levels of grey (needs a terminal with 256 colours), `blocks` has full, half and
 * shaded blocks without colour, `ascii` has nothing beyond ASCII.
 */
export type DrawingStyle = "grey" | "blocks" | "ascii";

/**
 * Draws a digit 28 columns wide and 14 lines high: every character stands for two pixels, one above the
 * other.
 *
 * @param pixels 784 values, row by row, 0 is paper and 255 is ink
 * @param style See {@linkcode DrawingStyle}
 * @returns 14 lines without a final newline; with style `grey` each ends by resetting the colours
 */
export function drawDigit(pixels: Uint8Array, style: DrawingStyle = "blocks"): string {
  const lines: string[] = [];
  for (let y = 0; y < SIDE; y += 2) {
    const pairs = Array.from({ length: SIDE }, (_, x): [number, number] => [
      pixels[y * SIDE + x] ?? 0,
      pixels[(y + 1) * SIDE + x] ?? 0,
    ]);
    lines.push(
      style === "grey" ? greyLine(pairs) : pairs.map((pair) => draw(pair, style)).join(""),
    );
  }
  return lines.join("\n");
}

function draw([upper, lower]: [number, number], style: "blocks" | "ascii"): string {
  if (style === "ascii") return shade(" .:-=+*#%@", (upper + lower) / 2);
  const dark = 128;
  if (upper >= dark && lower < dark / 2) return "▀";
  if (lower >= dark && upper < dark / 2) return "▄";
  return shade(" ░▒▓█", (upper + lower) / 2);
}

/** Upper pixels in the foreground's colour, lower ones in the background's. */
function greyLine(pairs: readonly [number, number][]): string {
  let line = "";
  let colours = "";
  for (const [upper, lower] of pairs) {
    const next = `\x1b[38;5;${greyOf(upper)};48;5;${greyOf(lower)}m`;
    line += next === colours ? "▀" : `${next}▀`;
    colours = next;
  }
  return `${line}\x1b[0m`;
}

/** Colours 232 to 255 of the 256-colour palette are greys from dark to light. */
function greyOf(pixel: number): number {
  return 232 + Math.floor(pixel * 24 / 256);
}

function shade(ramp: string, pixel: number): string {
  return ramp.charAt(Math.floor(pixel * ramp.length / 256));
}
