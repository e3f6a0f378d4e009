/**
 * Semantics of the system instructions: SVC, BKPT, UDF, hints, barriers, CPS, MRS, MSR
 * (DDI 0403, A7.7, B5.2). The barriers and YIELD order or wait for nothing: the emulator is always in
 * order. WFI and WFE make the run loop skip to what wakes the core.
 *
 * @module
 */
import { CoreFault } from "./architecture.ts";
import type { CpuState } from "./state.ts";
import { nzcv, setNzcv } from "./flags.ts";
import type { Op } from "./op.ts";
import { callSupervisor, requestEvents, switchStack } from "./exceptions.ts";
import { executionPriority } from "./priority.ts";
import { followPrivilege } from "./privilege.ts";

/** NOP, hints, barriers. */
export function nop(_cpu: CpuState, _op: Op): void {}

/** SEV. */
export function sev(cpu: CpuState): void {
  cpu.event = 1;
}

/** WFI. */
export function wfi(cpu: CpuState): void {
  cpu.sleep = 1;
  cpu.limit = 0;
}

/** WFE. */
export function wfe(cpu: CpuState): void {
  if (cpu.event !== 0) {
    cpu.event = 0;
    return;
  }
  cpu.sleep = 2;
  cpu.limit = 0;
}

/** UDF. */
export function udf(_cpu: CpuState, _op: Op): void {
  throw new CoreFault("undefined-instruction");
}

/**
 * Instructions of the Security Extension that only Secure state has (BXNS, BLXNS, TTA, TTAT, VLLDM, VLSTM):
 * undefined on a core without it (DDI 0553, C2.4).
 */
export function securityOnly(_cpu: CpuState, _op: Op): void {
  throw new CoreFault("undefined-instruction");
}

/** MCR, MRC, CDP, LDC, STC, MCRR, MRRC: there is no such coprocessor. */
export function noCoprocessor(_cpu: CpuState, _op: Op): void {
  throw new CoreFault("no-coprocessor");
}

/**
 * TT and TTT (`k` is 1): what the MPU would allow at an address. Bits 7 to 0 are the region, 16 says that
 * there is one, 18 may be read, 19 may be written (DDI 0553, TT_RESP). Unprivileged code learns nothing.
 */
export function tt(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = privileged(cpu) ? cpu.testTarget(cpu.r[op.n], op.k === 1) : 0;
}

/** SVC. */
export function svc(cpu: CpuState): void {
  callSupervisor(cpu);
}

/** BKPT: 0xAB is a semihosting request, any other has no debugger to stop in. */
export function bkpt(cpu: CpuState, op: Op): void {
  if (op.i !== 0xab) throw new CoreFault("breakpoint-instruction");
  const stop = cpu.parts.semihost(cpu.registers);
  if (stop !== undefined) cpu.stop = stop;
  // What the host does for a request may take it long: the run loop's caller can look behind each.
  cpu.limit = 0;
}

function privileged(cpu: CpuState): boolean {
  return cpu.ipsr !== 0 || (cpu.control & 1) === 0;
}

/** CPS: `k` is 1 to disable; `i` has bit 1 for PRIMASK, bit 0 for FAULTMASK. */
export function cps(cpu: CpuState, op: Op): void {
  if (!privileged(cpu)) return;
  if ((op.i & 2) !== 0) cpu.primask = op.k;
  if ((op.i & 1) !== 0 && !cpu.baseline) setFaultMask(cpu, op.k);
  followPrivilege(cpu);
  requestEvents(cpu);
}

/** FAULTMASK can only be set below the priority of HardFault (DDI 0403, B5.2.1, B5.2.3). */
function setFaultMask(cpu: CpuState, value: number): void {
  if (value === 0 || executionPriority(cpu) > -1) cpu.faultmask = value;
}

const SYSM = {
  msp: 8,
  psp: 9,
  msplim: 10,
  psplim: 11,
  primask: 16,
  basepri: 17,
  basepriMax: 18,
  faultmask: 19,
  control: 20,
} as const;

function spIsPsp(cpu: CpuState): boolean {
  return cpu.ipsr === 0 && (cpu.control & 2) !== 0;
}

function readSpecial(cpu: CpuState, sysm: number): number {
  if (sysm < 8) {
    const ipsr = (sysm & 1) !== 0 ? cpu.ipsr : 0;
    const apsr = (nzcv(cpu) << 28) | (cpu.q << 27) | (cpu.ge << 16);
    return (sysm & 4) === 0 ? apsr | ipsr : ipsr;
  }
  if (!privileged(cpu) && sysm !== SYSM.control) return 0;
  switch (sysm) {
    case SYSM.msp:
      return spIsPsp(cpu) ? cpu.otherSp : cpu.r[13];
    case SYSM.psp:
      return spIsPsp(cpu) ? cpu.r[13] : cpu.otherSp;
    case SYSM.msplim:
      return cpu.msplim;
    case SYSM.psplim:
      return cpu.psplim;
    case SYSM.primask:
      return cpu.primask;
    case SYSM.basepri:
    case SYSM.basepriMax:
      return cpu.basepri;
    case SYSM.faultmask:
      return cpu.faultmask;
    case SYSM.control:
      return cpu.control;
    default:
      return 0;
  }
}

/** MRS. */
export function mrs(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = readSpecial(cpu, op.i);
}

function writeApsr(cpu: CpuState, mask: number, value: number): void {
  if ((mask & 2) !== 0) {
    setNzcv(cpu, value >>> 28);
    if (!cpu.baseline) cpu.q = (value >>> 27) & 1;
  }
  if ((mask & 1) !== 0 && cpu.features.has("dsp")) cpu.ge = (value >>> 16) & 0xf;
}

function writeControl(cpu: CpuState, value: number): void {
  const fpca = cpu.features.has("fp") ? value & 4 : 0;
  const spsel = cpu.ipsr === 0 ? value & 2 : cpu.control & 2;
  const before = spIsPsp(cpu);
  cpu.control = fpca | spsel | (value & 1);
  if (before !== spIsPsp(cpu)) switchStack(cpu);
}

/** Armv8-M Baseline has stack limits only with the Security Extension: they read as zero. */
function writeLimit(cpu: CpuState, sysm: number, value: number): void {
  if (cpu.baseline) return;
  if (sysm === SYSM.msplim) cpu.msplim = value;
  else cpu.psplim = value;
  cpu.forgetDecoded();
}

/** MSR: `k` is the mask of APSR's bytes. */
export function msr(cpu: CpuState, op: Op): void {
  const value = cpu.r[op.n];
  if (op.i < 8) {
    if ((op.i & 4) === 0) writeApsr(cpu, op.k, value);
    return;
  }
  if (!privileged(cpu)) return;
  switch (op.i) {
    case SYSM.msp:
      if (spIsPsp(cpu)) cpu.otherSp = value & ~3;
      else cpu.r[13] = value & ~3;
      break;
    case SYSM.psp:
      if (spIsPsp(cpu)) cpu.r[13] = value & ~3;
      else cpu.otherSp = value & ~3;
      break;
    case SYSM.msplim:
    case SYSM.psplim:
      writeLimit(cpu, op.i, value & ~7);
      break;
    case SYSM.primask:
      cpu.primask = value & 1;
      break;
    case SYSM.basepri:
      cpu.basepri = value & cpu.priorityMask;
      break;
    case SYSM.basepriMax: {
      const wanted = value & cpu.priorityMask;
      if (wanted !== 0 && (cpu.basepri === 0 || wanted < cpu.basepri)) cpu.basepri = wanted;
      break;
    }
    case SYSM.faultmask:
      setFaultMask(cpu, value & 1);
      break;
    case SYSM.control:
      writeControl(cpu, value);
  }
  followPrivilege(cpu);
  requestEvents(cpu);
}
