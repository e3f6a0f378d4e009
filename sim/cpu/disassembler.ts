/**
 * A decoded instruction as text, from the same table that decodes and executes it: plain and readable, not
 * any assembler's exact spelling. Registers are named by their set, branch targets are addresses.
 *
 * @module
 */
import { formatAddress } from "../../src/base/units.ts";
import { fieldsOf } from "./decoder.ts";
import type { Op } from "./op.ts";

const CORE = ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12"];
const NAMES = [...CORE, "sp", "lr", "pc"];
const SHIFTS = ["lsl", "lsr", "asr", "ror"];
// deno-fmt-ignore
const CONDITIONS = [
  "eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al",
];

function coreList(list: number): string {
  return NAMES.filter((_, number) => ((list >> number) & 1) !== 0).join(", ");
}

function registerName(op: Op, letter: string, number: number): string {
  const { feature, timing } = op.encoding;
  const isBase = letter === "n" && /load|store/.test(timing);
  const inCore = letter === "t" || letter === "a" || isBase;
  if (!feature.startsWith("fp") || inCore) return NAMES[number] ?? "?";
  return `${feature === "fp64" ? "d" : "s"}${number}`;
}

function isBranch(op: Op): boolean {
  return /^(branch|branch-conditional|branch-link|compare-branch)$/.test(op.encoding.timing);
}

/**
 * Text of an instruction.
 *
 * @param op The decoded instruction
 */
export function disassemble(op: Op): string {
  const { encoding } = op;
  const fields = fieldsOf(encoding, op.word);
  const isShift = encoding.syntax.includes("<t> #");
  const operands = encoding.syntax.replace(/<([a-z])>/g, (_, letter: string) => {
    switch (letter) {
      case "d":
        return registerName(op, letter, op.d);
      case "n":
        return registerName(op, letter, op.n);
      case "m":
        return registerName(op, letter, op.m);
      case "a":
        return registerName(op, letter, op.a);
      case "t":
        return isShift ? SHIFTS[fields.t] ?? "" : registerName(op, letter, fields.t);
      case "i":
        return isBranch(op) ? formatAddress(op.i) : `${op.i}`;
      case "r":
        return coreList(op.i);
      case "c":
        return CONDITIONS[fields.c] ?? "";
      case "w":
        return `${fields.w - op.i + 1}`;
      default:
        return `${op.k}`;
    }
  });
  const flags = op.s === 1 && fields.s === 1 && encoding.timing === "alu" ? "s" : "";
  const condition = encoding.timing === "branch-conditional" ? CONDITIONS[op.k] ?? "" : "";
  return `${encoding.name}${flags}${condition} ${operands}`.trim();
}
