/**
 * The address windows of a board: every region at its own address, every alias at its. Bytes are laid
 * out once per region, in one flat store, so that an alias is the same bytes at another address.
 *
 * @module
 */
import { InputError } from "../../src/base/error.ts";
import { formatAddress, formatBytes } from "../../src/base/units.ts";
import type { Access, Board, Region, WaitStates } from "../../src/board/types.ts";

/** A range of addresses `[origin, end)` that shows bytes of a region. */
export interface Window {
  /** Name of the region or alias; counts are kept under it. */
  readonly name: string;
  /** The region whose bytes it shows. */
  readonly region: Region;
  /** First address. */
  readonly origin: number;
  /** Address after the last. */
  readonly end: number;
  /** Offset of the first byte in the flat store. */
  readonly flat: number;
  /** Access rights through this address. */
  readonly access: Access;
  /** Bytes that one access of the memory delivers; 4 where the board file does not say. */
  readonly widthBytes: number;
  /** Port of the core that leads there, as the board file calls it. */
  readonly port: string | undefined;
  /** Wait states through this address; missing ones are unknown. */
  readonly waitStates: WaitStates;
}

/** Windows, and how many bytes their regions have together. */
export interface WindowMap {
  /** Regions first, in board order, then aliases. */
  readonly windows: readonly Window[];
  /** Offset of each region in the flat store. */
  readonly flatOf: ReadonlyMap<string, number>;
  /** Bytes of the flat store. */
  readonly totalBytes: number;
}

/** The flat store is one allocation, addressed by int32. */
const MAX_TOTAL = 2 ** 30;
/** More windows than the page table's bytes can tell apart. */
const MAX_WINDOWS = 254;
/** Keeps the regions' first bytes aligned as on the board. */
const FLAT_ALIGNMENT = 4096;

/**
 * Lays out a board's regions and aliases.
 *
 * @param board The board
 * @throws {InputError} If its memories are more than 1 GiB together, or more than 254 (E-SIM-MEMORY)
 */
export function windowsOf(board: Board): WindowMap {
  const flatOf = new Map<string, number>();
  let totalBytes = 0;
  for (const region of board.regions) {
    const skew = region.origin % FLAT_ALIGNMENT;
    flatOf.set(region.name, totalBytes + skew);
    totalBytes = Math.ceil((totalBytes + skew + region.length) / FLAT_ALIGNMENT) * FLAT_ALIGNMENT;
  }
  const count = board.regions.length + board.aliases.length;
  if (totalBytes > MAX_TOTAL || count > MAX_WINDOWS) {
    throw new InputError(
      "E-SIM-MEMORY",
      `Cannot emulate the memories of ${board.name}: ${count} regions and aliases with ${
        formatBytes(totalBytes)
      }, at most ${MAX_WINDOWS} with ${formatBytes(MAX_TOTAL)} are possible`,
    );
  }
  const windows: Window[] = board.regions.map((region) => ({
    name: region.name,
    region,
    origin: region.origin,
    end: region.origin + region.length,
    flat: flatOf.get(region.name) ?? 0,
    access: region.access,
    widthBytes: (region.width ?? 32) / 8,
    port: region.port,
    waitStates: region.waitStates ?? {},
  }));
  for (const alias of board.aliases) {
    const region = board.regions.find((one) => one.name === alias.of);
    if (region === undefined) {
      throw new InputError(
        "E-SIM-MEMORY",
        `Cannot emulate alias ${alias.name} of ${board.name}: it is of ${alias.of}, which is no region`,
      );
    }
    windows.push({
      name: alias.name,
      region,
      origin: alias.origin,
      end: alias.origin + alias.length,
      flat: (flatOf.get(alias.of) ?? 0) + alias.offset,
      access: alias.access,
      widthBytes: (alias.width ?? region.width ?? 32) / 8,
      port: alias.port ?? region.port,
      waitStates: alias.waitStates ?? {},
    });
  }
  return { windows, flatOf, totalBytes };
}

/** A window as people read it: `dtcm [0x2000_0000, 0x2001_0000)`. */
export function formatWindow(window: Pick<Window, "name" | "origin" | "end">): string {
  return `${window.name} [${formatAddress(window.origin)}, ${formatAddress(window.end)})`;
}

/**
 * Where an address is, in words.
 *
 * @param windows Windows of the board
 * @param address Any address
 * @returns `dtcm`, or for an address in no window the nearest one: `4 B past the end of dtcm
 *   [0x2000_0000, 0x2001_0000)`
 */
export function describeAddress(windows: readonly Window[], address: number): string {
  const at = address >>> 0;
  const inside = windows.find((window) => at >= window.origin && at < window.end);
  if (inside !== undefined) return inside.name;
  const distance = (window: Window) => at < window.origin ? window.origin - at : at - window.end;
  const [nearest] = windows.toSorted((a, b) => distance(a) - distance(b));
  if (nearest === undefined) return "no region of the board";
  const gap = formatBytes(distance(nearest));
  if (at < nearest.origin) return `${gap} before the start of ${formatWindow(nearest)}`;
  return distance(nearest) === 0
    ? `the first byte past the end of ${formatWindow(nearest)}`
    : `${gap} past the end of ${formatWindow(nearest)}`;
}
