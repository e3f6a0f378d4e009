/**
 * The registers of the interrupt controller (DDI 0403, B3.4; DDI 0419, B3.4): enable, pending, active and
 * priority of each interrupt, software triggers. Their state is the core's.
 *
 * @module
 */
import type { CpuState } from "../cpu/state.ts";
import { SYSTEM_EXCEPTIONS } from "../cpu/architecture.ts";
import { requestEvents, setPending, updateActive } from "../cpu/priority.ts";
import type { Register, RegisterMap } from "./registers.ts";

const ICTR = 0x004;
const ISER = 0x100;
const ICER = 0x180;
const ISPR = 0x200;
const ICPR = 0x280;
const IABR = 0x300;
const IPR = 0x400;
const STIR = 0xf00;

/** A register whose bit n stands for interrupt `first + n`; writing ones does something for each. */
function bits(
  cpu: CpuState,
  first: number,
  of: Uint8Array,
  each?: (exception: number) => void,
): Register {
  const count = Math.min(32, cpu.exceptions - first);
  const read = (): number => {
    let value = 0;
    for (let bit = 0; bit < count; bit++) value |= (of[first + bit] ?? 0) << bit;
    return value;
  };
  if (each === undefined) return { read };
  return {
    read,
    ones: true,
    write: (value) => {
      for (let bit = 0; bit < count; bit++) {
        if (((value >>> bit) & 1) === 1) each(first + bit);
      }
      requestEvents(cpu);
    },
  };
}

/** Four priorities, one a byte; bits that are not implemented read as zero. */
export function priorities(cpu: CpuState, first: number, configurable = 0xf): Register {
  return {
    read: () => {
      let value = 0;
      for (let byte = 3; byte >= 0; byte--) {
        value = (value << 8) | (cpu.priority[first + byte] ?? 0);
      }
      return value;
    },
    write: (value) => {
      for (let byte = 0; byte < 4; byte++) {
        if (((configurable >>> byte) & 1) === 0 || first + byte >= cpu.exceptions) continue;
        cpu.priority[first + byte] = (value >>> (byte * 8)) & cpu.priorityMask;
      }
      updateActive(cpu);
      requestEvents(cpu);
    },
  };
}

/** Makes the registers, by offset in the system control space. */
export function nvicRegisters(cpu: CpuState): RegisterMap {
  const registers = new Map<number, Register>();
  const full = !cpu.baseline || cpu.v8m;
  const words = Math.ceil((cpu.exceptions - SYSTEM_EXCEPTIONS) / 32);
  if (full) registers.set(ICTR, { read: () => Math.max(0, words - 1) });
  for (let word = 0; word < words; word++) {
    const first = SYSTEM_EXCEPTIONS + word * 32;
    const at = word * 4;
    registers.set(ISER + at, bits(cpu, first, cpu.enabled, (one) => cpu.enabled[one] = 1));
    registers.set(ICER + at, bits(cpu, first, cpu.enabled, (one) => cpu.enabled[one] = 0));
    registers.set(ISPR + at, bits(cpu, first, cpu.pending, (one) => setPending(cpu, one, true)));
    // A line that is high keeps its interrupt pending.
    const clear = (one: number): void => {
      if (cpu.level[one] === 0 || cpu.active[one] === 1) setPending(cpu, one, false);
    };
    registers.set(ICPR + at, bits(cpu, first, cpu.pending, clear));
    if (full) registers.set(IABR + at, bits(cpu, first, cpu.active));
    for (let byte = 0; byte < 32 && first + byte < cpu.exceptions; byte += 4) {
      registers.set(IPR + word * 32 + byte, priorities(cpu, first + byte));
    }
  }
  if (cpu.baseline) return registers;
  return registers.set(STIR, {
    read: () => 0,
    write: (value) => {
      const exception = SYSTEM_EXCEPTIONS + (value & 0x1ff);
      if (exception < cpu.exceptions) setPending(cpu, exception, true);
    },
  });
}
