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
import type {
  Engine,
  EngineParts,
  FunctionCount,
  RunCount,
  Stateful,
  StopReason,
} from "../types.ts";
import { InputError } from "../../src/base/error.ts";
import { formatAddress } from "../../src/base/units.ts";
import { Account, type AccountState } from "./account.ts";
import { Code } from "./code.ts";
import { CpuState } from "./state.ts";
import { readXpsr, writeXpsr } from "./flags.ts";
import { FaultLog, type TakenFaults } from "./fault_log.ts";
import { RunLoop } from "./run_loop.ts";
import { restoreCpu, saveCpu, type SavedCpu } from "./save.ts";
import { enterException, exceptionReturn, readFpscr, writeFpscr } from "./exceptions.ts";
import { nextPending, setLine, wakes } from "./priority.ts";
import { followPrivilege } from "./privilege.ts";
import type { FaultPolicy } from "./take_fault.ts";
import { Schedule, type ScheduleState } from "../schedule.ts";

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
/** A snapshot of the engine. */
interface SavedEngine {
  readonly cpu: SavedCpu;
  readonly schedule: ScheduleState;
  readonly account: AccountState;
  readonly faults: TakenFaults;
  readonly resetVectors: number;
}

class PredecodingInterpreter implements Interpreter {
  readonly name: string;
  readonly registers: Int32Array;
  readonly floatRegisters: Int32Array;
  readonly state: CpuState;
  readonly schedule: Schedule;
  readonly onReset: (() => void)[] = [];
  readonly #code: Code;
  readonly #account: Account;
  readonly #faults: FaultLog;
  readonly #loop: RunLoop;
  #resetVectors = 0;

  constructor(parts: EngineParts, options: InterpreterOptions) {
    this.state = new CpuState(parts);
    this.registers = this.state.registers;
    this.floatRegisters = this.state.fpWords;
    const { translation } = parts;
    this.name = translation === undefined ? "interpreter" : "translator";
    this.#code = new Code(this.state, translation, options.hotAfter);
    this.#account = new Account(this.state);
    this.#faults = new FaultLog(this.state, this.#code, this.#account, options.faults ?? "auto");
    this.#loop = new RunLoop(this.state, this.#code, this.#account);
    this.schedule = new Schedule(() => this.cycles());
    this.schedule.onChange = () => this.state.limit = 0;
    this.state.forgetDecoded = () => this.invalidateAll();
    this.state.runDue = () => {
      if (this.schedule.next <= this.cycles()) this.schedule.runDue();
    };
    parts.bus.onCodeWrite = (address, length) => this.#code.forget(address, length);
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
    this.#account.reset();
    this.#faults.restore({ first: [], count: 0 });
    this.#code.passing = -1;
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

  takenFaults(): TakenFaults {
    return this.#faults.save();
  }

  save(): unknown {
    const saved: SavedEngine = {
      cpu: saveCpu(this.state),
      schedule: this.schedule.save(),
      account: this.#account.save(),
      faults: this.#faults.save(),
      resetVectors: this.#resetVectors,
    };
    return saved;
  }

  restore(from: unknown): void {
    const saved = from as SavedEngine;
    const hadFloat = this.state.fpEnabled;
    restoreCpu(this.state, saved.cpu);
    // Whether there is an FPU is decided when an instruction is decoded.
    if (this.state.fpEnabled !== hadFloat) this.invalidateAll();
    this.schedule.restore(saved.schedule);
    this.#account.restore(saved.account);
    this.#faults.restore(saved.faults);
    this.#resetVectors = saved.resetVectors;
  }

  setBreakpoint(address: number, on: boolean): void {
    this.#code.setBreakpoint(address, on);
  }

  invalidate(address: number, length: number): void {
    this.#code.forget(address, length);
  }

  invalidateAll(): void {
    this.#code.clear();
  }

  cycles(): number {
    return this.#account.cycles();
  }

  count(): RunCount {
    return this.#account.count();
  }

  functions(): readonly FunctionCount[] {
    return this.#account.functions();
  }

  halt(stop: StopReason): void {
    this.state.stop ??= stop;
    this.state.limit = 0;
  }

  run(limits: Parameters<Engine["run"]>[0]): StopReason {
    const cpu = this.state;
    const account = this.#account;
    const lastInstruction = account.instructions + (limits.maxInstructions ?? Infinity);
    const lastCycle = this.cycles() + (limits.maxCycles ?? Infinity);
    cpu.stop = undefined;
    followPrivilege(cpu);
    cpu.next = cpu.r[15] & ~1;
    this.#code.passing = cpu.next;
    let shown = account.instructions;
    let turns = 0;
    while (cpu.stop === undefined) {
      this.#turn(lastInstruction, lastCycle);
      // A core that sleeps, or that keeps its host busy, executes few instructions a turn.
      if (account.instructions - shown < CHUNK && ++turns < CHUNK_TURNS) continue;
      shown = account.instructions;
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
    const account = this.#account;
    const loop = this.#loop;
    const now = this.cycles();
    if (account.instructions >= lastInstruction) cpu.stop = { kind: "limit", what: "instructions" };
    else if (now >= lastCycle) cpu.stop = { kind: "limit", what: "cycles" };
    if (cpu.stop !== undefined) return;
    if (schedule.next <= now) schedule.runDue();
    if (cpu.resetRequest !== 0) this.#resetCore();
    if (cpu.sleep !== 0 && this.#sleeping(now, lastCycle)) return;
    if (this.#takePending()) return;
    cpu.limit = Math.min(CHUNK, lastInstruction - account.instructions);
    loop.execute(Math.min(lastCycle, schedule.next));
    if (loop.failure !== undefined) this.#faults.take(loop.failure, loop.failurePc);
    else if (cpu.excReturn !== 0) this.#return();
  }

  /** Does what the last instruction asked for by writing EXC_RETURN to PC. */
  #return(): void {
    const cpu = this.state;
    const pc = (cpu.r[15] - 4) | 0;
    try {
      exceptionReturn(cpu, cpu.excReturn);
    } catch (error) {
      this.#faults.take(error, pc);
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
    else if (until > now) this.#account.sleep(until - now);
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
      this.#faults.take(error, cpu.next);
    }
    return true;
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
