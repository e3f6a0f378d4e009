/**
 * The private peripheral bus of a Cortex-M at 0xE000_0000 to 0xE00F_FFFF (DDI 0403, B3.1): system control
 * space (NVIC, SysTick, system control block, identification) and DWT. Registers that a core does not have
 * read as zero and ignore writes; the rest of the range is not mapped.
 *
 * @module
 */
import { type Device, MemoryFault } from "../types.ts";
import { cacheRegisters, type Caches } from "./caches.ts";
import { createCycleCounter } from "./dwt.ts";
import { identification } from "./identification.ts";
import { nvicRegisters } from "./nvic.ts";
import type { Itm } from "./itm.ts";
import type { Register, RegisterMap, SystemHost } from "./registers.ts";
import { scbRegisters } from "./scb.ts";
import { createSysTick } from "./systick.ts";

export type { Register, SystemHost } from "./registers.ts";

/** Registers of blocks that have state of their own, by offset. */
export interface SystemBlocks {
  /** In the system control space, from 0xE000_E000. */
  readonly control: RegisterMap;
  /** The instrumentation trace macrocell, from 0xE000_0000. */
  readonly itm?: Pick<Itm, "registers" | "write"> | undefined;
}

/** The device, and the state that is not in the core's. */
export interface SystemControl extends Device {
  /** State of SysTick and of the cycle counter, for {@linkcode SystemControl.restore}. */
  save(): readonly (readonly number[])[];
  /** Puts a state back; the schedule has to be restored before. */
  restore(state: unknown): void;
}

const ORIGIN = 0xe000_0000;
const LENGTH = 0x10_0000;
const ITM = 0x0000;
const STIMULUS_END = 0x80;
const DWT = 0x1000;
const SCS = 0xe000;
const BLOCK = 0x1000;
/** ITM, DWT and the breakpoint unit: present, and silent. */
const SILENT = [ITM, DWT, 0x2000, 0x4_0000, 0x4_1000, 0x4_2000];

/**
 * Makes the device.
 *
 * @param host The engine whose state it shows and changes
 * @param caches What the board has of caches, and the model of its data cache
 * @param added More registers
 */
export function createSystemControl(
  host: SystemHost,
  caches: Caches = {},
  added: SystemBlocks = { control: new Map() },
): SystemControl {
  const systick = createSysTick(host);
  const counter = createCycleCounter(host);
  const blocks = [systick, counter];
  const control = new Map<number, Register>([
    ...identification(host.state),
    ...cacheRegisters(caches),
    ...systick.registers,
    ...nvicRegisters(host.state),
    ...scbRegisters(host, () => counter.settle(), caches.model),
    ...added.control,
  ]);

  function find(offset: number, kind: "read" | "write"): Register | undefined {
    const block = offset & -BLOCK;
    const register = (offset & (BLOCK - 1)) & ~3;
    if (block === SCS) return control.get(register);
    if (block === ITM && added.itm !== undefined) return added.itm.registers.get(register);
    if (block === DWT) return counter.registers.get(register);
    if (SILENT.includes(block)) return undefined;
    throw new MemoryFault(ORIGIN + offset, kind, "unmapped");
  }

  return {
    name: "system control space",
    origin: ORIGIN,
    length: LENGTH,
    read(offset, size) {
      const word = find(offset, "read")?.read() ?? 0;
      const value = (word % 0x1_0000_0000) >>> ((offset & 3) * 8);
      return size === 4 ? value >>> 0 : value & ((1 << (size * 8)) - 1);
    },
    write(offset, size, value) {
      if (offset < STIMULUS_END && added.itm !== undefined) {
        added.itm.write(offset >>> 2, size, value);
        return;
      }
      const register = find(offset, "write");
      if (register?.write === undefined) return;
      if (size === 4) {
        register.write(value);
        return;
      }
      const shift = (offset & 3) * 8;
      const mask = ((1 << (size * 8)) - 1) << shift;
      const others = register.ones === true ? 0 : register.read() & ~mask;
      register.write(others | ((value << shift) & mask));
    },
    save: () => blocks.map((block) => block.save()),
    restore: (saved) => {
      const state = saved as readonly (readonly number[])[];
      blocks.forEach((block, index) => block.restore(state[index] ?? []));
    },
  };
}
