/**
 * Reading a board file: TOML, then its shape, then its meaning. All problems of a stage are reported at
 * once, each with its line and column.
 *
 * @module
 */
import { parse as parseToml } from "@std/toml";
import * as v from "valibot";
import type { InputError } from "../base/error.ts";
import { buildBoard } from "./build.ts";
import { checkBoard } from "./checks.ts";
import { createLocator, locationAt, type Path } from "./locate.ts";
import { boardError, type Problem, syntaxError, unpackProblem } from "./problems.ts";
import { BOARD_FILE } from "./schema.ts";
import type { Board } from "./types.ts";

/**
 * Reads a board file.
 *
 * @param text TOML in the format of `boards/README.md`
 * @param file Path for messages
 * @returns The board; origins and lengths in bytes, clocks in Hz
 * @throws {InputError} If the text is not a board. `code` says what is wrong (`E-BOARD-SYNTAX`,
 * `E-BOARD-KEY`, `E-BOARD-OVERLAP`, …), `location` where, and `data.errors` lists all errors found
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseBoard } from "./parse.ts";
 *
 * const board = parseBoard(
 *   `
 *   schema = "pinmap/board-1"
 *   name = "tiny"
 *   title = "A board of our own"
 *   vector_table = 0x0
 *   [sources]
 *   data-sheet = "Data sheet, revision 1"
 *   [cpu]
 *   core = "cortex-m4"
 *   fpu = "none"
 *   clock = "48 MHz"
 *   source = "data-sheet §1"
 *   [[region]]
 *   name = "sram"
 *   kind = "ram"
 *   origin = 0x2000_0000
 *   length = "16 KiB"
 *   access = "rwx"
 *   source = "data-sheet §2"
 *   [[region]]
 *   name = "flash"
 *   kind = "nvm"
 *   origin = 0x0
 *   length = "64 KiB"
 *   access = "rx"
 *   wait_states = { read = 1, fetch = 1 }
 *   source = "data-sheet §2"
 *   `,
 *   "tiny.toml",
 * );
 * assertEquals(board.cpu.clockHz, 48_000_000);
 * assertEquals(board.regions.map((region) => region.length), [16384, 65536]);
 * ```
 */
export function parseBoard(text: string, file: string): Board {
  const document = readToml(text, file);
  const shape = v.safeParse(BOARD_FILE, document);
  if (!shape.success) throw fail(shapeProblems(shape.issues, document), text, file);
  const board = buildBoard(shape.output, file);
  const problems = checkBoard(board);
  if (problems.length > 0) throw fail(problems, text, file);
  return board;
}

function fail(problems: readonly Problem[], text: string, file: string): InputError {
  return boardError(problems, createLocator(text, file));
}

function readToml(text: string, file: string): unknown {
  try {
    return parseToml(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const { line, column } = errorPosition(error, message);
    const reason = (message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
    throw syntaxError(reason, locationAt(text.split(/\r?\n/), file, line, column), error);
  }
}

/** `@std/toml` has the position in its message, the npm package that serves it in two properties. */
function errorPosition(error: unknown, message: string): { line: number; column: number } {
  const { line, column } = error as { line?: unknown; column?: unknown };
  if (typeof line === "number" && typeof column === "number") return { line, column };
  const match = /line (\d+), column (\d+)/.exec(message);
  return { line: Number(match?.[1] ?? 1), column: Number(match?.[2] ?? 1) };
}

function shapeProblems(
  issues: readonly v.BaseIssue<unknown>[],
  document: unknown,
): Problem[] {
  const problems = issues.map((issue) => shapeProblem(issue, document));
  // A misspelt key is also a missing one; the misspelling says more.
  const misspelt = new Set(
    problems.flatMap(({ code, hints, path }) => {
      const meant = /^Did you mean "(.*)"\?$/.exec(hints[0] ?? "")?.[1];
      return code === "E-BOARD-KEY" && meant !== undefined
        ? [JSON.stringify([...path.slice(0, -1), meant])]
        : [];
    }),
  );
  return problems.filter(({ code, path }) =>
    code !== "E-BOARD-MISSING" || !misspelt.has(JSON.stringify(path))
  );
}

function shapeProblem(issue: v.BaseIssue<unknown>, document: unknown): Problem {
  const path: Path = (issue.path ?? []).map(({ key }) =>
    typeof key === "number" ? key : String(key)
  );
  const { code, text, hints } = unpackProblem(issue.message);
  const last = path.at(-1);
  const parent = path.slice(0, -1);
  if (code === "E-BOARD-KEY" || code === "E-BOARD-MISSING") {
    const table = parent.length === 0 ? "board" : subject(parent, document);
    const message = code === "E-BOARD-KEY"
      ? `Cannot read key "${last}" of ${table}: ${text}`
      : `Cannot read ${table}: key "${last}" is ${text}`;
    return { code, message, hints, path, at: "key" };
  }
  return {
    code,
    message: `Cannot read ${subject(path, document)}: ${text}`,
    hints,
    path,
    at: "value",
  };
}

/** `wait_states.read of region "dtcm"`, `core of [cpu]`, `vector_table`. */
function subject(path: Path, document: unknown): string {
  const [first, second, ...rest] = path;
  if (first === undefined) return "board";
  if (second === undefined) return String(first);
  if (typeof second === "string") {
    return `${joinKeys([second, ...rest])} of [${first}]`;
  }
  const items = (document as Record<string, unknown>)[String(first)];
  const item: unknown = Array.isArray(items) ? items[second] : undefined;
  const name = (item as { name?: unknown } | null | undefined)?.name;
  const owner = `${first} ${typeof name === "string" ? JSON.stringify(name) : second + 1}`;
  return rest.length === 0 ? owner : `${joinKeys(rest)} of ${owner}`;
}

function joinKeys(keys: Path): string {
  return keys.map((key, index) =>
    typeof key === "number" ? `[${key}]` : index > 0 ? `.${key}` : key
  )
    .join("");
}
