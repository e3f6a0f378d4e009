/**
 * A board with a program in it: memory, core, devices and console, from power-on to the end of a run.
 *
 * @module
 */
import { InputError } from "../src/base/error.ts";
import { formatAddress, formatBytes } from "../src/base/units.ts";
import type { Board } from "../src/board/types.ts";
import { createInterpreter, type FaultPolicy, type Interpreter } from "./cpu/mod.ts";
import {
  type BoardDevices,
  type ConsoleText,
  createBoardDevices,
  type DeviceOptions,
} from "./devices/board_devices.ts";
import { createSystemControl } from "./devices/scs.ts";
import { createSemihosting } from "./devices/semihosting.ts";
import { type ElfImage, type ElfSymbol, functionTable } from "./elf/mod.ts";
import { explainFault } from "./explain.ts";
import { loadSegments } from "./load.ts";
import { type BoardBus, createBus } from "./memory/mod.ts";
import type { Schedule } from "./schedule.ts";
import { timingFor } from "./timing/mod.ts";
import {
  type Device,
  type Engine,
  type FunctionCount,
  MemoryFault,
  type RegionCount,
  type StopReason,
  type TimingModel,
} from "./types.ts";

/** Execution engines. */
export type EngineName = "interpreter" | "translator";

/** How a machine differs from the default one. */
export interface MachineOptions extends DeviceOptions {
  /**
   * Byte that volatile memory holds at power-on; default 0xa5. Not zero, so that a program that relies
   * on zeroed memory misbehaves here as it may on a real board; the stack's depth is measured by it.
   */
  readonly fill?: number | undefined;
  /**
   * `translator` (default), which compiles hot code to WebAssembly, or `interpreter`, the specification;
   * both compute and count the same.
   */
  readonly engine?: EngineName | undefined;
  /** Costs, or the name of a timing model; default: {@linkcode timingFor} the board's core. */
  readonly timing?: TimingModel | string | undefined;
  /**
   * Which faults the program's own handlers take; default `auto`: those whose exception it has enabled
   * (MemManage, BusFault, UsageFault in SHCSR, DebugMonitor). What would become a HardFault stops the
   * run with a report. `vector`: HardFault is taken too. `report`: every fault stops the run.
   */
  readonly faults?: FaultPolicy | undefined;
}

/** When to give up. */
export interface RunLimits {
  /** Instructions since reset. */
  readonly maxInstructions?: number | undefined;
  /** Cycles since reset. */
  readonly maxCycles?: number | undefined;
  /** Called now and then with the instructions since reset, while the machine runs. */
  readonly onInstructions?: ((instructions: number) => void) | undefined;
  /**
   * Asked now and then, while the machine runs, whatever the program does; true ends the run with the
   * limit `time`. For a clock, which the emulator itself does not have.
   */
  readonly interrupted?: (() => boolean) | undefined;
}

/** Everything counted since reset. */
export interface MachineCounts {
  /** Instructions. */
  readonly instructions: number;
  /** Cycles: `coreCycles` plus those of all regions. */
  readonly cycles: number;
  /** Cycles of the instructions at zero wait states, and those slept. */
  readonly coreCycles: number;
  /** Those of `coreCycles` that the core slept. */
  readonly sleepCycles: number;
  /** Regions and aliases, in board order. */
  readonly regions: readonly RegionCount[];
  /** Functions, exclusive, descending by cycles. */
  readonly functions: readonly FunctionCount[];
}

/** A board with a program in it. */
export interface Machine {
  /** The board. */
  readonly board: Board;
  /** The program. */
  readonly elf: ElfImage;
  /** Memory. */
  readonly bus: BoardBus;
  /** Core. */
  readonly engine: Engine;
  /** What happens at which cycle: for scripts that raise interrupts or change memory in time. */
  readonly schedule: Schedule;
  /**
   * Sets the line of an interrupt of the NVIC. A rising edge makes it pending; while the line is high,
   * it is pending again at the end of its handler.
   *
   * @param number Number of the interrupt, from 0; −14 is NMI
   * @param level True for high
   * @throws {InputError} If the core has no such interrupt (E-SIM-INTERRUPT)
   */
  setInterrupt(number: number, level: boolean): void;
  /** Core costs. */
  readonly timing: TimingModel;
  /** Power-on: memory filled, program loaded, counts zero, core at its reset vector. */
  reset(): void;
  /** Runs until something stops it. */
  run(limits?: RunLimits): StopReason;
  /**
   * Runs until the core is about to execute the first instruction of a function; on it already, until
   * it comes there again.
   */
  runUntilSymbol(name: string, limits?: RunLimits): StopReason;
  /** Address of a symbol, without Thumb bit. Throws {@linkcode InputError} (E-SIM-SYMBOL). */
  symbolAddress(name: string): number;
  /** Sets the first bytes of a symbol, in flash too, uncounted. */
  writeSymbol(name: string, bytes: Uint8Array): void;
  /** Copies a symbol's first bytes, all of it by default, uncounted. */
  readSymbol(name: string, length?: number): Uint8Array;
  /** What was counted; verified: core and regions sum up to the total. */
  counts(): MachineCounts;
  /**
   * Bytes of a stack `[bottom, top)` that were ever written, from the lowest changed byte to its top.
   * A frame's lowest bytes that were never written are not seen.
   */
  stackUsed(bottom: number, top: number): number;
  /** What the program printed by semihosting. */
  console(): string;
  /** What it printed otherwise: to serial ports and to the ITM. */
  consoles(): ConsoleText[];
  /** Memory protection, serial ports, peripherals, ITM. */
  readonly devices: BoardDevices;
  /** What a reader of the counts must know. */
  notes(): string[];
}

const DEFAULT_FILL = 0xa5;
/** Configuration and Control Register (DDI0403 B3.2.8), with the cache enables IC and DC. */
const CCR = 0xe000_ed14;
const CCR_DC = 1 << 16;
const CCR_IC = 1 << 17;

/**
 * Builds a machine and resets it.
 *
 * @param board The board
 * @param elf The linked program
 * @param options Fill byte, timing model
 * @throws {InputError} If the program is not for this board (E-SIM-LOAD, E-SIM-VECTORS) or the core has no
 *   timing model (E-SIM-TIMING)
 *
 * @example Two instructions in flash: `movs r0, #42` and a branch to itself
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createMachine, type ElfImage } from "./mod.ts";
 * import type { Board } from "../src/board/types.ts";
 *
 * const board: Board = {
 *   schema: "pinmap/board-1", name: "example", title: "Example", sources: {}, file: "example.toml",
 *   cpu: { core: "cortex-m4", fpu: "none", clockHz: 16e6, source: "example" },
 *   vectorTable: 0x0800_0000, aliases: [], budgets: [],
 *   regions: [{
 *     name: "flash", kind: "nvm", origin: 0x0800_0000, length: 4096, width: 32, source: "example",
 *     access: { read: true, write: false, execute: true }, waitStates: { read: 1, fetch: 1 },
 *     initiators: ["c"], sections: [], reserved: [], pool: {},
 *   }],
 * };
 * const data = Uint8Array.of(0, 0x10, 0, 0x20, 9, 0, 0, 8, 42, 0x20, 0xfe, 0xe7);
 * const elf: ElfImage = {
 *   file: "example.elf", entry: 0x0800_0009, flags: 0, sections: [], symbols: [],
 *   segments: [{
 *     index: 0, type: 1, vaddr: 0x0800_0000, paddr: 0x0800_0000, filesz: 12, memsz: 12, flags: 5,
 *     offset: 0, data,
 *   }],
 *   symbol: () => undefined, section: () => undefined,
 * };
 * const machine = createMachine(board, elf);
 * assertEquals(machine.run({ maxInstructions: 10 }), { kind: "limit", what: "instructions" });
 * assertEquals(machine.engine.registers[0], 42);
 * assertEquals(machine.counts().regions[0]?.fetch, { accesses: 10, bytes: 20, cycles: 1 });
 * ```
 */
export function createMachine(
  board: Board,
  elf: ElfImage,
  options: MachineOptions = {},
): Machine {
  const fill = options.fill ?? DEFAULT_FILL;
  const timing = typeof options.timing === "object"
    ? options.timing
    : timingFor(board.cpu, options.timing);
  const engineName = options.engine ?? "translator";
  const bus = createBus(board, [], {
    translation: engineName === "translator",
    memoryTiming: timing.memory,
  });
  const functions = functionTable(elf);
  const semihosting = createSemihosting({
    read: bus.hostRead,
    write: bus.hostWrite,
    cycles: () => engine.count().cycles,
    clockHz: board.cpu.clockHz,
  });
  const engine = createInterpreter({
    core: board.cpu.core,
    fpu: board.cpu.fpu,
    dsp: board.cpu.dsp,
    bus,
    translation: bus.translation,
    timing,
    nvic: board.cpu.nvic,
    semihost: semihosting.serve,
    functionAt: functions.at,
    functionNames: functions.names,
  }, { faults: options.faults });
  const devices = createBoardDevices(board, {
    bus,
    state: engine.state,
    setInterrupt: (number, high) => engine.setInterrupt(number, high),
  }, options);
  engine.onReset.push(devices.reset);
  engine.onReset.push(() => bus.model?.cache?.enable(false));
  const caches = {
    data: board.cpu.dcache,
    instruction: board.cpu.icache,
    model: bus.model?.cache,
  };
  const systemControl = createSystemControl(engine, caches, {
    control: devices.mpu.registers,
    itm: devices.itm,
  });
  bus.attach(systemControl);
  let loadNotes: string[] = [];

  const symbol = (name: string): ElfSymbol => {
    const found = elf.symbol(name);
    if (found === undefined) {
      throw new InputError("E-SIM-SYMBOL", `Cannot find symbol ${name} in ${elf.file}`, {
        hints: ["link without --strip-all; --gc-sections drops what nothing refers to"],
      });
    }
    return found;
  };

  const run = (limits: RunLimits = {}): StopReason => {
    const done = engine.count();
    const { onInstructions, interrupted } = limits;
    const stop = engine.run({
      ...((onInstructions ?? interrupted) !== undefined && {
        onChunk: () => {
          onInstructions?.(engine.count().instructions);
          return interrupted?.() === true;
        },
      }),
      ...(limits.maxInstructions !== undefined &&
        { maxInstructions: Math.max(0, limits.maxInstructions - done.instructions) }),
      ...(limits.maxCycles !== undefined &&
        { maxCycles: Math.max(0, limits.maxCycles - done.cycles) }),
    });
    if (stop.kind !== "fault") return stop;
    return { kind: "fault", fault: explainFault(stop.fault, elf, functions, bus.windows) };
  };

  const machine: Machine = {
    board,
    elf,
    bus,
    engine,
    schedule: engine.schedule,
    timing,
    setInterrupt(number, level) {
      if (engine.setInterrupt(number, level)) return;
      const most = engine.state.exceptions - 16;
      throw new InputError(
        "E-SIM-INTERRUPT",
        `Cannot set interrupt ${number} of ${board.name}: its core has the interrupts 0 to ${
          most - 1
        }, and NMI as -14`,
        { hints: ["the board file says how many there are: nvic in [cpu]"] },
      );
    },
    reset() {
      bus.fill(fill);
      loadNotes = loadSegments(elf, bus);
      semihosting.reset();
      devices.clear();
      try {
        engine.reset(board.vectorTable);
      } catch (error) {
        if (!(error instanceof MemoryFault)) throw error;
        throw new InputError(
          "E-SIM-VECTORS",
          `Cannot reset ${board.name}: ${error.message} while reading the vector table at ${
            formatAddress(board.vectorTable)
          }`,
          { cause: error },
        );
      }
    },
    run,
    runUntilSymbol(name, limits) {
      const address = symbol(name).address;
      engine.setBreakpoint(address, true);
      try {
        return run(limits);
      } finally {
        engine.setBreakpoint(address, false);
      }
    },
    symbolAddress: (name) => symbol(name).address,
    writeSymbol(name, bytes) {
      const { address, size } = symbol(name);
      if (size > 0 && bytes.length > size) {
        throw new InputError(
          "E-SIM-SIZE",
          `Cannot write ${formatBytes(bytes.length)} to ${name}: it has ${formatBytes(size)}`,
        );
      }
      bus.hostWrite(address, bytes);
      engine.invalidate(address, bytes.length);
    },
    readSymbol(name, length) {
      const { address, size } = symbol(name);
      return bus.hostRead(address, length ?? size);
    },
    counts() {
      const total = engine.count();
      const regions = bus.counts();
      verifySum(total, regions);
      return { ...total, regions, functions: engine.functions() };
    },
    stackUsed(bottom, top) {
      const changed = bus.hostRead(bottom, top - bottom).findIndex((byte) => byte !== fill);
      return changed < 0 ? 0 : top - bottom - changed;
    },
    console: semihosting.output,
    consoles: devices.consoles,
    devices,
    notes: () => [
      ...loadNotes,
      ...bus.notes(),
      ...cacheNotes(systemControl, bus.model?.cache !== undefined),
      ...faultNotes(engine),
      ...semihosting.notes(),
      ...devices.notes(),
    ],
  };
  machine.reset();
  return machine;
}

/** Each cycle is attributed once: to the core or to one region and kind of access. */
function verifySum(
  total: { readonly cycles: number; readonly coreCycles: number },
  regions: readonly RegionCount[],
): void {
  const waits = regions.reduce(
    (sum, { fetch, read, write }) => sum + fetch.cycles + read.cycles + write.cycles,
    0,
  );
  // Wait states may be fractions on boards that give averages; sums of those are not exact.
  if (Math.abs(total.coreCycles + waits - total.cycles) > 1e-6 * Math.max(1, total.cycles)) {
    throw new Error(
      `cycle attribution is wrong: core ${total.coreCycles} + regions ${waits} is not ${total.cycles}`,
    );
  }
}

function faultNotes(engine: Interpreter): string[] {
  const { first, count } = engine.takenFaults();
  if (count === 0) return [];
  const more = count > first.length ? ` and ${count - first.length} more` : "";
  return [`handlers of the program took faults: ${first.join("; ")}${more}`];
}

function cacheNotes(systemControl: Device, modelled: boolean): string[] {
  const ccr = systemControl.read(CCR - systemControl.origin, 4);
  const on = [
    ...((ccr & CCR_IC) !== 0 ? ["instruction cache"] : []),
    ...((ccr & CCR_DC) !== 0 && !modelled ? ["data cache"] : []),
  ];
  return on.length === 0 ? [] : [
    `the program switched the ${
      on.join(" and ")
    } on: not modelled here, every access pays its wait states`,
  ];
}
