/**
 * Identification and maintenance registers of the level 1 caches of a Cortex-M7 (DDI 0489F, 3.3.6 to
 * 3.3.8 and 4.2; DDI 0403, B3.2.3 and B2.2.7). Maintenance acts on the model of the data cache, if the
 * timing model has one; there is nothing to do for the instruction cache, which is not modelled.
 *
 * @module
 */
import type { Cache } from "../../src/board/types.ts";
import type { CacheControl } from "../types.ts";

/** What the device has to know. */
export interface Caches {
  /** The data cache, if the board has one. */
  readonly data?: Cache | undefined;
  /** The instruction cache, if the board has one. */
  readonly instruction?: Cache | undefined;
  /** Model of the data cache, if there is one. */
  readonly model?: CacheControl | undefined;
}

/** CCR.DC: the data cache is on. */
export const CCR_DC = 1 << 16;

/** A register of the system control space. */
export interface CacheRegister {
  readonly read: () => number;
  readonly write?: (value: number) => void;
}

/** CTR of a Cortex-M7 with a cache: format 4, lines of 8 words, exclusives on 8 words. */
const CACHE_TYPE = 0x8303_c003;
/** CLIDR: level of coherency and of unification is 1. */
const LEVELS = 0x0900_0000;
/** Write-through, write-back, read-allocate and write-allocate are supported. */
const SUPPORTED = 0xf000_0000;

/** CCSIDR: sets − 1, ways − 1, log2 of the words in a line − 2. */
function sizeId({ size, ways, line }: Cache): number {
  const sets = size / ways / line;
  return (SUPPORTED | ((sets - 1) << 13) | ((ways - 1) << 3) | (Math.log2(line / 4) - 2)) >>> 0;
}

/**
 * Registers by their offset in the system control space.
 *
 * @param caches What the board has
 * @returns Empty for a board without caches
 */
export function cacheRegisters(
  { data, instruction, model }: Caches,
): ReadonlyMap<number, CacheRegister> {
  if (data === undefined && instruction === undefined) return new Map();
  let selected = 0;
  const chosen = () => (selected & 1) !== 0 ? instruction : data;
  const zero = () => 0;
  const line = (
    operation: Parameters<CacheControl["maintain"]>[0],
    by: Parameters<CacheControl["maintain"]>[1],
  ): CacheRegister => ({
    read: zero,
    write: (value) => model?.maintain(operation, by, value),
  });
  const nothing: CacheRegister = { read: zero, write: () => {} };
  return new Map<number, CacheRegister>([
    [0xd78, {
      read: () => LEVELS | (instruction === undefined ? 0 : 1) | (data === undefined ? 0 : 2),
    }],
    [0xd7c, { read: () => CACHE_TYPE }],
    [0xd80, {
      read: () => {
        const cache = chosen();
        return selected > 1 || cache === undefined ? 0 : sizeId(cache);
      },
    }],
    [0xd84, { read: () => selected, write: (value) => selected = value & 0xf }],
    [0xf50, nothing], // ICIALLU
    [0xf58, nothing], // ICIMVAU
    [0xf5c, line("invalidate", "address")], // DCIMVAC
    [0xf60, line("invalidate", "set-way")], // DCISW
    [0xf64, line("clean", "address")], // DCCMVAU
    [0xf68, line("clean", "address")], // DCCMVAC
    [0xf6c, line("clean", "set-way")], // DCCSW
    [0xf70, line("clean-invalidate", "address")], // DCCIMVAC
    [0xf74, line("clean-invalidate", "set-way")], // DCCISW
    [0xf78, nothing], // BPIALL
  ]);
}
