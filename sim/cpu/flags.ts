/**
 * Flags, conditions and ITSTATE as the program sees them (DDI 0403, A7.3 and B1.4.2).
 *
 * @module
 */
import type { CpuState } from "./state.ts";

/** ITSTATE behind an instruction (DDI 0403, ITAdvance). */
export function advanceIt(it: number): number {
  return (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);
}

/** Flags N, Z, C, V as a number of 4 bits. */
export function nzcv(cpu: CpuState): number {
  return (cpu.n < 0 ? 8 : 0) | (cpu.z === 0 ? 4 : 0) | (cpu.c << 1) | cpu.v;
}

/** Sets N, Z, C, V from a number of 4 bits. */
export function setNzcv(cpu: CpuState, flags: number): void {
  cpu.n = (flags & 8) !== 0 ? -1 : 0;
  cpu.z = (flags & 4) !== 0 ? 0 : 1;
  cpu.c = (flags >> 1) & 1;
  cpu.v = flags & 1;
}

/** xPSR as it is stacked: flags, ITSTATE, T and the exception number. */
export function readXpsr(cpu: CpuState): number {
  return (nzcv(cpu) << 28) | (cpu.q << 27) | ((cpu.it & 3) << 25) | (cpu.t << 24) | (cpu.ge << 16) |
    ((cpu.it >> 2) << 10) | cpu.ipsr;
}

/** Sets flags, ITSTATE and the exception number from an xPSR. */
export function writeXpsr(cpu: CpuState, value: number): void {
  setNzcv(cpu, value >>> 28);
  if (!cpu.baseline) {
    cpu.q = (value >>> 27) & 1;
    cpu.it = ((value >>> 25) & 3) | ((value >>> 8) & 0xfc);
    if (cpu.features.has("dsp")) cpu.ge = (value >>> 16) & 0xf;
  }
  cpu.ipsr = value & 0x1ff;
}

/** True if a condition (DDI 0403, A7.3) holds. */
export function passes(cpu: CpuState, condition: number): boolean {
  switch (condition) {
    case 0:
      return cpu.z === 0;
    case 1:
      return cpu.z !== 0;
    case 2:
      return cpu.c !== 0;
    case 3:
      return cpu.c === 0;
    case 4:
      return cpu.n < 0;
    case 5:
      return cpu.n >= 0;
    case 6:
      return cpu.v !== 0;
    case 7:
      return cpu.v === 0;
    case 8:
      return cpu.c !== 0 && cpu.z !== 0;
    case 9:
      return cpu.c === 0 || cpu.z === 0;
    case 10:
      return (cpu.n < 0) === (cpu.v !== 0);
    case 11:
      return (cpu.n < 0) !== (cpu.v !== 0);
    case 12:
      return cpu.z !== 0 && (cpu.n < 0) === (cpu.v !== 0);
    case 13:
      return cpu.z === 0 || (cpu.n < 0) !== (cpu.v !== 0);
    default:
      return true;
  }
}
