/**
 * The IR: modules of functions with annotated allocates (TVM RFC 0023), a builder for scripts, reader
 * and printer of TVMScript, and walks.
 *
 * @module
 */
export {
  type AllocateOptions,
  type Argument,
  type ConstOptions,
  type FunctionBuilder,
  type FunctionOptions,
  type ModuleBuilder,
  moduleBuilder,
} from "./builder.ts";
export { bytesOf, decodeElements, type Element, encodeElements, sizeOf } from "./data.ts";
export {
  evaluateFunction,
  evaluateModule,
  type EvaluateOptions,
  type Evaluation,
  type Externs,
} from "./evaluate/mod.ts";
export { combineModules, entriesOf, type Entry } from "./combine.ts";
export { allocateIo } from "./io.ts";
export { linkParams } from "./link_params.ts";
export { type TensorParameter, tensorParameters } from "./parameters.ts";
export { parseModule, type ReadOptions } from "./parser.ts";
export { printModule } from "./printer.ts";
export type * from "./types.ts";
export { CANDIDATE_MEMORY_POOLS, MAIN, POOL_OFFSET } from "./types.ts";
export { serializeLoops } from "./serialize.ts";
export { verifyModule } from "./verify.ts";
export {
  type AllocationChange,
  allocationsOf,
  type AnyAllocate,
  findFunction,
  mapAllocations,
  statementsOf,
} from "./visit.ts";
