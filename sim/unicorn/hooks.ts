/**
 * What happens in Unicorn's hooks: counting, and finding out why a run ends.
 *
 * @module
 */
import { formatAddress } from "../../src/base/units.ts";
import type { Op } from "../cpu/op.ts";
import { nextPending } from "../cpu/priority.ts";
import { CoreFault } from "../cpu/architecture.ts";
import type { CpuState } from "../cpu/state.ts";
import type { BoardBus } from "../memory/mod.ts";
import type { Schedule } from "../schedule.ts";
import type { Engine, StopReason } from "../types.ts";
import type { Ledger } from "./ledger.ts";
import type { UnicornMemory } from "./memory.ts";
import { MEM, REG, type UnicornCore } from "./provider.ts";
import { pull } from "./registers.ts";
import { Unsupported } from "./unsupported.ts";

const CHUNK = 1 << 16;

/** Instructions that would enter an exception or wait for one. */
const EXCEPTIONAL: ReadonlySet<string> = new Set(["svc", "wfi", "wfe"]);

/** What the hooks work on. */
export interface HookParts {
  /** Unicorn. */
  readonly core: UnicornCore;
  /** Where the registers are kept between stretches. */
  readonly state: CpuState;
  /** Counts. */
  readonly ledger: Ledger;
  /** Memory in step with the bus. */
  readonly memory: UnicornMemory;
  /** The bus. */
  readonly bus: BoardBus;
  /** What is due at which cycle. */
  readonly schedule: Schedule;
}

/** The hooks of one core, and what they found out. */
export class Hooks {
  /** Addresses to stop at. */
  readonly breakpoints: Set<number> = new Set();
  /** Address of the instruction that executes, or comes next. */
  pc: number = 0;
  /** Why the run ends, if a hook or a device decided so. */
  stop: StopReason | undefined;
  /** The instruction that Unicorn is not given: a semihosting request, or YIELD, at which it ends. */
  own: Op | undefined;
  /** What was thrown instead of executing an instruction. */
  failure: unknown;
  /** True once the registers of the failing instruction have been read. */
  pulled: boolean = false;
  readonly #core: UnicornCore;
  readonly #state: CpuState;
  readonly #ledger: Ledger;
  readonly #memory: UnicornMemory;
  readonly #bus: BoardBus;
  readonly #schedule: Schedule;
  #lastInstruction = Infinity;
  #lastCycle = Infinity;
  #nextChunk = Infinity;
  #onChunk: (() => boolean | void) | undefined;
  #passing = -1;

  readonly #operand = (register: number): number =>
    this.#core.readRegister(REG.core[register] ?? 0);

  /** @param parts What they work on */
  constructor(parts: HookParts) {
    this.#core = parts.core;
    this.#state = parts.state;
    this.#ledger = parts.ledger;
    this.#memory = parts.memory;
    this.#bus = parts.bus;
    this.#schedule = parts.schedule;
    parts.core.hook(
      (address) => this.onCode(address),
      (type, address, size, value) => this.onAccess(type, address, size, value),
      (type, address, size) => this.onInvalid(type, address, size),
    );
  }

  /** Begins a run at an address, whose breakpoint is passed. */
  begin(pc: number, limits: Parameters<Engine["run"]>[0]): void {
    this.#lastInstruction = this.#ledger.instructions + (limits.maxInstructions ?? Infinity);
    this.#lastCycle = this.#ledger.cycles() + (limits.maxCycles ?? Infinity);
    this.#onChunk = limits.onChunk;
    this.#nextChunk = this.#ledger.instructions + CHUNK;
    this.stop = undefined;
    this.#passing = this.pc = pc;
  }

  /** Begins a stretch. */
  clear(): void {
    this.failure = undefined;
    this.own = undefined;
    this.pulled = false;
  }

  /** Before an instruction: settles the one before, decides whether to stop, counts this one. */
  onCode(address: number): void {
    if (this.failure !== undefined) {
      this.#core.stop();
      return;
    }
    try {
      this.#ledger.arrive(address | 0);
      this.pc = address;
      if (this.#mustStop(address)) {
        this.#core.stop();
        return;
      }
      this.#state.registers[15] = (address + 4) | 0;
      const op = this.#ledger.begin(address | 0, this.#operand);
      const { name } = op.encoding;
      if (EXCEPTIONAL.has(name)) throw new Unsupported(`${name} needs exceptions`);
      if (name !== "bkpt" && name !== "yield") return;
      if (name === "bkpt" && op.i !== 0xab) throw new CoreFault("breakpoint-instruction");
      this.own = op;
      this.#core.stop();
    } catch (error) {
      this.failure = error;
      this.#core.stop();
    }
  }

  /** Decides before an instruction whether the run ends. */
  #mustStop(address: number): boolean {
    const { instructions } = this.#ledger;
    if (this.stop === undefined) {
      if (instructions >= this.#lastInstruction) {
        this.stop = { kind: "limit", what: "instructions" };
      } else if (this.#ledger.cycles() >= this.#lastCycle) {
        this.stop = { kind: "limit", what: "cycles" };
      } else if (this.breakpoints.has(address) && this.#passing !== address) {
        this.stop = { kind: "breakpoint", address };
      }
    }
    if (this.stop !== undefined) return true;
    this.#passing = -1;
    if (this.#schedule.next <= this.#ledger.cycles()) this.#schedule.runDue();
    this.#refuseExceptions();
    if (instructions >= this.#nextChunk) {
      this.#nextChunk = instructions + CHUNK;
      if (this.#onChunk?.() === true) {
        this.stop = { kind: "limit", what: "time" };
        return true;
      }
    }
    return false;
  }

  /** Ends the run where the core would enter an exception or reset itself. */
  #refuseExceptions(): void {
    const cpu = this.#state;
    if (cpu.resetRequest !== 0) throw new Unsupported("the program asks for a reset");
    if (cpu.pendingCount === 0) return;
    cpu.primask = this.#core.readRegister(REG.primask) & 1;
    cpu.basepri = this.#core.readRegister(REG.basepri) & 0xff;
    cpu.faultmask = this.#core.readRegister(REG.faultmask) & 1;
    const exception = nextPending(cpu);
    if (exception !== 0) throw new Unsupported(`exception ${exception} has to be taken`);
  }

  /** Before an access that Unicorn makes. */
  onAccess(type: number, address: number, size: number, value: bigint): void {
    if (this.failure !== undefined) return;
    try {
      if (type === MEM.write) this.#memory.written(this.#state, address, size, value);
      else this.#memory.aboutToRead(this.#state, address, size);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** For an access that Unicorn refuses: the bus says why, as it would to the interpreter. */
  onInvalid(type: number, address: number, size: number): void {
    if (this.failure !== undefined) return;
    try {
      if (type === MEM.fetchUnmapped || type === MEM.fetchProtected) {
        this.#ledger.arrive(address | 0);
        this.pc = address;
        this.#bus.decode16(address);
      } else if (type === MEM.writeUnmapped || type === MEM.writeProtected) {
        this.#memory.written(this.#state, address, size, 0n);
      } else this.#memory.aboutToRead(this.#state, address, size);
      this.#giveUp(new Unsupported(`Unicorn refused an access to ${formatAddress(address)}`));
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Remembers why the instruction cannot end, and the registers as they are before it. */
  #giveUp(error: unknown): void {
    this.failure = error;
    pull(this.#state, this.#core);
    this.pulled = true;
  }
}
