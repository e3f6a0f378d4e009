/**
 * MiniMalloc's CSV of buffers, `id,lower,upper,size[,alignment,gaps,hint]`: half-open times, one pool
 * (github.com/google/minimalloc, README). A plan is the same with a column `offset`. `gaps` are
 * half-open times within the life in which the buffer is not live, `5-7 9-12`; `hint` is an offset that a
 * planner may try (-1 or nothing: none), which is kept; `offset` is not used when a problem is read.
 *
 * @module
 */
import { InputError } from "../../base/error.ts";
import { closest } from "../../base/units.ts";
import { checkProblem } from "../problem.ts";
import type { BufferInfo, Interval, Placement, PlanProblem } from "../types.ts";
import { problemFileError, type TextFile } from "./place.ts";

const NEEDED = ["id", "lower", "upper", "size"] as const;
const COLUMNS: readonly string[] = [...NEEDED, "alignment", "gaps", "hint", "offset"];

/** MiniMalloc's reader needs a number in every line. */
const NO_HINT = -1;

/** Name of the only pool of a problem in CSV. */
const POOL = "memory";

/** A cell with where it is in the text. */
interface Cell {
  readonly text: string;
  readonly at: number;
}

/**
 * Reads a problem.
 *
 * @param text CSV with a header; names without quotes or commas
 * @param path Path for messages
 * @param capacity Bytes of the pool
 * @returns A problem with one pool, `memory`
 * @throws {InputError} With line and column if the text is wrong (E-PLAN-PROBLEM-FILE), or if the problem
 *   makes no sense (E-PLAN-PROBLEM)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readProblemCsv } from "./csv.ts";
 *
 * const { buffers } = readProblemCsv("id,lower,upper,size\na,0,3,16\n", "problem.csv", 1024);
 * assertEquals(buffers[0]?.intervals, [{ first: 0, last: 2 }]);
 * ```
 */
export function readProblemCsv(text: string, path: string, capacity: number): PlanProblem {
  const file = { path, text };
  const [header = [], ...rows] = rowsOf(text);
  const columns = new Map<string, number>();
  header.forEach(({ text: name, at }, index) => {
    if (!COLUMNS.includes(name)) {
      const guess = closest(name, COLUMNS);
      throw problemFileError(
        file,
        at,
        name.length,
        `Cannot read ${path}: "${name}" is no column, one of ${COLUMNS.join(", ")} is needed`,
        guess === undefined ? [] : [`Did you mean "${guess}"?`],
      );
    }
    if (columns.has(name)) {
      throw problemFileError(
        file,
        at,
        name.length,
        `Cannot read ${path}: the column "${name}" is there twice, once is needed`,
      );
    }
    columns.set(name, index);
  });
  for (const name of NEEDED) {
    if (!columns.has(name)) {
      throw problemFileError(
        file,
        0,
        1,
        `Cannot read ${path}: there is no column "${name}", ${NEEDED.join(", ")} are needed`,
      );
    }
  }
  if (rows.length === 0) {
    throw problemFileError(
      file,
      0,
      1,
      `Cannot read ${path}: there are no buffers below the header, one line for each is needed`,
    );
  }
  const candidates = [POOL];
  const seen = new Set<string>();
  const buffers = rows.map((row): BufferInfo => {
    const first = row[0] ?? { text: "", at: text.length };
    if (row.length !== header.length) {
      throw problemFileError(
        file,
        first.at,
        1,
        `Cannot read ${path}: the line has ${row.length} values, ${header.length} are needed`,
      );
    }
    const cell = (name: string) => row[columns.get(name) ?? -1];
    const whole = (name: string, least: number, byDefault?: number) =>
      wholeNumber(file, cell(name), name, least, byDefault);
    const id = cell("id") ?? first;
    if (id.text === "" || seen.has(id.text)) {
      throw problemFileError(
        file,
        id.at,
        id.text.length,
        `Cannot read ${path}: the id is "${id.text}"${
          id.text === "" ? "" : ", as that of a line above"
        }, a name of its own is needed`,
      );
    }
    seen.add(id.text);
    const lower = whole("lower", 0);
    const upper = whole("upper", lower + 1);
    const alignment = whole("alignment", 1, 1);
    if (2 ** Math.round(Math.log2(alignment)) !== alignment) {
      const { at, text: given } = cell("alignment") ?? first;
      throw problemFileError(
        file,
        at,
        given.length,
        `Cannot read ${path}: alignment is "${given}", a power of two is needed`,
      );
    }
    return {
      name: id.text,
      func: "",
      size: whole("size", 1),
      alignment,
      kind: "workspace",
      candidates,
      intervals: intervalsOf(file, lower, upper, cell("gaps")),
      ...hintOf(file, cell("hint")),
    };
  });
  const alignment = buffers.reduce((most, buffer) => Math.max(most, buffer.alignment), 1);
  const pool = {
    name: POOL,
    region: POOL,
    kind: "workspace",
    targets: [],
    limitBytes: capacity,
    alignment,
    properties: {},
  } as const;
  const problem = { pools: [pool], buffers };
  checkProblem(problem);
  return problem;
}

/**
 * Writes a problem of one pool, with the offsets of a plan if there is one.
 *
 * @param buffers Buffers
 * @param placements Where they are
 * @returns CSV with a final newline; columns that say nothing are left out
 * @throws {InputError} If a name cannot stand in CSV (E-PLAN-PROBLEM-NAME)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readProblemCsv, writeProblemCsv } from "./csv.ts";
 *
 * const text = "id,lower,upper,size,gaps\na,0,9,16,2-4 5-6\n";
 * assertEquals(writeProblemCsv(readProblemCsv(text, "a.csv", 64).buffers), text);
 * ```
 */
export function writeProblemCsv(
  buffers: readonly BufferInfo[],
  placements?: readonly Placement[],
): string {
  const offsets = new Map(placements?.map(({ name, offset }) => [name, offset]));
  const aligned = buffers.some(({ alignment }) => alignment > 1);
  const hinted = buffers.some(({ hint }) => hint !== undefined);
  const holed = buffers.some(({ intervals }) => intervals.length > 1);
  const columns = [
    ...NEEDED,
    ...(aligned ? ["alignment"] : []),
    ...(holed ? ["gaps"] : []),
    ...(hinted ? ["hint"] : []),
    ...(placements === undefined ? [] : ["offset"]),
  ];
  const lines = buffers.map(({ name, size, alignment, intervals, hint = NO_HINT }) => {
    const gaps = intervals.slice(1).map(({ first }, i) =>
      `${(intervals[i]?.last ?? 0) + 1}-${first}`
    );
    return [
      plainName(name),
      intervals[0]?.first ?? 0,
      (intervals.at(-1)?.last ?? 0) + 1,
      size,
      ...(aligned ? [alignment] : []),
      ...(holed ? [gaps.join(" ")] : []),
      ...(hinted ? [hint] : []),
      ...(placements === undefined ? [] : [offsets.get(name) ?? ""]),
    ].join(",");
  });
  return [columns.join(","), ...lines].join("\n") + "\n";
}

/** The format has no quotes, and readers trim. */
function plainName(name: string): string {
  if (!/[,\n\r]|^\s|\s$|^$/.test(name)) return name;
  throw new InputError(
    "E-PLAN-PROBLEM-NAME",
    `Cannot write buffer "${name}" as CSV: the format has no quotes, a name without commas, line breaks and outer spaces is needed`,
    { hints: ["--emit problem writes JSON, which holds any name"] },
  );
}

function rowsOf(text: string): Cell[][] {
  const rows: Cell[][] = [];
  let at = 0;
  for (const line of text.split("\n")) {
    if (line.trim() !== "") {
      let start = at;
      rows.push(
        line.split(",").map((value) => {
          const cell = { text: value.trim(), at: start + value.length - value.trimStart().length };
          start += value.length + 1;
          return cell;
        }),
      );
    }
    at += line.length + 1;
  }
  return rows;
}

function wholeNumber(
  file: TextFile,
  cell: Cell | undefined,
  name: string,
  least: number,
  byDefault: number | undefined,
): number {
  if (byDefault !== undefined && (cell === undefined || cell.text === "")) return byDefault;
  const { text, at } = cell ?? { text: "", at: 0 };
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw problemFileError(
    file,
    at,
    text.length,
    `Cannot read ${file.path}: ${name} is "${text}", a whole number of ${least} or more is needed`,
  );
}

function hintOf(file: TextFile, cell: Cell | undefined): { readonly hint?: number } {
  if (cell === undefined || cell.text === "" || cell.text === String(NO_HINT)) return {};
  return { hint: wholeNumber(file, cell, "hint", 0, undefined) };
}

function intervalsOf(
  file: TextFile,
  lower: number,
  upper: number,
  cell: Cell | undefined,
): readonly Interval[] {
  const intervals: Interval[] = [];
  let from = lower;
  for (const gap of (cell?.text ?? "").split(/\s+/).filter((text) => text !== "")) {
    if (gap.includes("@")) {
      throw problemFileError(
        file,
        cell?.at ?? 0,
        cell?.text.length ?? 1,
        `Cannot read ${file.path}: the gap "${gap}" has a window, in which a part of the buffer stays, gaps of the whole buffer such as "5-7 9-12" are needed`,
      );
    }
    const [, start = "", end = ""] = /^(\d+)-(\d+)$/.exec(gap) ?? [];
    const [gone, back] = [Number(start), Number(end)];
    if (start === "" || gone <= from || back <= gone || back >= upper) {
      throw problemFileError(
        file,
        cell?.at ?? 0,
        cell?.text.length ?? 1,
        `Cannot read ${file.path}: the gap "${gap}" does not lie within ${from}-${upper}, gaps such as "5-7 9-12" in order are needed`,
      );
    }
    intervals.push({ first: from, last: gone - 1 });
    from = back;
  }
  return [...intervals, { first: from, last: upper - 1 }];
}
