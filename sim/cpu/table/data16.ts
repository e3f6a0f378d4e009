/**
 * 16-bit data processing (DDI 0403, A5.2.1 to A5.2.3, A5.2.5; DDI 0419 for Armv6-M).
 *
 * @module
 */
import {
  type Encoding,
  encoding,
  type Exec,
  type Fields,
  type Op,
  OPERAND,
  type Operands,
} from "../op.ts";
import type { Index } from "../architecture.ts";
import { guardSp, setShift } from "../operands.ts";
import * as alu from "../alu.ts";

/** Most 16-bit instructions set the flags, except inside an IT block. */
function flags(op: Op): void {
  op.s = op.inIt ? 0 : 1;
}

function register(op: Op): boolean {
  flags(op);
  op.k = OPERAND.register;
  alu.specialize(op);
  return true;
}

function immediate(op: Op): boolean {
  flags(op);
  op.k = OPERAND.immediate;
  alu.specialize(op);
  return true;
}

/** `Rdn, #imm` */
function immediateInPlace(op: Op): boolean {
  op.n = op.d;
  return immediate(op);
}

/** `Rdn, Rm` */
function inPlace(op: Op): boolean {
  op.n = op.d;
  return register(op);
}

function shiftBy(type: number): (op: Op, fields: Fields) => boolean {
  return (op, fields) => {
    flags(op);
    setShift(op, type, fields.i);
    alu.specialize(op);
    return true;
  };
}

function shiftInPlace(kind: number): (op: Op) => boolean {
  return (op) => {
    op.n = op.d;
    flags(op);
    op.k = kind;
    return true;
  };
}

/** Comparisons set the flags inside an IT block too. */
function compareRegister(op: Op): boolean {
  op.s = 1;
  op.k = OPERAND.register;
  alu.specialize(op);
  return true;
}

function compareImmediate(op: Op): boolean {
  op.s = 1;
  op.k = OPERAND.immediate;
  alu.specialize(op);
  return true;
}

/** `ADD PC, PC` is UNPREDICTABLE. */
function addHigh(op: Op): boolean {
  op.n = op.d;
  if (op.d === 15) op.exec = alu.addToPc;
  else guardSp(op);
  return op.d !== 15 || op.m !== 15;
}

function movHigh(op: Op): boolean {
  if (op.d === 15) op.exec = alu.movToPc;
  else guardSp(op);
  return true;
}

/** `ADR Rd, label`: PC is aligned down to a word first. */
function adr(op: Op, fields: Fields): boolean {
  op.i = ((op.address & ~3) + 4 + fields.i * 4) | 0;
  return true;
}

function spImmediate(op: Op, fields: Fields): boolean {
  op.n = 13;
  op.i = fields.i * 4;
  return true;
}

function adjustSp(sign: number): (op: Op, fields: Fields) => boolean {
  return (op, fields) => {
    op.n = op.d = 13 as Index;
    op.i = sign * fields.i * 4;
    return true;
  };
}

const negate = (op: Op): boolean => {
  op.i = 0;
  return immediate(op);
};

function compareHigh(op: Op): boolean {
  compareRegister(op);
  return op.n !== 15 && op.m !== 15 && (op.n > 7 || op.m > 7);
}

/** Three low registers, or two of them and an immediate. */
function low(
  name: string,
  pattern: string,
  last: string,
  exec: Exec,
  operands: Operands,
): Encoding {
  return encoding(name, pattern, "v6m", "alu", `${name}<S> <d>, <n>, ${last}`, exec, operands);
}

/** `Rdn, Rm` */
function two(name: string, code: string, exec: Exec, operands: Operands = inPlace): Encoding {
  const pattern = `010000 ${code} mmm ddd`;
  return encoding(name, pattern, "v6m", "alu", `${name}<S> <d>, <m>`, exec, operands);
}

function compare(name: string, code: string, exec: Exec): Encoding {
  const pattern = `010000 ${code} mmm nnn`;
  return encoding(name, pattern, "v6m", "alu", `${name}<c> <n>, <m>`, exec, compareRegister);
}

/** A low register and eight bits. */
function eight(name: string, code: string, exec: Exec): Encoding {
  const pattern = `${code} ddd iiiiiiii`;
  return encoding(
    name,
    pattern,
    "v6m",
    "alu",
    `${name}<S> <d>, #<i>`,
    exec,
    name === "mov" ? immediate : immediateInPlace,
  );
}

function unary(name: string, code: string, exec: Exec): Encoding {
  return encoding(name, `${code} mmm ddd`, "v6m", "alu", `${name}<c> <d>, <m>`, exec);
}

const byShift = alu.shiftByRegister;

/** The group's lines. */
export const DATA_16: readonly Encoding[] = [
  encoding("mov", "0000000000 mmm ddd", "v6m", "alu", "mov<S> <d>, <m>", alu.mov, shiftBy(0)),
  encoding(
    "lsl",
    "00000 iiiii mmm ddd",
    "v6m",
    "alu",
    "lsl<S> <d>, <m>, #<i>",
    alu.mov,
    shiftBy(0),
  ),
  encoding(
    "lsr",
    "00001 iiiii mmm ddd",
    "v6m",
    "alu",
    "lsr<S> <d>, <m>, #<by>",
    alu.mov,
    shiftBy(1),
  ),
  encoding(
    "asr",
    "00010 iiiii mmm ddd",
    "v6m",
    "alu",
    "asr<S> <d>, <m>, #<by>",
    alu.mov,
    shiftBy(2),
  ),
  low("add", "0001100 mmm nnn ddd", "<m>", alu.add, register),
  low("sub", "0001101 mmm nnn ddd", "<m>", alu.sub, register),
  low("add", "0001110 iii nnn ddd", "#<i>", alu.add, immediate),
  low("sub", "0001111 iii nnn ddd", "#<i>", alu.sub, immediate),
  eight("mov", "00100", alu.mov),
  encoding(
    "cmp",
    "00101 nnn iiiiiiii",
    "v6m",
    "alu",
    "cmp<c> <n>, #<i>",
    alu.cmp,
    compareImmediate,
  ),
  eight("add", "00110", alu.add),
  eight("sub", "00111", alu.sub),

  two("and", "0000", alu.and),
  two("eor", "0001", alu.eor),
  two("lsl", "0010", byShift, shiftInPlace(OPERAND.lsl)),
  two("lsr", "0011", byShift, shiftInPlace(OPERAND.lsr)),
  two("asr", "0100", byShift, shiftInPlace(OPERAND.asr)),
  two("adc", "0101", alu.adc),
  two("sbc", "0110", alu.sbc),
  two("ror", "0111", byShift, shiftInPlace(OPERAND.ror)),
  compare("tst", "1000", alu.tst),
  encoding("rsb", "0100001001 nnn ddd", "v6m", "alu", "neg<S> <d>, <n>", alu.rsb, negate),
  compare("cmp", "1010", alu.cmp),
  compare("cmn", "1011", alu.cmn),
  two("orr", "1100", alu.orr),
  two("bic", "1110", alu.bic),
  two("mvn", "1111", alu.mvn, register),

  encoding("add", "01000100 d mmmm ddd", "v6m", "alu", "add<c> <d>, <m>", alu.addRegister, addHigh),
  encoding("cmp", "01000101 n mmmm nnn", "v6m", "alu", "cmp<c> <n>, <m>", alu.cmp, compareHigh),
  encoding("mov", "01000110 d mmmm ddd", "v6m", "alu", "mov<c> <d>, <m>", alu.movRegister, movHigh),
  // MOV r8, r8: what assemblers put for NOP before there was one.
  encoding(
    "mov",
    "0100011011000000",
    "v6m",
    "alu",
    "nop<c> @ (mov r8, r8)",
    alu.movRegister,
    (op) => {
      op.d = op.m = 8;
      return true;
    },
  ),

  encoding(
    "adr",
    "10100 ddd iiiiiiii",
    "v6m",
    "alu",
    "add<c> <d>, pc, #<i*4> @ (adr <d>, <pc+i*4>)",
    alu.movImmediate,
    adr,
  ),
  encoding(
    "add",
    "10101 ddd iiiiiiii",
    "v6m",
    "alu",
    "add<c> <d>, sp, #<i*4>",
    alu.addImmediate,
    spImmediate,
  ),
  encoding(
    "add",
    "101100000 iiiiiii",
    "v6m",
    "alu",
    "add<c> sp, #<i*4>",
    alu.addImmediate,
    adjustSp(1),
  ),
  encoding(
    "sub",
    "101100001 iiiiiii",
    "v6m",
    "alu",
    "sub<c> sp, #<i*4>",
    alu.addImmediate,
    adjustSp(-1),
  ),

  unary("sxth", "1011001000", alu.sxth),
  unary("sxtb", "1011001001", alu.sxtb),
  unary("uxth", "1011001010", alu.uxth),
  unary("uxtb", "1011001011", alu.uxtb),
  unary("rev", "1011101000", alu.rev),
  unary("rev16", "1011101001", alu.rev16),
  unary("revsh", "1011101011", alu.revsh),
];
