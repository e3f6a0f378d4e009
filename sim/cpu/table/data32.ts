/**
 * 32-bit data processing: modified immediate, plain immediate, shifted register, register
 * (DDI 0403, A5.3.1, A5.3.3, A5.3.11, A5.3.12).
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
import { guardSp, setModifiedImmediate, setShift } from "../operands.ts";
import * as alu from "../alu.ts";

/** SP and PC are operands of few instructions. */
function badRegister(register: number): boolean {
  return register === 13 || register === 15;
}

/** The bytes of a modified immediate that repeats its byte are UNPREDICTABLE when the byte is 0. */
function repeatsZero(imm12: number): boolean {
  return imm12 >>> 10 === 0 && imm12 >>> 8 !== 0 && (imm12 & 0xff) === 0;
}

/**
 * SP is the first operand of ADD, SUB and comparisons only, and the destination of the first two, where the
 * manual asks for SP as the first operand too; compilers have emitted `sub sp, r7, #n`, which is executed.
 */
function firstAndDestination(op: Op, operation: Exec): boolean {
  if (op.n === 15 || op.d === 15) return false;
  const sum = operation === alu.add || operation === alu.sub;
  const comparison = operation === alu.cmp || operation === alu.cmn;
  if (op.n === 13 && !sum && !comparison) return false;
  return op.d !== 13 || (sum && (op.n === 13 || op.s === 0));
}

function immediate(op: Op, fields: Fields): boolean {
  setModifiedImmediate(op, fields.i);
  alu.specialize(op);
  guardSp(op);
  return firstAndDestination(op, op.encoding.exec) && !repeatsZero(fields.i);
}

/** The second operand is no SP, but of MOV; with SP as the destination it is shifted left by 3 at most. */
function shifted(op: Op, fields: Fields): boolean {
  const operation = op.encoding.exec;
  setShift(op, fields.t, fields.i);
  alu.specialize(op);
  guardSp(op);
  if (operation === alu.mov && op.s === 0 && op.k === OPERAND.register) {
    return op.d !== 15 && op.m !== 15 && (op.d !== 13 || op.m !== 13);
  }
  const little = op.k === OPERAND.register || (op.k === OPERAND.lsl && op.i <= 3);
  return firstAndDestination(op, operation) && !badRegister(op.m) && (op.d !== 13 || little);
}

function compareImmediate(op: Op, fields: Fields): boolean {
  setModifiedImmediate(op, fields.i);
  op.s = 1;
  alu.specialize(op);
  return firstAndDestination(op, op.encoding.exec) && !repeatsZero(fields.i);
}

function compareShifted(op: Op, fields: Fields): boolean {
  setShift(op, fields.t, fields.i);
  op.s = 1;
  alu.specialize(op);
  return firstAndDestination(op, op.encoding.exec) && !badRegister(op.m);
}

/** ADDW and SUBW; with PC as the base they are ADR, whose base is aligned. */
function plain(sign: number): (op: Op, fields: Fields) => boolean {
  return (op, fields) => {
    op.i = sign * fields.i - (op.n === 15 ? op.address & 2 : 0);
    guardSp(op);
    return op.d !== 15 && (op.d !== 13 || op.n !== 15);
  };
}

function wide(op: Op, fields: Fields): boolean {
  op.i = (fields.j << 12) | fields.i;
  return op.d !== 13 && op.d !== 15;
}

function bitField(op: Op, fields: Fields): boolean {
  op.k = fields.w + 1;
  return op.i + op.k <= 32 && !badRegister(op.d) && !badRegister(op.n);
}

function bitFieldInsert(op: Op, fields: Fields): boolean {
  op.k = (0xffff_ffff >>> (31 - (fields.w - fields.i))) << fields.i;
  return fields.w >= fields.i && !badRegister(op.d) && op.n !== 13;
}

function byRegister(kind: number): (op: Op) => boolean {
  return (op) => {
    op.k = kind;
    return !badRegister(op.d) && !badRegister(op.n) && !badRegister(op.m);
  };
}

function extend(op: Op, fields: Fields): boolean {
  op.i = fields.i * 8;
  return !badRegister(op.d) && !badRegister(op.m) && op.n !== 13;
}

/** `Rm` is encoded twice; both must agree. */
function sameRegister(op: Op): boolean {
  return op.n === op.m && !badRegister(op.d) && !badRegister(op.m);
}

interface Operation {
  readonly name: string;
  readonly code: string;
  readonly exec: Exec;
  /** What it is when Rd is 15 and S is 1. */
  readonly test?: readonly [string, Exec];
  /** What it is when Rn is 15. */
  readonly move?: readonly [string, Exec];
}

const OPERATIONS: readonly Operation[] = [
  { name: "and", code: "0000", exec: alu.and, test: ["tst", alu.tst] },
  { name: "bic", code: "0001", exec: alu.bic },
  { name: "orr", code: "0010", exec: alu.orr, move: ["mov", alu.mov] },
  { name: "orn", code: "0011", exec: alu.orn, move: ["mvn", alu.mvn] },
  { name: "eor", code: "0100", exec: alu.eor, test: ["teq", alu.teq] },
  { name: "add", code: "1000", exec: alu.add, test: ["cmn", alu.cmn] },
  { name: "adc", code: "1010", exec: alu.adc },
  { name: "sbc", code: "1011", exec: alu.sbc },
  { name: "sub", code: "1101", exec: alu.sub, test: ["cmp", alu.cmp] },
  { name: "rsb", code: "1110", exec: alu.rsb },
];

/** Operations whose 32-bit form has no 16-bit sibling to be told from by `.w`. */
const ALWAYS_WIDE = /^(orn|rsb|teq)$/;

/** The immediate and the shifted-register encoding of an operation and of its special cases. */
function both(operation: Operation): Encoding[] {
  const { name, code, exec, test, move } = operation;
  const line = (
    what: string,
    [s, n, d]: readonly [string, string, string],
    text: string,
    work: Exec,
    operands: readonly [Operands, Operands],
  ): Encoding[] => {
    const w = ALWAYS_WIDE.test(what) ? "" : ".w";
    return [
      encoding(
        what,
        `11110 i 0 ${code} ${s} ${n} 0 iii ${d} iiiiiiii`,
        "v7m",
        "alu",
        `${what}<s><c>${w} ${text}, <const>`,
        work,
        operands[0],
      ),
      encoding(
        what,
        `1110101 ${code} ${s} ${n} (0) iii ${d} ii tt mmmm`,
        "v7m",
        "alu",
        `${what}<s><c>${w} ${text}, <m><shift>`,
        work,
        operands[1],
      ),
    ];
  };
  const data = [immediate, shifted] as const;
  const comparison = [compareImmediate, compareShifted] as const;
  return [
    ...line(name, ["s", "nnnn", "dddd"], "<d>, <n>", exec, data),
    ...(test === undefined ? [] : line(test[0], ["1", "nnnn", "1111"], "<n>", test[1], comparison)),
    ...(move === undefined ? [] : line(move[0], ["s", "1111", "dddd"], "<d>", move[1], data)),
  ];
}

/** The manual allows PC nowhere; objdump flags it for all but ROR. */
function shiftRegister(name: string, code: string, kind: number): Encoding {
  const pattern = `111110100 ${code} s nnnn 1111 dddd 0000 mmmm`;
  const text = name === "ror" ? "<d>, <n>, <m>" : "<d!>, <n!>, <m!>";
  const syntax = `${name}<s><c>.w ${text}`;
  return encoding(name, pattern, "v7m", "alu", syntax, alu.shiftByRegister, byRegister(kind));
}

/** An extension and its form with an addition. */
function extension(
  name: string,
  accumulate: string,
  code: string,
  exec: Exec,
  accumulateExec: Exec,
  feature: "v7m" | "dsp",
): Encoding[] {
  const tail = "1111 dddd 1 (0) ii mmmm";
  const w = feature === "v7m" ? ".w" : "";
  return [
    encoding(
      name,
      `111110100 ${code} 1111 ${tail}`,
      feature,
      "alu",
      `${name}<c>${w} <d>, <m><rotate>`,
      exec,
      extend,
    ),
    encoding(
      accumulate,
      `111110100 ${code} nnnn ${tail}`,
      "dsp",
      "alu",
      `${accumulate}<c> <d>, <n>, <m><rotate>`,
      accumulateExec,
      extend,
    ),
  ];
}

function reverse(name: string, group: string, code: string, w: string, exec: Exec): Encoding {
  const pattern = `111110101 ${group} nnnn 1111 dddd ${code} mmmm`;
  return encoding(name, pattern, "v7m", "alu", `${name}<c>${w} <d>, <n>`, exec, sameRegister);
}

/** The group's lines. */
export const DATA_32: readonly Encoding[] = [
  ...OPERATIONS.flatMap(both),

  encoding(
    "addw",
    "11110 i 100000 nnnn 0 iii dddd iiiiiiii",
    "v7m",
    "alu",
    "addw<c> <d>, <n>, #<i>",
    alu.addImmediate,
    plain(1),
  ),
  encoding(
    "subw",
    "11110 i 101010 nnnn 0 iii dddd iiiiiiii",
    "v7m",
    "alu",
    "subw<c> <d>, <n>, #<i>",
    alu.addImmediate,
    plain(-1),
  ),
  encoding(
    "movw",
    "11110 i 100100 jjjj 0 iii dddd iiiiiiii",
    "v8b",
    "alu",
    "movw<c> <d>, #<value>",
    alu.movImmediate,
    wide,
  ),
  encoding(
    "movt",
    "11110 i 101100 jjjj 0 iii dddd iiiiiiii",
    "v8b",
    "alu",
    "movt<c> <d>, #<value>",
    alu.movt,
    wide,
  ),
  encoding(
    "sbfx",
    "11110 (0) 110100 nnnn 0 iii dddd ii (0) wwwww",
    "v7m",
    "alu",
    "sbfx<c> <d>, <n>, #<i>, #<w+1>",
    alu.sbfx,
    bitField,
  ),
  encoding(
    "ubfx",
    "11110 (0) 111100 nnnn 0 iii dddd ii (0) wwwww",
    "v7m",
    "alu",
    "ubfx<c> <d>, <n>, #<i>, #<w+1>",
    alu.ubfx,
    bitField,
  ),
  encoding(
    "bfi",
    "11110 (0) 110110 nnnn 0 iii dddd ii (0) wwwww",
    "v7m",
    "alu",
    "bfi<c> <d>, <n>, #<i>, #<width>",
    alu.bfi,
    bitFieldInsert,
  ),
  encoding(
    "bfc",
    "11110 (0) 110110 1111 0 iii dddd ii (0) wwwww",
    "v7m",
    "alu",
    "bfc<c> <d>, #<i>, #<width>",
    alu.bfc,
    bitFieldInsert,
  ),

  shiftRegister("lsl", "00", OPERAND.lsl),
  shiftRegister("lsr", "01", OPERAND.lsr),
  shiftRegister("asr", "10", OPERAND.asr),
  shiftRegister("ror", "11", OPERAND.ror),

  ...extension("sxth", "sxtah", "000", alu.sxth, alu.sxtah, "v7m"),
  ...extension("uxth", "uxtah", "001", alu.uxth, alu.uxtah, "v7m"),
  ...extension("sxtb16", "sxtab16", "010", alu.sxtb16, alu.sxtab16, "dsp"),
  ...extension("uxtb16", "uxtab16", "011", alu.uxtb16, alu.uxtab16, "dsp"),
  ...extension("sxtb", "sxtab", "100", alu.sxtb, alu.sxtab, "v7m"),
  ...extension("uxtb", "uxtab", "101", alu.uxtb, alu.uxtab, "v7m"),

  reverse("rev", "001", "1000", ".w", alu.rev),
  reverse("rev16", "001", "1001", ".w", alu.rev16),
  reverse("rbit", "001", "1010", "", alu.rbit),
  reverse("revsh", "001", "1011", ".w", alu.revsh),
  reverse("clz", "011", "1000", "", alu.clz),
];
