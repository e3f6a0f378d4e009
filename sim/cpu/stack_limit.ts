/**
 * Stack limits of Armv8-M Mainline (DDI 0553, B3.21): an instruction that would move SP below MSPLIM or
 * PSPLIM raises a UsageFault (STKOF) instead, before it accesses memory. Checked are ADD and SUB of SP, MOV
 * to SP, and stores and loads that write a lower SP back.
 *
 * Instructions are wrapped when they are decoded, and only while a limit is set: a program without limits,
 * and every other core, pays nothing.
 *
 * @module
 */
import { CoreFault } from "./architecture.ts";
import type { CpuState } from "./state.ts";
import type { Op } from "./op.ts";
import { executionPriority } from "./priority.ts";

/** True if a limit is set. */
export function hasStackLimits(cpu: CpuState): boolean {
  return (cpu.msplim | cpu.psplim) !== 0;
}

/** CCR.STKOFHFNMIGN: at negative priorities the limits do not hold. */
const IGNORE = 1 << 10;

/** Throws if SP may not have a value. */
function check(cpu: CpuState, sp: number): void {
  const process = cpu.ipsr === 0 && (cpu.control & 2) !== 0;
  const limit = process ? cpu.psplim : cpu.msplim;
  if (sp >>> 0 >= limit >>> 0) return;
  if ((cpu.system.ccr & IGNORE) !== 0 && executionPriority(cpu) < 0) return;
  throw new CoreFault("stack-limit", sp >>> 0);
}

/** Write-back in the encodings of loads and stores with an offset of 8 bits. */
const W = 1 << 8;

/** How far a load or store moves SP; 0 if it does not. */
function writeBack({ encoding: { timing, name, pattern }, word, n, m, i, k, s }: Op): number {
  if (n !== 13) return 0;
  switch (timing) {
    case "load":
    case "store":
      return pattern.includes("1puw") && (word & W) !== 0 ? i : 0;
    case "load-pair":
    case "store-pair":
      return m !== 0 ? i : 0;
    case "load-multiple":
    case "store-multiple":
      return m !== 0 ? s : 0;
    default:
      // VLDM and VSTM: `s` is what is added to the base; VLDR and VSTR have none.
      return /^v(ldm|stm|push|pop)$|^f(ld|st)mx$/.test(name) && k <= 0 ? s : 0;
  }
}

/**
 * Makes a decoded instruction respect the stack limits.
 *
 * @param op The instruction
 */
export function limitStack(op: Op): void {
  const { exec } = op;
  const distance = writeBack(op);
  if (distance < 0) {
    op.exec = (cpu, self) => {
      check(cpu, cpu.r[13] + distance);
      exec(cpu, self);
    };
    return;
  }
  const { timing, name } = op.encoding;
  const sum = op.n === 13 && /^(add|addw|sub|subw)$/.test(name);
  if (timing !== "alu" || op.d !== 13 || !(sum || name === "mov")) return;
  op.exec = (cpu, self) => {
    const { n, z, c, v } = cpu;
    const before = cpu.r[13];
    exec(cpu, self);
    const after = cpu.r[13];
    cpu.r[13] = before;
    try {
      check(cpu, after);
    } catch (error) {
      cpu.n = n;
      cpu.z = z;
      cpu.c = c;
      cpu.v = v;
      throw error;
    }
    cpu.r[13] = after;
  };
}
