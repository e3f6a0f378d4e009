/**
 * The interpreter: decodes each instruction once into an object that holds its function and operands,
 * then runs from object to object. It is the specification of what faster engines must do: the same
 * registers, memory, counts and faults.
 *
 * Cycles are those of the timing model plus the memory's wait states; the divisions, taken branches and
 * predicated-out instructions add theirs as they happen. Limits: the instructions of an IT block that a
 * branch enters from outside run unconditionally (UNPREDICTABLE in the architecture); UNPREDICTABLE
 * register combinations that no compiler emits are undefined instructions.
 *
 * @module
 */
import {
  type Engine,
  type EngineParts,
  type FunctionCount,
  MemoryFault,
  type RunCount,
  type Stateful,
  type StopReason,
} from "../types.ts";
import { InputError } from "../../src/base/error.ts";
import { formatAddress } from "../../src/base/units.ts";
import { advanceIt, CpuState, passes, readXpsr, writeXpsr } from "./state.ts";
import type { Op } from "./op.ts";
import { Predecoder } from "./predecoder.ts";
import { CodeCache, PAGE_BITS, PAGE_SLOTS, type Slots } from "./code_cache.ts";
import { Profile, type ProfileState } from "./profile.ts";
import { restoreCpu, saveCpu, type SavedCpu } from "./save.ts";
import { enterException, exceptionReturn, readFpscr, writeFpscr } from "./exceptions.ts";
import { nextPending, setLine, wakes } from "./priority.ts";
import { type Fault, report } from "./faults.ts";
import { followPrivilege } from "./privilege.ts";
import { type FaultPolicy, takeFault } from "./take_fault.ts";
import { Schedule, type ScheduleState } from "../schedule.ts";
import { Accelerator } from "./wasm/accelerator.ts";

/** What happens when the firmware faults. */
export interface InterpreterOptions {
  /** Which faults enter a handler of the firmware and which stop the run; default `auto`. */
  readonly faults?: FaultPolicy | undefined;
  /** With translation: instructions interpreted from a place before it is translated; default 24,000. */
  readonly hotAfter?: number;
}

/** An engine whose whole state can be seen and set. */
export interface Interpreter extends Engine, Stateful {
  /** s0 to s31 as bit patterns; d0 is s0 and s1. */
  readonly floatRegisters: Int32Array;
  /** Flags, ITSTATE and exception number. */
  xpsr: number;
  /** Floating-point status and control. */
  fpscr: number;
  /** The architectural state, for the devices of the system control space. */
  readonly state: CpuState;
  /** All cycles since reset: what DWT's counter shows. */
  cycles(): number;
  /** What devices have asked to be called for. */
  readonly schedule: Schedule;
  /** Called at every reset, the program's own included, for the devices that it resets. */
  readonly onReset: (() => void)[];
  /**
   * Sets the line of an interrupt, −14 for NMI; takes effect before the next instruction.
   *
   * @returns False if the core has no such interrupt
   */
  setInterrupt(interrupt: number, high: boolean): boolean;
  /** Faults that handlers of the firmware took, as text, and how many. */
  takenFaults(): { readonly first: readonly string[]; readonly count: number };
  /** Forgets all predecoded instructions, because what they mean has changed. */
  invalidateAll(): void;
}

/** Instructions run before limits are looked at again. */
const CHUNK = 1 << 16;
/** Turns of the loop after which it lets its caller look, however few instructions they were. */
const CHUNK_TURNS = 64;
/** Faults that are remembered although handlers took them. */
const MOST_REMEMBERED = 4;
/**
 * Instructions interpreted from a place before it is worth a translation: about as many as the
 * interpreter executes in the time that one unit takes, its optimisation by the host included (1 to 3 ms
 * of processor time; `deno task bench:short`).
 */
const HOT_AFTER = 24_000;
const PAGE_MASK = -1 << PAGE_BITS;

/** A snapshot of the engine. */
interface SavedEngine {
  readonly cpu: SavedCpu;
  readonly profile: ProfileState;
  readonly schedule: ScheduleState;
  readonly instructions: number;
  readonly coreCycles: number;
  readonly sleepCycles: number;
  readonly resetVectors: number;
  readonly remembered: readonly string[];
  readonly rememberedCount: number;
  readonly function: number;
  readonly cyclesAtEntry: number;
  readonly instructionsAtEntry: number;
}

class PredecodingInterpreter implements Interpreter {
  readonly name: string;
  readonly registers: Int32Array;
  readonly floatRegisters: Int32Array;
  readonly state: CpuState;
  readonly schedule: Schedule;
  readonly onReset: (() => void)[] = [];
  readonly #predecoder: Predecoder;
  readonly #cache = new CodeCache();
  readonly #breakpoints = new Set<number>();
  readonly #profile: Profile;
  readonly #faults: FaultPolicy;
  /** Translated code; undefined in the plain interpreter. */
  readonly #accelerator: Accelerator | undefined;
  /** Address whose breakpoint is passed over, −1 if none. */
  #passing = -1;
  #instructions = 0;
  #coreCycles = 0;
  #sleepCycles = 0;
  #resetVectors = 0;
  #remembered: string[] = [];
  #rememberedCount = 0;
  /** Running function, and the totals when it was entered. */
  #function = -1;
  #cyclesAtEntry = 0;
  #instructionsAtEntry = 0;
  #failure: unknown = undefined;
  #failurePc = 0;

  constructor(parts: EngineParts, options: InterpreterOptions) {
    this.state = new CpuState(parts);
    this.registers = this.state.registers;
    this.floatRegisters = this.state.fpWords;
    this.#predecoder = new Predecoder(this.state);
    this.#profile = new Profile(parts);
    this.#faults = options.faults ?? "auto";
    this.schedule = new Schedule(() => this.cycles());
    this.schedule.onChange = () => this.state.limit = 0;
    this.state.forgetDecoded = () => this.invalidateAll();
    this.state.runDue = () => {
      if (this.schedule.next <= this.cycles()) this.schedule.runDue();
    };
    const { translation } = parts;
    this.name = translation === undefined ? "interpreter" : "translator";
    if (translation !== undefined) {
      this.#accelerator = new Accelerator(
        this.state,
        translation,
        (pc, inIt, pipeline) => this.#lookup(pc, inIt, pipeline),
        options.hotAfter ?? HOT_AFTER,
      );
    }
    parts.bus.onCodeWrite = (address, length) => this.#forget(address, length);
  }

  get xpsr(): number {
    return readXpsr(this.state);
  }

  set xpsr(value: number) {
    writeXpsr(this.state, value);
  }

  get fpscr(): number {
    return readFpscr(this.state);
  }

  set fpscr(value: number) {
    writeFpscr(this.state, value);
  }

  reset(vectorTable: number): void {
    const { bus } = this.state;
    this.#resetVectors = vectorTable;
    this.schedule.clear();
    bus.resetCounts();
    this.#instructions = this.#coreCycles = this.#sleepCycles = 0;
    this.#function = -1;
    this.#cyclesAtEntry = this.#instructionsAtEntry = 0;
    this.#profile.reset();
    this.#remembered = [];
    this.#rememberedCount = 0;
    this.#passing = -1;
    this.#resetCore();
    bus.resetCounts();
  }

  /** Resets core and devices; what has been counted stays. */
  #resetCore(): void {
    const cpu = this.state;
    cpu.reset(this.#resetVectors);
    followPrivilege(cpu);
    this.invalidateAll();
    for (const reset of this.onReset) reset();
    const sp = cpu.bus.read32(this.#resetVectors | 0);
    const entry = cpu.bus.read32((this.#resetVectors + 4) | 0);
    if ((entry & 1) === 0) {
      throw new InputError(
        "E-CPU-RESET-VECTOR",
        `Cannot reset: the vector table at ${formatAddress(this.#resetVectors >>> 0)} starts at ${
          formatAddress(entry >>> 0)
        }, needs an address with the Thumb bit (bit 0) set`,
        { hints: ["Check that the vector table is linked at the start of the boot region"] },
      );
    }
    cpu.r[13] = sp & ~3;
    cpu.next = entry & ~1;
    cpu.r[15] = cpu.next;
  }

  setInterrupt(interrupt: number, high: boolean): boolean {
    return setLine(this.state, interrupt, high);
  }

  takenFaults(): { readonly first: readonly string[]; readonly count: number } {
    return { first: this.#remembered, count: this.#rememberedCount };
  }

  save(): unknown {
    const saved: SavedEngine = {
      cpu: saveCpu(this.state),
      profile: this.#profile.save(),
      schedule: this.schedule.save(),
      instructions: this.#instructions,
      coreCycles: this.#coreCycles,
      sleepCycles: this.#sleepCycles,
      resetVectors: this.#resetVectors,
      remembered: [...this.#remembered],
      rememberedCount: this.#rememberedCount,
      function: this.#function,
      cyclesAtEntry: this.#cyclesAtEntry,
      instructionsAtEntry: this.#instructionsAtEntry,
    };
    return saved;
  }

  restore(from: unknown): void {
    const saved = from as SavedEngine;
    const hadFloat = this.state.fpEnabled;
    restoreCpu(this.state, saved.cpu);
    // Whether there is an FPU is decided when an instruction is decoded.
    if (this.state.fpEnabled !== hadFloat) this.invalidateAll();
    this.#profile.restore(saved.profile);
    this.schedule.restore(saved.schedule);
    this.#instructions = saved.instructions;
    this.#coreCycles = saved.coreCycles;
    this.#sleepCycles = saved.sleepCycles;
    this.#resetVectors = saved.resetVectors;
    this.#remembered = [...saved.remembered];
    this.#rememberedCount = saved.rememberedCount;
    this.#function = saved.function;
    this.#cyclesAtEntry = saved.cyclesAtEntry;
    this.#instructionsAtEntry = saved.instructionsAtEntry;
  }

  setBreakpoint(address: number, on: boolean): void {
    const at = address & ~1;
    if (on) this.#breakpoints.add(at);
    else this.#breakpoints.delete(at);
    this.#forget(at, 2);
  }

  invalidate(address: number, length: number): void {
    this.#forget(address, length);
  }

  invalidateAll(): void {
    this.#cache.clear();
    this.#accelerator?.clear();
  }

  #forget(address: number, length: number): void {
    this.#cache.forget(address, length);
    this.#accelerator?.forget(address, length);
  }

  /** An instruction for translation: of a known function, without a breakpoint. */
  #lookup(pc: number, inIt: boolean, pipeline: number): Op | undefined {
    if (this.#breakpoints.has(pc)) return undefined;
    const known = this.#cache.slots(pc, inIt, pipeline)[(pc >>> 1) & (PAGE_SLOTS - 1)];
    if (known !== undefined) return known;
    const { functionAt } = this.state.parts;
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

  cycles(): number {
    return this.#coreCycles + this.state.cycles + this.state.bus.waitCycles;
  }

  count(): RunCount {
    const coreCycles = this.#coreCycles + this.state.cycles;
    return {
      instructions: this.#instructions,
      cycles: coreCycles + this.state.bus.waitCycles,
      coreCycles,
      sleepCycles: this.#sleepCycles,
    };
  }

  functions(): readonly FunctionCount[] {
    if (this.#function >= 0) this.#leaveFunction(this.#function, this.#instructions);
    return this.#profile.list();
  }

  halt(stop: StopReason): void {
    this.state.stop ??= stop;
    this.state.limit = 0;
  }

  run(limits: Parameters<Engine["run"]>[0]): StopReason {
    const cpu = this.state;
    const lastInstruction = this.#instructions + (limits.maxInstructions ?? Infinity);
    const lastCycle = this.cycles() + (limits.maxCycles ?? Infinity);
    cpu.stop = undefined;
    followPrivilege(cpu);
    cpu.next = cpu.r[15] & ~1;
    this.#passing = cpu.next;
    let shown = this.#instructions;
    let turns = 0;
    while (cpu.stop === undefined) {
      this.#turn(lastInstruction, lastCycle);
      // A core that sleeps, or that keeps its host busy, executes few instructions a turn.
      if (this.#instructions - shown < CHUNK && ++turns < CHUNK_TURNS) continue;
      shown = this.#instructions;
      turns = 0;
      if (limits.onChunk?.() === true) cpu.stop ??= { kind: "limit", what: "time" };
    }
    cpu.r[15] = cpu.next;
    return cpu.stop;
  }

  /** What is due now, then instructions until something else may be due. */
  #turn(lastInstruction: number, lastCycle: number): void {
    const cpu = this.state;
    const { schedule } = this;
    const now = this.cycles();
    if (this.#instructions >= lastInstruction) cpu.stop = { kind: "limit", what: "instructions" };
    else if (now >= lastCycle) cpu.stop = { kind: "limit", what: "cycles" };
    if (cpu.stop !== undefined) return;
    if (schedule.next <= now) schedule.runDue();
    if (cpu.resetRequest !== 0) this.#resetCore();
    if (cpu.sleep !== 0 && this.#sleeping(now, lastCycle)) return;
    if (this.#takePending()) return;
    cpu.limit = Math.min(CHUNK, lastInstruction - this.#instructions);
    this.#execute(Math.min(lastCycle, schedule.next));
    if (this.#failure !== undefined) this.#fault(this.#failure, this.#failurePc);
    else if (cpu.excReturn !== 0) this.#return();
  }

  /** Does what the last instruction asked for by writing EXC_RETURN to PC. */
  #return(): void {
    const cpu = this.state;
    const pc = (cpu.r[15] - 4) | 0;
    try {
      exceptionReturn(cpu, cpu.excReturn);
    } catch (error) {
      this.#fault(error, pc);
    }
  }

  /** True if the core sleeps on: until the next event or limit, or for good, which stops the run. */
  #sleeping(now: number, lastCycle: number): boolean {
    const cpu = this.state;
    const event = cpu.sleep === 2 && cpu.event !== 0;
    if (event) cpu.event = 0;
    if (event || wakes(cpu)) {
      cpu.sleep = 0;
      return false;
    }
    const until = Math.min(this.schedule.next, lastCycle);
    if (this.schedule.next === Infinity) cpu.stop = { kind: "limit", what: "sleep" };
    else if (until > now) {
      this.#coreCycles += until - now;
      this.#sleepCycles += until - now;
    }
    return true;
  }

  /** Enters the exception that comes next, if there is one. */
  #takePending(): boolean {
    const cpu = this.state;
    const exception = nextPending(cpu);
    if (exception === 0) return false;
    try {
      enterException(cpu, exception, cpu.next);
    } catch (error) {
      this.#fault(error, cpu.next);
    }
    return true;
  }

  /**
   * The loop. Runs until the budget is used up, something stops it, or an instruction would start at or
   * after a cycle; collects the counts. `credit` is what is certainly left until that cycle: the clock is
   * read only when the worst cases of what has run have used it up.
   */
  #execute(horizon: number): void {
    const cpu = this.state;
    const { bus, r } = cpu;
    const cache = this.#cache;
    const { predicatedOut } = cpu.timing;
    let count = 0;
    let pc = cpu.next;
    let it = 0;
    let page = 1;
    let slots: Slots = [];
    let current = this.#function;
    const accelerator = this.#accelerator;
    /** True if the instruction at `pc` was fetched by translated code. */
    let fetched = false;
    /** True if there may be translated code at `pc`. */
    let probe = true;
    /** Where `count` was when translated code was last asked for. */
    let asked = 0;
    let credit = horizon - this.cycles();
    let pipeline = cpu.pipelineAt === pc ? cpu.pipeline : 0;
    this.#failure = undefined;
    try {
      while (count < cpu.limit) {
        if (credit <= 0) {
          credit = this.#left(horizon, credit);
          if (credit <= 0) break;
        }
        if (accelerator !== undefined && probe && cpu.it === 0) {
          probe = false;
          let unit = accelerator.find(pc, pipeline, count - asked);
          while (unit !== undefined) {
            let budget = accelerator.budget(unit, cpu.limit - count, credit);
            if (budget < unit.first) {
              credit = this.#left(horizon, credit);
              budget = accelerator.budget(unit, cpu.limit - count, credit);
              if (budget < unit.first) break;
            }
            if (unit.fn !== current) {
              this.#leaveFunction(unit.fn, this.#instructions + count);
              current = unit.fn;
            }
            count += accelerator.run(unit, budget);
            credit -= accelerator.spent;
            pc = cpu.next;
            pipeline = cpu.pipeline;
            probe = true;
            fetched = accelerator.fetched;
            unit = fetched || cpu.it !== 0 ? undefined : accelerator.find(pc, pipeline, 0);
          }
          asked = count;
          if (!fetched && (count >= cpu.limit || credit <= 0)) continue;
        }
        it = cpu.it;
        let op: Op | undefined;
        if (it === 0 && pipeline === 0) {
          if ((pc & PAGE_MASK) !== page) {
            page = pc & PAGE_MASK;
            slots = cache.slots(pc, false, 0);
          }
          op = slots[(pc >>> 1) & (PAGE_SLOTS - 1)];
        } else op = cache.slots(pc, it !== 0, pipeline)[(pc >>> 1) & (PAGE_SLOTS - 1)];
        op ??= this.#prepare(pc, it !== 0, pipeline);
        if (op === undefined) break;
        if (op.fn !== current) {
          this.#leaveFunction(op.fn, this.#instructions + count);
          current = op.fn;
        }
        if (fetched) fetched = false;
        else bus.fetch(pc, op.size);
        r[15] = (pc + 4) | 0;
        cpu.next = op.next;
        if (it === 0) {
          op.exec(cpu, op);
          cpu.cycles += op.cost;
        } else {
          cpu.it = (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);
          if (passes(cpu, it >>> 4) || op.encoding.always) {
            op.exec(cpu, op);
            cpu.cycles += op.cost;
          } else cpu.cycles += predicatedOut;
        }
        count++;
        credit -= op.worst;
        pc = cpu.next;
        if (pc === op.next) pipeline = op.after;
        else {
          pipeline = op.afterTaken;
          probe = true;
        }
      }
    } catch (error) {
      this.#failure = error;
      this.#failurePc = pc;
      cpu.it = it;
    }
    cpu.pipeline = pipeline;
    cpu.pipelineAt = pc;
    if (accelerator !== undefined) this.state.parts.translation?.collect();
    this.#instructions += count;
    this.#coreCycles += cpu.cycles;
    cpu.cycles = 0;
    this.#function = current;
  }

  /** Cycles until another one; what was believed to be left must not be more. */
  #left(horizon: number, credit: number): number {
    const left = horizon - this.cycles();
    if (credit > left + 1e-6) {
      throw new Error(`instructions took ${credit - left} cycles more than their worst case`);
    }
    return left;
  }

  /** Charges the running function and makes another one the running one. */
  #leaveFunction(index: number, instructions: number): void {
    const cycles = this.cycles();
    if (this.#function >= 0) {
      this.#profile.add(
        this.#function,
        cycles - this.#cyclesAtEntry,
        instructions - this.#instructionsAtEntry,
      );
    }
    this.#function = index;
    this.#cyclesAtEntry = cycles;
    this.#instructionsAtEntry = instructions;
  }

  /** Decodes the instruction at an address; undefined if there is a breakpoint to stop at. */
  #prepare(pc: number, inIt: boolean, pipeline: number): Op | undefined {
    const cpu = this.state;
    const breakpoint = this.#breakpoints.has(pc);
    if (breakpoint && this.#passing !== pc) {
      cpu.stop = { kind: "breakpoint", address: pc >>> 0 };
      return undefined;
    }
    this.#passing = -1;
    const op = this.#predecoder.decode(pc, inIt, pipeline);
    op.fn = this.#profile.indexOf(pc, this.#function);
    if (!breakpoint) this.#cache.slots(pc, inIt, pipeline)[(pc >>> 1) & (PAGE_SLOTS - 1)] = op;
    return op;
  }

  /** Takes a fault, or stops with its report. */
  #fault(error: unknown, pc: number): void {
    const cpu = this.state;
    const outcome = takeFault(cpu, error, pc, this.#faults);
    if (outcome.kind === "report") this.#stopWith(outcome.fault, pc);
    else if (outcome.kind === "ignored") this.#skip(pc);
    else if (this.#remembered.length < MOST_REMEMBERED) {
      this.#remembered.push(
        report(cpu, outcome.first, pc, this.#predecoder.text(pc)).message,
      );
    }
    if (outcome.kind !== "report") this.#rememberedCount++;
  }

  /** Counts an instruction whose access was ignored as executed. */
  #skip(pc: number): void {
    const cpu = this.state;
    const { it } = cpu;
    const op = this.#predecoder.decode(pc, it !== 0, 0);
    cpu.it = advanceIt(it);
    cpu.next = op.next;
    this.#coreCycles += op.cost;
    this.#instructions++;
  }

  #stopWith(fault: Fault, pc: number): void {
    this.state.next = pc;
    this.state.stop = {
      kind: "fault",
      fault: report(this.state, fault, pc, this.#predecoder.text(pc)),
    };
  }
}

/**
 * Makes the interpreter of a core.
 *
 * @param parts Core, memory, costs, functions
 * @param options What happens when the firmware faults
 * @returns The engine, to be reset before it runs
 *
 * @example Run four halfwords: two moves, an addition and a breakpoint instruction
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createInterpreter } from "./mod.ts";
 *
 * const memory = new DataView(new ArrayBuffer(64));
 * memory.setUint32(0, 0x40, true);
 * memory.setUint32(4, 0x11, true);
 * [0x2028, 0x2102, 0x1840, 0xbe00].forEach((word, i) => memory.setUint16(16 + 2 * i, word, true));
 * const none = () => {};
 * const engine = createInterpreter({
 *   core: "cortex-m4",
 *   fpu: "none",
 *   bus: {
 *     waitCycles: 0,
 *     read8: (a) => memory.getUint8(a),
 *     read16: (a) => memory.getUint16(a, true),
 *     read32: (a) => memory.getInt32(a, true),
 *     write8: none,
 *     write16: none,
 *     write32: none,
 *     fetch: none,
 *     decode16: (a) => memory.getUint16(a, true),
 *     onCodeWrite: undefined,
 *     resetCounts: none,
 *   },
 *   timing: {
 *     name: "one", accuracy: "none", source: "none",
 *     cost: () => 1, taken: () => 0, predicatedOut: 1, divide: () => 1,
 *   },
 *   semihost: () => undefined,
 *   functionAt: () => -1,
 *   functionNames: [],
 * });
 * engine.reset(0);
 * const stop = engine.run({ maxInstructions: 100 });
 * assertEquals(stop.kind === "fault" && stop.fault.cause, "breakpoint-instruction");
 * assertEquals(engine.registers[0], 42);
 * ```
 */
export function createInterpreter(
  parts: EngineParts,
  options: InterpreterOptions = {},
): Interpreter {
  return new PredecodingInterpreter(parts, options);
}
