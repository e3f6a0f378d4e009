/**
 * Where a random program goes: IT blocks, branches forwards of all kinds, calls with their returns.
 *
 * @module
 */
import { plain, straight, tryLine } from "./straight.ts";
import { SP, type Writer } from "./writer.ts";

/** An IT block, sometimes with a branch at its end. */
export function block(w: Writer): void {
  const mask = 1 + w.random() % 15;
  const condition = w.random() % 15;
  // With AL there is no ELSE (DDI 0403, A7.7.38).
  const shape = condition === 14 ? w.one([8, 4, 2, 1]) : mask;
  w.emitLine(0xbf00 | (condition << 4) | shape);
  let count = 4 - Math.log2(shape & -shape);
  for (; count > 0; count--) {
    if (count === 1 && w.random() % 5 === 0) {
      over(
        w,
        () => w.emitLine(0xe000),
        (from, to) => w.patch(from, 0xe000 | (((to - from - 4) >> 1) & 0x7ff)),
      );
      return;
    }
    while (!tryLine(w, w.one(w.set.inBlock), true));
  }
}

/** Emits a branch, something that it jumps over, and completes it. */
function over(w: Writer, branch: () => void, complete: (from: number, to: number) => void): void {
  const from = w.here;
  branch();
  for (let count = w.random() % 4; count > 0; count--) straight(w);
  complete(from, w.here);
}

function wideBranch(distance: number): number {
  // T4 with S = 0: I1 and I2 are 0, so J1 and J2 are 1.
  return (0xf000_b800 | ((distance >> 12) << 16) | ((distance >> 1) & 0x7ff)) >>> 0;
}

/** A direct branch. */
export function branch(w: Writer): void {
  const condition = w.random() % 14;
  const register = w.random() % 8;
  switch (w.one(w.set.branchKinds)) {
    case 0:
      return over(
        w,
        () => w.emitLine(0xd000 | (condition << 8)),
        (from, to) => w.patch(from, 0xd000 | (condition << 8) | (((to - from - 4) >> 1) & 0xff)),
      );
    case 1:
      return over(
        w,
        () => w.emitLine(0xe000),
        (from, to) => w.patch(from, 0xe000 | (((to - from - 4) >> 1) & 0x7ff)),
      );
    case 2:
      return over(
        w,
        () => w.emitLine((0xf000_8000 | (condition << 22)) >>> 0),
        (from, to) =>
          w.patch(from, (0xf000_8000 | (condition << 22) | ((to - from - 4) >> 1)) >>> 0),
      );
    case 3:
      return over(
        w,
        () => w.emitLine(0xf000_b800),
        (from, to) => w.patch(from, wideBranch(to - from - 4)),
      );
    default: {
      const word = (w.random() & 1 ? 0xb100 : 0xb900) | register;
      w.emitLine(word);
      const from = w.here - 2;
      w.emit(0xbf00);
      for (let count = w.random() % 4; count > 0; count--) straight(w);
      const distance = (w.here - from - 4) >> 1;
      if (distance > 63) return;
      return w.patch(from, word | ((distance & 0x1f) << 3) | ((distance >> 5) << 9));
    }
  }
}

/** A branch to an address in a register or in memory. */
export function computed(w: Writer): void {
  const register = w.one([0, 1, 2, 3, 4, 5, 7]);
  const kind = w.random() % (w.baseline ? 4 : 7);
  if (kind === 3) {
    // ADD pc, rm: PC reads as 4 more than the address, then one NOP is jumped over.
    w.set8(register, 2);
    w.emitLine(0x4487 | (register << 3));
    w.emit(0xbf00, 0xbf00);
    return;
  }
  if (kind === 4 || kind === 5) {
    // TBB and TBH of two entries; the table is data in the code.
    const index = w.random() & 1;
    w.set8(register, index);
    w.emitLine((0xe8df_f000 | (kind === 5 ? 0x10 : 0) | register) >>> 0);
    const table = w.here;
    w.data(...(kind === 5 ? [0, 0] : [0]));
    const first = (w.here - table) / 2;
    for (let count = w.random() % 3; count > 0; count--) straight(w);
    const second = (w.here - table) / 2;
    w.patch(table, kind === 5 ? first : first | (second << 8));
    if (kind === 5) w.patch(table + 2, second);
    return;
  }
  if (kind === 6) {
    // LDR pc, [pc, #0] of a word behind it.
    w.align();
    w.emitLine(0xf8df_f000);
    const target = (w.here + 4) | 1;
    w.data(target & 0xffff, target >>> 16);
    return;
  }
  // ADR rd, target; ADDS rd, #1; then BX, BLX or MOV pc.
  w.align();
  const adr = w.here;
  w.emitLine(0xa000 | (register << 8));
  w.emit(0x3001 | (register << 8));
  w.emitLine(([0x4700, 0x4780, 0x4687][kind] ?? 0) | (register << 3));
  for (let count = w.random() % 3; count > 0; count--) straight(w);
  w.align();
  w.patch(adr, 0xa000 | (register << 8) | ((w.here - adr - 4) >> 2));
}

/** BL over a branch, to a function that returns in one of several ways. */
export function call(w: Writer): void {
  w.emitLine(0xf000_f801);
  const skip = w.here;
  w.emit(0xe000);
  const kind = w.random() % (w.baseline ? 2 : 4);
  // The return address is on the stack meanwhile, so SP must come back to it.
  const saved = w.reserved;
  if (kind === 0) w.reserved |= 1 << 14;
  else w.emitLine(kind === 3 ? 0xf84d_ed04 : 0xb500);
  for (let count = 1 + w.random() % 4; count > 0; count--) {
    const line = w.one(w.set.arithmetic);
    const keepSp = w.reserved;
    w.reserved |= 1 << SP;
    plain(w, line, false);
    w.reserved = keepSp;
  }
  w.reserved = saved;
  if (kind === 0) w.emitLine(0x4770);
  else if (kind === 1) w.emitLine(0xbd00);
  else if (kind === 2) w.emitLine(0xf85d_fb04);
  else {
    // LDMIA sp!, {r?, pc} needs two words.
    w.emitLine(0xf84d_0d04);
    w.emitLine(0xe8bd_8001);
  }
  w.patch(skip, 0xe000 | (((w.here - skip - 4) >> 1) & 0x7ff));
}
