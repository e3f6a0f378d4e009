/**
 * The architectural state in and out of Unicorn.
 *
 * @module
 */
import { readFpscr, writeFpscr } from "../cpu/exceptions.ts";
import type { CpuState } from "../cpu/state.ts";
import { readXpsr, writeXpsr } from "../cpu/flags.ts";
import { REG, type UnicornCore } from "./provider.ts";

const FPCA = 4;
/** CONTROL.SFPA of a core with security states: without it the next instruction clears FPSCR. */
const SFPA = 8;

function usesPsp(cpu: CpuState): boolean {
  return cpu.ipsr === 0 && (cpu.control & 2) !== 0;
}

/** Gives Unicorn the state. */
export function push(cpu: CpuState, core: UnicornCore): void {
  core.writeRegister(REG.xpsr, readXpsr(cpu));
  core.writeRegister(REG.control, cpu.control | ((cpu.control & FPCA) !== 0 ? SFPA : 0));
  core.writeRegister(usesPsp(cpu) ? REG.msp : REG.psp, cpu.otherSp);
  core.writeRegister(REG.primask, cpu.primask);
  core.writeRegister(REG.basepri, cpu.basepri);
  core.writeRegister(REG.faultmask, cpu.faultmask);
  REG.core.forEach((register, number) => core.writeRegister(register, cpu.registers[number] ?? 0));
  if (!cpu.features.has("fp")) return;
  core.writeRegister(REG.fpscr, readFpscr(cpu));
  const bytes = new Uint8Array(cpu.fpWords.buffer, cpu.fpWords.byteOffset, 128);
  for (let number = 0; number < 16; number++) {
    core.writeBytes(REG.d0 + number, bytes.subarray(number * 8, number * 8 + 8));
  }
}

/** Takes the state back. */
export function pull(cpu: CpuState, core: UnicornCore): void {
  writeXpsr(cpu, core.readRegister(REG.xpsr));
  // The model is that of a core with security states, whose CONTROL has more bits.
  cpu.control = core.readRegister(REG.control) & (cpu.features.has("fp") ? 3 | FPCA : 3);
  cpu.primask = core.readRegister(REG.primask) & 1;
  cpu.basepri = core.readRegister(REG.basepri) & 0xff;
  cpu.faultmask = core.readRegister(REG.faultmask) & 1;
  REG.core.forEach((register, number) => cpu.registers[number] = core.readRegister(register));
  cpu.otherSp = core.readRegister(usesPsp(cpu) ? REG.msp : REG.psp);
  if (!cpu.features.has("fp")) return;
  writeFpscr(cpu, core.readRegister(REG.fpscr));
  const bytes = new Uint8Array(cpu.fpWords.buffer, cpu.fpWords.byteOffset, 128);
  for (let number = 0; number < 16; number++) {
    bytes.set(core.readBytes(REG.d0 + number, 8), number * 8);
  }
}
