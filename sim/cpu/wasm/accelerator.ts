/**
 * Runs hot code as WebAssembly. The interpreter asks at every branch whether there is a unit at the place
 * where it goes on; a place that it asks for often is translated. Everything unusual (devices, faults,
 * unaligned accesses, stores into code, what has no translation) leaves the unit just before the
 * instruction, and the interpreter executes it.
 *
 * @module
 */
import type { TranslationMemory } from "../../types.ts";
import type { CpuState } from "../state.ts";
import { FLOAT, LINES_SHIFT, STATE } from "./emitter.ts";
import { startsContext } from "../frame.ts";
import { MODES } from "../fp/fast.ts";
import { keyOf, type Lookup } from "./graph.ts";
import { compileUnit, type Unit } from "./unit.ts";

/** Slots of the table of places; two places that share one only disturb each other's count. */
const SLOTS = 1 << 16;
/**
 * Units that are kept; when there are more, all are dropped and what is hot then is translated again. A
 * small unit takes about 20 KiB of the host's memory.
 */
export const MOST_UNITS = 4000;
const CHUNK_BITS = 8;

function slotOf(pc: number, pipeline: number): number {
  return ((pc >>> 1) + pipeline * 0x9e37) & (SLOTS - 1);
}

/** What floating-point instructions may do in translated code. */
function floatContext(cpu: CpuState): number {
  if (startsContext(cpu)) return FLOAT.inactive;
  return (cpu.fpscr & MODES) === 0 ? FLOAT.arithmetic : FLOAT.moves;
}

/** Translated code of a core. */
export class Accelerator {
  /** The most cycles that the last {@linkcode Accelerator.run} can have taken. */
  spent = 0;
  /** True if the unit was left at an instruction that has been fetched but not executed. */
  fetched = false;
  readonly #cpu: CpuState;
  readonly #memory: TranslationMemory;
  readonly #lookup: Lookup;
  readonly #threshold: number;
  /** Instructions interpreted from each place to the next one that was asked for. */
  readonly #heat = new Int32Array(SLOTS);
  /** Slot of the place that is being interpreted. */
  #warming = 0;
  readonly #fast = new Array<Unit | undefined>(SLOTS).fill(undefined);
  readonly #units = new Map<number, Unit>();
  /** Units by the 256-byte chunks that they stand for. */
  readonly #chunks = new Map<number, Set<Unit>>();
  /** Places that cannot be translated. */
  readonly #refused = new Set<number>();
  readonly #words: Int32Array;

  /**
   * @param cpu State; its registers must lie in the state area of the memory
   * @param memory Memory
   * @param lookup Gives predecoded instructions
   * @param threshold Instructions interpreted from a place before it is translated
   */
  constructor(cpu: CpuState, memory: TranslationMemory, lookup: Lookup, threshold: number) {
    this.#cpu = cpu;
    this.#memory = memory;
    this.#lookup = lookup;
    this.#threshold = threshold;
    this.#words = new Int32Array(memory.memory.buffer, memory.state, 64);
  }

  /**
   * The unit at an address; translates it if enough has been interpreted from there.
   *
   * @param pc Address
   * @param pipeline State of the pipeline
   * @param interpreted Instructions interpreted since the last call
   */
  find(pc: number, pipeline: number, interpreted: number): Unit | undefined {
    const warming = this.#warming;
    this.#heat[warming] = (this.#heat[warming] ?? 0) + interpreted;
    const slot = this.#warming = slotOf(pc, pipeline);
    const known = this.#fast[slot];
    if (known !== undefined && known.entry === pc && known.pipeline === pipeline) return known;
    if ((this.#heat[slot] ?? 0) < this.#threshold) return undefined;
    const key = keyOf(pc, pipeline);
    if (this.#refused.has(key)) return undefined;
    const unit = this.#units.get(key) ?? this.#translate(pc, pipeline);
    if (unit !== undefined) this.#fast[slot] = unit;
    return unit;
  }

  #translate(pc: number, pipeline: number): Unit | undefined {
    if (this.#units.size >= MOST_UNITS) this.clear();
    const { timing } = this.#cpu;
    const { predicatedOut } = timing;
    const cpu = this.#cpu;
    const fits = Number.isInteger(predicatedOut) && predicatedOut >= 0 && predicatedOut < 200;
    const unit = fits
      ? compileUnit(pc, pipeline, {
        memory: this.#memory,
        lookup: this.#lookup,
        predicatedOut,
        divide: [
          (n, d) => {
            cpu.cycles += timing.divide(n, d, true);
          },
          (n, d) => {
            cpu.cycles += timing.divide(n >>> 0, d >>> 0, false);
          },
        ],
      })
      : undefined;
    if (unit === undefined) {
      this.#refused.add(keyOf(pc, pipeline));
      return undefined;
    }
    this.#units.set(keyOf(pc, pipeline), unit);
    for (const [from, to] of unit.ranges) {
      for (let chunk = from >>> CHUNK_BITS; chunk <= (to - 1) >>> CHUNK_BITS; chunk++) {
        const set = this.#chunks.get(chunk);
        if (set === undefined) this.#chunks.set(chunk, new Set([unit]));
        else set.add(unit);
      }
    }
    return unit;
  }

  /**
   * Instructions that a unit may run so that none of them starts when a number of cycles has passed.
   *
   * @param unit From {@linkcode Accelerator.find}
   * @param instructions The most
   * @param cycles Cycles
   */
  budget(unit: Unit, instructions: number, cycles: number): number {
    const { rate, extra } = unit.worst;
    return Math.min(instructions, Math.floor((cycles - extra) / rate));
  }

  /**
   * Runs a unit.
   *
   * @param unit From {@linkcode Accelerator.find}
   * @param budget Instructions, at least the unit's first block
   * @returns Instructions retired
   */
  run(unit: Unit, budget: number): number {
    const cpu = this.#cpu;
    const memory = this.#memory;
    const words = this.#words;
    words[STATE.n >> 2] = cpu.n;
    words[STATE.z >> 2] = cpu.z;
    words[STATE.c >> 2] = cpu.c;
    words[STATE.v >> 2] = cpu.v;
    words[STATE.q >> 2] = cpu.q;
    words[STATE.ge >> 2] = cpu.ge;
    if (unit.usesFloat) {
      words[STATE.fpFlags >> 2] = cpu.fpFlags;
      words[STATE.fpscr >> 2] = cpu.fpscr;
      words[STATE.float >> 2] = floatContext(cpu);
    }
    const inLine = memory.fetchWait(unit.row) !== 0 && memory.inLine(unit.entry) ? 1 : 0;
    const exit = unit.exits[unit.run(budget)];
    if (exit === undefined) throw new Error("translated code left through an unknown exit");
    cpu.n = words[STATE.n >> 2] ?? 0;
    cpu.z = words[STATE.z >> 2] ?? 0;
    cpu.c = words[STATE.c >> 2] ?? 0;
    cpu.v = words[STATE.v >> 2] ?? 0;
    cpu.q = words[STATE.q >> 2] ?? 0;
    cpu.ge = words[STATE.ge >> 2] ?? 0;
    if (unit.usesFloat) cpu.fpFlags = words[STATE.fpFlags >> 2] ?? 0;
    const low = words[STATE.costs >> 2] ?? 0;
    const high = words[(STATE.costs >> 2) + 1] ?? 0;
    const entered = budget - (words[STATE.left >> 2] ?? 0);
    const executed = entered - exit.instructions;
    this.spent = Math.min(entered, budget) * unit.worst.rate + unit.worst.extra;
    const wide = (high >>> 10) - exit.wide;
    const lines = ((low >>> LINES_SHIFT) | ((high & 0x3ff) << 8)) - exit.lines - inLine;
    const fetches = executed + (exit.fetched ? 1 : 0);
    cpu.cycles += (low & 0xff_ffff) + exit.core;
    memory.fetched(unit.row, fetches - wide, wide, lines, exit.last);
    cpu.next = exit.pc ?? words[STATE.pc >> 2] ?? 0;
    cpu.it = exit.it;
    cpu.pipeline = exit.pc === undefined && cpu.next === exit.next
      ? exit.pipelineNext
      : exit.pipeline;
    this.fetched = exit.fetched;
    return executed;
  }

  /** Forgets units that stand for a range of addresses. */
  forget(address: number, length: number): void {
    this.#refused.clear();
    const first = address >>> CHUNK_BITS;
    const last = ((address >>> 0) + length - 1) >>> CHUNK_BITS;
    if (last - first > this.#chunks.size) {
      for (const chunk of [...this.#chunks.keys()]) {
        if (chunk >= first && chunk <= last) this.#drop(chunk);
      }
    } else for (let chunk = first; chunk <= last; chunk++) this.#drop(chunk);
  }

  #drop(chunk: number): void {
    for (const unit of this.#chunks.get(chunk) ?? []) {
      const key = keyOf(unit.entry, unit.pipeline);
      if (this.#units.get(key) !== unit) continue;
      this.#units.delete(key);
      const slot = slotOf(unit.entry, unit.pipeline);
      if (this.#fast[slot] === unit) this.#fast[slot] = undefined;
      this.#heat[slot] = 0;
    }
    this.#chunks.delete(chunk);
  }

  /** Forgets all units. */
  clear(): void {
    this.#heat.fill(0);
    this.#fast.fill(undefined);
    this.#units.clear();
    this.#chunks.clear();
    this.#refused.clear();
  }
}
