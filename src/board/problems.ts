/**
 * What can be wrong with a board file: a problem is found by its path in the document and turned into
 * an error with a line and a column only when it is reported, because positions cost a second parse.
 *
 * @module
 */
import { InputError } from "../base/error.ts";
import type { SourceLocation } from "../base/error.ts";
import { closest } from "../base/units.ts";
import type { Locator, Path } from "./locate.ts";

/** One thing that is wrong. */
export interface Problem {
  /** Stable code `E-BOARD-…`. */
  readonly code: string;
  /** `Cannot <action>: <actual>, <needed>`. */
  readonly message: string;
  /** What to do. */
  readonly hints: readonly string[];
  /** Where in the document. */
  readonly path: Path;
  /** Which part to underline. */
  readonly at: "key" | "value";
}

/** A problem of a value that is well-formed but wrong. */
export function problem(
  code: string,
  message: string,
  path: Path,
  hints: readonly string[] = [],
): Problem {
  return { code, message, path, hints, at: "value" };
}

/** The hint for a misspelt word, if it is close to a known one. */
export function didYouMean(word: string, known: readonly string[]): string[] {
  const near = closest(word, known);
  return near === undefined ? [] : [`Did you mean "${near}"?`];
}

/** A problem of one value, before its place is known: its message lacks the "Cannot read …". */
export interface ValueProblem {
  /** Stable code. */
  readonly code: string;
  /** `<actual>, <needed>`. */
  readonly text: string;
  /** What to do. */
  readonly hints: readonly string[];
}

/** Packs a problem into the one string that a schema library carries for an issue. */
export function packProblem(code: string, text: string, ...hints: readonly string[]): string {
  return [code, text, ...hints].join("\n");
}

/** Undoes {@linkcode packProblem}. */
export function unpackProblem(message: string): ValueProblem {
  const [code = "E-BOARD-VALUE", text = "", ...hints] = message.split("\n");
  return { code, text, hints };
}

/**
 * One error for all problems: it reads as the first of them in the order of the file, and carries all
 * in `data.errors`.
 */
export function boardError(problems: readonly Problem[], locator: Locator): InputError {
  const located = problems
    .map((problem) => ({ problem, location: locator(problem.path, problem.at) }))
    .sort((a, b) => a.location.line - b.location.line || a.location.column - b.location.column);
  const errors = located.map(({ problem, location }) => ({
    code: problem.code,
    message: problem.message,
    file: location.file,
    line: location.line,
    column: location.column,
    hints: problem.hints,
  }));
  const first = located[0];
  if (first === undefined) throw new RangeError("boardError needs at least one problem");
  const others = errors.length - 1;
  const more = others === 0
    ? []
    : [`The file has ${others} more ${others === 1 ? "error" : "errors"}.`];
  return new InputError(first.problem.code, first.problem.message, {
    location: first.location,
    hints: [...first.problem.hints, ...more],
    data: { errors },
  });
}

/** The error for text that is not TOML. */
export function syntaxError(reason: string, location: SourceLocation, cause: unknown): InputError {
  const message = `Cannot read board: ${reason}, needed TOML 1.0`;
  return new InputError("E-BOARD-SYNTAX", message, {
    location,
    cause,
    data: {
      errors: [{
        code: "E-BOARD-SYNTAX",
        message,
        file: location.file,
        line: location.line,
        column: location.column,
        hints: [],
      }],
    },
  });
}
