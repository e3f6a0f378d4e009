/**
 * Semantics of branches, IT and table branches (DDI 0403, A7.7). Conditional branches are one function per
 * condition, so that each is a single comparison.
 *
 * @module
 */
import type { CpuState } from "./state.ts";
import { passes } from "./flags.ts";
import type { Exec, Op } from "./op.ts";
import { branch, branchExchange } from "./operands.ts";

function go(cpu: CpuState, op: Op): void {
  cpu.next = op.i;
  cpu.cycles += op.taken;
}

/** B; `i` is the target of all direct branches. */
export function b(cpu: CpuState, op: Op): void {
  go(cpu, op);
}

/** B with a condition, by condition. */
export const CONDITIONAL: readonly Exec[] = [
  (cpu, op) => {
    if (cpu.z === 0) go(cpu, op);
  },
  (cpu, op) => {
    if (cpu.z !== 0) go(cpu, op);
  },
  (cpu, op) => {
    if (cpu.c !== 0) go(cpu, op);
  },
  (cpu, op) => {
    if (cpu.c === 0) go(cpu, op);
  },
  (cpu, op) => {
    if (cpu.n < 0) go(cpu, op);
  },
  (cpu, op) => {
    if (cpu.n >= 0) go(cpu, op);
  },
  (cpu, op) => {
    if (cpu.v !== 0) go(cpu, op);
  },
  (cpu, op) => {
    if (cpu.v === 0) go(cpu, op);
  },
  (cpu, op) => {
    if (cpu.c !== 0 && cpu.z !== 0) go(cpu, op);
  },
  (cpu, op) => {
    if (cpu.c === 0 || cpu.z === 0) go(cpu, op);
  },
  (cpu, op) => {
    if ((cpu.n < 0) === (cpu.v !== 0)) go(cpu, op);
  },
  (cpu, op) => {
    if ((cpu.n < 0) !== (cpu.v !== 0)) go(cpu, op);
  },
  (cpu, op) => {
    if (cpu.z !== 0 && (cpu.n < 0) === (cpu.v !== 0)) go(cpu, op);
  },
  (cpu, op) => {
    if (cpu.z === 0 || (cpu.n < 0) !== (cpu.v !== 0)) go(cpu, op);
  },
];

/** B with a condition; the table's entry, replaced by one of {@linkcode CONDITIONAL} when decoded. */
export function bCondition(cpu: CpuState, op: Op): void {
  if (passes(cpu, op.k)) go(cpu, op);
}

/** BL. */
export function bl(cpu: CpuState, op: Op): void {
  cpu.r[14] = op.next | 1;
  go(cpu, op);
}

/** BX. */
export function bx(cpu: CpuState, op: Op): void {
  branchExchange(cpu, op, cpu.r[op.m]);
}

/** BLX. */
export function blx(cpu: CpuState, op: Op): void {
  const target = cpu.r[op.m];
  cpu.r[14] = op.next | 1;
  branchExchange(cpu, op, target);
}

/** CBZ. */
export function cbz(cpu: CpuState, op: Op): void {
  if (cpu.r[op.n] === 0) go(cpu, op);
}

/** CBNZ. */
export function cbnz(cpu: CpuState, op: Op): void {
  if (cpu.r[op.n] !== 0) go(cpu, op);
}

/** TBB. */
export function tbb(cpu: CpuState, op: Op): void {
  const entry = cpu.bus.read8((cpu.r[op.n] + cpu.r[op.m]) | 0);
  branch(cpu, op, (cpu.r[15] + entry * 2) | 0);
}

/** TBH. */
export function tbh(cpu: CpuState, op: Op): void {
  const entry = cpu.bus.read16((cpu.r[op.n] + (cpu.r[op.m] << 1)) | 0);
  branch(cpu, op, (cpu.r[15] + entry * 2) | 0);
}

/** IT: the run loop applies ITSTATE to the instructions that follow. */
export function it(cpu: CpuState, op: Op): void {
  cpu.it = op.i;
}
