/**
 * Exact packing: does it fit, and in how few bytes? First fit shows an upper end, the live bytes a lower
 * one; between them races of searches look for a layout within a capacity, the lower end first. A
 * search that ends without one proves that the capacity is too small and raises the lower end.
 *
 * @module
 */
import { firstFit } from "./first_fit.ts";
import { divisor, type Model, toModel } from "./model.ts";
import { GREEDY_ORDERS, type Order, ORDERS, peakOrders, sortBuffers } from "./orders.ts";
import { checkPacking, type PackingProblem, wrong } from "./problem.ts";
import { createRace, type Race, TURN } from "./race.ts";
import { ALL_RULES, type SearchRules } from "./rules.ts";

/** Capacities that a round tries between the bound and the peak. */
const RUNGS = 12;

/** Nodes for a layout that meets the bound, before any other capacity is tried: there often is one. */
const BOUND_FIRST = 80 * TURN;

/** Nodes after which progress is told though nothing has changed. */
const TOLD_EVERY = 64 * TURN;

/** How far the solver has come. Bytes throughout. */
export interface PackingProgress {
  /** Peak of the best layout so far that fits; nothing if there is none yet. */
  readonly incumbent: number | undefined;
  /** No layout needs less. */
  readonly bound: number;
  /** `incumbent - bound`. */
  readonly gap: number | undefined;
  /** Buffers placed by all searches. */
  readonly nodes: number;
}

/** What a caller may ask. */
export interface PackingOptions {
  /** `fit` ends with the first layout within the capacity, `peak` (default) looks for the lowest. */
  readonly objective?: "fit" | "peak" | undefined;
  /** Buffers that may be placed by all searches together; the result is the same on every machine. */
  readonly nodeLimit?: number | undefined;
  /** Asked every 512 nodes; true ends the search with the best so far. A clock goes in here. */
  readonly shouldStop?: (() => boolean) | undefined;
  /** Told when the best layout or the bound changes, and now and then between. */
  readonly onProgress?: ((progress: PackingProgress) => void) | undefined;
  /** Search ideas; all by default. None changes the answer. */
  readonly rules?: Partial<SearchRules> | undefined;
}

/** The answer. */
export interface PackingResult {
  /**
   * `optimal`: no layout needs less than `peak`. `feasible`: it fits, and `gap` bytes are open.
   * `infeasible`: no layout fits, see `proof`. `unknown`: a limit ended the search before either.
   */
  readonly status: "optimal" | "feasible" | "infeasible" | "unknown";
  /** Offset of each buffer, if it fits. */
  readonly offsets: readonly number[] | undefined;
  /** Highest end of a buffer, if it fits. */
  readonly peak: number | undefined;
  /** No layout needs less. */
  readonly bound: number;
  /** `peak - bound`, if it fits. */
  readonly gap: number | undefined;
  /** Why nothing fits: the bound exceeds the capacity, or the search tried everything. */
  readonly proof: "bound" | "exhausted" | undefined;
  /** Buffers placed by all searches. */
  readonly nodes: number;
}

/**
 * Packs buffers exactly.
 *
 * @param problem Capacity in bytes, buffers, pairs that share an offset or no bytes
 * @param options Objective, limits, progress
 * @returns Status, offsets, peak and bound
 * @throws {InputError} If the problem makes no sense (E-PLAN-EXACT) or is too large (E-PLAN-EXACT-SIZE)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { solveExact } from "./solve.ts";
 *
 * const buffers = [
 *   { size: 4, intervals: [[0, 3]] },
 *   { size: 4, intervals: [[3, 9]] },
 *   { size: 4, intervals: [[0, 9]] },
 * ] as const;
 * const { status, peak } = solveExact({ capacity: 12, buffers });
 * assertEquals([status, peak], ["optimal", 8]);
 * assertEquals(solveExact({ capacity: 7, buffers }).proof, "bound");
 * ```
 */
export function solveExact(problem: PackingProblem, options: PackingOptions = {}): PackingResult {
  checkPacking(problem);
  const { nodeLimit = Infinity } = options;
  if (Number.isNaN(nodeLimit) || nodeLimit < 0) {
    throw wrong("Cannot pack", `the limit is ${nodeLimit} nodes`, "0 or more");
  }
  const { model, standsFor } = toModel(problem);
  const solver = createSolver(model, Math.floor(problem.capacity / model.unit), options);
  const { offsets, peak, bound, exhausted } = solver.solve(options.objective === "fit");
  const { unit } = model;
  const found = offsets === undefined ? undefined : peak * unit;
  return {
    status: found !== undefined
      ? peak <= bound ? "optimal" : "feasible"
      : bound * unit > problem.capacity
      ? "infeasible"
      : "unknown",
    offsets: offsets && standsFor.map((group) => (offsets[group] ?? 0) * unit),
    peak: found,
    bound: bound * unit,
    gap: found === undefined ? undefined : found - bound * unit,
    proof: bound * unit <= problem.capacity ? undefined : exhausted ? "exhausted" : "bound",
    nodes: solver.nodes(),
  };
}

/** What the solver knows, in units. */
interface Outcome {
  readonly offsets: Int32Array | undefined;
  readonly peak: number;
  readonly bound: number;
  readonly exhausted: boolean;
}

function createSolver(model: Model, capacity: number, options: PackingOptions) {
  const { nodeLimit = Infinity, shouldStop, onProgress, rules } = options;
  const all = { ...ALL_RULES, ...rules };
  // The race for the bound goes on where it stopped, the others start anew with more nodes.
  let lowest: { readonly target: number; readonly race: Race } | undefined;
  let offsets: Int32Array | undefined;
  let peak = capacity + 1;
  let bound = lowerBound(model, all);
  let exhausted = false;
  let nodes = 0;
  let nextTold = 0;
  let stopped = false;

  const tell = (): void => {
    nextTold = nodes + TOLD_EVERY;
    onProgress?.({
      incumbent: offsets && peak * model.unit,
      bound: bound * model.unit,
      gap: offsets && (peak - bound) * model.unit,
      nodes,
    });
  };

  const keep = (found: Int32Array): void => {
    let top = 0;
    found.forEach((at, buffer) => top = Math.max(top, at + (model.size[buffer] ?? 0)));
    if (top >= peak) return;
    offsets = found.slice();
    peak = top;
    tell();
  };

  /** Races for a capacity until it is decided or a share of nodes is spent. */
  const decide = (target: number, share: number, orders: readonly Order[]): void => {
    const race = lowest?.target === target ? lowest.race : createRace(model, target, all, orders);
    if (target === bound) lowest = { target, race };
    for (let spent = 0; spent < share;) {
      stopped = nodes >= nodeLimit || shouldStop?.() === true;
      if (stopped) return;
      const before = race.nodes;
      const state = race.turn(nodeLimit - nodes);
      spent += race.nodes - before;
      nodes += race.nodes - before;
      if (nodes >= nextTold) tell();
      if (state === "open") continue;
      if (state === "found") keep(race.offsets ?? new Int32Array(0));
      else {
        bound = target + 1;
        exhausted = true;
        tell();
      }
      return;
    }
  };

  const solve = (fit: boolean): Outcome => {
    tell();
    if (bound <= capacity) {
      for (const order of GREEDY_ORDERS) {
        const layout = firstFit(model, sortBuffers(model, order));
        if (layout !== undefined) keep(layout.offsets);
      }
    }
    // Whether it fits at all comes first.
    while (offsets === undefined && bound <= capacity && !stopped) {
      decide(capacity, Infinity, ORDERS);
    }
    // Then how low it can get: the bound first. A lower capacity is not always harder, so each round tries
    // rungs from the peak down to the bound; the next one gives more nodes and tries others.
    let share = 8 * TURN;
    for (let round = 0; !fit && bound < peak && !stopped; round++) {
      decide(bound, round === 0 ? BOUND_FIRST : share, ORDERS);
      const step = Math.max(1, Math.floor((peak - bound) / RUNGS));
      for (
        let rung = peak - 1 - round % step;
        rung > bound && !stopped;
        rung = Math.min(rung - step, peak - 1)
      ) {
        decide(rung, share, peakOrders(round));
      }
      share += share >> 1;
    }
    return { offsets, peak, bound, exhausted };
  };
  return { solve, nodes: () => nodes };
}

/** Most units live at once, and the ends of buffers with fixed offsets. */
function lowerBound(model: Model, { padding }: SearchRules): number {
  const { size, fixed, alignment, sections, membersOf } = model;
  let bound = 0;
  // All offsets are multiples of the step, so what lies below another buffer is as long as a multiple is.
  const step = padding ? alignment.reduce((common, one) => divisor(one, common), 0) : 1;
  for (let section = 0; section < sections; section++) {
    let total = 0;
    let longest = 0;
    const end = membersOf.start[section + 1] ?? 0;
    for (let k = membersOf.start[section] ?? 0; k < end; k++) {
      const own = size[membersOf.items[k] ?? 0] ?? 0;
      const padded = Math.ceil(own / step) * step;
      total += padded;
      longest = Math.max(longest, padded - own);
    }
    // Only the topmost buffer is not padded.
    bound = Math.max(bound, total - longest);
  }
  fixed.forEach((at, i) => bound = Math.max(bound, at < 0 ? 0 : at + (size[i] ?? 0)));
  return bound;
}
