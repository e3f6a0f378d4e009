/**
 * Counts the accesses to every buffer and parameter while firmware runs: `pinmap/profile-1`.
 *
 * Buffers of different lifetimes lie on the same bytes, so an address alone does not tell whose they are: of
 * those that lie there it is the one that the function of the module in which the core is touches. An operator that
 * works in place reads the one that is older and writes the younger.
 *
 * @module
 */
import type { ProfileDocument } from "../base/documents.ts";
import type { Manifest, ManifestPlacement } from "../firmware/types.ts";
import type { Guard, Machine } from "../../sim/mod.ts";

/** Addresses are looked up by blocks of so many bytes. */
const BLOCK_SHIFT = 6;

/** A buffer or parameter with its counts. */
interface Counted {
  readonly name: string;
  readonly origin: number;
  readonly end: number;
  readonly functions: ReadonlySet<string>;
  readonly firstUse: number;
  reads: number;
  readBytes: number;
  writes: number;
  writeBytes: number;
}

/**
 * Watches all buffers and parameters from now on. The core's accesses in functions of the module count; those of
 * start-up code and of the host do not.
 *
 * @param machine A machine with a pinmap firmware
 * @param manifest The firmware's manifest
 * @returns The counts so far, as those of so many inferences
 */
export function countAccesses(
  machine: Machine,
  manifest: Manifest,
): (inferences: number) => ProfileDocument {
  const counted = manifest.placements.flatMap((one): Counted[] =>
    isBuffer(one) ? [place(machine, one)] : []
  );
  const blocks = new Map<number, Counted[]>();
  for (const one of counted) {
    for (let block = one.origin >>> BLOCK_SHIFT; block <= (one.end - 1) >>> BLOCK_SHIFT; block++) {
      const own = blocks.get(block) ?? [];
      own.push(one);
      blocks.set(block, own);
    }
  }
  let current = "";
  for (const name of new Set(counted.flatMap(({ functions }) => [...functions]))) {
    machine.breakpoint(name, () => {
      current = name;
      return false;
    });
  }
  const ownerOf = (address: number, isRead: boolean): Counted | undefined => {
    if (current === "") return undefined;
    let owner: Counted | undefined;
    for (const one of blocks.get(address >>> BLOCK_SHIFT) ?? []) {
      if (address < one.origin || address >= one.end || !one.functions.has(current)) continue;
      const isBetter = owner === undefined ||
        (isRead ? one.firstUse < owner.firstUse : one.firstUse > owner.firstUse);
      if (isBetter) owner = one;
    }
    return owner;
  };
  const guard: Guard = {
    name: "profile",
    ranges: counted.map(({ origin, end }) => ({ origin, end })),
    read(address, size) {
      const owner = ownerOf(address, true);
      if (owner !== undefined) {
        owner.reads++;
        owner.readBytes += size;
      }
      return undefined;
    },
    write(address, size) {
      const owner = ownerOf(address, false);
      if (owner !== undefined) {
        owner.writes++;
        owner.writeBytes += size;
      }
      return false;
    },
  };
  machine.bus.addGuard(guard);
  return (inferences) => ({
    schema: "pinmap/profile-1",
    inferences,
    buffers: counted.map(({ name, reads, readBytes, writes, writeBytes }) => ({
      name,
      reads,
      read_bytes: readBytes,
      writes,
      write_bytes: writeBytes,
    })),
  });
}

function isBuffer({ kind }: ManifestPlacement): boolean {
  return kind === "buffer" || kind === "constant";
}

function place(machine: Machine, placement: ManifestPlacement): Counted {
  const { symbol, size = 0, name = symbol, functions = [], first_use: firstUse = 0 } = placement;
  const origin = machine.addressOf(symbol);
  return {
    name,
    origin,
    end: origin + size,
    functions: new Set(functions),
    firstUse,
    reads: 0,
    readBytes: 0,
    writes: 0,
    writeBytes: 0,
  };
}
