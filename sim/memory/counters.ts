/**
 * Access counters: one row of integers a window, one column for each kind and size of access, so that
 * counting an access is a single integer addition; wait cycles are kept apart.
 *
 * @module
 */
import type { AccessCount, AccessKind, RegionCount } from "../types.ts";
import type { Window } from "./windows.ts";

/** Offset of the columns of fetches in a row. */
export const FETCH = 0;
/** Offset of the columns of data reads in a row. */
export const READ = 5;
/** Offset of the columns of data writes in a row. */
export const WRITE = 10;
/** Accesses of 1 byte, in a kind's columns. */
export const OF_1 = 0;
/** Accesses of 2 bytes. */
export const OF_2 = 1;
/** Accesses of 4 bytes. */
export const OF_4 = 2;
/** Pieces of accesses that cross into another window. */
export const PIECES = 3;
/** Bytes of those pieces. */
export const PIECE_BYTES = 4;
/** Columns in a row of counts. */
export const ROW = 15;
/** Column of the waits of fetches. */
export const FETCH_WAITS = 0;
/** Column of the waits of reads. */
export const READ_WAITS = 1;
/** Column of the waits of writes. */
export const WRITE_WAITS = 2;
/** Columns in a row of waits. */
export const KINDS = 3;

const KIND: Readonly<Record<AccessKind, readonly [columns: number, waits: number]>> = {
  fetch: [FETCH, FETCH_WAITS],
  read: [READ, READ_WAITS],
  write: [WRITE, WRITE_WAITS],
};

/** Saved counters. */
export interface CountersState {
  readonly counts: Int32Array;
  readonly carries: Float64Array;
  readonly waits: Float64Array;
}

/** Counters of a bus; row 0 is unused, window `i` has row `i + 1`. */
export interface Counters {
  /** Counts modulo 2^32. */
  readonly counts: Int32Array;
  /** Wait cycles. */
  readonly waits: Float64Array;
  /** To be called when a count has wrapped around to 0. */
  carry(column: number): void;
  /** The full count of a column. */
  read(column: number): number;
  /** Zeroes everything. */
  reset(): void;
  /** Everything, for {@linkcode Counters.restore}. */
  save(): CountersState;
  /** Goes back to it. */
  restore(state: CountersState): void;
}

/** Makes zeroed counters for a number of windows. */
export function createCounters(windows: number): Counters {
  const counts = new Int32Array((windows + 1) * ROW);
  const carries = new Float64Array(counts.length);
  const waits = new Float64Array((windows + 1) * KINDS);
  return {
    counts,
    waits,
    carry: (column) => {
      carries[column] = (carries[column] ?? 0) + 2 ** 32;
    },
    read: (column) => ((counts[column] ?? 0) >>> 0) + (carries[column] ?? 0),
    reset: () => {
      counts.fill(0);
      carries.fill(0);
      waits.fill(0);
    },
    save: () => ({ counts: counts.slice(), carries: carries.slice(), waits: waits.slice() }),
    restore(state) {
      counts.set(state.counts);
      carries.set(state.carries);
      waits.set(state.waits);
    },
  };
}

function summarize(
  counters: Counters,
  row: number,
  kind: AccessKind,
  modelled: ModelledWaits | undefined,
): AccessCount {
  const [columns, waits] = KIND[kind];
  const of = (offset: number) => counters.read(row * ROW + columns + offset);
  return {
    accesses: of(OF_1) + of(OF_2) + of(OF_4) + of(PIECES),
    bytes: of(OF_1) + 2 * of(OF_2) + 4 * of(OF_4) + of(PIECE_BYTES),
    cycles: (counters.waits[row * KINDS + waits] ?? 0) + (modelled?.(row, kind) ?? 0),
  };
}

/** Wait cycles that a memory timing model has charged to a row. */
export type ModelledWaits = (row: number, kind: AccessKind) => number;

/**
 * The counts by window.
 *
 * @param counters Counters of the bus
 * @param windows Its windows
 * @param modelled Wait cycles that are not in the counters
 */
export function regionCounts(
  counters: Counters,
  windows: readonly Window[],
  modelled?: ModelledWaits,
): RegionCount[] {
  return windows.map((window, index) => ({
    name: window.name,
    fetch: summarize(counters, index + 1, "fetch", modelled),
    read: summarize(counters, index + 1, "read", modelled),
    write: summarize(counters, index + 1, "write", modelled),
  }));
}

/**
 * What the board file lacks of what the counts needed.
 *
 * @param counted Counts by window
 * @param windows The same windows
 * @returns One sentence for each window whose accesses were counted without known wait states
 */
export function unknownWaitStates(
  counted: readonly RegionCount[],
  windows: readonly Window[],
): string[] {
  return windows.flatMap((window, index) => {
    const kinds: readonly AccessKind[] = ["fetch", "read", "write"];
    const unknown = kinds.filter((kind) =>
      (counted[index]?.[kind].accesses ?? 0) > 0 && window.waitStates[kind] === undefined
    );
    return unknown.length === 0 ? [] : [
      `${unknown.join(", ")} wait states of ${window.name} are not in the board file: counted as 0`,
    ];
  });
}
