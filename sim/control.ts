/**
 * Run control: one loop that runs the engine from one interesting moment to the next, so that breakpoints,
 * watchpoints and schedules cost nothing while none is due. All callbacks run here, between two
 * instructions.
 *
 * @module
 */
import { UsageError } from "../src/base/error.ts";
import type { CoreEngine } from "./engine.ts";
import type { Machine, RunLimits } from "./machine_api.ts";
import type { Place } from "./places.ts";
import type { StopReason, WatchHit } from "./types.ts";

/** Called where a breakpoint is; true ends the run, anything else lets it go on. */
export type Hit = (machine: Machine) => unknown;

/** A breakpoint. */
export interface Breakpoint {
  /** Address of the instruction. */
  readonly address: number;
  /** Takes it away. */
  remove(): void;
}

/** When something is to happen: at the first instruction boundary at which all that is given holds. */
export interface Moment {
  /** Cycles since reset. */
  readonly cycle?: number | undefined;
  /** Instructions since reset. */
  readonly instruction?: number | undefined;
}

/** Something that will happen. */
export interface Scheduled {
  /** It will not. */
  cancel(): void;
}

/** Where to run to. */
export type Until = Place | Moment | ((machine: Machine) => boolean);

/** What a hit watchpoint wants done after the instruction; true ends the run. */
export type Notice = { readonly hit: WatchHit; readonly tell: () => unknown };

interface Entry {
  readonly moment: Moment;
  readonly action: (machine: Machine) => void;
}

/** What run control needs of its machine. */
export interface ControlParts {
  /** The core. */
  readonly engine: CoreEngine;
  /** The machine, for callbacks; asked for when it is complete. */
  readonly machine: () => Machine;
  /** Adds words to a reason. */
  readonly explain: (stop: StopReason) => StopReason;
}

/** Runs an engine. */
export class RunControl {
  readonly #parts: ControlParts;
  readonly #engine: CoreEngine;
  /** Callbacks by address; a breakpoint without one stops. */
  readonly #breakpoints = new Map<number, Set<Hit>>();
  #schedule: readonly Entry[] = [];
  #notices: Notice[] = [];
  #requested: StopReason | undefined;
  #limits: RunLimits = {};
  /** True while callbacks must not run the machine. */
  #busy = false;
  /** True while an instruction may be executing. */
  #executing = false;

  /** @param parts The machine */
  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#engine = parts.engine;
  }

  /** Limits of the present run, for what runs in the core's stead. */
  get limits(): RunLimits {
    return this.#limits;
  }

  /** True inside a callback of a device: an instruction is executing. */
  get executing(): boolean {
    return this.#executing;
  }

  /** Forgets what was due; breakpoints stay. */
  reset(): void {
    this.#notices = [];
    this.#requested = undefined;
  }

  /** What is planned; for a snapshot. */
  save(): unknown {
    return this.#schedule;
  }

  /** Plans again what was planned. */
  restore(saved: unknown): void {
    this.#schedule = saved as readonly Entry[];
    this.reset();
  }

  /** Does something that must not happen while an instruction executes. */
  idle<T>(what: string, action: () => T): T {
    if (!this.#executing) return action();
    throw new UsageError(
      "E-SIM-RUNNING",
      `Cannot ${what} from a callback of a device: an instruction is executing`,
      { hints: ["schedule it with machine.at({ cycle: 0 }, …): it happens after the instruction"] },
    );
  }

  /** Ends the run at the next instruction boundary. */
  stop(reason: StopReason): void {
    this.#requested ??= reason;
    this.#engine.halt(reason);
  }

  /** A watchpoint was hit: its callback runs after the instruction. */
  notice(notice: Notice): void {
    this.#notices.push(notice);
    this.#engine.halt({ kind: "watchpoint", hit: notice.hit });
  }

  /** Stops or calls back before an address is executed. */
  breakpoint(address: number, hit: Hit): Breakpoint {
    const at = (address & ~1) >>> 0;
    const hits = this.#breakpoints.get(at) ?? new Set();
    // Each breakpoint is its own, even if two share a callback.
    const own: Hit = (machine) => hit(machine);
    hits.add(own);
    this.#breakpoints.set(at, hits);
    if (hits.size === 1) this.#engine.setBreakpoint(at, true);
    return {
      address: at,
      remove: () => {
        if (!hits.delete(own) || hits.size > 0) return;
        this.#breakpoints.delete(at);
        this.#engine.setBreakpoint(at, false);
      },
    };
  }

  /** Plans an action. */
  at(moment: Moment, action: (machine: Machine) => void): Scheduled {
    const entry: Entry = { moment, action };
    this.#schedule = [...this.#schedule, entry];
    return {
      cancel: () => {
        this.#schedule = this.#schedule.filter((one) => one !== entry);
      },
    };
  }

  /** Runs until something stops it. */
  run(limits: RunLimits = {}): StopReason {
    if (this.#busy) {
      throw new UsageError(
        "E-SIM-RUNNING",
        "Cannot run the machine from a callback of its own run",
      );
    }
    this.#busy = true;
    this.#limits = limits;
    this.#requested = undefined;
    try {
      return this.#parts.explain(this.#loop(limits));
    } finally {
      this.#busy = false;
      this.#notices = [];
    }
  }

  #loop(limits: RunLimits): StopReason {
    // Standing on a breakpoint the user's run passes it; what the loop itself interrupts does not.
    for (let resumed = false;; resumed = true) {
      this.#fire();
      if (this.#requested !== undefined) return this.#requested;
      const pc = (this.#engine.registers[15] ?? 0) >>> 0;
      if (resumed && this.#isHit) {
        const stop = this.#arrived(pc);
        if (stop !== undefined) return stop;
      }
      this.#isHit = true;
      const over = this.#over(limits);
      if (over !== undefined) return over;
      if (resumed && limits.interrupted?.() === true) return { kind: "limit", what: "time" };
      const stop = this.#stretch(limits);
      if (this.#requested !== undefined && !isFinal(stop)) return this.#requested;
      const told = this.#tell(stop);
      if (told !== undefined) return told;
    }
  }

  /** False while the core stands on a breakpoint whose callbacks have run. */
  #isHit = true;

  /** One run of the engine, to the next moment that matters. */
  #stretch(limits: RunLimits): StopReason {
    const done = this.#engine.count();
    const { onInstructions, interrupted } = limits;
    let instructions = limits.maxInstructions ?? Infinity;
    let cycles = limits.maxCycles ?? Infinity;
    for (const { moment } of this.#schedule) {
      const { instruction = 0, cycle = 0 } = moment;
      if (instruction > done.instructions) instructions = Math.min(instructions, instruction);
      else cycles = Math.min(cycles, cycle);
    }
    // A core that sleeps goes on sleeping until then, instead of for ever.
    const alarm = cycles === Infinity ? undefined : this.#engine.schedule.at(cycles, () => {});
    this.#executing = true;
    try {
      return this.#engine.run({
        ...((onInstructions ?? interrupted) !== undefined && {
          onChunk: () => {
            onInstructions?.(this.#engine.count().instructions);
            return interrupted?.() === true;
          },
        }),
        ...(instructions !== Infinity && { maxInstructions: instructions - done.instructions }),
        ...(cycles !== Infinity && { maxCycles: cycles - done.cycles }),
      });
    } finally {
      this.#executing = false;
      if (alarm !== undefined) this.#engine.schedule.cancel(alarm);
    }
  }

  #over(limits: RunLimits): StopReason | undefined {
    const { instructions, cycles } = this.#engine.count();
    if (instructions >= (limits.maxInstructions ?? Infinity)) {
      return { kind: "limit", what: "instructions" };
    }
    return cycles >= (limits.maxCycles ?? Infinity) ? { kind: "limit", what: "cycles" } : undefined;
  }

  /** Does what is due, in the order of planning. */
  #fire(): void {
    const { instructions, cycles } = this.#engine.count();
    const isDue = ({ moment }: Entry) =>
      (moment.instruction ?? 0) <= instructions && (moment.cycle ?? 0) <= cycles;
    if (!this.#schedule.some(isDue)) return;
    const due = this.#schedule.filter(isDue);
    this.#schedule = this.#schedule.filter((entry) => !isDue(entry));
    for (const { action } of due) action(this.#parts.machine());
  }

  /** Calls whoever waits for a reason; the reason if the run ends with it. */
  #tell(stop: StopReason): StopReason | undefined {
    const notices = this.#notices;
    this.#notices = [];
    let end: StopReason | undefined = isFinal(stop) ? stop : undefined;
    for (const { hit, tell } of notices) {
      if (tell() === true) end ??= { kind: "watchpoint", hit };
    }
    if (end !== undefined) return end;
    if (stop.kind === "breakpoint") return this.#arrived(stop.address);
    return undefined;
  }

  /** Calls the breakpoints of an address. */
  #arrived(address: number): StopReason | undefined {
    const hits = this.#breakpoints.get(address);
    if (hits === undefined) return undefined;
    this.#isHit = false;
    let stops = false;
    for (const hit of [...hits]) {
      if (hit(this.#parts.machine()) === true) stops = true;
    }
    return stops ? { kind: "breakpoint", address } : undefined;
  }
}

/** True for a reason that the loop has not asked for and cannot go on from. */
function isFinal(stop: StopReason): boolean {
  return stop.kind === "exit" || stop.kind === "fault" ||
    (stop.kind === "limit" && stop.what !== "instructions" && stop.what !== "cycles");
}
