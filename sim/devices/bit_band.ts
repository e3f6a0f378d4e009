/**
 * Bit-banding of Cortex-M3 and M4: each bit of the first MiB of SRAM and of the peripherals has a word of
 * its own in an alias region, where only bit 0 counts (Cortex-M3 TRM, DDI 0337, "Bit-banding"; Cortex-M4
 * TRM, 100166, section 3.7). A read of an alias reads the target, a write reads and writes it; both are
 * counted for the target's region, with the size of the access.
 *
 * @module
 */
import type { Guard } from "../types.ts";

/** What the alias regions stand for. */
export interface BitBandTarget {
  /** Data reads and writes as the core makes them. */
  read8(address: number): number;
  read16(address: number): number;
  read32(address: number): number;
  write8(address: number, value: number): void;
  write16(address: number, value: number): void;
  write32(address: number, value: number): void;
}

const ALIAS_BYTES = 0x200_0000;
const SRAM_ALIAS = 0x2200_0000;
const PERIPHERAL_ALIAS = 0x4200_0000;
/** From an alias region to its bit-band region. */
const DISTANCE = 0x200_0000;

/** Where a bit is. */
interface Bit {
  /** Address of the byte, halfword or word that holds it. */
  readonly address: number;
  /** Its place there. */
  readonly position: number;
}

/** The bit behind an alias, in a target of the access's size. */
function bitOf(alias: number, size: number): Bit {
  const offset = alias & (ALIAS_BYTES - 1);
  const base = ((alias - offset) >>> 0) - DISTANCE;
  return {
    address: (base + (offset >>> 5)) & -size,
    position: (offset >>> 2) & (8 * size - 1),
  };
}

/**
 * Makes the guard of both alias regions.
 *
 * @param target The bus that they are on
 */
export function createBitBand(target: BitBandTarget): Guard {
  const readTarget = (address: number, size: number): number =>
    size === 1
      ? target.read8(address)
      : size === 2
      ? target.read16(address)
      : target.read32(address);
  return {
    name: "bit-band alias",
    ranges: [SRAM_ALIAS, PERIPHERAL_ALIAS].map((origin) => ({
      origin,
      end: origin + ALIAS_BYTES,
      kinds: ["read", "write"],
    })),
    read(address, size) {
      const bit = bitOf(address, size);
      return (readTarget(bit.address, size) >>> bit.position) & 1;
    },
    write(address, size, value) {
      const bit = bitOf(address, size);
      const others = readTarget(bit.address, size) & ~(1 << bit.position);
      const changed = others | ((value & 1) << bit.position);
      if (size === 1) target.write8(bit.address, changed);
      else if (size === 2) target.write16(bit.address, changed);
      else target.write32(bit.address, changed);
      return true;
    },
  };
}
