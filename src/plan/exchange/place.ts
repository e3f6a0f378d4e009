/**
 * Where in a text something is, for errors.
 *
 * @module
 */
import { InputError } from "../../base/error.ts";

/** A text file. */
export interface TextFile {
  /** Path as the user gave it. */
  readonly path: string;
  /** Its content. */
  readonly text: string;
}

/**
 * An error with line and column.
 *
 * @param file The file
 * @param at Index of the first wrong character
 * @param length How many are wrong
 * @param message `Cannot …`
 * @param hints What helps
 */
export function problemFileError(
  file: TextFile,
  at: number,
  length: number,
  message: string,
  hints: readonly string[] = [],
): InputError {
  const before = file.text.slice(0, at);
  const start = before.lastIndexOf("\n") + 1;
  const lineText = file.text.slice(start).split(/\r?\n/, 1)[0] ?? "";
  const location = {
    file: file.path,
    line: before.split("\n").length,
    column: at - start + 1,
    lineText,
    length: Math.max(1, length),
  };
  return new InputError("E-PLAN-PROBLEM-FILE", message, { location, hints });
}
