/**
 * A lower bound on the weight of every choice of pools: a price for each byte of each bin at each full
 * moment. For any prices of 0 or more, the sum of each item's cheapest choice, its bytes paid for,
 * less what all bins are worth, is no more than the weight of any choice that fits (Lagrangian relaxation;
 * Fisher, Management Science 27, 1981). The best prices give the bound of linear programming; subgradient
 * steps come near it. Typed arrays: the search asks for new prices at thousands of nodes.
 *
 * @module
 */
import type { Model } from "./model.ts";

/** Prices and what follows from them. */
export interface Relaxation {
  /** No choice of pools that fits weighs less. */
  readonly bound: number;
  /** Price of a byte by `bin * moments + moment`. */
  readonly prices: Float64Array;
  /** Weight of all choices, their bytes paid for; those of item i begin at `starts[i]`. */
  readonly reduced: Float64Array;
}

/** How prices are searched. */
export interface RelaxOptions {
  /** How many prices to try. */
  readonly steps: number;
  /** Prices to begin with; by default 0. */
  readonly prices?: Float64Array | undefined;
  /** Whether a choice, by `starts[i] + k`, is still possible; by default all are. */
  readonly allowed?: Uint8Array | undefined;
  /** Told of prices that raised the bound. */
  readonly visit?: ((relaxation: Relaxation) => void) | undefined;
}

/** Relaxes a model again and again. */
export interface Relaxer {
  /** Where the choices of each item begin; one more entry at the end. */
  readonly starts: Int32Array;
  /** Arithmetic steps of one try of prices, roughly. */
  readonly work: number;
  /**
   * Searches prices.
   *
   * @param target Weight of a known choice; the search ends when the bound reaches it
   * @param options How
   */
  relax(target: number, options: RelaxOptions): Relaxation;
}

/** Steps without a better bound until the steps become shorter. */
const PATIENCE = 20;
/** By so much. */
const SHORTER = 0.7;
/** How much of its direction a step keeps: without it, prices of neighbouring moments swing. */
const MEMORY = 0.9;

/** Relative error of the sums, far above that of doubles. */
const ROUNDING = 1e-9;

/** A relaxer for a model. */
export function createRelaxer(model: Model): Relaxer {
  const { items, moments, capacities, binOf, step: least } = model;
  const starts = new Int32Array(items.length + 1);
  items.forEach(({ choices }, i) => starts[i + 1] = (starts[i] ?? 0) + choices.length);
  const total = starts[items.length] ?? 0;
  const weights = new Float64Array(total);
  const bins = new Int32Array(total);
  const bytes = Float64Array.from(items, (item) => item.bytes);
  const rangeStarts = new Int32Array(items.length + 1);
  items.forEach(({ ranges }, i) => rangeStarts[i + 1] = (rangeStarts[i] ?? 0) + ranges.length);
  const firsts = Int32Array.from(items.flatMap(({ ranges }) => ranges.map(([first]) => first)));
  const lasts = Int32Array.from(items.flatMap(({ ranges }) => ranges.map(([, last]) => last)));
  items.forEach(({ choices }, i) =>
    choices.forEach(({ pool, weight }, k) => {
      weights[(starts[i] ?? 0) + k] = weight;
      bins[(starts[i] ?? 0) + k] = binOf[pool] ?? 0;
    })
  );
  const prices = new Float64Array(moments * capacities.length);
  const excess = new Float64Array(prices.length);
  const direction = new Float64Array(prices.length);
  const change = new Float64Array((moments + 1) * capacities.length);
  const sums = new Float64Array((moments + 1) * capacities.length);
  const everything = new Uint8Array(total).fill(1);

  /** The value of the prices; `reduced` and `excess` follow. */
  const evaluate = (reduced: Float64Array, allowed: Uint8Array): number => {
    for (let bin = 0; bin < capacities.length; bin++) {
      let sum = 0;
      for (let moment = 0; moment <= moments; moment++) {
        sums[bin * (moments + 1) + moment] = sum;
        if (moment < moments) sum += prices[bin * moments + moment] ?? 0;
      }
    }
    change.fill(0);
    let value = 0;
    for (let i = 0; i < items.length; i++) {
      const size = bytes[i] ?? 0;
      let best = -1;
      for (let at = starts[i] ?? 0; at < (starts[i + 1] ?? 0); at++) {
        const base = (bins[at] ?? 0) * (moments + 1);
        let paid = 0;
        for (let r = rangeStarts[i] ?? 0; r < (rangeStarts[i + 1] ?? 0); r++) {
          paid += (sums[base + (lasts[r] ?? 0) + 1] ?? 0) - (sums[base + (firsts[r] ?? 0)] ?? 0);
        }
        const weight = (weights[at] ?? 0) + paid * size;
        reduced[at] = weight;
        if (allowed[at] === 1 && (best < 0 || weight < (reduced[best] ?? 0))) best = at;
      }
      // An item without a choice has no plan.
      if (best < 0) return Infinity;
      value += reduced[best] ?? 0;
      const base = (bins[best] ?? 0) * (moments + 1);
      for (let r = rangeStarts[i] ?? 0; r < (rangeStarts[i + 1] ?? 0); r++) {
        const from = base + (firsts[r] ?? 0);
        const to = base + (lasts[r] ?? 0) + 1;
        change[from] = (change[from] ?? 0) + size;
        change[to] = (change[to] ?? 0) - size;
      }
    }
    for (let bin = 0; bin < capacities.length; bin++) {
      const capacity = capacities[bin] ?? 0;
      let live = 0;
      for (let moment = 0; moment < moments; moment++) {
        live += change[bin * (moments + 1) + moment] ?? 0;
        excess[bin * moments + moment] = live - capacity;
      }
      value -= capacity * (sums[bin * (moments + 1) + moments] ?? 0);
    }
    return value;
  };

  return {
    starts,
    work: total + 2 * moments * capacities.length + firsts.length * 4,
    relax(target, { steps, prices: from, allowed = everything, visit }) {
      if (from === undefined) prices.fill(0);
      else prices.set(from);
      let best: Relaxation = {
        bound: -Infinity,
        prices: prices.slice(),
        reduced: new Float64Array(total),
      };
      let scale = from === undefined ? 2 : 1;
      let idle = 0;
      direction.fill(0);
      let reduced = new Float64Array(total);
      for (let step = 0; step < steps; step++) {
        const value = evaluate(reduced, allowed);
        const bound = value - Math.abs(value) * ROUNDING;
        if (bound > best.bound) {
          const gain = bound - best.bound;
          const free = best.reduced;
          best = { bound, prices: prices.slice(), reduced };
          reduced = visit === undefined
            ? free as Float64Array<ArrayBuffer>
            : new Float64Array(total);
          if (gain > 1e-5 * Math.abs(bound)) idle = 0;
          visit?.(best);
        }
        if (target - best.bound <= least * 0.999) break;
        if (++idle > PATIENCE) {
          idle = 0;
          scale *= SHORTER;
          if (scale < 1e-4) break;
        }
        let norm = 0;
        for (let at = 0; at < prices.length; at++) {
          const over = excess[at] ?? 0;
          // A price of 0 cannot fall.
          const pull = over > 0 || (prices[at] ?? 0) > 0 ? over : 0;
          const way = pull + MEMORY * (direction[at] ?? 0);
          direction[at] = way;
          norm += way * way;
        }
        if (norm === 0) break;
        const length = scale * Math.max(target - value, 1e-6 * Math.abs(target)) / norm;
        for (let at = 0; at < prices.length; at++) {
          prices[at] = Math.max(0, (prices[at] ?? 0) + length * (direction[at] ?? 0));
        }
      }
      return best;
    },
  };
}
