/**
 * Values of expressions. A vector is computed lane by lane: `lane` says which one is wanted.
 *
 * @module
 */
import { InputError } from "../../base/error.ts";
import type { Buffer, BufferStore, CallExtern, Expr, ScalarType, Var } from "../types.ts";
import { bitsOf, parseType, type Type, type Typing } from "../typing.ts";
import {
  bitwise,
  compute,
  convert,
  multiplyShift,
  type Scalar,
  unsupported,
  wrap,
} from "./arithmetic.ts";
import { UNARY } from "./intrinsics.ts";

/** A place in memory. */
export interface Pointer {
  /** All bytes of the allocate. */
  readonly view: DataView;
  /** Byte in it. */
  readonly offset: number;
}

/** What a variable holds. */
export type Value = Scalar | Pointer;

/** A function that can be called. */
export type Callee = (args: readonly Value[]) => Scalar;

/** What expressions need of the run that they are in. */
export interface Machine {
  /** Types. */
  readonly typing: Typing;
  /** A function by name. Throws {@linkcode InputError} if there is none. */
  callee(name: string): Callee;
}

type Frame = ReadonlyMap<Var, Value>;

/** The value of an expression, or of one lane of it. */
export function valueOf(machine: Machine, expr: Expr, frame: Frame, lane = 0): Value {
  switch (expr.kind) {
    case "int":
      return wrap(expr.dtype, expr.value);
    case "float":
      return wrap(expr.dtype, expr.value);
    case "var": {
      const value = frame.get(expr);
      if (value === undefined) throw refuse(`${expr.name} has no value`);
      return value;
    }
    case "load":
      return load(machine, expr.buffer, expr.indices, frame, lane);
    case "cast": {
      const from = machine.typing.typeOf(expr.value).base;
      const to = parseType(expr.dtype).base;
      if (from === "handle" || to === "handle") return valueOf(machine, expr.value, frame, lane);
      return convert(scalarType(from), scalarType(to), scalarOf(machine, expr.value, frame, lane));
    }
    case "not":
      return truthOf(machine, expr.value, frame, lane) ? 0 : 1;
    case "select": {
      const [a, b] = machine.typing.arms(expr, expr.a, expr.b);
      return valueOf(machine, truthOf(machine, expr.condition, frame, lane) ? a : b, frame, lane);
    }
    case "binary": {
      const [a, b] = machine.typing.operands(expr);
      if (expr.op === "and" && !truthOf(machine, a, frame, lane)) return 0;
      if (expr.op === "or" && truthOf(machine, a, frame, lane)) return 1;
      const base = scalarType(machine.typing.typeOf(a).base);
      const left = scalarOf(machine, a, frame, lane);
      return compute(expr.op, base, left, scalarOf(machine, b, frame, lane));
    }
    case "call_extern":
      return call(machine, expr, frame);
    case "intrinsic":
      return intrinsic(machine, expr, frame, lane);
    case "string":
      throw unsupported("a text as a value");
  }
}

/** Whether an expression is true: not 0. */
export function truthOf(machine: Machine, expr: Expr, frame: Frame, lane = 0): boolean {
  const value = scalarOf(machine, expr, frame, lane);
  return value !== 0 && value !== 0n;
}

/** Writes elements; a vector is computed before any of it is written. */
export function store(machine: Machine, stmt: BufferStore, frame: Frame): void {
  const { buffer, indices, value } = stmt;
  const index = indices.at(-1);
  const type = machine.typing.typeOf(value);
  const lanes = Math.max(index === undefined ? 1 : machine.typing.typeOf(index).lanes, type.lanes);
  const from = scalarType(type.base);
  const elements = Array.from(
    { length: lanes },
    (_, lane) => convert(from, buffer.dtype, scalarOf(machine, value, frame, lane)),
  );
  elements.forEach((element, lane) => {
    const { view, offset } = place(machine, buffer, indices, frame, lane);
    write(view, offset, buffer.dtype, element);
  });
}

function scalarOf(machine: Machine, expr: Expr, frame: Frame, lane: number): Scalar {
  const value = valueOf(machine, expr, frame, lane);
  if (typeof value === "object") throw unsupported("arithmetic with pointers");
  return value;
}

function scalarType(base: Type["base"]): ScalarType {
  if (base === "handle" || base === "void") throw unsupported(`a value of type ${base}`);
  return base;
}

function load(
  machine: Machine,
  buffer: Buffer,
  indices: readonly Expr[],
  frame: Frame,
  lane: number,
): Scalar {
  const { view, offset } = place(machine, buffer, indices, frame, lane);
  return read(view, offset, buffer.dtype);
}

/** Where an element is. */
function place(
  machine: Machine,
  buffer: Buffer,
  indices: readonly Expr[],
  frame: Frame,
  lane: number,
): Pointer {
  const base = frame.get(buffer.data);
  if (typeof base !== "object") throw refuse(`${buffer.data.name} is no pointer`);
  const element = indices.reduce((sum, index, i) => {
    const at = Number(scalarOf(machine, index, frame, lane));
    return sum * (buffer.shape[i] ?? 1) + at;
  }, 0);
  const bytes = widthOf(buffer.dtype);
  const offset = base.offset + element * bytes;
  if (element < 0 || offset < 0 || offset + bytes > base.view.byteLength) {
    const length = Math.floor((base.view.byteLength - base.offset) / bytes);
    throw refuse(`element ${element} of ${buffer.name} is accessed, it has ${length}`);
  }
  return { view: base.view, offset };
}

/** Bytes of an element in memory. */
export function widthOf(dtype: ScalarType): number {
  return dtype === "bool" ? 1 : bitsOf(dtype) / 8;
}

function read(view: DataView, at: number, dtype: ScalarType): Scalar {
  switch (dtype) {
    case "int8":
      return view.getInt8(at);
    case "uint8":
      return view.getUint8(at);
    case "bool":
      return view.getUint8(at) === 0 ? 0 : 1;
    case "int16":
      return view.getInt16(at, true);
    case "uint16":
      return view.getUint16(at, true);
    case "int32":
      return view.getInt32(at, true);
    case "uint32":
      return view.getUint32(at, true);
    case "int64":
      return view.getBigInt64(at, true);
    case "uint64":
      return view.getBigUint64(at, true);
    case "float32":
      return view.getFloat32(at, true);
    case "float64":
      return view.getFloat64(at, true);
    case "float16":
      throw unsupported("values of float16");
  }
}

function write(view: DataView, at: number, dtype: ScalarType, value: Scalar): void {
  if (dtype === "float32") view.setFloat32(at, Number(value), true);
  else if (dtype === "float64") view.setFloat64(at, Number(value), true);
  else if (typeof value === "bigint" || widthOf(dtype) === 8) {
    view.setBigInt64(at, BigInt.asIntN(64, BigInt(value)), true);
  } else if (widthOf(dtype) === 4) view.setInt32(at, value, true);
  else if (widthOf(dtype) === 2) view.setInt16(at, value, true);
  else view.setInt8(at, value);
}

function call(machine: Machine, expr: CallExtern, frame: Frame): Scalar {
  const callee = machine.callee(expr.callee);
  return callee(expr.args.map((arg) => valueOf(machine, arg, frame)));
}

function intrinsic(
  machine: Machine,
  expr: Extract<Expr, { kind: "intrinsic" }>,
  frame: Frame,
  lane: number,
): Value {
  const { op, args } = expr;
  const [first, second, third] = args;
  const { typing } = machine;
  const scalar = (index: number): Scalar => {
    const arg = args[index];
    if (arg === undefined) throw refuse(`${op} has ${args.length} arguments`);
    return scalarOf(machine, arg, frame, lane);
  };
  const unary = UNARY.get(op);
  if (unary !== undefined && first !== undefined) {
    const { base } = typing.typeOf(first);
    const result = unary(scalar(0), scalarType(base));
    if (result === undefined) throw unsupported(`${op} of ${base}`);
    return result;
  }
  switch (op) {
    case "if_then_else": {
      if (first === undefined || second === undefined || third === undefined) break;
      const [a, b] = typing.arms(expr, second, third);
      return valueOf(machine, truthOf(machine, first, frame, lane) ? a : b, frame, lane);
    }
    case "bitwise_and":
    case "bitwise_or":
    case "bitwise_xor":
    case "shift_left":
    case "shift_right": {
      if (first === undefined || second === undefined) break;
      const [a, b] = typing.arms(expr, first, second);
      const base = scalarType(typing.typeOf(a).base);
      return bitwise(
        op,
        base,
        scalarOf(machine, a, frame, lane),
        scalarOf(machine, b, frame, lane),
      );
    }
    case "q_multiply_shift": {
      const s = Number(scalar(3));
      return multiplyShift(
        scalar(0),
        scalar(1),
        Math.max(s, 0),
        Number(scalar(2)) + Math.max(-s, 0),
      );
    }
    case "q_multiply_shift_per_axis": {
      const left = scalar(5) !== 0 ? scalar(2) : 0;
      const right = scalar(6) !== 0 ? scalar(3) : 0;
      return multiplyShift(scalar(0), scalar(1), left, Number(right) + Number(scalar(4)));
    }
    case "Ramp": {
      const base = typing.typeOf(expr).base;
      const step = BigInt(scalar(1)) * BigInt(lane);
      const sum = BigInt(scalar(0)) + step;
      return wrap(scalarType(base), bitsOf(base) === 64 ? sum : Number(BigInt.asIntN(32, sum)));
    }
    case "Broadcast":
      if (first !== undefined) return valueOf(machine, first, frame);
      break;
    case "address_of":
      if (first?.kind === "load") return place(machine, first.buffer, first.indices, frame, lane);
      break;
    case "tvm_access_ptr": {
      const pointer = second === undefined ? undefined : valueOf(machine, second, frame);
      if (typeof pointer !== "object" || first === undefined) break;
      const element = widthOf(scalarType(typing.typeOf(first).base));
      return { view: pointer.view, offset: pointer.offset + Number(scalar(2)) * element };
    }
    case "reinterpret":
      if (first !== undefined) return reinterpret(machine, expr, first, frame, lane);
      break;
  }
  throw unsupported(`the intrinsic ${op}`);
}

/** The same bits as another type; pointers stay what they are. */
function reinterpret(machine: Machine, expr: Expr, value: Expr, frame: Frame, lane: number): Value {
  const to = machine.typing.typeOf(expr).base;
  const from = machine.typing.typeOf(value).base;
  const given = valueOf(machine, value, frame, lane);
  if (typeof given === "object" || to === "handle") return given;
  const [source, target] = [scalarType(from), scalarType(to)];
  if (widthOf(source) !== widthOf(target)) throw unsupported(`${from} reinterpreted as ${to}`);
  const view = new DataView(new ArrayBuffer(8));
  write(view, 0, source, given);
  return read(view, 0, target);
}

function refuse(why: string): InputError {
  return new InputError("E-IR-EVALUATE", `Cannot evaluate: ${why}`);
}
