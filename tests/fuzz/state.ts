/**
 * What the fuzzer compares: the core's registers as one array of words, and the two stretches of memory
 * that every engine has.
 *
 * @module
 */
import type { EngineParts } from "../../sim/types.ts";

/** Where programs lie: memory that the core may read and execute. */
export const CODE = 0x0800_0000;
/** Bytes of it. */
export const CODE_SIZE = 0x40_0000;
/** First address of programs; the vector table is in front. */
export const FIRST = CODE + 0x400;
/** Where data lie. */
export const DATA = 0x2000_0000;
/** Bytes of them: what a program reaches from the middle with any offset of an instruction. */
export const DATA_SIZE = 0x4000;
/** The middle, where base registers start. */
export const MIDDLE = DATA + DATA_SIZE / 2;

/** Words of a state: r0 to r15, flags as in APSR, FPSCR, s0 to s31. */
export const WORDS = 50;
/** Index of the flags N, Z, C, V, Q, GE. */
export const APSR = 16;
/** Index of FPSCR. */
export const FPSCR = 17;
/** Index of s0. */
export const S0 = 18;
/** Bits of APSR that a core with the DSP extension has. */
export const APSR_BITS = 0xf80f_0000 | 0;

/** A core as it is fuzzed, and whose model of it is the oracle. */
export interface Target {
  /** Name for the command line and test cases. */
  readonly name: string;
  /** Our core. */
  readonly core: EngineParts["core"];
  /** Its FPU. */
  readonly fpu: EngineParts["fpu"];
  /** libunicorn's `enum uc_cpu_arm`. */
  readonly model: number;
  /** Profile of that model: `a` executes the same Thumb encodings, but for the system instructions. */
  readonly profile: "m" | "a";
}

/** True for the cores of Armv6-M and Armv8-M Baseline: no IT, no flags Q and GE, aligned accesses only. */
export function isBaseline({ core }: Target): boolean {
  return core === "cortex-m0plus" || core === "cortex-m23";
}

/**
 * What is fuzzed. libunicorn 2.0.1 refuses double precision on its M profile (error 10 for VADD.F64 on
 * its Cortex-M7), so that is compared with its A-profile model of everything. It has no Cortex-M23; the
 * instructions of that are a part of the Cortex-M33's.
 */
export const TARGETS: readonly Target[] = [
  { name: "m0plus", core: "cortex-m0plus", fpu: "none", model: 7, profile: "m" },
  { name: "m3", core: "cortex-m3", fpu: "none", model: 8, profile: "m" },
  { name: "m4", core: "cortex-m4", fpu: "fpv4-sp-d16", model: 9, profile: "m" },
  { name: "m7", core: "cortex-m7", fpu: "fpv5-sp-d16", model: 10, profile: "m" },
  { name: "m23", core: "cortex-m23", fpu: "none", model: 11, profile: "m" },
  { name: "m33", core: "cortex-m33", fpu: "fpv5-sp-d16", model: 11, profile: "m" },
  { name: "m7-double", core: "cortex-m7", fpu: "fpv5-d16", model: 33, profile: "a" },
];

/** A piece of code with the state that it starts from. */
export interface FuzzCase {
  /** Core. */
  readonly target: Target;
  /** Address of the first instruction. */
  readonly at: number;
  /** Machine code; the instruction behind its end is not executed. */
  readonly code: Uint8Array;
  /** Registers before. */
  readonly before: Int32Array;
  /** All data before. */
  readonly data: Uint8Array;
}

/** What an engine left. */
export interface Outcome {
  /** Registers behind it; r15 is where it went. */
  readonly after: Int32Array;
  /** All data behind it. A view: the next run changes it. */
  readonly data: Uint8Array;
  /** What stopped it, if that was not the end of the code. */
  readonly failure: string | undefined;
}

/** A word as hexadecimal digits. */
export function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

/** Name of a word of the state. */
export function nameOf(index: number): string {
  if (index < 16) return `r${index}`;
  if (index === APSR) return "apsr";
  return index === FPSCR ? "fpscr" : `s${index - S0}`;
}

/** True if two stretches of memory hold the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  const x = new BigUint64Array(a.buffer, a.byteOffset, a.length / 8);
  const y = new BigUint64Array(b.buffer, b.byteOffset, b.length / 8);
  for (let at = 0; at < x.length; at++) if (x[at] !== y[at]) return false;
  return true;
}

/** What differs between two outcomes, in words; empty if nothing does. */
export function differences(target: Target, here: Outcome, there: Outcome): string[] {
  const list: string[] = [];
  if (here.failure !== there.failure) {
    list.push(`ended ${here.failure ?? "normally"}, other ${there.failure ?? "normally"}`);
  }
  const words = target.fpu === "none" ? FPSCR : WORDS;
  for (let index = 0; index < words; index++) {
    const [a = 0, b = 0] = [here.after[index], there.after[index]];
    // Programs put SP back after they have written it; in between the oracle keeps its two low bits.
    if (index === 13 ? (a ^ b) >>> 2 !== 0 : a !== b) {
      list.push(`${nameOf(index)} ${hex(a)}, other ${hex(b)}`);
    }
  }
  if (!sameBytes(here.data, there.data)) {
    const at = here.data.findIndex((byte, index) => byte !== there.data[index]);
    const bytes = [here, there].map(({ data }) => [...data.slice(at, at + 8)].join("."));
    list.push(`memory at ${hex(DATA + at)} ${bytes.join(", other ")}`);
  }
  return list;
}
