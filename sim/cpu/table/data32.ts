/**
 * 32-bit data processing: modified immediate, plain immediate, shifted register, register
 * (DDI 0403, A5.3.1, A5.3.3, A5.3.11, A5.3.12).
 *
 * @module
 */
import { type Encoding, encoding, type Exec, type Fields, type Op, OPERAND } from "../op.ts";
import { guardSp, setModifiedImmediate, setShift } from "../operands.ts";
import * as alu from "../alu.ts";

/**
 * SP is a destination of ADD, SUB and MOV only; PC of none. The manual asks for SP as the first operand too
 * (else UNPREDICTABLE); compilers have emitted `sub sp, r7, #n`, which cores execute.
 */
function badDestination(op: Op): boolean {
  const { exec } = op.encoding;
  const sum = exec === alu.add || exec === alu.sub;
  const mayBeSp = exec === alu.mov || (sum && (op.n === 13 || op.s === 0));
  return op.d === 15 || (op.d === 13 && !mayBeSp);
}

/** SP and PC are operands of few instructions. */
function badRegister(register: number): boolean {
  return register === 13 || register === 15;
}

function immediate(op: Op, fields: Fields): boolean {
  setModifiedImmediate(op, fields.i);
  alu.specialize(op);
  guardSp(op);
  return !badDestination(op) && op.n !== 15;
}

function shifted(op: Op, fields: Fields): boolean {
  setShift(op, fields.t, fields.i);
  alu.specialize(op);
  guardSp(op);
  return !badDestination(op) && op.m !== 15;
}

function compareImmediate(op: Op, fields: Fields): boolean {
  setModifiedImmediate(op, fields.i);
  op.s = 1;
  alu.specialize(op);
  return op.n !== 15;
}

function compareShifted(op: Op, fields: Fields): boolean {
  setShift(op, fields.t, fields.i);
  op.s = 1;
  alu.specialize(op);
  return op.n !== 15 && !badRegister(op.m);
}

/** ADDW and SUBW; with PC as the base they are ADR, whose base is aligned. */
function plain(sign: number): (op: Op, fields: Fields) => boolean {
  return (op, fields) => {
    op.i = sign * fields.i - (op.n === 15 ? op.address & 2 : 0);
    guardSp(op);
    return op.d !== 15;
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
  if (fields.w < fields.i || badRegister(op.d) || op.n === 13) return false;
  op.k = (0xffff_ffff >>> (31 - (fields.w - fields.i))) << fields.i;
  return true;
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

/** The immediate and the shifted-register encoding of an operation and of its special cases. */
function both(operation: Operation): Encoding[] {
  const { name, code, exec, test, move } = operation;
  const shift = "<m>, <t> #<i>";
  const list = [
    encoding(
      name,
      `11110 i 0 ${code} s nnnn 0 iii dddd iiiiiiii`,
      "v7m",
      "alu",
      "<d>, <n>, #<i>",
      exec,
      immediate,
    ),
    encoding(
      name,
      `1110101 ${code} s nnnn 0 iii dddd ii tt mmmm`,
      "v7m",
      "alu",
      `<d>, <n>, ${shift}`,
      exec,
      shifted,
    ),
  ];
  if (test !== undefined) {
    list.push(
      encoding(
        test[0],
        `11110 i 0 ${code} 1 nnnn 0 iii 1111 iiiiiiii`,
        "v7m",
        "alu",
        "<n>, #<i>",
        test[1],
        compareImmediate,
      ),
      encoding(
        test[0],
        `1110101 ${code} 1 nnnn 0 iii 1111 ii tt mmmm`,
        "v7m",
        "alu",
        `<n>, ${shift}`,
        test[1],
        compareShifted,
      ),
    );
  }
  if (move !== undefined) {
    list.push(
      encoding(
        move[0],
        `11110 i 0 ${code} s 1111 0 iii dddd iiiiiiii`,
        "v7m",
        "alu",
        "<d>, #<i>",
        move[1],
        immediate,
      ),
      encoding(
        move[0],
        `1110101 ${code} s 1111 0 iii dddd ii tt mmmm`,
        "v7m",
        "alu",
        `<d>, ${shift}`,
        move[1],
        shifted,
      ),
    );
  }
  return list;
}

function shiftRegister(name: string, code: string, kind: number): Encoding {
  const pattern = `111110100 ${code} s nnnn 1111 dddd 0000 mmmm`;
  return encoding(
    name,
    pattern,
    "v7m",
    "alu",
    "<d>, <n>, <m>",
    alu.shiftByRegister,
    byRegister(kind),
  );
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
  const tail = "1111 dddd 10 ii mmmm";
  return [
    encoding(name, `111110100 ${code} 1111 ${tail}`, feature, "alu", "<d>, <m>", exec, extend),
    encoding(
      accumulate,
      `111110100 ${code} nnnn ${tail}`,
      "dsp",
      "alu",
      "<d>, <n>, <m>",
      accumulateExec,
      extend,
    ),
  ];
}

/** The group's lines. */
export const DATA_32: readonly Encoding[] = [
  ...OPERATIONS.flatMap(both),

  encoding(
    "addw",
    "11110 i 100000 nnnn 0 iii dddd iiiiiiii",
    "v7m",
    "alu",
    "<d>, <n>, #<i>",
    alu.addImmediate,
    plain(1),
  ),
  encoding(
    "subw",
    "11110 i 101010 nnnn 0 iii dddd iiiiiiii",
    "v7m",
    "alu",
    "<d>, <n>, #<i>",
    alu.addImmediate,
    plain(-1),
  ),
  encoding(
    "movw",
    "11110 i 100100 jjjj 0 iii dddd iiiiiiii",
    "v7m",
    "alu",
    "<d>, #<i>",
    alu.movImmediate,
    wide,
  ),
  encoding(
    "movt",
    "11110 i 101100 jjjj 0 iii dddd iiiiiiii",
    "v7m",
    "alu",
    "<d>, #<i>",
    alu.movt,
    wide,
  ),
  encoding(
    "sbfx",
    "111100110100 nnnn 0 iii dddd ii 0 wwwww",
    "v7m",
    "alu",
    "<d>, <n>, #<i>, #<k>",
    alu.sbfx,
    bitField,
  ),
  encoding(
    "ubfx",
    "111100111100 nnnn 0 iii dddd ii 0 wwwww",
    "v7m",
    "alu",
    "<d>, <n>, #<i>, #<k>",
    alu.ubfx,
    bitField,
  ),
  encoding(
    "bfi",
    "111100110110 nnnn 0 iii dddd ii 0 wwwww",
    "v7m",
    "alu",
    "<d>, <n>, #<i>, #<w>",
    alu.bfi,
    bitFieldInsert,
  ),
  encoding(
    "bfc",
    "111100110110 1111 0 iii dddd ii 0 wwwww",
    "v7m",
    "alu",
    "<d>, #<i>, #<w>",
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

  encoding(
    "rev",
    "111110101001 nnnn 1111 dddd 1000 mmmm",
    "v7m",
    "alu",
    "<d>, <m>",
    alu.rev,
    sameRegister,
  ),
  encoding(
    "rev16",
    "111110101001 nnnn 1111 dddd 1001 mmmm",
    "v7m",
    "alu",
    "<d>, <m>",
    alu.rev16,
    sameRegister,
  ),
  encoding(
    "rbit",
    "111110101001 nnnn 1111 dddd 1010 mmmm",
    "v7m",
    "alu",
    "<d>, <m>",
    alu.rbit,
    sameRegister,
  ),
  encoding(
    "revsh",
    "111110101001 nnnn 1111 dddd 1011 mmmm",
    "v7m",
    "alu",
    "<d>, <m>",
    alu.revsh,
    sameRegister,
  ),
  encoding(
    "clz",
    "111110101011 nnnn 1111 dddd 1000 mmmm",
    "v7m",
    "alu",
    "<d>, <m>",
    alu.clz,
    sameRegister,
  ),
];
