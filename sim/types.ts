/**
 * The seams of the emulator: engine, memory, timing and devices know one another only through these
 * interfaces, so that another engine or timing model is another file.
 *
 * @module
 */

import type { CoreName, FpuName } from "../src/board/types.ts";

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

/**
 * How the core makes an access, as far as protection depends on it: 0 privileged, 1 unprivileged; 2 and 4
 * the same at negative priority (HardFault, NMI, FAULTMASK), where a memory protection unit may be
 * bypassed; 3 the read of a vector.
 */
export type AccessMode = 0 | 1 | 2 | 3 | 4;

/** Addresses `[origin, end)` that a {@linkcode Guard} covers. */
export interface GuardRange {
  /** First address. */
  readonly origin: number;
  /** Address after the last, at most 2^32. */
  readonly end: number;
  /** Kinds of access that ask; default: all that the guard has a method for. */
  readonly kinds?: readonly AccessKind[] | undefined;
  /** Modes that ask; default: all. */
  readonly modes?: readonly AccessMode[] | undefined;
}

/**
 * Something between the core and its memory: accesses in its ranges take the slow path and ask it before
 * anything is counted. A method may throw {@linkcode MemoryFault} to refuse the access, or just look.
 * Addresses are uint32; an access may reach beyond the range on either side.
 */
export interface Guard {
  /** Name for messages. */
  readonly name: string;
  /** What it covers; after a change the bus has to be told. */
  readonly ranges: readonly GuardRange[];
  /**
   * The most cycles that the bus is told to wait in one call of a method; default 0. An engine has to
   * decode again what it knows when such a guard is added.
   */
  readonly mostWait?: number | undefined;
  /** A number (as the core's read gives it) if the guard made the read itself, undefined to go on. */
  read?(address: number, size: 1 | 2 | 4): number | undefined;
  /** True if the guard made the write itself. */
  write?(address: number, size: 1 | 2 | 4, value: number): boolean;
  /** Before an instruction is fetched. */
  fetch?(address: number, size: 2 | 4): void;
}

/**
 * Memory as the core sees it: every call is checked, counted for its region and charged its wait
 * states. Addresses are taken modulo 2^32 (int32 or uint32). Multi-byte accesses may be unaligned
 * (the engine has decided before whether that is allowed); a fault throws {@linkcode MemoryFault}.
 */
export interface Bus {
  /**
   * The most cycles that the core can wait for fetching one instruction, for one data access, and for one
   * whose address is aligned. Cycle limits and interrupts are exact because of it. Absent: nothing waits.
   */
  readonly mostWait?:
    | { readonly fetch: number; readonly data: number; readonly aligned: number }
    | undefined;
  /** Wait cycles of all regions since {@linkcode Bus.resetCounts}. */
  readonly waitCycles: number;
  /** Data read; 0 to 255. */
  read8(address: number): number;
  /** Data read; 0 to 65535. */
  read16(address: number): number;
  /** Data read; as int32. */
  read32(address: number): number;
  /** Data write of the low 8 bits. */
  write8(address: number, value: number): void;
  /** Data write of the low 16 bits. */
  write16(address: number, value: number): void;
  /** Data write. */
  write32(address: number, value: number): void;
  /** Counts and charges the fetch of one instruction of 2 or 4 bytes; does not read it. */
  fetch(address: number, size: 2 | 4): void;
  /** Reads a halfword for decoding, uncounted; throws if it is not executable memory. */
  decode16(address: number): number;
  /**
   * Follows the core into another mode and gives the one before; a memory that protects nothing lacks it.
   */
  readonly setMode?: ((mode: AccessMode) => AccessMode) | undefined;
  /**
   * Called with (address, length) when the core writes a page that {@linkcode Bus.decode16} read from, or
   * when code there may no longer be fetched without asking.
   */
  onCodeWrite: ((address: number, length: number) => void) | undefined;
  /** Zeroes all counts. */
  resetCounts(): void;
}

/**
 * Memory as translated code sees it: one WebAssembly.Memory with the bytes of all regions at its start,
 * behind them tables and counters. What is not plain there (devices, faults, unaligned accesses, stores
 * into code) is done through the {@linkcode Bus} by the interpreter.
 */
export interface TranslationMemory {
  /** The memory. */
  readonly memory: WebAssembly.Memory;
  /** Offset of 4 KiB that the engine may use. */
  readonly state: number;
  /** Offset of the table for loads: an int32 for each 2^{@linkcode TranslationMemory.readShift} bytes. */
  readonly readTable: number;
  /** The same for stores. */
  readonly writeTable: number;
  /** Bits of an address below an entry of the table for loads. */
  readonly readShift: number;
  /** The same for stores. */
  readonly writeShift: number;
  /** Offset of the counters: reads of 1, 2, 4 bytes, then writes, 256 int32 each. */
  readonly counters: number;
  /** Row of the window that an address can plainly be fetched from in every mode, 0 if there is none. */
  codeRow(address: number): number;
  /** What to add to an address of a window to get its offset in the memory. */
  flatDistance(row: number): number;
  /** Wait states of a new line of code in a window. */
  fetchWait(row: number): number;
  /** The most cycles that an aligned data access can wait. */
  readonly mostWait: number;
  /** Mask of the address bits that tell a window's lines apart. */
  lineMask(row: number): number;
  /** Counts fetches and the new lines among them; `last` is the halfword that was fetched last. */
  fetched(row: number, narrow: number, wide: number, lines: number, last: number): void;
  /** True if an address lies in the line that was fetched last. */
  inLine(address: number): boolean;
  /** Moves what translated code counted to where {@linkcode Bus} counts. */
  collect(): void;
  /**
   * The functions of a memory timing model: address and four times the row of each data access whose
   * table entry has bit 0 set. Undefined without a model: then no entry has.
   */
  readonly model: MemoryFunctions | undefined;
}

/**
 * Why an access was refused: what the board's memory map or the architecture's default map says, the
 * memory protection unit (`mpu-denied`, a MemManage fault), the private peripheral bus for unprivileged
 * code (`unprivileged`), or an error that was injected (`bus-error`).
 */
export type MemoryFaultCause =
  | "unmapped"
  | "out-of-reach"
  | "write-to-read-only"
  | "read-denied"
  | "execute-never"
  | "mpu-denied"
  | "unprivileged"
  | "bus-error";

/** What charges accesses whose cost depends on earlier ones. */
export interface MemoryFunctions {
  /** Charges a data read: address, four times the row of its window. */
  readonly read: (address: number, row: number) => void;
  /** Charges a data write. */
  readonly write: (address: number, row: number) => void;
}

/** Thrown by the bus for an access that the memory map does not allow. */
export class MemoryFault extends Error {
  /** The class's name. */
  override name = "MemoryFault";
  /**
   * Describes a refused access.
   *
   * @param address Address of the access
   * @param access Kind of access
   * @param cause_ Identifier as in {@linkcode FaultReport.cause}
   */
  constructor(
    readonly address: number,
    readonly access: AccessKind,
    readonly cause_: MemoryFaultCause,
  ) {
    super(`${cause_} at 0x${(address >>> 0).toString(16)}`);
  }
}

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
