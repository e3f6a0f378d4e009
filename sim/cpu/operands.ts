/**
 * Operands that many instructions share: shifted registers, modified immediates, the adder, writes to PC
 * (DDI 0403, A2.2.1, A5.3.2, A7.4 and B1.4.7).
 *
 * @module
 */
import { CoreFault, type Index } from "./architecture.ts";
import type { CpuState } from "./state.ts";
import { type Op, OPERAND } from "./op.ts";

/** Shifts by 0 to 255 as the register-controlled shifts do; leaves the carry in `cpu.carry`. */
export function shiftCarry(cpu: CpuState, value: number, kind: number, amount: number): number {
  if (amount === 0) {
    cpu.carry = cpu.c;
    return value;
  }
  switch (kind) {
    case OPERAND.lsl:
      cpu.carry = amount > 32 ? 0 : amount === 32 ? value & 1 : (value >>> (32 - amount)) & 1;
      return amount > 31 ? 0 : value << amount;
    case OPERAND.lsr:
      cpu.carry = amount > 32 ? 0 : (value >>> (amount - 1)) & 1;
      return amount > 31 ? 0 : (value >>> amount) | 0;
    case OPERAND.asr:
      cpu.carry = (value >> Math.min(amount - 1, 31)) & 1;
      return value >> Math.min(amount, 31);
    default: {
      const turn = amount & 31;
      const result = (value >>> turn) | (value << ((32 - turn) & 31));
      cpu.carry = result >>> 31;
      return turn === 0 ? value : result;
    }
  }
}

/** The second operand; when the instruction sets flags, the carry out of it is in `cpu.carry`. */
export function operand2(cpu: CpuState, op: Op): number {
  if (op.s === 0) {
    switch (op.k) {
      case OPERAND.immediate:
        return op.i;
      case OPERAND.register:
        return cpu.r[op.m];
      case OPERAND.lsl:
        return cpu.r[op.m] << op.i;
      case OPERAND.lsr:
        return op.i > 31 ? 0 : (cpu.r[op.m] >>> op.i) | 0;
      case OPERAND.asr:
        return cpu.r[op.m] >> Math.min(op.i, 31);
      case OPERAND.ror:
        return (cpu.r[op.m] >>> op.i) | (cpu.r[op.m] << (32 - op.i));
      default:
        return (cpu.c << 31) | (cpu.r[op.m] >>> 1);
    }
  }
  switch (op.k) {
    case OPERAND.immediate:
      cpu.carry = op.a === 0 ? cpu.c : op.a - 1;
      return op.i;
    case OPERAND.register:
      cpu.carry = cpu.c;
      return cpu.r[op.m];
    case OPERAND.rrx:
      cpu.carry = cpu.r[op.m] & 1;
      return (cpu.c << 31) | (cpu.r[op.m] >>> 1);
    default:
      return shiftCarry(cpu, cpu.r[op.m], op.k, op.i);
  }
}

/** Adds with carry in and sets N, Z, C, V. */
export function addFlags(cpu: CpuState, a: number, b: number, carry: number): number {
  const result = (a + b + carry) | 0;
  cpu.n = cpu.z = result;
  cpu.c = ((a & b) | ((a | b) & ~result)) >>> 31;
  cpu.v = ((a ^ result) & (b ^ result)) >>> 31;
  return result;
}

/** Kind and amount of a shift by an immediate: type (0 to 3) and 5 bits (DDI 0403, A7.4.2). */
export function setShift(op: Op, type: number, amount: number): void {
  op.i = amount;
  if (type === 0) op.k = amount === 0 ? OPERAND.register : OPERAND.lsl;
  else if (type === 3) op.k = amount === 0 ? OPERAND.rrx : OPERAND.ror;
  else {
    op.k = type === 1 ? OPERAND.lsr : OPERAND.asr;
    if (amount === 0) op.i = 32;
  }
}

/**
 * Sets `op.i` to the value of a modified immediate and `op.a` to what becomes of the carry: 0 unchanged,
 * else its new value plus 1 (DDI 0403, A5.3.2).
 */
export function setModifiedImmediate(op: Op, imm12: number): void {
  const byte = imm12 & 0xff;
  op.k = OPERAND.immediate;
  op.a = 0;
  if (imm12 >>> 10 !== 0) {
    const turn = imm12 >>> 7;
    const value = 0x80 | (imm12 & 0x7f);
    op.i = (value >>> turn) | (value << (32 - turn));
    op.a = (1 + (op.i >>> 31)) as Index;
    return;
  }
  switch (imm12 >>> 8) {
    case 0:
      op.i = byte;
      break;
    case 1:
      op.i = (byte << 16) | byte;
      break;
    case 2:
      op.i = (byte << 24) | (byte << 8);
      break;
    default:
      op.i = (byte << 24) | (byte << 16) | (byte << 8) | byte;
  }
}

/** Continues at an address; the instruction set does not change. */
export function branch(cpu: CpuState, op: Op, target: number): void {
  cpu.next = target & ~1;
  cpu.cycles += op.taken;
}

/** Continues where a register or a loaded word says: bit 0 must be set, an EXC_RETURN ends a handler. */
export function branchExchange(cpu: CpuState, op: Op, target: number): void {
  cpu.cycles += op.taken;
  if (cpu.ipsr !== 0 && (target >>> 28) === 0xf) {
    cpu.excReturn = target;
    cpu.limit = 0;
    return;
  }
  if ((target & 1) === 0) throw new CoreFault("invalid-state", target >>> 0);
  cpu.next = target & ~1;
}

/** Writes a register that may be SP, whose two low bits are always zero. */
export function keepSpAligned(cpu: CpuState, op: Op): void {
  op.inner(cpu, op);
  cpu.r[13] &= ~3;
}

/** Makes an instruction that writes SP keep it word-aligned. */
export function guardSp(op: Op, writesSp: boolean = op.d === 13): void {
  if (!writesSp) return;
  op.inner = op.exec;
  op.exec = keepSpAligned;
}
