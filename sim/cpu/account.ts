/**
 * What has been executed: totals since reset, and who is charged for them.
 *
 * @module
 */
import type { FunctionCount, RunCount } from "../types.ts";
import type { CpuState } from "./state.ts";
import { Profile, type ProfileState } from "./profile.ts";

/** A snapshot of the totals. */
export interface AccountState {
  readonly profile: ProfileState;
  readonly instructions: number;
  readonly coreCycles: number;
  readonly sleepCycles: number;
  readonly function: number;
  readonly cyclesAtEntry: number;
  readonly instructionsAtEntry: number;
}

/** Totals of a core. What is running has not been added to them; see the run loop. */
export class Account {
  /** Instructions retired. */
  instructions = 0;
  /** Cycles of the instructions themselves, and those slept. */
  coreCycles = 0;
  /** Cycles slept. */
  sleepCycles = 0;
  /** Running function, −1 before the first. */
  function = -1;
  /** Costs by function. */
  readonly profile: Profile;
  readonly #cpu: CpuState;
  /** The totals when the running function was entered. */
  #cyclesAtEntry = 0;
  #instructionsAtEntry = 0;

  /** @param cpu State */
  constructor(cpu: CpuState) {
    this.#cpu = cpu;
    this.profile = new Profile(cpu.parts);
  }

  /** All cycles since reset. */
  cycles(): number {
    return this.coreCycles + this.#cpu.cycles + this.#cpu.bus.waitCycles;
  }

  /** All totals. */
  count(): RunCount {
    const coreCycles = this.coreCycles + this.#cpu.cycles;
    return {
      instructions: this.instructions,
      cycles: coreCycles + this.#cpu.bus.waitCycles,
      coreCycles,
      sleepCycles: this.sleepCycles,
    };
  }

  /** Costs by function, the running one's included. */
  functions(): readonly FunctionCount[] {
    if (this.function >= 0) this.enter(this.function, this.instructions);
    return this.profile.list();
  }

  /** Charges the running function and makes another one the running one. */
  enter(index: number, instructions: number): void {
    const cycles = this.cycles();
    if (this.function >= 0) {
      this.profile.add(
        this.function,
        cycles - this.#cyclesAtEntry,
        instructions - this.#instructionsAtEntry,
      );
    }
    this.function = index;
    this.#cyclesAtEntry = cycles;
    this.#instructionsAtEntry = instructions;
  }

  /** Time that passes while the core sleeps. */
  sleep(cycles: number): void {
    this.coreCycles += cycles;
    this.sleepCycles += cycles;
  }

  /** Zeroes everything. */
  reset(): void {
    this.instructions = this.coreCycles = this.sleepCycles = 0;
    this.function = -1;
    this.#cyclesAtEntry = this.#instructionsAtEntry = 0;
    this.profile.reset();
  }

  /** The totals, for {@linkcode Account.restore}. */
  save(): AccountState {
    return {
      profile: this.profile.save(),
      instructions: this.instructions,
      coreCycles: this.coreCycles,
      sleepCycles: this.sleepCycles,
      function: this.function,
      cyclesAtEntry: this.#cyclesAtEntry,
      instructionsAtEntry: this.#instructionsAtEntry,
    };
  }

  /** Goes back to saved totals. */
  restore(saved: AccountState): void {
    this.profile.restore(saved.profile);
    this.instructions = saved.instructions;
    this.coreCycles = saved.coreCycles;
    this.sleepCycles = saved.sleepCycles;
    this.function = saved.function;
    this.#cyclesAtEntry = saved.cyclesAtEntry;
    this.#instructionsAtEntry = saved.instructionsAtEntry;
  }
}
