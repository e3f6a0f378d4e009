/**
 * Pools and offsets with the fewest memory cycles.
 *
 * Plans to begin with are what others would do and what the prices of the relaxation suggest; the best is
 * improved by branch and bound within a number of nodes, so that the answer is the same on every machine.
 * The result says what no plan can do without.
 *
 * @module
 */
import type { Placement, PlanProblem } from "../types.ts";
import { largestIntoFastest } from "./baseline.ts";
import { createRelaxer, type Relaxation } from "./bound.ts";
import { assign, improve, rebuild } from "./improve.ts";
import { cyclesBound, makeModel, type Model, type PoolCosts, weightOf } from "./model.ts";
import { createPacker } from "./packing.ts";
import { type Found, layOut, searchChoices } from "./search.ts";

/** What a caller may ask. */
export interface CyclesOptions {
  /** Items that the search may give a pool; by default 200 000. */
  readonly nodeLimit?: number | undefined;
  /** Asked now and then; true ends the search with the best so far. */
  readonly shouldStop?: (() => boolean) | undefined;
  /** Told of better plans and bounds, in cycles. */
  readonly onProgress?: ((cycles: number, bound: number) => void) | undefined;
  /** Another solver of the choice of pools, asked once; see {@linkcode ChoiceSolver}. */
  readonly solver?: ChoiceSolver | undefined;
}

/**
 * Solves the choice of pools without offsets: minimise the sum of the weights so that no bin holds more
 * live bytes than it has at any moment.
 *
 * @param model The choice
 * @returns A bound on all choices, and a choice if it has one
 */
export type ChoiceSolver = (model: Model) => {
  readonly bound: number;
  readonly choice: Int32Array | undefined;
};

/** The answer. */
export interface CyclesResult {
  /** A place for each buffer in the problem's order; nothing if no plan was found. */
  readonly placements: readonly Placement[] | undefined;
  /** Memory cycles of the plan. */
  readonly cycles: number;
  /** No plan takes fewer. */
  readonly bound: number;
  /** Memory cycles of the largest first into the fastest pool; nothing if that finds no room. */
  readonly baseline: number | undefined;
  /** Nodes of all searches. */
  readonly nodes: number;
}

/** Nodes if nobody sets a limit: about a second. */
const DEFAULT_NODES = 200_000;
/** Layouts without answer after which the search gives up: each takes up to 20 000 nodes. */
const MOST_FAILURES = 40;
/** Prices that are tried; fewer for many items. */
const MOST_STEPS = 600;
/** Items times steps at most. */
const MOST_WORK = 4_000_000;
/** Times that items are taken out and put back. */
const MOST_ROUNDS = 1500;
/** Choices that the prices suggest and that are tried. */
const MOST_SUGGESTIONS = 24;
/** How much of a bin a choice may fill after its layout failed so many times. */
const FILLS = [1, 0.98, 0.95, 0.9, 0.8, 0.65, 0.5];

/**
 * Plans a problem.
 *
 * @param problem Pools and buffers with accesses; without pairs
 * @param costs What pools cost and share
 * @param fixed Places that some buffers have already, by name
 * @param options Limits
 */
export function solveCycles(
  problem: PlanProblem,
  costs: PoolCosts,
  fixed: ReadonlyMap<string, Placement> = new Map(),
  options: CyclesOptions = {},
): CyclesResult {
  // By name, so that the order of the problem does not matter.
  const sorted = {
    ...problem,
    buffers: problem.buffers.toSorted((a, b) => a.name < b.name ? -1 : 1),
  };
  const model = makeModel(sorted, costs, fixed);
  const packer = createPacker(model);
  const relaxer = createRelaxer(model);
  let best: Found | undefined;
  const keep = (found: Found | undefined) => {
    if (found !== undefined && (best === undefined || found.weight < best.weight)) best = found;
  };
  const asFound = (placements: readonly Placement[] | undefined): Found | undefined => {
    if (placements === undefined) return undefined;
    const choice = choiceOf(model, placements);
    return { choice, weight: weightOf(model, choice), placements };
  };
  const baseline = asFound(largestIntoFastest(sorted, costs, fixed));
  keep(baseline);
  keep(asFound(largestIntoFastest(sorted, costs, fixed, true)));
  /** Gives a choice offsets, in bins that are less and less full. */
  const realise = (make: (capacities: readonly number[]) => Int32Array | undefined) => {
    for (const fill of FILLS) {
      const choice = make(model.capacities.map((bytes) => Math.floor(bytes * fill)));
      if (choice === undefined) return;
      const weight = weightOf(model, choice);
      if (best !== undefined && weight >= best.weight) return;
      const laid = layOut(model, packer, choice);
      if ("proved" in laid) continue;
      return keep({ choice, weight, placements: laid });
    }
  };
  const suggest = (relaxation: Relaxation) =>
    realise((capacities) => {
      const choice = byPrices(model, relaxer.starts, relaxation, capacities);
      return choice && improve(model, choice, capacities);
    });
  realise((capacities) => {
    const choice = bySavings(model, capacities);
    return choice && improve(model, choice, capacities);
  });
  const known = best;
  if (known !== undefined) realise((capacities) => improve(model, known.choice, capacities));
  const steps = Math.max(
    20,
    Math.min(MOST_STEPS, Math.floor(MOST_WORK / (model.items.length + 1))),
  );
  const heaviest = model.items.reduce((sum, { choices }) => sum + (choices.at(-1)?.weight ?? 0), 0);
  let suggestions = 0;
  let suggested = -Infinity;
  const target = best?.weight ?? heaviest;
  const visit = (one: Relaxation) => {
    // Prices that are hardly better suggest the same.
    if (one.bound - suggested < 1e-3 * Math.abs(target) || suggestions >= MOST_SUGGESTIONS) return;
    suggested = one.bound;
    suggestions++;
    suggest(one);
  };
  const relaxation = relaxer.relax(target, { steps, visit });
  suggest(relaxation);
  const start = best;
  if (start !== undefined && !isProved(start, relaxation.bound)) {
    const rounds = Math.min(MOST_ROUNDS, Math.floor(MOST_WORK / (relaxer.work + 1)));
    realise((capacities) =>
      improve(model, rebuild(model, start.choice, capacities, rounds), capacities)
    );
  }
  const progress = (bound: number) => {
    options.onProgress?.(
      best === undefined ? Infinity : cyclesOf(model, best.choice),
      cyclesBound(model, bound),
    );
  };
  progress(relaxation.bound);
  let bound = relaxation.bound;
  if (options.solver !== undefined) {
    const solved = options.solver(model);
    bound = Math.max(bound, solved.bound);
    const { choice } = solved;
    if (choice !== undefined) realise(() => choice);
  }
  const searched = searchChoices(model, { packer, relaxer, relaxation }, best?.weight ?? Infinity, {
    nodes: isProved(best, bound) ? 0 : options.nodeLimit ?? DEFAULT_NODES,
    failures: MOST_FAILURES,
    shouldStop: options.shouldStop,
    onFound: (found) => {
      best = found;
      progress(bound);
    },
  });
  keep(searched.found);
  bound = Math.max(bound, searched.bound);
  const cycles = best === undefined ? 0 : cyclesOf(model, best.choice);
  const places = new Map(best?.placements.map((place) => [place.name, place]));
  return {
    placements: best && problem.buffers.flatMap(({ name }) => places.get(name) ?? []),
    cycles,
    bound: best === undefined
      ? cyclesBound(model, bound)
      : Math.min(cycles, cyclesBound(model, bound)),
    baseline: baseline && cyclesOf(model, baseline.choice),
    nodes: searched.nodes + packer.nodes,
  };

  function isProved(found: Found | undefined, lower: number): boolean {
    return found !== undefined && found.weight - lower <= Math.max(model.step * 0.999, 1e-9);
  }
}

/** Cycles of a choice. */
function cyclesOf({ items }: Model, choice: Int32Array): number {
  return items.reduce(
    (sum, { choices }, i) => sum + (choices[choice[i] ?? 0]?.cost.cycles ?? 0),
    0,
  );
}

function choiceOf({ items, problem }: Model, placements: readonly Placement[]): Int32Array {
  const poolOf = new Map(placements.map(({ name, pool }) => [name, pool]));
  return Int32Array.from(items, ({ buffer, choices }) => {
    const pool = poolOf.get(buffer.name);
    return Math.max(0, choices.findIndex((one) => problem.pools[one.pool]?.name === pool));
  });
}

/** Those that save most for each byte and moment first, each into its cheapest pool with room. */
function bySavings(model: Model, capacities: readonly number[]): Int32Array | undefined {
  const value = model.items.map(({ choices, bytes, ranges }) => {
    const moments = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    const [first, second] = choices;
    const saved = first === undefined || second === undefined
      ? Infinity
      : (choices.at(-1)?.weight ?? 0) - first.weight;
    return saved / Math.max(1, bytes * moments);
  });
  return assign(
    model,
    sortedBy(value),
    (i) => (model.items[i]?.choices ?? []).map((_, k) => k),
    capacities,
  );
}

/** Those that lose most at the prices first, each into its cheapest pool at the prices. */
function byPrices(
  model: Model,
  starts: Int32Array,
  { reduced }: Relaxation,
  capacities: readonly number[],
): Int32Array | undefined {
  const weightsOf = (i: number) => reduced.subarray(starts[i], starts[i + 1]);
  const value = model.items.map((_, i) => {
    const [first = 0, second = Infinity] = weightsOf(i).toSorted();
    return second - first;
  });
  return assign(
    model,
    sortedBy(value),
    (i) => {
      const weights = weightsOf(i);
      return [...weights.keys()].sort((a, b) => (weights[a] ?? 0) - (weights[b] ?? 0) || a - b);
    },
    capacities,
  );
}

/** Indices, the largest value first. */
function sortedBy(values: readonly number[]): readonly number[] {
  return values.map((_, i) => i).sort((a, b) => {
    const [x, y] = [values[a] ?? 0, values[b] ?? 0];
    return x === y ? a - b : x < y ? 1 : -1;
  });
}
