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
  type StopReason,
} from "../types.ts";
import { InputError } from "../../src/base/error.ts";
import { formatAddress } from "../../src/base/units.ts";
import { CoreFault, CpuState, EXCEPTION, passes, readXpsr, writeXpsr } from "./state.ts";
import { type Encoding, encoding, type Fields, Op } from "./op.ts";
import { createDecoder, type Decoder, isWide } from "./decoder.ts";
import { TABLE } from "./table.ts";
import { disassemble } from "./disassembler.ts";
import { CodeCache, PAGE_BITS, PAGE_SLOTS, type Slots } from "./code_cache.ts";
import { Profile } from "./profile.ts";
import {
  enterException,
  executionPriority,
  nextPending,
  readFpscr,
  StackingFault,
  writeFpscr,
} from "./exceptions.ts";
import { explain, type Fault, record, report } from "./faults.ts";
import { Accelerator } from "./wasm/accelerator.ts";

/** What happens when the firmware faults. */
export interface InterpreterOptions {
  /** `report` (default) stops the run with a fault report; `vector` enters the firmware's handler. */
  readonly faults?: "report" | "vector";
  /** With translation: times that a branch goes to a place before it is translated; default 40. */
  readonly hotAfter?: number;
}

/** An engine whose whole state can be seen and set. */
export interface Interpreter extends Engine {
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
  /** Forgets all predecoded instructions, because what they mean has changed. */
  invalidateAll(): void;
}

/** Instructions run before limits are looked at again. */
const CHUNK = 1 << 16;
/** No instruction takes more cycles than this many; the cycle limit is approached by that. */
const MOST_CYCLES = 256;
/** Times that a branch goes to a place before it is worth a translation. */
const HOT_AFTER = 40;
const PAGE_MASK = -1 << PAGE_BITS;
const NO_FIELDS: Fields = Object.freeze(
  Object.fromEntries([..."abcdefghijklmnoprstuwxyzDMN"].map((letter) => [letter, 0])),
) as Fields;

const failing = (cause: "undefined-instruction" | "no-fpu" | "no-coprocessor") => (): void => {
  throw new CoreFault(cause);
};

function unknown(size: 2 | 4, cause: "undefined-instruction" | "no-fpu" | "no-coprocessor") {
  return encoding("udf", "x".repeat(size * 8), "v6m", "nop", "", failing(cause));
}

const UNDEFINED_NARROW = unknown(2, "undefined-instruction");
const UNDEFINED_WIDE = unknown(4, "undefined-instruction");
const NO_FPU = unknown(4, "no-fpu");
const NO_COPROCESSOR = unknown(4, "no-coprocessor");

class PredecodingInterpreter implements Interpreter {
  readonly name: string;
  readonly registers: Int32Array;
  readonly floatRegisters: Int32Array;
  readonly state: CpuState;
  readonly #decoder: Decoder;
  readonly #cache = new CodeCache();
  readonly #breakpoints = new Set<number>();
  readonly #profile: Profile;
  readonly #vectorFaults: boolean;
  /** Translated code; undefined in the plain interpreter. */
  readonly #accelerator: Accelerator | undefined;
  /** Address whose breakpoint is passed over, −1 if none. */
  #passing = -1;
  #instructions = 0;
  #coreCycles = 0;
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
    this.#decoder = createDecoder(TABLE, this.state.features);
    this.#profile = new Profile(parts);
    this.#vectorFaults = options.faults === "vector";
    const { translation } = parts;
    this.name = translation === undefined ? "interpreter" : "translator";
    if (translation !== undefined) {
      this.#accelerator = new Accelerator(
        this.state,
        translation,
        (pc, inIt) => this.#lookup(pc, inIt),
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
    const cpu = this.state;
    cpu.reset(vectorTable);
    this.invalidateAll();
    const sp = cpu.bus.read32(vectorTable | 0);
    const entry = cpu.bus.read32((vectorTable + 4) | 0);
    if ((entry & 1) === 0) {
      throw new InputError(
        "E-CPU-RESET-VECTOR",
        `Cannot reset: the vector table at ${formatAddress(vectorTable >>> 0)} starts at ${
          formatAddress(entry >>> 0)
        }, needs an address with the Thumb bit (bit 0) set`,
        { hints: ["Check that the vector table is linked at the start of the boot region"] },
      );
    }
    cpu.r[13] = sp & ~3;
    cpu.next = entry & ~1;
    cpu.r[15] = cpu.next;
    cpu.bus.resetCounts();
    this.#instructions = this.#coreCycles = 0;
    this.#function = -1;
    this.#cyclesAtEntry = this.#instructionsAtEntry = 0;
    this.#profile.reset();
    this.#passing = -1;
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
  #lookup(pc: number, inIt: boolean): Op | undefined {
    if (this.#breakpoints.has(pc)) return undefined;
    const known = this.#cache.slots(pc, inIt)[(pc >>> 1) & (PAGE_SLOTS - 1)];
    if (known !== undefined) return known;
    const { functionAt } = this.state.parts;
    const fn = functionAt(pc >>> 0);
    if (fn < 0) return undefined;
    try {
      const op = this.#decode(pc, inIt);
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
    cpu.next = cpu.r[15] & ~1;
    this.#passing = cpu.next;
    while (cpu.stop === undefined) {
      const instructionsLeft = lastInstruction - this.#instructions;
      const cyclesLeft = lastCycle - this.cycles();
      if (instructionsLeft <= 0) cpu.stop = { kind: "limit", what: "instructions" };
      else if (cyclesLeft <= 0) cpu.stop = { kind: "limit", what: "cycles" };
      else {
        this.#takePending();
        if (cpu.stop !== undefined) break;
        const bound = Math.max(1, Math.floor(cyclesLeft / MOST_CYCLES));
        cpu.limit = Math.min(CHUNK, instructionsLeft, bound);
        this.#execute();
        limits.onChunk?.();
        if (this.#failure !== undefined) this.#fault(this.#failure, this.#failurePc);
      }
    }
    cpu.r[15] = cpu.next;
    return cpu.stop;
  }

  #takePending(): void {
    const cpu = this.state;
    const exception = nextPending(cpu);
    if (exception === 0) return;
    try {
      enterException(cpu, exception, cpu.next);
    } catch (error) {
      this.#fault(error, cpu.next);
    }
  }

  /** The loop. Runs until the budget is used up or something stops it; collects the counts. */
  #execute(): void {
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
    this.#failure = undefined;
    try {
      while (count < cpu.limit) {
        if (accelerator !== undefined && probe && cpu.it === 0) {
          probe = false;
          for (let unit = accelerator.find(pc); unit !== undefined;) {
            const budget = cpu.limit - count;
            if (budget < unit.first) break;
            if (unit.fn !== current) {
              this.#leaveFunction(unit.fn, this.#instructions + count);
              current = unit.fn;
            }
            count += accelerator.run(unit, budget);
            pc = cpu.next;
            probe = true;
            fetched = accelerator.fetched;
            unit = fetched || cpu.it !== 0 ? undefined : accelerator.find(pc);
          }
          if (count >= cpu.limit && !fetched) break;
        }
        it = cpu.it;
        let op: Op | undefined;
        if (it === 0) {
          if ((pc & PAGE_MASK) !== page) {
            page = pc & PAGE_MASK;
            slots = cache.slots(pc, false);
          }
          op = slots[(pc >>> 1) & (PAGE_SLOTS - 1)];
        } else op = cache.slots(pc, true)[(pc >>> 1) & (PAGE_SLOTS - 1)];
        op ??= this.#prepare(pc, it !== 0);
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
          if (passes(cpu, it >>> 4)) {
            op.exec(cpu, op);
            cpu.cycles += op.cost;
          } else cpu.cycles += predicatedOut;
        }
        count++;
        pc = cpu.next;
        if (pc !== op.next) probe = true;
      }
    } catch (error) {
      this.#failure = error;
      this.#failurePc = pc;
      cpu.it = it;
    }
    if (accelerator !== undefined) this.state.parts.translation?.collect();
    this.#instructions += count;
    this.#coreCycles += cpu.cycles;
    cpu.cycles = 0;
    this.#function = current;
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
  #prepare(pc: number, inIt: boolean): Op | undefined {
    const cpu = this.state;
    const breakpoint = this.#breakpoints.has(pc);
    if (breakpoint && this.#passing !== pc) {
      cpu.stop = { kind: "breakpoint", address: pc >>> 0 };
      return undefined;
    }
    this.#passing = -1;
    const op = this.#decode(pc, inIt);
    op.fn = this.#profile.indexOf(pc, this.#function);
    if (!breakpoint) this.#cache.slots(pc, inIt)[(pc >>> 1) & (PAGE_SLOTS - 1)] = op;
    return op;
  }

  #decode(pc: number, inIt: boolean): Op {
    const cpu = this.state;
    const first = cpu.bus.decode16(pc);
    const wide = isWide(first);
    const second = wide ? cpu.bus.decode16((pc + 2) | 0) : 0;
    const word = wide ? (first << 16) | second : first;
    const op = this.#decoder.decode(first, second, pc, inIt);
    const line = op === undefined ? this.#missing(first, second) : this.#forbidden(op.encoding);
    if (line !== undefined) return new Op(line, NO_FIELDS, pc, word, inIt);
    if (op === undefined) return new Op(UNDEFINED_NARROW, NO_FIELDS, pc, word, inIt);
    const { timing } = op.encoding;
    op.cost = timing === "div" ? 0 : cpu.timing.cost(timing, op.count);
    op.taken = cpu.timing.taken(timing);
    return op;
  }

  /** The line that raises the right fault for an instruction that the core does not have. */
  #missing(first: number, second: number): Encoding {
    if (!isWide(first)) return UNDEFINED_NARROW;
    const coprocessorSpace = (first & 0xec00) === 0xec00;
    const coprocessor = (second >>> 8) & 0xf;
    if (this.state.baseline || !coprocessorSpace) return UNDEFINED_WIDE;
    if (coprocessor === 10 || coprocessor === 11) {
      return this.state.fpEnabled ? UNDEFINED_WIDE : NO_FPU;
    }
    return (first & 0x0300) === 0x0300 ? UNDEFINED_WIDE : NO_COPROCESSOR;
  }

  #forbidden({ feature }: Encoding): Encoding | undefined {
    const isFloat = feature === "fp" || feature === "fp5" || feature === "fp64";
    return isFloat && !this.state.fpEnabled ? NO_FPU : undefined;
  }

  /** Reports a fault, or enters the exception that the architecture takes for it. */
  #fault(error: unknown, pc: number): void {
    const cpu = this.state;
    const fault = explain(error);
    if (fault === undefined) throw error;
    record(cpu, fault);
    if (!this.#vectorFaults) {
      this.#stopWith(fault, pc);
      return;
    }
    const exception = this.#escalate(fault);
    if (exception === undefined) {
      const lockup = explain(new CoreFault("lockup"));
      this.#stopWith(lockup ?? fault, pc);
      return;
    }
    const returnAddress = fault.cause === "invalid-state" && fault.address !== undefined
      ? fault.address & ~1
      : pc;
    try {
      enterException(cpu, exception, returnAddress, !(error instanceof StackingFault));
    } catch (second) {
      if (exception === EXCEPTION.hardFault) {
        const lockup = explain(new CoreFault("lockup"));
        this.#stopWith(lockup ?? fault, pc);
      } else this.#fault(second, pc);
    }
  }

  #stopWith(fault: Fault, pc: number): void {
    this.state.next = pc;
    this.state.stop = { kind: "fault", fault: report(this.state, fault, pc, this.#textAt(pc)) };
  }

  /** The instruction at an address as text; undefined if there is none. */
  #textAt(pc: number): string | undefined {
    const { bus } = this.state;
    try {
      const first = bus.decode16(pc);
      const second = isWide(first) ? bus.decode16((pc + 2) | 0) : 0;
      const op = this.#decoder.decode(first, second, pc, false);
      if (op !== undefined) return disassemble(op);
      const digits = [first, second].slice(0, isWide(first) ? 2 : 1);
      return digits.map((half) => half.toString(16).padStart(4, "0")).join(" ");
    } catch (error) {
      if (error instanceof MemoryFault) return undefined;
      throw error;
    }
  }

  /** The exception that is taken for a fault; undefined if the core locks up. */
  #escalate(fault: Fault): number | undefined {
    const cpu = this.state;
    const priority = executionPriority(cpu);
    const { exception } = fault;
    if (exception !== EXCEPTION.hardFault && !cpu.baseline) {
      const enabled = (cpu.system.shcsr >>> (12 + exception)) & 1;
      if (enabled === 1 && (cpu.priority[exception] ?? 0) < priority) return exception;
      cpu.system.hfsr |= 1 << 30;
    }
    return priority > -1 ? EXCEPTION.hardFault : undefined;
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
