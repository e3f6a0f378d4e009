/**
 * Floating-point arithmetic with the host's doubles where that is exact: rounding to nearest, no flush to
 * zero, a result that is neither tiny nor infinite nor a NaN. Whether a result was inexact is told by exact
 * checks in doubles; where there is none (products, quotients and roots of doubles), the inexact flag must be
 * set already, which it is after the first rounded result. Everything else goes to `soft.ts`.
 *
 * Single precision through doubles: sums, products, quotients and roots of two 24-bit operands round to the
 * same result in two steps as in one, since 53 ≥ 2 × 24 + 2. The fused multiply-add does not; there the
 * double is rounded to odd first.
 *
 * @module
 */
import type { CpuState } from "../state.ts";
import type { Index } from "../architecture.ts";
import * as soft from "./soft.ts";

/** Bits of FPSCR that must be 0 for the host's arithmetic to be the core's. */
export const MODES: number = soft.FPSCR.flushToZero | (3 << soft.FPSCR.roundingShift);
const LEAST_32 = 2 ** -126;
const LEAST_64 = 2 ** -1022;

const wordsOf = new Int32Array(2);
const doubleOf = new Float64Array(wordsOf.buffer);

/** True if the host's rounding is the core's. */
function direct(cpu: CpuState): boolean {
  return (cpu.fpscr & MODES) === 0;
}

/** True if the inexact flag is set already: nothing that is rounded can change the flags. */
function directOnce(cpu: CpuState): boolean {
  return (cpu.fpscr & (MODES | soft.FPSCR.inexact)) === soft.FPSCR.inexact;
}

function note(cpu: CpuState, exact: boolean): void {
  if (!exact) cpu.fpscr |= soft.FPSCR.inexact;
}

/** What a sum of two doubles lost by rounding (Knuth's two-sum). */
function lostBySum(x: number, y: number, sum: number): number {
  const part = sum - x;
  return (x - (sum - part)) + (y - part);
}

function plain32(value: number): boolean {
  const size = Math.abs(value);
  return size > LEAST_32 && size < Infinity;
}

function plain64(value: number): boolean {
  const size = Math.abs(value);
  return size > LEAST_64 && size < Infinity;
}

/** Bit pattern of a single register. */
export function bits32(cpu: CpuState, register: Index): bigint {
  return BigInt(cpu.s[register] >>> 0);
}

/** Bit pattern of a double register. */
export function bits64(cpu: CpuState, register: Index): bigint {
  const low = cpu.s[(register * 2) as Index] >>> 0;
  const high = cpu.s[(register * 2 + 1) as Index] >>> 0;
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Sets a single register. */
export function set32(cpu: CpuState, register: Index, bits: bigint): void {
  cpu.s[register] = Number(bits & 0xffff_ffffn);
}

/** Sets a double register. */
export function set64(cpu: CpuState, register: Index, bits: bigint): void {
  cpu.s[(register * 2) as Index] = Number(bits & 0xffff_ffffn);
  cpu.s[(register * 2 + 1) as Index] = Number(bits >> 32n);
}

/** d = n + m, single. */
export function add32(cpu: CpuState, d: Index, n: Index, m: Index): void {
  const x = cpu.f32[n];
  const y = cpu.f32[m];
  const sum = x + y;
  const result = Math.fround(sum);
  if (direct(cpu) && (plain32(result) || result === 0)) {
    note(cpu, sum === result && lostBySum(x, y, sum) === 0);
    cpu.f32[d] = result;
  } else set32(cpu, d, soft.add(cpu, soft.F32, bits32(cpu, n), bits32(cpu, m)));
}

/** d = n − m, single. */
export function sub32(cpu: CpuState, d: Index, n: Index, m: Index): void {
  const x = cpu.f32[n];
  const y = -cpu.f32[m];
  const sum = x + y;
  const result = Math.fround(sum);
  if (direct(cpu) && (plain32(result) || result === 0)) {
    note(cpu, sum === result && lostBySum(x, y, sum) === 0);
    cpu.f32[d] = result;
  } else set32(cpu, d, soft.subtract(cpu, soft.F32, bits32(cpu, n), bits32(cpu, m)));
}

/** d = n × m, single. */
export function mul32(cpu: CpuState, d: Index, n: Index, m: Index): void {
  const x = cpu.f32[n];
  const y = cpu.f32[m];
  const product = x * y;
  const result = Math.fround(product);
  if (direct(cpu) && (plain32(result) || ((x === 0 || y === 0) && result === 0))) {
    note(cpu, product === result);
    cpu.f32[d] = result;
  } else set32(cpu, d, soft.multiply(cpu, soft.F32, bits32(cpu, n), bits32(cpu, m)));
}

/** d = n ÷ m, single. */
export function div32(cpu: CpuState, d: Index, n: Index, m: Index): void {
  const x = cpu.f32[n];
  const y = cpu.f32[m];
  const result = Math.fround(x / y);
  if (direct(cpu) && plain32(result)) {
    note(cpu, result * y === x);
    cpu.f32[d] = result;
  } else set32(cpu, d, soft.divide(cpu, soft.F32, bits32(cpu, n), bits32(cpu, m)));
}

/** d = √m, single. */
export function sqrt32(cpu: CpuState, d: Index, m: Index): void {
  const x = cpu.f32[m];
  const result = Math.fround(Math.sqrt(x));
  if (direct(cpu) && plain32(result)) {
    note(cpu, result * result === x);
    cpu.f32[d] = result;
  } else set32(cpu, d, soft.squareRoot(cpu, soft.F32, bits32(cpu, m)));
}

/** A sum rounded to odd: the last bit says whether anything was lost. */
function sumToOdd(x: number, y: number): number {
  const sum = x + y;
  const lost = lostBySum(x, y, sum);
  if (lost === 0 || !Number.isFinite(sum)) return sum;
  doubleOf[0] = sum;
  const low = wordsOf[0] ?? 0;
  if ((low & 1) !== 0) return sum;
  if ((lost > 0) === (sum > 0)) wordsOf[0] = low | 1;
  else {
    wordsOf[0] = low - 1;
    if (low === 0) wordsOf[1] = (wordsOf[1] ?? 0) - 1;
  }
  return doubleOf[0];
}

/** d = ±d + (±n × m), single, rounded once; signs are 1 or −1. */
export function fma32(
  cpu: CpuState,
  d: Index,
  n: Index,
  m: Index,
  addendSign: number,
  productSign: number,
): void {
  const product = productSign * cpu.f32[n] * cpu.f32[m];
  const sum = sumToOdd(product, addendSign * cpu.f32[d]);
  const result = Math.fround(sum);
  if (direct(cpu) && plain32(result)) {
    note(cpu, sum === result);
    cpu.f32[d] = result;
  } else {
    const f = soft.F32;
    const addend = bits32(cpu, d);
    const first = bits32(cpu, n);
    set32(
      cpu,
      d,
      soft.fuse(
        cpu,
        f,
        addendSign < 0 ? soft.negate(f, addend) : addend,
        productSign < 0 ? soft.negate(f, first) : first,
        bits32(cpu, m),
      ),
    );
  }
}

/** d = n + m, double. */
export function add64(cpu: CpuState, d: Index, n: Index, m: Index): void {
  const x = cpu.f64[n];
  const y = cpu.f64[m];
  const result = x + y;
  if (direct(cpu) && (plain64(result) || result === 0)) {
    note(cpu, lostBySum(x, y, result) === 0);
    cpu.f64[d] = result;
  } else set64(cpu, d, soft.add(cpu, soft.F64, bits64(cpu, n), bits64(cpu, m)));
}

/** d = n − m, double. */
export function sub64(cpu: CpuState, d: Index, n: Index, m: Index): void {
  const x = cpu.f64[n];
  const y = -cpu.f64[m];
  const result = x + y;
  if (direct(cpu) && (plain64(result) || result === 0)) {
    note(cpu, lostBySum(x, y, result) === 0);
    cpu.f64[d] = result;
  } else set64(cpu, d, soft.subtract(cpu, soft.F64, bits64(cpu, n), bits64(cpu, m)));
}

/** d = n × m, double. */
export function mul64(cpu: CpuState, d: Index, n: Index, m: Index): void {
  const x = cpu.f64[n];
  const y = cpu.f64[m];
  const result = x * y;
  if (directOnce(cpu) && (plain64(result) || ((x === 0 || y === 0) && result === 0))) {
    cpu.f64[d] = result;
  } else set64(cpu, d, soft.multiply(cpu, soft.F64, bits64(cpu, n), bits64(cpu, m)));
}

/** d = n ÷ m, double. */
export function div64(cpu: CpuState, d: Index, n: Index, m: Index): void {
  const result = cpu.f64[n] / cpu.f64[m];
  if (directOnce(cpu) && plain64(result)) cpu.f64[d] = result;
  else set64(cpu, d, soft.divide(cpu, soft.F64, bits64(cpu, n), bits64(cpu, m)));
}

/** d = √m, double. */
export function sqrt64(cpu: CpuState, d: Index, m: Index): void {
  const result = Math.sqrt(cpu.f64[m]);
  if (directOnce(cpu) && plain64(result)) cpu.f64[d] = result;
  else set64(cpu, d, soft.squareRoot(cpu, soft.F64, bits64(cpu, m)));
}

/** Magnitudes of operands whose product, and what it loses by rounding, are normal numbers. */
export const FUSED_RANGE = { least: 2 ** -400, most: 2 ** 400 } as const;
/** 2^27 + 1, which splits a double into two halves of 26 bits (Dekker). */
export const SPLITTER: number = 2 ** 27 + 1;

function moderate(value: number): boolean {
  const size = Math.abs(value);
  return size === 0 || (size >= FUSED_RANGE.least && size <= FUSED_RANGE.most);
}

function upperHalf(value: number): number {
  const scaled = SPLITTER * value;
  return scaled - (scaled - value);
}

/** What a product of two doubles lost by rounding (Dekker's two-product). */
function lostByProduct(x: number, y: number, product: number): number {
  const [xh, yh] = [upperHalf(x), upperHalf(y)];
  const [xl, yl] = [x - xh, y - yh];
  return ((xh * yh - product) + xh * yl + xl * yh) + xl * yl;
}

/**
 * x × y + a of moderate numbers, rounded once (S. Boldo, G. Melquiond, "Emulation of FMA and Correctly
 * Rounded Sums: Proved Algorithms Using Rounding to Odd", IEEE Transactions on Computers 57 (4), 2008).
 */
function fuse64(x: number, y: number, a: number): number {
  const product = x * y;
  if (product === 0) return product + a;
  const lost = lostByProduct(x, y, product);
  const low = a + lost;
  const high = product + low;
  return high + sumToOdd(lostBySum(a, lost, low), lostBySum(product, low, high));
}

/** d = ±d + (±n × m), double, rounded once. */
export function fma64(
  cpu: CpuState,
  d: Index,
  n: Index,
  m: Index,
  addendSign: number,
  productSign: number,
): void {
  const x = productSign * cpu.f64[n];
  const y = cpu.f64[m];
  const a = addendSign * cpu.f64[d];
  if (directOnce(cpu) && moderate(x) && moderate(y) && moderate(a)) {
    const result = fuse64(x, y, a);
    // A sum that cancels is left to what knows the sign of zero.
    if (plain64(result) || (result === 0 && x * y === 0)) {
      cpu.f64[d] = result;
      return;
    }
  }
  const f = soft.F64;
  const addend = bits64(cpu, d);
  const first = bits64(cpu, n);
  set64(
    cpu,
    d,
    soft.fuse(
      cpu,
      f,
      addendSign < 0 ? soft.negate(f, addend) : addend,
      productSign < 0 ? soft.negate(f, first) : first,
      bits64(cpu, m),
    ),
  );
}
