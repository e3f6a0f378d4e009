/**
 * Multiplication and division of Armv6-M and Armv7-M (DDI 0403, A5.3.16, A5.3.17).
 *
 * @module
 */
import { type Encoding, encoding, type Op } from "../op.ts";
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

function long(op: Op): boolean {
  return noPc(op) && op.a !== 15 && op.a !== 13 && op.a !== op.d;
}

const dnm = "<d>, <n>, <m>";
const dnma = "<d>, <n>, <m>, <a>";
const danm = "<d>, <a>, <n>, <m>";

/** The group's lines. */
export const MULTIPLY: readonly Encoding[] = [
  encoding("mul", "0100001101 nnn ddd", "v6m", "mul", "<d>, <n>, <d>", multiply.mul, narrow),
  encoding(
    "mul",
    "111110110000 nnnn 1111 dddd 0000 mmmm",
    "v7m",
    "mul",
    dnm,
    multiply.mul,
    noPc,
  ),
  encoding("mla", "111110110000 nnnn aaaa dddd 0000 mmmm", "v7m", "mla", dnma, multiply.mla, noPc),
  encoding("mls", "111110110000 nnnn aaaa dddd 0001 mmmm", "v7m", "mla", dnma, multiply.mls, noPc),
  encoding(
    "smull",
    "111110111000 nnnn dddd aaaa 0000 mmmm",
    "v7m",
    "mull",
    danm,
    multiply.smull,
    long,
  ),
  encoding(
    "umull",
    "111110111010 nnnn dddd aaaa 0000 mmmm",
    "v7m",
    "mull",
    danm,
    multiply.umull,
    long,
  ),
  encoding(
    "smlal",
    "111110111100 nnnn dddd aaaa 0000 mmmm",
    "v7m",
    "mlal",
    danm,
    multiply.smlal,
    long,
  ),
  encoding(
    "umlal",
    "111110111110 nnnn dddd aaaa 0000 mmmm",
    "v7m",
    "mlal",
    danm,
    multiply.umlal,
    long,
  ),
  encoding(
    "umaal",
    "111110111110 nnnn dddd aaaa 0110 mmmm",
    "dsp",
    "mlal",
    danm,
    multiply.umaal,
    long,
  ),
  encoding(
    "sdiv",
    "111110111001 nnnn 1111 dddd 1111 mmmm",
    "v7m",
    "div",
    dnm,
    multiply.sdiv,
    noPc,
  ),
  encoding(
    "udiv",
    "111110111011 nnnn 1111 dddd 1111 mmmm",
    "v7m",
    "div",
    dnm,
    multiply.udiv,
    noPc,
  ),
];
