/**
 * A lower bound on the weight of every choice of pools: a price for each byte of each bin at each full
 * moment. For any prices of 0 or more, the sum of each item's cheapest choice, its bytes paid for,
 * less what all bins are worth, is no more than the weight of any choice that fits (Lagrangian relaxation; Fisher,
 * Management Science 27, 1981). The best prices give the bound of linear programming; subgradient steps
 * come near it.
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
  /** Weight of each item's choices, its bytes paid for, in the order of its choices. */
  readonly reduced: readonly Float64Array[];
}

/** Steps without a better bound until the steps become shorter. */
const PATIENCE = 12;

/** Relative error of the sums, far above that of doubles. */
const ROUNDING = 1e-9;

/**
 * Searches prices.
 *
 * @param model The model
 * @param target Weight of a known choice, which the bound cannot pass
 * @param steps How many prices to try
 * @param visit Told of prices that raised the bound
 */
export function relax(
  model: Model,
  target: number,
  steps: number,
  visit: (relaxation: Relaxation) => void = () => {},
): Relaxation {
  const { items, moments, capacities, binOf } = model;
  const prices = new Float64Array(moments * capacities.length);
  const usage = new Float64Array(prices.length);
  const sums = new Float64Array((moments + 1) * capacities.length);
  let best: Relaxation = { bound: -Infinity, prices, reduced: [] };
  let scale = 2;
  let idle = 0;
  for (let step = 0; step < steps; step++) {
    const reduced = reduce(model, prices, sums);
    usage.fill(0);
    let value = 0;
    items.forEach((item, i) => {
      const weights = reduced[i];
      if (weights === undefined || weights.length === 0) return;
      let least = 0;
      for (let k = 1; k < weights.length; k++) {
        if ((weights[k] ?? 0) < (weights[least] ?? 0)) least = k;
      }
      value += weights[least] ?? 0;
      const bin = binOf[item.choices[least]?.pool ?? 0] ?? 0;
      for (const [first, last] of item.ranges) {
        for (let at = bin * moments + first; at <= bin * moments + last; at++) {
          usage[at] = (usage[at] ?? 0) + item.bytes;
        }
      }
    });
    prices.forEach((price, at) => {
      value -= price * (capacities[Math.floor(at / moments)] ?? 0);
    });
    const bound = value - Math.abs(value) * ROUNDING;
    if (bound > best.bound) {
      const gain = bound - best.bound;
      best = { bound, prices: prices.slice(), reduced };
      if (gain > 1e-4 * Math.abs(bound)) idle = 0;
      visit(best);
    }
    if (++idle > PATIENCE) {
      idle = 0;
      scale /= 2;
      prices.set(best.prices);
      if (scale < 1e-4) break;
      continue;
    }
    if (target - bound <= model.step * 0.999) break;
    let norm = 0;
    usage.forEach((bytes, at) => {
      const excess = bytes - (capacities[Math.floor(at / moments)] ?? 0);
      usage[at] = excess;
      // A price of 0 cannot fall.
      if (excess > 0 || (prices[at] ?? 0) > 0) norm += excess * excess;
    });
    if (norm === 0) break;
    const length = scale * Math.max(target - value, 1e-6 * Math.abs(target)) / norm;
    prices.forEach((price, at) => {
      prices[at] = Math.max(0, price + length * (usage[at] ?? 0));
    });
  }
  return best;
}

/** Weights of all choices with their bytes paid for. */
function reduce(
  { items, moments, capacities, binOf }: Model,
  prices: Float64Array,
  sums: Float64Array,
): readonly Float64Array[] {
  capacities.forEach((_, bin) => {
    let sum = 0;
    for (let moment = 0; moment < moments; moment++) {
      sums[bin * (moments + 1) + moment] = sum;
      sum += prices[bin * moments + moment] ?? 0;
    }
    sums[bin * (moments + 1) + moments] = sum;
  });
  return items.map(({ choices, ranges, bytes }) =>
    Float64Array.from(choices, ({ pool, weight }) => {
      const base = (binOf[pool] ?? 0) * (moments + 1);
      let paid = 0;
      for (const [first, last] of ranges) {
        paid += (sums[base + last + 1] ?? 0) - (sums[base + first] ?? 0);
      }
      return weight + paid * bytes;
    })
  );
}
