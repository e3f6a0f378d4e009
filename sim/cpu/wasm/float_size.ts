/**
 * The two sizes of floating-point numbers: opcodes, locals and registers.
 *
 * @module
 */
import { W } from "../../wasm/encoder.ts";
import { type Emitter, L } from "./emitter.ts";

/** Opcodes, locals and registers of one size. */
export interface Size {
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

export const SINGLE: Size = {
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

export const DOUBLE: Size = {
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
