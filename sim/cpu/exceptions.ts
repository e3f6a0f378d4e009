/**
 * Exception entry and return, priorities, escalation (DDI 0403, B1.5). The floating-point registers are
 * stacked eagerly when FPCA is set: the frame is the one that lazy stacking reserves, its content is
 * written at entry rather than at the handler's first floating-point instruction.
 *
 * @module
 */
import {
  CCR,
  CoreFault,
  type CpuState,
  EXCEPTION,
  EXCEPTIONS,
  type Index,
  readXpsr,
  writeXpsr,
} from "./state.ts";
import { MemoryFault } from "../types.ts";
import { followPrivilege, followReturn, readVector } from "./privilege.ts";

/** Lower than every configurable priority. */
const LOWEST = 256;
const FPCA = 4;

/** A fault while an exception frame is written or read. */
export class StackingFault extends Error {
  /** The class's name. */
  override name = "StackingFault";
  /**
   * @param fault What the bus said
   * @param entering True while stacking, false while unstacking
   */
  constructor(readonly fault: MemoryFault, readonly entering: boolean) {
    super(fault.message);
  }
}

function groupPriority(cpu: CpuState, exception: number): number {
  if (exception === EXCEPTION.nmi) return -2;
  if (exception === EXCEPTION.hardFault) return -1;
  const group = cpu.system.prigroup;
  return (cpu.priority[exception] ?? 0) & (0xff << (group + 1)) & 0xff;
}

/** The priority that the core executes at; an exception needs a lower number to preempt it. */
export function executionPriority(cpu: CpuState): number {
  let priority = LOWEST;
  if (cpu.ipsr !== 0) {
    for (let number = 1; number < EXCEPTIONS; number++) {
      if (cpu.active[number] === 1) priority = Math.min(priority, groupPriority(cpu, number));
    }
  }
  if (cpu.basepri !== 0) {
    const masked = cpu.basepri & (0xff << (cpu.system.prigroup + 1)) & 0xff;
    priority = Math.min(priority, masked);
  }
  if (cpu.primask !== 0) priority = Math.min(priority, 0);
  if (cpu.faultmask !== 0) priority = Math.min(priority, -1);
  return priority;
}

/** The pending exception to take now, 0 if none. */
export function nextPending(cpu: CpuState): number {
  if (cpu.pendingCount === 0) return 0;
  let best = 0;
  let bestPriority = executionPriority(cpu);
  for (let number = 2; number < EXCEPTIONS; number++) {
    if (cpu.pending[number] === 1 && groupPriority(cpu, number) < bestPriority) {
      best = number;
      bestPriority = groupPriority(cpu, number);
    }
  }
  return best;
}

/** Makes the run loop look at what is pending, before the next instruction. */
export function requestEvents(cpu: CpuState): void {
  if (cpu.pendingCount > 0) cpu.limit = 0;
}

/** Sets or clears an exception's pending bit. */
export function setPending(cpu: CpuState, exception: number, on: boolean): void {
  const value = on ? 1 : 0;
  if (cpu.pending[exception] === value) return;
  cpu.pending[exception] = value;
  cpu.pendingCount += on ? 1 : -1;
  requestEvents(cpu);
}

/** Exchanges the two stack pointers. */
export function switchStack(cpu: CpuState): void {
  const shown = cpu.r[13];
  cpu.r[13] = cpu.otherSp;
  cpu.otherSp = shown;
}

function usesPsp(cpu: CpuState): boolean {
  return cpu.ipsr === 0 && (cpu.control & 2) !== 0;
}

/** FPSCR with its flags. */
export function readFpscr(cpu: CpuState): number {
  return (cpu.fpFlags << 28) | cpu.fpscr;
}

/** Writes FPSCR. */
export function writeFpscr(cpu: CpuState, value: number): void {
  cpu.fpFlags = value >>> 28;
  cpu.fpscr = value & 0x07c0_009f;
}

const CALLER_SAVED: readonly Index[] = [0, 1, 2, 3, 12];

function pushFrame(cpu: CpuState, returnAddress: number, write: boolean): void {
  const extended = (cpu.control & FPCA) !== 0;
  const size = extended ? 0x68 : 0x20;
  const forceAlign = (cpu.system.ccr & CCR.stackAlign) !== 0 || extended;
  const sp = cpu.r[13];
  const padded = forceAlign && (sp & 4) !== 0;
  const frame = ((sp - size) & (forceAlign ? ~7 : ~3)) | 0;
  const xpsr = (readXpsr(cpu) & ~(1 << 9)) | (padded ? 1 << 9 : 0);
  cpu.r[13] = frame;
  if (!write) return;
  try {
    let at = frame;
    for (const register of CALLER_SAVED) {
      cpu.bus.write32(at, cpu.r[register]);
      at = (at + 4) | 0;
    }
    cpu.bus.write32((frame + 20) | 0, cpu.r[14]);
    cpu.bus.write32((frame + 24) | 0, returnAddress);
    cpu.bus.write32((frame + 28) | 0, xpsr);
    if (extended) {
      for (let number = 0; number < 16; number++) {
        cpu.bus.write32((frame + 32 + number * 4) | 0, cpu.s[number as Index]);
      }
      cpu.bus.write32((frame + 96) | 0, readFpscr(cpu));
    }
  } catch (error) {
    throw error instanceof MemoryFault ? new StackingFault(error, true) : error;
  }
}

/**
 * Enters an exception: stacks the context, switches to the main stack, continues at the vector.
 *
 * @param cpu State
 * @param exception Its number
 * @param returnAddress Where to continue afterwards
 * @param write False if the frame cannot be written: the stack pointer moves all the same
 */
export function enterException(
  cpu: CpuState,
  exception: number,
  returnAddress: number,
  write = true,
): void {
  const fromPsp = usesPsp(cpu);
  const extended = (cpu.control & FPCA) !== 0;
  const stack = cpu.ipsr !== 0 ? 1 : fromPsp ? 0xd : 9;
  pushFrame(cpu, returnAddress, write);
  if (fromPsp) switchStack(cpu);
  cpu.r[14] = (0xffff_ffe0 | (extended ? 0 : 0x10) | stack) | 0;
  if (cpu.pending[exception] === 1) setPending(cpu, exception, false);
  cpu.active[exception] = 1;
  cpu.ipsr = exception;
  cpu.control &= ~(2 | FPCA) | 0;
  cpu.it = 0;
  cpu.exclusive = -1;
  followPrivilege(cpu);
  const vector = readVector(cpu, exception);
  cpu.cycles += cpu.timing.cost("exception", extended ? 26 : 8);
  cpu.next = vector & ~1;
  if ((vector & 1) === 0) throw new CoreFault("invalid-state", vector >>> 0);
}

/** Enters an exception that an instruction asks for; HardFault if its priority does not allow it. */
export function takeSynchronous(cpu: CpuState, exception: number, returnAddress: number): void {
  if (groupPriority(cpu, exception) < executionPriority(cpu)) {
    enterException(cpu, exception, returnAddress);
  } else throw new CoreFault("priority-escalation");
}

function pop(cpu: CpuState, extended: boolean): void {
  const frame = cpu.r[13];
  const values: number[] = [];
  try {
    for (let word = 0; word < 8; word++) values.push(cpu.bus.read32((frame + word * 4) | 0));
    if (extended) {
      for (let number = 0; number < 16; number++) {
        cpu.s[number as Index] = cpu.bus.read32((frame + 32 + number * 4) | 0);
      }
      writeFpscr(cpu, cpu.bus.read32((frame + 96) | 0));
    }
  } catch (error) {
    throw error instanceof MemoryFault ? new StackingFault(error, false) : error;
  }
  const [r0 = 0, r1 = 0, r2 = 0, r3 = 0, r12 = 0, lr = 0, pc = 0, xpsr = 0] = values;
  cpu.r[0] = r0;
  cpu.r[1] = r1;
  cpu.r[2] = r2;
  cpu.r[3] = r3;
  cpu.r[12] = r12;
  cpu.r[14] = lr;
  cpu.next = pc & ~1;
  const padding = (xpsr & (1 << 9)) !== 0 ? 4 : 0;
  cpu.r[13] = frame + (extended ? 0x68 : 0x20) + padding;
  writeXpsr(cpu, xpsr);
  if ((xpsr & (1 << 24)) === 0) throw new CoreFault("invalid-state", pc >>> 0);
}

/**
 * Returns from the active exception.
 *
 * @param cpu State
 * @param excReturn EXC_RETURN value that was written to PC
 */
export function exceptionReturn(cpu: CpuState, excReturn: number): void {
  const toThread = (excReturn & 8) !== 0;
  const psp = (excReturn & 4) !== 0;
  const extended = (excReturn & 0x10) === 0;
  const returning = cpu.ipsr;
  const low = excReturn & 0xf;
  const known = low === 1 || low === 9 || low === 0xd;
  if (!known || cpu.active[returning] !== 1 || (extended && !cpu.features.has("fp"))) {
    throw new CoreFault("invalid-exception-return", excReturn >>> 0);
  }
  cpu.active[returning] = 0;
  if (returning !== EXCEPTION.nmi) cpu.faultmask = 0;
  cpu.ipsr = 0;
  cpu.control = (cpu.control & 1) | (psp ? 2 : 0) | (extended ? FPCA : 0);
  if (psp) switchStack(cpu);
  // The frame is read with the rights of what is returned to.
  followReturn(cpu, toThread);
  pop(cpu, extended);
  followPrivilege(cpu);
  if (toThread !== (cpu.ipsr === 0)) {
    throw new CoreFault("invalid-exception-return", excReturn >>> 0);
  }
  cpu.exclusive = -1;
  cpu.cycles += cpu.timing.cost("exception", extended ? 26 : 8);
  requestEvents(cpu);
}
