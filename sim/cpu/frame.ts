/**
 * Exception frames: what is stacked and unstacked, with lazy floating-point state (DDI 0403, B1.5.6 to
 * B1.5.8; DDI 0553, B3.19 to B3.22 for the stack limits).
 *
 * @module
 */
import {
  CCR,
  CONTROL,
  CoreFault,
  EXCEPTION,
  FP_ACCESS,
  FPCCR,
  type Index,
} from "./architecture.ts";
import type { CpuState } from "./state.ts";
import { readXpsr, writeXpsr } from "./flags.ts";
import { MemoryFault } from "../types.ts";
import { borrowMode, followPrivilege, MODE } from "./privilege.ts";
import { executionPriority, groupPriority, isEnabled } from "./priority.ts";

/** When a fault occurred that belongs to an exception rather than to an instruction. */
export type Phase = "stacking" | "unstacking" | "vector" | "return" | "lazy";

/** A fault while an exception is entered or left (a derived exception). */
export class DerivedFault extends Error {
  /** The class's name. */
  override name = "DerivedFault";
  /**
   * @param phase When it occurred
   * @param fault What happened
   * @param lr EXC_RETURN of the handler that is taken for it; its frame is on the stack already
   */
  constructor(readonly phase: Phase, readonly fault: MemoryFault | CoreFault, readonly lr: number) {
    super(fault.message);
  }
}

const BASIC = 0x20;
const EXTENDED = 0x68;
const CALLER_SAVED: readonly Index[] = [0, 1, 2, 3, 12, 14];
const PADDED = 1 << 9;
/** FPSCR bits that exist: flags, AHP, DN, FZ, RMode, cumulative bits. */
const FPSCR_BITS = 0x07c0_009f;

/** FPSCR with its flags. */
export function readFpscr(cpu: CpuState): number {
  return (cpu.fpFlags << 28) | cpu.fpscr;
}

/** Writes FPSCR. */
export function writeFpscr(cpu: CpuState, value: number): void {
  cpu.fpFlags = value >>> 28;
  cpu.fpscr = value & FPSCR_BITS;
}

/** Exchanges the two stack pointers. */
export function switchStack(cpu: CpuState): void {
  const shown = cpu.r[13];
  cpu.r[13] = cpu.otherSp;
  cpu.otherSp = shown;
}

/** True if r13 shows the process stack pointer. */
export function usesPsp(cpu: CpuState): boolean {
  return cpu.ipsr === 0 && (cpu.control & CONTROL.psp) !== 0;
}

/** True if the core runs privileged. */
export function isPrivileged(cpu: CpuState): boolean {
  return cpu.ipsr !== 0 || (cpu.control & CONTROL.unprivileged) === 0;
}

function asFault(error: unknown): MemoryFault | CoreFault | undefined {
  return error instanceof MemoryFault || error instanceof CoreFault ? error : undefined;
}

function derived(phase: Phase, error: unknown, lr: number): unknown {
  const fault = asFault(error);
  return fault === undefined ? error : new DerivedFault(phase, fault, lr);
}

function storeFpState(cpu: CpuState, address: number): void {
  for (let number = 0; number < 16; number++) {
    cpu.bus.write32((address + number * 4) | 0, cpu.s[number as Index]);
  }
  cpu.bus.write32((address + 64) | 0, readFpscr(cpu));
}

function loadFpState(cpu: CpuState, address: number): void {
  const values = Array.from({ length: 17 }, (_, word) => cpu.bus.read32((address + word * 4) | 0));
  values.slice(0, 16).forEach((value, number) => cpu.s[number as Index] = value);
  writeFpscr(cpu, values[16] ?? 0);
}

/** Notes where the floating-point state belongs, and who may be told that it cannot be written. */
function reserveFpState(cpu: CpuState, address: number): void {
  const priority = executionPriority(cpu);
  const ready = (exception: number, bit: number): number =>
    isEnabled(cpu, exception) && groupPriority(cpu, exception) < priority ? bit : 0;
  const { system } = cpu;
  const kept = system.fpccr & (FPCCR.automatic | FPCCR.lazy);
  const monitored = (system.demcr & (1 << 16)) !== 0;
  system.fpcar = address & ~7;
  system.fpccr = kept | FPCCR.lazyActive | (isPrivileged(cpu) ? 0 : FPCCR.user) |
    (cpu.ipsr === 0 ? FPCCR.thread : 0) | (priority > -1 ? FPCCR.hardFaultReady : 0) |
    ready(EXCEPTION.memManage, FPCCR.memManageReady) |
    ready(EXCEPTION.busFault, FPCCR.busFaultReady) |
    (monitored ? ready(EXCEPTION.debugMonitor, FPCCR.monitorReady) : 0);
}

/** True if the FPU is on, but not for unprivileged code, which this is. */
function isFpDenied(cpu: CpuState): boolean {
  return ((cpu.system.cpacr >>> 20) & 0xf) === FP_ACCESS.privileged && !isPrivileged(cpu);
}

/** True if a floating-point instruction has more to do than its own work: see {@linkcode startFpContext}. */
export function startsContext(cpu: CpuState): boolean {
  const { fpccr } = cpu.system;
  if ((fpccr & FPCCR.lazyActive) !== 0 || isFpDenied(cpu)) return true;
  return (cpu.control & CONTROL.fpActive) === 0 && (fpccr & FPCCR.automatic) !== 0;
}

/**
 * What a floating-point instruction does first: writes the state that lazy stacking owes, starts a new
 * context with FPDSCR's modes (DDI 0403, ExecuteFPCheck).
 */
export function startFpContext(cpu: CpuState): void {
  const { system } = cpu;
  if (isFpDenied(cpu)) throw new CoreFault("no-fpu");
  if ((system.fpccr & FPCCR.lazyActive) !== 0) {
    // Even if it fails: the fault's handler must not owe it again.
    system.fpccr &= ~FPCCR.lazyActive;
    cpu.limit = 0;
    const user = (system.fpccr & FPCCR.user) !== 0;
    const before = borrowMode(cpu, user ? MODE.unprivileged : MODE.privileged);
    try {
      storeFpState(cpu, system.fpcar);
    } catch (error) {
      throw derived("lazy", error, 0);
    } finally {
      borrowMode(cpu, before);
    }
  }
  if ((cpu.control & CONTROL.fpActive) !== 0 || (system.fpccr & FPCCR.automatic) === 0) return;
  const modes = 0x07c0_0000;
  cpu.control |= CONTROL.fpActive;
  cpu.fpscr = (cpu.fpscr & ~modes) | (system.fpdscr & modes);
}

/** EXC_RETURN of an exception that is entered now. Armv8-M: Non-secure, default callee stacking. */
function excReturnOf(cpu: CpuState): number {
  const extended = (cpu.control & CONTROL.fpActive) !== 0;
  const thread = cpu.ipsr === 0 ? 8 : 0;
  const fixed = cpu.v8m ? 0xffff_ffa0 : 0xffff_ffe1;
  return (fixed | (extended ? 0 : 0x10) | thread | (usesPsp(cpu) ? 4 : 0)) | 0;
}

/**
 * Stacks the context and switches to the main stack.
 *
 * @param cpu State
 * @param returnAddress Where to continue afterwards
 * @returns EXC_RETURN
 * @throws {DerivedFault} If it cannot be written; the stack pointer has moved all the same
 */
export function pushFrame(cpu: CpuState, returnAddress: number): number {
  const { system, bus } = cpu;
  const lr = excReturnOf(cpu);
  const fromPsp = usesPsp(cpu);
  const extended = (cpu.control & CONTROL.fpActive) !== 0;
  const align = (system.ccr & CCR.stackAlign) !== 0 || extended || cpu.v8m;
  const sp = cpu.r[13];
  const frame = ((sp - (extended ? EXTENDED : BASIC)) & (align ? ~7 : ~3)) | 0;
  const padded = align && (sp & 4) !== 0 ? PADDED : 0;
  const xpsr = (readXpsr(cpu) & ~PADDED) | padded;
  const limit = fromPsp ? cpu.psplim : cpu.msplim;
  cpu.r[13] = frame;
  try {
    if (frame >>> 0 < limit >>> 0 && !ignoresLimit(cpu)) {
      cpu.r[13] = limit;
      throw new CoreFault("stack-limit", frame >>> 0);
    }
    CALLER_SAVED.forEach((register, word) => {
      bus.write32((frame + word * 4) | 0, cpu.r[register]);
    });
    bus.write32((frame + 24) | 0, returnAddress);
    bus.write32((frame + 28) | 0, xpsr);
    if (extended && (system.fpccr & FPCCR.lazy) !== 0) reserveFpState(cpu, (frame + BASIC) | 0);
    else if (extended) {
      if (!cpu.fpEnabled) throw new CoreFault("no-fpu");
      storeFpState(cpu, (frame + BASIC) | 0);
    }
  } catch (error) {
    throw derived("stacking", error, lr);
  } finally {
    if (fromPsp) switchStack(cpu);
  }
  return lr;
}

/** CCR.STKOFHFNMIGN: at negative priorities the stack limit does not hold (DDI 0553, B3.21). */
function ignoresLimit(cpu: CpuState): boolean {
  return (cpu.system.ccr & (1 << 10)) !== 0 && executionPriority(cpu) < 0;
}

/**
 * Unstacks a context and continues there.
 *
 * @param cpu State, in Handler mode, the exception already inactive
 * @param excReturn EXC_RETURN
 * @throws {DerivedFault} If it cannot be read, or does not fit EXC_RETURN; the frame stays
 */
export function popFrame(cpu: CpuState, excReturn: number): void {
  const { system, bus } = cpu;
  const extended = (excReturn & 0x10) === 0;
  const toThread = (excReturn & 8) !== 0;
  const toPsp = (excReturn & 4) !== 0;
  const frame = toPsp ? cpu.otherSp : cpu.r[13];
  const word = (index: number): number => bus.read32((frame + index * 4) | 0);
  const values: number[] = [];
  const before = borrowMode(
    cpu,
    toThread && (cpu.control & CONTROL.unprivileged) !== 0 ? MODE.unprivileged : MODE.privileged,
  );
  try {
    for (let index = 0; index < 8; index++) values.push(word(index));
    if (extended && (system.fpccr & FPCCR.lazyActive) === 0) {
      if (!cpu.fpEnabled) throw new CoreFault("no-fpu");
      loadFpState(cpu, (frame + BASIC) | 0);
    }
  } catch (error) {
    throw derived("unstacking", error, excReturn);
  } finally {
    borrowMode(cpu, before);
  }
  const [r0 = 0, r1 = 0, r2 = 0, r3 = 0, r12 = 0, lr = 0, pc = 0, xpsr = 0] = values;
  if (((xpsr & 0x1ff) === 0) !== toThread) {
    throw new DerivedFault(
      "return",
      new CoreFault("invalid-exception-return", excReturn),
      excReturn,
    );
  }
  if (extended) system.fpccr &= ~FPCCR.lazyActive;
  cpu.r[0] = r0;
  cpu.r[1] = r1;
  cpu.r[2] = r2;
  cpu.r[3] = r3;
  cpu.r[12] = r12;
  cpu.r[14] = lr;
  const align = (system.ccr & CCR.stackAlign) !== 0 || extended || cpu.v8m;
  const sp = (frame + (extended ? EXTENDED : BASIC)) | (align && (xpsr & PADDED) !== 0 ? 4 : 0);
  const { unprivileged } = CONTROL;
  cpu.control = (cpu.control & unprivileged) | (toPsp ? CONTROL.psp : 0) |
    (extended ? CONTROL.fpActive : 0);
  if (toPsp) switchStack(cpu);
  cpu.r[13] = sp;
  writeXpsr(cpu, xpsr);
  followPrivilege(cpu);
  cpu.next = pc & ~1;
  if ((xpsr & (1 << 24)) === 0) throw new CoreFault("invalid-state", pc & ~1);
}
