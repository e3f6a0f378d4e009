/**
 * Loads and stores of one register or a pair, exclusives (DDI 0403, A5.2.4, A5.3.6 to A5.3.10).
 *
 * @module
 */
import type { TimingClass } from "../../types.ts";
import { type Encoding, encoding, type Exec, type Fields, type Op } from "../op.ts";
import { guardSp } from "../operands.ts";
import { nop } from "../system.ts";
import * as memory from "../memory.ts";

interface Access {
  readonly name: string;
  readonly timing: "load" | "store";
  /** Bytes. */
  readonly size: 1 | 2 | 4;
  /** Bits 24 to 20 of the 32-bit encodings, without bit 23. */
  readonly sign: "0" | "1";
  readonly code: "000" | "001" | "010" | "011" | "100" | "101";
  readonly offset: Exec;
  readonly index: Exec;
  readonly move: Exec;
}

const STR: Access = {
  name: "str",
  timing: "store",
  size: 4,
  sign: "0",
  code: "100",
  offset: memory.str,
  index: memory.strIndex,
  move: memory.strMove,
};
const STRH: Access = {
  name: "strh",
  timing: "store",
  size: 2,
  sign: "0",
  code: "010",
  offset: memory.strh,
  index: memory.strhIndex,
  move: memory.strhMove,
};
const STRB: Access = {
  name: "strb",
  timing: "store",
  size: 1,
  sign: "0",
  code: "000",
  offset: memory.strb,
  index: memory.strbIndex,
  move: memory.strbMove,
};
const LDR: Access = {
  name: "ldr",
  timing: "load",
  size: 4,
  sign: "0",
  code: "101",
  offset: memory.ldr,
  index: memory.ldrIndex,
  move: memory.ldrMove,
};
const LDRH: Access = {
  name: "ldrh",
  timing: "load",
  size: 2,
  sign: "0",
  code: "011",
  offset: memory.ldrh,
  index: memory.ldrhIndex,
  move: memory.ldrhMove,
};
const LDRSH: Access = {
  name: "ldrsh",
  timing: "load",
  size: 2,
  sign: "1",
  code: "011",
  offset: memory.ldrsh,
  index: memory.ldrshIndex,
  move: memory.ldrshMove,
};
const LDRB: Access = {
  name: "ldrb",
  timing: "load",
  size: 1,
  sign: "0",
  code: "001",
  offset: memory.ldrb,
  index: memory.ldrbIndex,
  move: memory.ldrbMove,
};
const LDRSB: Access = {
  name: "ldrsb",
  timing: "load",
  size: 1,
  sign: "1",
  code: "001",
  offset: memory.ldrsb,
  index: memory.ldrsbIndex,
  move: memory.ldrsbMove,
};

const ACCESSES = [STR, STRH, STRB, LDR, LDRH, LDRSH, LDRB, LDRSB];

const TO_PC = new Map<Exec, Exec>([
  [memory.ldr, memory.ldrPc],
  [memory.ldrIndex, memory.ldrPcIndex],
  [memory.ldrMove, memory.ldrPcMove],
]);

/**
 * What a 32-bit access means for its register 15: LDR writes PC, the narrow loads are memory hints, which
 * do nothing here; a store of PC is undefined.
 */
function target(op: Op, access: Access): boolean {
  if (op.d === 15) {
    if (access.timing === "store") return false;
    op.exec = TO_PC.get(op.exec) ?? nop;
  } else if (access.timing === "load") guardSp(op);
  return true;
}

function scaled(size: number): (op: Op, fields: Fields) => boolean {
  return (op, fields) => {
    op.i = fields.i * size;
    return true;
  };
}

function spRelative(op: Op, fields: Fields): boolean {
  op.n = 13;
  op.i = fields.i * 4;
  return true;
}

function literalNarrow(op: Op, fields: Fields): boolean {
  op.n = 15;
  op.i = fields.i * 4 - (op.address & 2);
  return true;
}

function literal(access: Access): (op: Op, fields: Fields) => boolean {
  return (op, fields) => {
    op.n = 15;
    op.i = (fields.u === 1 ? fields.i : -fields.i) - (op.address & 2);
    return target(op, access);
  };
}

function offset12(access: Access): (op: Op) => boolean {
  return (op) => op.n !== 15 && target(op, access);
}

function offset8(access: Access): (op: Op, fields: Fields) => boolean {
  return (op, fields) => {
    if (op.n === 15 || (fields.p === 0 && fields.w === 0)) return false;
    op.i = fields.u === 1 ? fields.i : -fields.i;
    if (fields.w === 1) {
      op.exec = access.move;
      op.k = fields.p;
      if (op.n === 13 && (op.i & 3) !== 0) guardSp(op, true);
      if (op.d === op.n || (op.d === 15 && access.size !== 4)) return false;
    }
    return target(op, access);
  };
}

function index(access: Access): (op: Op) => boolean {
  return (op) => op.n !== 15 && op.m !== 13 && op.m !== 15 && target(op, access);
}

/** The four or five 32-bit encodings of an access. */
function wide(access: Access): Encoding[] {
  const { name, timing, sign, code } = access;
  const list = [
    encoding(
      name,
      `1111100 ${sign} 1 ${code} nnnn dddd iiiiiiiiiiii`,
      "v7m",
      timing,
      "<d>, [<n>, #<i>]",
      access.offset,
      offset12(access),
    ),
    encoding(
      name,
      `1111100 ${sign} 0 ${code} nnnn dddd 1 p u w iiiiiiii`,
      "v7m",
      timing,
      "<d>, [<n>, #<i>]",
      access.offset,
      offset8(access),
    ),
    encoding(
      name,
      `1111100 ${sign} 0 ${code} nnnn dddd 000000 kk mmmm`,
      "v7m",
      timing,
      "<d>, [<n>, <m>, lsl #<k>]",
      access.index,
      index(access),
    ),
  ];
  if (timing === "load") {
    list.push(
      encoding(
        name,
        `1111100 ${sign} u ${code} 1111 dddd iiiiiiiiiiii`,
        "v7m",
        timing,
        "<d>, [pc, #<i>]",
        access.offset,
        literal(access),
      ),
    );
  }
  return list;
}

function narrow(access: Access, immediate: string | undefined, register: string): Encoding[] {
  const list = [
    encoding(
      access.name,
      `${register} mmm nnn ddd`,
      "v6m",
      access.timing,
      "<d>, [<n>, <m>]",
      access.index,
    ),
  ];
  if (immediate !== undefined) {
    list.push(
      encoding(
        access.name,
        `${immediate} iiiii nnn ddd`,
        "v6m",
        access.timing,
        "<d>, [<n>, #<i>]",
        access.offset,
        scaled(access.size),
      ),
    );
  }
  return list;
}

/** LDRD and STRD: `k` is pre-indexing, `m` write-back. */
function pair(op: Op, fields: Fields): boolean {
  if (fields.p === 0 && fields.w === 0) return false;
  const distance = (fields.u === 1 ? 4 : -4) * fields.i;
  op.i = op.n === 15 ? distance - (op.address & 2) : distance;
  op.k = fields.p;
  op.m = fields.w === 1 ? 1 : 0;
  op.count = 2;
  if (op.n === 15 && (fields.w === 1 || op.exec === memory.strd)) return false;
  if (fields.w === 1 && (op.n === op.d || op.n === op.a)) return false;
  if (op.exec === memory.ldrd && op.d === op.a) return false;
  return op.d !== 15 && op.a !== 15 && op.d !== 13 && op.a !== 13;
}

function exclusive(op: Op, fields: Fields): boolean {
  op.i = fields.i * 4;
  return op.n !== 15 && op.d !== 15 && op.a !== 15 && op.d !== 13 && op.a !== 13;
}

const exclusiveLine = (name: string, pattern: string, syntax: string, exec: Exec): Encoding =>
  encoding(name, pattern, "v7m", "exclusive" satisfies TimingClass, syntax, exec, exclusive);

/** The group's lines. */
export const MEMORY: readonly Encoding[] = [
  encoding(
    "ldr",
    "01001 ddd iiiiiiii",
    "v6m",
    "load",
    "<d>, [pc, #<i>]",
    memory.ldr,
    literalNarrow,
  ),
  ...narrow(STR, "01100", "0101000"),
  ...narrow(STRH, "10000", "0101001"),
  ...narrow(STRB, "01110", "0101010"),
  ...narrow(LDRSB, undefined, "0101011"),
  ...narrow(LDR, "01101", "0101100"),
  ...narrow(LDRH, "10001", "0101101"),
  ...narrow(LDRB, "01111", "0101110"),
  ...narrow(LDRSH, undefined, "0101111"),
  encoding("str", "10010 ddd iiiiiiii", "v6m", "store", "<d>, [sp, #<i>]", memory.str, spRelative),
  encoding("ldr", "10011 ddd iiiiiiii", "v6m", "load", "<d>, [sp, #<i>]", memory.ldr, spRelative),
  ...ACCESSES.flatMap(wide),
  encoding(
    "ldrd",
    "1110100 p u 1 w 1 nnnn dddd aaaa iiiiiiii",
    "v7m",
    "load-pair",
    "<d>, <a>, [<n>, #<i>]",
    memory.ldrd,
    pair,
  ),
  encoding(
    "strd",
    "1110100 p u 1 w 0 nnnn dddd aaaa iiiiiiii",
    "v7m",
    "store-pair",
    "<d>, <a>, [<n>, #<i>]",
    memory.strd,
    pair,
  ),
  exclusiveLine(
    "ldrex",
    "111010000101 nnnn dddd 1111 iiiiiiii",
    "<d>, [<n>, #<i>]",
    memory.ldrex,
  ),
  exclusiveLine(
    "strex",
    "111010000100 nnnn aaaa dddd iiiiiiii",
    "<d>, <a>, [<n>, #<i>]",
    memory.strex,
  ),
  exclusiveLine("ldrexb", "111010001101 nnnn dddd 1111 0100 1111", "<d>, [<n>]", memory.ldrexb),
  exclusiveLine("ldrexh", "111010001101 nnnn dddd 1111 0101 1111", "<d>, [<n>]", memory.ldrexh),
  exclusiveLine(
    "strexb",
    "111010001100 nnnn aaaa 1111 0100 dddd",
    "<d>, <a>, [<n>]",
    memory.strexb,
  ),
  exclusiveLine(
    "strexh",
    "111010001100 nnnn aaaa 1111 0101 dddd",
    "<d>, <a>, [<n>]",
    memory.strexh,
  ),
  encoding("clrex", "11110011101111111000111100101111", "v7m", "special", "", memory.clrex),
];
