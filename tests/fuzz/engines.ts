/**
 * Our two engines behind the interface that the fuzzer compares.
 *
 * @module
 */
import { createInterpreter, type Interpreter } from "../../sim/cpu/mod.ts";
import { type BoardBus, createBus } from "../../sim/memory/mod.ts";
import { timingModelFor } from "../../sim/timing/mod.ts";
import { region, testBoard } from "../sim/boards.ts";
import {
  APSR,
  APSR_BITS,
  CODE,
  CODE_SIZE,
  DATA,
  DATA_SIZE,
  FIRST,
  FPSCR,
  isBaseline,
  MIDDLE,
  type Outcome,
  S0,
  type Target,
  WORDS,
} from "./state.ts";

/** CONTROL.FPCA. */
const FPCA = 4;
/** BKPT 0xAB, which ends a program. */
const END = Uint8Array.of(0xab, 0xbe);
/** More than any program executes. */
const MOST = 100_000;
/** {@linkcode Outcome.failure} of a program that executed more. */
export const ENDLESS = "too many instructions";

/** One of our engines with the fuzzer's memory. */
export interface Ours {
  /** Writes code. */
  write(at: number, code: Uint8Array): void;
  /** Executes from `at` until the end, or so many instructions, starting with an ITSTATE. */
  run(before: Int32Array, data: Uint8Array, at: number, most?: number, it?: number): Outcome;
  /** Instructions executed since the engine was made. */
  readonly executed: () => number;
  /** Instructions, cycles and accesses of each region since the engine was made. */
  readonly counts: () => string;
  /** The interpreter itself. */
  readonly engine: Interpreter;
}

/**
 * Makes an engine.
 *
 * @param target Core
 * @param translated True for the translator, which then translates at once
 */
export function openOurs(target: Target, translated: boolean): Ours {
  const { core, fpu } = target;
  const board = testBoard({
    cpu: { core, fpu, clockHz: 1e6, source: "test" },
    regions: [
      region({
        name: "sram",
        origin: DATA,
        length: DATA_SIZE,
        width: 32,
        access: { read: true, write: true, execute: false },
        waitStates: { read: 1, write: 2, fetch: 1 },
      }),
      region({
        name: "flash",
        kind: "nvm",
        origin: CODE,
        length: CODE_SIZE,
        width: 64,
        access: { read: true, write: false, execute: true },
        waitStates: { read: 3, fetch: 2 },
      }),
    ],
    aliases: [],
  });
  const bus: BoardBus = createBus(board, [], { translation: translated });
  const engine = createInterpreter({
    core,
    fpu,
    bus,
    translation: bus.translation,
    timing: timingModelFor(core),
    semihost: () => ({ kind: "exit", code: 0 }),
    functionAt: () => 0,
    functionNames: ["program"],
  }, { hotAfter: 0 });
  bus.hostWrite(CODE, new Uint8Array(Int32Array.of(MIDDLE, FIRST | 1).buffer));
  const { state } = engine;
  const restart = (): void => {
    engine.reset(CODE);
    state.system.cpacr = 0x00f0_0000;
  };
  restart();
  let executed = 0;
  const after = new Int32Array(WORDS);
  const apsrBits = apsrOf(target);

  return {
    engine,
    executed: () => executed,
    counts: () => JSON.stringify([engine.count(), bus.counts()]),
    write(at, code) {
      bus.hostWrite(at, code);
      bus.hostWrite(at + code.length, END);
      engine.invalidate(at, code.length + 2);
    },
    run(before, data, at, most = MOST, it = 0) {
      bus.hostWrite(DATA, data);
      engine.registers.set(before.subarray(0, 16));
      engine.registers[15] = at;
      engine.xpsr = ((before[APSR] ?? 0) & apsrBits) | (1 << 24);
      state.it = it;
      engine.fpscr = before[FPSCR] ?? 0;
      engine.floatRegisters.set(before.subarray(S0));
      state.exclusive = -1;
      // The floating-point context is active, or FPSCR would start from FPDSCR.
      if (fpu !== "none") state.control = FPCA;
      const earlier = engine.count().instructions;
      const stop = engine.run({ maxInstructions: most });
      executed += engine.count().instructions - earlier;
      after.set(engine.registers);
      if (stop.kind === "exit") after[15] = (after[15] ?? 0) - END.length;
      after[APSR] = engine.xpsr & APSR_BITS;
      after[FPSCR] = engine.fpscr;
      after.set(engine.floatRegisters, S0);
      if (stop.kind === "fault") restart();
      return {
        after,
        data: bus.hostRead(DATA, DATA_SIZE),
        failure: stop.kind === "fault"
          ? stop.fault.cause
          : stop.kind === "limit" && most === MOST
          ? ENDLESS
          : undefined,
      };
    },
  };
}

/** Bits of APSR that a core has: Q from Armv7-M on, GE with the DSP extension. */
export function apsrOf(target: Target): number {
  if (isBaseline(target)) return 0xf000_0000 | 0;
  return target.core === "cortex-m3" ? 0xf800_0000 | 0 : APSR_BITS;
}
