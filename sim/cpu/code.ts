/**
 * The code of a core as the run loop sees it: each instruction decoded once, forgotten when its bytes or
 * its meaning change; breakpoints, which are instructions that are never kept; and translated code.
 *
 * @module
 */
import { MemoryFault, type TranslationMemory } from "../types.ts";
import type { CpuState } from "./state.ts";
import type { Op } from "./op.ts";
import type { Profile } from "./profile.ts";
import { CodeCache, PAGE_SLOTS } from "./code_cache.ts";
import { Predecoder } from "./predecoder.ts";
import { Accelerator } from "./wasm/accelerator.ts";

/**
 * Instructions interpreted from a place before it is worth a translation: about as many as the
 * interpreter executes in the time that one unit takes, its optimisation by the host included (1 to 3 ms
 * of processor time; `deno task bench:short`).
 */
const HOT_AFTER = 24_000;

/** Decoded and translated code. */
export class Code {
  /** Decoded instructions. */
  readonly cache = new CodeCache();
  /** Translated code; undefined in the plain interpreter. */
  readonly accelerator: Accelerator | undefined;
  /** Address whose breakpoint is passed over, −1 if none. */
  passing = -1;
  readonly #cpu: CpuState;
  readonly #predecoder: Predecoder;
  readonly #breakpoints = new Set<number>();

  /**
   * @param cpu State
   * @param translation Memory for translated code; without it everything is interpreted
   * @param hotAfter See {@linkcode HOT_AFTER}, the default
   */
  constructor(cpu: CpuState, translation?: TranslationMemory, hotAfter = HOT_AFTER) {
    this.#cpu = cpu;
    this.#predecoder = new Predecoder(cpu);
    if (translation !== undefined) {
      this.accelerator = new Accelerator(
        cpu,
        translation,
        (pc, inIt, pipeline) => this.#lookup(pc, inIt, pipeline),
        hotAfter,
      );
    }
  }

  /** Stops before an instruction, or no longer. */
  setBreakpoint(address: number, on: boolean): void {
    const at = address & ~1;
    if (on) this.#breakpoints.add(at);
    else this.#breakpoints.delete(at);
    this.forget(at, 2);
  }

  /** Forgets what was made of a range of addresses. */
  forget(address: number, length: number): void {
    this.cache.forget(address, length);
    this.accelerator?.forget(address, length);
  }

  /** Forgets everything. */
  clear(): void {
    this.cache.clear();
    this.accelerator?.clear();
  }

  /** An instruction for translation: of a known function, without a breakpoint. */
  #lookup(pc: number, inIt: boolean, pipeline: number): Op | undefined {
    if (this.#breakpoints.has(pc)) return undefined;
    const known = this.cache.slots(pc, inIt, pipeline)[(pc >>> 1) & (PAGE_SLOTS - 1)];
    if (known !== undefined) return known;
    const { functionAt } = this.#cpu.parts;
    const fn = functionAt(pc >>> 0);
    if (fn < 0) return undefined;
    try {
      const op = this.#predecoder.decode(pc, inIt, pipeline);
      op.fn = fn;
      return op;
    } catch (error) {
      if (error instanceof MemoryFault) return undefined;
      throw error;
    }
  }

  /**
   * Decodes the instruction at an address and keeps it.
   *
   * @param pc Address
   * @param inIt True inside an IT block
   * @param pipeline State of the pipeline
   * @param profile Knows the function that holds it
   * @param current The function that is running
   * @returns Undefined if there is a breakpoint to stop at
   */
  prepare(
    pc: number,
    inIt: boolean,
    pipeline: number,
    profile: Profile,
    current: number,
  ): Op | undefined {
    const breakpoint = this.#breakpoints.has(pc);
    if (breakpoint && this.passing !== pc) {
      this.#cpu.stop = { kind: "breakpoint", address: pc >>> 0 };
      return undefined;
    }
    this.passing = -1;
    const op = this.#predecoder.decode(pc, inIt, pipeline);
    op.fn = profile.indexOf(pc, current);
    if (!breakpoint) this.cache.slots(pc, inIt, pipeline)[(pc >>> 1) & (PAGE_SLOTS - 1)] = op;
    return op;
  }

  /** Decodes the instruction at an address, kept nowhere. */
  decode(pc: number, inIt: boolean): Op {
    return this.#predecoder.decode(pc, inIt, 0);
  }

  /** The instruction at an address as text, for reports. */
  text(pc: number): ReturnType<Predecoder["text"]> {
    return this.#predecoder.text(pc);
  }
}
