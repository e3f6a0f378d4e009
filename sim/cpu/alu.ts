/**
 * Semantics of data processing: moves, logic, arithmetic, comparison, shifts (DDI 0403, A7.7). The same
 * functions serve the 16-bit and the 32-bit, the immediate and the register encodings.
 *
 * @module
 */
import type { CpuState } from "./state.ts";
import { type Exec, type Op, OPERAND } from "./op.ts";
import { addFlags, branch, operand2, shiftCarry } from "./operands.ts";

function finish(cpu: CpuState, op: Op, result: number): void {
  cpu.r[op.d] = result;
  if (op.s !== 0) {
    cpu.n = cpu.z = result;
    cpu.c = cpu.carry;
  }
}

/** MOV, and the shifts by an immediate. */
export function mov(cpu: CpuState, op: Op): void {
  finish(cpu, op, operand2(cpu, op));
}

/** MVN. */
export function mvn(cpu: CpuState, op: Op): void {
  finish(cpu, op, ~operand2(cpu, op));
}

/** AND. */
export function and(cpu: CpuState, op: Op): void {
  finish(cpu, op, operand2(cpu, op) & cpu.r[op.n]);
}

/** BIC. */
export function bic(cpu: CpuState, op: Op): void {
  finish(cpu, op, ~operand2(cpu, op) & cpu.r[op.n]);
}

/** ORR. */
export function orr(cpu: CpuState, op: Op): void {
  finish(cpu, op, operand2(cpu, op) | cpu.r[op.n]);
}

/** ORN. */
export function orn(cpu: CpuState, op: Op): void {
  finish(cpu, op, ~operand2(cpu, op) | cpu.r[op.n]);
}

/** EOR. */
export function eor(cpu: CpuState, op: Op): void {
  finish(cpu, op, operand2(cpu, op) ^ cpu.r[op.n]);
}

/** TST. */
export function tst(cpu: CpuState, op: Op): void {
  cpu.n = cpu.z = operand2(cpu, op) & cpu.r[op.n];
  cpu.c = cpu.carry;
}

/** TEQ. */
export function teq(cpu: CpuState, op: Op): void {
  cpu.n = cpu.z = operand2(cpu, op) ^ cpu.r[op.n];
  cpu.c = cpu.carry;
}

/** ADD. */
export function add(cpu: CpuState, op: Op): void {
  const b = operand2(cpu, op);
  if (op.s === 0) cpu.r[op.d] = cpu.r[op.n] + b;
  else cpu.r[op.d] = addFlags(cpu, cpu.r[op.n], b, 0);
}

/** ADD of an immediate that sets no flags: the most frequent form. */
export function addImmediate(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.r[op.n] + op.i;
}

/** ADD of a register that sets no flags. */
export function addRegister(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.r[op.n] + cpu.r[op.m];
}

/** ADD of an immediate that sets flags. */
export function addsImmediate(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = addFlags(cpu, cpu.r[op.n], op.i, 0);
}

/** ADD of a register that sets flags. */
export function addsRegister(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = addFlags(cpu, cpu.r[op.n], cpu.r[op.m], 0);
}

/** SUB of an immediate that sets no flags. */
export function subImmediate(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.r[op.n] - op.i;
}

/** SUB of an immediate that sets flags. */
export function subsImmediate(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = addFlags(cpu, cpu.r[op.n], ~op.i, 1);
}

/** SUB of a register that sets flags. */
export function subsRegister(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = addFlags(cpu, cpu.r[op.n], ~cpu.r[op.m], 1);
}

/** CMP with an immediate. */
export function cmpImmediate(cpu: CpuState, op: Op): void {
  addFlags(cpu, cpu.r[op.n], ~op.i, 1);
}

/** CMP with a register. */
export function cmpRegister(cpu: CpuState, op: Op): void {
  addFlags(cpu, cpu.r[op.n], ~cpu.r[op.m], 1);
}

/** MOV of an immediate that sets N and Z and leaves C. */
export function movsImmediate(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.n = cpu.z = op.i;
}

/** LSL by an immediate that sets no flags. */
export function lslImmediate(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.r[op.m] << op.i;
}

/** MOV of a register that sets no flags. */
export function movRegister(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.r[op.m];
}

/** MOV of an immediate that sets no flags, and ADR. */
export function movImmediate(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = op.i;
}

/** ADC. */
export function adc(cpu: CpuState, op: Op): void {
  const b = operand2(cpu, op);
  if (op.s === 0) cpu.r[op.d] = cpu.r[op.n] + b + cpu.c;
  else cpu.r[op.d] = addFlags(cpu, cpu.r[op.n], b, cpu.c);
}

/** SUB. */
export function sub(cpu: CpuState, op: Op): void {
  const b = operand2(cpu, op);
  if (op.s === 0) cpu.r[op.d] = cpu.r[op.n] - b;
  else cpu.r[op.d] = addFlags(cpu, cpu.r[op.n], ~b, 1);
}

/** SBC. */
export function sbc(cpu: CpuState, op: Op): void {
  const b = operand2(cpu, op);
  if (op.s === 0) cpu.r[op.d] = cpu.r[op.n] - b - 1 + cpu.c;
  else cpu.r[op.d] = addFlags(cpu, cpu.r[op.n], ~b, cpu.c);
}

/** RSB. */
export function rsb(cpu: CpuState, op: Op): void {
  const b = operand2(cpu, op);
  if (op.s === 0) cpu.r[op.d] = b - cpu.r[op.n];
  else cpu.r[op.d] = addFlags(cpu, ~cpu.r[op.n], b, 1);
}

/** CMP. */
export function cmp(cpu: CpuState, op: Op): void {
  addFlags(cpu, cpu.r[op.n], ~operand2(cpu, op), 1);
}

/** CMN. */
export function cmn(cpu: CpuState, op: Op): void {
  addFlags(cpu, cpu.r[op.n], operand2(cpu, op), 0);
}

/** MOV to PC. */
export function movToPc(cpu: CpuState, op: Op): void {
  branch(cpu, op, cpu.r[op.m]);
}

/** ADD to PC. */
export function addToPc(cpu: CpuState, op: Op): void {
  branch(cpu, op, cpu.r[15] + cpu.r[op.m]);
}

/** LSL, LSR, ASR and ROR by a register; `k` is the kind of shift. */
export function shiftByRegister(cpu: CpuState, op: Op): void {
  finish(cpu, op, shiftCarry(cpu, cpu.r[op.n], op.k, cpu.r[op.m] & 0xff));
}

/** MOVT. */
export function movt(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = (cpu.r[op.d] & 0xffff) | (op.i << 16);
}

function rotated(cpu: CpuState, op: Op): number {
  const value = cpu.r[op.m];
  return op.i === 0 ? value : (value >>> op.i) | (value << (32 - op.i));
}

/** SXTB. */
export function sxtb(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = (rotated(cpu, op) << 24) >> 24;
}

/** SXTH. */
export function sxth(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = (rotated(cpu, op) << 16) >> 16;
}

/** UXTB. */
export function uxtb(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = rotated(cpu, op) & 0xff;
}

/** UXTH. */
export function uxth(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = rotated(cpu, op) & 0xffff;
}

/** SXTAB. */
export function sxtab(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.r[op.n] + ((rotated(cpu, op) << 24) >> 24);
}

/** SXTAH. */
export function sxtah(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.r[op.n] + ((rotated(cpu, op) << 16) >> 16);
}

/** UXTAB. */
export function uxtab(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.r[op.n] + (rotated(cpu, op) & 0xff);
}

/** UXTAH. */
export function uxtah(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.r[op.n] + (rotated(cpu, op) & 0xffff);
}

/** SXTB16. */
export function sxtb16(cpu: CpuState, op: Op): void {
  const value = rotated(cpu, op);
  cpu.r[op.d] = (((value << 8) >> 24) << 16) | (((value << 24) >> 24) & 0xffff);
}

/** UXTB16. */
export function uxtb16(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = rotated(cpu, op) & 0x00ff_00ff;
}

/** SXTAB16. */
export function sxtab16(cpu: CpuState, op: Op): void {
  const value = rotated(cpu, op);
  const base = cpu.r[op.n];
  cpu.r[op.d] = (((base >>> 16) + ((value << 8) >> 24)) << 16) |
    ((base + ((value << 24) >> 24)) & 0xffff);
}

/** UXTAB16. */
export function uxtab16(cpu: CpuState, op: Op): void {
  const value = rotated(cpu, op);
  const base = cpu.r[op.n];
  cpu.r[op.d] = (((base >>> 16) + ((value >>> 16) & 0xff)) << 16) |
    ((base + (value & 0xff)) & 0xffff);
}

/** REV. */
export function rev(cpu: CpuState, op: Op): void {
  const value = cpu.r[op.m];
  cpu.r[op.d] = (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) |
    (value >>> 24);
}

/** REV16. */
export function rev16(cpu: CpuState, op: Op): void {
  const value = cpu.r[op.m];
  cpu.r[op.d] = ((value & 0x00ff_00ff) << 8) | ((value >>> 8) & 0x00ff_00ff);
}

/** REVSH. */
export function revsh(cpu: CpuState, op: Op): void {
  const value = cpu.r[op.m];
  cpu.r[op.d] = ((value << 24) >> 16) | ((value >>> 8) & 0xff);
}

/** RBIT. */
export function rbit(cpu: CpuState, op: Op): void {
  let value = cpu.r[op.m];
  value = ((value >>> 1) & 0x5555_5555) | ((value & 0x5555_5555) << 1);
  value = ((value >>> 2) & 0x3333_3333) | ((value & 0x3333_3333) << 2);
  value = ((value >>> 4) & 0x0f0f_0f0f) | ((value & 0x0f0f_0f0f) << 4);
  value = ((value >>> 8) & 0x00ff_00ff) | ((value & 0x00ff_00ff) << 8);
  cpu.r[op.d] = (value >>> 16) | (value << 16);
}

/** CLZ. */
export function clz(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = Math.clz32(cpu.r[op.m]);
}

/** UBFX: `i` is the lowest bit, `k` the width. */
export function ubfx(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = (cpu.r[op.n] << (32 - op.i - op.k)) >>> (32 - op.k);
}

/** SBFX. */
export function sbfx(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = (cpu.r[op.n] << (32 - op.i - op.k)) >> (32 - op.k);
}

/** BFI: `k` is the mask of the bits that change. */
export function bfi(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = (cpu.r[op.d] & ~op.k) | ((cpu.r[op.n] << op.i) & op.k);
}

/** BFC. */
export function bfc(cpu: CpuState, op: Op): void {
  cpu.r[op.d] &= ~op.k;
}

/** Forms frequent enough for a function of their own: of a general one, with an immediate or a plain register. */
const SPECIAL: ReadonlyMap<Exec, Special> = new Map<Exec, Special>([
  [add, { immediate: [addImmediate, addsImmediate], register: [addRegister, addsRegister] }],
  [sub, { immediate: [subImmediate, subsImmediate], register: [undefined, subsRegister] }],
  [cmp, { immediate: [undefined, cmpImmediate], register: [undefined, cmpRegister] }],
  [mov, { immediate: [movImmediate, undefined], register: [movRegister, undefined] }],
]);

interface Special {
  /** Without and with flags. */
  readonly immediate: readonly [Exec | undefined, Exec | undefined];
  readonly register: readonly [Exec | undefined, Exec | undefined];
}

/** Replaces the general function of a decoded instruction by the one of its form, if there is one. */
export function specialize(op: Op): void {
  if (op.exec === mov && op.s === 0 && op.k === OPERAND.lsl) op.exec = lslImmediate;
  if (op.exec === mov && op.s === 1 && op.k === OPERAND.immediate && op.a === 0) {
    op.exec = movsImmediate;
  }
  const forms = SPECIAL.get(op.exec);
  if (forms === undefined) return;
  const form = op.k === OPERAND.immediate
    ? forms.immediate
    : op.k === OPERAND.register
    ? forms.register
    : undefined;
  op.exec = form?.[op.s] ?? op.exec;
}
