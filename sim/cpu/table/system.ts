/**
 * System instructions, hints and barriers (DDI 0403, A5.2.5, A5.3.4, B5.2).
 *
 * @module
 */
import { type Encoding, encoding, type Exec, type Fields, type Op } from "../op.ts";
import * as system from "../system.ts";

/** Special registers that exist: xPSR's parts, the stack pointers, the masks and CONTROL. */
function special(op: Op): boolean {
  return op.i <= 3 || (op.i >= 5 && op.i <= 9) || (op.i >= 16 && op.i <= 20);
}

function toSpecial(op: Op, fields: Fields): boolean {
  op.k = fields.k;
  return special(op) && op.n !== 13 && op.n !== 15 && op.k !== 0;
}

function fromSpecial(op: Op): boolean {
  return special(op) && op.d !== 13 && op.d !== 15;
}

function changeState(op: Op, fields: Fields): boolean {
  op.i = fields.i;
  return op.i !== 0;
}

const HINTS: readonly (readonly [string, string, Exec])[] = [
  ["nop", "0000", system.nop],
  ["yield", "0001", system.nop],
  ["wfe", "0010", system.wfe],
  ["wfi", "0011", system.wfi],
  ["sev", "0100", system.sev],
];

const BARRIERS: readonly (readonly [string, string])[] = [
  ["dsb", "0100"],
  ["dmb", "0101"],
  ["isb", "0110"],
];

/** The group's lines. */
export const SYSTEM: readonly Encoding[] = [
  encoding("svc", "11011111 iiiiiiii", "v6m", "exception", "#<i>", system.svc),
  encoding("bkpt", "10111110 iiiiiiii", "v6m", "special", "#<i>", system.bkpt),
  encoding("udf", "11011110 iiiiiiii", "v6m", "nop", "#<i>", system.udf),
  encoding("udf", "111101111111 iiii 1010 iiiiiiiiiiii", "v6m", "nop", "#<i>", system.udf),
  encoding("cps", "10110110011 k 00 ii", "v6m", "special", "<k> <i>", system.cps, changeState),

  ...HINTS.map(([name, code, exec]) =>
    encoding(name, `10111111 ${code} 0000`, "v6m", "nop", "", exec)
  ),
  ...HINTS.map(([name, code, exec]) =>
    encoding(name, `1111001110101111 10000000 0000 ${code}`, "v7m", "nop", "", exec)
  ),
  encoding("hint", "10111111 iiii 0000", "v6m", "nop", "#<i>", system.nop),
  encoding("hint", "1111001110101111 10000000 iiii iiii", "v7m", "nop", "#<i>", system.nop),
  ...BARRIERS.map(([name, code]) =>
    encoding(name, `111100111011 1111 10001111 ${code} iiii`, "v6m", "barrier", "#<i>", system.nop)
  ),

  encoding(
    "mrs",
    "1111001111101111 1000 dddd iiiiiiii",
    "v6m",
    "special",
    "<d>, <i>",
    system.mrs,
    fromSpecial,
  ),
  encoding(
    "msr",
    "111100111000 nnnn 1000 kk 00 iiiiiiii",
    "v6m",
    "special",
    "<i>, <n>",
    system.msr,
    toSpecial,
  ),
];
