/**
 * The seams of the emulator: engine, memory, timing and devices know one another only through these
 * interfaces, so that another engine or timing model is another file.
 *
 * @module
 */
import type { CoreName, FpuName } from "../src/board/types.ts";
import type { Bus, TranslationMemory } from "./memory_types.ts";
import type { FunctionCount, RunCount, StopReason } from "./run_types.ts";
import type { TimingModel } from "./timing_types.ts";

export * from "./memory_types.ts";
export * from "./run_types.ts";
export * from "./timing_types.ts";

/** What the machine's user may ask of an execution engine. */
export interface Engine {
  /** Name for reports: `interpreter`. */
  readonly name: string;
  /** General registers r0–r15 (r13 = current SP, r15 = address of the next instruction). */
  readonly registers: Int32Array;
  /** Takes the vector table at `vectorTable` and starts over; counters go to zero. */
  reset(vectorTable: number): void;
  /** Stops before the instruction at an address is executed. */
  setBreakpoint(address: number, on: boolean): void;
  /**
   * Runs until something stops it. Starting on a breakpoint steps over it first. `onChunk` is called
   * now and then, some hundred times a second, whatever the program does; if it gives true, the run ends
   * with the limit `time`.
   */
  run(limits: {
    readonly maxInstructions?: number;
    readonly maxCycles?: number;
    readonly onChunk?: () => boolean | void;
  }): StopReason;
  /**
   * To be called while it runs, by a device or guard: the run ends with this reason, at the latest after
   * the instruction that is executing. Between runs it does nothing.
   */
  halt(stop: StopReason): void;
  /** Totals. */
  count(): RunCount;
  /** Per function, exclusive, descending by cycles. */
  functions(): readonly FunctionCount[];
  /** Forgets predecoded instructions in a range that the host wrote. */
  invalidate(address: number, length: number): void;
}

/** Something whose state a snapshot keeps. What `save` gives must not change afterwards. */
export interface Stateful {
  /** Its state. */
  save(): unknown;
  /** Goes back to a state that `save` gave. */
  restore(saved: unknown): void;
}

/**
 * A memory-mapped device outside the board's regions, e.g. the system control space. One with a state of its
 * own implements {@linkcode Stateful}, or snapshots do not cover it.
 */
export interface Device extends Partial<Stateful> {
  /** Name for fault reports. */
  readonly name: string;
  /** First address. */
  readonly origin: number;
  /** Bytes. */
  readonly length: number;
  /** Reads `size` bytes (1, 2, 4) at `offset`; an unsigned number. Throws {@linkcode MemoryFault} if it cannot. */
  read(offset: number, size: 1 | 2 | 4): number;
  /** Writes `size` bytes at `offset`. */
  write(offset: number, size: 1 | 2 | 4, value: number): void;
  /** Takes bytes from outside, as a UART does. */
  receive?(bytes: Uint8Array): void;
}

/** What an engine is built from. */
export interface EngineParts {
  /** Board: core, FPU. */
  readonly core: CoreName;
  /** FPU present. */
  readonly fpu: FpuName;
  /** False if a Cortex-M33 lacks the DSP extension. */
  readonly dsp?: boolean | undefined;
  /** Memory. */
  readonly bus: Bus;
  /** What translated code needs of the same memory; without it everything is interpreted. */
  readonly translation?: TranslationMemory | undefined;
  /** Core costs. */
  readonly timing: TimingModel;
  /** Interrupt controller: number of interrupts, bits of a priority; absent: see `CpuState`. */
  readonly nvic?: { readonly interrupts: number; readonly priorityBits: number } | undefined;
  /**
   * BKPT 0xAB: serves the semihosting request in r0/r1 and puts the result in r0.
   * A stop reason ends the run.
   */
  readonly semihost: (registers: Int32Array) => StopReason | undefined;
  /** Index of the function that holds an address, −1 if none; asked once per decoded instruction. */
  readonly functionAt: (address: number) => number;
  /** Names by that index. */
  readonly functionNames: readonly string[];
}
