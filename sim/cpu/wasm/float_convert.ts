/**
 * Rounding to integers and conversions of translated code; see `float.ts`.
 *
 * @module
 */
import { ROUND } from "../fp/soft.ts";
import { W } from "../../wasm/encoder.ts";
import { type Emit, type Emitter, FLOAT, L } from "./emitter.ts";
import { DOUBLE, SINGLE, type Size } from "./float_size.ts";
import { isZero, need, unlessExact, unlessPlain } from "./float_checks.ts";

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

/** VRINT. */
export function rounding(s: Size): Emit {
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

/** VCVT from an integer register. */
export function fromInteger(s: Size): Emit {
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

/** VCVT to an integer register. */
export function toInteger(s: Size): Emit {
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
export function fromFixed(s: Size): Emit {
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

/** VCVT to a fixed-point number. */
export function toFixed(s: Size): Emit {
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

/** VCVT from single to double. */
export const widen: Emit = (e, op) => {
  need(e, FLOAT.arithmetic);
  e.readSingle(op.m);
  e.code.op(W.promote).tee(L.dz).get(L.dz).op(W.neD);
  e.leaveIf();
  e.code.get(L.dz);
  e.writeDouble(op.d);
};

/** VCVT from double to single. */
export const shorten: Emit = (e, op) => {
  const { code } = e;
  need(e, FLOAT.arithmetic);
  e.readDouble(op.m);
  code.tee(L.dx).op(W.demote).set(L.fz);
  unlessPlain(e, SINGLE, L.fz, () => isZero(e, DOUBLE, L.dx));
  unlessExact(e, () => void code.get(L.fz).op(W.promote).get(L.dx).op(W.eqD));
  code.get(L.fz);
  e.writeSingle(op.d);
};
