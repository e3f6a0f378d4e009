/**
 * A random program while it is being written: its halfwords, what it has used, and what its registers
 * must keep.
 *
 * @module
 */
import { createRandom } from "../sim/cpu/testbench.ts";
import { type InstructionSet, type Line, lineName } from "./lines.ts";
import { isBaseline, type Target } from "./state.ts";

/** Register that holds the middle of the data. */
export const BASE = 8;
/** SP. */
export const SP = 13;
/** PC. */
export const PC = 15;

/** Writes a program. */
export class Writer {
  /** Core. */
  readonly target: Target;
  /** Its instructions. */
  readonly set: InstructionSet;
  /** Numbers. */
  readonly random: () => number;
  /** Address of the first instruction. */
  readonly at: number;
  /** No IT, no unaligned accesses. */
  readonly baseline: boolean;
  /** How often each line occurs. */
  readonly lines = new Map<string, number>();
  /** Instructions so far. */
  instructions = 0;
  /** How far SP may have been moved from the middle of the data. */
  drift = 0;
  /** Registers that must keep their values, as a set of bits. */
  reserved = (1 << BASE) | (1 << PC);
  readonly #halves: number[] = [];

  /**
   * @param target Core
   * @param set Its instructions
   * @param seed Which program
   * @param at Address of its first instruction, a multiple of 4
   */
  constructor(target: Target, set: InstructionSet, seed: number, at: number) {
    this.target = target;
    this.set = set;
    this.random = createRandom(seed);
    this.at = at;
    this.baseline = isBaseline(target);
  }

  /** Address of what is written next. */
  get here(): number {
    return this.at + 2 * this.#halves.length;
  }

  /** The machine code. */
  code(): Uint8Array {
    return new Uint8Array(Uint16Array.from(this.#halves).buffer);
  }

  /** One of a list. */
  one<T>(list: readonly T[]): T {
    return list[this.random() % list.length] as T;
  }

  /** True if a register must keep its value. */
  isReserved(register: number): boolean {
    return (this.reserved & (1 << register)) !== 0;
  }

  /** Writes instructions; a number above 0xFFFF is a 32-bit one, first halfword on top. */
  emit(...words: readonly number[]): void {
    for (const signed of words) {
      const word = signed >>> 0;
      if (word > 0xffff) this.#halves.push(word >>> 16, word & 0xffff);
      else this.#halves.push(word);
      this.instructions++;
    }
  }

  /** Writes halfwords that are no instructions. */
  data(...halves: readonly number[]): void {
    this.#halves.push(...halves);
  }

  /** Writes a word of a line and counts it. */
  use(line: Line, word: number): void {
    this.emit(word);
    const name = lineName(line);
    this.lines.set(name, (this.lines.get(name) ?? 0) + 1);
  }

  /** Writes a word of whatever line it is and counts that. */
  emitLine(word: number): void {
    const op = this.set.decode(word, word > 0xffff ? 4 : 2, this.here, false);
    const line = this.set.lines.find(({ encoding }) => encoding === op?.encoding);
    if (line === undefined) throw new Error(`no line for ${word.toString(16)}`);
    this.use(line, word);
  }

  /** Writes an instruction anew, when a target is known. */
  patch(from: number, word: number): void {
    const index = (from - this.at) / 2;
    if (word > 0xffff) this.#halves.splice(index, 2, word >>> 16, word & 0xffff);
    else this.#halves[index] = word;
  }

  /** NOP, if needed, so that what follows is at a multiple of 4. */
  align(): void {
    if ((this.here & 3) !== 0) this.emit(0xbf00);
  }

  /** MOV sp, r8 */
  resetSp(): void {
    this.move(SP, BASE);
    this.drift = 0;
  }

  /** MOV rd, rm, both of 16. */
  move(d: number, m: number): void {
    this.emit(0x4600 | ((d & 8) << 4) | (m << 3) | (d & 7));
  }

  /** MOVS rd, #value, or MOVW for a high register; 8 bits. */
  set8(d: number, value: number): void {
    const imm8 = value & 0xff;
    this.emit(d < 8 ? 0x2000 | (d << 8) | imm8 : 0xf240_0000 | imm8 | (d << 8));
  }
}
