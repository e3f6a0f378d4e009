/**
 * Functions that another initiator runs. Where the core would enter such a function, a second core does
 * instead, on the same memory seen through the initiator's reach; the first one waits and goes on behind
 * the call with the result. It stands for an accelerator whose driver passes arguments as the procedure
 * call standard does (AAPCS32): the same program does the same on a board without it, on the core.
 *
 * The second core is of the board's kind with its timing model, and its program and stack are its own. What
 * this shows is reach and traffic by region; an accelerator's speed is that of no Cortex-M.
 *
 * @module
 */
import { formatAddress, formatBytes } from "../../src/base/units.ts";
import type { Board } from "../../src/board/types.ts";
import { createInterpreter, type Interpreter } from "../cpu/mod.ts";
import { type ElfImage, type FunctionTable, SHF_ALLOC, SHF_EXECINSTR } from "../elf/mod.ts";
import { explainFault } from "../explain.ts";
import type { BoardBus } from "../memory/mod.ts";
import type { FaultReport, RegionCount, StopReason, TimingModel } from "../types.ts";
import { type AddressRange, createInitiatorBus, type InitiatorBus } from "./bus.ts";

/** Who runs which functions. */
export interface OffloadedFunctions {
  /** The initiator, as in the board's regions. */
  readonly initiator: string;
  /** Symbols of its functions; those that they call run there too. */
  readonly functions: readonly string[];
  /** Buffers that they touch: buffers share addresses, so a fault can name the right one. */
  readonly buffers?: readonly { readonly symbol: string; readonly size: number }[] | undefined;
}

/** What an initiator did since reset. */
export interface InitiatorCount {
  /** Its name. */
  readonly name: string;
  /** Times that one of its functions was entered from the core. */
  readonly calls: number;
  /** Instructions of its second core. */
  readonly instructions: number;
  /** `coreCycles` plus those of all regions; the core waits so long. */
  readonly cycles: number;
  /** Cycles of the instructions at zero wait states. */
  readonly coreCycles: number;
  /** Reads and writes by region, in board order. */
  readonly regions: readonly RegionCount[];
}

/** What runs functions elsewhere. */
export interface Offload {
  /** Whether a function that begins at an address runs elsewhere. */
  has(address: number): boolean;
  /** Makes the core stop where such functions begin. */
  arm(): void;
  /**
   * Runs the function at which the core stands, if it is such a one.
   *
   * @returns False if it is not; true after it; a reason to stop if it faulted or a limit was reached
   */
  perform(
    limits: {
      readonly maxInstructions?: number | undefined;
      readonly maxCycles?: number | undefined;
    },
  ): boolean | StopReason;
  /** Counts, in the order in which the initiators were given. */
  counts(): InitiatorCount[];
  /** What a reader of the counts must know, beside the core's notes. */
  notes(): string[];
  /** Power-on. */
  reset(): void;
}

/** What it needs of the machine that it is in. */
export interface OffloadParts {
  /** The board. */
  readonly board: Board;
  /** The program. */
  readonly elf: ElfImage;
  /** Its functions. */
  readonly functions: FunctionTable;
  /** The core's memory. */
  readonly bus: BoardBus;
  /** The core. */
  readonly core: Interpreter;
  /** Costs. */
  readonly timing: TimingModel;
}

/** Stack of the second core, and a page with its vector table. */
const STACK_BYTES = 64 * 1024;
const TABLE_BYTES = 4096;
/** Where the second core returns to when its function ends. */
const RETURN_OFFSET = 64;
/** What of the caller's stack holds arguments; more than any function has. */
const ARGUMENT_BYTES = 256;

interface Worker {
  readonly initiator: string;
  readonly buffers: NonNullable<OffloadedFunctions["buffers"]>;
  readonly bus: InitiatorBus;
  readonly engine: Interpreter;
  calls: number;
}

/**
 * Makes what runs functions elsewhere.
 *
 * @param parts The machine's parts
 * @param offloaded Who runs what; symbols that the program lacks are ignored
 */
export function createOffload(
  parts: OffloadParts,
  offloaded: readonly OffloadedFunctions[],
): Offload {
  const { bus, core, elf, board } = parts;
  const own = freeRange(bus, STACK_BYTES + TABLE_BYTES);
  const program = elf.sections
    .filter(({ flags }) => (flags & SHF_ALLOC) !== 0 && (flags & SHF_EXECINSTR) !== 0)
    .map(({ addr, size }): AddressRange => ({ origin: addr, end: addr + size }));
  const workers = offloaded.map(({ initiator, buffers = [] }): Worker => {
    const workerBus = createInitiatorBus({
      initiator,
      windows: bus.windows,
      store: bus.store,
      program,
      own,
    });
    const engine = createInterpreter({
      core: board.cpu.core,
      fpu: board.cpu.fpu,
      bus: workerBus,
      timing: parts.timing,
      semihost: () => ({ kind: "exit", code: 1 }),
      functionAt: parts.functions.at,
      functionNames: parts.functions.names,
    });
    engine.setBreakpoint(own.origin + RETURN_OFFSET, true);
    return { initiator, buffers, bus: workerBus, engine, calls: 0 };
  });
  const entries = new Map<number, Worker>();
  offloaded.forEach(({ functions }, i) => {
    const worker = workers[i];
    for (const name of functions) {
      const symbol = elf.symbol(name);
      if (symbol !== undefined && worker !== undefined) entries.set(symbol.address >>> 0, worker);
    }
  });

  /** The worker's own buffer at an address, with offset. */
  const bufferAt = ({ buffers }: Worker, at: number): string | undefined => {
    for (const { symbol: name, size } of buffers) {
      const offset = at - (elf.symbol(name)?.address ?? Infinity);
      if (offset < 0 || offset >= size) continue;
      return offset === 0 ? name : `${name}+0x${offset.toString(16)}`;
    }
    return undefined;
  };

  const explained = (worker: Worker, fault: FaultReport): FaultReport => {
    const general = explainFault(fault, elf, parts.functions, bus.windows);
    const symbol = fault.address === undefined ? undefined : bufferAt(worker, fault.address);
    const found = symbol === undefined ? general : { ...general, symbol };
    const region = board.regions.find((one) => one.name === found.region);
    const overflow = fault.address !== undefined && fault.address < own.origin &&
      fault.address >= own.origin - STACK_BYTES;
    const message = overflow
      ? `${worker.initiator} needs more than the ${
        formatBytes(STACK_BYTES)
      } of stack that it has, in ${found.function}`
      : found.cause === "out-of-reach" && found.address !== undefined
      ? `${worker.initiator} cannot reach ${found.region}: in ${found.function}, ${found.access} of ` +
        `${found.symbol ?? "no symbol"} at ${
          formatAddress(found.address)
        }; ${found.region} is reached by ` +
        `${region?.initiators.join(", ") ?? "the core"}`
      : `${worker.initiator}: ${found.message}`;
    return { ...found, initiator: worker.initiator, message };
  };

  const begin = ({ engine }: Worker): void => {
    const registers = engine.registers;
    const from = core.registers;
    const sp = (from[13] ?? 0) >>> 0;
    const stack = bus.windows.find(({ origin, end }) => sp >= origin && sp < end);
    const bytes = Math.min(ARGUMENT_BYTES, (stack?.end ?? sp) - sp);
    const top = own.end - ARGUMENT_BYTES;
    bus.hostRead(sp, bytes).forEach((byte, i) => engine.state.bus.write8(top + i, byte));
    for (let i = 0; i < 4; i++) registers[i] = from[i] ?? 0;
    registers[13] = top;
    registers[14] = (own.origin + RETURN_OFFSET) | 1;
    registers[15] = from[15] ?? 0;
    engine.floatRegisters.set(core.floatRegisters);
    if (core.state.fpEnabled !== engine.state.fpEnabled) {
      engine.state.system.cpacr = core.state.system.cpacr;
      engine.invalidateAll();
    }
    engine.fpscr = core.fpscr;
  };

  const offload: Offload = {
    has: (address) => entries.has(address >>> 0),
    arm() {
      for (const address of entries.keys()) core.setBreakpoint(address, true);
    },
    perform(limits) {
      const worker = entries.get((core.registers[15] ?? 0) >>> 0);
      if (worker === undefined) return false;
      worker.calls++;
      begin(worker);
      const left = (limit: number | undefined, key: "instructions" | "cycles") =>
        limit === undefined
          ? undefined
          : Math.max(0, limit - sum(workers, key) - core.count()[key]);
      const maxInstructions = left(limits.maxInstructions, "instructions");
      const maxCycles = left(limits.maxCycles, "cycles");
      const stop = worker.engine.run({
        ...(maxInstructions !== undefined && { maxInstructions }),
        ...(maxCycles !== undefined && { maxCycles }),
      });
      for (const { origin, end } of worker.bus.takeWritten()) core.invalidate(origin, end - origin);
      if (stop.kind === "fault") return { kind: "fault", fault: explained(worker, stop.fault) };
      if (stop.kind === "limit") return stop;
      if (stop.kind === "exit") {
        const pc = (worker.engine.registers[15] ?? 0) >>> 0;
        return {
          kind: "fault",
          fault: {
            exception: "HardFault",
            cause: "semihosting",
            pc,
            initiator: worker.initiator,
            message: `${worker.initiator} makes a semihosting request, which only the core can`,
          },
        };
      }
      core.registers[0] = worker.engine.registers[0] ?? 0;
      core.registers[15] = (core.registers[14] ?? 0) & ~1;
      core.floatRegisters[0] = worker.engine.floatRegisters[0] ?? 0;
      return true;
    },
    counts: () =>
      workers.map(({ initiator, bus: own, engine, calls }) => ({
        name: initiator,
        calls,
        ...engine.count(),
        regions: own.counts(),
      })),
    notes: () =>
      workers.flatMap(({ initiator, bus: own }) =>
        own.notes().map((note) => `${initiator}: ${note}`)
      ),
    reset() {
      for (const worker of workers) {
        worker.calls = 0;
        // The vector table: initial stack pointer, and any address with the Thumb bit.
        worker.bus.write32(own.origin, own.end - ARGUMENT_BYTES);
        worker.bus.write32(own.origin + 4, (own.origin + RETURN_OFFSET) | 1);
        worker.engine.reset(own.origin);
      }
    },
  };
  return offload;
}

function sum(workers: readonly Worker[], key: "instructions" | "cycles"): number {
  return workers.reduce((total, { engine }) => total + engine.count()[key], 0);
}

/** Addresses of normal memory that the board does not use. */
function freeRange(bus: BoardBus, bytes: number): AddressRange {
  const step = 1 << 20;
  for (let origin = 0x9ff0_0000; origin > 0; origin -= step) {
    const range = { origin, end: origin + bytes };
    if (bus.windows.every((window) => window.end <= range.origin || window.origin >= range.end)) {
      return range;
    }
  }
  return { origin: 0, end: 0 };
}
