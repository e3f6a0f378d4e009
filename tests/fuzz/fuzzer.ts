/**
 * Runs random programs on the interpreter, the translator and the oracle, and shrinks what differs to one
 * instruction with the state that it starts from.
 *
 * @module
 */
import { isWide } from "../../sim/cpu/decoder.ts";
import type { Op } from "../../sim/cpu/op.ts";
import { disassemble } from "../../sim/cpu/disassembler.ts";
import { createRandom } from "../sim/cpu/testbench.ts";
import { ENDLESS, openOurs, type Ours } from "./engines.ts";
import { KNOWN_FAULTS } from "./known.ts";
import { type InstructionSet, instructionSetOf } from "./lines.ts";
import { openOracle, type Oracle } from "./oracle.ts";
import { makeProgram } from "./program.ts";
import { randomState } from "./random_state.ts";
import {
  CODE,
  CODE_SIZE,
  differences,
  FIRST,
  type FuzzCase,
  isBaseline,
  type Target,
} from "./state.ts";

/** Something that differs, as small as it became. */
export interface Finding {
  /** Seed of the program. */
  readonly seed: number;
  /** Who differs from the interpreter. */
  readonly peer: "libunicorn" | "translator";
  /** What differs. */
  readonly differences: readonly string[];
  /** The instruction, as text, if it is one. */
  readonly instruction: string | undefined;
  /** The case. */
  readonly case: FuzzCase;
}

/** What was compared. */
export interface Figures {
  /** Programs. */
  programs: number;
  /** Instructions in them. */
  instructions: number;
  /** Instructions that the interpreter executed of them; loops repeat some, branches skip some. */
  executed: number;
  /** Programs that all three ended early, with a fault. */
  faulted: number;
  /** How often each line of the table was generated. */
  readonly lines: Map<string, number>;
  /** Differences by the fault of the peer that explains them. */
  readonly known: Map<string, number>;
  /** Differences that nothing explains. */
  readonly findings: Finding[];
}

/** Instructions of a program, about. */
const LENGTH = 64;
/** Bytes from program to program, more than any has. */
const SLOT = 1024;
/** Programs at places of their own, with room behind the last one for what loads relative to PC read. */
const SLOTS = Math.floor((CODE_SIZE - 0x3000) / SLOT);
const NOP = [0x00, 0xbf];
const WIDE_NOP = [0xaf, 0xf3, 0x00, 0x80];
/** For Armv6-M, which has no wide one. */
const TWO_NOPS = [...NOP, ...NOP];
/** What means nothing alone: IT, what the exclusive monitor decides, special registers. */
const NEEDS_MORE = new Set(["it", "strex", "strexb", "strexh", "mrs"]);
/** Instructions of a program that are looked at one by one. */
const MOST_STEPS = 4096;

/** Fuzzes one target. */
export class Fuzzer {
  /** What was compared so far. */
  readonly figures: Figures = {
    programs: 0,
    instructions: 0,
    executed: 0,
    faulted: 0,
    lines: new Map(),
    known: new Map(),
    findings: [],
  };
  /** The target's instructions. */
  readonly set: InstructionSet;
  readonly #target: Target;
  #interpreter: Ours;
  #translator: Ours;
  #oracle: Oracle;
  readonly #used = new Set<number>();
  readonly #wideNop: readonly number[];

  /** @param target Core */
  constructor(target: Target) {
    this.#target = target;
    this.set = instructionSetOf(target);
    this.#interpreter = openOurs(target, false);
    this.#translator = openOurs(target, true);
    this.#oracle = openOracle(target);
    this.#wideNop = isBaseline(target) ? TWO_NOPS : WIDE_NOP;
  }

  /** Frees the oracle. */
  close(): void {
    this.#oracle.close();
  }

  /** Runs the program of a seed and notes what differs. */
  run(seed: number): void {
    const { figures } = this;
    const at = this.#place(seed);
    const program = makeProgram(this.#target, this.set, seed, at, LENGTH);
    const random = createRandom(seed ^ 0x5bd1_e995);
    const { before, data } = randomState(this.#target, random);
    const one: FuzzCase = { target: this.#target, at, code: program.code, before, data };
    figures.programs++;
    figures.instructions += program.instructions;
    for (const [name, count] of program.lines) {
      figures.lines.set(name, (figures.lines.get(name) ?? 0) + count);
    }
    const executed = this.#interpreter.executed();
    const result = this.#compare(one);
    figures.executed += this.#interpreter.executed() - executed;
    if (result === "faulted") figures.faulted++;
    else if (result !== undefined) this.#explain(seed, one, result.peer);
  }

  /** Compares a case that was made elsewhere; a single instruction by itself, wherever it goes. */
  replay(one: FuzzCase): string[] {
    this.#forget();
    const first = (one.code[0] ?? 0) | ((one.code[1] ?? 0) << 8);
    if (one.code.length === (isWide(first) ? 4 : 2)) {
      this.#write(one);
      return (["translator", "libunicorn"] as const).flatMap((peer) =>
        this.#stepBoth(one, 0, one.before, one.data, peer).map((text) => `${peer}: ${text}`)
      );
    }
    const result = this.#compare(one);
    return result === undefined || result === "faulted" ? [] : [...result.list];
  }

  /** The place of a program. Where the oracle has been before, everything starts over. */
  #place(seed: number): number {
    const slot = seed % SLOTS;
    if (this.#used.has(slot)) {
      this.#oracle.close();
      this.#oracle = openOracle(this.#target);
      this.#used.clear();
      this.#interpreter = openOurs(this.#target, false);
      this.#translator = openOurs(this.#target, true);
    }
    this.#used.add(slot);
    return FIRST + SLOT + slot * SLOT;
  }

  /** A new oracle, which has translated nothing; with the code that is there, since literals may reach it. */
  #forget(): void {
    const code = this.#oracle.code.slice();
    this.#oracle.close();
    this.#oracle = openOracle(this.#target);
    this.#oracle.code.set(code);
  }

  #write({ at, code }: FuzzCase): void {
    this.#interpreter.write(at, code);
    this.#translator.write(at, code);
    this.#oracle.code.set(code, at - CODE);
    this.#oracle.code.set([0xab, 0xbe], at - CODE + code.length);
  }

  /** What differs between the three; undefined if nothing does. */
  #compare(one: FuzzCase): { peer: Finding["peer"]; list: string[] } | "faulted" | undefined {
    const { target, at, code, before, data } = one;
    this.#write(one);
    const counts = this.#interpreter.counts();
    const otherCounts = this.#translator.counts();
    const here = this.#interpreter.run(before, data, at);
    // The oracle has no limit; what does not end is not given to it.
    if (here.failure === ENDLESS) return undefined;
    const translated = this.#translator.run(before, data, at);
    const list = differences(target, here, translated);
    if (list.length === 0 && counts === otherCounts) {
      const [a, b] = [this.#interpreter.counts(), this.#translator.counts()];
      if (a !== b) list.push(`counts ${a}, other ${b}`);
    }
    if (list.length > 0) return { peer: "translator", list };
    this.#oracle.data.set(data);
    const there = this.#oracle.run(before, at, at + code.length);
    if (here.failure !== undefined && there.failure !== undefined) return "faulted";
    const more = differences(target, here, there);
    return more.length > 0 ? { peer: "libunicorn", list: more } : undefined;
  }

  /** Shrinks, unless known faults of the oracle explain the difference. */
  #explain(seed: number, whole: FuzzCase, peer: Finding["peer"]): void {
    let one: FuzzCase = whole;
    if (peer === "libunicorn") {
      const { code, names } = this.#withoutKnown(whole);
      one = { ...whole, code };
      this.#forget();
      const result = this.#compare(one);
      const { known } = this.figures;
      for (const name of names) known.set(name, (known.get(name) ?? 0) + 1);
      if (result === undefined || result === "faulted") {
        if (names.length > 0) return;
        one = whole;
      }
    }
    const found = this.#single(one, peer) ?? this.#dropNeedless(one, peer);
    this.figures.findings.push({ seed, ...found, case: this.#zeroNeedless(found.case) });
  }

  /** The first instruction of a program that alone, from the state that it met, makes the difference. */
  #single(one: FuzzCase, peer: Finding["peer"]): Omit<Finding, "seed"> | undefined {
    let found: Omit<Finding, "seed"> | undefined;
    this.#write(one);
    this.#walk(one, (op, offset, before, data, alone) => {
      if (!alone) return false;
      const list = this.#stepBoth(one, offset, before, data, peer);
      if (list.length === 0) return false;
      const code = one.code.slice(offset, offset + op.size);
      const piece = { target: one.target, at: one.at + offset, code, before, data };
      found = { peer, differences: list, instruction: disassemble(op), case: piece };
      return true;
    });
    return found;
  }

  /** Steps the interpreter through a program; `visit` may end it. */
  #walk(
    { before, data, at, code }: FuzzCase,
    visit: (
      op: Op,
      offset: number,
      before: Int32Array,
      data: Uint8Array,
      alone: boolean,
    ) => boolean,
  ): void {
    const view = new DataView(code.buffer, code.byteOffset);
    const { state } = this.#interpreter.engine;
    let registers = before;
    let bytes = data;
    let it = 0;
    for (let pc = at, steps = 0; steps < MOST_STEPS && pc >= at && pc < at + code.length; steps++) {
      const first = view.getUint16(pc - at, true);
      const size = isWide(first) ? 4 : 2;
      const word = size === 4 ? ((first << 16) | view.getUint16(pc - at + 2, true)) >>> 0 : first;
      const op = this.set.decode(word, size, pc, it !== 0);
      const alone = op !== undefined && it === 0 && !NEEDS_MORE.has(op.encoding.name);
      if (op !== undefined && visit(op, pc - at, registers, bytes, alone)) return;
      const next = this.#interpreter.run(registers, bytes, pc, 1, it);
      it = state.it;
      if (next.failure !== undefined) return;
      registers = new Int32Array(next.after);
      bytes = next.data;
      pc = registers[15] ?? 0;
    }
  }

  /** Executes one instruction of a program from a state on the interpreter and a peer. */
  #stepBoth(
    one: FuzzCase,
    offset: number,
    before: Int32Array,
    data: Uint8Array,
    peer: Finding["peer"],
  ): string[] {
    const { target, at, code } = one;
    const here = this.#interpreter.run(before, data, at + offset, 1);
    if (peer === "translator") {
      return differences(target, here, this.#translator.run(before, data, at + offset, 1));
    }
    // A new oracle has translated nothing, so that it stops behind the instruction.
    const oracle = openOracle(target);
    try {
      oracle.code.set(this.#oracle.code);
      oracle.code.set(code, at - CODE);
      oracle.data.set(data);
      return differences(target, here, oracle.run(before, at + offset, here.after[15] ?? 0));
    } finally {
      oracle.close();
    }
  }

  /** A program without the instructions that known faults of the oracle explain, as it executes. */
  #withoutKnown(one: FuzzCase): { code: Uint8Array; names: string[] } {
    const code = new Uint8Array(one.code);
    const names: string[] = [];
    this.#walk(one, (op, offset, before, data) => {
      const piece = { ...one, before, data };
      const fault = KNOWN_FAULTS.find((fault) => fault.explains(piece, op));
      if (fault !== undefined) {
        names.push(fault.name);
        code.set(op.size === 2 ? NOP : this.#wideNop, offset);
      }
      return false;
    });
    return { code, names };
  }

  /** The case with zeros for the data that the difference does not need. */
  #zeroNeedless(one: FuzzCase): FuzzCase {
    let data = one.data;
    for (let size = data.length; size >= 64; size /= 4) {
      for (let from = 0; from < data.length; from += size) {
        if (data.subarray(from, from + size).every((byte) => byte === 0)) continue;
        const zeroed = new Uint8Array(data).fill(0, from, from + size);
        if (this.replay({ ...one, data: zeroed }).length > 0) data = zeroed;
      }
    }
    return { ...one, data };
  }

  /** What is left when every instruction that the difference does not need has become a NOP. */
  #dropNeedless(one: FuzzCase, peer: Finding["peer"]): Omit<Finding, "seed"> {
    let smallest = one;
    let list: readonly string[] = [];
    for (let offset = 0; offset + 2 <= one.code.length;) {
      const first = (one.code[offset] ?? 0) | ((one.code[offset + 1] ?? 0) << 8);
      const size = isWide(first) ? 4 : 2;
      const code = new Uint8Array(smallest.code);
      code.set(size === 2 ? NOP : this.#wideNop, offset);
      this.#forget();
      const result = this.#compare({ ...smallest, code });
      if (result !== undefined && result !== "faulted" && result.peer === peer) {
        smallest = { ...smallest, code };
        list = result.list;
      }
      offset += size;
    }
    return { peer, differences: list, instruction: undefined, case: smallest };
  }
}
