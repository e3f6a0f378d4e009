/**
 * Semantics of the DSP extension: saturation, 16-bit products, parallel arithmetic with the GE flags
 * (DDI 0403, A7.7 and E1.2).
 *
 * @module
 */
import type { CpuState } from "./state.ts";
import type { Exec, Op } from "./op.ts";
import { accumulate } from "./multiply.ts";

const WORD = 0x1_0000_0000;
const MAX = 0x7fff_ffff;
const MIN = -0x8000_0000;

function low(value: number): number {
  return (value << 16) >> 16;
}

function high(value: number): number {
  return value >> 16;
}

function half(value: number, top: number): number {
  return top !== 0 ? value >> 16 : (value << 16) >> 16;
}

/** Saturates to a range; sets Q when it has to. */
function saturate(cpu: CpuState, value: number, least: number, most: number): number {
  if (value > most) {
    cpu.q = 1;
    return most;
  }
  if (value < least) {
    cpu.q = 1;
    return least;
  }
  return value;
}

function clamp(value: number, least: number, most: number): number {
  return value > most ? most : value < least ? least : value;
}

/** Adds to 32 bits; an overflow sets Q but does not saturate. */
function addSticky(cpu: CpuState, sum: number): number {
  if (sum > MAX || sum < MIN) cpu.q = 1;
  return sum | 0;
}

function shifted(cpu: CpuState, op: Op): number {
  return op.s !== 0 ? cpu.r[op.n] >> op.i : cpu.r[op.n] << op.i;
}

/** SSAT: `k` bits, operand shifted left or (`s`) right by `i`. */
export function ssat(cpu: CpuState, op: Op): void {
  const most = 2 ** (op.k - 1) - 1;
  cpu.r[op.d] = saturate(cpu, shifted(cpu, op), -most - 1, most);
}

/** USAT. */
export function usat(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = saturate(cpu, shifted(cpu, op), 0, 2 ** op.k - 1);
}

/** SSAT16. */
export function ssat16(cpu: CpuState, op: Op): void {
  const most = 2 ** (op.k - 1) - 1;
  const value = cpu.r[op.n];
  const bottom = saturate(cpu, low(value), -most - 1, most);
  const top = saturate(cpu, high(value), -most - 1, most);
  cpu.r[op.d] = (top << 16) | (bottom & 0xffff);
}

/** USAT16. */
export function usat16(cpu: CpuState, op: Op): void {
  const most = 2 ** op.k - 1;
  const value = cpu.r[op.n];
  const bottom = saturate(cpu, low(value), 0, most);
  const top = saturate(cpu, high(value), 0, most);
  cpu.r[op.d] = (top << 16) | bottom;
}

/** QADD. */
export function qadd(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = saturate(cpu, cpu.r[op.m] + cpu.r[op.n], MIN, MAX);
}

/** QSUB. */
export function qsub(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = saturate(cpu, cpu.r[op.m] - cpu.r[op.n], MIN, MAX);
}

/** QDADD. */
export function qdadd(cpu: CpuState, op: Op): void {
  const doubled = saturate(cpu, cpu.r[op.n] * 2, MIN, MAX);
  cpu.r[op.d] = saturate(cpu, cpu.r[op.m] + doubled, MIN, MAX);
}

/** QDSUB. */
export function qdsub(cpu: CpuState, op: Op): void {
  const doubled = saturate(cpu, cpu.r[op.n] * 2, MIN, MAX);
  cpu.r[op.d] = saturate(cpu, cpu.r[op.m] - doubled, MIN, MAX);
}

/** PKHBT: the second operand is shifted left. */
export function pkhbt(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = (cpu.r[op.n] & 0xffff) | ((cpu.r[op.m] << op.i) & 0xffff_0000);
}

/** PKHTB: the second operand is shifted right arithmetically. */
export function pkhtb(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = (cpu.r[op.n] & 0xffff_0000) | ((cpu.r[op.m] >> op.i) & 0xffff);
}

/** SEL. */
export function sel(cpu: CpuState, op: Op): void {
  const mask = (cpu.ge & 1 ? 0xff : 0) | (cpu.ge & 2 ? 0xff00 : 0) | (cpu.ge & 4 ? 0xff_0000 : 0) |
    (cpu.ge & 8 ? 0xff00_0000 : 0);
  cpu.r[op.d] = (cpu.r[op.n] & mask) | (cpu.r[op.m] & ~mask);
}

/** SMULBB and its siblings; bit 1 of `k` chooses the first, bit 0 the second operand's half. */
export function smulxy(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = half(cpu.r[op.n], op.k & 2) * half(cpu.r[op.m], op.k & 1);
}

/** SMLABB and its siblings. */
export function smlaxy(cpu: CpuState, op: Op): void {
  const product = half(cpu.r[op.n], op.k & 2) * half(cpu.r[op.m], op.k & 1);
  cpu.r[op.d] = addSticky(cpu, product + cpu.r[op.a]);
}

/** SMULWB, SMULWT. */
export function smulw(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = Math.floor((cpu.r[op.n] * half(cpu.r[op.m], op.k)) / 65536);
}

/** SMLAWB, SMLAWT. */
export function smlaw(cpu: CpuState, op: Op): void {
  const product = Math.floor((cpu.r[op.n] * half(cpu.r[op.m], op.k)) / 65536);
  cpu.r[op.d] = addSticky(cpu, product + cpu.r[op.a]);
}

/** The second operand of the dual multiplications, halves swapped if `k` is 1. */
function swapped(cpu: CpuState, op: Op): number {
  const value = cpu.r[op.m];
  return op.k !== 0 ? (value << 16) | (value >>> 16) : value;
}

function dualSum(cpu: CpuState, op: Op): number {
  const x = cpu.r[op.n];
  const y = swapped(cpu, op);
  return low(x) * low(y) + high(x) * high(y);
}

function dualDifference(cpu: CpuState, op: Op): number {
  const x = cpu.r[op.n];
  const y = swapped(cpu, op);
  return low(x) * low(y) - high(x) * high(y);
}

/** SMUAD, SMUADX. */
export function smuad(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = addSticky(cpu, dualSum(cpu, op));
}

/** SMLAD, SMLADX. */
export function smlad(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = addSticky(cpu, dualSum(cpu, op) + cpu.r[op.a]);
}

/** SMUSD, SMUSDX. */
export function smusd(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = dualDifference(cpu, op);
}

/** SMLSD, SMLSDX. */
export function smlsd(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = addSticky(cpu, dualDifference(cpu, op) + cpu.r[op.a]);
}

function accumulateExact(cpu: CpuState, op: Op, value: number): void {
  accumulate(cpu, op, value | 0, Math.floor(value / WORD));
}

/** SMLALBB and its siblings. */
export function smlalxy(cpu: CpuState, op: Op): void {
  accumulateExact(cpu, op, half(cpu.r[op.n], op.k & 2) * half(cpu.r[op.m], op.k & 1));
}

/** SMLALD, SMLALDX. */
export function smlald(cpu: CpuState, op: Op): void {
  accumulateExact(cpu, op, dualSum(cpu, op));
}

/** SMLSLD, SMLSLDX. */
export function smlsld(cpu: CpuState, op: Op): void {
  accumulateExact(cpu, op, dualDifference(cpu, op));
}

/** High word of accumulator (as the high word) plus or minus a product, rounded if `k` is 1. */
function mostSignificant(cpu: CpuState, op: Op, base: number, sign: number): number {
  const x = cpu.r[op.n];
  const y = cpu.r[op.m];
  const bottom = Math.imul(x, y) >>> 0;
  const top = Math.round((x * y - bottom) / WORD);
  const rounding = op.k !== 0 ? 0x8000_0000 : 0;
  return base + sign * top + Math.floor((sign * bottom + rounding) / WORD);
}

/** SMMUL, SMMULR. */
export function smmul(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = mostSignificant(cpu, op, 0, 1);
}

/** SMMLA, SMMLAR. */
export function smmla(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = mostSignificant(cpu, op, cpu.r[op.a], 1);
}

/** SMMLS, SMMLSR. */
export function smmls(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = mostSignificant(cpu, op, cpu.r[op.a], -1);
}

function absoluteDifferences(x: number, y: number): number {
  let sum = 0;
  for (let shift = 0; shift < 32; shift += 8) {
    sum += Math.abs(((x >>> shift) & 0xff) - ((y >>> shift) & 0xff));
  }
  return sum;
}

/** USAD8. */
export function usad8(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = absoluteDifferences(cpu.r[op.n], cpu.r[op.m]);
}

/** USADA8. */
export function usada8(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.r[op.a] + absoluteDifferences(cpu.r[op.n], cpu.r[op.m]);
}

/** How a lane's result becomes bits, and what GE gets. */
export type Lane = "s" | "q" | "sh" | "u" | "uq" | "uh";

/** What a function of parallel arithmetic does. */
export interface Parallel {
  /** Signedness and treatment of results. */
  readonly lane: Lane;
  /** Bits of a lane. */
  readonly bits: 8 | 16;
  /** For each lane, from the lowest, whether it is added (else subtracted). */
  readonly sums: readonly boolean[];
  /** Whether the second operand's halves are swapped. */
  readonly exchange: boolean;
}

/** Shapes of the functions that {@linkcode parallel16} and {@linkcode parallel8} have made. */
const shapes = new WeakMap<Exec, Parallel>();

/** What a function does, if {@linkcode parallel16} or {@linkcode parallel8} made it. */
export function parallelOf(exec: Exec): Parallel | undefined {
  return shapes.get(exec);
}

function shaped(shape: Parallel, exec: Exec): Exec {
  shapes.set(exec, shape);
  return exec;
}

function finish(lane: Lane, value: number, bits: number): number {
  const limit = 2 ** bits;
  switch (lane) {
    case "q":
      return clamp(value, -limit / 2, limit / 2 - 1);
    case "uq":
      return clamp(value, 0, limit - 1);
    case "sh":
    case "uh":
      return value >> 1;
    default:
      return value;
  }
}

/** GE of a lane: no borrow, or a carry of an unsigned sum. */
function greaterOrEqual(lane: Lane, value: number, bits: number, sum: boolean): boolean {
  if (lane === "s") return value >= 0;
  return sum ? value >= 2 ** bits : value >= 0;
}

/**
 * 16-bit parallel arithmetic.
 *
 * @param lane Signedness and treatment of results
 * @param bottomSum Whether the low halves are added (else subtracted)
 * @param topSum Whether the high halves are added
 * @param exchange Whether the second operand's halves are swapped
 */
export function parallel16(
  lane: Lane,
  bottomSum: boolean,
  topSum: boolean,
  exchange: boolean,
): Exec {
  const unsigned = lane.startsWith("u");
  const setsGe = lane === "s" || lane === "u";
  const shape: Parallel = { lane, bits: 16, sums: [bottomSum, topSum], exchange };
  return shaped(shape, (cpu, op) => {
    const x = cpu.r[op.n];
    const raw = cpu.r[op.m];
    const y = exchange ? (raw << 16) | (raw >>> 16) : raw;
    const xl = unsigned ? x & 0xffff : low(x);
    const xh = unsigned ? x >>> 16 : high(x);
    const yl = unsigned ? y & 0xffff : low(y);
    const yh = unsigned ? y >>> 16 : high(y);
    const bottom = bottomSum ? xl + yl : xl - yl;
    const top = topSum ? xh + yh : xh - yh;
    if (setsGe) {
      cpu.ge = (greaterOrEqual(lane, bottom, 16, bottomSum) ? 3 : 0) |
        (greaterOrEqual(lane, top, 16, topSum) ? 12 : 0);
    }
    cpu.r[op.d] = (finish(lane, top, 16) << 16) | (finish(lane, bottom, 16) & 0xffff);
  });
}

/**
 * 8-bit parallel arithmetic.
 *
 * @param lane Signedness and treatment of results
 * @param sum Whether lanes are added (else subtracted)
 */
export function parallel8(lane: Lane, sum: boolean): Exec {
  const unsigned = lane.startsWith("u");
  const setsGe = lane === "s" || lane === "u";
  const shape: Parallel = { lane, bits: 8, sums: [sum, sum, sum, sum], exchange: false };
  return shaped(shape, (cpu, op) => {
    const x = cpu.r[op.n];
    const y = cpu.r[op.m];
    let result = 0;
    let ge = 0;
    for (let number = 0; number < 4; number++) {
      const shift = 24 - number * 8;
      const xb = unsigned ? ((x << shift) >>> 24) : ((x << shift) >> 24);
      const yb = unsigned ? ((y << shift) >>> 24) : ((y << shift) >> 24);
      const value = sum ? xb + yb : xb - yb;
      if (greaterOrEqual(lane, value, 8, sum)) ge |= 1 << number;
      result |= (finish(lane, value, 8) & 0xff) << (number * 8);
    }
    if (setsGe) cpu.ge = ge;
    cpu.r[op.d] = result;
  });
}
