/**
 * The page tables of a bus: for each 4 KiB page the row of the window whose bytes an access there may
 * plainly reach, 0 where the slow path decides. They show the present {@linkcode AccessMode}; pages that
 * guards treat differently in another mode are exchanged when the mode changes.
 *
 * @module
 */
import type { AccessMode } from "../types.ts";
import { ALL_MODES, type CoveredRange, KIND_BIT } from "./guards.ts";
import type { Window } from "./windows.ts";

/** Bits of an address inside a page. */
export const PAGE_SHIFT = 12;
const PAGE = 1 << PAGE_SHIFT;
const PAGES: number = 1 << (32 - PAGE_SHIFT);

/** The mode in which nothing is fetched. */
const VECTOR = 3;

/** Called for a run of pages `[first, last)` that have got these rows for reads and writes. */
export type RunChange = (first: number, last: number, read: number, write: number) => void;

/** The page tables. */
export interface PageTables {
  /** Rows for reads. */
  readonly readable: Uint8Array;
  /** Rows for writes. */
  readonly writable: Uint8Array;
  /** Rows for fetches. */
  readonly executable: Uint8Array;
  /** Rows for fetches that are plain in every mode that has been seen: what may be translated. */
  readonly translatable: Uint8Array;
  /** The mode that the tables show. */
  mode: AccessMode;
  /** Follows a change of guards in some ranges. */
  refresh(changed: readonly CoveredRange[]): void;
  /** Shows another mode. */
  show(mode: AccessMode): void;
}

/** Pages `[first, last)` with equal rows. */
interface Run {
  readonly first: number;
  readonly last: number;
  readonly read: number;
  readonly write: number;
  readonly fetch: number;
}

/**
 * Makes the tables of some windows.
 *
 * @param windows Windows of the board
 * @param guarded Gives the ranges of all guards
 * @param changed Told of new rows for reads and writes
 * @param untranslatable Told of a page whose translated code is no longer valid
 */
export function createPageTables(
  windows: readonly Window[],
  guarded: () => readonly CoveredRange[],
  changed: RunChange,
  untranslatable: (page: number) => void,
): PageTables {
  const readable = new Uint8Array(PAGES);
  const writable = new Uint8Array(PAGES);
  const executable = new Uint8Array(PAGES);
  const translatable = new Uint8Array(PAGES);
  const tables: readonly (readonly [table: Uint8Array, kind: "read" | "write" | "execute"])[] = [
    [readable, "read"],
    [writable, "write"],
    [executable, "execute"],
  ];
  /** Pages that lie in a window as a whole. */
  const whole = windows.map(({ origin, end }) => ({
    first: Math.ceil(origin / PAGE),
    last: Math.floor(end / PAGE),
  }));
  /** Modes that the core has been in, as bits. */
  let seen = 1;
  /** For each mode, the pages that are not the same in all of them; made when a mode is shown. */
  let runs: (readonly Run[] | undefined)[] = [];

  /** Rows of pages `[first, last)` without guards. */
  const plain = (
    table: Uint8Array,
    kind: "read" | "write" | "execute",
    from: number,
    to: number,
  ) => {
    table.fill(0, from, to);
    whole.forEach(({ first, last }, index) => {
      const start = Math.max(from, first);
      const stop = Math.min(to, last);
      if (start < stop && windows[index]?.access[kind] === true) table.fill(index + 1, start, stop);
    });
  };

  const takeOut = (table: Uint8Array, kind: number, modes: number, from: number, to: number) => {
    for (const range of guarded()) {
      if ((range.kinds & kind) === 0 || (range.modes & modes) === 0) continue;
      const start = Math.max(from, Math.floor(range.origin / PAGE));
      const stop = Math.min(to, Math.ceil(range.end / PAGE));
      if (start < stop) table.fill(0, start, stop);
    }
  };

  /** Rows of pages `[from, to)` as a mode sees them. */
  const rows = (mode: AccessMode, from: number, to: number): void => {
    for (const [table, kind] of tables) {
      plain(table, kind, from, to);
      takeOut(table, KIND_BIT[kind === "execute" ? "fetch" : kind], 1 << mode, from, to);
    }
  };

  /** The whole pages of windows that a range touches. */
  const spans = (ranges: readonly CoveredRange[]): { first: number; last: number }[] => {
    const found = ranges.flatMap((range) =>
      whole.flatMap(({ first, last }) => {
        const from = Math.max(first, Math.floor(range.origin / PAGE));
        const to = Math.min(last, Math.ceil(range.end / PAGE));
        return from < to ? [{ first: from, last: to }] : [];
      })
    ).sort((a, b) => a.first - b.first);
    const merged: { first: number; last: number }[] = [];
    for (const span of found) {
      const before = merged.at(-1);
      if (before !== undefined && span.first <= before.last) {
        before.last = Math.max(before.last, span.last);
      } else merged.push({ ...span });
    }
    return merged;
  };

  const retranslate = (first: number, last: number): void => {
    const before = translatable.slice(first, last);
    plain(translatable, "execute", first, last);
    takeOut(translatable, KIND_BIT.fetch, seen, first, last);
    before.forEach((row, index) => {
      if (row !== 0 && translatable[first + index] === 0) untranslatable(first + index);
    });
  };

  const runsOf = (first: number, last: number): Run[] => {
    const result: Run[] = [];
    for (let page = first; page < last;) {
      const from = page;
      const read = readable[page] ?? 0;
      const write = writable[page] ?? 0;
      const fetch = executable[page] ?? 0;
      while (
        page < last && readable[page] === read && writable[page] === write &&
        executable[page] === fetch
      ) page++;
      result.push({ first: from, last: page, read, write, fetch });
    }
    return result;
  };

  const tell = (first: number, last: number): void => {
    for (const run of runsOf(first, last)) changed(run.first, run.last, run.read, run.write);
  };

  const result: PageTables = {
    readable,
    writable,
    executable,
    translatable,
    mode: 0,
    refresh(ranges) {
      runs = [];
      for (const { first, last } of spans(ranges)) {
        rows(result.mode, first, last);
        retranslate(first, last);
        tell(first, last);
      }
    },
    show(mode) {
      result.mode = mode;
      if (mode !== VECTOR && (seen & (1 << mode)) === 0) {
        seen |= 1 << mode;
        const apart = guarded().filter((range) => range.modes !== ALL_MODES);
        for (const { first, last } of spans(apart)) retranslate(first, last);
      }
      const list = runs[mode] ??= spans(guarded().filter((range) => range.modes !== ALL_MODES))
        .flatMap(({ first, last }) => {
          rows(mode, first, last);
          return runsOf(first, last);
        });
      for (const { first, last, read, write, fetch } of list) {
        readable.fill(read, first, last);
        writable.fill(write, first, last);
        executable.fill(fetch, first, last);
        changed(first, last, read, write);
      }
    },
  };
  for (const { first, last } of whole) {
    if (first >= last) continue;
    rows(0, first, last);
    translatable.set(executable.subarray(first, last), first);
  }
  return result;
}
