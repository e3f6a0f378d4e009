/**
 * Loads and stores of one register or a pair, exclusives (DDI 0403, A5.2.4, A5.3.6 to A5.3.10).
 *
 * @module
 */
import type { TimingClass } from "../../types.ts";
import { type Encoding, encoding, type Exec, type Fields, type Op, type Operands } from "../op.ts";
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
 * do nothing here; a store of PC is UNPREDICTABLE. SP is loaded and stored as a word only.
 */
function target(op: Op, access: Access): boolean {
  if (op.d === 15) {
    if (access.timing === "load") op.exec = TO_PC.get(op.exec) ?? nop;
    return access.timing === "load";
  }
  if (access.timing === "load") guardSp(op);
  return op.d !== 13 || access.size === 4;
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

function offset12(access: Access): Operands {
  return (op) => op.n === 15 ? "other" : target(op, access);
}

function offset8(access: Access): Operands {
  return (op, fields) => {
    if (op.n === 15) return "other";
    if (fields.p === 0 && fields.w === 0) return "other";
    op.i = fields.u === 1 ? fields.i : -fields.i;
    if (fields.w === 0) return target(op, access);
    op.exec = access.move;
    op.k = fields.p;
    if (op.n === 13 && (op.i & 3) !== 0) guardSp(op, true);
    const known = target(op, access);
    return known && op.d !== op.n && (op.d !== 15 || access.size === 4);
  };
}

function index(access: Access): Operands {
  return (op) => {
    if (op.n === 15) return "other";
    return target(op, access) && op.m !== 13 && op.m !== 15;
  };
}

/** LDRT and its siblings: an access as if without privileges. */
function unprivileged(access: Access): Operands {
  return (op) => {
    if (op.n === 15) return "other";
    op.exec = memory.unprivileged(access.offset);
    return op.d !== 13 && op.d !== 15;
  };
}

/** The 32-bit encodings of an access. */
function wide(access: Access): Encoding[] {
  const { name, timing, sign, code } = access;
  const line = (tail: string, mode: string, exec: Exec, operands: Operands): Encoding =>
    encoding(
      name,
      `1111100 ${sign} ${tail}`,
      "v7m",
      timing,
      `${name}<c>.w <d>, ${mode}`,
      exec,
      operands,
    );
  const list = [
    line(`1 ${code} nnnn dddd iiiiiiiiiiii`, "[<n><,i>]", access.offset, offset12(access)),
    line(`0 ${code} nnnn dddd 1 p u w iiiiiiii`, "<indexed>", access.offset, offset8(access)),
    line(
      `0 ${code} nnnn dddd 000000 kk mmmm`,
      "[<n>, <m><scale>]",
      access.index,
      index(access),
    ),
    encoding(
      `${name}t`,
      `1111100 ${sign} 0 ${code} nnnn dddd 1110 iiiiiiii`,
      "v7m",
      timing,
      `${name}t<c> <d>, [<n><+i>]`,
      access.offset,
      unprivileged(access),
    ),
  ];
  if (timing === "store") return list;
  return [
    ...list,
    line(`u ${code} 1111 dddd iiiiiiiiiiii`, "<literal>", access.offset, literal(access)),
  ];
}

/**
 * Memory hints, which do nothing here: PLD, PLI, and PLDW, whose encodings are unallocated hints without the
 * multiprocessing extension.
 */
function hints(name: "pld" | "pldw" | "pli", sign: string, code: string): Encoding[] {
  const line = (tail: string, mode: string, operands: Operands): Encoding =>
    encoding(name, `1111100 ${sign} ${tail}`, "v7m", "nop", `${name}<c> ${mode}`, nop, operands);
  const based: Operands = (op) => op.n === 15 ? "other" : true;
  const byIndex: Operands = (op) => op.n === 15 ? "other" : op.m !== 13 && op.m !== 15;
  return [
    line(`1 ${code} nnnn 1111 iiiiiiiiiiii`, "[<n><,i>]", based),
    line(`0 ${code} nnnn 1111 1100 iiiiiiii`, "[<n><-i>]", based),
    line(`0 ${code} nnnn 1111 000000 kk mmmm`, "[<n>, <m><scale>]", byIndex),
    line(`u ${code} 1111 1111 iiiiiiiiiiii`, "<literal>", () => true),
  ];
}

function narrow(access: Access, immediate: string | undefined, register: string): Encoding[] {
  const { name, timing, size } = access;
  const list = [
    encoding(
      name,
      `${register} mmm nnn ddd`,
      "v6m",
      timing,
      `${name}<c> <d>, [<n>, <m>]`,
      access.index,
    ),
  ];
  if (immediate !== undefined) {
    list.push(
      encoding(
        name,
        `${immediate} iiiii nnn ddd`,
        "v6m",
        timing,
        `${name}<c> <d>, [<n>, #<i${size === 1 ? "" : `*${size}`}>]`,
        access.offset,
        scaled(size),
      ),
    );
  }
  return list;
}

/** LDRD and STRD: `k` is pre-indexing, `m` write-back. */
function pair(op: Op, fields: Fields): boolean | "other" {
  if (fields.p === 0 && fields.w === 0) return "other";
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

/** `d` is the status, `a` the register that is stored; neither is the other nor the base. */
function exclusive(op: Op, fields: Fields): boolean {
  op.i = fields.i * 4;
  const store = /^st/.test(op.encoding.name);
  const clash = store && (op.d === op.a || op.d === op.n) && /a/.test(op.encoding.pattern);
  const known = op.n !== 15 && op.d !== 15 && op.a !== 15 && op.d !== 13 && op.a !== 13;
  return known && !clash;
}

function exclusiveLine(name: string, pattern: string, syntax: string, exec: Exec): Encoding {
  return encoding(name, pattern, "v8b", "exclusive", `${name}<c> ${syntax}`, exec, exclusive);
}

/** Load-acquire and store-release: one core sees its own accesses in order anyway. */
function ordered(
  name: string,
  load: string,
  code: string,
  tail: string,
  exec: Exec,
  timing: TimingClass,
): Encoding {
  const status = tail.includes("d");
  const [register, text] = status ? ["aaaa", "<d>, <a>"] : ["dddd", "<d>"];
  return encoding(
    name,
    `11101000110 ${load} nnnn ${register} (1)(1)(1)(1) ${code} ${tail}`,
    "v8m",
    timing,
    `${name}<c> ${text}, [<n!>]`,
    exec,
    exclusive,
  );
}

const NONE = "(1)(1)(1)(1)";

/** The group's lines. */
export const MEMORY: readonly Encoding[] = [
  encoding(
    "ldr",
    "01001 ddd iiiiiiii",
    "v6m",
    "load",
    "ldr<c> <d>, [pc, #<i*4>] @ (<pc+i*4>)",
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
  encoding(
    "str",
    "10010 ddd iiiiiiii",
    "v6m",
    "store",
    "str<c> <d>, [sp, #<i*4>]",
    memory.str,
    spRelative,
  ),
  encoding(
    "ldr",
    "10011 ddd iiiiiiii",
    "v6m",
    "load",
    "ldr<c> <d>, [sp, #<i*4>]",
    memory.ldr,
    spRelative,
  ),
  ...ACCESSES.flatMap(wide),
  ...hints("pld", "0", "001"),
  ...hints("pldw", "0", "011"),
  ...hints("pli", "1", "001"),
  encoding(
    "ldrd",
    "1110100 p u 1 w 1 nnnn dddd aaaa iiiiiiii",
    "v7m",
    "load-pair",
    "ldrd<c> <d>, <a>, <pair>",
    memory.ldrd,
    pair,
  ),
  encoding(
    "strd",
    "1110100 p u 1 w 0 nnnn dddd aaaa iiiiiiii",
    "v7m",
    "store-pair",
    "strd<c> <d>, <a>, <pair>",
    memory.strd,
    pair,
  ),
  exclusiveLine(
    "ldrex",
    `111010000101 nnnn dddd ${NONE} iiiiiiii`,
    "<d>, [<n><,i*4>]",
    memory.ldrex,
  ),
  exclusiveLine(
    "strex",
    "111010000100 nnnn aaaa dddd iiiiiiii",
    "<d>, <a>, [<n><,i*4>]",
    memory.strex,
  ),
  exclusiveLine(
    "ldrexb",
    `111010001101 nnnn dddd ${NONE} 0100 ${NONE}`,
    "<d>, [<n>]",
    memory.ldrexb,
  ),
  exclusiveLine(
    "ldrexh",
    `111010001101 nnnn dddd ${NONE} 0101 ${NONE}`,
    "<d>, [<n>]",
    memory.ldrexh,
  ),
  exclusiveLine(
    "strexb",
    `111010001100 nnnn aaaa ${NONE} 0100 dddd`,
    "<d>, <a>, [<n>]",
    memory.strexb,
  ),
  exclusiveLine(
    "strexh",
    `111010001100 nnnn aaaa ${NONE} 0101 dddd`,
    "<d>, <a>, [<n>]",
    memory.strexh,
  ),
  encoding(
    "clrex",
    `111100111011 ${NONE} 10 (0) 0 ${NONE} 0010 ${NONE}`,
    "v8b",
    "special",
    "clrex<c>",
    memory.clrex,
  ),

  ordered("ldab", "1", "1000", NONE, memory.ldrb, "load"),
  ordered("ldah", "1", "1001", NONE, memory.ldah, "load"),
  ordered("lda", "1", "1010", NONE, memory.lda, "load"),
  ordered("stlb", "0", "1000", NONE, memory.strb, "store"),
  ordered("stlh", "0", "1001", NONE, memory.stlh, "store"),
  ordered("stl", "0", "1010", NONE, memory.stl, "store"),
  ordered("ldaexb", "1", "1100", NONE, memory.ldrexb, "exclusive"),
  ordered("ldaexh", "1", "1101", NONE, memory.ldrexh, "exclusive"),
  ordered("ldaex", "1", "1110", NONE, memory.ldrex, "exclusive"),
  ordered("stlexb", "0", "1100", "dddd", memory.strexb, "exclusive"),
  ordered("stlexh", "0", "1101", "dddd", memory.strexh, "exclusive"),
  ordered("stlex", "0", "1110", "dddd", memory.strex, "exclusive"),
];
