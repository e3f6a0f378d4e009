/**
 * Branches, compare-and-branch, table branches and IT (DDI 0403, A5.2.5, A5.2.6, A5.3.4, A7.7).
 *
 * @module
 */
import { type Encoding, encoding, type Fields, type Op } from "../op.ts";
import * as flow from "../flow.ts";
import { securityOnly } from "../system.ts";

function target(op: Op, distance: number): boolean {
  op.i = (op.address + 4 + distance) | 0;
  return true;
}

function signed(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}

function conditional(op: Op, condition: number, distance: number): boolean | "other" {
  const exec = flow.CONDITIONAL[condition];
  if (exec === undefined) return "other";
  op.exec = exec;
  op.k = condition;
  return target(op, distance);
}

function narrowConditional(op: Op, fields: Fields): boolean | "other" {
  return conditional(op, fields.c, signed(fields.i, 8) * 2);
}

function narrow(op: Op, fields: Fields): boolean {
  return target(op, signed(fields.i, 11) * 2);
}

/** S:J2:J1:imm6:imm11 */
function wideConditional(op: Op, fields: Fields): boolean | "other" {
  const distance = (fields.s << 19) | (fields.k << 18) | (fields.j << 17) | fields.i;
  return conditional(op, fields.c, signed(distance, 20) * 2);
}

/** S:I1:I2:imm10:imm11, where I is NOT(J EOR S). */
function wide(op: Op, fields: Fields): boolean {
  const i1 = 1 ^ fields.j ^ fields.s;
  const i2 = 1 ^ fields.k ^ fields.s;
  const distance = (fields.s << 23) | (i1 << 22) | (i2 << 21) | fields.i;
  return target(op, signed(distance, 24) * 2);
}

function compare(op: Op, fields: Fields): boolean {
  return target(op, fields.i * 2);
}

/** ITSTATE is condition and mask as they are encoded; AL has no else. */
function ifThen(op: Op, fields: Fields): boolean {
  op.i = (fields.c << 4) | fields.i;
  const single = (fields.i & (fields.i - 1)) === 0;
  return fields.i !== 0 && fields.c !== 15 && (fields.c !== 14 || single);
}

/** BXNS and BLXNS: SP and PC are no targets. */
function notSpOrPc(op: Op): boolean {
  return op.m !== 13 && op.m !== 15;
}

function table(op: Op): boolean {
  return op.n !== 13 && op.m !== 13 && op.m !== 15;
}

/** The group's lines. */
export const BRANCH: readonly Encoding[] = [
  encoding(
    "bx",
    "010001110 mmmm (0)(0)(0)",
    "v6m",
    "branch-register",
    "bx<c> <m><last>",
    flow.bx,
  ),
  encoding(
    "blx",
    "010001111 mmmm (0)(0)(0)",
    "v6m",
    "branch-link-register",
    "blx<c> <m><last>",
    flow.blx,
    (op) => op.m !== 15,
  ),
  encoding(
    "bxns",
    "010001110 mmmm 1 (0)(0)",
    "v8m",
    "branch-register",
    "bxns <m>",
    securityOnly,
    notSpOrPc,
  ),
  encoding(
    "blxns",
    "010001111 mmmm 1 (0)(0)",
    "v8m",
    "branch-link-register",
    "blxns <m>",
    securityOnly,
    notSpOrPc,
  ),
  encoding(
    "cbz",
    "101100 i 1 iiiii nnn",
    "v8b",
    "compare-branch",
    "cbz <n>, <target><outside>",
    flow.cbz,
    compare,
  ),
  encoding(
    "cbnz",
    "101110 i 1 iiiii nnn",
    "v8b",
    "compare-branch",
    "cbnz <n>, <target><outside>",
    flow.cbnz,
    compare,
  ),
  encoding("it", "10111111 cccc iiii", "v7m", "it", "it<then> <cond><outside>", flow.it, ifThen),
  encoding(
    "b",
    "1101 cccc iiiiiiii",
    "v6m",
    "branch-conditional",
    "b<cond>.n <target><outside>",
    flow.bCondition,
    narrowConditional,
  ),
  encoding("b", "11100 iiiiiiiiiii", "v6m", "branch", "b<c>.n <target><last>", flow.b, narrow),
  encoding(
    "b",
    "11110 s cccc iiiiii 10 j 0 k iiiiiiiiiii",
    "v7m",
    "branch-conditional",
    "b<cond>.w <target><outside>",
    flow.bCondition,
    wideConditional,
  ),
  encoding(
    "b",
    "11110 s iiiiiiiiii 10 j 1 k iiiiiiiiiii",
    "v8b",
    "branch",
    "b<c>.w <target><last>",
    flow.b,
    wide,
  ),
  encoding(
    "bl",
    "11110 s iiiiiiiiii 11 j 1 k iiiiiiiiiii",
    "v6m",
    "branch-link",
    "bl<c> <target><last>",
    flow.bl,
    wide,
  ),
  encoding(
    "tbb",
    "111010001101 nnnn (1)(1)(1)(1)(0)(0)(0)(0) 0000 mmmm",
    "v7m",
    "table-branch",
    "tbb<c> [<n>, <m>]<last>",
    flow.tbb,
    table,
  ),
  encoding(
    "tbh",
    "111010001101 nnnn (1)(1)(1)(1)(0)(0)(0)(0) 0001 mmmm",
    "v7m",
    "table-branch",
    "tbh<c> [<n>, <m>, lsl #1]<last>",
    flow.tbh,
    table,
  ),
];
