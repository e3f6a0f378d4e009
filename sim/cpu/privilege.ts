/**
 * Tells memory how the core's accesses are to be checked (DDI 0403, B3.5.1): unprivileged in Thread mode
 * with CONTROL.nPRIV set, without the memory protection unit at negative priorities.
 *
 * @module
 */
import type { AccessMode } from "../types.ts";
import type { CpuState } from "./state.ts";
import { EXCEPTION } from "./architecture.ts";

/** Modes by name. */
export const MODE = {
  privileged: 0,
  unprivileged: 1,
  negative: 2,
  vector: 3,
  negativeUnprivileged: 4,
} as const;

/** The mode of the core's own accesses, or of those that it makes as if unprivileged. */
export function modeOf(cpu: CpuState, forced = false): AccessMode {
  const unprivileged = forced || (cpu.ipsr === 0 && (cpu.control & 1) !== 0);
  if (cpu.ipsr === EXCEPTION.hardFault || cpu.ipsr === EXCEPTION.nmi || cpu.faultmask !== 0) {
    return unprivileged ? MODE.negativeUnprivileged : MODE.negative;
  }
  return unprivileged ? MODE.unprivileged : MODE.privileged;
}

/** Follows a change of IPSR, CONTROL or FAULTMASK. */
export function followPrivilege(cpu: CpuState): void {
  cpu.bus.setMode?.(modeOf(cpu));
}

/** Makes the next accesses in another mode; gives the one before, to be put back. */
export function borrowMode(cpu: CpuState, mode: AccessMode): AccessMode {
  return cpu.bus.setMode?.(mode) ?? MODE.privileged;
}

/** Reads a word of the vector table, which protection does not concern. */
export function readVector(cpu: CpuState, exception: number): number {
  const before = borrowMode(cpu, MODE.vector);
  try {
    return cpu.bus.read32((cpu.system.vtor + exception * 4) | 0);
  } finally {
    borrowMode(cpu, before);
  }
}
