/**
 * When translated floating point leaves the unit: the context does not allow it, a result is no plain
 * number, or the operation would raise the inexact flag.
 *
 * @module
 */
import { FPSCR } from "../fp/soft.ts";
import { W } from "../../wasm/encoder.ts";
import { type Emitter, L, STATE } from "./emitter.ts";
import type { Size } from "./float_size.ts";

/** Least magnitudes above the smallest normal number, and the distance from there to infinity, as bits. */
const PLAIN_32 = { least: 0x0080_0001, span: 0x7f80_0000 - 0x0080_0001 };

const PLAIN_64 = {
  least: 0x0010_0000_0000_0001n,
  span: 0x7ff0_0000_0000_0000n - 0x0010_0000_0000_0001n,
};

/** Leaves unless the floating-point context allows an instruction. */
export function need(e: Emitter, level: number): void {
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
export function unlessExact(e: Emitter, exact: () => void): void {
  notInexact(e);
  e.code.open(W.if);
  exact();
  e.code.op(W.eqz);
  e.leaveIf();
  e.code.end();
}

/** Leaves if the operation could raise the inexact flag, where exactness is not checked. */
export function onlyInexact(e: Emitter): void {
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
export function unlessPlain(e: Emitter, s: Size, local: number, zero?: () => void): void {
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

/** Pushes whether a local is zero. */
export function isZero(e: Emitter, s: Size, local: number): void {
  e.code.get(local);
  s.constant(e, 0);
  e.code.op(s.eq);
}

/** Pushes what the sum dz of dx and dy lost by rounding (Knuth's two-sum); uses dw. */
export function lostBySum(
  e: Emitter,
  x: number = L.dx,
  y: number = L.dy,
  sum: number = L.dz,
): void {
  const { code } = e;
  code.get(sum).get(x).op(W.subD).set(L.dw);
  code.get(x).get(sum).get(L.dw).op(W.subD, W.subD).get(y).get(L.dw).op(W.subD, W.addD);
}

/** Pushes whether the sum z of x and y is exact. */
export function sumIsExact(e: Emitter, s: Size): void {
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
export function productIsExact(e: Emitter, s: Size): void {
  const { code } = e;
  code.get(s.x).op(W.promote).get(s.y).op(W.promote, W.mulD).get(s.z).op(W.promote, W.eqD);
}
