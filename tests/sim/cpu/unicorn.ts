/**
 * libunicorn through FFI, as an oracle: executes single instructions on given registers and memory. The
 * M-profile model of Debian's 2.0.1 behaves as a Cortex-M33 without double precision; for that an
 * A-profile model executes the same Thumb encodings.
 *
 * @module
 */
import { PROT, REG } from "../../../sim/unicorn/provider.ts";
import { openLibUnicorn } from "../../../sim/unicorn/libunicorn.ts";
import { findTool } from "../../support/need.ts";
import { CODE, DATA, SIZE } from "./testbench.ts";

/** Numbers of registers in Unicorn's ARM bindings. */
const CPSR = 3;
const FPEXC = 4;
const CPACR = 111;
/** T, and System mode. */
const THUMB_SYSTEM_MODE = 0x3f;
/** The A-profile model with all extensions. */
const MODEL_MAX = 33;
const CORE = REG.core;

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
  const core = openLibUnicorn({
    library: findTool("libunicorn.so.2"),
    profile,
    ...(profile === "a" && { model: MODEL_MAX }),
  });
  core.map(CODE, SIZE, PROT.all);
  core.map(DATA, SIZE, PROT.all);
  const set = (register: number, value: number) => core.writeRegister(register, value);
  const get = (register: number) => core.readRegister(register);
  if (profile === "a") {
    set(CPACR, 0xf << 20);
    set(FPEXC, 1 << 30);
  }
  return {
    write: (address, data) => core.write(address, data),
    read: (address, length) => core.read(address, length),
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
        const pair = words.slice(number * 2, number * 2 + 2);
        core.writeBytes(REG.d0 + number, new Uint8Array(pair.buffer));
      }
      set(REG.fpscr, fpscr);
    },
    getFloat: (words) => {
      for (let number = 0; number < 16; number++) {
        words.set(new Int32Array(core.readBytes(REG.d0 + number, 8).buffer), number * 2);
      }
      return get(REG.fpscr);
    },
    step: (address, until) =>
      core.startFor(address, until ?? CODE + SIZE - 2, until === undefined ? 1 : 0),
    close: () => core.close(),
  };
}
