/**
 * Tells memory how the core's accesses are to be checked (DDI 0403, B3.5.1): unprivileged in Thread mode
 * with CONTROL.nPRIV set, without the memory protection unit at negative priorities.
 *
 * @module
 */
import type { AccessMode } from "../types.ts";
import { type CpuState, EXCEPTION } from "./state.ts";
import type { Op } from "./op.ts";

/** Modes by name. */
export const MODE = { privileged: 0, unprivileged: 1, negative: 2, vector: 3 } as const;

/** The mode of the core's own accesses. */
function modeOf(cpu: CpuState): AccessMode {
  if (cpu.ipsr === EXCEPTION.hardFault || cpu.ipsr === EXCEPTION.nmi || cpu.faultmask !== 0) {
    return MODE.negative;
  }
  return cpu.ipsr === 0 && (cpu.control & 1) !== 0 ? MODE.unprivileged : MODE.privileged;
}

/** Follows a change of IPSR, CONTROL or FAULTMASK. */
export function followPrivilege(cpu: CpuState): void {
  cpu.bus.setMode?.(modeOf(cpu));
}

/** Before an exception frame is read: the rights are those of what is returned to. */
export function followReturn(cpu: CpuState, toThread: boolean): void {
  cpu.bus.setMode?.(
    toThread && (cpu.control & 1) !== 0 ? MODE.unprivileged : MODE.privileged,
  );
}

/** Reads a word of the vector table, which protection does not concern. */
export function readVector(cpu: CpuState, exception: number): number {
  const before = cpu.bus.setMode?.(MODE.vector) ?? MODE.privileged;
  try {
    return cpu.bus.read32((cpu.system.vtor + exception * 4) | 0);
  } finally {
    cpu.bus.setMode?.(before);
  }
}

/** The same access made as if by unprivileged code: LDRT, STRT and their kin. */
export function unprivileged(
  access: (cpu: CpuState, op: Op) => void,
): (cpu: CpuState, op: Op) => void {
  return (cpu, op) => {
    const before = cpu.bus.setMode?.(MODE.unprivileged) ?? MODE.privileged;
    try {
      access(cpu, op);
    } finally {
      cpu.bus.setMode?.(before);
    }
  };
}
