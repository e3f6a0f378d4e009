/**
 * Sums, products, quotients, roots and comparisons of translated code; see `float.ts`.
 *
 * @module
 */
import type { Op } from "../op.ts";
import { W } from "../../wasm/encoder.ts";
import { type Emit, type Emitter, FLOAT, L } from "./emitter.ts";
import type { Size } from "./float_size.ts";
import {
  isZero,
  need,
  onlyInexact,
  productIsExact,
  sumIsExact,
  unlessExact,
  unlessPlain,
} from "./float_checks.ts";

/** VADD, VSUB. */
export function sum(s: Size, subtracts: boolean): Emit {
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

/** VMUL, VNMUL. */
export function product(s: Size, negates: boolean): Emit {
  return (e, op) => {
    need(e, FLOAT.arithmetic);
    multiply(e, s, op);
    e.code.get(s.z);
    if (negates) e.code.op(s.neg);
    s.write(e, op.d);
  };
}

/** VMLA and its siblings: two roundings. */
export function chain(s: Size, negatesAccumulator: boolean, negatesProduct: boolean): Emit {
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

/** VDIV. */
export function quotient(s: Size): Emit {
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

/** VSQRT. */
export function root(s: Size): Emit {
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

/** VCMP: leaves for NaNs, else the flags are 6 (equal), 8 (less) or 2 (greater). */
export function comparison(s: Size, zero: boolean): Emit {
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

/** VMAXNM, VMINNM of numbers. */
export function extreme(s: Size, operation: "min" | "max"): Emit {
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
