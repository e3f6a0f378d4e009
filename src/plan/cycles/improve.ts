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

function binAt({ items, binOf }: Model, item: number, k: number): number {
  return binOf[items[item]?.choices[k]?.pool ?? 0] ?? 0;
}
