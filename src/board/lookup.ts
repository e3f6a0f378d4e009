/**
 * From an address to the memory behind it.
 *
 * @module
 */
import { contains } from "./range.ts";
import type { Alias, Board, Region } from "./types.ts";

/** What is at an address. */
export interface RegionHit {
  /** The memory. */
  readonly region: Region;
  /** The alias that shows it there; absent at the memory's own address. */
  readonly alias?: Alias;
}

/**
 * Finds the region that holds a range of addresses; an alias gives the region it shows.
 *
 * @param board The board
 * @param address First address, 0 to 0xffff_ffff
 * @param length Bytes, ≥ 0; the whole range must be inside one region or alias
 * @returns The region, with the alias if the address is one of its, or `undefined`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadBoard, regionAt } from "./mod.ts";
 *
 * const board = await loadBoard("stm32f746g-disco");
 * assertEquals(regionAt(board, 0x2000_0000)?.region.name, "dtcm");
 * assertEquals(regionAt(board, 0x0020_0000)?.alias?.name, "flash_itcm");
 * assertEquals(regionAt(board, 0x4000_0000), undefined);
 * ```
 */
export function regionAt(board: Board, address: number, length = 1): RegionHit | undefined {
  const range = { origin: address, length };
  const region = board.regions.find((candidate) => contains(candidate, range));
  if (region !== undefined) return { region };
  const alias = board.aliases.find((candidate) => contains(candidate, range));
  const shown = board.regions.find((candidate) => candidate.name === alias?.of);
  return alias === undefined || shown === undefined ? undefined : { region: shown, alias };
}

/**
 * Translates an address to the one at which its region itself has that byte, so that two addresses of
 * the same byte become equal.
 *
 * @param board The board
 * @param address 0 to 0xffff_ffff
 * @returns The address in the region, or `undefined` where there is no memory
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { canonicalAddress, loadBoard } from "./mod.ts";
 *
 * const board = await loadBoard("stm32f746g-disco");
 * assertEquals(canonicalAddress(board, 0x0020_0010), 0x0800_0010);
 * ```
 */
export function canonicalAddress(board: Board, address: number): number | undefined {
  const hit = regionAt(board, address);
  if (hit?.alias === undefined) return hit === undefined ? undefined : address;
  return hit.region.origin + hit.alias.offset + (address - hit.alias.origin);
}
