/**
 * What all terminal reports share: colours, width, ASCII mode, and names made safe to print.
 *
 * @module
 */
import picocolors from "picocolors";

/** Wraps a text in the sequences of one colour or weight, or returns it as it is. */
export type Paint = (text: string) => string;

/** Colour functions; what `picocolors.createColors(enabled)` makes has these. */
export interface Colors {
  /** Headings and totals. */
  readonly bold: Paint;
  /** What is secondary. */
  readonly dim: Paint;
  /** What is wrong. */
  readonly red: Paint;
  /** What is right. */
  readonly green: Paint;
  /** What is doubtful. */
  readonly yellow: Paint;
  /** Frames. */
  readonly blue: Paint;
  /** Hints. */
  readonly cyan: Paint;
}

/** How to print. */
export interface TextOptions {
  /** Colours; none by default. */
  readonly colors?: Colors | undefined;
  /** Only ASCII characters in pictures and marks. */
  readonly ascii?: boolean | undefined;
  /** Columns that pictures may take; 80 by default. */
  readonly width?: number | undefined;
}

/** Options with every default filled in. */
export interface Style {
  /** Colours. */
  readonly colors: Colors;
  /** Only ASCII. */
  readonly ascii: boolean;
  /** Columns, at least 40. */
  readonly width: number;
}

const PLAIN = picocolors.createColors(false);
const NARROWEST = 40;
const USUAL_WIDTH = 80;

/** Fills in the defaults. */
export function styleOf(options: TextOptions = {}): Style {
  return {
    colors: options.colors ?? PLAIN,
    ascii: options.ascii ?? false,
    width: Math.max(NARROWEST, Math.floor(options.width ?? USUAL_WIDTH)),
  };
}

/**
 * Makes a name from a model, an ELF or a board safe to print on one line: control characters (a
 * terminal obeys escape sequences) and marks that reverse the direction of text become visible escapes.
 *
 * @param text Any text
 * @returns One line without control characters
 */
export function printable(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u{${character.charCodeAt(0).toString(16)}}`,
  );
}

/** {@linkcode printable} for texts of several lines, such as a compiler's message. */
export function printableLines(text: string): string {
  return text.split(/\r?\n/).map((line) => printable(line.replaceAll("\t", "  "))).join("\n");
}

/**
 * Shortens a text to a width.
 *
 * @param text One line
 * @param width Columns, ≥ 1
 * @param ascii Whether the mark is `~` instead of `…`
 */
export function shorten(text: string, width: number, ascii: boolean): string {
  return text.length <= width ? text : text.slice(0, Math.max(0, width - 1)) + (ascii ? "~" : "…");
}
