/**
 * Deterministic replay. The machine itself decides nothing by chance, so a run is repeated by repeating
 * what came from outside, each at its own place: between two instructions by their count and cycle, during
 * an instruction by the number of the device access that it came with.
 *
 * @module
 */
import { InputError } from "../src/base/error.ts";
import type { ReplayEvent } from "./input_log.ts";
import type { Machine } from "./machine_api.ts";

/** What came from outside during a run; JSON. */
export interface Recording {
  /** Version. */
  readonly schema: "pinmap/replay-1";
  /** Name of the board. */
  readonly board: string;
  /** Where it began, since reset. */
  readonly start: { readonly instructions: number; readonly cycles: number };
  /** Events in the order in which they came. */
  readonly events: readonly ReplayEvent[];
}

/** A recording that goes on. */
export interface Recorder {
  /** What has come until now. */
  recording(): Recording;
  /** Ends it, with the same. */
  stop(): Recording;
}

/** A replay that goes on. */
export interface Replay {
  /** Events that have not come yet; 0 when all is repeated. */
  remaining(): number;
  /** Ends it: inputs come from outside again. */
  stop(): void;
}

/**
 * Records what comes to a machine from outside: what its devices give the core, interrupts, injected
 * faults, everything that goes through {@linkcode Machine.apply}. A reset is not an input: begin after it.
 *
 * @param machine The machine; its devices must have been attached
 * @returns The recorder, which notes from now on
 * @throws {UsageError} If a recording or replay of it goes on (E-SIM-REPLAY)
 *
 * @example A port whose readings are repeated without the port
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { codeImage, createMachine, defineBoard, record, replay } from "./mod.ts";
 *
 * const board = defineBoard({ core: "cortex-m4" });
 * // mov.w r0, #0x40000000; ldr r1, [r0]; b .
 * const image = codeImage(board, [0xf04f, 0x4080, 0x6801, 0xe7fe]);
 * const port = (value: number) => ({
 *   name: "port", origin: 0x4000_0000, length: 4, read: () => value, write: () => {},
 * });
 *
 * const machine = createMachine(board, image, { peripherals: [port(42)] });
 * const recorder = record(machine);
 * machine.step(2);
 * const recording = recorder.stop();
 *
 * const again = createMachine(board, image, { peripherals: [port(0)] });
 * replay(again, recording);
 * again.step(2);
 * assertEquals(again.readRegister("r1"), 42);
 * ```
 */
export function record(machine: Machine): Recorder {
  const { instructions, cycles } = machine.engine.count();
  const events = machine.inputs.startRecording();
  const recording = (): Recording => ({
    schema: "pinmap/replay-1",
    board: machine.board.name,
    start: { instructions, cycles },
    events: [...events],
  });
  return {
    recording,
    stop() {
      machine.inputs.end();
      return recording();
    },
  };
}

/**
 * Prepares a machine to get the inputs of a recording, each at its place; run it then as you like, in as
 * many pieces. Peripherals of the script are told what is written but not asked what is read, and inputs
 * that callbacks apply are dropped.
 *
 * @param machine A machine with the same program and devices, in the state in which the recording began
 * @param recording The recording
 * @throws {InputError} A recording of another board, or a machine in another state (E-SIM-REPLAY)
 *
 * @example A flipped bit comes again at the same cycle
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { codeImage, createMachine, defineBoard, flipRegisterBit, record, replay } from "./mod.ts";
 *
 * const board = defineBoard({ core: "cortex-m4" });
 * const image = codeImage(board, [0x3001, 0xe7fd]); // adds r0, #1; b .-2
 * const machine = createMachine(board, image);
 * const recorder = record(machine);
 * machine.at({ cycle: 100 }, () => flipRegisterBit(machine, "r0", 20));
 * machine.run({ maxCycles: 1000 });
 *
 * const again = createMachine(board, image);
 * const session = replay(again, recorder.stop());
 * again.run({ maxCycles: 1000 });
 * assertEquals(session.remaining(), 0);
 * assertEquals(again.readRegister("r0") > 1 << 20, true);
 * ```
 */
export function replay(machine: Machine, recording: Recording): Replay {
  const { instructions, cycles } = machine.engine.count();
  const { start, board, events } = recording;
  if (
    board !== machine.board.name || instructions !== start.instructions || cycles !== start.cycles
  ) {
    throw new InputError(
      "E-SIM-REPLAY",
      `Cannot replay on ${machine.board.name} after ${instructions} instructions and ${cycles} cycles: the recording is of ${board} after ${start.instructions} and ${start.cycles}`,
      { hints: ["reset the machine, or restore the snapshot that the recording began at"] },
    );
  }
  const state = machine.inputs.startReplay(events);
  const planned = events.flatMap((event) =>
    "input" in event && event.access === undefined
      ? [machine.at(
        { instruction: event.instructions, cycle: event.cycles },
        () => machine.inputs.repeat(event.input),
      )]
      : []
  );
  return {
    remaining: () => state.remaining,
    stop() {
      for (const one of planned) one.cancel();
      machine.inputs.end();
    },
  };
}
