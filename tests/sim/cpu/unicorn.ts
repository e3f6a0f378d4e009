/**
 * libunicorn through FFI, as an oracle: executes single instructions on given registers and memory. The
 * M-profile model of Debian's 2.0.1 behaves as a Cortex-M33 without double precision; for that an
 * A-profile model executes the same Thumb encodings.
 *
 * @module
 */
import { findTool } from "../../support/need.ts";
import { CODE, DATA, SIZE } from "./testbench.ts";

const SYMBOLS = {
  uc_open: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  uc_close: { parameters: ["pointer"], result: "i32" },
  uc_ctl: { parameters: ["pointer", "u32", "i32"], result: "i32" },
  uc_mem_map: { parameters: ["pointer", "u64", "usize", "u32"], result: "i32" },
  uc_mem_write: { parameters: ["pointer", "u64", "buffer", "usize"], result: "i32" },
  uc_mem_read: { parameters: ["pointer", "u64", "buffer", "usize"], result: "i32" },
  uc_reg_write: { parameters: ["pointer", "i32", "buffer"], result: "i32" },
  uc_reg_read: { parameters: ["pointer", "i32", "buffer"], result: "i32" },
  uc_emu_start: { parameters: ["pointer", "u64", "u64", "u64", "usize"], result: "i32" },
} as const;

/** Numbers of registers in Unicorn's ARM bindings. */
const CPSR = 3;
const FPEXC = 4;
const FPSCR = 6;
const D0 = 14;
const CPACR = 111;
/** T, and System mode. */
const THUMB_SYSTEM_MODE = 0x3f;
/** The A-profile model with all extensions. */
const MODEL_MAX = 33;
const CORE = [66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 12, 10, 11];

/** One emulated core. */
export interface Oracle {
  /** Copies bytes into memory. */
  write(address: number, bytes: Uint8Array): void;
  /** Copies bytes out of memory. */
  read(address: number, length: number): Uint8Array;
  /** Sets r0 to r14 and the flags N, Z, C, V, Q, GE. */
  setCore(registers: Int32Array, apsr: number): void;
  /** Reads r0 to r15 and the flags. */
  getCore(registers: Int32Array): number;
  /** Sets d0 to d15 and FPSCR. */
  setFloat(words: Int32Array, fpscr: number): void;
  /** Reads d0 to d15 and FPSCR. */
  getFloat(words: Int32Array): number;
  /**
   * Executes one instruction, or those up to an address (the oracle does not count instructions whose
   * condition fails); 0 if nothing went wrong.
   */
  step(address: number, until?: number): number;
  /** Frees it. */
  close(): void;
}

/** Profile of the emulated core. */
export type Profile = "m" | "a";

/** Opens an emulated core with the test machine's memory. */
export function openOracle(profile: Profile): Oracle {
  const lib = Deno.dlopen(findTool("libunicorn.so.2") ?? "libunicorn.so.2", SYMBOLS);
  const { symbols } = lib;
  const handle = new BigUint64Array(1);
  symbols.uc_open(1, profile === "m" ? 0x30 : 0x10, handle);
  const uc = Deno.UnsafePointer.create(handle[0] ?? 0n);
  const setModel = (7 | (1 << 26) | (1 << 30)) >>> 0;
  if (profile === "a") symbols.uc_ctl(uc, setModel, MODEL_MAX);
  symbols.uc_mem_map(uc, BigInt(CODE), BigInt(SIZE), 7);
  symbols.uc_mem_map(uc, BigInt(DATA), BigInt(SIZE), 7);
  const word = new Int32Array(1);
  const bytes = new Uint8Array(word.buffer);
  const set = (register: number, value: number): void => {
    word[0] = value;
    symbols.uc_reg_write(uc, register, bytes);
  };
  const get = (register: number): number => {
    symbols.uc_reg_read(uc, register, bytes);
    return word[0] ?? 0;
  };
  if (profile === "a") {
    set(CPACR, 0xf << 20);
    set(FPEXC, 1 << 30);
  }
  return {
    write: (address, data) => {
      symbols.uc_mem_write(uc, BigInt(address), new Uint8Array(data), BigInt(data.length));
    },
    read: (address, length) => {
      const data = new Uint8Array(length);
      symbols.uc_mem_read(uc, BigInt(address), data, BigInt(length));
      return data;
    },
    setCore: (registers, apsr) => {
      // The mode comes first: it decides which SP and LR are meant.
      set(CPSR, profile === "m" ? apsr : apsr | THUMB_SYSTEM_MODE);
      for (let number = 0; number < 15; number++) set(CORE[number] ?? 0, registers[number] ?? 0);
    },
    getCore: (registers) => {
      CORE.forEach((register, number) => registers[number] = get(register));
      return get(CPSR) & 0xf80f_0000;
    },
    setFloat: (words, fpscr) => {
      for (let number = 0; number < 16; number++) {
        symbols.uc_reg_write(
          uc,
          D0 + number,
          new Uint8Array(words.slice(number * 2, number * 2 + 2).buffer),
        );
      }
      set(FPSCR, fpscr);
    },
    getFloat: (words) => {
      const pair = new Int32Array(2);
      const raw = new Uint8Array(pair.buffer);
      for (let number = 0; number < 16; number++) {
        symbols.uc_reg_read(uc, D0 + number, raw);
        words.set(pair, number * 2);
      }
      return get(FPSCR);
    },
    step: (address, until) => {
      const end = BigInt(until ?? CODE + SIZE - 2);
      const count = until === undefined ? 1n : 0n;
      return symbols.uc_emu_start(uc, BigInt(address | 1), end, 0n, count);
    },
    close: () => {
      symbols.uc_close(uc);
      lib.close();
    },
  };
}
