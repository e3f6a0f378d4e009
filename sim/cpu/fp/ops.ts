/**
 * Semantics of the floating-point instructions (DDI 0403, A7.7; DDI 0489 for FPv5). Registers are numbered
 * as the instruction's size counts them: s0 to s31 or d0 to d15. Every function marks the floating-point
 * context as active, which decides whether an exception stacks it.
 *
 * @module
 */
import type { CpuState } from "../state.ts";
import type { Index } from "../architecture.ts";
import { passes, setNzcv } from "../flags.ts";
import type { Exec, Op } from "../op.ts";
import { alignedWord } from "../memory.ts";
import { readFpscr, startFpContext, writeFpscr } from "../frame.ts";
import * as fast from "./fast.ts";
import * as soft from "./soft.ts";

const SIGN = 1 << 31;

/** Arithmetic of one size. */
interface Arithmetic {
  readonly format: soft.Format;
  readonly add: (cpu: CpuState, d: Index, n: Index, m: Index) => void;
  readonly sub: (cpu: CpuState, d: Index, n: Index, m: Index) => void;
  readonly mul: (cpu: CpuState, d: Index, n: Index, m: Index) => void;
  readonly div: (cpu: CpuState, d: Index, n: Index, m: Index) => void;
  readonly sqrt: (cpu: CpuState, d: Index, m: Index) => void;
  readonly fma: typeof fast.fma32;
  readonly bits: (cpu: CpuState, register: Index) => bigint;
  readonly set: (cpu: CpuState, register: Index, bits: bigint) => void;
  readonly value: (cpu: CpuState, register: Index) => number;
  readonly setValue: (cpu: CpuState, register: Index, value: number) => void;
  /** Changes the sign bit of d to that of m: cleared, or inverted. */
  readonly copySign: (cpu: CpuState, d: Index, m: Index, invert: boolean) => void;
}

const SINGLE: Arithmetic = {
  format: soft.F32,
  add: fast.add32,
  sub: fast.sub32,
  mul: fast.mul32,
  div: fast.div32,
  sqrt: fast.sqrt32,
  fma: fast.fma32,
  bits: fast.bits32,
  set: fast.set32,
  value: (cpu, register) => cpu.f32[register],
  setValue: (cpu, register, value) => {
    cpu.f32[register] = value;
  },
  copySign: (cpu, d, m, invert) => {
    cpu.s[d] = invert ? cpu.s[m] ^ SIGN : cpu.s[m] & ~SIGN;
  },
};

const DOUBLE: Arithmetic = {
  format: soft.F64,
  add: fast.add64,
  sub: fast.sub64,
  mul: fast.mul64,
  div: fast.div64,
  sqrt: fast.sqrt64,
  fma: fast.fma64,
  bits: fast.bits64,
  set: fast.set64,
  value: (cpu, register) => cpu.f64[register],
  setValue: (cpu, register, value) => {
    cpu.f64[register] = value;
  },
  copySign: (cpu, d, m, invert) => {
    const high = cpu.s[(m * 2 + 1) as Index];
    cpu.s[(d * 2) as Index] = cpu.s[(m * 2) as Index];
    cpu.s[(d * 2 + 1) as Index] = invert ? high ^ SIGN : high & ~SIGN;
  },
};

function copy(cpu: CpuState, double: boolean, d: Index, m: Index): void {
  if (!double) {
    cpu.s[d] = cpu.s[m];
    return;
  }
  cpu.s[(d * 2) as Index] = cpu.s[(m * 2) as Index];
  cpu.s[(d * 2 + 1) as Index] = cpu.s[(m * 2 + 1) as Index];
}

/** Product negated if `negative`, then added to (or subtracted from) the accumulator: two roundings. */
function chain(
  a: Arithmetic,
  cpu: CpuState,
  op: Op,
  negateAccumulator: boolean,
  negateProduct: boolean,
): void {
  const accumulator = a.bits(cpu, op.d);
  a.mul(cpu, op.d, op.n, op.m);
  const product = a.bits(cpu, op.d);
  const sum = soft.add(
    cpu,
    a.format,
    negateAccumulator ? soft.negate(a.format, accumulator) : accumulator,
    negateProduct ? soft.negate(a.format, product) : product,
  );
  a.set(cpu, op.d, sum);
}

/** VMLA of ordinary numbers without big integers; false if they are not. */
function chainSingle(cpu: CpuState, op: Op, accumulatorSign: number, productSign: number): boolean {
  const modes = soft.FPSCR.flushToZero | (3 << soft.FPSCR.roundingShift) | soft.FPSCR.inexact;
  if ((cpu.fpscr & modes) !== soft.FPSCR.inexact) return false;
  const x = cpu.f32[op.n];
  const y = cpu.f32[op.m];
  const product = Math.fround(x * y);
  const productSize = Math.abs(product);
  const result = Math.fround(accumulatorSign * cpu.f32[op.d] + productSign * product);
  const size = Math.abs(result);
  const least = 2 ** -126;
  if (!(productSize > least && productSize < Infinity && size > least && size < Infinity)) {
    return false;
  }
  cpu.f32[op.d] = result;
  return true;
}

/** The instructions of one size. */
export interface FloatOps {
  readonly vadd: Exec;
  readonly vsub: Exec;
  readonly vmul: Exec;
  readonly vnmul: Exec;
  readonly vdiv: Exec;
  readonly vsqrt: Exec;
  readonly vmla: Exec;
  readonly vmls: Exec;
  readonly vnmla: Exec;
  readonly vnmls: Exec;
  readonly vfma: Exec;
  readonly vfms: Exec;
  readonly vfnma: Exec;
  readonly vfnms: Exec;
  readonly vmov: Exec;
  readonly vmovImmediate: Exec;
  readonly vabs: Exec;
  readonly vneg: Exec;
  readonly vcmp: Exec;
  readonly vcmpZero: Exec;
  readonly vsel: Exec;
  readonly vmaxnm: Exec;
  readonly vminnm: Exec;
  readonly vrint: Exec;
  readonly fromInteger: Exec;
  readonly toInteger: Exec;
  readonly fromFixed: Exec;
  readonly toFixed: Exec;
}

function isNan(a: Arithmetic, bits: bigint): boolean {
  return (bits & ~(1n << BigInt(a.format.bits - 1))) > soft.infinity(a.format, false);
}

function isSignalling(a: Arithmetic, bits: bigint): boolean {
  return isNan(a, bits) && ((bits >> BigInt(a.format.fraction - 1)) & 1n) === 0n;
}

/** A value as arithmetic sees it: subnormals are zero when they are flushed. */
function operand(a: Arithmetic, cpu: CpuState, register: Index): number {
  const value = a.value(cpu, register);
  if ((cpu.fpscr & soft.FPSCR.flushToZero) === 0 || value === 0) return value;
  const least = a.format === soft.F32 ? 2 ** -126 : 2 ** -1022;
  if (Math.abs(value) >= least || Number.isNaN(value)) return value;
  cpu.fpscr |= soft.FPSCR.inputDenormal;
  return value < 0 ? -0 : 0;
}

/** Sets the floating-point flags for x ? y; `k` is 1 if any NaN is invalid. */
function compare(
  a: Arithmetic,
  cpu: CpuState,
  op: Op,
  other: number,
  otherBits: bigint | undefined,
): void {
  const value = operand(a, cpu, op.d);
  if (Number.isNaN(value) || Number.isNaN(other)) {
    cpu.fpFlags = 3;
    const signalling = isSignalling(a, a.bits(cpu, op.d)) ||
      (otherBits !== undefined && isSignalling(a, otherBits));
    if (op.k !== 0 || signalling) cpu.fpscr |= soft.FPSCR.invalid;
    return;
  }
  cpu.fpFlags = value === other ? 6 : value < other ? 8 : 2;
}

/** Rounds to an integer. */
export function roundToIntegral(value: number, mode: number): number {
  switch (mode) {
    case soft.ROUND.up:
      return Math.ceil(value);
    case soft.ROUND.down:
      return Math.floor(value);
    case soft.ROUND.zero:
      return Math.trunc(value);
    default: {
      const below = Math.floor(value);
      const rest = value - below;
      if (rest < 0.5) return below;
      if (rest > 0.5) return below + 1;
      if (mode === soft.ROUND.away) return value < 0 ? below : below + 1;
      return below % 2 === 0 ? below : below + 1;
    }
  }
}

/** Rounding mode of an instruction: `i`, or FPSCR's when it is −1. */
function modeOf(cpu: CpuState, op: Op): number {
  return op.i < 0 ? soft.roundingMode(cpu) : op.i;
}

/** Converts to an integer of a range, saturating. */
function saturating(
  cpu: CpuState,
  value: number,
  mode: number,
  least: number,
  most: number,
): number {
  if (Number.isNaN(value)) {
    cpu.fpscr |= soft.FPSCR.invalid;
    return 0;
  }
  const rounded = roundToIntegral(value, mode);
  if (rounded < least || rounded > most) {
    cpu.fpscr |= soft.FPSCR.invalid;
    return rounded < least ? least : most;
  }
  if (rounded !== value) cpu.fpscr |= soft.FPSCR.inexact;
  return rounded;
}

function range(bits: number, isSigned: boolean): readonly [number, number] {
  return isSigned ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

function narrow(value: number, bits: number, isSigned: boolean): number {
  if (bits === 32) return isSigned ? value | 0 : value >>> 0;
  return isSigned ? (value << 16) >> 16 : value & 0xffff;
}

function opsOf(a: Arithmetic): FloatOps {
  const double = a.format === soft.F64;
  const active = (exec: Exec): Exec => (cpu, op) => {
    startFpContext(cpu);
    exec(cpu, op);
  };
  const multiplyAdd = (accumulatorSign: number, productSign: number): Exec =>
    active((cpu, op) => {
      if (!double && chainSingle(cpu, op, accumulatorSign, productSign)) return;
      chain(a, cpu, op, accumulatorSign < 0, productSign < 0);
    });
  const fused = (addendSign: number, productSign: number): Exec =>
    active((cpu, op) => a.fma(cpu, op.d, op.n, op.m, addendSign, productSign));
  const maximum = (greater: boolean): Exec =>
    active((cpu, op) => {
      const result = soft.maxNumber(
        cpu,
        a.format,
        a.bits(cpu, op.n),
        a.bits(cpu, op.m),
        greater,
      );
      a.set(cpu, op.d, result);
    });
  return {
    vadd: active((cpu, op) => a.add(cpu, op.d, op.n, op.m)),
    vsub: active((cpu, op) => a.sub(cpu, op.d, op.n, op.m)),
    vmul: active((cpu, op) => a.mul(cpu, op.d, op.n, op.m)),
    vnmul: active((cpu, op) => {
      a.mul(cpu, op.d, op.n, op.m);
      a.copySign(cpu, op.d, op.d, true);
    }),
    vdiv: active((cpu, op) => a.div(cpu, op.d, op.n, op.m)),
    vsqrt: active((cpu, op) => a.sqrt(cpu, op.d, op.m)),
    vmla: multiplyAdd(1, 1),
    vmls: multiplyAdd(1, -1),
    vnmla: multiplyAdd(-1, -1),
    vnmls: multiplyAdd(-1, 1),
    vfma: fused(1, 1),
    vfms: fused(1, -1),
    vfnma: fused(-1, -1),
    vfnms: fused(-1, 1),
    vmov: active((cpu, op) => copy(cpu, double, op.d, op.m)),
    vmovImmediate: active((cpu, op) => {
      if (double) {
        cpu.s[(op.d * 2) as Index] = 0;
        cpu.s[(op.d * 2 + 1) as Index] = op.i;
      } else cpu.s[op.d] = op.i;
    }),
    vabs: active((cpu, op) => a.copySign(cpu, op.d, op.m, false)),
    vneg: active((cpu, op) => a.copySign(cpu, op.d, op.m, true)),
    vcmp: active((cpu, op) => compare(a, cpu, op, operand(a, cpu, op.m), a.bits(cpu, op.m))),
    vcmpZero: active((cpu, op) => compare(a, cpu, op, 0, undefined)),
    vsel: active((cpu, op) => copy(cpu, double, op.d, passes(cpu, op.k) ? op.n : op.m)),
    vmaxnm: maximum(true),
    vminnm: maximum(false),
    vrint: active((cpu, op) => {
      const value = operand(a, cpu, op.m);
      const bits = a.bits(cpu, op.m);
      if (isNan(a, bits)) {
        if (isSignalling(a, bits)) cpu.fpscr |= soft.FPSCR.invalid;
        const quiet = bits | (1n << BigInt(a.format.fraction - 1));
        const useDefault = (cpu.fpscr & soft.FPSCR.defaultNan) !== 0;
        a.set(cpu, op.d, useDefault ? soft.defaultNan(a.format) : quiet);
        return;
      }
      const rounded = roundToIntegral(value, modeOf(cpu, op));
      if (op.k !== 0 && rounded !== value) cpu.fpscr |= soft.FPSCR.inexact;
      const isNegativeZero = rounded === 0 && (value < 0 || Object.is(value, -0));
      a.setValue(cpu, op.d, isNegativeZero ? -0 : rounded);
    }),
    fromInteger: active((cpu, op) => {
      const raw = cpu.s[op.m];
      const value = op.s !== 0 ? raw : raw >>> 0;
      const mode = soft.roundingMode(cpu);
      if (double) cpu.f64[op.d] = value;
      else a.set(cpu, op.d, soft.fromInteger(cpu, a.format, value, 0, mode));
    }),
    toInteger: active((cpu, op) => {
      const [least, most] = range(32, op.s !== 0);
      cpu.s[op.d] = saturating(cpu, operand(a, cpu, op.m), modeOf(cpu, op), least, most);
    }),
    fromFixed: active((cpu, op) => {
      const raw = cpu.s[(double ? op.d * 2 : op.d) as Index];
      const value = narrow(raw, op.k, op.s !== 0);
      a.set(cpu, op.d, soft.fromInteger(cpu, a.format, value, -op.i, soft.ROUND.nearest));
    }),
    toFixed: active((cpu, op) => {
      const [least, most] = range(op.k, op.s !== 0);
      const value = operand(a, cpu, op.d) * 2 ** op.i;
      const fixed = saturating(cpu, value, soft.ROUND.zero, least, most);
      if (double) {
        cpu.s[(op.d * 2) as Index] = fixed;
        cpu.s[(op.d * 2 + 1) as Index] = fixed < 0 ? -1 : 0;
      } else cpu.s[op.d] = fixed;
    }),
  };
}

/** Single precision. */
export const SINGLE_OPS: FloatOps = opsOf(SINGLE);
/** Double precision. */
export const DOUBLE_OPS: FloatOps = opsOf(DOUBLE);

/** VCVT.F64.F32. */
export function widen(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  fast.set64(cpu, op.d, soft.convert(cpu, soft.F32, soft.F64, fast.bits32(cpu, op.m)));
}

/** VCVT.F32.F64. */
export function shorten(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  fast.set32(cpu, op.d, soft.convert(cpu, soft.F64, soft.F32, fast.bits64(cpu, op.m)));
}

function halfOf(cpu: CpuState, op: Op): bigint {
  return BigInt((cpu.s[op.m] >>> (op.k * 16)) & 0xffff);
}

function setHalf(cpu: CpuState, op: Op, bits: bigint): void {
  const shift = op.k * 16;
  cpu.s[op.d] = (cpu.s[op.d] & ~(0xffff << shift)) | (Number(bits) << shift);
}

/** VCVTB and VCVTT from half precision; `k` is 1 for the top half. */
export function fromHalf(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  fast.set32(cpu, op.d, soft.convert(cpu, soft.F16, soft.F32, halfOf(cpu, op)));
}

/** VCVTB.F64.F16 and VCVTT.F64.F16. */
export function fromHalfToDouble(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  fast.set64(cpu, op.d, soft.convert(cpu, soft.F16, soft.F64, halfOf(cpu, op)));
}

/** VCVTB and VCVTT to half precision. */
export function toHalf(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  setHalf(cpu, op, soft.convert(cpu, soft.F32, soft.F16, fast.bits32(cpu, op.m)));
}

/** VCVTB.F16.F64 and VCVTT.F16.F64. */
export function doubleToHalf(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  setHalf(cpu, op, soft.convert(cpu, soft.F64, soft.F16, fast.bits64(cpu, op.m)));
}

/** VMOV of a core register to a single one; also to half of a double one. */
export function fromCore(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  cpu.s[op.n] = cpu.r[op.d];
}

/** VMOV of a single register to a core one. */
export function toCore(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  cpu.r[op.d] = cpu.s[op.n];
}

/** VMOV of two core registers to two singles or a double; `m` is the first single. */
export function fromCorePair(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  cpu.s[op.m] = cpu.r[op.d];
  cpu.s[(op.m + 1) as Index] = cpu.r[op.a];
}

/** VMOV of two singles or a double to two core registers. */
export function toCorePair(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  cpu.r[op.d] = cpu.s[op.m];
  cpu.r[op.a] = cpu.s[(op.m + 1) as Index];
}

/** VMRS; register 15 stands for the flags. */
export function vmrs(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  if (op.d === 15) setNzcv(cpu, cpu.fpFlags);
  else cpu.r[op.d] = readFpscr(cpu);
}

/** VMSR. */
export function vmsr(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  writeFpscr(cpu, cpu.r[op.d]);
}

/** VLDR of `count` words, first single register `d`. */
export function vldr(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  const address = alignedWord((cpu.r[op.n] + op.i) | 0);
  if (op.count === 1) {
    cpu.s[op.d] = cpu.bus.read32(address);
    return;
  }
  const low = cpu.bus.read32(address);
  const high = cpu.bus.read32((address + 4) | 0);
  cpu.s[op.d] = low;
  cpu.s[(op.d + 1) as Index] = high;
}

/** VSTR. */
export function vstr(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  const address = alignedWord((cpu.r[op.n] + op.i) | 0);
  for (let word = 0; word < op.count; word++) {
    cpu.bus.write32((address + word * 4) | 0, cpu.s[(op.d + word) as Index]);
  }
}

const loaded = new Int32Array(32);

/** VLDM and VPOP: `i` words from base plus `k`, base changed by `s`. */
export function vldm(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  const address = alignedWord((cpu.r[op.n] + op.k) | 0);
  for (let word = 0; word < op.i; word++) {
    loaded[word] = cpu.bus.read32((address + word * 4) | 0);
  }
  cpu.r[op.n] += op.s;
  for (let word = 0; word < op.i; word++) cpu.s[(op.d + word) as Index] = loaded[word] ?? 0;
}

/** VSTM and VPUSH. */
export function vstm(cpu: CpuState, op: Op): void {
  startFpContext(cpu);
  const address = alignedWord((cpu.r[op.n] + op.k) | 0);
  for (let word = 0; word < op.i; word++) {
    cpu.bus.write32((address + word * 4) | 0, cpu.s[(op.d + word) as Index]);
  }
  cpu.r[op.n] += op.s;
}
