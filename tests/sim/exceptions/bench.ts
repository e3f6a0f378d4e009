/**
 * A core with its system control space on the test machine of the CPU's tests: one cycle an instruction,
 * 12 for an exception's entry and exit, 6 for tail-chaining.
 *
 * @module
 */
import type { EngineParts } from "../../../sim/types.ts";
import type { InterpreterOptions } from "../../../sim/cpu/mod.ts";
import { createSystemControl, type SystemControl } from "../../../sim/devices/scs.ts";
import {
  assemble,
  type Bench,
  CODE,
  createBench,
  DATA,
  START,
  TEST_TIMING,
} from "../cpu/testbench.ts";

/** A core with devices. */
export interface SystemBench extends Bench {
  /** The system control space. */
  readonly system: SystemControl;
  /** Writes one of its registers, by offset from 0xE000_E000. */
  write(offset: number, value: number, size?: 1 | 2 | 4): void;
  /** Reads one. */
  read(offset: number): number;
  /** Word of data memory. */
  word(index: number): number;
}

/** Where the handler of an exception is put. */
export function handlerAt(exception: number): number {
  return START + 0x200 + exception * 0x40;
}

/** Costs of exceptions here. */
export const COSTS = { entry: 12, exit: 12, tailChain: 6, floatingPoint: 17 } as const;

/**
 * Makes a core with a program and handlers.
 *
 * @param program Its instructions, at {@linkcode START}
 * @param handlers Instructions of handlers, by exception
 */
export function createSystemBench(
  program: readonly number[],
  handlers: Readonly<Record<number, readonly number[]>> = {},
  parts: Partial<EngineParts> = {},
  options: InterpreterOptions = {},
): SystemBench {
  const timing = { ...TEST_TIMING, taken: () => 0, exceptions: COSTS };
  const bench = createBench({ timing, ...parts }, options);
  const system = createSystemControl(bench.engine);
  const view = new DataView(bench.bus.code.buffer);
  for (const [exception, words] of Object.entries(handlers)) {
    const at = handlerAt(Number(exception));
    bench.bus.code.set(assemble(...words), at - CODE);
    view.setUint32(Number(exception) * 4, at | 1, true);
  }
  bench.load(assemble(...program));
  const data = new DataView(bench.bus.data.buffer);
  return {
    ...bench,
    system,
    write: (offset, value, size = 4) => system.write(0xe000 + offset, size, value),
    read: (offset) => system.read(0xe000 + offset, 4),
    word: (index) => data.getUint32(index * 4, true),
  };
}

/** `count` times NOP, then the end of the run. */
export function nops(count: number): readonly number[] {
  return [...new Array<number>(count).fill(0xbf00), 0xbeab];
}

/** A handler that appends its exception's number to the list at r7, in memory, and returns. */
export const NOTE: readonly number[] = [
  0xf3ef_8005, // mrs r0, ipsr
  0x6038, // str r0, [r7]
  0x3704, // adds r7, #4
  0x4770, // bx lr
];

/** Cycles of {@linkcode NOTE}. */
export const NOTE_CYCLES = 4;

/** What handlers have noted, if r7 started at {@linkcode DATA}. */
export function noted(bench: SystemBench): number[] {
  const count = ((bench.engine.registers[7] ?? DATA) - DATA) / 4;
  return Array.from({ length: count }, (_, index) => bench.word(index));
}
