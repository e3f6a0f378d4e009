/**
 * How each instruction is translated, by the function that gives its meaning in the interpreter. What is
 * missing here ends a unit and is interpreted.
 *
 * @module
 */
import { type Exec, type Op, OPERAND } from "../op.ts";
import { keepSpAligned } from "../operands.ts";
import { nop } from "../system.ts";
import * as alu from "../alu.ts";
import * as flow from "../flow.ts";
import * as memory from "../memory.ts";
import * as multiply from "../multiply.ts";
import { W } from "../../wasm/encoder.ts";
import { DSP_EMITTERS, parallelEmitter } from "./dsp.ts";
import { type Emit, type Emitter, IMPORT, L } from "./emitter.ts";
import { FLOAT_EMITTERS } from "./float.ts";

/** How an instruction ends a block. */
export type BranchKind = "none" | "direct" | "conditional" | "dynamic";

/** Pushes the second operand; with `carry`, sets the local `carry` if the operand changes C. */
function operand2(e: Emitter, op: Op, carry: boolean): boolean {
  const { code } = e;
  if (op.k === OPERAND.immediate) {
    if (carry && op.a !== 0) code.i32(op.a - 1).set(L.carry);
    code.i32(op.i);
    return carry && op.a !== 0;
  }
  if (op.k === OPERAND.register) {
    e.read(op.m);
    return false;
  }
  if (carry) {
    e.read(op.m);
    const bit = op.k === OPERAND.rrx
      ? 0
      : op.k === OPERAND.lsl
      ? 32 - op.i
      : Math.min(op.i - 1, 31);
    if (bit !== 0) code.i32(bit).op(W.shrU);
    code.i32(1).op(W.and).set(L.carry);
  }
  switch (op.k) {
    case OPERAND.lsl:
      e.read(op.m).i32(op.i).op(W.shl);
      break;
    case OPERAND.lsr:
      if (op.i > 31) code.i32(0);
      else e.read(op.m).i32(op.i).op(W.shrU);
      break;
    case OPERAND.asr:
      e.read(op.m).i32(Math.min(op.i, 31)).op(W.shrS);
      break;
    case OPERAND.ror:
      e.read(op.m).i32(op.i).op(W.rotr);
      break;
    default:
      e.get(L.c).i32(31).op(W.shl);
      e.read(op.m).i32(1).op(W.shrU, W.or);
  }
  return carry;
}

/** Result on the stack to the destination; N, Z and C if the instruction sets flags. */
function finish(e: Emitter, op: Op, carry: boolean): void {
  if (op.s === 0) {
    e.write(op.d);
    return;
  }
  e.writeAndTest(op.d);
  if (carry) setCarry(e);
}

function setCarry(e: Emitter): void {
  e.code.get(L.carry);
  e.set(L.c);
}

function logic(code: number, inverted: boolean): Emit {
  return (e, op) => {
    const carry = operand2(e, op, op.s !== 0);
    if (inverted) e.code.i32(-1).op(W.xor);
    e.read(op.n).op(code);
    finish(e, op, carry);
  };
}

function move(inverted: boolean): Emit {
  return (e, op) => {
    const carry = operand2(e, op, op.s !== 0);
    if (inverted) e.code.i32(-1).op(W.xor);
    finish(e, op, carry);
  };
}

function testing(code: number): Emit {
  return (e, op) => {
    const carry = operand2(e, op, true);
    e.read(op.n).op(code).set(L.t0);
    e.test();
    if (carry) setCarry(e);
  };
}

/** Flags of a subtraction of the locals a and b; the result stays in t0. */
function subtract(e: Emitter): void {
  const { code } = e;
  code.get(L.a).get(L.b).op(W.sub).set(L.t0);
  e.test();
  code.get(L.a).get(L.b).op(W.geU);
  e.set(L.c);
  code.get(L.a).get(L.b).op(W.xor).get(L.a).get(L.t0).op(W.xor, W.and);
  e.set(L.v);
  e.compared = true;
}

/** Flags of an addition of the locals a and b; the result stays in t0. */
function addition(e: Emitter): void {
  const { code } = e;
  code.get(L.a).get(L.b).op(W.add).set(L.t0);
  e.test();
  code.get(L.t0).get(L.a).op(W.ltU);
  e.set(L.c);
  signedOverflow(e);
}

/** V of an addition of a and b with the result t0. */
function signedOverflow(e: Emitter): void {
  e.code.get(L.a).get(L.t0).op(W.xor).get(L.b).get(L.t0).op(W.xor, W.and);
  e.set(L.v);
}

/** An addition or subtraction; `push` puts the second operand on the stack. */
function sum(
  kind: "add" | "sub" | "rsb",
  push: (e: Emitter, op: Op) => void,
  flags: (op: Op) => boolean,
  keeps: boolean,
): Emit {
  return (e, op) => {
    const { code } = e;
    if (!flags(op)) {
      if (kind === "rsb") {
        push(e, op);
        e.read(op.n).op(W.sub);
      } else {
        e.read(op.n);
        push(e, op);
        code.op(kind === "add" ? W.add : W.sub);
      }
      e.write(op.d);
      return;
    }
    push(e, op);
    e.read(op.n);
    if (kind === "rsb") code.set(L.b).set(L.a);
    else code.set(L.a).set(L.b);
    if (kind === "add") addition(e);
    else subtract(e);
    if (keeps) {
      code.get(L.t0);
      e.write(op.d);
    }
  };
}

const general: Emit = (e, op) => void operand2(e, op, false);
const immediate: Emit = (e, op) => void e.code.i32(op.i);
const register: Emit = (e, op) => void e.read(op.m);
const always = () => true;
const never = () => false;
const bySuffix = (op: Op) => op.s !== 0;

/** ADC; SBC adds the complement. */
function withCarry(complement: boolean): Emit {
  return (e, op) => {
    const { code } = e;
    operand2(e, op, false);
    if (complement) code.i32(-1).op(W.xor);
    code.set(L.b);
    e.forget();
    e.read(op.n).tee(L.a).get(L.b).op(W.add);
    e.get(L.c).op(W.add).set(L.t0);
    if (op.s !== 0) {
      e.test();
      code.get(L.a).get(L.b).op(W.and);
      code.get(L.a).get(L.b).op(W.or).get(L.t0).i32(-1).op(W.xor, W.and, W.or);
      code.i32(31).op(W.shrU);
      e.set(L.c);
      signedOverflow(e);
    }
    code.get(L.t0);
    e.write(op.d);
  };
}

/** Shifts by a register: 64 bits hold what is shifted out. */
const shiftByRegister: Emit = (e, op) => {
  const { code } = e;
  e.read(op.m).i32(0xff).op(W.and).set(L.t1);
  if (op.k === OPERAND.ror) {
    e.read(op.n).get(L.t1).op(W.rotr).set(L.t0);
    code.get(L.t0).i32(31).op(W.shrU).set(L.carry);
  } else {
    e.read(op.n).op(op.k === OPERAND.asr ? W.extendS : W.extendU);
    if (op.k !== OPERAND.lsl) code.i64(32n).op(W.shl64);
    code.get(L.t1).i32(63).get(L.t1).i32(63).op(W.ltU, W.select, W.extendU);
    code.op(op.k === OPERAND.lsl ? W.shl64 : op.k === OPERAND.lsr ? W.shrU64 : W.shrS64);
    code.set(L.long);
    code.get(L.long);
    if (op.k !== OPERAND.lsl) code.i64(32n).op(W.shrU64);
    code.op(W.wrap).set(L.t0);
    code.get(L.long).i64(op.k === OPERAND.lsl ? 32n : 31n).op(W.shrU64, W.wrap);
    code.i32(1).op(W.and).set(L.carry);
  }
  if (op.s === 0) {
    code.get(L.t0);
    e.write(op.d);
    return;
  }
  code.get(L.carry);
  e.get(L.c).get(L.t1).op(W.select);
  e.set(L.c);
  code.get(L.t0);
  e.writeAndTest(op.d);
};

function rotated(e: Emitter, op: Op): void {
  e.read(op.m);
  if (op.i !== 0) e.code.i32(op.i).op(W.rotr);
}

function extension(change: (e: Emitter) => void, adds: boolean): Emit {
  return (e, op) => {
    rotated(e, op);
    change(e);
    if (adds) e.read(op.n).op(W.add);
    e.write(op.d);
  };
}

const sxtb = (e: Emitter) => void e.code.op(W.extend8);
const sxth = (e: Emitter) => void e.code.op(W.extend16);
const uxtb = (e: Emitter) => void e.code.i32(0xff).op(W.and);
const uxth = (e: Emitter) => void e.code.i32(0xffff).op(W.and);

/** Swaps the bytes of each halfword of the value on the stack. */
function swapBytes(e: Emitter): void {
  e.code.tee(L.t0).i32(0x00ff_00ff).op(W.and).i32(8).op(W.shl);
  e.code.get(L.t0).i32(8).op(W.shrU).i32(0x00ff_00ff).op(W.and, W.or);
}

function reversal(change: (e: Emitter) => void): Emit {
  return (e, op) => {
    e.read(op.m);
    change(e);
    e.write(op.d);
  };
}

function bitField(shift: number): Emit {
  return (e, op) => {
    e.read(op.n).i32(32 - op.i - op.k).op(W.shl).i32(32 - op.k).op(shift);
    e.write(op.d);
  };
}

function product(e: Emitter, op: Op): void {
  e.read(op.n);
  e.read(op.m).op(W.mul);
}

function long(signed: boolean, accumulates: boolean): Emit {
  return (e, op) => {
    const { code } = e;
    const extend = signed ? W.extendS : W.extendU;
    e.read(op.n).op(extend);
    e.read(op.m).op(extend, W.mul64);
    if (accumulates) {
      e.read(op.a).op(W.extendU).i64(32n).op(W.shl64);
      e.read(op.d).op(W.extendU, W.or64, W.add64);
    }
    code.set(L.long);
    code.get(L.long).op(W.wrap);
    e.write(op.d);
    code.get(L.long).i64(32n).op(W.shrU64, W.wrap);
    e.write(op.a);
  };
}

/** Division; by 0 (which may trap) and −1 (which may overflow) the interpreter divides. */
function division(code: number, cost: number): Emit {
  return (e, op) => {
    e.read(op.m).i32(1).op(W.add).i32(2).op(W.ltU);
    e.leaveIf();
    e.read(op.n);
    e.read(op.m).call(cost);
    e.read(op.n);
    e.read(op.m).op(code);
    e.write(op.d);
  };
}

type Addressing = "offset" | "index" | "move";

function pushAddress(e: Emitter, op: Op, addressing: Addressing): void {
  e.read(op.n);
  if (addressing === "index") {
    e.read(op.m);
    if (op.k !== 0) e.code.i32(op.k).op(W.shl);
    e.code.op(W.add);
  } else {
    const distance = addressing === "move" ? op.i & -op.k : op.i;
    if (distance !== 0) e.code.i32(distance).op(W.add);
  }
}

function moveBase(e: Emitter, op: Op): void {
  e.read(op.n).i32(op.i).op(W.add);
  e.write(op.n);
}

function load(code: number, size: number, addressing: Addressing): Emit {
  return (e, op) => {
    pushAddress(e, op, addressing);
    e.locate(size, 1, "read");
    e.count(size, 1, "read");
    if (addressing === "move") moveBase(e, op);
    e.code.get(L.address).memory(code, 0);
    e.write(op.d);
  };
}

function store(code: number, size: number, addressing: Addressing): Emit {
  return (e, op) => {
    pushAddress(e, op, addressing);
    e.locate(size, 1, "write");
    e.count(size, 1, "write");
    e.code.get(L.address);
    e.read(op.d).memory(code, 0);
    if (addressing === "move") moveBase(e, op);
  };
}

const ldrd: Emit = (e, op) => {
  pushAddress(e, op, "move");
  e.locate(4, 2, "read");
  e.count(4, 2, "read");
  if (op.m !== 0) moveBase(e, op);
  e.code.get(L.address).memory(W.load, 0);
  e.write(op.d);
  e.code.get(L.address).memory(W.load, 4);
  e.write(op.a);
};

const strd: Emit = (e, op) => {
  pushAddress(e, op, "move");
  e.locate(4, 2, "write");
  e.count(4, 2, "write");
  e.code.get(L.address);
  e.read(op.d).memory(W.store, 0);
  e.code.get(L.address);
  e.read(op.a).memory(W.store, 4);
  if (op.m !== 0) moveBase(e, op);
};

function registersOf(list: number): number[] {
  return Array.from({ length: 16 }, (_, number) => number).filter((number) =>
    (list >> number & 1) !== 0
  );
}

function multipleStart(e: Emitter, op: Op, kind: "read" | "write"): void {
  e.read(op.n);
  if (op.k !== 0) e.code.i32(op.k).op(W.add);
  e.locate(4, registersOf(op.i).length, kind);
}

function multipleEnd(e: Emitter, op: Op): void {
  if (op.m === 0) return;
  e.read(op.n).i32(op.s).op(W.add);
  e.write(op.n);
}

const stm: Emit = (e, op) => {
  const list = registersOf(op.i);
  multipleStart(e, op, "write");
  e.count(4, list.length, "write");
  list.forEach((number, index) => {
    e.code.get(L.address);
    e.read(number).memory(W.store, index * 4);
  });
  multipleEnd(e, op);
};

/** LDM; with PC in its list the target stays in t0. */
const ldm: Emit = (e, op) => {
  const list = registersOf(op.i);
  multipleStart(e, op, "read");
  if (list.includes(15)) {
    e.code.get(L.address).memory(W.load, (list.length - 1) * 4).set(L.t0);
    leaveUnlessPlain(e);
  }
  e.count(4, list.length, "read");
  multipleEnd(e, op);
  list.forEach((number, index) => {
    if (number === 15) return;
    e.code.get(L.address).memory(W.load, index * 4);
    e.write(number);
  });
};

/** Leaves if t0 has no Thumb bit or may be an EXC_RETURN. */
function leaveUnlessPlain(e: Emitter): void {
  e.code.get(L.t0).i32(1).op(W.and, W.eqz);
  e.code.get(L.t0).i32(28).op(W.shrU).i32(15).op(W.eq, W.or);
  e.leaveIf();
}

function loadPc(addressing: Addressing): Emit {
  return (e, op) => {
    pushAddress(e, op, addressing);
    e.locate(4, 1, "read");
    e.code.get(L.address).memory(W.load, 0).set(L.t0);
    leaveUnlessPlain(e);
    e.count(4, 1, "read");
    if (addressing === "move") moveBase(e, op);
  };
}

const bx: Emit = (e, op) => {
  e.read(op.m).set(L.t0);
  leaveUnlessPlain(e);
};

const link: Emit = (e, op) => {
  e.code.i32(op.next | 1);
  e.write(14);
};

function tableBranch(code: number, size: number): Emit {
  return (e, op) => {
    e.read(op.n);
    e.read(op.m);
    if (size === 2) e.code.i32(1).op(W.shl);
    e.code.op(W.add);
    e.locate(size, 1, "read");
    e.count(size, 1, "read");
    e.code.get(L.address).memory(code, 0).i32(1).op(W.shl).i32(op.address + 4).op(W.add).set(L.t0);
  };
}

const none: Emit = () => {};

const LOADS: readonly (readonly [Exec, Exec, Exec, number, number])[] = [
  [memory.ldr, memory.ldrIndex, memory.ldrMove, W.load, 4],
  [memory.ldrh, memory.ldrhIndex, memory.ldrhMove, W.load16u, 2],
  [memory.ldrsh, memory.ldrshIndex, memory.ldrshMove, W.load16s, 2],
  [memory.ldrb, memory.ldrbIndex, memory.ldrbMove, W.load8u, 1],
  [memory.ldrsb, memory.ldrsbIndex, memory.ldrsbMove, W.load8s, 1],
];
const STORES: readonly (readonly [Exec, Exec, Exec, number, number])[] = [
  [memory.str, memory.strIndex, memory.strMove, W.store, 4],
  [memory.strh, memory.strhIndex, memory.strhMove, W.store16, 2],
  [memory.strb, memory.strbIndex, memory.strbMove, W.store8, 1],
];

/** By meaning. */
const EMITTERS: ReadonlyMap<Exec, Emit> = new Map<Exec, Emit>([
  [alu.mov, move(false)],
  [alu.mvn, move(true)],
  [alu.and, logic(W.and, false)],
  [alu.bic, logic(W.and, true)],
  [alu.orr, logic(W.or, false)],
  [alu.orn, logic(W.or, true)],
  [alu.eor, logic(W.xor, false)],
  [alu.tst, testing(W.and)],
  [alu.teq, testing(W.xor)],
  [alu.add, sum("add", general, bySuffix, true)],
  [alu.addImmediate, sum("add", immediate, never, true)],
  [alu.addRegister, sum("add", register, never, true)],
  [alu.addsImmediate, sum("add", immediate, always, true)],
  [alu.addsRegister, sum("add", register, always, true)],
  [alu.sub, sum("sub", general, bySuffix, true)],
  [alu.subImmediate, sum("sub", immediate, never, true)],
  [alu.subsImmediate, sum("sub", immediate, always, true)],
  [alu.subsRegister, sum("sub", register, always, true)],
  [alu.rsb, sum("rsb", general, bySuffix, true)],
  [alu.cmp, sum("sub", general, always, false)],
  [alu.cmpImmediate, sum("sub", immediate, always, false)],
  [alu.cmpRegister, sum("sub", register, always, false)],
  [alu.cmn, sum("add", general, always, false)],
  [alu.adc, withCarry(false)],
  [alu.sbc, withCarry(true)],
  [alu.movsImmediate, (e, op) => {
    e.code.i32(op.i);
    e.writeAndTest(op.d);
  }],
  [alu.lslImmediate, (e, op) => {
    e.read(op.m).i32(op.i).op(W.shl);
    e.write(op.d);
  }],
  [alu.movRegister, (e, op) => {
    e.read(op.m);
    e.write(op.d);
  }],
  [alu.movImmediate, (e, op) => {
    e.code.i32(op.i);
    e.write(op.d);
  }],
  [alu.movt, (e, op) => {
    e.read(op.d).i32(0xffff).op(W.and).i32(op.i << 16).op(W.or);
    e.write(op.d);
  }],
  [alu.shiftByRegister, shiftByRegister],
  [alu.sxtb, extension(sxtb, false)],
  [alu.sxth, extension(sxth, false)],
  [alu.uxtb, extension(uxtb, false)],
  [alu.uxth, extension(uxth, false)],
  [alu.sxtab, extension(sxtb, true)],
  [alu.sxtah, extension(sxth, true)],
  [alu.uxtab, extension(uxtb, true)],
  [alu.uxtah, extension(uxth, true)],
  [
    alu.rev,
    reversal((e) => {
      swapBytes(e);
      e.code.i32(16).op(W.rotr);
    }),
  ],
  [alu.rev16, reversal(swapBytes)],
  [
    alu.revsh,
    reversal((e) => {
      swapBytes(e);
      e.code.op(W.extend16);
    }),
  ],
  [alu.clz, reversal((e) => void e.code.op(W.clz))],
  [alu.ubfx, bitField(W.shrU)],
  [alu.sbfx, bitField(W.shrS)],
  [alu.bfi, (e, op) => {
    e.read(op.d).i32(~op.k).op(W.and);
    e.read(op.n).i32(op.i).op(W.shl).i32(op.k).op(W.and, W.or);
    e.write(op.d);
  }],
  [alu.bfc, (e, op) => {
    e.read(op.d).i32(~op.k).op(W.and);
    e.write(op.d);
  }],
  [multiply.mul, (e, op) => {
    product(e, op);
    if (op.s === 0) e.write(op.d);
    else e.writeAndTest(op.d);
  }],
  [multiply.mla, (e, op) => {
    product(e, op);
    e.read(op.a).op(W.add);
    e.write(op.d);
  }],
  [multiply.mls, (e, op) => {
    e.read(op.a);
    product(e, op);
    e.code.op(W.sub);
    e.write(op.d);
  }],
  [multiply.smull, long(true, false)],
  [multiply.umull, long(false, false)],
  [multiply.smlal, long(true, true)],
  [multiply.umlal, long(false, true)],
  [multiply.sdiv, division(W.divS, IMPORT.divideSigned)],
  [multiply.udiv, division(W.divU, IMPORT.divideUnsigned)],
  ...DSP_EMITTERS,
  ...FLOAT_EMITTERS,
  ...LOADS.flatMap(([offset, index, moving, code, size]): [Exec, Emit][] => [
    [offset, load(code, size, "offset")],
    [index, load(code, size, "index")],
    [moving, load(code, size, "move")],
  ]),
  ...STORES.flatMap(([offset, index, moving, code, size]): [Exec, Emit][] => [
    [offset, store(code, size, "offset")],
    [index, store(code, size, "index")],
    [moving, store(code, size, "move")],
  ]),
  [memory.ldrd, ldrd],
  [memory.strd, strd],
  [memory.ldm, ldm],
  [memory.stm, stm],
  [memory.ldrPc, loadPc("offset")],
  [memory.ldrPcIndex, loadPc("index")],
  [memory.ldrPcMove, loadPc("move")],
  [alu.movToPc, (e, op) => void e.read(op.m).set(L.t0)],
  [alu.addToPc, (e, op) => {
    e.read(15);
    e.read(op.m).op(W.add).set(L.t0);
  }],
  [flow.b, none],
  [flow.bl, link],
  [flow.bx, bx],
  [flow.blx, (e, op) => {
    bx(e, op);
    link(e, op);
  }],
  [flow.cbz, none],
  [flow.cbnz, none],
  ...flow.CONDITIONAL.map((exec): [Exec, Emit] => [exec, none]),
  [flow.tbb, tableBranch(W.load8u, 1)],
  [flow.tbh, tableBranch(W.load16u, 2)],
  [flow.it, none],
  [nop, none],
]);

const KINDS: ReadonlyMap<Exec, BranchKind> = new Map<Exec, BranchKind>([
  [flow.b, "direct"],
  [flow.bl, "direct"],
  ...[...flow.CONDITIONAL, flow.cbz, flow.cbnz].map((exec): [Exec, BranchKind] => [
    exec,
    "conditional",
  ]),
  ...[
    flow.bx,
    flow.blx,
    flow.tbb,
    flow.tbh,
    alu.movToPc,
    alu.addToPc,
    memory.ldrPc,
    memory.ldrPcIndex,
    memory.ldrPcMove,
  ].map((exec): [Exec, BranchKind] => [exec, "dynamic"]),
]);

/** The function that gives an instruction's meaning, without what keeps SP aligned. */
function meaning(op: Op): Exec {
  return op.exec === keepSpAligned ? op.inner : op.exec;
}

function emitterOf(op: Op): Emit | undefined {
  const exec = meaning(op);
  return EMITTERS.get(exec) ?? parallelEmitter(exec);
}

/** How an instruction ends a block. */
export function branchKind(op: Op): BranchKind {
  const exec = meaning(op);
  if (exec === memory.ldm && (op.i & 0x8000) !== 0) return "dynamic";
  return KINDS.get(exec) ?? "none";
}

/** Costs of an instruction must fit the accumulator. */
const MOST_CYCLES = 200;

/** True if an instruction can be translated. */
export function isTranslatable(op: Op): boolean {
  const fits = Number.isInteger(op.cost) && Number.isInteger(op.taken) && op.cost >= 0 &&
    op.taken >= 0 && op.cost + op.taken <= MOST_CYCLES;
  return fits && emitterOf(op) !== undefined;
}

/** Emits an instruction; a dynamic branch leaves its target in t0. */
export function emitInstruction(e: Emitter, op: Op): void {
  e.op = op;
  emitterOf(op)?.(e, op);
  if (op.exec === keepSpAligned) {
    e.read(13).i32(-4).op(W.and);
    e.write(13);
  }
}

/** Pushes whether the conditional branch at a block's end is taken. */
export function emitCondition(e: Emitter, op: Op): void {
  e.op = op;
  const exec = meaning(op);
  if (exec === flow.cbz) e.read(op.n).op(W.eqz);
  else if (exec === flow.cbnz) e.read(op.n).i32(0).op(W.ne);
  else e.condition(op.k);
}
