/**
 * What a user may ask of planning.
 *
 * @module
 */
import type { ProfileDocument } from "../base/documents.ts";
import type { ChoiceSolver } from "./cycles/solve.ts";
import type { Pin } from "./pins.ts";
import type { PoolSpec } from "./pool_spec.ts";
import type { BufferPair, PlanControl, Resident } from "./types.ts";

/** Options of planning; all have defaults. */
export interface PlanOptions {
  /** Workspace pools (`--with-workspace-buffer`); by default one in each writable RAM region. */
  readonly workspaceBuffers?: readonly PoolSpec[] | undefined;
  /** Constant pools (`--with-parameter-buffer`); by default one in each non-volatile region. */
  readonly parameterBuffers?: readonly PoolSpec[] | undefined;
  /** Pins (`--pin`); the last that matches a buffer holds. */
  readonly pins?: readonly Pin[] | undefined;
  /** Name of the planner; by default `greedy_by_size`. */
  readonly algorithm?: string | undefined;
  /**
   * Whether `greedy_by_size`, `greedy_by_conflicts` and `hill_climb` give TVM's own offsets; a layout of
   * TVM's in which live buffers overlap is an error. By default false.
   */
  readonly tvmCompatible?: boolean | undefined;
  /** Stack, heap and static data, which share the regions; by default none. */
  readonly residents?: readonly Resident[] | undefined;
  /** Pairs of variables that share no bytes though they are not live together (`--keep-apart`). */
  readonly apart?: readonly BufferPair[] | undefined;
  /** Pairs of variables of one size that have one place (`--share`). */
  readonly together?: readonly BufferPair[] | undefined;
  /**
   * Whether operators that read and write element by element may write their result over an input that nobody
   * reads later. By default false: it is right for the kernels that come with pinmap, and a firmware folder's
   * kernels may be replaced.
   */
  readonly inPlace?: boolean | undefined;
  /**
   * What is minimised. `bytes` (default): the planner's, with candidates in their order. `cycles`: what the core
   * waits for data in one inference; candidates are then the pools that a buffer may go into, in no order, and
   * parameters may go into RAM too if no flag makes parameter pools.
   */
  readonly objective?: "bytes" | "cycles" | undefined;
  /** For `cycles`: accesses that were counted, instead of the estimate. */
  readonly profile?: ProfileDocument | undefined;
  /** For `cycles`: another solver of the choice of pools. */
  readonly choiceSolver?: ChoiceSolver | undefined;
  /** Limits of planners that search. */
  readonly control?: PlanControl | undefined;
  /** Bytes, a power of two: alignment of buffers without an annotation; by default 16, as TVM's. */
  readonly alignment?: number | undefined;
}
