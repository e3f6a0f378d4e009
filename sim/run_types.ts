/**
 * What a run counts and why it ends.
 *
 * @module
 */

/** Kinds of access. */
export type AccessKind = "fetch" | "read" | "write";

/** What one region saw of one kind of access. */
export interface AccessCount {
  /** Number of accesses; for fetches, of instructions. */
  accesses: number;
  /** Bytes moved. */
  bytes: number;
  /** Cycles that the core waited for them: wait states only, the instruction's own cost is in the core. */
  cycles: number;
}

/** What one region (or alias, which counts for itself) saw. */
export interface RegionCount {
  /** Name of the region or alias. */
  readonly name: string;
  /** Instruction fetches. */
  readonly fetch: AccessCount;
  /** Data reads. */
  readonly read: AccessCount;
  /** Data writes. */
  readonly write: AccessCount;
}

/** Exclusive cost of one function. */
export interface FunctionCount {
  /** Symbol, or `0x0800_1234` where there is none. */
  readonly name: string;
  /** Cycles, core and memory. */
  readonly cycles: number;
  /** Instructions. */
  readonly instructions: number;
}

/** A fault, explained. */
export interface FaultReport {
  /** Architectural name: `HardFault`, `BusFault`, `UsageFault`, `MemManage`, `lockup`. */
  readonly exception: string;
  /** Stable identifier such as `unmapped`, `write-to-read-only`, `execute-never`, `unaligned`, `undefined-instruction`, `division-by-zero`, `no-fpu`. */
  readonly cause: string;
  /** Address of the instruction. */
  readonly pc: number;
  /** Data or target address, if there is one. */
  readonly address?: number | undefined;
  /** Kind of access, if it was one. */
  readonly access?: AccessKind | undefined;
  /** Region of that address, or the nearest one: "4 B past the end of dtcm". */
  readonly region?: string | undefined;
  /** Nearest symbol of the address, with offset. */
  readonly symbol?: string | undefined;
  /** Function of the instruction, with offset. */
  readonly function?: string | undefined;
  /** Who executed it, if that was not the core. */
  readonly initiator?: string | undefined;
  /** One sentence for people. */
  readonly message: string;
}

/** A data access that a watchpoint waited for. */
export interface WatchHit {
  /** Address of its first byte. */
  readonly address: number;
  /** Bytes: 1, 2 or 4. */
  readonly size: number;
  /** Kind. */
  readonly access: "read" | "write";
  /** What was read or written; unsigned. */
  readonly value: number;
  /** Address of the instruction. */
  readonly pc: number;
}

/** Why a run stopped. */
export type StopReason =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "breakpoint"; readonly address: number }
  | { readonly kind: "watchpoint"; readonly hit: WatchHit }
  | { readonly kind: "host"; readonly what: string }
  | { readonly kind: "fault"; readonly fault: FaultReport }
  /**
   * `sleep`: the core sleeps and nothing that is scheduled can wake it. `time`: whoever asked for the run
   * does not want to wait any longer.
   */
  | { readonly kind: "limit"; readonly what: "instructions" | "cycles" | "sleep" | "time" };

/** Totals since reset. */
export interface RunCount {
  /** Instructions retired; predicated-out ones count. */
  readonly instructions: number;
  /** All cycles: core plus every region's. */
  readonly cycles: number;
  /** Cycles of the instructions themselves at zero wait states, and those slept. */
  readonly coreCycles: number;
  /** Those of `coreCycles` that the core slept. */
  readonly sleepCycles: number;
}
