/**
 * What planners take and give. A planner sees a {@linkcode PlanProblem} and nothing else: pools with
 * limits, buffers with sizes, lifetimes and candidates.
 *
 * @module
 */
import type { PoolProperties } from "../board/types.ts";
import type { IRModule } from "../ir/types.ts";
import type { Accesses } from "./cycles/accesses.ts";

/** A pool: a share of one region. */
export interface Pool {
  /** Unique name. */
  readonly name: string;
  /** Name of the board's region that holds it. */
  readonly region: string;
  /** `workspace` is read and written, `constant` holds parameters. */
  readonly kind: "workspace" | "constant";
  /** Targets whose functions can reach it. */
  readonly targets: readonly string[];
  /** Bytes that it may grow to: the smaller of the size hint and what the region has left. */
  readonly limitBytes: number;
  /** Alignment of the pool's first byte; every buffer's alignment divides it. */
  readonly alignment: number;
  /** TVM's PoolInfo properties. */
  readonly properties: PoolProperties;
}

/** Statements `first` to `last`, both included, in which a buffer is live. */
export interface Interval {
  /** First statement. */
  readonly first: number;
  /** Last statement, ≥ `first`. */
  readonly last: number;
}

/** A buffer to be placed. */
export interface BufferInfo {
  /** Unique name in the module. */
  readonly name: string;
  /** Function whose allocate it is. */
  readonly func: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes, a power of two. */
  readonly alignment: number;
  /** A variable or a parameter. */
  readonly kind: "workspace" | "constant";
  /** The network's input or output, if it is one. */
  readonly role?: "input" | "output" | undefined;
  /** Names of pools, in order of preference. */
  readonly candidates: readonly string[];
  /** When it is live, in order, disjoint; a constant is live always. */
  readonly intervals: readonly Interval[];
  /** Offset that a problem file suggests (MiniMalloc's `hint`); planners need not heed it, files keep it. */
  readonly hint?: number | undefined;
  /**
   * How often one inference reads and writes it, where cycles are planned; a buffer that stands for several
   * has the accesses of each.
   */
  readonly accesses?: readonly Accesses[] | undefined;
}

/** Names of two buffers. */
export type BufferPair = readonly [string, string];

/**
 * What is to be solved. Planners see pools and buffers only: `planWithWishes` (`wishes.ts`) puts the pairs
 * into the buffers before, and takes them out again behind.
 */
export interface PlanProblem {
  /** All pools. */
  readonly pools: readonly Pool[];
  /** All buffers. */
  readonly buffers: readonly BufferInfo[];
  /** Pairs that share no bytes though they are not live together. */
  readonly apart?: readonly BufferPair[] | undefined;
  /** Pairs of one size that have one place, live together or not. */
  readonly together?: readonly BufferPair[] | undefined;
  /**
   * Input and output of an operator that works in place, of one size: the two may have one place though both are
   * live in one statement, the last of the first and the first of the second.
   */
  readonly inPlace?: readonly BufferPair[] | undefined;
  /** Places that buffers must have. */
  readonly fixed?: readonly Placement[] | undefined;
}

/** Where a buffer goes. */
export interface Placement {
  /** {@linkcode BufferInfo.name}. */
  readonly name: string;
  /** {@linkcode Pool.name}. */
  readonly pool: string;
  /** Bytes from the pool's first byte. */
  readonly offset: number;
}

/** How far a search has come in one pool. Bytes throughout. */
export interface PlanProgress {
  /** Name of the pool. */
  readonly pool: string;
  /** Bytes of the best layout so far that fits; nothing if there is none yet. */
  readonly incumbent: number | undefined;
  /** No layout needs less. */
  readonly bound: number;
  /** `incumbent - bound`. */
  readonly gap: number | undefined;
  /** Buffers placed by all searches of the plan. */
  readonly nodes: number;
}

/** Limits of a search, and whom it tells. */
export interface PlanControl {
  /**
   * Buffers that searches may place, all together: the plan is the same on every machine. Without it a search has
   * a limit of its own; `Infinity` leaves the end to `shouldStop`.
   */
  readonly nodeLimit?: number | undefined;
  /** Asked every few hundred nodes; true ends the search with the best so far. A clock or Ctrl-C goes in here. */
  readonly shouldStop?: (() => boolean) | undefined;
  /** Told when the best layout of a pool or its bound changes, and now and then between. */
  readonly onProgress?: ((progress: PlanProgress) => void) | undefined;
  /** Told what no layout of the buffers that a pool got can do without, where that was proved. */
  readonly onBound?: ((pool: string, bytes: number) => void) | undefined;
}

/** A planner: one file, one line in the registry. */
export interface Planner {
  /** Name for `--algorithm`. */
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /**
   * Places every buffer.
   *
   * @param problem What to solve
   * @param control Limits; only planners that search heed them
   * @returns A placement for each buffer, in the order of the buffers
   * @throws {InfeasibleError} If it finds no room (E-PLAN-FIT)
   */
  plan(problem: PlanProblem, control?: PlanControl): readonly Placement[];
  /**
   * Places the buffers that have no place yet; without it, a module that gives some buffers an offset cannot
   * be planned with this planner.
   *
   * @param problem What to solve
   * @param fixed Valid places of some of its buffers, by name; they stay
   * @param control Limits; only planners that search heed them
   * @returns A placement for each buffer, in the order of the buffers
   * @throws {InfeasibleError} If it finds no room (E-PLAN-FIT)
   */
  planAround?(
    problem: PlanProblem,
    fixed: ReadonlyMap<string, Placement>,
    control?: PlanControl,
  ): readonly Placement[];
  /** Whether it searches, and so heeds limits. */
  readonly searches?: boolean;
  /**
   * What it minimises before bytes; without it, bytes outside first candidates come first.
   *
   * @param problem What was to be solved, without pairs
   * @param placements A plan for it
   */
  weigh?(problem: PlanProblem, placements: readonly Placement[]): number;
}

/** One pool's result. */
export interface PoolResult {
  /** The pool. */
  readonly pool: Pool;
  /** Highest end of a buffer in it. */
  readonly usedBytes: number;
  /**
   * No layout of the buffers placed in it needs less: the most bytes live at once, or more where a search
   * proved it.
   */
  readonly lowerBoundBytes: number;
}

/** One buffer's result. */
export interface Allocation {
  /** The buffer. */
  readonly buffer: BufferInfo;
  /** Pool it is in. */
  readonly pool: string;
  /** Bytes from the pool's first byte. */
  readonly offset: number;
  /** Whether it is not in its first candidate (spilled): reported, never silent. */
  readonly spilled: boolean;
  /** The input that its operator writes it over, if it works in place. */
  readonly inPlaceOf?: string | undefined;
}

/** What one buffer costs where it is. */
export interface BufferCost {
  /** How often one inference reads and writes it. */
  readonly accesses: Accesses;
  /** Cycles of one inference that the core waits for it. */
  readonly cycles: number;
  /** The cheapest of its other candidates with what it would cost there; nothing if it has no other. */
  readonly nextBest: { readonly pool: string; readonly cycles: number } | undefined;
}

/** A function with the region that it is to run from. */
export interface FunctionCost {
  /** Symbol. */
  readonly name: string;
  /** Region. */
  readonly region: string;
  /** Bytes. */
  readonly size: number;
  /** Cycles of one inference that the core waits for its instructions. */
  readonly cycles: number;
  /** The cheapest other region with what it would cost there; nothing if there is no other. */
  readonly nextBest: { readonly region: string; readonly cycles: number } | undefined;
}

/** What a plan by cycles comes to; cycles of one inference that the core waits for data, and for the functions. */
export interface PlanCycles {
  /** Where the accesses are from. */
  readonly source: "estimate" | "profile";
  /** Sum over all buffers. */
  readonly total: number;
  /** No plan takes fewer. */
  readonly lowerBound: number;
  /** Largest first into the fastest pool; nothing if that finds no room. */
  readonly largestFirst: number | undefined;
  /** Steps of all searches. */
  readonly nodes: number;
  /** By name. */
  readonly buffers: ReadonlyMap<string, BufferCost>;
  /** Functions that a profile counted. */
  readonly functions: readonly FunctionCost[];
  /** Facts that are missing, and what is guessed. */
  readonly notes: readonly string[];
}

/** A region's tenant that is not a pool: stack, heap, static data. */
export interface Resident {
  /** What it is. */
  readonly name: "stack" | "heap" | "data";
  /** Region. */
  readonly region: string;
  /** Bytes. */
  readonly size: number;
}

/** A validated plan. */
export interface Plan {
  /** Name of the board. */
  readonly board: string;
  /** The pinned module (P2). */
  readonly module: IRModule;
  /** Planner that made it. */
  readonly algorithm: string;
  /** `feasible`, or `optimal` if every buffer is in its first pool and every pool meets its lower bound. */
  readonly status: "optimal" | "feasible";
  /** Pools with something in them, and without. */
  readonly pools: readonly PoolResult[];
  /** Allocations, in the module's order. */
  readonly allocations: readonly Allocation[];
  /** Stack, heap and static data. */
  readonly residents: readonly Resident[];
  /** What it costs, if it was planned by cycles. */
  readonly cycles?: PlanCycles | undefined;
}
