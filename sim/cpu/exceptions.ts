/**
 * Exception entry and return (DDI 0403, B1.5): late arrival, tail-chaining, the checks of EXC_RETURN.
 * Exceptions are taken between instructions: a load or store multiple, or a division, is finished first,
 * where the cores can abandon and repeat it. A return is finished too before what arrives during it.
 *
 * @module
 */
import { CCR, CONTROL, CoreFault, EXCEPTION, SCR } from "./architecture.ts";
import type { CpuState } from "./state.ts";
import { type ExceptionCosts, MemoryFault } from "../types.ts";
import { DerivedFault, popFrame, pushFrame } from "./frame.ts";
import {
  activate,
  deactivate,
  executionPriority,
  groupPriority,
  nextPending,
  requestEvents,
  setPending,
} from "./priority.ts";
import { followPrivilege, readVector } from "./privilege.ts";

export { readFpscr, startFpContext, switchStack, writeFpscr } from "./frame.ts";
export { requestEvents } from "./priority.ts";

/** HFSR.VECTTBL. */
const VECTTBL = 1 << 1;

function costsOf(cpu: CpuState): ExceptionCosts {
  const { timing } = cpu;
  if (timing.exceptions !== undefined) return timing.exceptions;
  const entry = timing.cost("exception", 8);
  return {
    entry,
    exit: entry,
    tailChain: entry,
    floatingPoint: timing.cost("exception", 26) - entry,
  };
}

/**
 * Enters the pending exception of the highest priority, whose frame is on the stack.
 *
 * @param cpu State
 * @param excReturn EXC_RETURN for its handler
 */
export function takeVector(cpu: CpuState, excReturn: number): void {
  const exception = nextPending(cpu);
  cpu.limit = 0;
  let vector = 0;
  try {
    vector = readVector(cpu, exception);
  } catch (error) {
    if (!(error instanceof MemoryFault)) throw error;
    cpu.system.hfsr |= VECTTBL;
    if (exception <= EXCEPTION.hardFault) throw new CoreFault("lockup", error.address);
    throw new DerivedFault("vector", error, excReturn);
  }
  setPending(cpu, exception, false);
  activate(cpu, exception);
  cpu.ipsr = exception;
  cpu.control &= CONTROL.unprivileged;
  cpu.r[14] = excReturn;
  cpu.it = 0;
  cpu.t = 1;
  cpu.exclusive = -1;
  cpu.event = 1;
  cpu.sleep = 0;
  cpu.next = vector & ~1;
  followPrivilege(cpu);
  if ((vector & 1) === 0) throw new CoreFault("invalid-state", (vector & ~1) >>> 0);
}

/**
 * Enters an exception: stacks the context, then takes it, or another one of a higher priority that has
 * become pending meanwhile (late arrival); the first one stays pending then.
 *
 * @param cpu State
 * @param exception Its number; it must have a higher priority than the core executes at
 * @param returnAddress Where to continue afterwards
 */
export function enterException(cpu: CpuState, exception: number, returnAddress: number): void {
  setPending(cpu, exception, true);
  const { entry, floatingPoint } = costsOf(cpu);
  const eager = (cpu.control & CONTROL.fpActive) !== 0 && (cpu.system.fpccr & (1 << 30)) === 0;
  const excReturn = pushFrame(cpu, returnAddress);
  cpu.cycles += entry + (eager ? floatingPoint : 0);
  cpu.runDue();
  takeVector(cpu, excReturn);
}

/** Enters the exception of a derived fault, or a pending one of a higher priority; nothing is stacked. */
export function enterDerived(cpu: CpuState, exception: number, { phase, lr }: DerivedFault): void {
  setPending(cpu, exception, true);
  const { entry, tailChain } = costsOf(cpu);
  // The entry whose vector could not be read has been paid for.
  cpu.cycles += phase === "stacking" ? entry : phase === "vector" ? 0 : tailChain;
  takeVector(cpu, lr);
}

/** SVC: its exception comes next; HardFault if its priority does not allow that. */
export function callSupervisor(cpu: CpuState): void {
  const { svCall } = EXCEPTION;
  if (groupPriority(cpu, svCall) >= executionPriority(cpu)) {
    throw new CoreFault("priority-escalation");
  }
  setPending(cpu, svCall, true);
}

/** True if an EXC_RETURN is one of those that exist (DDI 0403, B1.5.8; DDI 0553, D1.2.95). */
function isKnown(cpu: CpuState, excReturn: number): boolean {
  const extended = (excReturn & 0x10) === 0;
  if (extended && !cpu.features.has("fp")) return false;
  const low = excReturn & 0xf;
  if (cpu.v8m) return (low & 2) === 0 && low >>> 2 !== 1;
  return low === 1 || low === 9 || low === 0xd;
}

/**
 * Returns from the active exception.
 *
 * @param cpu State
 * @param value What was written to PC
 */
export function exceptionReturn(cpu: CpuState, value: number): void {
  cpu.excReturn = 0;
  const returning = cpu.ipsr;
  const excReturn = value | 0xf000_0000 | 0;
  const toThread = (value & 8) !== 0;
  const nested = cpu.activeCount;
  const wasActive = cpu.active[returning] === 1;
  const baseOnly = !cpu.v8m && (cpu.system.ccr & CCR.nonBaseThread) === 0;
  const isValid = wasActive && isKnown(cpu, value) && !(toThread && baseOnly && nested !== 1);
  cpu.limit = 0;
  deactivate(cpu, returning);
  if (!isValid) {
    const fault = new CoreFault("invalid-exception-return", excReturn >>> 0);
    throw new DerivedFault("return", fault, excReturn);
  }
  const { exit, tailChain, floatingPoint } = costsOf(cpu);
  if (nextPending(cpu) !== 0) {
    cpu.cycles += tailChain;
    cpu.runDue();
    takeVector(cpu, excReturn);
    return;
  }
  const loads = (value & 0x10) === 0 && (cpu.system.fpccr & 1) === 0;
  cpu.cycles += exit + (loads ? floatingPoint : 0);
  cpu.event = 1;
  cpu.exclusive = -1;
  popFrame(cpu, excReturn);
  if (toThread && nested === 1 && (cpu.system.scr & SCR.sleepOnExit) !== 0) cpu.sleep = 1;
  requestEvents(cpu);
}
