/**
 * From what was thrown to the architecture's fault: which exception, which status bits
 * (DDI 0403, B1.5.14, B3.2.15 to B3.2.18), and the report for people.
 *
 * @module
 */
import { type AccessKind, type FaultReport, MemoryFault } from "../types.ts";
import { formatAddress } from "../../src/base/units.ts";
import { CoreFault, type CoreFaultCause, EXCEPTION } from "./architecture.ts";
import type { CpuState } from "./state.ts";
import { DerivedFault, type Phase } from "./frame.ts";

/** A fault, before it is taken or reported. */
export interface Fault {
  /** Number of the exception that the architecture raises, before escalation. */
  readonly exception: number;
  /** Bits to set in CFSR. */
  readonly cfsr: number;
  /** Bits to set in HFSR. */
  readonly hfsr: number;
  /** Identifier. */
  readonly cause: string;
  /** Data or target address. */
  readonly address: number | undefined;
  /** Kind of access. */
  readonly access: AccessKind | undefined;
  /** What happened, as the rest of "The core …". */
  readonly what: string;
  /** True if the address goes to BFAR or MMFAR. */
  readonly precise: boolean;
}

/** Bits of CFSR (DDI 0403, B3.2.15). */
const CFSR = {
  fetchViolation: 1 << 0,
  dataViolation: 1 << 1,
  mmarValid: 1 << 7,
  fetchError: 1 << 8,
  preciseError: 1 << 9,
  bfarValid: 1 << 15,
  undefined: 1 << 16,
  invalidState: 1 << 17,
  invalidPc: 1 << 18,
  noCoprocessor: 1 << 19,
  stackOverflow: 1 << 20,
  unaligned: 1 << 24,
  divideByZero: 1 << 25,
} as const;

const USAGE: Record<CoreFaultCause, readonly [number, string]> = {
  "undefined-instruction": [CFSR.undefined, "met an instruction that it does not have"],
  "invalid-state": [CFSR.invalidState, "was sent to an address without the Thumb bit"],
  "invalid-exception-return": [
    CFSR.invalidPc,
    "returned from an exception with an invalid EXC_RETURN",
  ],
  "no-fpu": [
    CFSR.noCoprocessor,
    "met a floating-point instruction, but the FPU is absent or not enabled",
  ],
  "no-coprocessor": [
    CFSR.noCoprocessor,
    "met an instruction of a coprocessor that it does not have",
  ],
  "unaligned": [CFSR.unaligned, "made an unaligned access where it must be aligned"],
  "division-by-zero": [CFSR.divideByZero, "divided by zero while that is trapped"],
  "stack-limit": [CFSR.stackOverflow, "moved its stack pointer below the limit"],
  "breakpoint-instruction": [0, "met a breakpoint instruction without a debugger"],
  "semihosting": [0, "made a semihosting request that cannot be served"],
  "priority-escalation": [0, "made a supervisor call at a priority that forbids it"],
  "lockup": [0, "locked up: a fault occurred while HardFault or NMI was being handled"],
};

const HARD_DEBUG = 1 << 31;
const HARD_FORCED = 1 << 30;

/** True for what the MPU or the default memory map forbids, false for what the bus cannot do. */
function isViolation(fault: MemoryFault): boolean {
  return fault.cause_ === "execute-never" || fault.cause_.startsWith("mpu");
}

function memory(fault: MemoryFault): Fault {
  const { address, access, cause_: cause } = fault;
  const at = formatAddress(address >>> 0);
  const violation = isViolation(fault);
  const base = {
    cause,
    address: address >>> 0,
    access,
    hfsr: 0,
    exception: violation ? EXCEPTION.memManage : EXCEPTION.busFault,
  };
  if (access === "fetch") {
    return {
      ...base,
      cfsr: violation ? CFSR.fetchViolation : CFSR.fetchError,
      what: `fetched an instruction from ${at}: ${cause}`,
      precise: false,
    };
  }
  const what = access === "read" ? `read ${at}: ${cause}` : `wrote ${at}: ${cause}`;
  return {
    ...base,
    cfsr: violation ? CFSR.dataViolation : CFSR.preciseError,
    what,
    precise: true,
  };
}

/** Status bits of derived faults: of a violation, of a bus error; what the core was doing. */
const PHASES: Readonly<Record<Phase, readonly [number, number, string]>> = {
  stacking: [1 << 4, 1 << 12, "entered an exception with its stack at"],
  unstacking: [1 << 3, 1 << 11, "returned from an exception with its stack at"],
  lazy: [1 << 5, 1 << 13, "stored a floating-point context that it owed at"],
  vector: [0, 0, "read the vector of an exception at"],
  return: [0, 0, "returned from an exception:"],
};

function derived({ phase, fault }: DerivedFault): Fault | undefined {
  if (!(fault instanceof MemoryFault)) return explain(fault);
  const [violation, error, doing] = PHASES[phase];
  const plain = memory(fault);
  return {
    ...plain,
    exception: phase === "vector" ? EXCEPTION.hardFault : plain.exception,
    cfsr: isViolation(fault) ? violation : error,
    what: `${doing} ${formatAddress(fault.address >>> 0)}: ${fault.cause_}`,
    precise: false,
  };
}

/**
 * Explains what an instruction threw.
 *
 * @param error What was thrown
 * @returns undefined if it is no fault of the core
 */
export function explain(error: unknown): Fault | undefined {
  if (error instanceof MemoryFault) return memory(error);
  if (error instanceof DerivedFault) return derived(error);
  if (!(error instanceof CoreFault)) return undefined;
  const [cfsr, what] = USAGE[error.cause_];
  const { address, cause_: cause } = error;
  const hard = cfsr === 0;
  return {
    exception: hard ? EXCEPTION.hardFault : EXCEPTION.usageFault,
    cfsr,
    hfsr: cause === "breakpoint-instruction" ? HARD_DEBUG : hard ? HARD_FORCED : 0,
    cause,
    address,
    access: undefined,
    what: address === undefined ? what : `${what}: ${formatAddress(address)}`,
    precise: false,
  };
}

const NAMES: Readonly<Record<number, string>> = {
  [EXCEPTION.hardFault]: "HardFault",
  [EXCEPTION.memManage]: "MemManage",
  [EXCEPTION.busFault]: "BusFault",
  [EXCEPTION.usageFault]: "UsageFault",
};

/** Makes the report of a fault at an instruction, whose text is given where it can be read. */
export function report(
  cpu: CpuState,
  fault: Fault,
  pc: number,
  text: string | undefined,
): FaultReport {
  const lockup = fault.cause === "lockup";
  const name = lockup
    ? "lockup"
    : cpu.baseline
    ? "HardFault"
    : NAMES[fault.exception] ?? "HardFault";
  const where = formatAddress(pc >>> 0) + (text === undefined ? "" : ` (${text})`);
  return {
    exception: name,
    cause: fault.cause,
    pc: pc >>> 0,
    address: fault.address,
    access: fault.access,
    message: `${name}: the instruction at ${where} ${fault.what}`,
  };
}

const DFSR_BKPT = 1 << 1;

/** Records a fault in the status registers. */
export function record(cpu: CpuState, fault: Fault): void {
  const { system } = cpu;
  if (fault.cause === "breakpoint-instruction") system.dfsr |= DFSR_BKPT;
  if (cpu.baseline) return;
  system.cfsr |= fault.cfsr;
  system.hfsr |= fault.hfsr;
  if (!fault.precise || fault.address === undefined) return;
  const [register, valid, other] = fault.exception === EXCEPTION.memManage
    ? ["mmfar", CFSR.mmarValid, CFSR.bfarValid] as const
    : ["bfar", CFSR.bfarValid, CFSR.mmarValid] as const;
  system[register] = fault.address;
  system.cfsr |= valid;
  if (!hasOneFaultAddress(cpu)) return;
  system.mmfar = system.bfar = fault.address;
  system.cfsr &= ~other;
}

/** On the Cortex-M3 and M4, MMFAR and BFAR are one register (TRMs, table 4-1, note on BFAR). */
export function hasOneFaultAddress(cpu: CpuState): boolean {
  return cpu.parts.core === "cortex-m3" || cpu.parts.core === "cortex-m4";
}
