/**
 * Load and store multiple, PUSH and POP (DDI 0403, A5.3.5 and A7.7).
 *
 * @module
 */
import { type Encoding, encoding, type Fields, type Op, type Operands } from "../op.ts";
import type { Index } from "../architecture.ts";
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
    const load = op.exec === ldm;
    const list = fields.r;
    transfer(op, list, down, fields.w === 1);
    const both = load && (list & 0xc000) === 0xc000;
    // Nothing transfers SP, STM stores no PC.
    const forbidden = load ? 0x2000 : 0xa000;
    const baseInList = fields.w === 1 && ((list >> op.n) & 1) !== 0;
    return op.n !== 15 && op.count >= 2 && !both && (list & forbidden) === 0 && !baseInList;
  };
}

function both(name: string, code: string, load: string, w: string, operands: Operands): Encoding {
  return encoding(
    name,
    `1110100 ${code} w ${load} nnnn rrrrrrrrrrrrrrrr`,
    "v7m",
    load === "1" ? "load-multiple" : "store-multiple",
    `${name}<c>${w} <n><w?|!>, <list>`,
    load === "1" ? ldm : stm,
    operands,
  );
}

/** The group's lines. */
export const MULTIPLE: readonly Encoding[] = [
  encoding("push", "1011010 x rrrrrrrr", "v6m", "store-multiple", "push<c> <list>", stm, push),
  encoding("pop", "1011110 x rrrrrrrr", "v6m", "load-multiple", "pop<c> <list>", ldm, pop),
  encoding(
    "stmia",
    "11000 nnn rrrrrrrr",
    "v6m",
    "store-multiple",
    "stmia<c> <n>!, <list>",
    stm,
    narrow,
  ),
  encoding(
    "ldmia",
    "11001 nnn rrrrrrrr",
    "v6m",
    "load-multiple",
    "ldmia<c> <n><unloaded>, <list>",
    ldm,
    narrow,
  ),
  both("stmia", "010", "0", ".w", wide(false)),
  both("ldmia", "010", "1", ".w", wide(false)),
  both("stmdb", "100", "0", "", wide(true)),
  both("ldmdb", "100", "1", "", wide(true)),
];
