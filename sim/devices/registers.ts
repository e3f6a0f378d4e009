/**
 * Registers of the system control space, and the engine that they belong to.
 *
 * @module
 */
import type { CpuState } from "../cpu/state.ts";
import type { Schedule } from "../schedule.ts";

/** What the devices of the system control space need of an engine. */
export interface SystemHost {
  /** The architectural state. */
  readonly state: CpuState;
  /** What happens at which cycle. */
  readonly schedule: Schedule;
  /** Called at every reset. */
  readonly onReset: (() => void)[];
  /** All cycles since reset. */
  cycles(): number;
  /** Forgets all predecoded instructions: whether the FPU may be used is decided when decoding. */
  invalidateAll(): void;
}

/** One 32-bit register; without `write` it ignores writes. */
export interface Register {
  /** Its value, int32 or uint32. */
  readonly read: () => number;
  /** Changes it. */
  readonly write?: (value: number) => void;
  /** True if zeros written change nothing, so that a narrow write must not fill up with what is read. */
  readonly ones?: boolean;
}

/** Registers by offset. */
export type RegisterMap = ReadonlyMap<number, Register>;

/** A block of registers with state of its own. */
export interface RegisterBlock {
  /** Registers by offset. */
  readonly registers: RegisterMap;
  /** The state, for {@linkcode RegisterBlock.restore}. */
  save(): readonly number[];
  /** Puts a state back. */
  restore(state: readonly number[]): void;
}
