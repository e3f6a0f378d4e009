/**
 * An error as people read it: code and message, the place in the file with the offending characters
 * underlined, and what to do about it.
 *
 * @module
 */
import { InfeasibleError, type PinmapError, type SourceLocation } from "../../base/error.ts";
import { planFindingLines } from "./plan_findings.ts";
import { type Colors, printable, printableLines, styleOf } from "./style.ts";

/** Longest part of a source line that is shown. */
const FRAME_WIDTH = 96;

/**
 * Prints an error.
 *
 * @param error The error
 * @param colors Colours; none by default
 * @returns Lines without a final newline
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { InputError } from "../../base/error.ts";
 * import { errorText } from "./error_text.ts";
 *
 * const location = { file: "b.toml", line: 3, column: 1, lineText: 'orign = "0"', length: 5 };
 * const error = new InputError("E-BOARD-KEY", 'Cannot read board: unknown key "orign"', {
 *   location,
 *   hints: ['Did you mean "origin"?'],
 * });
 * assertEquals(
 *   errorText(error),
 *   `error[E-BOARD-KEY]: Cannot read board: unknown key "orign"
 *  --> b.toml:3:1
 *   |
 * 3 | orign = "0"
 *   | ^^^^^
 *   = hint: Did you mean "origin"?`,
 * );
 * ```
 */
export function errorText(error: PinmapError, colors?: Colors): string {
  const style = styleOf({ colors });
  const { bold, red, cyan } = style.colors;
  const margin = " ".repeat(String(error.location?.line ?? "").length || 1);
  const message = printableLines(error.message).split("\n");
  const lines = [`${red(bold(`error[${printable(error.code)}]`))}: ${bold(message[0] ?? "")}`];
  lines.push(...message.slice(1));
  if (error.location !== undefined) lines.push(...frame(error.location, margin, style.colors));
  const findings = error instanceof InfeasibleError ? error.findings : [];
  for (const finding of findings) {
    lines.push(...planFindingLines(finding, style).map((line) => `${margin} ${line}`));
  }
  for (const hint of error.hints) {
    const [first = "", ...more] = printableLines(hint).split("\n");
    lines.push(`${margin} ${cyan("= hint:")} ${first}`);
    lines.push(...more.map((line) => `${margin}         ${line}`));
  }
  return lines.join("\n");
}

function frame(location: SourceLocation, margin: string, colors: Colors): readonly string[] {
  const { file, line, column, lineText, length = 1 } = location;
  const bar = colors.blue("|");
  const place = `${margin}${colors.blue("-->")} ${printable(file)}:${line}:${column}`;
  if (lineText === undefined) return [place];
  // A tab or another control character becomes one space, so that columns stay columns.
  // deno-lint-ignore no-control-regex
  const text = lineText.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
  const before = Math.max(0, column - 1);
  const start = before > FRAME_WIDTH - 16 ? before - 16 : 0;
  const shown = printable(text.slice(start, start + FRAME_WIDTH).trimEnd());
  const head = start > 0 ? "..." : "";
  const tail = text.trimEnd().length > start + FRAME_WIDTH ? "..." : "";
  const marks = Math.max(1, Math.min(length, shown.length - (before - start)));
  const underline = " ".repeat(head.length + before - start) + "^".repeat(marks);
  return [
    place,
    `${margin} ${bar}`,
    `${colors.blue(String(line))} ${bar} ${head}${shown}${tail}`,
    `${margin} ${bar} ${colors.red(underline)}`,
  ];
}
