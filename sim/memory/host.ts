/**
 * Memory as the emulator's host sees it: no rights, no counts, no costs, like a programmer's or a
 * debugger's access.
 *
 * @module
 */
import { InputError } from "../../src/base/error.ts";
import { formatAddress, formatBytes } from "../../src/base/units.ts";
import type { Board } from "../../src/board/types.ts";
import { describeAddress, type Window } from "./windows.ts";

/** What the host may do with memory. */
export interface HostAccess {
  /** Copies bytes out. Throws {@linkcode InputError} (E-SIM-ADDRESS) outside regions. */
  hostRead(address: number, length: number): Uint8Array;
  /** Sets bytes, in flash too. Throws {@linkcode InputError} (E-SIM-ADDRESS) outside regions. */
  hostWrite(address: number, bytes: Uint8Array): void;
  /**
   * Power-on: volatile memory is filled with one byte, the rest as erased flash (0xff). The engine has
   * to be reset after it.
   */
  fill(ram: number): void;
}

/** A part of a range that lies in one window. */
interface Piece {
  /** Offset in the flat store. */
  readonly flat: number;
  /** Bytes of the range before it. */
  readonly done: number;
  /** Bytes. */
  readonly size: number;
}

const ERASED = 0xff;

/**
 * Gives the host access to a flat store.
 *
 * @param board The board, for messages
 * @param windows Its windows, regions first
 * @param bytes The flat store
 * @param written Called with flat offset and length of what the host wrote
 */
export function createHostAccess(
  board: Board,
  windows: readonly Window[],
  bytes: Uint8Array,
  written: (flat: number, size: number) => void,
): HostAccess {
  /** Splits a range by windows; throws before anything is touched. */
  const pieces = (address: number, length: number): Piece[] => {
    const result: Piece[] = [];
    for (let done = 0; done < length;) {
      const at = (address >>> 0) + done;
      const window = windows.find((one) => at >= one.origin && at < one.end);
      if (window === undefined) {
        throw new InputError(
          "E-SIM-ADDRESS",
          `Cannot access ${formatBytes(length)} at ${formatAddress(address)}: ${
            formatAddress(at)
          } is ${describeAddress(windows, at)}, needed is a region of ${board.name}`,
        );
      }
      const size = Math.min(length - done, window.end - at);
      result.push({ flat: window.flat + (at - window.origin), done, size });
      done += size;
    }
    return result;
  };

  return {
    hostRead(address, length) {
      const parts = pieces(address, length);
      const result = new Uint8Array(length);
      for (const { flat, done, size } of parts) result.set(bytes.subarray(flat, flat + size), done);
      return result;
    },
    hostWrite(address, data) {
      for (const { flat, done, size } of pieces(address, data.length)) {
        bytes.set(data.subarray(done, done + size), flat);
        written(flat, size);
      }
    },
    fill(ram) {
      for (const window of windows.slice(0, board.regions.length)) {
        const value = window.region.kind === "ram" ? ram : ERASED;
        bytes.fill(value, window.flat, window.flat + (window.end - window.origin));
      }
    },
  };
}
