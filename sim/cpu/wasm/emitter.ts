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
import { FP_REGISTERS } from "../state.ts";
import { Code, W } from "../../wasm/encoder.ts";

/** Locals; 0 is the parameter: instructions that may still run. */
export const L = {
  left: 0,
  r0: 1,
  n: 16,
  z: 17,
  c: 18,
  v: 19,
  q: 20,
  ge: 21,
  fpFlags: 22,
  address: 23,
  entry: 24,
  t0: 25,
  t1: 26,
  t2: 27,
  t3: 28,
  carry: 29,
  a: 30,
  b: 31,
  exit: 32,
  costs: 33,
  long: 34,
  long2: 35,
  /** Floating point, only in units that have it: scratch and s0 to s31, then scratch of doubles. */
  fx: 36,
  fy: 37,
  fz: 38,
  s0: 39,
  dx: 71,
  dy: 72,
  dz: 73,
  dw: 74,
  de: 75,
  df: 76,
} as const;
/** Locals of 32 bits without the parameter, locals of 64 bits, floats and doubles. */
export const LOCALS = { words: 32, longs: 3, floats: 35, doubles: 6 } as const;

/** Where flags and results lie behind the registers in the state area; s0 to s31 are at `fp`. */
export const STATE = {
  n: 64,
  z: 68,
  c: 72,
  v: 76,
  q: 80,
  ge: 84,
  fpFlags: 88,
  fpscr: 92,
  left: 96,
  pc: 100,
  costs: 104,
  /** What floating-point instructions may do: see {@linkcode FLOAT}. */
  float: 112,
  fp: FP_REGISTERS,
} as const;

/** How far the floating-point context is from what translated code assumes. */
export const FLOAT = {
  /** The next floating-point instruction starts a context. */
  inactive: 0,
  /** Only moves, loads and stores. */
  moves: 1,
  /** Rounding to nearest, subnormal numbers kept: arithmetic too. */
  arithmetic: 2,
} as const;

/** Numbers of the imported functions. */
export const IMPORT = { divideSigned: 0, divideUnsigned: 1, read: 2, write: 3 } as const;
/** Bits of a table's entry that hold four times the row. */
const ROW_BITS = 0xffc;

/** Bits of the counts in the accumulator: core cycles, new lines, wide instructions. */
export const LINES_SHIFT = 24;
/** See {@linkcode LINES_SHIFT}. */
export const WIDE_SHIFT = 42;

/** Cycles, new lines and wide instructions as one number. */
export function pack(core: number, lines: number, wide: number): bigint {
  return BigInt(core) + (BigInt(lines) << BigInt(LINES_SHIFT)) +
    (BigInt(wide) << BigInt(WIDE_SHIFT));
}

/** Translates one instruction. */
export type Emit = (e: Emitter, op: Op) => void;

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
  /** True if single registers are read and written in memory, because the unit uses doubles too. */
  floatsInMemory = false;
  /** True if there is floating point. */
  usesFloat = false;
  /** What the block has checked of the floating-point context. */
  checked: number = FLOAT.inactive;

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

  /** Pushes a single register. */
  readSingle(register: number): void {
    if (this.floatsInMemory) {
      this.code.i32(0).memory(W.loadF, this.memory.state + STATE.fp + register * 4);
    } else this.get(L.s0 + register);
  }

  /** Pops into a single register. */
  writeSingle(register: number): void {
    if (this.floatsInMemory) {
      this.code.set(L.fx).i32(0).get(L.fx);
      this.code.memory(W.storeF, this.memory.state + STATE.fp + register * 4);
    } else this.set(L.s0 + register);
  }

  /** Pushes a double register. */
  readDouble(register: number): void {
    this.code.i32(0).memory(W.loadD, this.memory.state + STATE.fp + register * 8);
  }

  /** Pops into a double register. */
  writeDouble(register: number): void {
    this.code.set(L.df).i32(0).get(L.df);
    this.code.memory(W.storeD, this.memory.state + STATE.fp + register * 8);
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

  /** Lets the memory timing model charge the accesses, if they are its. */
  #charge(size: number, count: number, kind: "read" | "write"): void {
    const { code } = this;
    code.get(L.entry).i32(1).op(W.and).open(W.if);
    for (let index = 0; index < count; index++) {
      code.get(L.address).get(L.entry).i32(-4096).op(W.and, W.sub);
      if (index > 0) code.i32(index * size).op(W.add);
      code.get(L.entry).i32(ROW_BITS).op(W.and);
      code.call(kind === "read" ? IMPORT.read : IMPORT.write);
    }
    code.end();
  }

  /** Counts the accesses that {@linkcode Emitter.locate} has located. */
  count(size: number, count: number, kind: "read" | "write"): void {
    const column = (kind === "read" ? 0 : 3) + (size === 1 ? 0 : size === 2 ? 1 : 2);
    const offset = this.memory.counters + column * 1024;
    if (this.memory.model !== undefined) this.#charge(size, count, kind);
    this.code.get(L.entry).i32(ROW_BITS).op(W.and).tee(L.entry).get(L.entry);
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
