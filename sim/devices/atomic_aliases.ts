/**
 * Atomic register access of RP2040 (datasheet, 2.1.2): a block of registers is shown four times, 4 KiB
 * apart. Writes to the second toggle bits, to the third set and to the fourth clear them; reads are plain.
 *
 * @module
 */
import type { Device } from "../types.ts";

const BLOCK = 0x1000;

/** The same device, four times as long. */
export function atomicAliases<D extends Device>(device: D): D {
  return {
    ...device,
    length: 4 * BLOCK,
    read: (offset, size) => device.read(offset & (BLOCK - 1), size),
    write(offset, size, value) {
      const at = offset & (BLOCK - 1);
      const kind = offset >>> 12;
      if (kind === 0) return device.write(at, size, value);
      const now = device.read(at, size);
      device.write(at, size, kind === 1 ? now ^ value : kind === 2 ? now | value : now & ~value);
    },
  };
}
