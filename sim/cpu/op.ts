/**
 * What one line of the instruction table holds, and the predecoded instruction that it becomes.
 *
 * A line is declarative: the encoding as the Architecture Reference Manual draws it, the instruction set
 * that brings it, the timing class, the assembler syntax, and two functions: `operands` turns the
 * encoding's fields into the predecoded form once, `exec` does the work each time.
 *
 * @module
 */
import type { TimingClass } from "../types.ts";
import type { CpuState } from "./state.ts";
import type { Feature, Index } from "./architecture.ts";

/** Executes one predecoded instruction. */
export type Exec = (cpu: CpuState, op: Op) => void;

// deno-fmt-ignore
type Letter =
  | "a" | "b" | "c" | "d" | "e" | "f" | "g" | "h" | "i" | "j" | "k" | "l" | "m" | "n" | "o" | "p"
  | "q" | "r" | "s" | "t" | "u" | "v" | "w" | "x" | "y" | "z" | "D" | "M" | "N";

/** Values of an encoding's fields, by letter; bits of one letter are joined in order, absent ones are 0. */
export type Fields = Readonly<Record<Letter, number>>;

/**
 * Completes a predecoded instruction. False: these operands are UNPREDICTABLE, which is an
 * undefined instruction here (see `table.ts`). `"other"`: the word is another line's, the manual's "SEE".
 */
export type Operands = (op: Op, fields: Fields) => boolean | "other";

/** One line of the instruction table. */
export interface Encoding {
  /** Mnemonic in lower case, without condition and width. */
  readonly name: string;
  /** 16 or 32 characters: 0, 1 or a field's letter; for 32 bits, the first halfword comes first. */
  readonly pattern: string;
  /** What a core needs in order to have it. */
  readonly feature: Feature;
  /** What it costs by. */
  readonly timing: TimingClass;
  /** Mask of the bits that should be what the pattern says; other values are UNPREDICTABLE. */
  readonly should: number;
  /** The text of the instruction, with what varies in angle brackets; `disassembler.ts` lists them. */
  readonly syntax: string;
  /** True if it is executed inside an IT block whatever the condition is. */
  readonly always: boolean;
  /** Executes it. */
  readonly exec: Exec;
  /** Completes its operands. */
  readonly operands: Operands | undefined;
}

/**
 * Makes a line of the table.
 *
 * @param name Mnemonic
 * @param pattern Bits and field letters as the manual draws them: a bit that only should be 0 or 1 is in
 *   parentheses, `(0)`; spaces are for the reader
 * @param feature Instruction set that brings it
 * @param timing Timing class
 * @param syntax Text, such as `add<s><c>.w <d>, <n>, <const>`
 * @param exec Executes it
 * @param operands Completes its operands
 */
export function encoding(
  name: string,
  pattern: string,
  feature: Feature,
  timing: TimingClass,
  syntax: string,
  exec: Exec,
  operands?: Operands,
): Encoding {
  const drawn = pattern.replaceAll(" ", "");
  const bits = drawn.replace(/[()]/g, "");
  const marks = drawn.replace(/\([01]\)/g, "!").replace(/[^!]/g, "0").replaceAll("!", "1");
  const should = parseInt(marks, 2) | 0;
  // BKPT has no condition, nor have the instructions of FPv5 whose text says so (`<u>`).
  const always = name === "bkpt" || syntax.includes("<u>");
  return { name, pattern: bits, should, feature, timing, syntax, always, exec, operands };
}

/** How the second operand of a data-processing instruction is made. */
export const OPERAND = {
  register: 0,
  lsl: 1,
  lsr: 2,
  asr: 3,
  ror: 4,
  rrx: 5,
  immediate: 6,
} as const;

/** A predecoded instruction. All have the same fields in the same order, so that property access stays fast. */
export class Op {
  /** Executes it. */
  exec: Exec;
  /** The function that `exec` wraps, where it wraps one. */
  inner: Exec;
  /** Address. */
  readonly address: number;
  /** Address of the instruction behind it. */
  readonly next: number;
  /** Bytes. */
  readonly size: 2 | 4;
  /** Core cycles without those that depend on what happens. */
  cost = 0;
  /** Core cycles more if it writes PC. */
  taken = 0;
  /** The most core cycles that it can take. */
  most = 0;
  /** Data accesses that it can make. */
  accesses = 0;
  /** The most cycles that it can take, waits for its fetch and data included. */
  worst = 0;
  /** State of the pipeline for the instruction behind it. */
  after = 0;
  /** State of the pipeline where it branches to. */
  afterTaken = 0;
  /** Index of its function. */
  fn = -1;
  /** Destination, or the register that is loaded or stored. */
  d: Index;
  /** First operand, base. */
  n: Index;
  /** Second operand, index. */
  m: Index;
  /** Accumulator, second destination. */
  a: Index;
  /** Immediate: value, offset, shift amount, register list. */
  i: number;
  /** 1 if it sets flags. */
  s: number;
  /** Kind of operand or addressing. */
  k: number;
  /** Number of registers moved, for timing. */
  count = 0;
  /** True inside an IT block. */
  readonly inIt: boolean;
  /** Line of the table. */
  readonly encoding: Encoding;
  /** The instruction; the first halfword of a 32-bit one on top. */
  readonly word: number;

  /**
   * @param encoding Line of the table
   * @param fields Values of its fields
   * @param address Address
   * @param word Encoding
   * @param inIt True inside an IT block
   */
  constructor(encoding: Encoding, fields: Fields, address: number, word: number, inIt: boolean) {
    this.exec = encoding.exec;
    this.inner = encoding.exec;
    this.address = address;
    this.size = encoding.pattern.length === 16 ? 2 : 4;
    this.next = (address + this.size) | 0;
    this.d = fields.d as Index;
    this.n = fields.n as Index;
    this.m = fields.m as Index;
    this.a = fields.a as Index;
    this.i = fields.i;
    this.s = fields.s;
    this.k = fields.k;
    this.inIt = inIt;
    this.encoding = encoding;
    this.word = word;
  }
}
