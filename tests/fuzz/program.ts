/**
 * Random valid programs: instructions of all lines of the table, with loads and stores into the data,
 * IT blocks, branches of all kinds forwards, calls with their returns, and loops. r8 always points to
 * the middle of the data; what addresses memory gets its base from it.
 *
 * @module
 */
import { block, branch, call, computed } from "./control.ts";
import type { InstructionSet } from "./lines.ts";
import type { Target } from "./state.ts";
import { straight } from "./straight.ts";
import { BASE, Writer } from "./writer.ts";

/** Register that counts a loop's rounds. */
const COUNTER = 6;

/** A random program. */
export interface Program {
  /** Machine code. */
  readonly code: Uint8Array;
  /** How often each line of the table occurs, by name and pattern. */
  readonly lines: ReadonlyMap<string, number>;
  /** Instructions in it. */
  readonly instructions: number;
}

/**
 * Makes a program.
 *
 * @param target Core
 * @param set Its instructions
 * @param seed Which program
 * @param at Address of its first instruction, a multiple of 4
 * @param length About how many instructions
 */
export function makeProgram(
  target: Target,
  set: InstructionSet,
  seed: number,
  at: number,
  length: number,
): Program {
  const w = new Writer(target, set, seed, at);
  const loops = w.random() % 4 === 0;
  w.resetSp();
  // CLREX
  if (set.exclusives.length > 0) w.emit(0xf3bf_8f2f);
  if (set.lines.some(({ encoding }) => encoding.name === "msr")) {
    // MSR psp, r8; CPSIE i: what earlier programs left.
    w.emit(0xf380_8809 | (BASE << 16), 0xb662);
  }
  if (loops) {
    w.reserved |= 1 << COUNTER;
    w.set8(COUNTER, 2 + w.random() % 6);
  }
  const start = w.here;
  if (loops) w.resetSp();
  const enough = w.instructions + (loops ? Math.ceil(length / 2) : length);
  while (w.instructions < enough) item(w);
  if (loops) {
    // SUBS; BEQ over B back to the start.
    w.emit(0x3801 | (COUNTER << 8), 0xd000, 0xe000 | (((start - w.here - 4 - 4) >> 1) & 0x7ff));
  }
  return { code: w.code(), lines: w.lines, instructions: w.instructions };
}

function item(w: Writer): void {
  const choice = w.random() % 24;
  if (choice === 0) branch(w);
  else if (choice === 1) computed(w);
  else if (choice === 2) call(w);
  else if (choice <= 4 && !w.baseline) block(w);
  else straight(w);
}
