/**
 * VFMA of translated code: one rounding, from sums and products that are exact.
 *
 * @module
 */
import { FUSED_RANGE, SPLITTER } from "../fp/fast.ts";
import { W } from "../../wasm/encoder.ts";
import { type Emit, type Emitter, FLOAT, L } from "./emitter.ts";
import { DOUBLE, SINGLE } from "./float_size.ts";
import { isZero, lostBySum, need, onlyInexact, unlessExact, unlessPlain } from "./float_checks.ts";

/** Bits that a double has more than a single, and half of a single's last place. */
const BELOW_SINGLE = 0x1fff_ffffn;

const HALF_PLACE = 0x1000_0000n;

/**
 * VFMA of singles. The product is exact in doubles and the sum is rounded twice; that differs from once
 * only if the first rounding ends on the middle between two singles.
 */
export function fusedSingle(negatesAddend: boolean, negatesProduct: boolean): Emit {
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
export function fusedDouble(negatesAddend: boolean, negatesProduct: boolean): Emit {
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
