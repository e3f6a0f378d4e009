/**
 * The emulator, usable alone: a board's memory map, a Cortex-M core with counted cycles, semihosting.
 *
 * Cycles are attributed once: to the core, or to a region (or alias) by kind of access. See
 * {@linkcode createMachine} for one program, {@linkcode runHarness} for a network's firmware.
 *
 * @module
 */
export type * from "../src/board/types.ts";
export type { AccessDocument, RunDocument } from "../src/base/documents.ts";
export type { ErrorDetails, SourceLocation } from "../src/base/error.ts";
export { InputError, PinmapError } from "../src/base/error.ts";
export type { BoardDevices, ConsoleText, DeviceOptions } from "./devices/board_devices.ts";
export {
  createSemihosting,
  type Semihosting,
  type SemihostingParts,
} from "./devices/semihosting.ts";
export { runDocument, type RunFacts } from "./document.ts";
export * from "./elf/mod.ts";
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
export {
  createMachine,
  type EngineName,
  type Machine,
  type MachineCounts,
  type MachineOptions,
  type RunLimits,
} from "./machine.ts";
export { type Lockstep, lockstep, type LockstepDifference } from "./lockstep.ts";
export * from "./memory/mod.ts";
export type { FaultPolicy } from "./cpu/mod.ts";
export { Schedule, ScheduledEvent, type ScheduleState } from "./schedule.ts";
export { timingFor, timingModelFor, timingModels, timingNames } from "./timing/mod.ts";
export * from "./types.ts";
