/**
 * System instructions, hints, barriers and coprocessors (DDI 0403, A5.2.5, A5.3.4, A5.3.18, B5.2; DDI 0553
 * for Armv8-M).
 *
 * @module
 */
import { type Encoding, encoding, type Exec, type Fields, type Operands } from "../op.ts";
import type { Feature } from "../architecture.ts";
import * as system from "../system.ts";

/** Special registers by what brings them: xPSR's parts, stack pointers, masks, CONTROL, stack limits. */
const SPECIAL: readonly (readonly [Feature, readonly number[]])[] = [
  ["v6m", [0, 1, 2, 3, 5, 6, 7, 8, 9, 16, 20]],
  ["v7m", [17, 18, 19]],
  ["v8m", [10, 11]],
];

/** MSR takes a mask of APSR's bytes; the one with GE needs the DSP extension. */
function toSpecial(numbers: readonly number[], masks: readonly number[]): Operands {
  return (op, fields) => {
    op.k = fields.k;
    if (!numbers.includes(op.i)) return "other";
    // Only APSR's parts have a mask.
    if (fields.k === 0 || (fields.k !== 2 && op.i > 3)) return false;
    return masks.includes(fields.k) ? op.n !== 13 && op.n !== 15 : "other";
  };
}

function fromSpecial(numbers: readonly number[]): Operands {
  return (op) => numbers.includes(op.i) ? op.d !== 13 && op.d !== 15 : "other";
}

function mrs(feature: Feature, operands: Operands): Encoding {
  return encoding(
    "mrs",
    "11110 0 11111 (0) (1)(1)(1)(1) 10 (0) 0 dddd iiiiiiii",
    feature,
    "special",
    "mrs<c> <d>, <from>",
    system.mrs,
    operands,
  );
}

function msr(feature: Feature, operands: Operands): Encoding {
  return encoding(
    "msr",
    "11110 0 11100 (0) nnnn 10 (0) 0 kk (0)(0) iiiiiiii",
    feature,
    "special",
    "msr<c> <to>, <n>",
    system.msr,
    operands,
  );
}

const HINTS: readonly (readonly [string, string, Exec])[] = [
  ["nop", "0000", system.nop],
  ["yield", "0001", system.nop],
  ["wfe", "0010", system.wfe],
  ["wfi", "0011", system.wfi],
  ["sev", "0100", system.sev],
];

const WIDE_HINT = "111100111010 (1)(1)(1)(1) 10 (0) 0 (0) 000";
const BARRIER = "111100111011 (1)(1)(1)(1) 10 (0) 0 (1)(1)(1)(1)";

function barrier(name: string, code: string, syntax: string): Encoding {
  return encoding(name, `${BARRIER} ${code}`, "v6m", "barrier", syntax, system.nop);
}

/** Coprocessors 10 and 11 are the floating-point extension, whose instructions have lines of their own. */
function notFloat(check: (fields: Fields) => boolean): Operands {
  return (_op, fields) => fields.v === 10 || fields.v === 11 ? "other" : check(fields);
}

/** No Cortex-M here has a coprocessor: its instructions are known, and fault with NOCP. */
function coprocessor(
  name: string,
  pattern: string,
  syntax: string,
  check: (fields: Fields) => boolean = () => true,
): Encoding[] {
  return (["", "2"] as const).map((second) =>
    encoding(
      `${name}${second}`,
      `111 ${second === "" ? "0" : "1"} ${pattern}`,
      "v7m",
      "nop",
      // objdump flags PC as the second register of MCRR2 only.
      syntax.replace("<2>", second).replace("<a=>", second === "" ? "<a>" : "<a!>"),
      system.noCoprocessor,
      notFloat(check),
    )
  );
}

const bad = (register: number): boolean => register === 13 || register === 15;

/** P, U and W all 0 are MCRR and MRRC, or nothing. */
const indexed = (fields: Fields): boolean => fields.p + fields.u + fields.w > 0;

/** The group's lines. */
export const SYSTEM: readonly Encoding[] = [
  encoding("svc", "11011111 iiiiiiii", "v6m", "exception", "svc<c> <i>", system.svc),
  encoding("bkpt", "10111110 iiiiiiii", "v6m", "special", "bkpt <hex>", system.bkpt),
  encoding("udf", "11011110 iiiiiiii", "v6m", "nop", "udf<c> #<i>", system.udf),
  encoding(
    "udf",
    "111101111111 iiii 1010 iiiiiiiiiiii",
    "v6m",
    "nop",
    "udf<c>.w #<i>",
    system.udf,
  ),
  encoding(
    "cps",
    "10110110011 k (0)(0) 10",
    "v6m",
    "special",
    "cpsi<k?e|d> i<outside>",
    system.cps,
    (op) => {
      op.i = 2;
      return true;
    },
  ),
  encoding(
    "cps",
    "10110110011 k (0)(0) ii",
    "v7m",
    "special",
    "cpsi<k?e|d> <i?|f|i|if><outside>",
    system.cps,
    (op) => op.i !== 0,
  ),

  ...HINTS.map(([name, code, exec]) =>
    encoding(name, `10111111 ${code} 0000`, "v6m", "nop", `${name}<c>`, exec)
  ),
  ...HINTS.map(([name, code, exec]) =>
    encoding(name, `${WIDE_HINT} 0000 ${code}`, "v7m", "nop", `${name}<c>.w`, exec)
  ),
  encoding("hint", "10111111 iiii 0000", "v6m", "nop", "nop<c> {<i>}", system.nop),
  encoding("hint", `${WIDE_HINT} iiii iiii`, "v7m", "nop", "nop<c>.w {<i>}", system.nop),
  encoding("csdb", `${WIDE_HINT} 0001 0100`, "v7m", "nop", "csdb", system.nop),
  encoding("dbg", `${WIDE_HINT} 1111 iiii`, "v7m", "nop", "dbg<c> #<i>", system.nop),
  barrier("dsb", "0100 iiii", "dsb<c> <barrier>"),
  barrier("ssbb", "0100 0000", "ssbb"),
  barrier("pssbb", "0100 0100", "pssbb"),
  barrier("dmb", "0101 iiii", "dmb<c> <barrier>"),
  barrier("isb", "0110 iiii", "isb<c> <isb>"),

  ...SPECIAL.map(([feature, numbers]) => mrs(feature, fromSpecial(numbers))),
  ...SPECIAL.map(([feature, numbers]) => msr(feature, toSpecial(numbers, [2]))),
  msr("dsp", toSpecial([0, 1, 2, 3], [1, 3])),

  encoding("sg", "1110100101111111 1110100101111111", "v8m", "nop", "sg", system.nop),
  ...(["tt", "ttt"] as const).map((name, t) =>
    encoding(
      name,
      `111010000100 nnnn 1111 dddd 0 ${t} (0)(0)(0)(0)(0)(0)`,
      "v8m",
      "special",
      `${name} <d>, <n>`,
      system.tt,
      (op) => {
        op.k = t;
        return !bad(op.d) && op.n !== 15;
      },
    )
  ),
  ...(["tta", "ttat"] as const).map((name, t) =>
    encoding(
      name,
      `111010000100 nnnn 1111 dddd 1 ${t} (0)(0)(0)(0)(0)(0)`,
      "v8m",
      "special",
      `${name} <d>, <n>`,
      system.securityOnly,
      (op) => !bad(op.d) && op.n !== 15,
    )
  ),

  ...coprocessor(
    "mcr",
    "1110 kkk 0 nnnn tttt vvvv eee 1 mmmm",
    "mcr<2><c> <v>, <k>, <t!>, cr<n:#>, cr<m:#>, {<e>}",
    (fields) => !bad(fields.t),
  ),
  encoding(
    "mrc",
    "11101110 kkk 1 nnnn 1111 vvvv eee 1 mmmm",
    "v7m",
    "nop",
    "mrc<c> <v>, <k>, APSR_nzcv, cr<n:#>, cr<m:#>, {<e>}",
    system.noCoprocessor,
    notFloat(() => true),
  ),
  ...coprocessor(
    "mrc",
    "1110 kkk 1 nnnn tttt vvvv eee 1 mmmm",
    "mrc<2><c> <v>, <k>, <t>, cr<n:#>, cr<m:#>, {<e>}",
    (fields) => fields.t !== 13,
  ),
  ...coprocessor(
    "cdp",
    "1110 kkkk nnnn dddd vvvv eee 0 mmmm",
    "cdp<2><c> <v>, <k>, cr<d:#>, cr<n:#>, cr<m:#>, {<e>}",
  ),
  ...coprocessor(
    "mcrr",
    "11000100 aaaa tttt vvvv kkkk mmmm",
    "mcrr<2><c> <v>, <k>, <t!>, <a=>, cr<m:#>",
    (fields) => !bad(fields.t) && !bad(fields.a),
  ),
  ...coprocessor(
    "mrrc",
    "11000101 aaaa tttt vvvv kkkk mmmm",
    "mrrc<2><c> <v>, <k>, <t!>, <a!><twice>, cr<m:#>",
    (fields) => !bad(fields.t) && !bad(fields.a) && fields.a !== fields.t,
  ),
  ...coprocessor(
    "stc",
    "110 p u e w 0 nnnn dddd vvvv iiiiiiii",
    "stc<2><e?|l><c> <v>, cr<d:#>, <words>",
    (fields) => indexed(fields) && fields.n !== 15,
  ),
  ...coprocessor(
    "ldc",
    "110 p u e w 1 nnnn dddd vvvv iiiiiiii",
    "ldc<2><e?|l><c> <v>, cr<d:#>, <words>",
    (fields) => indexed(fields) && (fields.n !== 15 || fields.w === 0),
  ),
];
