/**
 * A peripheral as far as start-up code needs it: registers that keep what is written, with the values
 * after reset and the "ready" bits that the board file gives. It does nothing else, and says what was
 * accessed.
 *
 * @module
 */
import { formatAddress } from "../../src/base/units.ts";
import type { Follows, Peripheral } from "../../src/board/types.ts";
import type { Device } from "../types.ts";
import { atomicAliases } from "./atomic_aliases.ts";

/** Registers and what was accessed; plain data. */
export interface RegisterFileState {
  readonly words: ReadonlyMap<number, number>;
  readonly reads: number;
  readonly writes: number;
  readonly touched: readonly number[];
}

/** A peripheral without behaviour. */
export interface RegisterFile extends Device {
  /** Reset of the core. */
  reset(): void;
  /** Forgets what was accessed. */
  clear(): void;
  /** What was accessed, if anything was. */
  notes(): string[];
  save(): RegisterFileState;
  restore(saved: unknown): void;
}

/** Registers that a note lists. */
const LISTED = 8;

function maskOf(width: number): number {
  return width >= 32 ? -1 : (1 << width) - 1;
}

/** A word with the bits in it that follow others. */
function follow(value: number, rule: Follows, words: ReadonlyMap<number, number>): number {
  const { register, bit, of, ofRegister = register, width = 1, inverted = false } = rule;
  const followed = ((words.get(ofRegister) ?? 0) >>> of) & maskOf(width);
  const shown = rule.oneHot === true ? 1 << followed : followed;
  const mask = maskOf(rule.oneHot === true ? 2 ** width : width);
  const bits = (inverted ? ~shown : shown) & mask;
  return (value & ~(mask << bit)) | (bits << bit);
}

/**
 * Makes a peripheral without behaviour.
 *
 * @param peripheral What the board file says
 */
export function createRegisterFile(peripheral: Peripheral): RegisterFile {
  const { name, origin, length } = peripheral;
  const words = new Map<number, number>();
  const touched = new Set<number>();
  let reads = 0;
  let writes = 0;

  const valueAt = (offset: number): number => {
    let value = words.get(offset) ?? 0;
    for (const rule of peripheral.follows) {
      if (rule.register === offset) value = follow(value, rule, words);
    }
    return value;
  };

  const device: RegisterFile = {
    name,
    origin,
    length,
    read(offset, size) {
      reads++;
      touched.add(offset & ~3);
      const value = valueAt(offset & ~3) >>> ((offset & 3) * 8);
      return size === 4 ? value >>> 0 : value & ((1 << (8 * size)) - 1);
    },
    write(offset, size, value) {
      writes++;
      const at = offset & ~3;
      touched.add(at);
      const shift = (offset & 3) * 8;
      const mask = size === 4 ? -1 : ((1 << (8 * size)) - 1) << shift;
      words.set(at, ((words.get(at) ?? 0) & ~mask) | ((value << shift) & mask));
    },
    reset() {
      words.clear();
      for (const { register, value } of peripheral.reset) words.set(register, value);
    },
    clear() {
      touched.clear();
      reads = writes = 0;
    },
    notes() {
      if (touched.size === 0) return [];
      const offsets = [...touched].sort((a, b) => a - b);
      const listed = offsets.slice(0, LISTED).map((offset) => `+0x${offset.toString(16)}`);
      const more = offsets.length > LISTED ? `, and ${offsets.length - LISTED} more` : "";
      return [
        `${name} at ${formatAddress(origin)} has registers without behaviour: ${reads} reads, ` +
        `${writes} writes of ${listed.join(", ")}${more}`,
      ];
    },
    save: () => ({ words: new Map(words), reads, writes, touched: [...touched] }),
    restore(saved) {
      const from = saved as RegisterFileState;
      words.clear();
      touched.clear();
      for (const [offset, value] of from.words) words.set(offset, value);
      for (const offset of from.touched) touched.add(offset);
      reads = from.reads;
      writes = from.writes;
    },
  };
  device.reset();
  return peripheral.atomicAliases === true ? atomicAliases(device) : device;
}
