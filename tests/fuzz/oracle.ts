/**
 * libunicorn through FFI, with its model of each core: an implementation of the instruction set that we
 * did not write. Memory is shared, so that nothing is copied for a comparison.
 *
 * @module
 */
import { findTool } from "../support/need.ts";
import {
  APSR,
  APSR_BITS,
  CODE,
  CODE_SIZE,
  DATA,
  DATA_SIZE,
  FIRST,
  FPSCR,
  type Outcome,
  S0,
  type Target,
  WORDS,
} from "./state.ts";

const SYMBOLS = {
  uc_open: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  uc_close: { parameters: ["pointer"], result: "i32" },
  uc_ctl: { parameters: ["pointer", "u32", "i32"], result: "i32" },
  uc_mem_map_ptr: { parameters: ["pointer", "u64", "usize", "u32", "buffer"], result: "i32" },
  uc_reg_write_batch: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "i32" },
  uc_reg_read_batch: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "i32" },
  uc_emu_start: { parameters: ["pointer", "u64", "u64", "u64", "usize"], result: "i32" },
} as const;

/** uc_open: the architecture, Thumb, the M profile. */
const ARCH_ARM = 1;
const MODE_THUMB = 0x10;
const MODE_MCLASS = 0x20;
/** uc_ctl: write, one argument, the CPU model. */
const SET_MODEL = (7 | (1 << 26) | (1 << 30)) >>> 0;
/** enum uc_arm_reg. */
// deno-fmt-ignore
const REGISTER = { cpsr: 3, fpexc: 4, fpscr: 6, lr: 10, pc: 11, sp: 12, d0: 14, r0: 66, cpacr: 111 } as const;
/** T, and System mode, of the A profile's CPSR. */
const THUMB_SYSTEM_MODE = 0x3f;
const READ_EXECUTE = 5;
const READ_WRITE = 3;

/** One emulated core. */
export interface Oracle {
  /**
   * Code memory; each place is written once, before it is executed, since translations are kept: of what
   * has been executed before it executes whole blocks, beyond an end that lies within.
   */
  readonly code: Uint8Array;
  /** Data memory. */
  readonly data: Uint8Array;
  /** Executes until an address. */
  run(before: Int32Array, at: number, end: number): Outcome;
  /** Frees it. */
  close(): void;
}

/** Opens an emulated core with the fuzzer's memory. */
export function openOracle(target: Target): Oracle {
  const lib = Deno.dlopen(findTool("libunicorn.so.2") ?? "libunicorn.so.2", SYMBOLS);
  const { symbols } = lib;
  const check = (what: string, error: number): void => {
    if (error !== 0) throw new Error(`libunicorn: ${what}: error ${error}`);
  };
  const handle = new BigUint64Array(1);
  check(
    "open",
    symbols.uc_open(
      ARCH_ARM,
      target.profile === "m" ? MODE_THUMB | MODE_MCLASS : MODE_THUMB,
      handle,
    ),
  );
  const uc = Deno.UnsafePointer.create(handle[0] ?? 0n);
  check("model", symbols.uc_ctl(uc, SET_MODEL, target.model));
  const code = new Uint8Array(CODE_SIZE);
  const data = new Uint8Array(DATA_SIZE);
  check("map", symbols.uc_mem_map_ptr(uc, BigInt(CODE), BigInt(CODE_SIZE), READ_EXECUTE, code));
  check("map", symbols.uc_mem_map_ptr(uc, BigInt(DATA), BigInt(DATA_SIZE), READ_WRITE, data));

  const words = new Int32Array(WORDS);
  const base = Deno.UnsafePointer.value(Deno.UnsafePointer.of(words));
  const pairs: [register: number, word: number][] = [[REGISTER.cpsr, APSR]];
  for (let number = 0; number < 13; number++) pairs.push([REGISTER.r0 + number, number]);
  pairs.push([REGISTER.sp, 13], [REGISTER.lr, 14], [REGISTER.pc, 15]);
  if (target.fpu !== "none") {
    for (let number = 0; number < 16; number++) pairs.push([REGISTER.d0 + number, S0 + 2 * number]);
    pairs.push([REGISTER.fpscr, FPSCR]);
  }
  const registers = Int32Array.from(pairs, ([register]) => register);
  const pointers = BigUint64Array.from(pairs, ([, word]) => base + BigInt(4 * word));

  const execute = (before: Int32Array, at: number, end: number): Outcome => {
    words.set(before);
    words[15] = at | 1;
    if (target.profile === "a") words[APSR] = (words[APSR] ?? 0) | THUMB_SYSTEM_MODE;
    check("write", symbols.uc_reg_write_batch(uc, registers, pointers, registers.length));
    const error = symbols.uc_emu_start(uc, BigInt(at | 1), BigInt(end), 0n, 0n);
    check("read", symbols.uc_reg_read_batch(uc, registers, pointers, registers.length));
    words[APSR] = (words[APSR] ?? 0) & APSR_BITS;
    return { after: words, data, failure: error === 0 ? undefined : `error ${error}` };
  };
  if (target.profile === "a") {
    words[0] = 0xf << 20;
    words[1] = 1 << 30;
    const enable = Int32Array.of(REGISTER.cpacr, REGISTER.fpexc);
    check("write", symbols.uc_reg_write_batch(uc, enable, BigUint64Array.of(base, base + 4n), 2));
  }
  const oracle: Oracle = {
    code,
    data,
    run: execute,
    close: () => {
      symbols.uc_close(uc);
      lib.close();
    },
  };
  if (target.fpu !== "none") {
    // The first floating-point instruction, VMOV s0, s0, starts the context, which resets FPSCR.
    code.set([0xb0, 0xee, 0x40, 0x0a], FIRST - CODE);
    oracle.run(new Int32Array(WORDS), FIRST, FIRST + 4);
  }
  return oracle;
}
