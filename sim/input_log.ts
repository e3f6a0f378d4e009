/**
 * Where recording and replay get between a machine and the outside: the one door for inputs, and a wrapper
 * around each peripheral of a script.
 *
 * @module
 */
import { UsageError } from "../src/base/error.ts";
import type { MachineInput } from "./inputs.ts";
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
      throw new UsageError(
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
    throw new UsageError("E-SIM-REPLAY", `Cannot start: a ${what} of this machine goes on`, {
      hints: ["stop it first"],
    });
  }

  /** Neither notes nor repeats any longer. */
  end(): void {
    this.#events = undefined;
    this.#replay = undefined;
  }
}
