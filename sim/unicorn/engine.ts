/**
 * Unicorn as an execution engine: it executes, the hooks count. Each instruction and each access is
 * reported to JavaScript, where the {@linkcode Ledger} and the bus charge it as they charge the
 * interpreter's. The bus's memory is the truth: Unicorn gets a copy, its writes arrive through a hook,
 * and what a device answers is put in place just before Unicorn reads it.
 *
 * What it cannot do: it takes no exceptions (SVC, faults and pending interrupts end the run with a report),
 * it stops only before instructions that execute (not before one whose condition fails), it knows a
 * conditional branch as taken by where it went (one to the next instruction costs as if not taken), and the
 * core behind it is Unicorn's Cortex-M33: an instruction that the board's core lacks is refused all the
 * same, because it is decoded here first, but double precision is not there.
 *
 * @module
 */
import type { CoreEngine, CoreParts } from "../engine.ts";
import { readFpscr, writeFpscr } from "../cpu/exceptions.ts";
import { disassemble } from "../cpu/disassembler.ts";
import { explain, type Fault, record, report } from "../cpu/faults.ts";
import type { Op } from "../cpu/op.ts";
import { restoreCpu, saveCpu, type SavedCpu } from "../cpu/save.ts";
import { CoreFault } from "../cpu/architecture.ts";
import { CpuState } from "../cpu/state.ts";
import { readXpsr, writeXpsr } from "../cpu/flags.ts";
import { InputError } from "../../src/base/error.ts";
import { formatAddress } from "../../src/base/units.ts";
import { Schedule, type ScheduleState } from "../schedule.ts";
import {
  type Engine,
  type FaultReport,
  type FunctionCount,
  MemoryFault,
  type RunCount,
  type StopReason,
} from "../types.ts";
import { Hooks } from "./hooks.ts";
import { Ledger, type LedgerState } from "./ledger.ts";
import { UnicornMemory } from "./memory.ts";
import { REG, type UnicornCore, type UnicornProvider } from "./provider.ts";
import { pull, push } from "./registers.ts";
import { Unsupported } from "./unsupported.ts";

interface SavedUnicorn {
  readonly cpu: SavedCpu;
  readonly ledger: LedgerState;
  readonly schedule: ScheduleState;
}

class UnicornEngine implements CoreEngine {
  readonly name: string;
  readonly accuracy =
    "counted from Unicorn's hooks: no exceptions; a conditional branch to the next instruction counts as not taken";
  readonly registers: Int32Array;
  readonly floatRegisters: Int32Array;
  readonly state: CpuState;
  readonly schedule: Schedule;
  readonly onReset: (() => void)[] = [];
  readonly #core: UnicornCore;
  readonly #parts: CoreParts;
  readonly #memory: UnicornMemory;
  readonly #ledger: Ledger;
  readonly #hooks: Hooks;
  #stoppedAt = 0;

  constructor(core: UnicornCore, parts: CoreParts) {
    this.#core = core;
    this.#parts = parts;
    this.name = `unicorn (${core.name})`;
    this.state = new CpuState({ ...parts, translation: undefined });
    this.registers = this.state.registers;
    this.floatRegisters = this.state.fpWords;
    this.#ledger = new Ledger(parts, this.state);
    this.schedule = new Schedule(() => this.cycles());
    this.#memory = new UnicornMemory(core, parts.bus, () => this.#ledger.forget());
    this.#hooks = new Hooks({
      core,
      state: this.state,
      ledger: this.#ledger,
      memory: this.#memory,
      bus: parts.bus,
      schedule: this.schedule,
    });
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
    const { bus } = this.#parts;
    const cpu = this.state;
    cpu.reset(vectorTable);
    this.schedule.clear();
    for (const reset of this.onReset) reset();
    const sp = bus.read32(vectorTable | 0);
    const entry = bus.read32((vectorTable + 4) | 0);
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
    cpu.r[15] = cpu.next = entry & ~1;
    bus.resetCounts();
    this.#ledger.reset();
    this.#memory.reload();
  }

  setBreakpoint(address: number, on: boolean): void {
    if (on) this.#hooks.breakpoints.add((address & ~1) >>> 0);
    else this.#hooks.breakpoints.delete((address & ~1) >>> 0);
  }

  invalidate(): void {
    this.#ledger.forget();
  }

  invalidateAll(): void {
    this.#ledger.forget();
  }

  cycles(): number {
    return this.#ledger.cycles();
  }

  count(): RunCount {
    const { instructions, coreCycles } = this.#ledger;
    return { instructions, coreCycles, cycles: this.#ledger.cycles(), sleepCycles: 0 };
  }

  functions(): readonly FunctionCount[] {
    return this.#ledger.functions();
  }

  halt(stop: StopReason): void {
    this.#hooks.stop ??= stop;
  }

  /** Unicorn has no interrupts. */
  setInterrupt(): boolean {
    return false;
  }

  takenFaults(): { readonly first: readonly string[]; readonly count: number } {
    return { first: [], count: 0 };
  }

  save(): unknown {
    const saved: SavedUnicorn = {
      cpu: saveCpu(this.state),
      ledger: this.#ledger.save(),
      schedule: this.schedule.save(),
    };
    return saved;
  }

  restore(from: unknown): void {
    const saved = from as SavedUnicorn;
    restoreCpu(this.state, saved.cpu);
    this.#ledger.restore(saved.ledger);
    this.schedule.restore(saved.schedule);
  }

  close(): void {
    this.#core.close();
  }

  notes(): string[] {
    return [
      "unicorn counts from its hooks: exceptions are not taken, instructions whose condition failed are " +
      "derived from the IT block",
    ];
  }

  run(limits: Parameters<Engine["run"]>[0]): StopReason {
    const cpu = this.state;
    const hooks = this.#hooks;
    this.#memory.mapDevices();
    hooks.begin((cpu.r[15] & ~1) >>> 0, limits);
    // Whoever sets ITSTATE or PC between runs is believed.
    this.#ledger.it = cpu.it;
    if (hooks.pc !== this.#stoppedAt) this.#ledger.pipeline = 0;
    while (hooks.stop === undefined) this.#stretch();
    cpu.next = cpu.r[15];
    this.#stoppedAt = cpu.r[15] >>> 0;
    return hooks.stop;
  }

  /** One stretch in Unicorn, from the registers to the registers. */
  #stretch(): void {
    const cpu = this.state;
    const hooks = this.#hooks;
    hooks.clear();
    push(cpu, this.#core);
    const error = this.#core.start(hooks.pc);
    if (!hooks.pulled) pull(cpu, this.#core);
    const ended = hooks.failure !== undefined || hooks.own !== undefined ||
      hooks.stop !== undefined;
    if (!ended) hooks.failure = this.#reasonOf(error);
    if (hooks.failure !== undefined) this.#fault(hooks.failure);
    else if (hooks.own !== undefined) this.#serve(hooks.own);
    cpu.r[15] = hooks.pc | 0;
    cpu.it = this.#ledger.it;
  }

  /** What an error means that no hook has explained. */
  #reasonOf(error: number): unknown {
    const pc = this.state.r[15];
    if ((this.#core.readRegister(REG.xpsr) & (1 << 24)) === 0) {
      this.#ledger.chargeBranch();
      return new CoreFault("invalid-state", pc >>> 0);
    }
    if (pc >>> 0 !== this.#hooks.pc) this.#ledger.arrive(pc);
    this.#hooks.pc = pc >>> 0;
    try {
      this.#ledger.decode(pc);
    } catch (reason) {
      return reason;
    }
    return new Unsupported(`the ${this.#core.name} core ended by itself with error ${error}`);
  }

  /** Does what Unicorn was not given. */
  #serve(op: Op): void {
    const stop = op.encoding.name === "bkpt" ? this.#parts.semihost(this.registers) : undefined;
    this.#hooks.pc = op.next >>> 0;
    this.#ledger.arrive(this.#hooks.pc);
    if (stop !== undefined) this.#hooks.stop = stop;
  }

  #fault(error: unknown): void {
    this.#ledger.abandon();
    if (error instanceof Unsupported) {
      this.#hooks.stop = { kind: "fault", fault: error.reportAt(this.#hooks.pc) };
      return;
    }
    const fault = explain(error);
    if (fault === undefined) throw error;
    record(this.state, fault);
    this.#hooks.stop = { kind: "fault", fault: this.#report(fault) };
  }

  #report(fault: Fault): FaultReport {
    let text: string | undefined;
    try {
      text = disassemble(this.#ledger.decode(this.#hooks.pc | 0));
    } catch (error) {
      if (!(error instanceof MemoryFault) && !(error instanceof CoreFault)) throw error;
    }
    return report(this.state, fault, this.#hooks.pc, text);
  }
}

/**
 * Makes the factory of a provider.
 *
 * @param open Opens a core
 *
 * @example With a module of unicorn.js that is loaded already
 * ```ts
 * import { type EngineFactory, openUnicornJs, unicornEngine, type UnicornJs } from "../mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const factory = (uc: UnicornJs): EngineFactory => unicornEngine(() => openUnicornJs(uc));
 * assertEquals(typeof factory, "function");
 * ```
 */
export function unicornEngine(open: UnicornProvider): (parts: CoreParts) => CoreEngine {
  return (parts) => new UnicornEngine(open(), parts);
}
