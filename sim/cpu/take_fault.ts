/**
 * Takes a fault as the architecture does: escalation to HardFault, derived faults while it is taken,
 * lock-up (DDI 0403, B1.5.10 to B1.5.15); or hands it over to be reported.
 *
 * @module
 */
import { advanceIt } from "./flags.ts";
import { CCR, CoreFault, EXCEPTION, FPCCR } from "./architecture.ts";
import type { CpuState } from "./state.ts";
import { MemoryFault } from "../types.ts";
import { enterDerived, enterException } from "./exceptions.ts";
import { explain, type Fault, record } from "./faults.ts";
import { DerivedFault } from "./frame.ts";
import { executionPriority, groupPriority, isEnabled, setPending } from "./priority.ts";

/**
 * What happens when the firmware faults. `auto`: a fault whose own exception the program has enabled
 * (SHCSR, or DEMCR.MON_EN for a breakpoint) enters its handler; one that would become a HardFault stops
 * the run with a report. `report`: every fault stops the run. `vector`: every fault enters a handler,
 * HardFault's too. Lock-up always stops the run.
 */
export type FaultPolicy = "auto" | "report" | "vector";

/** What came of a fault. */
export type FaultOutcome =
  /** A handler has been entered. */
  | { readonly kind: "taken"; readonly first: Fault }
  /** The access counts as done (CCR.BFHFNMIGN). */
  | { readonly kind: "ignored" }
  /** The run has to stop. */
  | { readonly kind: "report"; readonly fault: Fault };

const HARD_FORCED = 1 << 30;

/** The exception that is taken for a fault, escalated if need be; undefined if the core locks up. */
function escalate(cpu: CpuState, fault: Fault): number | undefined {
  const priority = executionPriority(cpu);
  const own = fault.cause === "breakpoint-instruction" ? EXCEPTION.debugMonitor : fault.exception;
  if (own !== EXCEPTION.hardFault && !cpu.baseline) {
    if (isEnabled(cpu, own) && groupPriority(cpu, own) < priority) return own;
    if (own !== EXCEPTION.debugMonitor) cpu.system.hfsr |= HARD_FORCED;
  }
  return priority > -1 ? EXCEPTION.hardFault : undefined;
}

/**
 * The same for a floating-point context that is owed: what counts is which exceptions could have been
 * taken when it was reserved (DDI 0403, B1.5.7, FPCCR).
 */
function escalateLazy(cpu: CpuState, fault: Fault): number | undefined {
  const { fpccr } = cpu.system;
  const ready = fault.exception === EXCEPTION.memManage
    ? FPCCR.memManageReady
    : FPCCR.busFaultReady;
  if ((fpccr & ready) !== 0) return fault.exception;
  cpu.system.hfsr |= HARD_FORCED;
  return (fpccr & FPCCR.hardFaultReady) !== 0 ? EXCEPTION.hardFault : undefined;
}

/** Bits that say why a HardFault was taken: not set if it was not one. */
function recordHard(cpu: CpuState, fault: Fault, exception: number): void {
  record(cpu, exception === EXCEPTION.debugMonitor ? { ...fault, hfsr: 0 } : fault);
}

/** CCR.BFHFNMIGN: handlers at negative priority ignore bus errors of loads and stores. */
function isIgnored(cpu: CpuState, error: unknown, fault: Fault): boolean {
  return error instanceof MemoryFault && fault.precise && !cpu.baseline &&
    fault.exception === EXCEPTION.busFault && (cpu.system.ccr & CCR.ignoreBusFaults) !== 0 &&
    executionPriority(cpu) < 0;
}

function lockup(): Fault {
  const fault = explain(new CoreFault("lockup"));
  if (fault === undefined) throw new Error("lock-up has no explanation");
  return fault;
}

/**
 * Takes a fault.
 *
 * @param cpu State
 * @param error What was thrown
 * @param pc Address of the instruction
 * @param policy Which faults are taken
 * @throws What was thrown, if it is no fault of the core
 */
export function takeFault(
  cpu: CpuState,
  error: unknown,
  pc: number,
  policy: FaultPolicy,
): FaultOutcome {
  let current = error;
  let first: Fault | undefined;
  for (;;) {
    const fault = explain(current);
    if (fault === undefined) throw current;
    first ??= fault;
    if (fault.cause === "lockup") return { kind: "report", fault };
    if (isIgnored(cpu, current, fault)) {
      record(cpu, fault);
      return { kind: "ignored" };
    }
    if (policy === "report") {
      record(cpu, fault);
      return { kind: "report", fault };
    }
    const isLazy = current instanceof DerivedFault && current.phase === "lazy";
    const exception = isLazy ? escalateLazy(cpu, fault) : escalate(cpu, fault);
    recordHard(cpu, fault, exception ?? EXCEPTION.hardFault);
    if (exception === undefined) return { kind: "report", fault: lockup() };
    if (policy === "auto" && exception === EXCEPTION.hardFault) return { kind: "report", fault };
    try {
      if (isLazy) {
        // The instruction goes on if the exception has to wait, else it is done again afterwards.
        setPending(cpu, exception, true);
        cpu.next = pc;
      } else if (current instanceof DerivedFault) enterDerived(cpu, exception, current);
      else enterException(cpu, exception, stateBefore(cpu, fault, pc));
      return { kind: "taken", first };
    } catch (next) {
      current = next;
    }
  }
}

/**
 * Return address: the instruction; the one behind an SVC that is escalated (the original exception
 * decides, DDI 0403, B1.5.10); or the target that lacks the Thumb bit, with EPSR.T clear.
 */
function stateBefore(cpu: CpuState, fault: Fault, pc: number): number {
  if (fault.cause === "priority-escalation") {
    cpu.it = advanceIt(cpu.it);
    return (pc + 2) | 0;
  }
  if (fault.cause !== "invalid-state" || fault.address === undefined) return pc;
  cpu.t = 0;
  return fault.address & ~1;
}
