/**
 * From what was thrown to the architecture's fault: which exception, which status bits
 * (DDI 0403, B1.5.14, B3.2.15 to B3.2.18), and the report for people.
 *
 * @module
 */
import { type AccessKind, type FaultReport, MemoryFault } from "../types.ts";
import { formatAddress } from "../../src/base/units.ts";
import { CoreFault, type CoreFaultCause, type CpuState, EXCEPTION } from "./state.ts";
import { StackingFault } from "./exceptions.ts";

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
  /** True if the address goes to BFAR, or to MMFAR if the fault is a MemManage fault. */
  readonly precise: boolean;
}

const USAGE: Record<CoreFaultCause, readonly [number, string]> = {
  "undefined-instruction": [1 << 16, "met an instruction that it does not have"],
  "invalid-state": [1 << 17, "was sent to an address without the Thumb bit"],
  "invalid-exception-return": [1 << 18, "returned from an exception with an invalid EXC_RETURN"],
  "no-fpu": [1 << 19, "met a floating-point instruction, but the FPU is absent or not enabled"],
  "no-coprocessor": [1 << 19, "met an instruction of a coprocessor that it does not have"],
  "unaligned": [1 << 24, "made an unaligned access where it must be aligned"],
  "division-by-zero": [1 << 25, "divided by zero while that is trapped"],
  "breakpoint-instruction": [0, "met a breakpoint instruction without a debugger"],
  "semihosting": [0, "made a semihosting request that cannot be served"],
  "priority-escalation": [0, "made a supervisor call at a priority that forbids it"],
  "lockup": [0, "locked up: a fault occurred while HardFault or NMI was being handled"],
};

const HARD_DEBUG = 1 << 31;
const HARD_FORCED = 1 << 30;

function memory(fault: MemoryFault): Fault {
  const { address, access, cause_: cause } = fault;
  const at = formatAddress(address >>> 0);
  const base = { cause, address: address >>> 0, access, hfsr: 0 };
  const denied = cause === "mpu-denied";
  if (access === "fetch") {
    const never = cause === "execute-never" || denied;
    return {
      ...base,
      exception: never ? EXCEPTION.memManage : EXCEPTION.busFault,
      cfsr: never ? 1 : 1 << 8,
      what: `fetched an instruction from ${at}: ${cause}`,
      precise: false,
    };
  }
  const what = access === "read" ? `read ${at}: ${cause}` : `wrote ${at}: ${cause}`;
  if (denied) return { ...base, exception: EXCEPTION.memManage, cfsr: 1 << 1, what, precise: true };
  return { ...base, exception: EXCEPTION.busFault, cfsr: 1 << 9, what, precise: true };
}

/**
 * Explains what an instruction threw.
 *
 * @param error What was thrown
 * @returns undefined if it is no fault of the core
 */
export function explain(error: unknown): Fault | undefined {
  if (error instanceof MemoryFault) return memory(error);
  if (error instanceof StackingFault) {
    const doing = error.entering ? "entered" : "returned from";
    const fault = memory(error.fault);
    const shift = fault.exception === EXCEPTION.memManage ? 0 : 8;
    return {
      ...fault,
      cfsr: (error.entering ? 1 << 4 : 1 << 3) << shift,
      what: `${doing} an exception with its stack at ${
        formatAddress(error.fault.address >>> 0)
      }: ${error.fault.cause_}`,
      precise: false,
    };
  }
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

/** Records a fault in the status registers. */
export function record(cpu: CpuState, fault: Fault): void {
  if (cpu.baseline) return;
  const { system } = cpu;
  system.cfsr |= fault.cfsr;
  system.hfsr |= fault.hfsr;
  if (fault.precise && fault.address !== undefined) {
    if (fault.exception === EXCEPTION.memManage) {
      system.mmfar = fault.address;
      system.cfsr |= 1 << 7;
    } else {
      system.bfar = fault.address;
      system.cfsr |= 1 << 15;
    }
  }
}
