/**
 * How the instructions of the DSP extension are translated, by the function that gives their meaning in
 * the interpreter. What may overflow 32 bits is computed in 64.
 *
 * @module
 */
import type { Exec, Op } from "../op.ts";
import * as alu from "../alu.ts";
import * as dsp from "../dsp.ts";
import * as multiply from "../multiply.ts";
import { W } from "../../wasm/encoder.ts";
import { type Emit, type Emitter, L } from "./emitter.ts";

const INT_MAX = 0x7fff_ffffn;
const INT_MIN = -0x8000_0000n;

/** Pushes a sign-extended half of a register. */
function half(e: Emitter, register: number, top: boolean): void {
  e.read(register);
  if (top) e.code.i32(16).op(W.shrS);
  else e.code.op(W.extend16);
}

/** Pushes the product of halves. */
function halves(e: Emitter, op: Op): void {
  half(e, op.n, (op.k & 2) !== 0);
  half(e, op.m, (op.k & 1) !== 0);
  e.code.op(W.mul);
}

/** Sets Q if the value on the stack is not 0. */
function sticky(e: Emitter): void {
  e.get(L.q).op(W.or);
  e.set(L.q);
}

/** Pops a 64-bit sum into a register; Q if it does not fit. */
function writeSticky(e: Emitter, op: Op): void {
  const { code } = e;
  code.tee(L.long).get(L.long).op(W.wrap, W.extendS, W.ne64);
  sticky(e);
  code.get(L.long).op(W.wrap);
  e.write(op.d);
}

/** Saturates the 64-bit value in `long` to 32 bits; Q if that changes it. */
function saturateLong(e: Emitter): void {
  const { code } = e;
  code.get(L.long).set(L.long2);
  code.i64(INT_MAX).get(L.long).get(L.long).i64(INT_MAX).op(W.gtS64, W.select).set(L.long);
  code.i64(INT_MIN).get(L.long).get(L.long).i64(INT_MIN).op(W.ltS64, W.select).set(L.long);
  code.get(L.long).get(L.long2).op(W.ne64);
  sticky(e);
}

/** QADD, QSUB, QDADD, QDSUB. */
function saturating(operation: number, doubles: boolean): Emit {
  return (e, op) => {
    const { code } = e;
    e.read(op.n).op(W.extendS);
    if (doubles) {
      code.i64(1n).op(W.shl64).set(L.long);
      saturateLong(e);
    } else code.set(L.long);
    e.read(op.m).op(W.extendS).get(L.long).op(operation).set(L.long);
    saturateLong(e);
    code.get(L.long).op(W.wrap);
    e.write(op.d);
  };
}

/** Clamps the local t0 to a range. */
function clamp(e: Emitter, least: number, most: number): void {
  const { code } = e;
  code.i32(most).get(L.t0).get(L.t0).i32(most).op(W.gtS, W.select).set(L.t0);
  code.i32(least).get(L.t0).get(L.t0).i32(least).op(W.ltS, W.select).set(L.t0);
}

/** SSAT and USAT. */
function saturation(signed: boolean): Emit {
  return (e, op) => {
    const { code } = e;
    const most = signed ? 2 ** (op.k - 1) - 1 : 2 ** op.k - 1;
    const least = signed ? -most - 1 : 0;
    e.read(op.n).i32(op.i).op(op.s !== 0 ? W.shrS : W.shl).tee(L.t0).set(L.t1);
    clamp(e, least, most);
    code.get(L.t0).get(L.t1).op(W.ne);
    sticky(e);
    code.get(L.t0);
    e.write(op.d);
  };
}

/** SSAT16 and USAT16. */
function saturation16(signed: boolean): Emit {
  return (e, op) => {
    const { code } = e;
    const most = signed ? 2 ** (op.k - 1) - 1 : 2 ** op.k - 1;
    const least = signed ? -most - 1 : 0;
    for (const top of [false, true]) {
      half(e, op.n, top);
      code.tee(L.t0).set(L.t1);
      clamp(e, least, most);
      code.get(L.t0).get(L.t1).op(W.ne);
      sticky(e);
      code.get(L.t0);
      if (top) code.i32(16).op(W.shl).get(L.t2).op(W.or);
      else code.i32(0xffff).op(W.and).set(L.t2);
    }
    e.write(op.d);
  };
}

/** Pushes low × low ± high × high in 64 bits. */
function dual(e: Emitter, op: Op, operation: number): void {
  half(e, op.n, false);
  half(e, op.m, op.k !== 0);
  e.code.op(W.mul, W.extendS);
  half(e, op.n, true);
  half(e, op.m, op.k === 0);
  e.code.op(W.mul, W.extendS, operation);
}

function dualProduct(operation: number, accumulates: boolean): Emit {
  return (e, op) => {
    dual(e, op, operation);
    if (accumulates) e.read(op.a).op(W.extendS, W.add64);
    writeSticky(e, op);
  };
}

/** Pushes the register pair of a long accumulation. */
function pair(e: Emitter, op: Op): void {
  e.read(op.a).op(W.extendU).i64(32n).op(W.shl64);
  e.read(op.d).op(W.extendU, W.or64);
}

/** Pops 64 bits into the pair. */
function writePair(e: Emitter, op: Op): void {
  const { code } = e;
  code.tee(L.long).op(W.wrap);
  e.write(op.d);
  code.get(L.long).i64(32n).op(W.shrU64, W.wrap);
  e.write(op.a);
}

function dualLong(operation: number): Emit {
  return (e, op) => {
    dual(e, op, operation);
    pair(e, op);
    e.code.op(W.add64);
    writePair(e, op);
  };
}

/** A word times a half, its upper 32 of 48 bits. */
function wordByHalf(accumulates: boolean): Emit {
  return (e, op) => {
    e.read(op.n).op(W.extendS);
    half(e, op.m, op.k !== 0);
    e.code.op(W.extendS, W.mul64).i64(16n).op(W.shrS64);
    if (accumulates) e.read(op.a).op(W.extendS, W.add64);
    writeSticky(e, op);
  };
}

/** The upper word of an accumulator plus or minus a product, rounded if `k` is 1. */
function mostSignificant(accumulates: boolean, operation: number): Emit {
  return (e, op) => {
    const { code } = e;
    if (accumulates) e.read(op.a).op(W.extendU).i64(32n).op(W.shl64);
    e.read(op.n).op(W.extendS);
    e.read(op.m).op(W.extendS, W.mul64);
    if (accumulates) code.op(operation);
    if (op.k !== 0) code.i64(0x8000_0000n).op(W.add64);
    code.i64(32n).op(W.shrU64, W.wrap);
    e.write(op.d);
  };
}

/** USAD8, USADA8. */
function absoluteDifferences(accumulates: boolean): Emit {
  return (e, op) => {
    const { code } = e;
    if (accumulates) e.read(op.a);
    else code.i32(0);
    for (let shift = 0; shift < 32; shift += 8) {
      for (const register of [op.n, op.m]) {
        e.read(register).i32(shift).op(W.shrU).i32(0xff).op(W.and);
      }
      // |x| is (x ^ s) − s, where s is 0 or −1 by the sign of x.
      code.op(W.sub).tee(L.t0).get(L.t0).i32(31).op(W.shrS).tee(L.t1).op(W.xor).get(L.t1);
      code.op(W.sub, W.add);
    }
    e.write(op.d);
  };
}

/** Parallel arithmetic of 16-bit or 8-bit lanes. */
function parallel({ lane, bits, sums, exchange }: dsp.Parallel): Emit {
  const unsigned = lane.startsWith("u");
  const setsGe = lane === "s" || lane === "u";
  const mask = bits === 16 ? 0xffff : 0xff;
  const pushLane = (e: Emitter, register: number, number: number): void => {
    e.read(register);
    if (unsigned) {
      if (number !== 0) e.code.i32(number * bits).op(W.shrU);
      if ((number + 1) * bits !== 32) e.code.i32(mask).op(W.and);
    } else {
      const above = 32 - (number + 1) * bits;
      if (above !== 0) e.code.i32(above).op(W.shl);
      e.code.i32(32 - bits).op(W.shrS);
    }
  };
  return (e, op) => {
    const { code } = e;
    const lanes = 32 / bits;
    code.i32(0).set(L.t2).i32(0).set(L.t3);
    for (let number = 0; number < lanes; number++) {
      const sum = sums[number] === true;
      pushLane(e, op.n, number);
      pushLane(e, op.m, exchange ? lanes - 1 - number : number);
      code.op(sum ? W.add : W.sub).set(L.t0);
      if (setsGe) {
        const least = lane === "u" && sum ? 2 ** bits : 0;
        code.get(L.t3).get(L.t0).i32(least).op(W.geS);
        code.i32(bits === 16 ? 3 << (number * 2) : 1 << number).op(W.mul, W.or).set(L.t3);
      }
      if (lane === "q") clamp(e, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1);
      else if (lane === "uq") clamp(e, 0, 2 ** bits - 1);
      code.get(L.t2).get(L.t0);
      if (lane === "sh" || lane === "uh") code.i32(1).op(W.shrS);
      code.i32(mask).op(W.and).i32(number * bits).op(W.shl, W.or).set(L.t2);
    }
    if (setsGe) {
      code.get(L.t3);
      e.set(L.ge);
    }
    code.get(L.t2);
    e.write(op.d);
  };
}

/** SEL: a mask of the bytes whose GE flag is set. */
const sel: Emit = (e, op) => {
  const { code } = e;
  code.i32(0).set(L.t0);
  for (let byte = 0; byte < 4; byte++) {
    code.get(L.t0);
    e.get(L.ge).i32(byte).op(W.shrU).i32(1).op(W.and).i32(0xff << (byte * 8)).op(W.mul, W.or);
    code.set(L.t0);
  }
  e.read(op.n).get(L.t0).op(W.and);
  e.read(op.m).get(L.t0).i32(-1).op(W.xor, W.and, W.or);
  e.write(op.d);
};

/** SXTB16, UXTB16 and their sums: bytes 0 and 2 of the rotated operand. */
function bytes16(signed: boolean, adds: boolean): Emit {
  return (e, op) => {
    const { code } = e;
    e.read(op.m);
    if (op.i !== 0) code.i32(op.i).op(W.rotr);
    code.set(L.t0);
    if (!signed && !adds) {
      code.get(L.t0).i32(0x00ff_00ff).op(W.and);
      e.write(op.d);
      return;
    }
    code.get(L.t0).i32(16).op(W.shrU);
    if (signed) code.op(W.extend8);
    else code.i32(0xff).op(W.and);
    if (adds) e.read(op.n).i32(16).op(W.shrU, W.add);
    code.i32(16).op(W.shl).get(L.t0);
    if (signed) code.op(W.extend8);
    else code.i32(0xff).op(W.and);
    if (adds) e.read(op.n).op(W.add);
    code.i32(0xffff).op(W.and, W.or);
    e.write(op.d);
  };
}

/** RBIT: halves of ever more bits change places. */
const rbit: Emit = (e, op) => {
  const { code } = e;
  e.read(op.m).set(L.t0);
  for (const [bits, mask] of [[1, 0x5555_5555], [2, 0x3333_3333], [4, 0x0f0f_0f0f]] as const) {
    code.get(L.t0).i32(bits).op(W.shrU).i32(mask).op(W.and);
    code.get(L.t0).i32(mask).op(W.and).i32(bits).op(W.shl, W.or).set(L.t0);
  }
  code.get(L.t0).i32(8).op(W.rotr).i32(0xff00_ff00 | 0).op(W.and);
  code.get(L.t0).i32(24).op(W.rotr).i32(0x00ff_00ff).op(W.and, W.or);
  e.write(op.d);
};

/** By meaning. */
export const DSP_EMITTERS: ReadonlyMap<Exec, Emit> = new Map<Exec, Emit>([
  [alu.sxtb16, bytes16(true, false)],
  [alu.uxtb16, bytes16(false, false)],
  [alu.sxtab16, bytes16(true, true)],
  [alu.uxtab16, bytes16(false, true)],
  [alu.rbit, rbit],
  [multiply.umaal, (e, op) => {
    e.read(op.n).op(W.extendU);
    e.read(op.m).op(W.extendU, W.mul64);
    e.read(op.d).op(W.extendU, W.add64);
    e.read(op.a).op(W.extendU, W.add64);
    writePair(e, op);
  }],
  [dsp.ssat, saturation(true)],
  [dsp.usat, saturation(false)],
  [dsp.ssat16, saturation16(true)],
  [dsp.usat16, saturation16(false)],
  [dsp.qadd, saturating(W.add64, false)],
  [dsp.qsub, saturating(W.sub64, false)],
  [dsp.qdadd, saturating(W.add64, true)],
  [dsp.qdsub, saturating(W.sub64, true)],
  [dsp.pkhbt, (e, op) => {
    e.read(op.n).i32(0xffff).op(W.and);
    e.read(op.m).i32(op.i).op(W.shl).i32(-0x1_0000).op(W.and, W.or);
    e.write(op.d);
  }],
  [dsp.pkhtb, (e, op) => {
    e.read(op.n).i32(-0x1_0000).op(W.and);
    e.read(op.m).i32(op.i).op(W.shrS).i32(0xffff).op(W.and, W.or);
    e.write(op.d);
  }],
  [dsp.sel, sel],
  [dsp.smulxy, (e, op) => {
    halves(e, op);
    e.write(op.d);
  }],
  [dsp.smlaxy, (e, op) => {
    halves(e, op);
    e.code.op(W.extendS);
    e.read(op.a).op(W.extendS, W.add64);
    writeSticky(e, op);
  }],
  [dsp.smulw, wordByHalf(false)],
  [dsp.smlaw, wordByHalf(true)],
  [dsp.smuad, dualProduct(W.add64, false)],
  [dsp.smlad, dualProduct(W.add64, true)],
  [dsp.smusd, dualProduct(W.sub64, false)],
  [dsp.smlsd, dualProduct(W.sub64, true)],
  [dsp.smlald, dualLong(W.add64)],
  [dsp.smlsld, dualLong(W.sub64)],
  [dsp.smlalxy, (e, op) => {
    halves(e, op);
    e.code.op(W.extendS);
    pair(e, op);
    e.code.op(W.add64);
    writePair(e, op);
  }],
  [dsp.smmul, mostSignificant(false, W.add64)],
  [dsp.smmla, mostSignificant(true, W.add64)],
  [dsp.smmls, mostSignificant(true, W.sub64)],
  [dsp.usad8, absoluteDifferences(false)],
  [dsp.usada8, absoluteDifferences(true)],
]);

/** The emitter of a parallel instruction; undefined if the function is not one. */
export function parallelEmitter(exec: Exec): Emit | undefined {
  const shape = dsp.parallelOf(exec);
  return shape === undefined ? undefined : parallel(shape);
}
