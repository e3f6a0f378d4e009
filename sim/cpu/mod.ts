/**
 * The CPU: a predecoding interpreter for the Cortex-M cores.
 *
 * @module
 */
export { createInterpreter, type Interpreter, type InterpreterOptions } from "./interpreter.ts";
export type { FaultPolicy } from "./take_fault.ts";
export type { CpuState } from "./state.ts";
export type { Feature, Index, RegisterFile, SystemRegisters } from "./architecture.ts";
