/**
 * Choices of pools from orders: items one at a time into the cheapest pool with room at all moments, then
 * moves and exchanges as long as they save something. No offsets here.
 *
 * @module
 */
import { createLoads } from "./loads.ts";
import { type Model, weightOf } from "./model.ts";

/** Up to this many items exchanges of two are tried. */
const MOST_FOR_EXCHANGES = 400;
/** Rounds of moves. */
const ROUNDS = 6;

/**
 * Gives every item a pool.
 *
 * @param model The model
 * @param order Indices of items, each once
 * @param ranked For each item the indices of its choices, the one to be tried first first
 * @param capacities Bytes of each bin
 * @returns For each item the index among its choices; nothing if one has no room
 */
export function assign(
  model: Model,
  order: readonly number[],
  ranked: (item: number) => readonly number[],
  capacities: readonly number[],
): Int32Array | undefined {
  const loads = createLoads(model, capacities);
  const choice = new Int32Array(model.items.length).fill(-1);
  for (const i of order) {
    const item = model.items[i];
    if (item === undefined) continue;
    const k = ranked(i).find((one) => loads.fits(item, binAt(model, i, one)));
    if (k === undefined) return undefined;
    loads.add(item, binAt(model, i, k));
    choice[i] = k;
  }
  return choice;
}

/**
 * Improves a choice: items move to cheaper pools with room, or change places with one that loses less.
 *
 * @param model The model
 * @param choice What to improve
 * @param capacities Bytes of each bin
 * @returns Another choice, no heavier
 */
export function improve(
  model: Model,
  choice: Int32Array,
  capacities: readonly number[],
): Int32Array {
  const { items } = model;
  const loads = createLoads(model, capacities);
  const now = choice.slice();
  items.forEach((item, i) => loads.add(item, binAt(model, i, now[i] ?? 0)));
  const weight = (i: number, k: number) => items[i]?.choices[k]?.weight ?? 0;
  const move = (i: number, k: number) => {
    const item = items[i];
    if (item === undefined) return;
    loads.remove(item, binAt(model, i, now[i] ?? 0));
    loads.add(item, binAt(model, i, k));
    now[i] = k;
  };
  const fitsAt = (i: number, k: number) => {
    const item = items[i];
    return item !== undefined && loads.fits(item, binAt(model, i, k));
  };
  /** Moves item i to its choice k if one other item can make the room and the two save something. */
  const exchange = (i: number, k: number): boolean => {
    const bin = binAt(model, i, k);
    const before = now[i] ?? 0;
    const saved = weight(i, before) - weight(i, k);
    for (let j = 0; j < items.length; j++) {
      const other = now[j] ?? 0;
      if (j === i || binAt(model, j, other) !== bin) continue;
      for (let to = 0; to < (items[j]?.choices.length ?? 0); to++) {
        if (to === other || weight(j, to) - weight(j, other) >= saved) continue;
        const item = items[i];
        const second = items[j];
        if (item === undefined || second === undefined || binAt(model, j, to) === bin) continue;
        loads.remove(second, bin);
        loads.remove(item, binAt(model, i, before));
        if (loads.fits(item, bin)) {
          loads.add(item, bin);
          if (loads.fits(second, binAt(model, j, to))) {
            loads.add(second, binAt(model, j, to));
            now[i] = k;
            now[j] = to;
            return true;
          }
          loads.remove(item, bin);
        }
        loads.add(item, binAt(model, i, before));
        loads.add(second, bin);
      }
    }
    return false;
  };
  const order = items.map((_, i) => i).filter((i) => !isCheapest(i))
    .sort((a, b) => gainOf(b) - gainOf(a) || a - b);
  for (let round = 0; round < ROUNDS; round++) {
    let changed = false;
    for (const i of order) {
      for (let k = 0; weight(i, k) < weight(i, now[i] ?? 0); k++) {
        if (fitsAt(i, k)) move(i, k);
        else if (items.length > MOST_FOR_EXCHANGES || !exchange(i, k)) continue;
        changed = true;
        break;
      }
    }
    if (!changed) break;
  }
  return weightOf(model, now) <= weightOf(model, choice) ? now : choice;

  function gainOf(i: number): number {
    return weight(i, now[i] ?? 0) - weight(i, 0);
  }
  function isCheapest(i: number): boolean {
    return gainOf(i) <= 0;
  }
}

/**
 * Improves a choice by taking some items out and putting them back in another order, again and again (large
 * neighbourhood search; Shaw, CP 1998). The numbers behind the orders are the same for every call.
 *
 * @param model The model
 * @param choice What to improve
 * @param capacities Bytes of each bin
 * @param rounds How often
 * @returns Another choice, no heavier
 */
export function rebuild(
  model: Model,
  choice: Int32Array,
  capacities: readonly number[],
  rounds: number,
): Int32Array {
  const { items } = model;
  const random = randomNumbers();
  let best = choice;
  let least = weightOf(model, choice);
  const density = items.map(({ choices, bytes, ranges }) => {
    const moments = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    const spread = (choices.at(-1)?.weight ?? 0) - (choices[0]?.weight ?? 0);
    return spread / Math.max(1, bytes * moments);
  });
  for (let round = 0; round < rounds; round++) {
    const share = SHARES[round % SHARES.length] ?? 0;
    const loads = createLoads(model, capacities);
    const now = best.slice();
    const out: number[] = [];
    items.forEach((item, i) => {
      if (item.choices.length > 1 && random() < share) out.push(i);
      else loads.add(item, binAt(model, i, now[i] ?? 0));
    });
    const keys = new Map(out.map((i) => [i, (density[i] ?? 0) * (0.5 + random())]));
    out.sort((a, b) => (keys.get(b) ?? 0) - (keys.get(a) ?? 0) || a - b);
    const isWhole = out.every((i) => {
      const item = items[i];
      if (item === undefined) return false;
      let k = -1;
      let ties = 0;
      for (const [one, { weight }] of item.choices.entries()) {
        if (k >= 0 && weight > (item.choices[k]?.weight ?? 0)) break;
        if (!loads.fits(item, binAt(model, i, one))) continue;
        // Of pools that cost the same, any: which of them stays free matters.
        if (random() * ++ties < 1) k = one;
      }
      if (k < 0) return false;
      loads.add(item, binAt(model, i, k));
      now[i] = k;
      return true;
    });
    if (!isWhole) continue;
    const weight = weightOf(model, now);
    if (weight > least) continue;
    least = weight;
    best = now;
  }
  return best;
}

/** Shares of the items that are taken out. */
const SHARES = [0.05, 0.1, 0.2, 0.4];

/** Numbers in [0, 1), always the same (mulberry32). */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function binAt({ items, binOf }: Model, item: number, k: number): number {
  return binOf[items[item]?.choices[k]?.pool ?? 0] ?? 0;
}
