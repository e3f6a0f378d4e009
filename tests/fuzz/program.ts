/**
 * Random valid programs: instructions of all lines of the table, with loads and stores into the data,
 * IT blocks, branches of all kinds forwards, calls with their returns, and loops. r8 always points to
 * the middle of the data; what addresses memory gets its base from it.
 *
 * @module
 */
import type { Op } from "../../sim/cpu/op.ts";
import { createRandom } from "../sim/cpu/testbench.ts";
import { type InstructionSet, type Line, randomWord, withField, writtenBy } from "./lines.ts";
import { isBaseline, type Target } from "./state.ts";

/** Register that holds the middle of the data. */
const BASE = 8;
/** Register that counts a loop's rounds. */
const COUNTER = 6;
const SP = 13;
const PC = 15;
/** How far SP may be moved before it is put back to the middle. */
const MOST_DRIFT = 0x600;
/** Tries to find a word of a line that fits; some lines leave few. */
const TRIES = 40;

/** A random program. */
export interface Program {
  /** Machine code. */
  readonly code: Uint8Array;
  /** How often each line of the table occurs, by name and pattern. */
  readonly lines: ReadonlyMap<string, number>;
  /** Instructions in it. */
  readonly instructions: number;
}

/** Name of a line in figures. */
export function lineName({ encoding }: Line): string {
  return `${encoding.name} ${encoding.pattern}`;
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
  const random = createRandom(seed);
  const halves: number[] = [];
  const used = new Map<string, number>();
  const baseline = isBaseline(target);
  const dsp = set.lines.some(({ encoding }) => encoding.feature === "dsp");
  let instructions = 0;
  let drift = 0;
  let reserved = (1 << BASE) | (1 << PC);

  const here = (): number => at + 2 * halves.length;
  const one = <T>(list: readonly T[]): T => list[random() % list.length] as T;
  const emit = (...words: readonly number[]): void => {
    for (const signed of words) {
      const word = signed >>> 0;
      if (word > 0xffff) halves.push(word >>> 16, word & 0xffff);
      else halves.push(word);
      instructions++;
    }
  };
  const use = (line: Line, word: number): void => {
    emit(word);
    used.set(lineName(line), (used.get(lineName(line)) ?? 0) + 1);
  };
  const resetSp = (): void => {
    // MOV sp, r8
    emit(0x4685 | (BASE << 3));
    drift = 0;
  };
  /** MOV rd, rm, both of 16. */
  const move = (d: number, m: number): number => 0x4600 | ((d & 8) << 4) | (m << 3) | (d & 7);

  /** MOVS rd, #value, or MOVW for a high register. */
  const small = (d: number, value: number): number =>
    d < 8 ? 0x2000 | (d << 8) | (value & 0xff) : (0xf240_0000 | (value & 0xff) | (d << 8)) >>> 0;

  /** True if an instruction leaves alone what must stay. */
  const keeps = (line: Line, op: Op): boolean => (writtenBy(line, op) & reserved) === 0;

  /** Where a load relative to PC reads must be inside the program or behind it. */
  const literalFits = (op: Op, from: number): boolean => {
    const address = ((from + 4) + op.i) | 0;
    return address >= at && address < from + 0x1100;
  };

  /** A word of a line without memory operands. */
  const plain = (line: Line, inIt: boolean): boolean => {
    for (let tries = 0; tries < TRIES; tries++) {
      const word = randomWord(line, random);
      const op = set.decode(word, line.size, here(), inIt);
      if (op?.encoding !== line.encoding || !keeps(line, op)) continue;
      const { name } = line.encoding;
      if (name === "mrs" && !mayReadSpecial(op.i)) continue;
      if (name === "msr") {
        if (!mayWriteSpecial(op.i)) continue;
        // PSP has no low bits either.
        if (op.i === 9 && op.n !== BASE) continue;
        // Bits that the core does not have are reserved, should be zero, and are kept by the oracle.
        if (op.i <= 3 && !dsp && (op.k & 1) !== 0) continue;
        if (op.i <= 3 && baseline) {
          if (op.n > 7 || (reserved & (1 << op.n)) !== 0) continue;
          emit(0x0f00 | (op.n << 3) | op.n, 0x0700 | (op.n << 3) | op.n);
        }
      }
      const writesSp = (writtenBy(line, op) & (1 << SP)) !== 0 || (name === "msr" && op.i === 8);
      if (writesSp && inIt) continue;
      use(line, word);
      if (writesSp) {
        // SP may now be anything: it is looked at once and put back. Its two low bits are always zero
        // (DDI 0403, B1.4.7), which the oracle does not see to, so they are shifted out.
        const copy = random() % 6;
        emit(move(copy, SP), 0x0880 | (copy << 3) | copy, 0x0840 | (copy << 3) | copy);
        resetSp();
      }
      return true;
    }
    return false;
  };

  /** A word of a line with memory operands, with what prepares its registers in front of it. */
  const access = (line: Line, inIt: boolean): boolean => {
    const { timing } = line.encoding;
    for (let tries = 0; tries < TRIES; tries++) {
      let word = randomWord(line, random);
      const simple = inIt || random() % 3 === 0;
      if (line.base !== undefined && line.base[1] === 4 && simple) {
        word = withField(word, line.base, random() & 1 && !line.writesBase ? BASE : SP);
      }
      const op = set.decode(word, line.size, here(), inIt);
      if (op?.encoding !== line.encoding) continue;
      const written = writtenBy(line, op);
      const literal = op.n === PC && op.d !== PC;
      if ((written & reserved & ~(literal ? 1 << PC : 0)) !== 0) continue;
      if (op.d === SP && timing === "load") continue;
      if (op.n === PC) {
        if (!literalFits(op, here())) continue;
        if (timing !== "load" && (op.i & 3) !== 0) continue;
        use(line, word);
        return true;
      }
      const multiple = /multiple/.test(timing);
      if (multiple && !line.encoding.feature.startsWith("fp") && (op.i & (1 << SP)) !== 0) continue;
      if (op.n === BASE && line.writesBase) continue;
      const index = line.index === undefined ? -1 : op.m;
      if (index === SP || index === BASE || index === op.n) continue;
      if (index >= 0 && (reserved & (1 << index)) !== 0) continue;
      const fixed = op.n === SP || op.n === BASE;
      if (!fixed && (reserved & (1 << op.n)) !== 0) continue;
      if (inIt && (!fixed || index >= 0)) continue;
      if (op.n === SP && line.writesBase) {
        const moved = multiple ? Math.abs(op.s) : Math.abs(op.i);
        if (drift + moved > MOST_DRIFT || (moved & 3) !== 0) continue;
        drift += moved;
      }
      // A base that is stored and written back, unless it is stored first, is stored as UNKNOWN.
      const lowest = op.i & -op.i;
      if (/store-multiple/.test(timing) && line.size === 2 && op.n !== SP) {
        if ((op.i & (1 << op.n)) !== 0 && lowest !== 1 << op.n) continue;
      }
      if (!fixed) {
        emit(move(op.n, BASE));
        const bias = random() & 0xff;
        if (op.n < 8 && random() % 3 === 0) {
          // ADDS rn, #bias: unaligned where that is allowed.
          emit(0x3000 | (op.n << 8) | (line.unaligned && !baseline ? bias : bias & ~3));
        }
      }
      if (index >= 0) {
        const value = random() & 0xff;
        emit(small(index, line.unaligned && !baseline ? value : value & ~3));
      }
      use(line, word);
      return true;
    }
    return false;
  };

  const exclusives = set.lines.filter(({ encoding }) => encoding.timing === "exclusive");
  const loads = exclusives.filter(({ encoding }) => /^ld[ra]ex/.test(encoding.name));

  /** LDREX, some arithmetic, STREX of the same size to the same place; sometimes CLREX between. */
  const exclusive = (): void => {
    const load = one(loads);
    const store = exclusives.find(({ encoding }) =>
      encoding.name === load.encoding.name.replace("ldrex", "strex").replace("ldaex", "stlex")
    );
    if (load.base === undefined || store?.base === undefined) return;
    for (let tries = 0; tries < TRIES; tries++) {
      const first = withField(randomWord(load, random), load.base, BASE);
      const second = withField(randomWord(store, random), store.base, BASE);
      const shared = load.encoding.name === "ldrex" ? 0xff : 0;
      const same = ((second & ~shared) | (first & shared)) >>> 0;
      const a = set.decode(first, 4, here(), false);
      const b = set.decode(same, 4, here() + 4, false);
      if (a?.encoding !== load.encoding || b?.encoding !== store.encoding) continue;
      if ([a.d, b.d, b.a].some((register) => (reserved & (1 << register)) !== 0)) continue;
      if (b.d === b.a) continue;
      use(load, first);
      for (let rest = random() % 3; rest > 0; rest--) plain(one(arithmetic), false);
      use(store, same);
      return;
    }
  };

  const arithmetic = set.lines.filter(({ encoding, access }) =>
    !access && /^(alu|mul|mla|mull|mlal|div|fp)/.test(encoding.timing)
  );
  const inBlock = set.lines.filter(({ encoding, access }) =>
    /^(alu|mul|mla|mull|mlal|div|fp)/.test(encoding.timing) || access
  ).filter(({ encoding }) => encoding.timing !== "exclusive");

  const block = (): void => {
    const mask = 1 + random() % 15;
    const condition = random() % 15;
    // With AL there is no ELSE (DDI 0403, A7.7.38).
    const shape = condition === 14 ? one([8, 4, 2, 1]) : mask;
    emitLine(0xbf00 | (condition << 4) | shape);
    let count = 4 - Math.log2(shape & -shape);
    for (; count > 0; count--) {
      if (count === 1 && random() % 5 === 0) {
        over(
          () => emitLine(0xe000),
          (from, to) => patch(from, 0xe000 | (((to - from - 4) >> 1) & 0x7ff)),
        );
        return;
      }
      while (!tryLine(one(inBlock), true));
    }
  };

  const tryLine = (line: Line, inIt: boolean): boolean =>
    line.access ? access(line, inIt) : plain(line, inIt);

  /** Emits a word of whatever line it is. */
  const emitLine = (word: number): void => {
    const size = word > 0xffff ? 4 : 2;
    const op = set.decode(word, size, here(), false);
    const line = set.lines.find(({ encoding }) => encoding === op?.encoding);
    if (line === undefined) throw new Error(`no line for ${word.toString(16)}`);
    use(line, word);
  };

  const patch = (from: number, word: number): void => {
    const index = (from - at) / 2;
    if (word > 0xffff) halves.splice(index, 2, word >>> 16, word & 0xffff);
    else halves[index] = word;
  };

  /** Emits a branch, something that it jumps over, and completes it. */
  const over = (branch: () => void, complete: (from: number, to: number) => void): void => {
    const from = here();
    branch();
    for (let count = random() % 4; count > 0; count--) straight();
    complete(from, here());
  };

  const wideBranch = (distance: number): number =>
    // T4 with S = 0: I1 and I2 are 0, so J1 and J2 are 1.
    (0xf000_b800 | ((distance >> 12) << 16) | ((distance >> 1) & 0x7ff)) >>> 0;

  /** B<c>, B, B<c>.W, B.W, CBZ and CBNZ twice as often. */
  const branchKinds = ([[0, 0xd000], [1, 0xe000], [2, 0xf000_8000], [3, 0xf000_b800], [4, 0xb100], [
    4,
    0xb900,
  ]] as const).filter(([, word]) =>
    set.decode(word, word > 0xffff ? 4 : 2, at, false) !== undefined
  )
    .map(([kind]) => kind);

  const branch = (): void => {
    const condition = random() % 14;
    const register = random() % 8;
    switch (one(branchKinds)) {
      case 0:
        return over(
          () => emitLine(0xd000 | (condition << 8)),
          (from, to) => patch(from, 0xd000 | (condition << 8) | (((to - from - 4) >> 1) & 0xff)),
        );
      case 1:
        return over(
          () => emitLine(0xe000),
          (from, to) => patch(from, 0xe000 | (((to - from - 4) >> 1) & 0x7ff)),
        );
      case 2:
        return over(
          () => emitLine((0xf000_8000 | (condition << 22)) >>> 0),
          (from, to) =>
            patch(from, (0xf000_8000 | (condition << 22) | ((to - from - 4) >> 1)) >>> 0),
        );
      case 3:
        return over(
          () => emitLine(0xf000_b800),
          (from, to) => patch(from, wideBranch(to - from - 4)),
        );
      default: {
        const word = (random() & 1 ? 0xb100 : 0xb900) | register;
        emitLine(word);
        const from = here() - 2;
        emit(0xbf00);
        for (let count = random() % 4; count > 0; count--) straight();
        const distance = (here() - from - 4) >> 1;
        if (distance > 63) return;
        return patch(from, word | ((distance & 0x1f) << 3) | ((distance >> 5) << 9));
      }
    }
  };

  /** A branch to an address in a register or in memory. */
  const computed = (): void => {
    const register = one([0, 1, 2, 3, 4, 5, 7]);
    const kind = random() % (baseline ? 4 : 7);
    if (kind === 3) {
      // ADD pc, rm: PC reads as 4 more than the address, then one NOP is jumped over.
      emit(small(register, 2));
      emitLine(0x4487 | (register << 3));
      emit(0xbf00, 0xbf00);
      return;
    }
    if (kind === 4 || kind === 5) {
      // TBB and TBH of two entries; the table is data in the code.
      const index = random() & 1;
      emit(small(register, index));
      emitLine((0xe8df_f000 | (kind === 5 ? 0x10 : 0) | register) >>> 0);
      const table = here();
      halves.push(...(kind === 5 ? [0, 0] : [0]));
      const first = (here() - table) / 2;
      for (let count = random() % 3; count > 0; count--) straight();
      const second = (here() - table) / 2;
      patch(table, kind === 5 ? first : first | (second << 8));
      if (kind === 5) patch(table + 2, second);
      return;
    }
    if (kind === 6) {
      // LDR pc, [pc, #0] of a word behind it.
      if ((here() & 3) !== 0) emit(0xbf00);
      emitLine(0xf8df_f000);
      const target = (here() + 4) | 1;
      halves.push(target & 0xffff, target >>> 16);
      return;
    }
    // ADR rd, target; ADDS rd, #1; then BX, BLX or MOV pc.
    if ((here() & 3) !== 0) emit(0xbf00);
    const adr = here();
    emitLine(0xa000 | (register << 8));
    emit(0x3001 | (register << 8));
    emitLine(([0x4700, 0x4780, 0x4687][kind] ?? 0) | (register << 3));
    for (let count = random() % 3; count > 0; count--) straight();
    if ((here() & 3) !== 0) emit(0xbf00);
    patch(adr, 0xa000 | (register << 8) | ((here() - adr - 4) >> 2));
  };

  /** BL over a branch, to a function that returns in one of several ways. */
  const call = (): void => {
    emitLine(0xf000_f801);
    const skip = here();
    emit(0xe000);
    const kind = random() % (baseline ? 2 : 4);
    // The return address is on the stack meanwhile, so SP must come back to it.
    const saved = reserved;
    if (kind === 0) reserved |= 1 << 14;
    else emitLine(kind === 3 ? 0xf84d_ed04 : 0xb500);
    for (let count = 1 + random() % 4; count > 0; count--) {
      const line = one(arithmetic);
      const keepSp = reserved;
      reserved |= 1 << SP;
      plain(line, false);
      reserved = keepSp;
    }
    reserved = saved;
    if (kind === 0) emitLine(0x4770);
    else if (kind === 1) emitLine(0xbd00);
    else if (kind === 2) emitLine(0xf85d_fb04);
    else {
      // LDMIA sp!, {r?, pc} needs two words.
      emitLine(0xf84d_0d04);
      emitLine(0xe8bd_8001);
    }
    patch(skip, 0xe000 | (((here() - skip - 4) >> 1) & 0x7ff));
  };

  /** One item without control flow. */
  const straight = (): void => {
    const line = one(set.lines);
    const { timing, name } = line.encoding;
    if (timing === "exclusive") return exclusive();
    if (/branch/.test(timing) || name === "it") return;
    if (drift > MOST_DRIFT / 2) resetSp();
    tryLine(line, false);
  };

  const item = (): void => {
    const choice = random() % 24;
    if (choice === 0) branch();
    else if (choice === 1) computed();
    else if (choice === 2) call();
    else if (choice <= 4 && !baseline) block();
    else straight();
  };

  const loops = random() % 4 === 0;
  resetSp();
  if (exclusives.length > 0) emit(0xf3bf_8f2f);
  if (set.lines.some(({ encoding }) => encoding.name === "msr")) {
    // MSR psp, r8; MSR control and the masks start as 0.
    emit(0xf380_8809 | (BASE << 16));
    emit(0xb662);
  }
  if (loops) {
    reserved |= 1 << COUNTER;
    emit(small(COUNTER, 2 + random() % 6));
  }
  const start = here();
  if (loops) resetSp();
  const enough = instructions + (loops ? Math.ceil(length / 2) : length);
  while (instructions < enough) item();
  if (loops) {
    // SUBS; BEQ over B back to the start.
    emit(0x3801 | (COUNTER << 8), 0xd000, 0xe000 | (((start - here() - 4 - 4) >> 1) & 0x7ff));
  }
  return { code: new Uint8Array(Uint16Array.from(halves).buffer), lines: used, instructions };
}

/** APSR in all its forms, PSP, PRIMASK: what has no further consequence here. */
function mayWriteSpecial(register: number): boolean {
  return register <= 3 || register === 9 || register === 16;
}

function mayReadSpecial(register: number): boolean {
  return register <= 3 || (register >= 5 && register <= 9) || register === 16;
}
