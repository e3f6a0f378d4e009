/**
 * How often a buffer is read and written, and what that costs in a memory.
 *
 * The costs are those that the emulator's bus charges: an access waits the region's wait states once for
 * each line of the memory's width that it touches. Accesses are taken to be aligned, as those of the
 * kernels are.
 *
 * @module
 */
import type { Region } from "../../board/types.ts";
import type { Pool } from "../types.ts";

/** Data accesses of the core to one buffer, in one inference. */
export interface Accesses {
  /** Read accesses. */
  readonly reads: number;
  /** Bytes that they read. */
  readonly readBytes: number;
  /** Write accesses. */
  readonly writes: number;
  /** Bytes that they write. */
  readonly writeBytes: number;
}

/** None. */
export const NO_ACCESSES: Accesses = { reads: 0, readBytes: 0, writes: 0, writeBytes: 0 };

/** The sum of two. */
export function addAccesses(a: Accesses, b: Accesses): Accesses {
  return {
    reads: a.reads + b.reads,
    readBytes: a.readBytes + b.readBytes,
    writes: a.writes + b.writes,
    writeBytes: a.writeBytes + b.writeBytes,
  };
}

/** All of it so many times. */
export function scaleAccesses(a: Accesses, times: number): Accesses {
  return {
    reads: a.reads * times,
    readBytes: a.readBytes * times,
    writes: a.writes * times,
    writeBytes: a.writeBytes * times,
  };
}

/** What accesses to a memory wait. */
export interface MemoryCost {
  /** Cycles of a read of one line; `undefined` if no source states them. */
  readonly read: number | undefined;
  /** Cycles of a write of one line; `undefined` if no source states them. */
  readonly write: number | undefined;
  /** Bytes of a line. */
  readonly lineBytes: number;
}

/** A cost in cycles, and how much of it is not known. */
export interface Cost {
  /** Cycles that the core waits. */
  readonly cycles: number;
  /** Accesses whose wait states nobody states: they are in `cycles` with 0, as in the emulator. */
  readonly unknown: number;
}

/**
 * What accesses to a pool wait: the latencies of its flag, else the board's wait states.
 *
 * @param pool A pool
 * @param region Its region
 */
export function memoryCost(pool: Pool, region: Region): MemoryCost {
  const { readLatencyCycles: read, writeLatencyCycles: write } = pool.properties;
  return {
    read: read ?? region.waitStates?.read,
    write: write ?? region.waitStates?.write,
    // As the emulator: a memory whose width nobody states delivers a word.
    lineBytes: Math.max(1, Math.floor((region.width ?? 32) / 8)),
  };
}

/**
 * Cycles that accesses wait in a memory.
 *
 * @param accesses Accesses
 * @param cost The memory
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { costOf } from "./accesses.ts";
 *
 * const words = { reads: 10, readBytes: 40, writes: 1, writeBytes: 1 };
 * assertEquals(costOf(words, { read: 3, write: undefined, lineBytes: 2 }), { cycles: 60, unknown: 1 });
 * ```
 */
export function costOf(accesses: Accesses, cost: MemoryCost): Cost {
  const readLines = Math.max(accesses.reads, Math.ceil(accesses.readBytes / cost.lineBytes));
  const writeLines = Math.max(accesses.writes, Math.ceil(accesses.writeBytes / cost.lineBytes));
  return {
    cycles: readLines * (cost.read ?? 0) + writeLines * (cost.write ?? 0),
    unknown: (cost.read === undefined ? accesses.reads : 0) +
      (cost.write === undefined ? accesses.writes : 0),
  };
}
