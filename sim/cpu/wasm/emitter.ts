/**
 * What the translation of every instruction needs: guest registers and flags as locals, exits, accesses
 * to memory.
 *
 * Flags are kept as the interpreter keeps them, except V, which is the sign of its local. After a
 * subtraction that sets flags, its operands stay in two locals, so that the branch behind it is one
 * comparison.
 *
 * @module
 */
import type { TranslationMemory } from "../../types.ts";
import type { Op } from "../op.ts";
import { Code, W } from "./encoder.ts";

/** Locals; 0 is the parameter: instructions that may still run. */
export const L = {
  left: 0,
  r0: 1,
  n: 16,
  z: 17,
  c: 18,
  v: 19,
  q: 20,
  address: 21,
  entry: 22,
  t0: 23,
  t1: 24,
  carry: 25,
  a: 26,
  b: 27,
  exit: 28,
  costs: 29,
  long: 30,
} as const;
/** Locals of 32 bits without the parameter. */
export const WORDS = 28;
/** Locals of 64 bits. */
export const LONGS = 2;

/** Where flags and results lie behind the registers in the state area. */
export const STATE = { n: 64, z: 68, c: 72, v: 76, q: 80, left: 84, pc: 88, costs: 96 } as const;

/** Bits of the counts in the accumulator: core cycles, new lines, wide instructions. */
export const LINES_SHIFT = 24;
/** See {@linkcode LINES_SHIFT}. */
export const WIDE_SHIFT = 42;

/** Cycles, new lines and wide instructions as one number. */
export function pack(core: number, lines: number, wide: number): bigint {
  return BigInt(core) + (BigInt(lines) << BigInt(LINES_SHIFT)) +
    (BigInt(wide) << BigInt(WIDE_SHIFT));
}

/** Emits code for one unit. */
export class Emitter {
  /** Code of the blocks. */
  readonly code = new Code();
  /** Memory. */
  readonly memory: TranslationMemory;
  /** Registers and flags that the code needs at its start, as locals. */
  readonly used = new Set<number>();
  /** Registers and flags that the code changes. */
  readonly written = new Set<number>();
  /** True while the locals a and b hold the operands of the comparison that set the flags. */
  compared = false;
  /** Counts what sets flags or changes a and b, so that a conditional instruction can be seen to do it. */
  changes = 0;
  /** Instruction that is being translated. */
  op: Op;
  /** Leaves the unit at the instruction if the value on the stack is not zero. */
  readonly leaveIf: () => void;

  /**
   * @param memory Memory
   * @param first Any instruction
   * @param leaveIf Emits the exit to the interpreter
   */
  constructor(memory: TranslationMemory, first: Op, leaveIf: () => void) {
    this.memory = memory;
    this.op = first;
    this.leaveIf = leaveIf;
  }

  /** Pushes a flag or another local that lives across the unit. */
  get(local: number): Code {
    this.used.add(local);
    return this.code.get(local);
  }

  /** Pops into such a local. */
  set(local: number): Code {
    this.written.add(local);
    this.used.add(local);
    return this.code.set(local);
  }

  /** Pushes a register; PC reads as the instruction's address plus 4. */
  read(register: number): Code {
    if (register === 15) return this.code.i32(this.op.address + 4);
    return this.get(L.r0 + register);
  }

  /** Pops into a register. */
  write(register: number): Code {
    return this.set(L.r0 + register);
  }

  /** Pops a result into a register, N and Z. */
  writeAndTest(register: number): void {
    this.code.tee(L.t0);
    this.write(register);
    this.test();
  }

  /** The locals a and b no longer hold what the flags come from. */
  forget(): void {
    this.compared = false;
    this.changes++;
  }

  /** N and Z from t0. */
  test(): void {
    this.forget();
    this.code.get(L.t0);
    this.set(L.n).get(L.t0);
    this.set(L.z);
  }

  /** Pushes whether a condition holds. */
  condition(number: number): void {
    const { code } = this;
    const direct = COMPARED[number];
    if (this.compared && direct !== undefined) {
      code.get(L.a).get(L.b).op(direct);
      return;
    }
    switch (number) {
      case 0:
        this.get(L.z).op(W.eqz);
        break;
      case 1:
        this.get(L.z).i32(0).op(W.ne);
        break;
      case 2:
        this.get(L.c);
        break;
      case 3:
        this.get(L.c).op(W.eqz);
        break;
      case 4:
        this.get(L.n).i32(0).op(W.ltS);
        break;
      case 5:
        this.get(L.n).i32(0).op(W.geS);
        break;
      case 6:
        this.get(L.v).i32(0).op(W.ltS);
        break;
      case 7:
        this.get(L.v).i32(0).op(W.geS);
        break;
      case 8:
        this.get(L.z).i32(0).op(W.ne);
        this.get(L.c).op(W.and);
        break;
      case 9:
        this.get(L.z).op(W.eqz);
        this.get(L.c).op(W.eqz, W.or);
        break;
      case 10:
      case 11:
        this.get(L.n);
        this.get(L.v).op(W.xor).i32(0).op(number === 10 ? W.geS : W.ltS);
        break;
      case 12:
        this.condition(10);
        this.get(L.z).i32(0).op(W.ne, W.and);
        break;
      case 13:
        this.condition(11);
        this.get(L.z).op(W.eqz, W.or);
        break;
      default:
        code.i32(1);
    }
  }

  /** Leaves unless t-address is aligned; then pushes nothing and keeps the table's entry. */
  #check(size: number, bytes: number, kind: "read" | "write"): void {
    const { code, memory } = this;
    const shift = kind === "read" ? memory.readShift : memory.writeShift;
    const table = kind === "read" ? memory.readTable : memory.writeTable;
    code.get(L.address).i32(shift).op(W.shrU).i32(2).op(W.shl).memory(W.load, table).tee(L.entry);
    code.op(W.eqz);
    if (size > 1) code.get(L.address).i32(size - 1).op(W.and, W.or);
    if (bytes > size) {
      code.get(L.address).get(L.address).i32(bytes - size).op(W.add, W.xor);
      code.i32(shift).op(W.shrU, W.or);
    }
    this.leaveIf();
  }

  /**
   * Takes an address from the stack; afterwards the local `address` is the place of the bytes in the
   * flat store. Leaves the unit if the access is not plain.
   *
   * @param size Bytes of one access
   * @param count Accesses in a row
   * @param kind Read or write
   */
  locate(size: number, count: number, kind: "read" | "write"): void {
    this.code.set(L.address);
    this.#check(size, size * count, kind);
    this.code.get(L.address).get(L.entry).i32(-4096).op(W.and, W.add).set(L.address);
  }

  /** Counts the accesses that {@linkcode Emitter.locate} has located. */
  count(size: number, count: number, kind: "read" | "write"): void {
    const column = (kind === "read" ? 0 : 3) + (size === 1 ? 0 : size === 2 ? 1 : 2);
    const offset = this.memory.counters + column * 1024;
    this.code.get(L.entry).i32(4095).op(W.and).tee(L.entry).get(L.entry);
    this.code.memory(W.load, offset).i32(count).op(W.add).memory(W.store, offset);
  }
}

const COMPARED: readonly (number | undefined)[] = [
  W.eq,
  W.ne,
  W.geU,
  W.ltU,
  undefined,
  undefined,
  undefined,
  undefined,
  W.gtU,
  W.leU,
  W.geS,
  W.ltS,
  W.gtS,
  W.leS,
];
