/**
 * A board with a program in it: memory, core, devices and console, from power-on to the end of a run.
 *
 * @module
 */
import { InputError } from "../src/base/error.ts";
import { formatAddress, formatBytes } from "../src/base/units.ts";
import type { Board } from "../src/board/types.ts";
import { RunControl } from "./control.ts";
import { createInterpreter } from "./cpu/mod.ts";
import { createBoardDevices } from "./devices/board_devices.ts";
import { createSystemControl } from "./devices/scs.ts";
import { createSemihosting, heapInfo } from "./devices/semihosting/mod.ts";
import { backtraceOf, disassembleAt } from "./disassembly.ts";
import { type ElfImage, functionTable } from "./elf/mod.ts";
import type { CoreEngine, CoreParts } from "./engine.ts";
import { explainFault } from "./explain.ts";
import { createOffload } from "./initiator/offload.ts";
import { InputLog } from "./input_log.ts";
import { InputPort } from "./inputs.ts";
import { loadSegments } from "./load.ts";
import type { Machine, MachineOptions } from "./machine_api.ts";
import { cacheNotes, faultNotes, verifySum } from "./machine_notes.ts";
import { createBus } from "./memory/mod.ts";
import { addressOf, decodeNumber, encodeNumber, NUMBER_BYTES, symbolOf } from "./places.ts";
import { registersOf } from "./registers.ts";
import { restoreSnapshot, type SnapshotParts, takeSnapshot } from "./snapshot.ts";
import { runUntil, stepOut, stepOver } from "./stepping.ts";
import { timingFor } from "./timing/mod.ts";
import { type Device, MemoryFault, type Stateful } from "./types.ts";
import { watchGuard } from "./watch.ts";

export type * from "./machine_api.ts";

const DEFAULT_FILL = 0xa5;
/**
 * Builds a machine and resets it.
 *
 * @param board The board
 * @param elf The linked program
 * @param options Engine, timing model, peripherals, fill byte
 * @throws {InputError} If the program is not for this board (E-SIM-LOAD, E-SIM-VECTORS)
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
  const { engine: chosen = "translator" } = options;
  const bus = createBus(board, [], {
    translation: chosen === "translator",
    memoryTiming: timing.memory,
  });
  const functions = functionTable(elf);
  const semihosting = createSemihosting({
    read: bus.hostRead,
    write: bus.hostWrite,
    cycles: () => engine.count().cycles,
    clockHz: board.cpu.clockHz,
    heap: () => {
      const vectors = new DataView(bus.hostRead(board.vectorTable, 4).buffer);
      return heapInfo(board, elf, vectors.getUint32(0, true));
    },
  }, options);
  const parts: CoreParts = {
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
  };
  const engine: CoreEngine = typeof chosen === "function"
    ? chosen(parts)
    : createInterpreter(parts, { faults: options.faults });
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

  const registers = registersOf(engine);
  const control: RunControl = new RunControl({
    engine,
    machine: () => machine,
    explain: (stop) =>
      stop.kind === "fault" && stop.fault.exception !== "engine" &&
        stop.fault.initiator === undefined
        ? { kind: "fault", fault: explainFault(stop.fault, elf, functions, bus.windows) }
        : stop,
  });
  const offload = createOffload(
    { board, elf, functions, bus, core: engine, timing, control },
    options.offload ?? [],
  );
  const port = new InputPort({
    board: board.name,
    engine,
    bus,
    registers,
    executing: () => control.executing,
  });
  const inputs = new InputLog((input) => port.perform(input), () => engine.count());
  const peripherals: Device[] = [];
  const state: SnapshotParts = {
    position: () => engine.count(),
    parts: () =>
      new Map([
        ["engine", engine],
        ["memory", bus],
        ["console", semihosting],
        ["control", control],
        ["initiators", offload],
        ["system control", systemControl],
        ...devices.parts(),
        ...peripherals.flatMap(statefulDevice),
      ]),
  };
  const attach = (device: Device): void => {
    const wrapped = inputs.wrap(device);
    bus.attach(wrapped);
    peripherals.push(wrapped);
  };
  const setBytes = (address: number, bytes: Uint8Array): void =>
    inputs.apply({ kind: "memory", address, bytes });

  const machine: Machine = {
    board,
    elf,
    bus,
    engine,
    schedule: engine.schedule,
    timing,
    inputs,
    reset() {
      port.reset();
      bus.fill(fill);
      loadNotes = loadSegments(elf, bus);
      semihosting.reset();
      offload.reset();
      control.reset();
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
    run: (limits) => control.run(limits),
    runUntilSymbol: (name, limits) =>
      runUntil(machine, control, symbolOf(elf, name).address, limits),
    runUntil: (until, limits) => runUntil(machine, control, until, limits),
    step: (instructions = 1) =>
      control.run({ maxInstructions: engine.count().instructions + instructions }),
    stepOver: (limits) => stepOver(machine, control, limits),
    stepOut: (limits) => stepOut(machine, control, functions, limits),
    stop: (what) => control.stop({ kind: "host", what }),
    breakpoint: (place, hit = () => true) => control.breakpoint(addressOf(elf, place), hit),
    watch(what, watching = {}) {
      const { hit: tell = () => true } = watching;
      const guard = watchGuard(
        machine,
        what,
        watching,
        (hit) => control.notice({ hit, tell: () => tell(hit, machine) }),
      );
      bus.addGuard(guard);
      return { ranges: guard.ranges, remove: () => bus.removeGuard(guard) };
    },
    at: (moment, action) => control.at(moment, action),
    attach,
    receive: (device, bytes) => inputs.apply({ kind: "receive", device, bytes }),
    apply: (input) => inputs.apply(input),
    addressOf: (place) => addressOf(elf, place),
    symbolAddress: (name) => symbolOf(elf, name).address,
    writeSymbol(name, bytes) {
      const { address, size } = symbolOf(elf, name);
      if (size > 0 && bytes.length > size) {
        throw new InputError(
          "E-SIM-SIZE",
          `Cannot write ${formatBytes(bytes.length)} to ${name}: it has ${formatBytes(size)}`,
        );
      }
      setBytes(address, bytes);
    },
    readSymbol(name, length) {
      const { address, size } = symbolOf(elf, name);
      return bus.hostRead(address, length ?? size);
    },
    read: (place, type = "u32") =>
      decodeNumber(bus.hostRead(addressOf(elf, place), NUMBER_BYTES[type]), type),
    write: (place, value, type = "u32") =>
      setBytes(addressOf(elf, place), encodeNumber(value, type)),
    readBytes: (place, length) => bus.hostRead(addressOf(elf, place), length),
    writeBytes: (place, bytes) => setBytes(addressOf(elf, place), bytes),
    readRegister: (name) => registers.read(name),
    writeRegister: (name, value) => inputs.apply({ kind: "register", name, value: value >>> 0 }),
    setInterrupt: (number, level) => inputs.apply({ kind: "interrupt", number, level }),
    disassemble: (place, count = 1) =>
      disassembleAt(bus, engine.state, addressOf(elf, place), count),
    backtrace: () => backtraceOf(bus, engine.state, functions),
    snapshot: () => control.idle("take a snapshot", () => takeSnapshot(state)),
    restore: (snapshot) => control.idle("restore", () => restoreSnapshot(state, snapshot)),
    counts() {
      const total = engine.count();
      const regions = bus.counts();
      verifySum(total, regions);
      const initiators = offload.counts();
      for (const one of initiators) verifySum(one, one.regions);
      return { ...total, regions, functions: engine.functions(), initiators };
    },
    stackUsed(bottom, top) {
      const changed = bus.hostRead(bottom, top - bottom).findIndex((byte) => byte !== fill);
      return changed < 0 ? 0 : top - bottom - changed;
    },
    console: semihosting.output,
    consoles: devices.consoles,
    itmBytes: (port) => devices.itm?.bytes(port) ?? new Uint8Array(0),
    notes: () => [
      ...loadNotes,
      ...bus.notes(),
      ...cacheNotes(systemControl, bus.model?.cache !== undefined),
      ...faultNotes(engine),
      ...semihosting.notes(),
      ...offload.notes(),
      ...devices.notes(),
      ...(engine.notes?.() ?? []),
    ],
  };
  options.peripherals?.forEach(attach);
  machine.reset();
  return machine;
}

/** A device with a state of its own, by name. */
function statefulDevice({ name, save, restore }: Device): [string, Stateful][] {
  return save === undefined || restore === undefined ? [] : [[name, { save, restore }]];
}
