/**
 * What a random program does between branches: arithmetic, loads and stores into the data, exclusives.
 *
 * @module
 */
import type { Op } from "../../sim/cpu/op.ts";
import { type Line, randomWord, withField, writtenBy } from "./lines.ts";
import { BASE, PC, SP, type Writer } from "./writer.ts";

/** How far SP may be moved before it is put back to the middle. */
const MOST_DRIFT = 0x600;
/** Tries to find a word of a line that fits; some lines leave few. */
const TRIES = 40;

/** One item without control flow. */
export function straight(w: Writer): void {
  const line = w.one(w.set.lines);
  const { timing, name } = line.encoding;
  if (timing === "exclusive") return exclusive(w);
  if (/branch/.test(timing) || name === "it") return;
  if (w.drift > MOST_DRIFT / 2) w.resetSp();
  tryLine(w, line, false);
}

/** A word of a line, if one is found that fits. */
export function tryLine(w: Writer, line: Line, inIt: boolean): boolean {
  return line.access ? access(w, line, inIt) : plain(w, line, inIt);
}

/** A word of a line without memory operands. */
export function plain(w: Writer, line: Line, inIt: boolean): boolean {
  for (let tries = 0; tries < TRIES; tries++) {
    const word = randomWord(line, w.random);
    const op = w.set.decode(word, line.size, w.here, inIt);
    if (op?.encoding !== line.encoding || (writtenBy(line, op) & w.reserved) !== 0) continue;
    const { name } = line.encoding;
    if (name === "mrs" && !mayReadSpecial(op.i)) continue;
    if (name === "msr") {
      if (!mayWriteSpecial(op.i)) continue;
      // PSP has no low bits either.
      if (op.i === 9 && op.n !== BASE) continue;
      // Bits that the core does not have are reserved, should be zero, and are kept by the oracle.
      if (op.i <= 3 && !w.set.dsp && (op.k & 1) !== 0) continue;
      if (op.i <= 3 && w.baseline) {
        if (op.n > 7 || w.isReserved(op.n)) continue;
        w.emit(0x0f00 | (op.n << 3) | op.n, 0x0700 | (op.n << 3) | op.n);
      }
    }
    const writesSp = (writtenBy(line, op) & (1 << SP)) !== 0 || (name === "msr" && op.i === 8);
    if (writesSp && inIt) continue;
    w.use(line, word);
    if (writesSp) {
      // SP may now be anything: it is looked at once and put back. Its two low bits are always zero
      // (DDI 0403, B1.4.7), which the oracle does not see to, so they are shifted out.
      const copy = w.random() % 6;
      w.move(copy, SP);
      w.emit(0x0880 | (copy << 3) | copy, 0x0840 | (copy << 3) | copy);
      w.resetSp();
    }
    return true;
  }
  return false;
}

/** APSR in all its forms, PSP, PRIMASK: what has no further consequence here. */
function mayWriteSpecial(register: number): boolean {
  return register <= 3 || register === 9 || register === 16;
}

function mayReadSpecial(register: number): boolean {
  return register <= 3 || (register >= 5 && register <= 9) || register === 16;
}

/** Where a load relative to PC reads must be inside the program or not far behind it. */
function literalFits(w: Writer, op: Op): boolean {
  const address = (w.here + 4 + op.i) | 0;
  return address >= w.at && address < w.here + 0x1100;
}

/** A word of a line with memory operands, with what prepares its registers in front of it. */
function access(w: Writer, line: Line, inIt: boolean): boolean {
  const { timing } = line.encoding;
  for (let tries = 0; tries < TRIES; tries++) {
    let word = randomWord(line, w.random);
    const simple = inIt || w.random() % 3 === 0;
    if (line.base !== undefined && line.base[1] === 4 && simple) {
      word = withField(word, line.base, w.random() & 1 && !line.writesBase ? BASE : SP);
    }
    const op = w.set.decode(word, line.size, w.here, inIt);
    if (op?.encoding !== line.encoding) continue;
    const written = writtenBy(line, op);
    const literal = op.n === PC && op.d !== PC;
    if ((written & w.reserved & ~(literal ? 1 << PC : 0)) !== 0) continue;
    if (op.d === SP && timing === "load") continue;
    if (op.n === PC) {
      if (!literalFits(w, op)) continue;
      if (timing !== "load" && (op.i & 3) !== 0) continue;
      w.use(line, word);
      return true;
    }
    const multiple = /multiple/.test(timing);
    if (multiple && !line.encoding.feature.startsWith("fp") && (op.i & (1 << SP)) !== 0) continue;
    if (op.n === BASE && line.writesBase) continue;
    const index = line.index === undefined ? -1 : op.m;
    if (index === SP || index === BASE || index === op.n) continue;
    if (index >= 0 && w.isReserved(index)) continue;
    const fixed = op.n === SP || op.n === BASE;
    if (!fixed && w.isReserved(op.n)) continue;
    if (inIt && (!fixed || index >= 0)) continue;
    if (op.n === SP && line.writesBase) {
      const moved = multiple ? Math.abs(op.s) : Math.abs(op.i);
      if (w.drift + moved > MOST_DRIFT || (moved & 3) !== 0) continue;
      w.drift += moved;
    }
    // A base that is stored and written back, unless it is stored first, is stored as UNKNOWN.
    const lowest = op.i & -op.i;
    if (/store-multiple/.test(timing) && line.size === 2 && op.n !== SP) {
      if ((op.i & (1 << op.n)) !== 0 && lowest !== 1 << op.n) continue;
    }
    if (!fixed) {
      w.move(op.n, BASE);
      const bias = w.random() & 0xff;
      if (op.n < 8 && w.random() % 3 === 0) {
        // ADDS rn, #bias: unaligned where that is allowed.
        w.emit(0x3000 | (op.n << 8) | (line.unaligned && !w.baseline ? bias : bias & ~3));
      }
    }
    if (index >= 0) {
      const value = w.random() & 0xff;
      w.set8(index, line.unaligned && !w.baseline ? value : value & ~3);
    }
    w.use(line, word);
    return true;
  }
  return false;
}

/** LDREX, some arithmetic, STREX of the same size to the same place; sometimes CLREX between. */
function exclusive(w: Writer): void {
  const { load, store } = w.one(w.set.exclusives);
  if (load.base === undefined || store.base === undefined) return;
  for (let tries = 0; tries < TRIES; tries++) {
    const first = withField(randomWord(load, w.random), load.base, BASE);
    const second = withField(randomWord(store, w.random), store.base, BASE);
    const shared = load.encoding.name === "ldrex" ? 0xff : 0;
    const same = ((second & ~shared) | (first & shared)) >>> 0;
    const a = w.set.decode(first, 4, w.here, false);
    const b = w.set.decode(same, 4, w.here + 4, false);
    if (a?.encoding !== load.encoding || b?.encoding !== store.encoding) continue;
    if ([a.d, b.d, b.a].some((register) => w.isReserved(register))) continue;
    if (b.d === b.a) continue;
    w.use(load, first);
    for (let rest = w.random() % 3; rest > 0; rest--) plain(w, w.one(w.set.arithmetic), false);
    w.use(store, same);
    return;
  }
}
