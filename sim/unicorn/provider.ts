/**
 * What the adapter needs of Unicorn, and nothing more, so that what is tested with one provider holds
 * for the other: memory is mapped and written, never shared; a hook sees an instruction before it
 * executes and an access before it happens; numbers are those of `unicorn.h` and `arm.h`, which are the
 * same in unicorn.js and in libunicorn 2.
 *
 * @module
 */

/** `uc_prot`. */
export const PROT = { read: 1, write: 2, exec: 4, all: 7 } as const;

/** `uc_hook_type`. */
export const HOOK = {
  /** Before each instruction. */
  code: 1 << 2,
  /** Access outside what is mapped, or against its rights: read, write, fetch. */
  invalid: 0x3f << 4,
  /** Before a data read. */
  read: 1 << 10,
  /** Before a data write. */
  write: 1 << 11,
} as const;

/** `uc_mem_type`, as hooks get it. */
export const MEM = {
  read: 16,
  write: 17,
  readUnmapped: 19,
  writeUnmapped: 20,
  fetchUnmapped: 21,
  writeProtected: 22,
  readProtected: 23,
  fetchProtected: 24,
} as const;

/** `uc_arm_reg`. */
export const REG = {
  fpscr: 6,
  d0: 14,
  /** r0 to r15. */
  core: [66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 12, 10, 11],
  msp: 115,
  psp: 116,
  control: 117,
  xpsr: 120,
  primask: 123,
  basepri: 124,
  faultmask: 126,
} as const;

/** Called before an instruction executes. */
export type CodeHook = (address: number, size: number) => void;

/** Called before a data access; `value` is what a write stores, its low `size` bytes. */
export type AccessHook = (type: number, address: number, size: number, value: bigint) => void;

/** Called for an access that Unicorn refuses; the run ends with an error after it. */
export type InvalidHook = (type: number, address: number, size: number) => void;

/** One Thumb core of the M profile. */
export interface UnicornCore {
  /** Which Unicorn, for reports: `libunicorn 2.0`. */
  readonly name: string;
  /** Maps zeroed memory; both numbers are multiples of 4096. */
  map(address: number, size: number, rights: number): void;
  /** Changes memory, whatever its rights; also from a hook. */
  write(address: number, bytes: Uint8Array): void;
  /** Forgets what it has translated of instructions in a range. */
  forget(address: number, length: number): void;
  /** Reads a 32-bit register; also from a hook. */
  readRegister(register: number): number;
  /** Writes a 32-bit register. */
  writeRegister(register: number, value: number): void;
  /** Reads a register as bytes; d0 to d15 have 8. */
  readBytes(register: number, size: number): Uint8Array;
  /** Writes a register as bytes. */
  writeBytes(register: number, bytes: Uint8Array): void;
  /** Installs the hooks, once. */
  hook(code: CodeHook, access: AccessHook, invalid: InvalidHook): void;
  /** Runs from an address until {@linkcode UnicornCore.stop} or an error, whose number it returns. */
  start(address: number): number;
  /** From a hook: ends the run before the instruction whose hook calls it, or after the one that accesses. */
  stop(): void;
  /** Frees it. */
  close(): void;
}

/**
 * Opens a core. Unicorn has one M-profile model, a Cortex-M33 without double precision: 2.0 takes it
 * whatever model is asked for.
 */
export type UnicornProvider = () => UnicornCore;
