/**
 * What a machine is to its user: the interfaces of {@linkcode Machine} and what it takes and gives.
 *
 * @module
 */
import type { Board } from "../src/board/types.ts";
import type { FaultPolicy } from "./cpu/mod.ts";
import type { Breakpoint, Hit, Moment, Scheduled, Until } from "./control.ts";
import type { ConsoleText, DeviceOptions } from "./devices/board_devices.ts";
import type { SemihostingOptions } from "./devices/semihosting/mod.ts";
import type { ElfImage } from "./elf/mod.ts";
import type { CoreEngine, EngineFactory } from "./engine.ts";
import type { InitiatorCount, OffloadedFunctions } from "./initiator/offload.ts";
import type { InputLog } from "./input_log.ts";
import type { MachineInput } from "./inputs.ts";
import type { BoardBus } from "./memory/mod.ts";
import type { NumberType, Place } from "./places.ts";
import type { Schedule } from "./schedule.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Device, FunctionCount, RegionCount, StopReason, TimingModel } from "./types.ts";
import type { Watched, WatchOptions, Watchpoint } from "./watch.ts";

/** Built-in execution engines. */
export type EngineName = "interpreter" | "translator";

/** How a machine differs from the default one. */
export interface MachineOptions extends DeviceOptions, SemihostingOptions {
  /**
   * Byte that volatile memory holds at power-on; default 0xa5. Not zero, so that a program that relies
   * on zeroed memory misbehaves here as it may on a real board; the stack's depth is measured by it.
   */
  readonly fill?: number | undefined;
  /**
   * `translator` (default), which compiles hot code to WebAssembly, or `interpreter`, the specification;
   * both compute and count the same. Or another engine, such as what {@linkcode loadUnicorn} gives.
   */
  readonly engine?: EngineName | EngineFactory | undefined;
  /** Costs, or the name of a timing model; default: {@linkcode timingFor} the board's core. */
  readonly timing?: TimingModel | string | undefined;
  /**
   * Which faults the program's own handlers take; default `auto`: those whose exception it has enabled
   * (MemManage, BusFault, UsageFault in SHCSR, DebugMonitor). What would become a HardFault stops the
   * run with a report. `vector`: HardFault is taken too. `report`: every fault stops the run.
   */
  readonly faults?: FaultPolicy | undefined;
  /** Functions that other initiators run, such as an accelerator; default: none. */
  readonly offload?: readonly OffloadedFunctions[] | undefined;
  /** Peripherals, as if attached with {@linkcode Machine.attach}. */
  readonly peripherals?: readonly Device[] | undefined;
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
  /** What other initiators did; in none of the figures above. */
  readonly initiators: readonly InitiatorCount[];
}

/** An instruction in memory. */
export interface DisassembledInstruction {
  /** Address. */
  readonly address: number;
  /** Bytes: 2 or 4. */
  readonly size: 2 | 4;
  /** Text, or the halfwords in hex where the core has no such instruction. */
  readonly text: string;
}

/** A call that has not returned. */
export interface Frame {
  /** Address of the instruction that executes next in it. */
  readonly address: number;
  /** Function with offset, `main+0x12`; the address where no function is known. */
  readonly function: string;
}

/**
 * A board with a program in it. Callbacks (of breakpoints, watchpoints, schedules) run between two
 * instructions and may do everything except run the machine; callbacks of devices run inside one and may
 * only change inputs ({@linkcode Machine.apply}, {@linkcode Machine.setInterrupt}) and stop.
 */
export interface Machine {
  /** The board. */
  readonly board: Board;
  /** The program. */
  readonly elf: ElfImage;
  /** Memory. */
  readonly bus: BoardBus;
  /** Core. */
  readonly engine: CoreEngine;
  /** Core costs. */
  readonly timing: TimingModel;
  /** What happens at which cycle: for devices, which are called even while the core sleeps. */
  readonly schedule: Schedule;

  /**
   * Power-on: memory filled, program loaded, counts zero, core at its reset vector. Injected faults end;
   * breakpoints, watchpoints and what is planned stay; peripherals of the script are left alone.
   */
  reset(): void;
  /** Runs until something stops it. Standing on a breakpoint, it passes that first. */
  run(limits?: RunLimits): StopReason;
  /**
   * Runs until the core is about to execute the first instruction of a function; on it already, until
   * it comes there again.
   */
  runUntilSymbol(name: string, limits?: RunLimits): StopReason;
  /**
   * Runs until a place, a cycle, an instruction count, or until a predicate holds (asked after each
   * instruction, hence slow). Reached, the reason is `breakpoint` for a place and `host` for the others.
   */
  runUntil(until: Until, limits?: RunLimits): StopReason;
  /** Executes instructions, 1 by default; the reason is the limit of instructions if nothing else stops it. */
  step(instructions?: number): StopReason;
  /** Executes one instruction; if it is a call, all of the callee too. */
  stepOver(limits?: RunLimits): StopReason;
  /** Runs until the present function has been left: returned, or went on in another. */
  stepOut(limits?: RunLimits): StopReason;
  /** Ends the run from a callback; the reason is `host` with this text. */
  stop(what: string): void;

  /** Stops before a place is executed, or calls back there; the callback ends the run by giving true. */
  breakpoint(place: Place, hit?: Hit): Breakpoint;
  /**
   * Stops after an instruction that accessed a place or range, or calls back; the callback ends the run
   * by giving true.
   */
  watch(what: Watched, options?: WatchOptions): Watchpoint;
  /** Calls back at the first instruction boundary at or after a cycle or an instruction count. */
  at(moment: Moment, action: (machine: Machine) => void): Scheduled;

  /** Adds a peripheral; it must not overlap regions or others (E-SIM-DEVICE). */
  attach(device: Device): void;
  /**
   * Sets the line of an interrupt of the NVIC. A rising edge makes it pending; while the line is high,
   * it is pending again at the end of its handler.
   *
   * @param number Number of the interrupt, from 0; −14 is NMI
   * @param level True for high
   * @throws {InputError} If the core has no such interrupt (E-SIM-INTERRUPT)
   */
  setInterrupt(number: number, level: boolean): void;
  /** Sends bytes to a device that takes some, such as a serial port (E-SIM-DEVICE). */
  receive(device: string, bytes: Uint8Array): void;
  /** Changes something from outside: what {@linkcode record} records and {@linkcode replay} repeats. */
  apply(input: MachineInput): void;

  /** Address of a symbol, `symbol+offset` or an address; without Thumb bit. */
  addressOf(place: Place): number;
  /** Address of a symbol, without Thumb bit. Throws {@linkcode InputError} (E-SIM-SYMBOL). */
  symbolAddress(name: string): number;
  /** Sets the first bytes of a symbol, in flash too, uncounted. */
  writeSymbol(name: string, bytes: Uint8Array): void;
  /** Copies a symbol's first bytes, all of it by default, uncounted. */
  readSymbol(name: string, length?: number): Uint8Array;
  /** Reads a number from memory, uncounted; `u32` by default. */
  read(place: Place, type?: NumberType): number;
  /** Writes a number to memory, in flash too, uncounted; `u32` by default. */
  write(place: Place, value: number, type?: NumberType): void;
  /** Copies bytes of memory, uncounted. */
  readBytes(place: Place, length: number): Uint8Array;
  /** Sets bytes of memory, in flash too, uncounted. */
  writeBytes(place: Place, bytes: Uint8Array): void;
  /**
   * Reads a register: `r0` to `r15`, `sp`, `lr`, `pc`, `msp`, `psp`, `xpsr`, `control`, `primask`, `basepri`,
   * `faultmask`, `fpscr`, and `s0` to `s31` as bits; an unsigned number.
   */
  readRegister(name: string): number;
  /** Writes a register. */
  writeRegister(name: string, value: number): void;
  /** The instructions at a place, as text. */
  disassemble(place: Place, count?: number): DisassembledInstruction[];
  /**
   * The calls that led here, innermost first: what LR and the words of the stack say that follow a call
   * instruction. A guess without unwind tables: it may name calls that have returned already.
   */
  backtrace(): Frame[];

  /** Everything that goes on changing: core, memory, counts, devices, console. */
  snapshot(): Snapshot;
  /** Goes back to a snapshot of this machine (E-SIM-SNAPSHOT). Breakpoints, watchpoints and injected faults stay. */
  restore(snapshot: Snapshot): void;

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
  /** What was written to an ITM stimulus port, 0 to 31: packets of 1, 2 and 4 bytes, one behind the other. */
  itmBytes(port: number): Uint8Array;
  /** What a reader of the counts must know. */
  notes(): string[];
  /** Who listens to inputs and device accesses; for {@linkcode record} and {@linkcode replay}. */
  readonly inputs: InputLog;
}
