/**
 * Load and store multiple, PUSH and POP (DDI 0403, A5.3.5 and A7.7).
 *
 * @module
 */
import { type Encoding, encoding, type Fields, type Op } from "../op.ts";
import type { Index } from "../state.ts";
import { ldm, stm } from "../memory.ts";

function bitCount(list: number): number {
  let count = 0;
  for (let rest = list; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Fills in a list that goes up (`k` 0) or down from the base, with or without write-back. */
function transfer(op: Op, list: number, down: boolean, writeBack: boolean): void {
  op.i = list;
  op.count = bitCount(list);
  const size = op.count * 4;
  op.k = down ? -size : 0;
  op.s = down ? -size : size;
  op.m = (writeBack ? 1 : 0) as Index;
}

function push(op: Op, fields: Fields): boolean {
  op.n = 13;
  transfer(op, fields.r | (fields.x << 14), true, true);
  return op.i !== 0;
}

function pop(op: Op, fields: Fields): boolean {
  op.n = 13;
  transfer(op, fields.r | (fields.x << 15), false, true);
  return op.i !== 0;
}

/** The 16-bit LDM writes its base back unless it loads it. */
function narrow(op: Op, fields: Fields): boolean {
  const loadsBase = op.exec === ldm && ((fields.r >> op.n) & 1) !== 0;
  transfer(op, fields.r, false, !loadsBase);
  return op.i !== 0;
}

function wide(down: boolean): (op: Op, fields: Fields) => boolean {
  return (op, fields) => {
    const list = fields.r;
    transfer(op, list, down, fields.w === 1);
    const load = op.exec === ldm;
    const both = load && (list & 0xc000) === 0xc000;
    const forbidden = load ? 0x2000 : 0xa000;
    const baseInList = fields.w === 1 && ((list >> op.n) & 1) !== 0;
    return op.n !== 15 && op.count >= 2 && !both && (list & forbidden) === 0 && !baseInList;
  };
}

/** The group's lines. */
export const MULTIPLE: readonly Encoding[] = [
  encoding("push", "1011010 x rrrrrrrr", "v6m", "store-multiple", "{<r>}", stm, push),
  encoding("pop", "1011110 x rrrrrrrr", "v6m", "load-multiple", "{<r>}", ldm, pop),
  encoding("stmia", "11000 nnn rrrrrrrr", "v6m", "store-multiple", "<n>!, {<r>}", stm, narrow),
  encoding("ldmia", "11001 nnn rrrrrrrr", "v6m", "load-multiple", "<n>!, {<r>}", ldm, narrow),
  encoding(
    "stmia",
    "1110100010 w 0 nnnn rrrrrrrrrrrrrrrr",
    "v7m",
    "store-multiple",
    "<n>, {<r>}",
    stm,
    wide(false),
  ),
  encoding(
    "ldmia",
    "1110100010 w 1 nnnn rrrrrrrrrrrrrrrr",
    "v7m",
    "load-multiple",
    "<n>, {<r>}",
    ldm,
    wide(false),
  ),
  encoding(
    "stmdb",
    "1110100100 w 0 nnnn rrrrrrrrrrrrrrrr",
    "v7m",
    "store-multiple",
    "<n>, {<r>}",
    stm,
    wide(true),
  ),
  encoding(
    "ldmdb",
    "1110100100 w 1 nnnn rrrrrrrrrrrrrrrr",
    "v7m",
    "load-multiple",
    "<n>, {<r>}",
    ldm,
    wide(true),
  ),
];
