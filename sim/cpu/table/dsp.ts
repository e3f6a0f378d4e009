/**
 * Saturating instructions and the DSP extension of Armv7E-M (DDI 0403, A5.3.13 to A5.3.17).
 *
 * @module
 */
import { type Encoding, encoding, type Exec, type Fields, type Op, type Operands } from "../op.ts";
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
function saturation(extra: number): Operands {
  return (op, fields) => {
    op.k = fields.w + extra;
    return op.s === 1 && op.i === 0 ? "other" : plain(op);
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
      `${lane}${name}<c> <d>, <n>, <m>`,
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

/** Text of the halves that a multiplication takes, its exchange or its rounding. */
type Variant = "" | "<k?bb|bt|tb|tt>" | "<k?b|t>" | "<k?|x>" | "<k?|r>";

/** A multiplication and its form without an accumulator. */
function accumulating(
  names: readonly [string, string],
  operation: string,
  tail: string,
  variant: Variant,
  execs: readonly [Exec, Exec],
): Encoding[] {
  // objdump flags PC in all but SMLABB and its siblings.
  const mark = operation === "001" ? "" : "!";
  return [
    encoding(
      names[0],
      `111110110 ${operation} nnnn aaaa dddd ${tail} mmmm`,
      "dsp",
      "mla",
      `${names[0]}${variant}<c> <d${mark}>, <n${mark}>, <m${mark}>, <a${mark}>`,
      execs[0],
      kind((op) => plain(op) && op.a !== 13),
    ),
    encoding(
      names[1],
      `111110110 ${operation} nnnn 1111 dddd ${tail} mmmm`,
      "dsp",
      "mul",
      `${names[1]}${variant}<c> <d>, <n>, <m>`,
      execs[1],
      kind(plain),
    ),
  ];
}

function longAccumulating(
  name: string,
  code: string,
  tail: string,
  variant: Variant,
  exec: Exec,
): Encoding {
  const pattern = `111110111 ${code} nnnn dddd aaaa ${tail} mmmm`;
  const mark = name === "smlal" ? "" : "!";
  const syntax = `${name}${variant}<c> <d${mark}>, <a${mark}>, <n${mark}>, <m${mark}>`;
  return encoding(name, pattern, "dsp", "mlal", syntax, exec, kind(long));
}

function saturating(name: string, code: string, exec: Exec): Encoding {
  const pattern = `111110101000 nnnn 1111 dddd ${code} mmmm`;
  return encoding(name, pattern, "dsp", "alu", `${name}<c> <d>, <m>, <n>`, exec, plain);
}

/** The group's lines. */
export const DSP: readonly Encoding[] = [
  encoding(
    "ssat",
    "11110 (0) 1100 s 0 nnnn 0 iii dddd ii (0) wwwww",
    "v7m",
    "alu",
    "ssat<c> <d>, #<w+1>, <n><saturate>",
    dsp.ssat,
    saturation(1),
  ),
  encoding(
    "usat",
    "11110 (0) 1110 s 0 nnnn 0 iii dddd ii (0) wwwww",
    "v7m",
    "alu",
    "usat<c> <d>, #<w>, <n><saturate>",
    dsp.usat,
    saturation(0),
  ),
  encoding(
    "ssat16",
    "11110 (0) 110010 nnnn 0000 dddd 00 (0)(0) wwww",
    "dsp",
    "alu",
    "ssat16<c> <d>, #<w+1>, <n>",
    dsp.ssat16,
    saturation16(1),
  ),
  encoding(
    "usat16",
    "11110 (0) 111010 nnnn 0000 dddd 00 (0)(0) wwww",
    "dsp",
    "alu",
    "usat16<c> <d>, #<w>, <n>",
    dsp.usat16,
    saturation16(0),
  ),
  encoding(
    "pkhbt",
    "111010101100 nnnn (0) iii dddd ii 00 mmmm",
    "dsp",
    "alu",
    "pkhbt<c> <d>, <n>, <m><lsl>",
    dsp.pkhbt,
    plain,
  ),
  encoding(
    "pkhtb",
    "111010101100 nnnn (0) iii dddd ii 10 mmmm",
    "dsp",
    "alu",
    "pkhtb<c> <d>, <n>, <m>, asr #<by>",
    dsp.pkhtb,
    packTop,
  ),
  saturating("qadd", "1000", dsp.qadd),
  saturating("qdadd", "1001", dsp.qdadd),
  saturating("qsub", "1010", dsp.qsub),
  saturating("qdsub", "1011", dsp.qdsub),
  encoding(
    "sel",
    "111110101010 nnnn 1111 dddd 1000 mmmm",
    "dsp",
    "alu",
    "sel<c> <d>, <n>, <m>",
    dsp.sel,
    plain,
  ),
  ...LANES.flatMap(parallel),

  ...accumulating(["smla", "smul"], "001", "00 kk", "<k?bb|bt|tb|tt>", [dsp.smlaxy, dsp.smulxy]),
  ...accumulating(["smlad", "smuad"], "010", "000 k", "<k?|x>", [dsp.smlad, dsp.smuad]),
  ...accumulating(["smlaw", "smulw"], "011", "000 k", "<k?b|t>", [dsp.smlaw, dsp.smulw]),
  ...accumulating(["smlsd", "smusd"], "100", "000 k", "<k?|x>", [dsp.smlsd, dsp.smusd]),
  ...accumulating(["smmla", "smmul"], "101", "000 k", "<k?|r>", [dsp.smmla, dsp.smmul]),
  encoding(
    "smmls",
    "111110110110 nnnn aaaa dddd 000 k mmmm",
    "dsp",
    "mla",
    "smmls<k?|r><c> <d!>, <n!>, <m!>, <a!>",
    dsp.smmls,
    kind((op) => bad(op.a) === 0 && plain(op)),
  ),
  ...accumulating(["usada8", "usad8"], "111", "0000", "", [dsp.usada8, dsp.usad8]),
  longAccumulating("smlal", "100", "10 kk", "<k?bb|bt|tb|tt>", dsp.smlalxy),
  longAccumulating("smlald", "100", "110 k", "<k?|x>", dsp.smlald),
  longAccumulating("smlsld", "101", "110 k", "<k?|x>", dsp.smlsld),
];
