/**
 * The emulator, usable alone: a board's memory map, a Cortex-M core with counted cycles, semihosting.
 *
 * Cycles are attributed once: to the core, or to a region (or alias) by kind of access. See
 * {@linkcode createMachine} for one program, {@linkcode runHarness} for a network's firmware.
 *
 * @module
 */
export type * from "../src/board/types.ts";
export { listBoards, loadBoard } from "./boards.ts";
export type { AccessDocument, RunDocument } from "../src/base/documents.ts";
export type { ErrorDetails, SourceLocation } from "../src/base/error.ts";
export { InputError, PinmapError, UsageError } from "../src/base/error.ts";
export type { ConsoleText, DeviceOptions } from "./devices/board_devices.ts";
export * from "./devices/semihosting/mod.ts";
export { runDocument, type RunFacts } from "./document.ts";
export * from "./elf/mod.ts";
export type { InitiatorCount, OffloadedFunctions } from "./initiator/offload.ts";
export { explainFault } from "./explain.ts";
export {
  type HarnessManifest,
  type HarnessOptions,
  type HarnessRun,
  type HarnessTensor,
  type Inference,
  inputBytes,
  runHarness,
} from "./harness.ts";
export { createMachine } from "./machine.ts";
export type {
  DisassembledInstruction,
  EngineName,
  Frame,
  Machine,
  MachineCounts,
  MachineOptions,
  RunLimits,
} from "./machine_api.ts";
export type { Breakpoint, Hit, Moment, Scheduled, Until } from "./control.ts";
export { defineBoard, type InlineBoard, type InlineRegion, withMemory } from "./define_board.ts";
export type { CoreEngine, CoreParts, EngineFactory } from "./engine.ts";
export * from "./formats/mod.ts";
export {
  flipBit,
  flipRegisterBit,
  injectBusError,
  injectDelay,
  type Injection,
  type InjectionOptions,
} from "./inject.ts";
export type { MachineInput } from "./inputs.ts";
export type { NumberType, Place } from "./places.ts";
export { InputLog, type ReplayEvent } from "./input_log.ts";
export { record, type Recorder, type Recording, type Replay, replay } from "./replay.ts";
export type { Snapshot } from "./snapshot.ts";
export * from "./unicorn/mod.ts";
export type { AddressRange, Watched, WatchOptions, Watchpoint } from "./watch.ts";
export { type Lockstep, lockstep, type LockstepDifference } from "./lockstep.ts";
export * from "./memory/mod.ts";
export type {
  CpuState,
  FaultPolicy,
  Feature,
  Index,
  Interpreter,
  RegisterFile,
  SystemRegisters,
} from "./cpu/mod.ts";
export { Schedule, ScheduledEvent, type ScheduleState } from "./schedule.ts";
export { timingFor, timingModelFor, timingModels, timingNames } from "./timing/mod.ts";
export * from "./types.ts";
