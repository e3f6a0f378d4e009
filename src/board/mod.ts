/**
 * Boards: cores and memories with their addresses, rights and costs, each fact with its source. A board
 * is read from TOML ({@linkcode parseBoard}, {@linkcode loadBoard}) and from then on is plain data.
 *
 * @example Which memory is at an address
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadBoard, regionAt } from "./mod.ts";
 *
 * const board = await loadBoard("stm32f407g-disco");
 * const ccm = regionAt(board, 0x1000_0000)?.region;
 * assertEquals([ccm?.name, ccm?.length, ccm?.access.execute], ["ccm", 65536, false]);
 * ```
 *
 * @module
 */
export type * from "./types.ts";
export { type InitiatorSpec, parseInitiator, withInitiators } from "./initiator.ts";
export { boardJsonSchema } from "./json_schema.ts";
export { listBoards, loadBoard } from "./load.ts";
export { canonicalAddress, regionAt, type RegionHit } from "./lookup.ts";
export { parseBoard } from "./parse.ts";
export { ATOMIC_LENGTH, uartLength } from "./peripherals.ts";
export { formatRange, type Range } from "./range.ts";
