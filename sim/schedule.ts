/**
 * What will happen at which cycle. Devices ask to be called at a cycle of the core; the engine calls them
 * before the first instruction that starts at or after it, and lets a sleeping core skip to the next one.
 *
 * @module
 */

/** A call that waits for its cycle. */
export class ScheduledEvent {
  /** When it is due; Infinity while it is not scheduled. */
  cycle: number = Infinity;
  /**
   * An event that is not scheduled yet.
   *
   * @param run What happens; gets the cycle at which it was due, which may lie behind by one instruction
   */
  constructor(readonly run: (cycle: number) => void) {}
}

/** Where a schedule stood: events and their cycles, first to last. */
export type ScheduleState = readonly (readonly [event: ScheduledEvent, cycle: number])[];

/**
 * A queue of events by cycle; events of one cycle run in the order in which they were scheduled.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Schedule } from "./mod.ts";
 *
 * let cycles = 0;
 * const schedule = new Schedule(() => cycles);
 * const seen: number[] = [];
 * schedule.at(20, (cycle) => seen.push(cycle));
 * const late = schedule.at(30, (cycle) => seen.push(cycle));
 * schedule.at(10, (cycle) => seen.push(cycle));
 * cycles = 25;
 * schedule.runDue();
 * schedule.cancel(late);
 * assertEquals([seen, schedule.next], [[10, 20], Infinity]);
 * ```
 */
export class Schedule {
  /** Cycle of the first event, Infinity if there is none. */
  next: number = Infinity;
  /** Called when {@linkcode Schedule.next} may have changed. */
  onChange: () => void = () => {};
  readonly #clock: () => number;
  readonly #queue: ScheduledEvent[] = [];

  /**
   * An empty schedule.
   *
   * @param clock Cycles since reset
   */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Cycles since reset; inside an instruction, those before it and its fetch. */
  now(): number {
    return this.#clock();
  }

  /**
   * Calls a function at a cycle.
   *
   * @param cycle Cycle since reset; one that has passed means before the next instruction
   * @param run Called once, with `cycle`
   * @returns The event, to be moved or cancelled
   */
  at(cycle: number, run: (cycle: number) => void): ScheduledEvent {
    const event = new ScheduledEvent(run);
    this.move(event, cycle);
    return event;
  }

  /** Schedules an event for another cycle, or again. */
  move(event: ScheduledEvent, cycle: number): void {
    this.#remove(event);
    event.cycle = cycle;
    let place = this.#queue.length;
    while (place > 0 && (this.#queue[place - 1]?.cycle ?? 0) > cycle) place--;
    this.#queue.splice(place, 0, event);
    this.#changed();
  }

  /** Forgets an event; nothing happens if it is not scheduled. */
  cancel(event: ScheduledEvent): void {
    if (event.cycle === Infinity) return;
    this.#remove(event);
    this.#changed();
  }

  /** Runs what is due, and what that schedules for now. */
  runDue(): void {
    const now = this.#clock();
    for (let first = this.#queue[0]; first !== undefined && first.cycle <= now;) {
      const { cycle } = first;
      this.#remove(first);
      first.run(cycle);
      first = this.#queue[0];
    }
    this.#changed();
  }

  /** Forgets everything. */
  clear(): void {
    for (const event of this.#queue) event.cycle = Infinity;
    this.#queue.length = 0;
    this.#changed();
  }

  /** What is scheduled, for {@linkcode Schedule.restore} on the same machine. */
  save(): ScheduleState {
    return this.#queue.map((event) => [event, event.cycle] as const);
  }

  /** Schedules exactly what was scheduled then. */
  restore(state: ScheduleState): void {
    this.clear();
    for (const [event, cycle] of state) this.move(event, cycle);
  }

  #remove(event: ScheduledEvent): void {
    if (event.cycle === Infinity) return;
    const place = this.#queue.indexOf(event);
    if (place >= 0) this.#queue.splice(place, 1);
    event.cycle = Infinity;
  }

  #changed(): void {
    this.next = this.#queue[0]?.cycle ?? Infinity;
    this.onChange();
  }
}
