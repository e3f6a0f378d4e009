/**
 * Multiplication and division of Armv6-M and Armv7-M (DDI 0403, A5.3.16, A5.3.17).
 *
 * @module
 */
import { type Encoding, encoding, type Exec, type Op } from "../op.ts";
import type { Feature } from "../architecture.ts";
import * as multiply from "../multiply.ts";

/** The 16-bit MUL sets flags outside an IT block. */
function narrow(op: Op): boolean {
  op.m = op.d;
  op.s = op.inIt ? 0 : 1;
  return true;
}

/** 1 if a register may not be an operand: SP and PC. */
function bad(register: number): number {
  return register === 13 || register === 15 ? 1 : 0;
}

function noPc(op: Op): boolean {
  return bad(op.d) + bad(op.n) + bad(op.m) === 0;
}

function accumulating(op: Op): boolean {
  return noPc(op) && bad(op.a) === 0;
}

function long(op: Op): boolean {
  return noPc(op) && op.a !== 15 && op.a !== 13 && op.a !== op.d;
}

/** Four registers: `d` is the low, `a` the high half of a long product. */
function longLine(
  name: string,
  code: string,
  tail: string,
  timing: "mull" | "mlal",
  exec: Exec,
  feature: Feature = "v7m",
): Encoding {
  const pattern = `111110111 ${code} nnnn dddd aaaa ${tail} mmmm`;
  const syntax = `${name}<c> <d!>, <a!>, <n!>, <m!>`;
  return encoding(name, pattern, feature, timing, syntax, exec, long);
}

function divide(name: string, code: string, exec: Exec): Encoding {
  const pattern = `111110111 ${code} nnnn (1)(1)(1)(1) dddd 1111 mmmm`;
  return encoding(name, pattern, "v8b", "div", `${name}<c> <d>, <n>, <m>`, exec, noPc);
}

/** The group's lines. */
export const MULTIPLY: readonly Encoding[] = [
  encoding("mul", "0100001101 nnn ddd", "v6m", "mul", "mul<S> <d>, <n>", multiply.mul, narrow),
  encoding(
    "mul",
    "111110110000 nnnn 1111 dddd 0000 mmmm",
    "v7m",
    "mul",
    "mul<c>.w <d>, <n>, <m>",
    multiply.mul,
    noPc,
  ),
  encoding(
    "mla",
    "111110110000 nnnn aaaa dddd 0000 mmmm",
    "v7m",
    "mla",
    "mla<c> <d>, <n>, <m>, <a>",
    multiply.mla,
    accumulating,
  ),
  encoding(
    "mls",
    "111110110000 nnnn aaaa dddd 0001 mmmm",
    "v7m",
    "mla",
    "mls<c> <d>, <n>, <m>, <a>",
    multiply.mls,
    accumulating,
  ),
  longLine("smull", "000", "0000", "mull", multiply.smull),
  longLine("umull", "010", "0000", "mull", multiply.umull),
  longLine("smlal", "100", "0000", "mlal", multiply.smlal),
  longLine("umlal", "110", "0000", "mlal", multiply.umlal),
  longLine("umaal", "110", "0110", "mlal", multiply.umaal, "dsp"),
  divide("sdiv", "001", multiply.sdiv),
  divide("udiv", "011", multiply.udiv),
];
