/**
 * The seams of timing: costs of instructions, of sequences of them, of memory.
 *
 * @module
 */
import type { Stateful } from "./types.ts";

/** What an instruction costs by, named after the groups of the TRMs' cycle tables. */
export type TimingClass =
  | "alu"
  | "mul"
  | "mla"
  | "mull"
  | "mlal"
  | "div"
  | "load"
  | "load-pair"
  | "load-multiple"
  | "store"
  | "store-pair"
  | "store-multiple"
  | "branch"
  | "branch-conditional"
  | "branch-link"
  | "branch-register"
  | "branch-link-register"
  | "compare-branch"
  | "table-branch"
  | "special"
  | "barrier"
  | "nop"
  | "it"
  | "exception"
  | "exclusive"
  | "fp-alu"
  | "fp-mul"
  | "fp-mla"
  | "fp-div"
  | "fp-sqrt"
  | "fp-convert"
  | "fp-compare"
  | "fp-move"
  | "fp-move-pair"
  | "fp-load"
  | "fp-load-multiple"
  | "fp-store"
  | "fp-store-multiple"
  | "fp64-alu"
  | "fp64-mul"
  | "fp64-mla"
  | "fp64-div"
  | "fp64-sqrt"
  | "fp64-convert";

/** What a sequence model sees of an instruction: the predecoded form of the instruction table. */
export interface TimedInstruction {
  /** Address. */
  readonly address: number;
  /** Bytes. */
  readonly size: 2 | 4;
  /** Registers moved by multiples and pairs. */
  readonly count: number;
  /** Line of the instruction table: mnemonic, timing class, assembler syntax with its fields. */
  readonly encoding: {
    readonly name: string;
    readonly timing: TimingClass;
    readonly syntax: string;
  };
  /** Destination, as the line uses it. */
  readonly d: number;
  /** First operand. */
  readonly n: number;
  /** Second operand. */
  readonly m: number;
  /** Accumulator or second destination. */
  readonly a: number;
  /** Immediate or register list. */
  readonly i: number;
  /** Kind of operand or addressing. */
  readonly k: number;
  /** True inside an IT block. */
  readonly inIt: boolean;
}

/** Cost of an instruction in a state of the pipeline, and the states it leaves. */
export interface SequenceStep {
  /** Core cycles, instead of {@linkcode TimingModel.cost}; for divisions, what is added to `divide`. */
  readonly cost: number;
  /** State for the instruction behind it, when that is executed next; also if its condition failed. */
  readonly next: number;
  /** State for the instruction that it branches to. */
  readonly taken: number;
  /** Cycles added when it writes PC, instead of {@linkcode TimingModel.taken}; default that. */
  readonly branch?: number | undefined;
}

/**
 * Costs that depend on what was executed before: pairing, result latencies, neighbouring loads. The
 * pipeline is in one of a few states, small integers that the model chooses; 0 is that of an empty one,
 * at reset and after exceptions. A step is asked once for an instruction and a state, so the answer may
 * only depend on those.
 */
export interface SequenceTiming {
  /** The cost of an instruction in a state. */
  step(state: number, instruction: TimedInstruction): SequenceStep;
}

/** Core cycles at zero wait states. Static costs are asked once, when an instruction is decoded. */
export interface TimingModel {
  /** Name for reports, e.g. `cortex-m4-static-1`. */
  readonly name: string;
  /** What is known about its error; "not compared with silicon" until it has been. */
  readonly accuracy: string;
  /** Documents that the numbers come from. */
  readonly source: string;
  /**
   * Static cost of an instruction that does not branch.
   *
   * @param timing Class
   * @param registers Number of registers moved, for multiples and pairs; else 0
   */
  cost(timing: TimingClass, registers: number): number;
  /** Cycles added when the instruction writes PC (taken branch, load to PC). */
  taken(timing: TimingClass): number;
  /** Cost of an instruction whose IT condition fails. */
  readonly predicatedOut: number;
  /** Cost of a division, by its operands. */
  divide(dividend: number, divisor: number, signed: boolean): number;
  /** The most that `divide` gives; absent: what it gives for the largest dividends by 1. */
  readonly mostDivide?: number | undefined;
  /** Cost of exceptions; absent: that of class `exception` for each entry and return. */
  readonly exceptions?: ExceptionCosts | undefined;
  /** Costs that depend on the instructions before; without it they do not. */
  readonly sequence?: SequenceTiming | undefined;
  /** Makes what data accesses cost beyond wait states; without it each access pays those. */
  readonly memory?: ((windows: readonly TimedWindow[]) => MemoryModel) | undefined;
}

/** Cycles of exceptions with zero wait states; the accesses to the stack wait on their own. */
export interface ExceptionCosts {
  /** From recognising an exception to its handler's first instruction. */
  readonly entry: number;
  /** From a return to the first instruction behind. */
  readonly exit: number;
  /** From a return to the first instruction of the next handler, without unstacking. */
  readonly tailChain: number;
  /** More for entry or exit when 17 floating-point words are stored or loaded. */
  readonly floatingPoint: number;
}

/** An address window as a memory timing model sees it. */
export interface TimedWindow {
  /** Name, for notes. */
  readonly name: string;
  /** First address. */
  readonly origin: number;
  /** Address after the last. */
  readonly end: number;
  /** Port of the core that leads there, as the board file calls it. */
  readonly port: string | undefined;
  /** Bytes that one access of the memory delivers. */
  readonly widthBytes: number;
  /** Wait states; missing ones are unknown. */
  readonly waitStates: { readonly read?: number | undefined; readonly write?: number | undefined };
}

/** Where a memory timing model's parts lie in memory. */
export interface MemoryLayout {
  /** Wait cycles in all: a double; 8 bytes behind it two doubles (reads, writes) for each row. */
  readonly charged: number;
  /** The model's own state. */
  readonly state: number;
}

/**
 * Costs of data accesses that depend on earlier accesses (a cache, a prefetch buffer), made for the
 * windows of one board. See `sim/timing/memory.ts`.
 */
export interface MemoryModel extends Stateful {
  /** Rows (index of the window plus one) that it decides about while it is on. */
  readonly rows: readonly number[];
  /** Bytes of its state, zero at reset. */
  readonly bytes: number;
  /** The most cycles that one access inside a line can wait while it is on. */
  readonly most: number;
  /** Bytes of a line: an unaligned access that leaves one is charged in both. */
  readonly line: number;
  /** The module with its functions, see {@linkcode MemoryFunctions}; it imports memory `e.m`. */
  module(layout: MemoryLayout): Uint8Array<ArrayBuffer>;
  /** Gets the memory that its state is in, and the switch that turns it on; called once. */
  connect(memory: WebAssembly.Memory, layout: MemoryLayout, enable: (on: boolean) => void): void;
  /** State after reset, which has just been zeroed; it is off. */
  reset(): void;
  /** What it knows besides its bytes, such as whether it is on. */
  save(): unknown;
  /** Goes back to that; the bytes are back already. It turns itself on or off. */
  restore(saved: unknown): void;
  /** The cache that the core's system registers control, if it is one. */
  readonly cache?: CacheControl | undefined;
  /** What a reader of the counts must know. */
  notes(): readonly string[];
}

/** Cache maintenance as the core's registers ask for it. */
export interface CacheControl {
  /** CCR.DC. */
  enable(on: boolean): void;
  /**
   * An operation on one line.
   *
   * @param operation What is done with the line
   * @param by Whether the value is an address or a set and way
   * @param value As it was written to the register
   */
  maintain(
    operation: "invalidate" | "clean" | "clean-invalidate",
    by: "address" | "set-way",
    value: number,
  ): void;
}
