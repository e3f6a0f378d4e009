/**
 * Semantics of loads and stores (DDI 0403, A7.7). Memory is accessed before any register is written, so
 * that a fault leaves the registers as they were. Each access has three forms: base plus immediate, base
 * plus shifted index, and base with write-back.
 *
 * @module
 */
import { CoreFault, type Index } from "./architecture.ts";
import type { CpuState } from "./state.ts";
import type { Exec, Op } from "./op.ts";
import { branchExchange } from "./operands.ts";
import { borrowMode, modeOf } from "./privilege.ts";

function unaligned(address: number): CoreFault {
  return new CoreFault("unaligned", address >>> 0);
}

function loadWord(cpu: CpuState, address: number): number {
  if ((address & cpu.alignWord) !== 0) throw unaligned(address);
  return cpu.bus.read32(address);
}

function loadHalf(cpu: CpuState, address: number): number {
  if ((address & cpu.alignHalf) !== 0) throw unaligned(address);
  return cpu.bus.read16(address);
}

function storeWord(cpu: CpuState, address: number, value: number): void {
  if ((address & cpu.alignWord) !== 0) throw unaligned(address);
  cpu.bus.write32(address, value);
}

function storeHalf(cpu: CpuState, address: number, value: number): void {
  if ((address & cpu.alignHalf) !== 0) throw unaligned(address);
  cpu.bus.write16(address, value);
}

function indexed(cpu: CpuState, op: Op): number {
  return (cpu.r[op.n] + (cpu.r[op.m] << op.k)) | 0;
}

function based(cpu: CpuState, op: Op): number {
  return (cpu.r[op.n] + op.i) | 0;
}

/** Address of an access that writes its base back: `k` is 1 if the offset is added before it, else 0. */
function moving(cpu: CpuState, op: Op): number {
  return (cpu.r[op.n] + (op.i & -op.k)) | 0;
}

/** LDR, base and offset. */
export function ldr(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = loadWord(cpu, based(cpu, op));
}

/** LDR, base and index. */
export function ldrIndex(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = loadWord(cpu, indexed(cpu, op));
}

/** LDR with write-back. */
export function ldrMove(cpu: CpuState, op: Op): void {
  const value = loadWord(cpu, moving(cpu, op));
  cpu.r[op.n] += op.i;
  cpu.r[op.d] = value;
}

/** LDR to PC, base and offset. */
export function ldrPc(cpu: CpuState, op: Op): void {
  branchExchange(cpu, op, loadWord(cpu, based(cpu, op)));
}

/** LDR to PC, base and index. */
export function ldrPcIndex(cpu: CpuState, op: Op): void {
  branchExchange(cpu, op, loadWord(cpu, indexed(cpu, op)));
}

/** LDR to PC with write-back. */
export function ldrPcMove(cpu: CpuState, op: Op): void {
  const value = loadWord(cpu, moving(cpu, op));
  cpu.r[op.n] += op.i;
  branchExchange(cpu, op, value);
}

/** LDRH, base and offset. */
export function ldrh(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = loadHalf(cpu, based(cpu, op));
}

/** LDRH, base and index. */
export function ldrhIndex(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = loadHalf(cpu, indexed(cpu, op));
}

/** LDRH with write-back. */
export function ldrhMove(cpu: CpuState, op: Op): void {
  const value = loadHalf(cpu, moving(cpu, op));
  cpu.r[op.n] += op.i;
  cpu.r[op.d] = value;
}

/** LDRSH, base and offset. */
export function ldrsh(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = (loadHalf(cpu, based(cpu, op)) << 16) >> 16;
}

/** LDRSH, base and index. */
export function ldrshIndex(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = (loadHalf(cpu, indexed(cpu, op)) << 16) >> 16;
}

/** LDRSH with write-back. */
export function ldrshMove(cpu: CpuState, op: Op): void {
  const value = loadHalf(cpu, moving(cpu, op));
  cpu.r[op.n] += op.i;
  cpu.r[op.d] = (value << 16) >> 16;
}

/** LDRB, base and offset. */
export function ldrb(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.bus.read8(based(cpu, op));
}

/** LDRB, base and index. */
export function ldrbIndex(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.bus.read8(indexed(cpu, op));
}

/** LDRB with write-back. */
export function ldrbMove(cpu: CpuState, op: Op): void {
  const value = cpu.bus.read8(moving(cpu, op));
  cpu.r[op.n] += op.i;
  cpu.r[op.d] = value;
}

/** LDRSB, base and offset. */
export function ldrsb(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = (cpu.bus.read8(based(cpu, op)) << 24) >> 24;
}

/** LDRSB, base and index. */
export function ldrsbIndex(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = (cpu.bus.read8(indexed(cpu, op)) << 24) >> 24;
}

/** LDRSB with write-back. */
export function ldrsbMove(cpu: CpuState, op: Op): void {
  const value = cpu.bus.read8(moving(cpu, op));
  cpu.r[op.n] += op.i;
  cpu.r[op.d] = (value << 24) >> 24;
}

/** STR, base and offset. */
export function str(cpu: CpuState, op: Op): void {
  storeWord(cpu, based(cpu, op), cpu.r[op.d]);
}

/** STR, base and index. */
export function strIndex(cpu: CpuState, op: Op): void {
  storeWord(cpu, indexed(cpu, op), cpu.r[op.d]);
}

/** STR with write-back. */
export function strMove(cpu: CpuState, op: Op): void {
  storeWord(cpu, moving(cpu, op), cpu.r[op.d]);
  cpu.r[op.n] += op.i;
}

/** STRH, base and offset. */
export function strh(cpu: CpuState, op: Op): void {
  storeHalf(cpu, based(cpu, op), cpu.r[op.d]);
}

/** STRH, base and index. */
export function strhIndex(cpu: CpuState, op: Op): void {
  storeHalf(cpu, indexed(cpu, op), cpu.r[op.d]);
}

/** STRH with write-back. */
export function strhMove(cpu: CpuState, op: Op): void {
  storeHalf(cpu, moving(cpu, op), cpu.r[op.d]);
  cpu.r[op.n] += op.i;
}

/** STRB, base and offset. */
export function strb(cpu: CpuState, op: Op): void {
  cpu.bus.write8(based(cpu, op), cpu.r[op.d]);
}

/** STRB, base and index. */
export function strbIndex(cpu: CpuState, op: Op): void {
  cpu.bus.write8(indexed(cpu, op), cpu.r[op.d]);
}

/** STRB with write-back. */
export function strbMove(cpu: CpuState, op: Op): void {
  cpu.bus.write8(moving(cpu, op), cpu.r[op.d]);
  cpu.r[op.n] += op.i;
}

/** Pairs, multiples and exclusives are aligned on every core. */
export function alignedWord(address: number): number {
  if ((address & 3) !== 0) throw unaligned(address);
  return address;
}

/** Halfwords of the exclusives, and of load-acquire and store-release. */
function alignedHalf(address: number): number {
  if ((address & 1) !== 0) throw unaligned(address);
  return address;
}

/** LDRD; `m` is 1 if the base is written back. */
export function ldrd(cpu: CpuState, op: Op): void {
  const address = alignedWord(moving(cpu, op));
  const low = cpu.bus.read32(address);
  const high = cpu.bus.read32((address + 4) | 0);
  if (op.m !== 0) cpu.r[op.n] += op.i;
  cpu.r[op.d] = low;
  cpu.r[op.a] = high;
}

/** STRD; `m` is 1 if the base is written back. */
export function strd(cpu: CpuState, op: Op): void {
  const address = alignedWord(moving(cpu, op));
  cpu.bus.write32(address, cpu.r[op.d]);
  cpu.bus.write32((address + 4) | 0, cpu.r[op.a]);
  if (op.m !== 0) cpu.r[op.n] += op.i;
}

const loaded = new Int32Array(16);

/**
 * LDM, LDMDB, POP: registers `i` from base plus `k` (0, or minus the size), base written back with `a`
 * as its new distance when `m` is 1 and it is not loaded.
 */
export function ldm(cpu: CpuState, op: Op): void {
  let address = alignedWord((cpu.r[op.n] + op.k) | 0);
  const end = (cpu.r[op.n] + op.s) | 0;
  let count = 0;
  for (let list = op.i; list !== 0; list &= list - 1) {
    loaded[count++] = cpu.bus.read32(address);
    address = (address + 4) | 0;
  }
  if (op.m !== 0) cpu.r[op.n] = end;
  count = 0;
  for (let list = op.i & 0x7fff; list !== 0; list &= list - 1) {
    cpu.r[(31 - Math.clz32(list & -list)) as Index] = loaded[count++] ?? 0;
  }
  if ((op.i & 0x8000) !== 0) branchExchange(cpu, op, loaded[count] ?? 0);
}

/** STM, STMDB, PUSH; fields as in {@linkcode ldm}. */
export function stm(cpu: CpuState, op: Op): void {
  let address = alignedWord((cpu.r[op.n] + op.k) | 0);
  const end = (cpu.r[op.n] + op.s) | 0;
  for (let list = op.i; list !== 0; list &= list - 1) {
    cpu.bus.write32(address, cpu.r[(31 - Math.clz32(list & -list)) as Index]);
    address = (address + 4) | 0;
  }
  if (op.m !== 0) cpu.r[op.n] = end;
}

/** LDA: as LDR, but aligned. */
export function lda(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.bus.read32(alignedWord(cpu.r[op.n]));
}

/** STL. */
export function stl(cpu: CpuState, op: Op): void {
  cpu.bus.write32(alignedWord(cpu.r[op.n]), cpu.r[op.d]);
}

/** LDAH. */
export function ldah(cpu: CpuState, op: Op): void {
  cpu.r[op.d] = cpu.bus.read16(alignedHalf(cpu.r[op.n]));
}

/** STLH. */
export function stlh(cpu: CpuState, op: Op): void {
  cpu.bus.write16(alignedHalf(cpu.r[op.n]), cpu.r[op.d]);
}

const UNPRIVILEGED = new Map<Exec, Exec>();

/** An access that is checked as if the core were unprivileged: LDRT, STRT and their siblings. */
export function unprivileged(access: Exec): Exec {
  const known = UNPRIVILEGED.get(access);
  if (known !== undefined) return known;
  const exec: Exec = (cpu, op) => {
    const before = borrowMode(cpu, modeOf(cpu, true));
    try {
      access(cpu, op);
    } finally {
      borrowMode(cpu, before);
    }
  };
  UNPRIVILEGED.set(access, exec);
  return exec;
}

/** LDREX. */
export function ldrex(cpu: CpuState, op: Op): void {
  const address = alignedWord((cpu.r[op.n] + op.i) | 0);
  cpu.r[op.d] = cpu.bus.read32(address);
  cpu.exclusive = address >>> 0;
}

/** LDREXB. */
export function ldrexb(cpu: CpuState, op: Op): void {
  const address = cpu.r[op.n];
  cpu.r[op.d] = cpu.bus.read8(address);
  cpu.exclusive = address >>> 0;
}

/** LDREXH. */
export function ldrexh(cpu: CpuState, op: Op): void {
  const address = alignedHalf(cpu.r[op.n]);
  cpu.r[op.d] = cpu.bus.read16(address);
  cpu.exclusive = address >>> 0;
}

/** Ends an exclusive sequence; true if the store may happen. */
function claim(cpu: CpuState, address: number): boolean {
  const mine = cpu.exclusive === address >>> 0;
  cpu.exclusive = -1;
  return mine;
}

/** STREX: `a` is the register stored, `d` gets 0 on success. */
export function strex(cpu: CpuState, op: Op): void {
  const address = alignedWord((cpu.r[op.n] + op.i) | 0);
  const mine = claim(cpu, address);
  if (mine) cpu.bus.write32(address, cpu.r[op.a]);
  cpu.r[op.d] = mine ? 0 : 1;
}

/** STREXB. */
export function strexb(cpu: CpuState, op: Op): void {
  const address = cpu.r[op.n];
  const mine = claim(cpu, address);
  if (mine) cpu.bus.write8(address, cpu.r[op.a]);
  cpu.r[op.d] = mine ? 0 : 1;
}

/** STREXH. */
export function strexh(cpu: CpuState, op: Op): void {
  const address = alignedHalf(cpu.r[op.n]);
  const mine = claim(cpu, address);
  if (mine) cpu.bus.write16(address, cpu.r[op.a]);
  cpu.r[op.d] = mine ? 0 : 1;
}

/** CLREX. */
export function clrex(cpu: CpuState): void {
  cpu.exclusive = -1;
}
