/**
 * Names and numbers of the architecture: registers, instruction sets, exceptions, faults, bits of system
 * registers (Armv7-M Architecture Reference Manual, DDI 0403).
 *
 * @module
 */

/** A register number: 0 to 15 for core and double registers, 0 to 31 for single registers. */
// deno-fmt-ignore
export type Index =
  | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15
  | 16 | 17 | 18 | 19 | 20 | 21 | 22 | 23 | 24 | 25 | 26 | 27 | 28 | 29 | 30 | 31;

/** A typed array read as a register file: an index that is an {@linkcode Index} always has a value. */
export type RegisterFile = Record<Index, number>;

/**
 * Instruction sets that a core has or lacks: `v6m` all have; `v8b` is what Armv8-M Baseline adds to it from
 * Armv7-M; `v7m` the rest of Armv7-M, which Armv8-M Mainline has too; `v8m` what both profiles of Armv8-M
 * have; `v8mm` what only Mainline adds; `dsp`, `fp`, `fp5` and `fp64` are extensions.
 */
export type Feature = "v6m" | "v8b" | "v7m" | "v8m" | "v8mm" | "dsp" | "fp" | "fp5" | "fp64";

/** Numbers of the system exceptions (DDI 0403, B1.5.2). */
export const EXCEPTION = {
  nmi: 2,
  hardFault: 3,
  memManage: 4,
  busFault: 5,
  usageFault: 6,
  svCall: 11,
  debugMonitor: 12,
  pendSv: 14,
  sysTick: 15,
} as const;

/** Causes of the faults that instructions raise themselves. */
export type CoreFaultCause =
  | "undefined-instruction"
  | "invalid-state"
  | "invalid-exception-return"
  | "no-fpu"
  | "no-coprocessor"
  | "unaligned"
  | "division-by-zero"
  | "stack-limit"
  | "breakpoint-instruction"
  | "semihosting"
  | "priority-escalation"
  | "lockup";

/** Thrown by an instruction that the core cannot execute. */
export class CoreFault extends Error {
  /** The class's name. */
  override name = "CoreFault";
  /**
   * @param cause_ Identifier, as in a fault report
   * @param address Data or target address, if there is one
   */
  constructor(readonly cause_: CoreFaultCause, readonly address?: number) {
    super(cause_);
  }
}

/** Exceptions that can be numbered: 16 of the system, 496 of the interrupt controller. */
export const EXCEPTIONS = 512;

/** Exceptions of the system; interrupt 0 is the next number. */
export const SYSTEM_EXCEPTIONS = 16;

/** Registers of the system control block and its neighbours that the core's behaviour depends on. */
export interface SystemRegisters {
  /** Vector table offset. */
  vtor: number;
  /** Coprocessor access control. */
  cpacr: number;
  /** Configuration and control. */
  ccr: number;
  /** Enable bits of MemManage, BusFault and UsageFault (bits 16 to 18). */
  shcsr: number;
  /** Configurable fault status. */
  cfsr: number;
  /** HardFault status. */
  hfsr: number;
  /** MemManage fault address. */
  mmfar: number;
  /** BusFault address. */
  bfar: number;
  /** Debug fault status. */
  dfsr: number;
  /** Auxiliary fault status: no core that is modelled sets a bit. */
  afsr: number;
  /** Auxiliary control; stored, without effect. */
  actlr: number;
  /** Debug exception and monitor control. */
  demcr: number;
  /** Priority grouping, as in AIRCR bits 10 to 8. */
  prigroup: number;
  /** System control (sleep bits). */
  scr: number;
  /** Floating-point context control. */
  fpccr: number;
  /** Floating-point context address. */
  fpcar: number;
  /** Default FPSCR of a new context. */
  fpdscr: number;
}

/** Bits of CCR (DDI 0403, B3.2.8). */
export const CCR = {
  nonBaseThread: 1 << 0,
  ignoreBusFaults: 1 << 8,
  unalignTrap: 1 << 3,
  divideTrap: 1 << 4,
  stackAlign: 1 << 9,
} as const;

/** Bits of SCR (DDI 0403, B3.2.7). */
export const SCR = { sleepOnExit: 1 << 1, eventOnPending: 1 << 4 } as const;

/** Bits of FPCCR (DDI 0403, B3.2.21). */
export const FPCCR = {
  lazyActive: 1 << 0,
  user: 1 << 1,
  thread: 1 << 3,
  hardFaultReady: 1 << 4,
  memManageReady: 1 << 5,
  busFaultReady: 1 << 6,
  monitorReady: 1 << 8,
  lazy: 1 << 30,
  automatic: 1 << 31,
} as const;

/** CPACR's fields of coprocessors 10 and 11 (DDI 0403, B3.2.20). */
export const FP_ACCESS = { privileged: 0x5, full: 0xf } as const;

/** Bits of CONTROL. */
export const CONTROL = { unprivileged: 1, psp: 2, fpActive: 4 } as const;

/** Lower than every configurable priority: that of Thread mode with no exception active. */
export const LOWEST_PRIORITY = 256;
