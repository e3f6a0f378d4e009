/**
 * Saturating instructions and the DSP extension of Armv7E-M (DDI 0403, A5.3.13 to A5.3.17).
 *
 * @module
 */
import type { TimingClass } from "../../types.ts";
import { type Encoding, encoding, type Exec, type Fields, type Op } from "../op.ts";
import * as dsp from "../dsp.ts";

/** 1 if a register may not be an operand: SP and PC. */
function bad(register: number): number {
  return register === 13 || register === 15 ? 1 : 0;
}

function plain(op: Op): boolean {
  return bad(op.d) + bad(op.n) + bad(op.m) === 0;
}

function long(op: Op): boolean {
  return plain(op) && op.a !== 15 && op.a !== 13 && op.a !== op.d;
}

function kind(check: (op: Op) => boolean): (op: Op, fields: Fields) => boolean {
  return (op, fields) => {
    op.k = fields.k;
    return check(op);
  };
}

/** Signed saturation counts its bits from 1; a right shift by 0 is another instruction. */
function saturation(extra: number): (op: Op, fields: Fields) => boolean {
  return (op, fields) => {
    op.k = fields.w + extra;
    return (op.s === 0 || op.i !== 0) && plain(op);
  };
}

function saturation16(extra: number): (op: Op, fields: Fields) => boolean {
  return (op, fields) => {
    op.k = fields.w + extra;
    return plain(op);
  };
}

function packTop(op: Op): boolean {
  if (op.i === 0) op.i = 31;
  return plain(op);
}

const dnm = "<d>, <n>, <m>";
const dnma = "<d>, <n>, <m>, <a>";
const danm = "<d>, <a>, <n>, <m>";

const LANES: readonly (readonly [dsp.Lane, string])[] = [
  ["s", "000"],
  ["q", "001"],
  ["sh", "010"],
  ["u", "100"],
  ["uq", "101"],
  ["uh", "110"],
];

function parallel([lane, code]: readonly [dsp.Lane, string]): Encoding[] {
  const line = (name: string, operation: string, exec: Exec): Encoding =>
    encoding(
      `${lane}${name}`,
      `111110101 ${operation} nnnn 1111 dddd 0 ${code} mmmm`,
      "dsp",
      "alu",
      dnm,
      exec,
      plain,
    );
  return [
    line("add16", "001", dsp.parallel16(lane, true, true, false)),
    line("asx", "010", dsp.parallel16(lane, false, true, true)),
    line("sax", "110", dsp.parallel16(lane, true, false, true)),
    line("sub16", "101", dsp.parallel16(lane, false, false, false)),
    line("add8", "000", dsp.parallel8(lane, true)),
    line("sub8", "100", dsp.parallel8(lane, false)),
  ];
}

/** A multiplication and its form without an accumulator. */
function accumulating(
  names: readonly [string, string],
  operation: string,
  tail: string,
  execs: readonly [Exec, Exec],
): Encoding[] {
  const timings: readonly [TimingClass, TimingClass] = ["mla", "mul"];
  return [
    encoding(
      names[0],
      `111110110 ${operation} nnnn aaaa dddd ${tail} mmmm`,
      "dsp",
      timings[0],
      dnma,
      execs[0],
      kind(plain),
    ),
    encoding(
      names[1],
      `111110110 ${operation} nnnn 1111 dddd ${tail} mmmm`,
      "dsp",
      timings[1],
      dnm,
      execs[1],
      kind(plain),
    ),
  ];
}

function line32(name: string, pattern: string, exec: Exec): Encoding {
  return encoding(name, pattern, "dsp", "alu", dnm, exec, plain);
}

/** The group's lines. */
export const DSP: readonly Encoding[] = [
  encoding(
    "ssat",
    "1111001100 s 0 nnnn 0 iii dddd ii 0 wwwww",
    "v7m",
    "alu",
    "<d>, #<k>, <n>",
    dsp.ssat,
    saturation(1),
  ),
  encoding(
    "usat",
    "1111001110 s 0 nnnn 0 iii dddd ii 0 wwwww",
    "v7m",
    "alu",
    "<d>, #<k>, <n>",
    dsp.usat,
    saturation(0),
  ),
  encoding(
    "ssat16",
    "111100110010 nnnn 0000 dddd 0000 wwww",
    "dsp",
    "alu",
    "<d>, #<k>, <n>",
    dsp.ssat16,
    saturation16(1),
  ),
  encoding(
    "usat16",
    "111100111010 nnnn 0000 dddd 0000 wwww",
    "dsp",
    "alu",
    "<d>, #<k>, <n>",
    dsp.usat16,
    saturation16(0),
  ),
  encoding(
    "pkhbt",
    "111010101100 nnnn 0 iii dddd ii 00 mmmm",
    "dsp",
    "alu",
    "<d>, <n>, <m>, lsl #<i>",
    dsp.pkhbt,
    plain,
  ),
  encoding(
    "pkhtb",
    "111010101100 nnnn 0 iii dddd ii 10 mmmm",
    "dsp",
    "alu",
    "<d>, <n>, <m>, asr #<i>",
    dsp.pkhtb,
    packTop,
  ),
  line32("qadd", "111110101000 nnnn 1111 dddd 1000 mmmm", dsp.qadd),
  line32("qdadd", "111110101000 nnnn 1111 dddd 1001 mmmm", dsp.qdadd),
  line32("qsub", "111110101000 nnnn 1111 dddd 1010 mmmm", dsp.qsub),
  line32("qdsub", "111110101000 nnnn 1111 dddd 1011 mmmm", dsp.qdsub),
  line32("sel", "111110101010 nnnn 1111 dddd 1000 mmmm", dsp.sel),
  ...LANES.flatMap(parallel),

  ...accumulating(["smla", "smul"], "001", "00 kk", [dsp.smlaxy, dsp.smulxy]),
  ...accumulating(["smlad", "smuad"], "010", "000 k", [dsp.smlad, dsp.smuad]),
  ...accumulating(["smlaw", "smulw"], "011", "000 k", [dsp.smlaw, dsp.smulw]),
  ...accumulating(["smlsd", "smusd"], "100", "000 k", [dsp.smlsd, dsp.smusd]),
  ...accumulating(["smmla", "smmul"], "101", "000 k", [dsp.smmla, dsp.smmul]),
  encoding(
    "smmls",
    "111110110110 nnnn aaaa dddd 000 k mmmm",
    "dsp",
    "mla",
    dnma,
    dsp.smmls,
    kind((op) => op.a !== 15 && plain(op)),
  ),
  ...accumulating(["usada8", "usad8"], "111", "0000", [dsp.usada8, dsp.usad8]),
  encoding(
    "smlal",
    "111110111100 nnnn dddd aaaa 10 kk mmmm",
    "dsp",
    "mlal",
    danm,
    dsp.smlalxy,
    kind(long),
  ),
  encoding(
    "smlald",
    "111110111100 nnnn dddd aaaa 110 k mmmm",
    "dsp",
    "mlal",
    danm,
    dsp.smlald,
    kind(long),
  ),
  encoding(
    "smlsld",
    "111110111101 nnnn dddd aaaa 110 k mmmm",
    "dsp",
    "mlal",
    danm,
    dsp.smlsld,
    kind(long),
  ),
];
