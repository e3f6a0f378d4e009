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
import { nextPending } from "../cpu/priority.ts";
import { restoreCpu, saveCpu, type SavedCpu } from "../cpu/save.ts";
import { CoreFault, CpuState, readXpsr, writeXpsr } from "../cpu/state.ts";
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
import { Ledger, type LedgerState } from "./ledger.ts";
import { UnicornMemory } from "./memory.ts";
import { MEM, REG, type UnicornCore, type UnicornProvider } from "./provider.ts";
import { pull, push } from "./registers.ts";
import { Unsupported } from "./unsupported.ts";

const CHUNK = 1 << 16;

/** Instructions that would enter an exception or wait for one. */
const EXCEPTIONAL: ReadonlySet<string> = new Set(["svc", "wfi"]);

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
  readonly #breakpoints = new Set<number>();
  /** Bounds of the run, and what the hooks found out. */
  #lastInstruction = Infinity;
  #lastCycle = Infinity;
  #nextChunk = Infinity;
  #onChunk: (() => void) | undefined;
  #passing = -1;
  #stoppedAt = 0;
  #pc = 0;
  #stop: StopReason | undefined;
  #semihosting: Op | undefined;
  #failure: unknown;
  /** True once the registers of the faulting instruction have been read. */
  #pulled = false;

  readonly #operand = (register: number): number =>
    this.#core.readRegister(REG.core[register] ?? 0);

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
    core.hook(
      (address, size) => this.#onCode(address, size),
      (type, address, size, value) => this.#onAccess(type, address, size, value),
      (type, address, size) => this.#onInvalid(type, address, size),
    );
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
    if (on) this.#breakpoints.add((address & ~1) >>> 0);
    else this.#breakpoints.delete((address & ~1) >>> 0);
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
    this.#stop ??= stop;
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
    this.#lastInstruction = this.#ledger.instructions + (limits.maxInstructions ?? Infinity);
    this.#lastCycle = this.cycles() + (limits.maxCycles ?? Infinity);
    this.#onChunk = limits.onChunk;
    this.#nextChunk = this.#ledger.instructions + CHUNK;
    this.#stop = undefined;
    this.#memory.mapDevices();
    this.#passing = this.#pc = (cpu.r[15] & ~1) >>> 0;
    // Whoever sets ITSTATE or PC between runs is believed.
    this.#ledger.it = cpu.it;
    if (this.#pc !== this.#stoppedAt) this.#ledger.pipeline = 0;
    while (this.#stop === undefined) this.#start();
    cpu.next = cpu.r[15];
    this.#stoppedAt = cpu.r[15] >>> 0;
    return this.#stop;
  }

  /** One stretch in Unicorn, from the registers to the registers. */
  #start(): void {
    const cpu = this.state;
    this.#failure = undefined;
    this.#semihosting = undefined;
    this.#pulled = false;
    push(cpu, this.#core);
    const error = this.#core.start(this.#pc);
    if (!this.#pulled) pull(cpu, this.#core);
    if (this.#failure === undefined && error !== 0) this.#failure = this.#reasonOf(error);
    if (this.#failure !== undefined) this.#fault(this.#failure);
    else if (this.#semihosting !== undefined) this.#serve(this.#semihosting);
    cpu.r[15] = this.#pc | 0;
    cpu.it = this.#ledger.it;
  }

  /** What an error means that no hook has explained. */
  #reasonOf(error: number): unknown {
    const pc = this.state.r[15];
    if ((this.#core.readRegister(REG.xpsr) & (1 << 24)) === 0) {
      this.#ledger.chargeBranch();
      return new CoreFault("invalid-state", pc >>> 0);
    }
    if (pc >>> 0 !== this.#pc) this.#ledger.arrive(pc);
    this.#pc = pc >>> 0;
    try {
      this.#ledger.decode(pc);
    } catch (reason) {
      return reason;
    }
    return new Unsupported(`the ${this.#core.name} core failed with error ${error}`);
  }

  #serve(op: Op): void {
    const stop = this.#parts.semihost(this.registers);
    this.#pc = op.next >>> 0;
    this.#ledger.arrive(this.#pc);
    if (stop !== undefined) this.#stop = stop;
  }

  #onCode(address: number, _size: number): void {
    if (this.#failure !== undefined) {
      this.#core.stop();
      return;
    }
    try {
      this.#ledger.arrive(address | 0);
      this.#pc = address;
      if (this.#mustStop(address)) {
        this.#core.stop();
        return;
      }
      this.registers[15] = (address + 4) | 0;
      const op = this.#ledger.begin(address | 0, this.#operand);
      const { name } = op.encoding;
      if (EXCEPTIONAL.has(name)) throw new Unsupported(`${name} needs exceptions`);
      if (name !== "bkpt") return;
      if (op.i !== 0xab) throw new CoreFault("breakpoint-instruction");
      this.#semihosting = op;
      this.#core.stop();
    } catch (error) {
      this.#failure = error;
      this.#core.stop();
    }
  }

  /** Decides before an instruction whether the run ends. */
  #mustStop(address: number): boolean {
    const { instructions } = this.#ledger;
    if (this.#stop === undefined) {
      if (instructions >= this.#lastInstruction) {
        this.#stop = { kind: "limit", what: "instructions" };
      } else if (this.cycles() >= this.#lastCycle) this.#stop = { kind: "limit", what: "cycles" };
      else if (this.#breakpoints.has(address) && this.#passing !== address) {
        this.#stop = { kind: "breakpoint", address };
      }
    }
    if (this.#stop !== undefined) return true;
    this.#passing = -1;
    if (this.schedule.next <= this.cycles()) this.schedule.runDue();
    this.#refuseExceptions();
    if (instructions >= this.#nextChunk) {
      this.#nextChunk = instructions + CHUNK;
      this.#onChunk?.();
    }
    return false;
  }

  /** Ends the run where the core would enter an exception or reset itself. */
  #refuseExceptions(): void {
    const cpu = this.state;
    if (cpu.resetRequest !== 0) throw new Unsupported("the program asks for a reset");
    if (cpu.pendingCount === 0) return;
    cpu.primask = this.#core.readRegister(REG.primask) & 1;
    cpu.basepri = this.#core.readRegister(REG.basepri) & 0xff;
    cpu.faultmask = this.#core.readRegister(REG.faultmask) & 1;
    const exception = nextPending(cpu);
    if (exception !== 0) throw new Unsupported(`exception ${exception} has to be taken`);
  }

  #onAccess(type: number, address: number, size: number, value: bigint): void {
    if (this.#failure !== undefined) return;
    try {
      if (type === MEM.write) this.#memory.written(this.state, address, size, value);
      else this.#memory.aboutToRead(this.state, address, size);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #onInvalid(type: number, address: number, size: number): void {
    if (this.#failure !== undefined) return;
    try {
      if (type === MEM.fetchUnmapped || type === MEM.fetchProtected) {
        this.#ledger.arrive(address | 0);
        this.#pc = address;
        this.#parts.bus.decode16(address);
      } else if (type === MEM.writeUnmapped || type === MEM.writeProtected) {
        this.#memory.written(this.state, address, size, 0n);
      } else this.#memory.aboutToRead(this.state, address, size);
      this.#giveUp(new Unsupported(`Unicorn refused an access to ${formatAddress(address)}`));
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Remembers why the instruction cannot end, and the registers as they are before it. */
  #giveUp(error: unknown): void {
    this.#failure = error;
    pull(this.state, this.#core);
    this.#pulled = true;
  }

  #fault(error: unknown): void {
    this.#ledger.abandon();
    if (error instanceof Unsupported) {
      this.#stop = { kind: "fault", fault: error.reportAt(this.#pc) };
      return;
    }
    const fault = explain(error);
    if (fault === undefined) throw error;
    record(this.state, fault);
    this.#stop = { kind: "fault", fault: this.#report(fault) };
  }

  #report(fault: Fault): FaultReport {
    let text: string | undefined;
    try {
      text = disassemble(this.#ledger.decode(this.#pc | 0));
    } catch (error) {
      if (!(error instanceof MemoryFault) && !(error instanceof CoreFault)) throw error;
    }
    return report(this.state, fault, this.#pc, text);
  }
}

/**
 * Makes the factory of a provider.
 *
 * @param open Opens a core
 */
export function unicornEngine(open: UnicornProvider): (parts: CoreParts) => CoreEngine {
  return (parts) => new UnicornEngine(open(), parts);
}
