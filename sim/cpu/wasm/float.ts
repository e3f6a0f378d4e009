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
import * as ops from "../fp/ops.ts";
import type { Exec, Op } from "../op.ts";
import { W } from "../../wasm/encoder.ts";
import { type Emit, type Emitter, FLOAT, L, STATE } from "./emitter.ts";
import { DOUBLE, SINGLE, type Size } from "./float_size.ts";
import { need } from "./float_checks.ts";
import { chain, comparison, extreme, product, quotient, root, sum } from "./float_arithmetic.ts";
import { fusedDouble, fusedSingle } from "./float_fused.ts";
import {
  fromFixed,
  fromInteger,
  rounding,
  shorten,
  toFixed,
  toInteger,
  widen,
} from "./float_convert.ts";

function move(s: Size, change?: number): Emit {
  return (e, op) => {
    need(e, FLOAT.moves);
    s.read(e, op.m);
    if (change !== undefined) e.code.op(change);
    s.write(e, op.d);
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
