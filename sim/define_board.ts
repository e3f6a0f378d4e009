/**
 * Boards written inline in a script: only what the script cares about.
 *
 * @module
 */
import { InputError } from "../src/base/error.ts";
import type { Access, Board, CoreName, FpuName, Region, WaitStates } from "../src/board/types.ts";

/** A memory. */
export interface InlineRegion {
  /** Lower-case name. */
  readonly name: string;
  /** First address. */
  readonly origin: number;
  /** Bytes. */
  readonly length: number;
  /** Default `ram`. */
  readonly kind?: "ram" | "nvm" | "rom" | undefined;
  /** Default: everything for `ram`, all but writing for the others. */
  readonly access?: Partial<Access> | undefined;
  /** Default 0 each. */
  readonly waitStates?: WaitStates | undefined;
  /** Bits of one access; default 32. */
  readonly width?: number | undefined;
}

/** A board. */
export interface InlineBoard {
  /** Core. */
  readonly core: CoreName;
  /** Default `none`. */
  readonly fpu?: FpuName | undefined;
  /** Default `inline`. */
  readonly name?: string | undefined;
  /** Hz; default 16 MHz. */
  readonly clockHz?: number | undefined;
  /** Default: 64 KiB `flash` at 0x0800_0000, 64 KiB `sram` at 0x2000_0000. */
  readonly regions?: readonly InlineRegion[] | undefined;
  /** Default: the origin of the first region. */
  readonly vectorTable?: number | undefined;
}

const SOURCE = "script";

const DEFAULT_REGIONS: readonly InlineRegion[] = [
  { name: "flash", kind: "nvm", origin: 0x0800_0000, length: 0x1_0000 },
  { name: "sram", origin: 0x2000_0000, length: 0x1_0000 },
];

function regionOf(inline: InlineRegion): Region {
  const kind = inline.kind ?? "ram";
  return {
    name: inline.name,
    kind,
    origin: inline.origin,
    length: inline.length,
    width: inline.width ?? 32,
    access: { read: true, write: kind === "ram", execute: true, ...inline.access },
    waitStates: { read: 0, write: 0, fetch: 0, ...inline.waitStates },
    initiators: ["c"],
    sections: [],
    reserved: [],
    pool: {},
    source: SOURCE,
  };
}

/**
 * Makes a board of a few facts. It has no sources: what is counted on it is as true as the script.
 *
 * @param inline Core and memories
 * @throws {InputError} Regions that overlap, have no bytes or share a name (E-SIM-BOARD)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { defineBoard } from "./mod.ts";
 *
 * const board = defineBoard({
 *   core: "cortex-m7",
 *   regions: [
 *     { name: "flash", kind: "nvm", origin: 0x0800_0000, length: 1 << 20, waitStates: { fetch: 7 } },
 *     { name: "dtcm", origin: 0x2000_0000, length: 1 << 17, access: { execute: false } },
 *   ],
 * });
 * assertEquals([board.vectorTable, board.regions[1]?.access.execute], [0x0800_0000, false]);
 * ```
 */
export function defineBoard(inline: InlineBoard): Board {
  const regions = (inline.regions ?? DEFAULT_REGIONS).map(regionOf);
  const name = inline.name ?? "inline";
  check(name, regions);
  return {
    schema: "pinmap/board-1",
    name,
    title: name,
    sources: {},
    file: SOURCE,
    cpu: {
      core: inline.core,
      fpu: inline.fpu ?? "none",
      clockHz: inline.clockHz ?? 16_000_000,
      source: SOURCE,
    },
    vectorTable: inline.vectorTable ?? regions[0]?.origin ?? 0,
    regions,
    aliases: [],
    budgets: [],
  };
}

/**
 * A board with more memory, e.g. an external RAM that its file does not have.
 *
 * @param board The board, which stays as it is
 * @param more Regions to add
 * @throws {InputError} As {@linkcode defineBoard}
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { defineBoard, withMemory } from "./mod.ts";
 *
 * const board = withMemory(defineBoard({ core: "cortex-m4" }), [
 *   { name: "psram", origin: 0x6000_0000, length: 8 << 20, waitStates: { read: 8, write: 8 } },
 * ]);
 * assertEquals(board.regions.map(({ name }) => name), ["flash", "sram", "psram"]);
 * ```
 */
export function withMemory(board: Board, more: readonly InlineRegion[]): Board {
  const regions = [...board.regions, ...more.map(regionOf)];
  check(board.name, [...regions, ...board.aliases]);
  return { ...board, regions };
}

function check(
  board: string,
  ranges: readonly { readonly name: string; readonly origin: number; readonly length: number }[],
): void {
  const fail = (what: string): never => {
    throw new InputError("E-SIM-BOARD", `Cannot make board ${board}: ${what}`);
  };
  if (ranges.length === 0) fail("it has no region");
  ranges.forEach((one, index) => {
    const numbers = [one.origin, one.length];
    const fits = numbers.every(Number.isInteger) && one.origin >= 0 && one.length > 0 &&
      one.origin + one.length <= 2 ** 32;
    if (!fits) fail(`region ${one.name} is not inside 32 bits of address`);
    for (const other of ranges.slice(0, index)) {
      if (other.name === one.name) fail(`two regions are named ${one.name}`);
      if (one.origin < other.origin + other.length && other.origin < one.origin + one.length) {
        fail(`regions ${other.name} and ${one.name} overlap`);
      }
    }
  });
}
