/**
 * 16-bit data processing (DDI 0403, A5.2.1 to A5.2.3, A5.2.5; DDI 0419 for Armv6-M).
 *
 * @module
 */
import { type Encoding, encoding, type Fields, type Op, OPERAND } from "../op.ts";
import type { Index } from "../state.ts";
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

function addHigh(op: Op): boolean {
  op.n = op.d;
  if (op.d === 15) op.exec = alu.addToPc;
  else guardSp(op);
  return true;
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

const dnm = "<d>, <n>, <m>";
const dm = "<d>, <m>";
const nm = "<n>, <m>";

/** The group's lines. */
export const DATA_16: readonly Encoding[] = [
  encoding("lsl", "00000 iiiii mmm ddd", "v6m", "alu", "<d>, <m>, #<i>", alu.mov, shiftBy(0)),
  encoding("lsr", "00001 iiiii mmm ddd", "v6m", "alu", "<d>, <m>, #<i>", alu.mov, shiftBy(1)),
  encoding("asr", "00010 iiiii mmm ddd", "v6m", "alu", "<d>, <m>, #<i>", alu.mov, shiftBy(2)),
  encoding("add", "0001100 mmm nnn ddd", "v6m", "alu", dnm, alu.add, register),
  encoding("sub", "0001101 mmm nnn ddd", "v6m", "alu", dnm, alu.sub, register),
  encoding("add", "0001110 iii nnn ddd", "v6m", "alu", "<d>, <n>, #<i>", alu.add, immediate),
  encoding("sub", "0001111 iii nnn ddd", "v6m", "alu", "<d>, <n>, #<i>", alu.sub, immediate),
  encoding("mov", "00100 ddd iiiiiiii", "v6m", "alu", "<d>, #<i>", alu.mov, immediate),
  encoding("cmp", "00101 nnn iiiiiiii", "v6m", "alu", "<n>, #<i>", alu.cmp, compareImmediate),
  encoding("add", "00110 ddd iiiiiiii", "v6m", "alu", "<d>, #<i>", alu.add, immediateInPlace),
  encoding("sub", "00111 ddd iiiiiiii", "v6m", "alu", "<d>, #<i>", alu.sub, immediateInPlace),

  encoding("and", "0100000000 mmm ddd", "v6m", "alu", dm, alu.and, inPlace),
  encoding("eor", "0100000001 mmm ddd", "v6m", "alu", dm, alu.eor, inPlace),
  encoding(
    "lsl",
    "0100000010 mmm ddd",
    "v6m",
    "alu",
    dm,
    alu.shiftByRegister,
    shiftInPlace(OPERAND.lsl),
  ),
  encoding(
    "lsr",
    "0100000011 mmm ddd",
    "v6m",
    "alu",
    dm,
    alu.shiftByRegister,
    shiftInPlace(OPERAND.lsr),
  ),
  encoding(
    "asr",
    "0100000100 mmm ddd",
    "v6m",
    "alu",
    dm,
    alu.shiftByRegister,
    shiftInPlace(OPERAND.asr),
  ),
  encoding("adc", "0100000101 mmm ddd", "v6m", "alu", dm, alu.adc, inPlace),
  encoding("sbc", "0100000110 mmm ddd", "v6m", "alu", dm, alu.sbc, inPlace),
  encoding(
    "ror",
    "0100000111 mmm ddd",
    "v6m",
    "alu",
    dm,
    alu.shiftByRegister,
    shiftInPlace(OPERAND.ror),
  ),
  encoding("tst", "0100001000 mmm nnn", "v6m", "alu", nm, alu.tst, compareRegister),
  encoding("rsb", "0100001001 nnn ddd", "v6m", "alu", "<d>, <n>, #0", alu.rsb, negate),
  encoding("cmp", "0100001010 mmm nnn", "v6m", "alu", nm, alu.cmp, compareRegister),
  encoding("cmn", "0100001011 mmm nnn", "v6m", "alu", nm, alu.cmn, compareRegister),
  encoding("orr", "0100001100 mmm ddd", "v6m", "alu", dm, alu.orr, inPlace),
  encoding("bic", "0100001110 mmm ddd", "v6m", "alu", dm, alu.bic, inPlace),
  encoding("mvn", "0100001111 mmm ddd", "v6m", "alu", dm, alu.mvn, register),

  encoding("add", "01000100 d mmmm ddd", "v6m", "alu", dm, alu.addRegister, addHigh),
  encoding("cmp", "01000101 n mmmm nnn", "v6m", "alu", nm, alu.cmp, compareRegister),
  encoding("mov", "01000110 d mmmm ddd", "v6m", "alu", dm, alu.movRegister, movHigh),

  encoding("adr", "10100 ddd iiiiiiii", "v6m", "alu", "<d>, #<i>", alu.movImmediate, adr),
  encoding(
    "add",
    "10101 ddd iiiiiiii",
    "v6m",
    "alu",
    "<d>, sp, #<i>",
    alu.addImmediate,
    spImmediate,
  ),
  encoding("add", "101100000 iiiiiii", "v6m", "alu", "sp, #<i>", alu.addImmediate, adjustSp(1)),
  encoding("sub", "101100001 iiiiiii", "v6m", "alu", "sp, #<i>", alu.addImmediate, adjustSp(-1)),

  encoding("sxth", "1011001000 mmm ddd", "v6m", "alu", dm, alu.sxth),
  encoding("sxtb", "1011001001 mmm ddd", "v6m", "alu", dm, alu.sxtb),
  encoding("uxth", "1011001010 mmm ddd", "v6m", "alu", dm, alu.uxth),
  encoding("uxtb", "1011001011 mmm ddd", "v6m", "alu", dm, alu.uxtb),
  encoding("rev", "1011101000 mmm ddd", "v6m", "alu", dm, alu.rev),
  encoding("rev16", "1011101001 mmm ddd", "v6m", "alu", dm, alu.rev16),
  encoding("revsh", "1011101011 mmm ddd", "v6m", "alu", dm, alu.revsh),
];
