/**
 * How many bytes of a region pools may share: its longest range that nothing reserves (in the region of
 * the vector table the range around that), less the stack, heap and static data in it.
 *
 * @module
 */
import { InfeasibleError, InputError } from "../base/error.ts";
import { closest, formatBytes } from "../base/units.ts";
import { canonicalAddress } from "../board/lookup.ts";
import type { Board, Region } from "../board/types.ts";
import type { Resident } from "./types.ts";

/**
 * The region of that name.
 *
 * @param board Board
 * @param name Name of a region
 * @param what What could not be done without it, to start the message with
 * @returns The region
 * @throws {InputError} If the board has none (E-PLAN-REGION)
 */
export function findRegion(board: Board, name: string, what: string): Region {
  const region = board.regions.find((one) => one.name === name);
  if (region !== undefined) return region;
  const names = board.regions.map((one) => one.name);
  const alias = board.aliases.find((one) => one.name === name);
  const guess = alias?.of ?? closest(name, names);
  throw new InputError(
    "E-PLAN-REGION",
    alias === undefined
      ? `${what}: board "${board.name}" has no region "${name}", one of ${
        names.join(", ")
      } is needed`
      : `${what}: "${name}" is another address of region "${alias.of}", a region is needed`,
    { hints: guess === undefined ? [] : [`Did you mean "${guess}"?`] },
  );
}

/**
 * Bytes that pools can share.
 *
 * @param board Board
 * @param region One of its regions
 * @param residents Stack, heap and static data of all regions
 * @param alignment Alignment of the first pool's first byte; a power of two
 * @returns Bytes, ≥ 0
 * @throws {InfeasibleError} If the residents alone are larger than the region (E-PLAN-RESIDENTS)
 */
export function freeBytes(
  board: Board,
  region: Region,
  residents: readonly Resident[],
  alignment: number,
): number {
  const gap = usableGap(board, region);
  const own = residents.filter((resident) => resident.region === region.name);
  // The ABI keeps the stack on 8 bytes, so each resident may lose up to 7 to its neighbour.
  const taken = own.reduce((sum, resident) => sum + Math.ceil(resident.size / 8) * 8, 0);
  if (taken > gap.end - gap.start) {
    const parts = own.map(({ name, size }) => `${name} ${formatBytes(size)}`).join(", ");
    throw new InfeasibleError(
      "E-PLAN-RESIDENTS",
      `Cannot place ${parts} in region "${region.name}" of board "${board.name}": they need ${
        formatBytes(taken)
      }, the region has ${formatBytes(gap.end - gap.start)}`,
      {
        hints: ["Make them smaller, or put one of them into another region"],
        data: { region: region.name, needed: taken, available: gap.end - gap.start },
      },
    );
  }
  const start = Math.ceil((gap.start + taken) / alignment) * alignment;
  return Math.max(0, gap.end - start);
}

/**
 * Checks that residents have a region and a size.
 *
 * @param board Board
 * @param residents Stack, heap and static data
 * @throws {InputError} E-PLAN-REGION for an unknown region, E-PLAN-RESIDENTS for a bad size or a region
 *   that cannot be written
 */
export function checkResidents(board: Board, residents: readonly Resident[]): void {
  for (const { name, region, size } of residents) {
    const what = `Cannot place the ${name}`;
    const home = findRegion(board, region, what);
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new InputError(
        "E-PLAN-RESIDENTS",
        `${what} in "${region}": its size is ${size} B, a whole number of 0 or more is needed`,
      );
    }
    if (!home.access.read || !home.access.write) {
      throw new InputError(
        "E-PLAN-RESIDENTS",
        `${what} in "${region}": the region cannot be written, a region of RAM is needed`,
      );
    }
  }
}

interface Gap {
  readonly start: number;
  readonly end: number;
}

/** The range that the linker script uses of a region. */
function usableGap(board: Board, region: Region): Gap {
  const vectors = canonicalAddress(board, board.vectorTable) ?? -1;
  const gaps = gapsOf(region).sort((a, b) => (b.end - b.start) - (a.end - a.start));
  return gaps.find(({ start, end }) => start <= vectors && vectors < end) ?? gaps[0] ??
    { start: region.origin, end: region.origin };
}

function gapsOf(region: Region): Gap[] {
  const gaps: Gap[] = [];
  let start = region.origin;
  const end = region.origin + region.length;
  const reserved = region.reserved.toSorted((a, b) => a.origin - b.origin);
  for (const { origin, length } of [...reserved, { origin: end, length: 0 }]) {
    if (origin > start) gaps.push({ start, end: origin });
    start = Math.max(start, origin + length);
  }
  return gaps;
}
