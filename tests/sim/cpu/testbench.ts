/**
 * A small machine for the CPU's tests: two stretches of memory without wait states, one cycle an
 * instruction.
 *
 * @module
 */
import { type Bus, type EngineParts, MemoryFault, type TimingModel } from "../../../sim/types.ts";
import {
  createInterpreter,
  type Interpreter,
  type InterpreterOptions,
} from "../../../sim/cpu/mod.ts";

/** Where the code is. */
export const CODE = 0x0001_0000;
/** Where the data are. */
export const DATA = 0x2000_0000;
/** Bytes of each. */
export const SIZE = 0x0004_0000;

/** A write that the core made. */
export interface Write {
  readonly address: number;
  readonly bytes: number;
}

/** Memory that records writes. */
export interface TestBus extends Bus {
  readonly code: Uint8Array;
  readonly data: Uint8Array;
  readonly writes: Write[];
  fetches: number;
}

/** Code at {@linkcode CODE}, which the core may not write unless `writable`; data at {@linkcode DATA}. */
export function createTestBus(writable = false): TestBus {
  const code = new Uint8Array(SIZE);
  const data = new Uint8Array(SIZE);
  const codeView = new DataView(code.buffer);
  const dataView = new DataView(data.buffer);
  const place = (
    address: number,
    bytes: number,
    access: "read" | "write" | "fetch",
  ): readonly [DataView, number] => {
    const at = address >>> 0;
    if (at >= DATA && at + bytes <= DATA + SIZE) return [dataView, at - DATA];
    if (at >= CODE && at + bytes <= CODE + SIZE) {
      if (access === "write" && !writable) throw new MemoryFault(at, access, "write-to-read-only");
      return [codeView, at - CODE];
    }
    throw new MemoryFault(at, access, "unmapped");
  };
  const writes: Write[] = [];
  const wrote = (address: number, bytes: number): void => {
    writes.push({ address: address >>> 0, bytes });
    if (address >>> 0 < DATA) bus.onCodeWrite?.(address, bytes);
  };
  const bus: TestBus = {
    code,
    data,
    writes,
    fetches: 0,
    waitCycles: 0,
    onCodeWrite: undefined,
    read8: (address) => {
      const [view, at] = place(address, 1, "read");
      return view.getUint8(at);
    },
    read16: (address) => {
      const [view, at] = place(address, 2, "read");
      return view.getUint16(at, true);
    },
    read32: (address) => {
      const [view, at] = place(address, 4, "read");
      return view.getInt32(at, true);
    },
    write8: (address, value) => {
      const [view, at] = place(address, 1, "write");
      view.setUint8(at, value);
      wrote(address, 1);
    },
    write16: (address, value) => {
      const [view, at] = place(address, 2, "write");
      view.setUint16(at, value, true);
      wrote(address, 2);
    },
    write32: (address, value) => {
      const [view, at] = place(address, 4, "write");
      view.setInt32(at, value, true);
      wrote(address, 4);
    },
    fetch: () => {
      bus.fetches++;
    },
    decode16: (address) => {
      if (address >>> 0 >= DATA) throw new MemoryFault(address >>> 0, "fetch", "execute-never");
      const [view, at] = place(address, 2, "fetch");
      return view.getUint16(at, true);
    },
    resetCounts: () => {
      bus.fetches = 0;
    },
  };
  return bus;
}

/** One cycle an instruction, two more for a branch that is taken, five for a division. */
export const TEST_TIMING: TimingModel = {
  name: "test",
  accuracy: "none",
  source: "none",
  cost: (_timing, registers) => 1 + registers,
  taken: () => 2,
  predicatedOut: 1,
  divide: () => 5,
};

/** An interpreter and its memory. */
export interface Bench {
  readonly bus: TestBus;
  readonly engine: Interpreter;
  /** Puts code at its start, a vector table in front of it, and resets. */
  load(code: Uint8Array): void;
}

/** Where {@linkcode Bench.load} puts code. */
export const START: number = CODE + 0x400;

/** Makes an interpreter over fresh memory. */
export function createBench(
  parts: Partial<EngineParts> = {},
  options: InterpreterOptions = {},
): Bench {
  const bus = createTestBus();
  const engine = createInterpreter({
    core: "cortex-m4",
    fpu: "fpv4-sp-d16",
    bus,
    timing: TEST_TIMING,
    semihost: () => ({ kind: "exit", code: 0 }),
    functionAt: () => -1,
    functionNames: [],
    ...parts,
  }, options);
  return {
    bus,
    engine,
    load(code) {
      bus.code.set(code, START - CODE);
      const view = new DataView(bus.code.buffer);
      view.setUint32(0, DATA + SIZE, true);
      view.setUint32(4, START | 1, true);
      engine.reset(CODE);
      engine.state.system.cpacr = 0x00f0_0000;
      engine.invalidateAll();
    },
  };
}

/** Bytes of halfwords; a number above 0xFFFF is a 32-bit instruction, first halfword on top. */
export function assemble(...words: readonly number[]): Uint8Array {
  const halves = words.flatMap((word) => word > 0xffff ? [word >>> 16, word & 0xffff] : [word]);
  return new Uint8Array(Uint16Array.from(halves).buffer);
}

/** A small generator of numbers (mulberry32), so that a seed gives the same cases everywhere. */
export function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
