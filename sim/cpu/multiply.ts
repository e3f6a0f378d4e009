/**
 * Semantics of multiplication and division (DDI 0403, A7.7). 64-bit products are made of exact integers
 * below 2^53 where possible; the high word is recovered from the rounded product by removing the exact low
 * word, which leaves a multiple of 2^32 that is off by less than half.
 *
 * @module
 */
import { CCR, CoreFault } from "./architecture.ts";
import type { CpuState } from "./state.ts";
import type { Op } from "./op.ts";

const WORD = 0x1_0000_0000;

/** MUL, 16 and 32 bits. */
export function mul(cpu: CpuState, op: Op): void {
  const result = Math.imul(cpu.r[op.n], cpu.r[op.m]);
  cpu.r[op.d] = result;
  if (op.s !== 0) cpu.n = cpu.z = result;
}

/** MLA. */
export function mla(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = Math.imul(cpu.r[op.n], cpu.r[op.m]) + cpu.r[op.a];
}

/** MLS. */
export function mls(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.r[op.a] - Math.imul(cpu.r[op.n], cpu.r[op.m]);
}

/** High word of a signed 64-bit product. */
export function signedHigh(a: number, b: number): number {
  return Math.round((a * b - (Math.imul(a, b) >>> 0)) / WORD) | 0;
}

/** High word of an unsigned 64-bit product. */
export function unsignedHigh(a: number, b: number): number {
  return Math.round(((a >>> 0) * (b >>> 0) - (Math.imul(a, b) >>> 0)) / WORD) | 0;
}

/** SMULL; `d` is the low, `a` the high register of all long multiplications. */
export function smull(cpu: CpuState, op: Op): void {
  const x = cpu.r[op.n];
  const y = cpu.r[op.m];
  cpu.r[op.d] = Math.imul(x, y);
  cpu.r[op.a] = signedHigh(x, y);
}

/** UMULL. */
export function umull(cpu: CpuState, op: Op): void {
  const x = cpu.r[op.n];
  const y = cpu.r[op.m];
  cpu.r[op.d] = Math.imul(x, y);
  cpu.r[op.a] = unsignedHigh(x, y);
}

/** Adds a 64-bit number to the pair of registers. */
export function accumulate(cpu: CpuState, op: Op, low: number, high: number): void {
  const sum = (cpu.r[op.d] >>> 0) + (low >>> 0);
  cpu.r[op.a] = cpu.r[op.a] + high + (sum >= WORD ? 1 : 0);
  cpu.r[op.d] = sum;
}

/** SMLAL. */
export function smlal(cpu: CpuState, op: Op): void {
  const x = cpu.r[op.n];
  const y = cpu.r[op.m];
  accumulate(cpu, op, Math.imul(x, y), signedHigh(x, y));
}

/** UMLAL. */
export function umlal(cpu: CpuState, op: Op): void {
  const x = cpu.r[op.n];
  const y = cpu.r[op.m];
  accumulate(cpu, op, Math.imul(x, y), unsignedHigh(x, y));
}

/** UMAAL. */
export function umaal(cpu: CpuState, op: Op): void {
  const x = cpu.r[op.n];
  const y = cpu.r[op.m];
  const low = (Math.imul(x, y) >>> 0) + (cpu.r[op.d] >>> 0) + (cpu.r[op.a] >>> 0);
  cpu.r[op.a] = unsignedHigh(x, y) + Math.floor(low / WORD);
  cpu.r[op.d] = low;
}

function divideByZero(cpu: CpuState): void {
  if ((cpu.system.ccr & CCR.divideTrap) !== 0) throw new CoreFault("division-by-zero");
}

/** SDIV; its cost depends on the operands. */
export function sdiv(cpu: CpuState, op: Op): void {
  const dividend = cpu.r[op.n];
  const divisor = cpu.r[op.m];
  if (divisor === 0) divideByZero(cpu);
  cpu.r[op.d] = divisor === 0 ? 0 : dividend / divisor;
  cpu.cycles += cpu.timing.divide(dividend, divisor, true);
}

/** UDIV. */
export function udiv(cpu: CpuState, op: Op): void {
  const dividend = cpu.r[op.n] >>> 0;
  const divisor = cpu.r[op.m] >>> 0;
  if (divisor === 0) divideByZero(cpu);
  cpu.r[op.d] = divisor === 0 ? 0 : dividend / divisor;
  cpu.cycles += cpu.timing.divide(dividend, divisor, false);
}
