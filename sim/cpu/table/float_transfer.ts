/**
 * Floating-point moves, loads and stores, FPSCR (DDI 0403, A6.6 to A6.8), and the lazy state of the Security
 * Extension. Single registers are numbered Vd:D, double ones D:Vd.
 *
 * @module
 */
import type { TimingClass } from "../../types.ts";
import { type Encoding, encoding, type Fields, type Op, type Operands } from "../op.ts";
import type { Index } from "../architecture.ts";
import * as ops from "../fp/ops.ts";
import { securityOnly } from "../system.ts";
import { single } from "./float.ts";

/** Core register `t` and a single register, or a half of a double one (`x` is 1 for the high half). */
function coreSingle(op: Op, fields: Fields): boolean {
  op.d = fields.t as Index;
  op.n = single(fields.n, fields.N);
  return op.d !== 13 && op.d !== 15;
}

function coreHalf(op: Op, fields: Fields): boolean {
  op.d = fields.t as Index;
  op.n = single(fields.n, fields.x);
  return op.d !== 13 && op.d !== 15 && fields.N === 0;
}

function corePair(double: boolean): Operands {
  return (op, fields) => {
    op.d = fields.t as Index;
    op.m = double ? single(fields.m, 0) : single(fields.m, fields.M);
    const bad = [op.d, op.a].some((register) => register === 13 || register === 15);
    if (bad || (fields.o === 1 && op.d === op.a)) return false;
    return double ? fields.M === 0 : op.m !== 31;
  };
}

function systemRegister(op: Op, fields: Fields): boolean {
  op.d = fields.t as Index;
  return op.d !== 13 && op.d !== 15;
}

/** Registers of a transfer, as singles. */
function transfer(op: Op, fields: Fields, double: boolean): boolean {
  op.d = double ? single(fields.d, 0) : single(fields.d, fields.D);
  return !double || fields.D === 0;
}

function oneRegister(double: boolean): Operands {
  return (op, fields) => {
    if (op.n === 15 && op.encoding.exec === ops.vstr) return false;
    op.count = double ? 2 : 1;
    const distance = (fields.u === 1 ? 4 : -4) * fields.i;
    op.i = op.n === 15 ? distance - (op.address & 2) : distance;
    return transfer(op, fields, double);
  };
}

/** Words from the base up, or down to it with write-back. */
function multiple(double: boolean, down: boolean, stack: boolean): Operands {
  return (op, fields) => {
    if (stack) op.n = 13;
    // An odd count is FLDMX: one word more in memory than registers.
    const words = double ? fields.i << 1 : fields.i;
    const size = op.encoding.name.startsWith("f") ? words * 4 + 4 : words * 4;
    op.i = words;
    op.count = words;
    op.k = down ? -size : 0;
    op.s = down ? -size : stack || fields.w === 1 ? size : 0;
    const fits = transfer(op, fields, double) && op.d + words <= 32;
    return words > 0 && fits && op.n !== 15;
  };
}

function memory(double: boolean): Encoding[] {
  const size = double ? "1" : "0";
  const f = double ? "d" : "s";
  const lines: Encoding[] = [];
  for (const load of ["1", "0"] as const) {
    const [one, many] = load === "1" ? [ops.vldr, ops.vldm] : [ops.vstr, ops.vstm];
    const way = load === "1" ? "load" : "store";
    const name = load === "1" ? "vldr" : "vstr";
    const timing: TimingClass = double ? `fp-${way}-multiple` : `fp-${way}`;
    const list = (what: string, down: boolean, bits: string, text: string, x: string): void => {
      const tail = double ? `101${size} iiiiiii${x}` : `101${size} iiiiiiii`;
      const pattern = `1110110 ${bits} dddd ${tail}`;
      const operands = multiple(double, down, /^v(push|pop)$/.test(what));
      lines.push(encoding(what, pattern, "fp", `fp-${way}-multiple`, text, many, operands));
    };
    lines.push(encoding(
      name,
      `11101101 u D 0 ${load} nnnn dddd 101${size} iiiiiiii`,
      "fp",
      timing,
      `${name}<c> <${f}d>, <words>`,
      one,
      oneRegister(double),
    ));
    const m = load === "1" ? "vldm" : "vstm";
    list(m, false, `01 D w ${load} nnnn`, `${m}ia<c> <n><w?|!>, <${f}list>`, "0");
    list(m, true, `10 D 1 ${load} nnnn`, `${m}db<c> <n>!, <${f}list>`, "0");
    if (load === "1") list("vpop", false, "01 D 1 1 1101", `vpop<c> <${f}list>`, "0");
    else list("vpush", true, "10 D 1 0 1101", `vpush<c> <${f}list>`, "0");
    if (!double) continue;
    const x = load === "1" ? "fldmx" : "fstmx";
    const [up, down] = [x.replace("x", "iax"), x.replace("x", "dbx")];
    list(x, false, `01 D w ${load} nnnn`, `${up}<c> <n><w?|!>, <dlist> @ Deprecated`, "1");
    list(x, true, `10 D 1 ${load} nnnn`, `${down}<c> <n>!, <dlist> @ Deprecated`, "1");
  }
  return lines;
}

function pairMoves(double: boolean): Encoding[] {
  const size = double ? "1" : "0";
  const f = double ? "<dm>" : "<spair>";
  return ([["0", ops.fromCorePair], ["1", ops.toCorePair]] as const).map(([direction, exec]) =>
    encoding(
      "vmov",
      `11101100010 ${direction} aaaa tttt 101${size} 00 M 1 mmmm`,
      "fp",
      "fp-move-pair",
      direction === "0" ? `vmov<c> ${f}, <t>, <a>` : `vmov<c> <t>, <a>, ${f}`,
      exec,
      (op, fields) => corePair(double)(op, { ...fields, o: direction === "1" ? 1 : 0 }),
    )
  );
}

/** VLSTM and VLLDM: lazy state of the Security Extension. */
function lazyState(name: string, load: string): Encoding {
  return encoding(
    name,
    `11101100001 ${load} nnnn (0)(0)(0)(0) 1010 (0)(0)(0)(0)(0)(0)(0)(0)`,
    "v8mm",
    "nop",
    `${name} <n>`,
    securityOnly,
    (op) => op.n !== 15,
  );
}

/** Moves between a core register and a single, or half of a double. */
function coreMoves(
  first: string,
  size: string,
  f: string,
  mnemonic: string,
  operands: Operands,
): Encoding[] {
  // The bits that are the size of an element for a double should be 0 for a single.
  const element = size === "1011" ? "00" : "(0)(0)";
  const tail = `nnnn tttt ${size} N ${element} 1 (0)(0)(0)(0)`;
  return [
    encoding(
      "vmov",
      `${first} 0 ${tail}`,
      "fp",
      "fp-move",
      `${mnemonic} ${f}, <t>`,
      ops.fromCore,
      operands,
    ),
    encoding(
      "vmov",
      `${first} 1 ${tail}`,
      "fp",
      "fp-move",
      `${mnemonic} <t>, ${f}`,
      ops.toCore,
      operands,
    ),
  ];
}

/** The group's lines. */
export const FLOAT_TRANSFER: readonly Encoding[] = [
  ...coreMoves("11101110000", "1010", "<sn>", "vmov<c>", coreSingle),
  ...coreMoves("1110111000 x", "1011", "<dn>[<x>]", "vmov<c>.32", coreHalf),
  ...pairMoves(false),
  ...pairMoves(true),
  encoding(
    "vmsr",
    "111011101110 0001 tttt 1010 (0)(0)(0) 1 (0)(0)(0)(0)",
    "fp",
    "fp-move",
    "vmsr<c> fpscr, <t>",
    ops.vmsr,
    systemRegister,
  ),
  encoding(
    "vmrs",
    "111011101111 0001 tttt 1010 (0)(0)(0) 1 (0)(0)(0)(0)",
    "fp",
    "fp-move",
    "vmrs<c> <t>, fpscr",
    ops.vmrs,
    systemRegister,
  ),
  encoding(
    "vmrs",
    "111011101111 0001 1111 1010 (0)(0)(0) 1 (0)(0)(0)(0)",
    "fp",
    "fp-move",
    "vmrs<c> APSR_nzcv, fpscr",
    ops.vmrs,
    (op) => {
      op.d = 15;
      return true;
    },
  ),
  ...memory(false),
  ...memory(true),
  lazyState("vlldm", "1"),
  lazyState("vlstm", "0"),
];
