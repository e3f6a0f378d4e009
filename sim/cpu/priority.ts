/**
 * Which exception comes next: pending and active exceptions, priorities and their grouping, masks
 * (DDI 0403, B1.5.4 and B3.4; DDI 0419, B1.5.4).
 *
 * @module
 */
import type { CpuState } from "./state.ts";
import { EXCEPTION, LOWEST_PRIORITY, SCR, SYSTEM_EXCEPTIONS } from "./architecture.ts";

/** DEMCR.MON_EN. */
const MONITOR_ENABLE = 1 << 16;

/** The part of a priority that decides about preemption. */
export function groupPriority(cpu: CpuState, exception: number): number {
  if (exception < EXCEPTION.memManage) return exception - 4;
  return (cpu.priority[exception] ?? 0) & (0xff << (cpu.system.prigroup + 1)) & 0xff;
}

/** Follows a change of active exceptions, of their priorities or of the grouping. */
export function updateActive(cpu: CpuState): void {
  let priority = LOWEST_PRIORITY;
  let count = 0;
  for (let number = 1; number < cpu.exceptions; number++) {
    if (cpu.active[number] !== 1) continue;
    count++;
    priority = Math.min(priority, groupPriority(cpu, number));
  }
  cpu.activeCount = count;
  cpu.activePriority = priority;
}

/** Priority that BASEPRI and FAULTMASK raise the core to; PRIMASK too, if it is asked for. */
function maskPriority(cpu: CpuState, primask: boolean): number {
  let priority = LOWEST_PRIORITY;
  if (cpu.basepri !== 0) {
    priority = cpu.basepri & (0xff << (cpu.system.prigroup + 1)) & 0xff;
  }
  if (primask && cpu.primask !== 0) priority = Math.min(priority, 0);
  if (cpu.faultmask !== 0) priority = Math.min(priority, -1);
  return priority;
}

/** The priority that the core executes at; an exception needs a lower number to preempt it. */
export function executionPriority(cpu: CpuState): number {
  return Math.min(cpu.activePriority, maskPriority(cpu, true));
}

/** True if the program has enabled an exception; of the system's some can be disabled. */
export function isEnabled(cpu: CpuState, exception: number): boolean {
  const fault = exception >= EXCEPTION.memManage && exception <= EXCEPTION.usageFault;
  if (fault) return ((cpu.system.shcsr >>> (12 + exception)) & 1) === 1;
  if (exception === EXCEPTION.debugMonitor) return (cpu.system.demcr & MONITOR_ENABLE) !== 0;
  return cpu.enabled[exception] === 1;
}

/** The pending exception of the highest priority above a limit: by group, subpriority, number. */
function highest(cpu: CpuState, limit: number): number {
  if (cpu.pendingCount === 0) return 0;
  let best = 0;
  let bestGroup = limit;
  let bestPriority = LOWEST_PRIORITY;
  for (let number = 2; number < cpu.exceptions; number++) {
    if (cpu.pending[number] !== 1 || !isEnabled(cpu, number)) continue;
    const group = groupPriority(cpu, number);
    const priority = group < 0 ? group : cpu.priority[number] ?? 0;
    const first = best === 0
      ? group < limit
      : group < bestGroup || (group === bestGroup && priority < bestPriority);
    if (!first) continue;
    best = number;
    bestGroup = group;
    bestPriority = priority;
  }
  return best;
}

/** The pending exception to take now, 0 if none. */
export function nextPending(cpu: CpuState): number {
  return cpu.pendingCount === 0 ? 0 : highest(cpu, executionPriority(cpu));
}

/** What ICSR.VECTPENDING shows: masked by BASEPRI and FAULTMASK, but not by PRIMASK. */
export function vectPending(cpu: CpuState): number {
  return highest(cpu, maskPriority(cpu, false));
}

/** True if a pending exception ends WFI: it would preempt if PRIMASK were 0 (DDI 0403, B1.5.19). */
export function wakes(cpu: CpuState): boolean {
  return highest(cpu, Math.min(cpu.activePriority, maskPriority(cpu, false))) !== 0;
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
  if (on && (cpu.system.scr & SCR.eventOnPending) !== 0) cpu.event = 1;
  requestEvents(cpu);
}

/** Makes an exception active. */
export function activate(cpu: CpuState, exception: number): void {
  cpu.active[exception] = 1;
  cpu.activeCount++;
  cpu.activePriority = Math.min(cpu.activePriority, groupPriority(cpu, exception));
}

/**
 * Ends an exception (DDI 0403, B1.5.8, DeActivate): clears FAULTMASK except for NMI; an interrupt whose
 * line is still high is pending again.
 */
export function deactivate(cpu: CpuState, exception: number): void {
  cpu.active[exception] = 0;
  updateActive(cpu);
  if (exception !== EXCEPTION.nmi) cpu.faultmask = 0;
  if (cpu.level[exception] === 1) setPending(cpu, exception, true);
}

/**
 * Sets the line of an interrupt, or of NMI as −14 (its IRQ number in CMSIS). A rising edge makes it
 * pending, and it stays so when the line falls (a pulse is kept); while the line is high at the end of the
 * handler it is pending again (DDI 0403, B3.4.1).
 *
 * @param cpu State
 * @param interrupt Number of the interrupt, from 0
 * @param high Level of the line
 * @returns False if the core has no such interrupt
 */
export function setLine(cpu: CpuState, interrupt: number, high: boolean): boolean {
  const exception = SYSTEM_EXCEPTIONS + interrupt;
  const isNmi = exception === EXCEPTION.nmi;
  if (!isNmi && (interrupt < 0 || exception >= cpu.exceptions || !Number.isInteger(interrupt))) {
    return false;
  }
  const before = cpu.level[exception];
  cpu.level[exception] = high ? 1 : 0;
  if (high && before === 0) setPending(cpu, exception, true);
  return true;
}
