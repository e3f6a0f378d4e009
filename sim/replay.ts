/**
 * Deterministic replay. The machine itself decides nothing by chance, so a run is repeated by repeating
 * what came from outside, each at its own place: between two instructions by their count and cycle, during
 * an instruction by the number of the device access that it came with.
 *
 * @module
 */
import { InputError, PinmapError } from "../src/base/error.ts";
import type { MachineInput } from "./inputs.ts";
import type { Machine } from "./machine_api.ts";
import { type Device, MemoryFault, type MemoryFaultCause } from "./types.ts";

/** Something that came from outside; JSON. */
export type ReplayEvent =
  | {
    /** Instructions and cycles since reset when it came. */
    readonly instructions: number;
    readonly cycles: number;
    /** Number of the device access that it came with, from 1; absent between two instructions. */
    readonly access?: number;
    readonly input: MachineInput;
  }
  | {
    /** Number of the device access, from 1. */
    readonly access: number;
    readonly cycles: number;
    readonly device: string;
    readonly offset: number;
    readonly size: 1 | 2 | 4;
    /** What the core read; null if the device refused. */
    readonly value: number | null;
    readonly cause?: MemoryFaultCause;
  };

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

type Read = Extract<ReplayEvent, { readonly device: string }>;
type Input = Exclude<ReplayEvent, Read>;

/** Where recording and replay get between a machine and the outside. */
export class InputLog {
  #events: ReplayEvent[] | undefined;
  #replay: { readonly reads: Read[]; readonly during: Input[]; remaining: number } | undefined;
  #accesses = 0;
  #inAccess = false;
  readonly #perform: (input: MachineInput) => void;
  readonly #position: () => { readonly instructions: number; readonly cycles: number };

  /**
   * Starts idle.
   *
   * @param perform Performs an input
   * @param position Instructions and cycles since reset
   */
  constructor(
    perform: (input: MachineInput) => void,
    position: () => { readonly instructions: number; readonly cycles: number },
  ) {
    this.#perform = perform;
    this.#position = position;
  }

  /** An input comes from outside: performed and noted, or dropped because the replay has its own. */
  apply(input: MachineInput): void {
    if (this.#replay !== undefined) return;
    this.#perform(input);
    const { instructions, cycles } = this.#position();
    this.#events?.push({
      instructions,
      cycles,
      ...(this.#inAccess && { access: this.#accesses }),
      input: "bytes" in input ? { ...input, bytes: Array.from(input.bytes) } : input,
    });
  }

  /** A device whose reads and whose callbacks' inputs are noted or repeated. */
  wrap(device: Device): Device {
    const during = <T>(access: () => T): T => {
      this.#accesses++;
      const before = this.#inAccess;
      this.#inAccess = true;
      try {
        return access();
      } finally {
        this.#inAccess = before;
        this.#repeatInputs();
      }
    };
    const receive = device.receive?.bind(device);
    const save = device.save?.bind(device);
    const restore = device.restore?.bind(device);
    return {
      name: device.name,
      origin: device.origin,
      length: device.length,
      read: (offset, size) => during(() => this.#read(device, offset, size)),
      write: (offset, size, value) => during(() => device.write(offset, size, value)),
      ...(receive !== undefined && { receive }),
      ...(save !== undefined && { save }),
      ...(restore !== undefined && { restore }),
    };
  }

  #read(device: Device, offset: number, size: 1 | 2 | 4): number {
    if (this.#replay !== undefined) return this.#repeatRead(device, offset, size);
    const note = (value: number | null, cause?: MemoryFaultCause): void => {
      this.#events?.push({
        access: this.#accesses,
        cycles: this.#position().cycles,
        device: device.name,
        offset,
        size,
        value,
        ...(cause !== undefined && { cause }),
      });
    };
    try {
      const value = device.read(offset, size);
      note(value);
      return value;
    } catch (error) {
      if (error instanceof MemoryFault) note(null, error.cause_);
      throw error;
    }
  }

  #repeatRead(device: Device, offset: number, size: 1 | 2 | 4): number {
    const event = this.#replay?.reads.shift();
    const same = event?.access === this.#accesses && event.device === device.name &&
      event.offset === offset && event.size === size;
    if (event === undefined || !same) {
      const wanted = event === undefined
        ? "no more reads"
        : `access ${event.access}, ${event.size} B at offset ${event.offset} of ${event.device}`;
      throw new PinmapError(
        "E-SIM-REPLAY",
        `Cannot replay: access ${this.#accesses} reads ${size} B at offset ${offset} of ${device.name}, the recording has ${wanted}`,
        { hints: ["program, board and state at the start must be those of the recording"] },
      );
    }
    this.#done();
    if (event.value !== null) return event.value;
    throw new MemoryFault(device.origin + offset, "read", event.cause ?? "bus-error");
  }

  #repeatInputs(): void {
    const during = this.#replay?.during;
    while (during !== undefined && during[0]?.access === this.#accesses) {
      const event = during.shift();
      if (event !== undefined) this.repeat(event.input);
    }
  }

  /** Performs an input of the replay. */
  repeat(input: MachineInput): void {
    if (this.#replay === undefined) return;
    this.#perform(input);
    this.#done();
  }

  #done(): void {
    if (this.#replay !== undefined) this.#replay.remaining--;
  }

  /** Starts to note. */
  startRecording(): ReplayEvent[] {
    this.#refuse();
    this.#accesses = 0;
    return this.#events = [];
  }

  /** Starts to repeat; the events between instructions are the caller's to schedule. */
  startReplay(events: readonly ReplayEvent[]): { remaining: number } {
    this.#refuse();
    this.#accesses = 0;
    const replay = {
      reads: events.filter((event) => "device" in event),
      during: events.filter((event) => "input" in event && event.access !== undefined) as Input[],
      remaining: events.length,
    };
    this.#replay = replay;
    return replay;
  }

  #refuse(): void {
    if (this.#events === undefined && this.#replay === undefined) return;
    const what = this.#replay === undefined ? "recording" : "replay";
    throw new PinmapError("E-SIM-REPLAY", `Cannot start: a ${what} of this machine goes on`, {
      hints: ["stop it first"],
    });
  }

  /** Neither notes nor repeats any longer. */
  end(): void {
    this.#events = undefined;
    this.#replay = undefined;
  }
}

/**
 * Records what comes to a machine from outside: what its devices give the core, interrupts, injected
 * faults, everything that goes through {@linkcode Machine.apply}.
 *
 * @param machine The machine; its devices must have been attached
 * @returns The recorder, which notes from now on
 * @throws {PinmapError} If a recording or replay of it goes on (E-SIM-REPLAY)
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
 * Prepares a machine to get the inputs of a recording, each at its place; run it then as you like. Its own
 * devices are not asked and what callbacks apply is dropped.
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
