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
import type { RunControl } from "../control.ts";
import { createInterpreter, type Interpreter } from "../cpu/mod.ts";
import { type ElfImage, type FunctionTable, SHF_ALLOC, SHF_EXECINSTR } from "../elf/mod.ts";
import { explainFault } from "../explain.ts";
import type { BoardBus } from "../memory/mod.ts";
import type { FaultReport, RegionCount, Stateful, StopReason, TimingModel } from "../types.ts";
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
export interface Offload extends Stateful {
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
  /** Calls back where such functions begin. */
  readonly control: RunControl;
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
  const { bus, core, control, elf, board } = parts;
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
      dsp: board.cpu.dsp,
      bus: workerBus,
      timing: parts.timing,
      semihost: () => ({ kind: "exit", code: 1 }),
      functionAt: parts.functions.at,
      functionNames: parts.functions.names,
    }, { faults: "report" });
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

  /** Runs a function; the reason to stop if it does not come to its end. */
  const perform = (worker: Worker): StopReason | undefined => {
    worker.calls++;
    begin(worker);
    const { maxInstructions, maxCycles, interrupted } = control.limits;
    const left = (limit: number, key: "instructions" | "cycles") =>
      Math.max(0, limit - sum(workers, key) - core.count()[key]);
    const stop = worker.engine.run({
      ...(maxInstructions !== undefined &&
        { maxInstructions: left(maxInstructions, "instructions") }),
      ...(maxCycles !== undefined && { maxCycles: left(maxCycles, "cycles") }),
      ...(interrupted !== undefined && { onChunk: interrupted }),
    });
    // Engines with copies of memory, or of code, learn of what changed as they do from the host.
    for (const { origin, end } of worker.bus.takeWritten()) {
      bus.hostWrite(origin, bus.hostRead(origin, end - origin));
    }
    if (stop.kind === "fault") return { kind: "fault", fault: explained(worker, stop.fault) };
    if (stop.kind === "limit") return stop;
    if (stop.kind !== "breakpoint") return { kind: "fault", fault: refused(worker) };
    core.registers[0] = worker.engine.registers[0] ?? 0;
    core.registers[15] = (core.registers[14] ?? 0) & ~1;
    core.floatRegisters[0] = worker.engine.floatRegisters[0] ?? 0;
    return undefined;
  };

  /** After the callbacks of the user's own breakpoints there, unless one of them moved the core. */
  const plan = (address: number, worker: Worker): void => {
    control.at({}, () => {
      if ((core.registers[15] ?? 0) >>> 0 !== address) return;
      const stop = perform(worker);
      if (stop === undefined) return;
      // Whoever goes on after a limit begins the function again.
      if (stop.kind === "limit") plan(address, worker);
      control.stop(stop);
    });
  };
  for (const [address, worker] of entries) {
    control.breakpoint(address, () => plan(address, worker));
  }

  return {
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
    save: () =>
      workers.map(({ engine, bus: own, calls }): SavedWorker => ({
        engine: engine.save(),
        bus: own.save(),
        calls,
      })),
    restore(saved) {
      for (const [i, state] of (saved as readonly SavedWorker[]).entries()) {
        const worker = workers[i];
        if (worker === undefined) continue;
        worker.engine.restore(state.engine);
        worker.bus.restore(state.bus);
        worker.calls = state.calls;
      }
    },
  };
}

interface SavedWorker {
  readonly engine: unknown;
  readonly bus: unknown;
  readonly calls: number;
}

/** What only the core can ask of its host. */
function refused({ initiator, engine }: Worker): FaultReport {
  return {
    exception: "HardFault",
    cause: "semihosting",
    pc: (engine.registers[15] ?? 0) >>> 0,
    initiator,
    message: `${initiator} makes a semihosting request, which only the core can`,
  };
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
