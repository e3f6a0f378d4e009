/**
 * How floating-point instructions are translated, by the function that gives their meaning in the
 * interpreter. The arithmetic is WebAssembly's, which rounds to nearest; what may come out differently
 * leaves the unit before anything has changed: other rounding modes, flush to zero, NaNs, infinities,
 * results at or below the least normal number, conversions that saturate.
 *
 * The only cumulative flag that is left to be raised is then "inexact". While FPSCR has it, nothing has
 * to be checked; before, an operation runs here only if it is exact, so that the interpreter raises it.
 *
 * @module
 */
import type { Exec, Op } from "../op.ts";
import * as ops from "../fp/ops.ts";
import { FUSED_RANGE, SPLITTER } from "../fp/fast.ts";
import { FPSCR, ROUND } from "../fp/soft.ts";
import { W } from "../../wasm/encoder.ts";
import { type Emit, type Emitter, FLOAT, L, STATE } from "./emitter.ts";

/** Opcodes, locals and registers of one size. */
interface Size {
  readonly double: boolean;
  readonly add: number;
  readonly sub: number;
  readonly mul: number;
  readonly div: number;
  readonly sqrt: number;
  readonly neg: number;
  readonly abs: number;
  readonly min: number;
  readonly max: number;
  readonly ceil: number;
  readonly floor: number;
  readonly trunc: number;
  readonly nearest: number;
  readonly copysign: number;
  readonly eq: number;
  readonly ne: number;
  readonly lt: number;
  /** Scratch locals. */
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly read: (e: Emitter, register: number) => void;
  readonly write: (e: Emitter, register: number) => void;
  readonly constant: (e: Emitter, value: number) => void;
}

const SINGLE: Size = {
  double: false,
  add: W.addF,
  sub: W.subF,
  mul: W.mulF,
  div: W.divF,
  sqrt: W.sqrtF,
  neg: W.negF,
  abs: W.absF,
  min: W.minF,
  max: W.maxF,
  ceil: W.ceilF,
  floor: W.floorF,
  trunc: W.truncF,
  nearest: W.nearestF,
  copysign: W.copysignF,
  eq: W.eqF,
  ne: W.neF,
  lt: W.ltF,
  x: L.fx,
  y: L.fy,
  z: L.fz,
  read: (e, register) => e.readSingle(register),
  write: (e, register) => e.writeSingle(register),
  constant: (e, value) => void e.code.f32(value),
};

const DOUBLE: Size = {
  double: true,
  add: W.addD,
  sub: W.subD,
  mul: W.mulD,
  div: W.divD,
  sqrt: W.sqrtD,
  neg: W.negD,
  abs: W.absD,
  min: W.minD,
  max: W.maxD,
  ceil: W.ceilD,
  floor: W.floorD,
  trunc: W.truncD,
  nearest: W.nearestD,
  copysign: W.copysignD,
  eq: W.eqD,
  ne: W.neD,
  lt: W.ltD,
  x: L.dx,
  y: L.dy,
  z: L.dz,
  read: (e, register) => e.readDouble(register),
  write: (e, register) => e.writeDouble(register),
  constant: (e, value) => void e.code.f64(value),
};

/** Least magnitudes above the smallest normal number, and the distance from there to infinity, as bits. */
const PLAIN_32 = { least: 0x0080_0001, span: 0x7f80_0000 - 0x0080_0001 };
const PLAIN_64 = {
  least: 0x0010_0000_0000_0001n,
  span: 0x7ff0_0000_0000_0000n - 0x0010_0000_0000_0001n,
};

/** Leaves unless the floating-point context allows an instruction. */
function need(e: Emitter, level: number): void {
  e.usesFloat = true;
  if (e.checked >= level) return;
  e.code.i32(0).memory(W.load, e.memory.state + STATE.float).i32(level).op(W.ltS);
  e.leaveIf();
  e.checked = level;
}

/** Pushes whether the inexact flag is not set yet. */
function notInexact(e: Emitter): void {
  e.code.i32(0).memory(W.load, e.memory.state + STATE.fpscr).i32(FPSCR.inexact).op(W.and, W.eqz);
}

/** Leaves if the operation would raise the inexact flag; `exact` pushes whether it is exact. */
function unlessExact(e: Emitter, exact: () => void): void {
  notInexact(e);
  e.code.open(W.if);
  exact();
  e.code.op(W.eqz);
  e.leaveIf();
  e.code.end();
}

/** Leaves if the operation could raise the inexact flag, where exactness is not checked. */
function onlyInexact(e: Emitter): void {
  notInexact(e);
  e.leaveIf();
}

/** Pushes whether a local is no plain number: zero, tiny, infinite or NaN. */
function notPlain(e: Emitter, s: Size, local: number): void {
  const { code } = e;
  code.get(local);
  if (s.double) {
    code.op(W.bitsD).i64(0x7fff_ffff_ffff_ffffn).op(W.and64).i64(PLAIN_64.least).op(W.sub64);
    code.i64(PLAIN_64.span).op(W.geU64);
  } else {
    code.op(W.bitsF).i32(0x7fff_ffff).op(W.and).i32(PLAIN_32.least).op(W.sub);
    code.i32(PLAIN_32.span).op(W.geU);
  }
}

/** Leaves if a local is no plain number, unless `zero` pushes that it is a zero that is exact. */
function unlessPlain(e: Emitter, s: Size, local: number, zero?: () => void): void {
  notPlain(e, s, local);
  if (zero === undefined) {
    e.leaveIf();
    return;
  }
  e.code.open(W.if);
  zero();
  e.code.op(W.eqz);
  e.leaveIf();
  e.code.end();
}

function isZero(e: Emitter, s: Size, local: number): void {
  e.code.get(local);
  s.constant(e, 0);
  e.code.op(s.eq);
}

/** Pushes what the sum dz of dx and dy lost by rounding (Knuth's two-sum); uses dw. */
function lostBySum(e: Emitter, x: number = L.dx, y: number = L.dy, sum: number = L.dz): void {
  const { code } = e;
  code.get(sum).get(x).op(W.subD).set(L.dw);
  code.get(x).get(sum).get(L.dw).op(W.subD, W.subD).get(y).get(L.dw).op(W.subD, W.addD);
}

/** Pushes whether the sum z of x and y is exact. */
function sumIsExact(e: Emitter, s: Size): void {
  const { code } = e;
  if (!s.double) {
    code.get(s.x).op(W.promote).set(L.dx).get(s.y).op(W.promote).set(L.dy);
    code.get(L.dx).get(L.dy).op(W.addD).set(L.dz);
  }
  lostBySum(e);
  code.f64(0).op(W.eqD);
  if (!s.double) code.get(L.dz).get(s.z).op(W.promote, W.eqD, W.and);
}

/** Pushes whether the single product z of x and y is exact. */
function productIsExact(e: Emitter, s: Size): void {
  const { code } = e;
  code.get(s.x).op(W.promote).get(s.y).op(W.promote, W.mulD).get(s.z).op(W.promote, W.eqD);
}

function sum(s: Size, subtracts: boolean): Emit {
  return (e, op) => {
    need(e, FLOAT.arithmetic);
    s.read(e, op.n);
    e.code.tee(s.x);
    s.read(e, op.m);
    if (subtracts) e.code.op(s.neg);
    e.code.tee(s.y).op(s.add).set(s.z);
    unlessPlain(e, s, s.z, () => isZero(e, s, s.z));
    unlessExact(e, () => sumIsExact(e, s));
    e.code.get(s.z);
    s.write(e, op.d);
  };
}

/** Leaves the product of n and m in z. */
function multiply(e: Emitter, s: Size, op: Op): void {
  s.read(e, op.n);
  e.code.tee(s.x);
  s.read(e, op.m);
  e.code.tee(s.y).op(s.mul).set(s.z);
  unlessPlain(e, s, s.z, () => {
    isZero(e, s, s.z);
    isZero(e, s, s.x);
    isZero(e, s, s.y);
    e.code.op(W.or, W.and);
  });
  if (s.double) onlyInexact(e);
  else unlessExact(e, () => productIsExact(e, s));
}

function product(s: Size, negates: boolean): Emit {
  return (e, op) => {
    need(e, FLOAT.arithmetic);
    multiply(e, s, op);
    e.code.get(s.z);
    if (negates) e.code.op(s.neg);
    s.write(e, op.d);
  };
}

/** VMLA and its siblings: two roundings. */
function chain(s: Size, negatesAccumulator: boolean, negatesProduct: boolean): Emit {
  return (e, op) => {
    const { code } = e;
    need(e, FLOAT.arithmetic);
    multiply(e, s, op);
    s.read(e, op.d);
    if (negatesAccumulator) code.op(s.neg);
    code.tee(s.x).get(s.z);
    if (negatesProduct) code.op(s.neg);
    code.tee(s.y).op(s.add).set(s.z);
    unlessPlain(e, s, s.z, () => isZero(e, s, s.z));
    unlessExact(e, () => sumIsExact(e, s));
    code.get(s.z);
    s.write(e, op.d);
  };
}

function quotient(s: Size): Emit {
  return (e, op) => {
    const { code } = e;
    need(e, FLOAT.arithmetic);
    s.read(e, op.n);
    code.tee(s.x);
    s.read(e, op.m);
    code.tee(s.y).op(s.div).set(s.z);
    unlessPlain(e, s, s.z, () => {
      isZero(e, s, s.z);
      isZero(e, s, s.x);
      code.op(W.and);
    });
    if (s.double) onlyInexact(e);
    else {
      unlessExact(e, () => {
        code.get(s.z).op(W.promote).get(s.y).op(W.promote, W.mulD).get(s.x).op(W.promote, W.eqD);
      });
    }
    code.get(s.z);
    s.write(e, op.d);
  };
}

function root(s: Size): Emit {
  return (e, op) => {
    const { code } = e;
    need(e, FLOAT.arithmetic);
    s.read(e, op.m);
    code.tee(s.x).op(s.sqrt).set(s.z);
    unlessPlain(e, s, s.z, () => isZero(e, s, s.x));
    if (s.double) onlyInexact(e);
    else {
      unlessExact(e, () => {
        code.get(s.z).op(W.promote).get(s.z).op(W.promote, W.mulD).get(s.x).op(W.promote, W.eqD);
      });
    }
    code.get(s.z);
    s.write(e, op.d);
  };
}

/** Bits that a double has more than a single, and half of a single's last place. */
const BELOW_SINGLE = 0x1fff_ffffn;
const HALF_PLACE = 0x1000_0000n;

/**
 * VFMA of singles. The product is exact in doubles and the sum is rounded twice; that differs from once
 * only if the first rounding ends on the middle between two singles.
 */
function fusedSingle(negatesAddend: boolean, negatesProduct: boolean): Emit {
  return (e, op) => {
    const { code } = e;
    need(e, FLOAT.arithmetic);
    e.readSingle(op.n);
    code.op(W.promote);
    e.readSingle(op.m);
    code.op(W.promote, W.mulD);
    if (negatesProduct) code.op(W.negD);
    code.tee(L.dx);
    e.readSingle(op.d);
    code.op(W.promote);
    if (negatesAddend) code.op(W.negD);
    code.tee(L.dy).op(W.addD).tee(L.dz).op(W.demote).set(L.fz);
    unlessPlain(e, SINGLE, L.fz, () => isZero(e, DOUBLE, L.dz));
    code.get(L.dz).op(W.bitsD).i64(BELOW_SINGLE).op(W.and64).i64(HALF_PLACE).op(W.eq64);
    code.open(W.if);
    lostBySum(e);
    code.f64(0).op(W.neD);
    e.leaveIf();
    code.end();
    unlessExact(e, () => {
      lostBySum(e);
      code.f64(0).op(W.eqD).get(L.dz).get(L.fz).op(W.promote, W.eqD, W.and);
    });
    code.get(L.fz);
    e.writeSingle(op.d);
  };
}

/** Leaves unless a local is zero or of a magnitude whose products lose nothing below the normal numbers. */
function unlessModerate(e: Emitter, local: number): void {
  const { code } = e;
  code.get(local).op(W.absD).f64(FUSED_RANGE.least).op(W.geD);
  code.get(local).op(W.absD).f64(FUSED_RANGE.most).op(W.leD, W.and);
  isZero(e, DOUBLE, local);
  code.op(W.or, W.eqz);
  e.leaveIf();
}

/** Splits a local: its upper half to another one, its lower half stays. */
function split(e: Emitter, local: number, upper: number): void {
  const { code } = e;
  code.f64(SPLITTER).get(local).op(W.mulD).tee(upper).get(upper).get(local).op(W.subD, W.subD);
  code.set(upper).get(local).get(upper).op(W.subD).set(local);
}

/** VFMA of doubles, as {@linkcode fma64} of `fast.ts` does it. */
function fusedDouble(negatesAddend: boolean, negatesProduct: boolean): Emit {
  return (e, op) => {
    const { code } = e;
    const [x, y, xh, yh, product, a] = [L.dx, L.dy, L.dw, L.de, L.dz, L.df];
    need(e, FLOAT.arithmetic);
    onlyInexact(e);
    e.readDouble(op.n);
    if (negatesProduct) code.op(W.negD);
    code.set(x);
    e.readDouble(op.m);
    code.set(y);
    e.readDouble(op.d);
    if (negatesAddend) code.op(W.negD);
    code.set(a);
    for (const local of [x, y, a]) unlessModerate(e, local);
    code.get(x).get(y).op(W.mulD).tee(product).f64(0).op(W.eqD).open(W.if);
    code.get(product).get(a).op(W.addD).set(product);
    unlessPlain(e, DOUBLE, product, () => isZero(e, DOUBLE, product));
    code.op(W.else);
    split(e, x, xh);
    split(e, y, yh);
    // What the product lost, to x.
    code.get(xh).get(yh).op(W.mulD).get(product).op(W.subD);
    code.get(xh).get(y).op(W.mulD, W.addD).get(x).get(yh).op(W.mulD, W.addD);
    code.get(x).get(y).op(W.mulD, W.addD).set(x);
    // a + lost: sum to y, its loss to a.
    code.get(a).get(x).op(W.addD).set(y);
    lostBySum(e, a, x, y);
    code.set(a);
    // product + low: sum to x, its loss to y.
    code.get(product).get(y).op(W.addD).set(x);
    lostBySum(e, product, y, x);
    code.set(y);
    code.get(a).get(y).op(W.addD).set(product);
    lostBySum(e, a, y, product);
    code.tee(a).f64(0).op(W.neD).open(W.if);
    // To odd: an even number one place towards what was lost.
    code.get(product).op(W.bitsD).tee(L.long).i64(1n).op(W.and64, W.wrap, W.eqz).open(W.if);
    code.get(L.long).i64(1n).i64(-1n);
    code.get(a).f64(0).op(W.gtD).get(product).f64(0).op(W.gtD, W.eq, W.select);
    code.op(W.add64, W.fromBitsD).set(product).end().end();
    code.get(x).get(product).op(W.addD).set(product);
    unlessPlain(e, DOUBLE, product);
    code.end();
    code.get(product);
    e.writeDouble(op.d);
  };
}

function move(s: Size, change?: number): Emit {
  return (e, op) => {
    need(e, FLOAT.moves);
    s.read(e, op.m);
    if (change !== undefined) e.code.op(change);
    s.write(e, op.d);
  };
}

/** VCMP: leaves for NaNs, else the flags are 6 (equal), 8 (less) or 2 (greater). */
function comparison(s: Size, zero: boolean): Emit {
  return (e, op) => {
    const { code } = e;
    need(e, FLOAT.arithmetic);
    s.read(e, op.d);
    code.set(s.x);
    if (zero) s.constant(e, 0);
    else s.read(e, op.m);
    code.set(s.y);
    code.get(s.x).get(s.x).op(s.ne).get(s.y).get(s.y).op(s.ne, W.or);
    e.leaveIf();
    code.i32(6).i32(8).i32(2).get(s.x).get(s.y).op(s.lt, W.select);
    code.get(s.x).get(s.y).op(s.eq, W.select);
    e.set(L.fpFlags);
  };
}

function selection(s: Size): Emit {
  return (e, op) => {
    need(e, FLOAT.moves);
    s.read(e, op.n);
    s.read(e, op.m);
    e.condition(op.k);
    e.code.op(W.select);
    s.write(e, op.d);
  };
}

/** VMAXNM, VMINNM of numbers. */
function extreme(s: Size, operation: "min" | "max"): Emit {
  return (e, op) => {
    const { code } = e;
    need(e, FLOAT.arithmetic);
    s.read(e, op.n);
    s.read(e, op.m);
    code.op(s[operation]).tee(s.z).get(s.z).op(s.ne);
    e.leaveIf();
    code.get(s.z);
    s.write(e, op.d);
  };
}

/** Rounds the local x to an integer in z. */
function roundToIntegral(e: Emitter, s: Size, mode: number): void {
  const { code } = e;
  code.get(s.x);
  if (mode === ROUND.away) {
    // The distance to the truncated number is exact; half of one or more goes away from zero.
    code.op(s.trunc).set(s.z).get(s.z);
    s.constant(e, 1);
    s.constant(e, 0);
    code.get(s.x).get(s.z).op(s.sub, s.abs);
    s.constant(e, 0.5);
    code.op(s.lt, W.eqz, W.select).get(s.x).op(s.copysign, s.add);
    code.get(s.x).op(s.copysign).set(s.z);
    return;
  }
  code.op(
    mode === ROUND.up
      ? s.ceil
      : mode === ROUND.down
      ? s.floor
      : mode === ROUND.zero
      ? s.trunc
      : s.nearest,
  ).set(s.z);
}

function rounding(s: Size): Emit {
  return (e, op) => {
    const { code } = e;
    need(e, FLOAT.arithmetic);
    s.read(e, op.m);
    code.set(s.x);
    code.get(s.x).get(s.x).op(s.ne);
    e.leaveIf();
    roundToIntegral(e, s, op.i);
    if (op.k !== 0) unlessExact(e, () => void code.get(s.z).get(s.x).op(s.eq));
    code.get(s.z);
    s.write(e, op.d);
  };
}

function fromInteger(s: Size): Emit {
  return (e, op) => {
    const { code } = e;
    need(e, s.double ? FLOAT.moves : FLOAT.arithmetic);
    e.readSingle(op.m);
    code.op(W.bitsF);
    if (s.double) {
      code.op(op.s !== 0 ? W.convertDS : W.convertDU);
      e.writeDouble(op.d);
      return;
    }
    code.set(L.t0);
    toSingle(e, op.s !== 0);
    code.get(L.fz);
    e.writeSingle(op.d);
  };
}

/** The integer t0 as a single in fz. */
function toSingle(e: Emitter, signed: boolean): void {
  const { code } = e;
  code.get(L.t0).op(signed ? W.convertFS : W.convertFU).set(L.fz);
  unlessExact(e, () => {
    code.get(L.fz).op(W.promote).get(L.t0).op(signed ? W.convertDS : W.convertDU, W.eqD);
  });
}

/** Pushes the double dz, an integer, as 32 bits; leaves if it is out of range or not what dx was. */
function toWord(e: Emitter, bits: number, signed: boolean): void {
  const { code } = e;
  const [least, most] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  // NaN is in no range.
  code.get(L.dz).f64(least).op(W.geD).get(L.dz).f64(most).op(W.leD, W.and, W.eqz);
  e.leaveIf();
  unlessExact(e, () => void code.get(L.dz).get(L.dx).op(W.eqD));
  code.get(L.dz).op(signed ? W.truncToS : W.truncToU);
}

function toInteger(s: Size): Emit {
  return (e, op) => {
    need(e, FLOAT.arithmetic);
    s.read(e, op.m);
    if (!s.double) e.code.op(W.promote);
    e.code.set(L.dx);
    roundToIntegral(e, DOUBLE, op.i);
    toWord(e, 32, op.s !== 0);
    e.code.op(W.fromBitsF);
    e.writeSingle(op.d);
  };
}

/** An integer of `k` bits, `i` of them behind the point. */
function fromFixed(s: Size): Emit {
  return (e, op) => {
    const { code } = e;
    need(e, FLOAT.arithmetic);
    e.readSingle(s.double ? op.d * 2 : op.d);
    code.op(W.bitsF);
    if (op.k === 16) {
      if (op.s !== 0) code.op(W.extend16);
      else code.i32(0xffff).op(W.and);
    }
    const signed = op.s !== 0;
    if (s.double) code.op(signed ? W.convertDS : W.convertDU).f64(2 ** -op.i).op(W.mulD);
    else {
      code.set(L.t0);
      toSingle(e, signed);
      code.get(L.fz).f32(2 ** -op.i).op(W.mulF);
    }
    s.write(e, op.d);
  };
}

function toFixed(s: Size): Emit {
  return (e, op) => {
    const { code } = e;
    need(e, FLOAT.arithmetic);
    s.read(e, op.d);
    if (!s.double) code.op(W.promote);
    code.f64(2 ** op.i).op(W.mulD).set(L.dx);
    roundToIntegral(e, DOUBLE, ROUND.zero);
    toWord(e, op.k, op.s !== 0);
    if (!s.double) {
      code.op(W.fromBitsF);
      e.writeSingle(op.d);
      return;
    }
    code.set(L.t0).get(L.t0).op(W.fromBitsF);
    e.writeSingle(op.d * 2);
    // The upper half is the sign, of unsigned results too once they are seen as words.
    code.get(L.dz).f64(0).op(W.ltD).i32(31).op(W.shl).i32(31).op(W.shrS, W.fromBitsF);
    e.writeSingle(op.d * 2 + 1);
  };
}

const widen: Emit = (e, op) => {
  need(e, FLOAT.arithmetic);
  e.readSingle(op.m);
  e.code.op(W.promote).tee(L.dz).get(L.dz).op(W.neD);
  e.leaveIf();
  e.code.get(L.dz);
  e.writeDouble(op.d);
};

const shorten: Emit = (e, op) => {
  const { code } = e;
  need(e, FLOAT.arithmetic);
  e.readDouble(op.m);
  code.tee(L.dx).op(W.demote).set(L.fz);
  unlessPlain(e, SINGLE, L.fz, () => isZero(e, DOUBLE, L.dx));
  unlessExact(e, () => void code.get(L.fz).op(W.promote).get(L.dx).op(W.eqD));
  code.get(L.fz);
  e.writeSingle(op.d);
};

/** VMRS: the flags as the core keeps them, or FPSCR. */
const vmrs: Emit = (e, op) => {
  const { code } = e;
  need(e, FLOAT.moves);
  if (op.d !== 15) {
    e.get(L.fpFlags).i32(28).op(W.shl).i32(0).memory(W.load, e.memory.state + STATE.fpscr);
    code.op(W.or);
    e.write(op.d);
    return;
  }
  e.forget();
  e.get(L.fpFlags).i32(28).op(W.shl);
  e.set(L.n);
  e.get(L.fpFlags).i32(4).op(W.and, W.eqz);
  e.set(L.z);
  e.get(L.fpFlags).i32(1).op(W.shrU).i32(1).op(W.and);
  e.set(L.c);
  e.get(L.fpFlags).i32(31).op(W.shl);
  e.set(L.v);
};

function transfers(e: Emitter, op: Op, distance: number, kind: "read" | "write"): void {
  e.read(op.n);
  if (distance !== 0) e.code.i32(distance).op(W.add);
  e.locate(4, op.count, kind);
  e.count(4, op.count, kind);
}

function load(e: Emitter, op: Op): void {
  for (let word = 0; word < op.count; word++) {
    e.code.get(L.address).memory(W.loadF, word * 4);
    e.writeSingle(op.d + word);
  }
}

function store(e: Emitter, op: Op): void {
  for (let word = 0; word < op.count; word++) {
    e.code.get(L.address);
    e.readSingle(op.d + word);
    e.code.memory(W.storeF, word * 4);
  }
}

function moveBase(e: Emitter, op: Op): void {
  if (op.s === 0) return;
  e.read(op.n).i32(op.s).op(W.add);
  e.write(op.n);
}

function emittersOf(s: Size, table: ops.FloatOps): [Exec, Emit][] {
  const list: [Exec, Emit][] = [
    [table.vadd, sum(s, false)],
    [table.vsub, sum(s, true)],
    [table.vmul, product(s, false)],
    [table.vnmul, product(s, true)],
    [table.vdiv, quotient(s)],
    [table.vsqrt, root(s)],
    [table.vmla, chain(s, false, false)],
    [table.vmls, chain(s, false, true)],
    [table.vnmla, chain(s, true, true)],
    [table.vnmls, chain(s, true, false)],
    [table.vmov, move(s)],
    [table.vabs, move(s, s.abs)],
    [table.vneg, move(s, s.neg)],
    [table.vmovImmediate, (e, op) => {
      need(e, FLOAT.moves);
      if (s.double) e.code.i64(BigInt(op.i) << 32n).op(W.fromBitsD);
      else e.code.i32(op.i).op(W.fromBitsF);
      s.write(e, op.d);
    }],
    [table.vcmp, comparison(s, false)],
    [table.vcmpZero, comparison(s, true)],
    [table.vsel, selection(s)],
    [table.vmaxnm, extreme(s, "max")],
    [table.vminnm, extreme(s, "min")],
    [table.vrint, rounding(s)],
    [table.fromInteger, fromInteger(s)],
    [table.toInteger, toInteger(s)],
    [table.fromFixed, fromFixed(s)],
    [table.toFixed, toFixed(s)],
  ];
  return list;
}

/** By meaning. */
export const FLOAT_EMITTERS: ReadonlyMap<Exec, Emit> = new Map<Exec, Emit>([
  ...emittersOf(SINGLE, ops.SINGLE_OPS),
  ...emittersOf(DOUBLE, ops.DOUBLE_OPS),
  [ops.SINGLE_OPS.vfma, fusedSingle(false, false)],
  [ops.SINGLE_OPS.vfms, fusedSingle(false, true)],
  [ops.SINGLE_OPS.vfnma, fusedSingle(true, true)],
  [ops.SINGLE_OPS.vfnms, fusedSingle(true, false)],
  [ops.DOUBLE_OPS.vfma, fusedDouble(false, false)],
  [ops.DOUBLE_OPS.vfms, fusedDouble(false, true)],
  [ops.DOUBLE_OPS.vfnma, fusedDouble(true, true)],
  [ops.DOUBLE_OPS.vfnms, fusedDouble(true, false)],
  [ops.widen, widen],
  [ops.shorten, shorten],
  [ops.vmrs, vmrs],
  [ops.fromCore, (e, op) => {
    need(e, FLOAT.moves);
    e.read(op.d).op(W.fromBitsF);
    e.writeSingle(op.n);
  }],
  [ops.toCore, (e, op) => {
    need(e, FLOAT.moves);
    e.readSingle(op.n);
    e.code.op(W.bitsF);
    e.write(op.d);
  }],
  [ops.fromCorePair, (e, op) => {
    need(e, FLOAT.moves);
    e.read(op.d).op(W.fromBitsF);
    e.writeSingle(op.m);
    e.read(op.a).op(W.fromBitsF);
    e.writeSingle(op.m + 1);
  }],
  [ops.toCorePair, (e, op) => {
    need(e, FLOAT.moves);
    e.readSingle(op.m);
    e.code.op(W.bitsF);
    e.write(op.d);
    e.readSingle(op.m + 1);
    e.code.op(W.bitsF);
    e.write(op.a);
  }],
  [ops.vldr, (e, op) => {
    need(e, FLOAT.moves);
    transfers(e, op, op.i, "read");
    load(e, op);
  }],
  [ops.vstr, (e, op) => {
    need(e, FLOAT.moves);
    transfers(e, op, op.i, "write");
    store(e, op);
  }],
  [ops.vldm, (e, op) => {
    need(e, FLOAT.moves);
    transfers(e, op, op.k, "read");
    moveBase(e, op);
    load(e, op);
  }],
  [ops.vstm, (e, op) => {
    need(e, FLOAT.moves);
    transfers(e, op, op.k, "write");
    store(e, op);
    moveBase(e, op);
  }],
]);

const DOUBLES: ReadonlySet<Exec> = new Set([
  ...Object.values(ops.DOUBLE_OPS),
  ops.widen,
  ops.shorten,
]);

/** True if a function works on double registers, not only on their words. */
export function usesDoubles(exec: Exec): boolean {
  return DOUBLES.has(exec);
}
