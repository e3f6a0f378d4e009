/**
 * What a core costs when all that is known of it is which instruction comes next. Unicorn says before
 * each executed instruction where it is; the ledger decodes the same bytes with the table of the
 * interpreter, charges what that would charge, and finds by the IT block which instructions were passed
 * over because their condition failed: Unicorn does not report those.
 *
 * @module
 */
import { price } from "../cpu/cost.ts";
import { createDecoder, type Decoder, isWide } from "../cpu/decoder.ts";
import type { Op } from "../cpu/op.ts";
import { Profile, type ProfileState } from "../cpu/profile.ts";
import { advanceIt } from "../cpu/flags.ts";
import { CoreFault } from "../cpu/architecture.ts";
import type { CpuState } from "../cpu/state.ts";
import { TABLE } from "../cpu/table.ts";
import type { Bus, EngineParts, FunctionCount, TimingClass } from "../types.ts";

/** More states than a timing model's pipeline has. */
const PIPELINES = 1 << 16;

const ALWAYS: ReadonlySet<TimingClass> = new Set([
  "branch",
  "branch-link",
  "branch-register",
  "branch-link-register",
  "table-branch",
]);

/** True if an instruction writes PC whenever it executes, even if it goes on at the next one. */
function alwaysBranches({ d, i, encoding: { timing } }: Op): boolean {
  if (ALWAYS.has(timing)) return true;
  if (timing === "load-multiple") return (i & 0x8000) !== 0;
  return d === 15 && (timing === "alu" || timing === "load");
}

/** Saved counts. */
export interface LedgerState {
  readonly instructions: number;
  readonly coreCycles: number;
  readonly it: number;
  readonly pipeline: number;
  readonly profile: ProfileState;
  readonly function: number;
  readonly cyclesAtEntry: number;
  readonly instructionsAtEntry: number;
}

/** Counts of a core that is watched from outside. */
export class Ledger {
  /** Instructions retired; predicated-out ones count. */
  instructions = 0;
  /** Cycles of the instructions. */
  coreCycles = 0;
  /** ITSTATE before the instruction that is next. */
  it = 0;
  /** State of the pipeline before it, as the timing model's sequence rules see it. */
  pipeline = 0;
  readonly #bus: Bus;
  readonly #parts: EngineParts;
  readonly #state: CpuState;
  readonly #decoder: Decoder;
  readonly #profile: Profile;
  readonly #ops = new Map<number, Op>();
  /** The instruction that executes, until the next one is known. */
  #running: Op | undefined;
  /** Its division's cycles, known before it executes. */
  #division = 0;
  #function = -1;
  #cyclesAtEntry = 0;
  #instructionsAtEntry = 0;

  /**
   * @param parts Costs, functions, memory
   * @param state Which instructions the core has
   */
  constructor(parts: EngineParts, state: CpuState) {
    this.#parts = parts;
    this.#bus = parts.bus;
    this.#state = state;
    this.#decoder = createDecoder(TABLE, state.features);
    this.#profile = new Profile(parts);
  }

  /** All cycles since reset. */
  cycles(): number {
    return this.coreCycles + this.#bus.waitCycles;
  }

  /** Starts over. */
  reset(): void {
    this.instructions =
      this.coreCycles =
      this.it =
      this.pipeline =
        0;
    this.#running = undefined;
    this.#function = -1;
    this.#cyclesAtEntry = this.#instructionsAtEntry = 0;
    this.#profile.reset();
    this.forget();
  }

  /** Forgets decoded instructions. */
  forget(): void {
    this.#ops.clear();
  }

  /**
   * The core has come to an address: charges the instruction that executed before, and those that were
   * passed over on the way.
   */
  arrive(address: number): void {
    const op = this.#running;
    if (op === undefined) return;
    this.#running = undefined;
    this.instructions++;
    this.coreCycles += op.cost + this.#division;
    this.it = op.encoding.name === "it" ? op.word & 0xff : advanceIt(this.it);
    let next = op.next;
    this.pipeline = op.after;
    while (this.it !== 0 && next !== address) {
      const skipped = this.decode(next);
      this.#bus.fetch(next, skipped.size);
      this.instructions++;
      this.coreCycles += this.#parts.timing.predicatedOut;
      this.it = advanceIt(this.it);
      this.pipeline = skipped.after;
      next = skipped.next;
    }
    if (next !== address) this.pipeline = op.afterTaken;
    if (next !== address || alwaysBranches(op)) this.coreCycles += op.taken;
  }

  /**
   * The instruction at an address is about to execute: counts its fetch. Throws what the core raises
   * instead of executing it.
   *
   * @param address Its address
   * @param operand Reads a core register; asked for divisions only
   */
  begin(address: number, operand: (register: number) => number): Op {
    let op: Op;
    try {
      op = this.decode(address);
    } catch (error) {
      // What the core does not have it fetches all the same.
      if (error instanceof CoreFault) this.#fetch(address, this.#profile.indexOf(address, -1));
      throw error;
    }
    this.#fetch(address, op.fn);
    if (op.encoding.name === "udf") throw new CoreFault("undefined-instruction");
    this.#running = op;
    this.#division = 0;
    if (op.encoding.timing !== "div") return op;
    const divisor = operand(op.m);
    if (divisor === 0 && (this.#state.system.ccr & 0x10) !== 0) {
      this.#running = undefined;
      throw new CoreFault("division-by-zero");
    }
    const signed = op.encoding.name === "sdiv";
    this.#division = this.#parts.timing.divide(operand(op.n), divisor, signed);
    return op;
  }

  #fetch(address: number, fn: number): void {
    this.#enter(fn);
    this.#bus.fetch(address, isWide(this.#bus.decode16(address)) ? 4 : 2);
  }

  /** The running instruction has faulted: it does not count. */
  abandon(): void {
    this.#running = undefined;
  }

  /** The running instruction branches to where it cannot: it does not count, its refill does. */
  chargeBranch(): void {
    this.coreCycles += this.#running?.taken ?? 0;
  }

  /** Decodes the instruction at an address; throws what the core would raise without executing it. */
  decode(address: number): Op {
    const inIt = this.it !== 0;
    const key = ((address >>> 0) * 2 + (inIt ? 1 : 0)) * PIPELINES + this.pipeline;
    const known = this.#ops.get(key);
    if (known !== undefined) return known;
    const first = this.#bus.decode16(address);
    const second = isWide(first) ? this.#bus.decode16((address + 2) | 0) : 0;
    const op = this.#decoder.decode(first, second, address | 0, inIt);
    if (op === undefined) throw new CoreFault("undefined-instruction");
    if (op.encoding.feature.startsWith("fp") && !this.#state.fpEnabled) {
      throw new CoreFault("no-fpu");
    }
    price(op, this.pipeline, this.#parts.timing);
    op.fn = this.#profile.indexOf(address | 0, this.#function);
    this.#ops.set(key, op);
    return op;
  }

  #enter(index: number): void {
    if (index === this.#function) return;
    const cycles = this.cycles();
    if (this.#function >= 0) {
      this.#profile.add(
        this.#function,
        cycles - this.#cyclesAtEntry,
        this.instructions - this.#instructionsAtEntry,
      );
    }
    this.#function = index;
    this.#cyclesAtEntry = cycles;
    this.#instructionsAtEntry = this.instructions;
  }

  /** The counts between two instructions, for {@linkcode Ledger.restore}. */
  save(): LedgerState {
    return {
      instructions: this.instructions,
      coreCycles: this.coreCycles,
      it: this.it,
      pipeline: this.pipeline,
      profile: this.#profile.save(),
      function: this.#function,
      cyclesAtEntry: this.#cyclesAtEntry,
      instructionsAtEntry: this.#instructionsAtEntry,
    };
  }

  /** Goes back to saved counts. */
  restore(saved: LedgerState): void {
    this.#running = undefined;
    this.instructions = saved.instructions;
    this.coreCycles = saved.coreCycles;
    this.it = saved.it;
    this.pipeline = saved.pipeline;
    this.#profile.restore(saved.profile);
    this.#function = saved.function;
    this.#cyclesAtEntry = saved.cyclesAtEntry;
    this.#instructionsAtEntry = saved.instructionsAtEntry;
    this.forget();
  }

  /** Exclusive cost of functions. */
  functions(): readonly FunctionCount[] {
    const current = this.#function;
    this.#enter(-1);
    this.#enter(current);
    return this.#profile.list();
  }
}
