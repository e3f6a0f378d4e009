/**
 * The seams of memory: the bus, what stands between it and the core, what translated code sees of it.
 *
 * @module
 */
import type { AccessKind } from "./run_types.ts";

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
