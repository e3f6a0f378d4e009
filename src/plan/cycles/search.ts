/**
 * Branch and bound over the choice of pools. Items come in the order in which a wrong choice costs most at the
 * prices of the relaxation; the cheapest choice is tried first. A branch ends when its bound reaches the
 * best plan, when a bin overflows at a moment, or when it holds a set that was proved to have no layout.
 * Of items that are alike only one order is tried. A choice of pools that passes gets offsets.
 *
 * @module
 */
import type { Relaxation, Relaxer } from "./bound.ts";
import { createLoads } from "./loads.ts";
import { type Model, weightOf } from "./model.ts";
import { branchingOrder, twinsIn } from "./order.ts";
import type { Member, Packer } from "./packing.ts";
import type { Placement } from "../types.ts";

/** A choice with offsets. */
export interface Found {
  /** For each item the index among its choices. */
  readonly choice: Int32Array;
  /** Sum of the weights. */
  readonly weight: number;
  /** Offsets. */
  readonly placements: readonly Placement[];
}

/** How a search ended. */
export interface Searched {
  /** Anything that weighs less than the plan that it began with, the best of it. */
  readonly found: Found | undefined;
  /** No plan weighs less. */
  readonly bound: number;
  /** Items that were given a pool. */
  readonly nodes: number;
}

/** What limits a search. */
export interface Limits {
  /** Items that may be given a pool. */
  readonly nodes: number;
  /** Layouts that may fail without a proof before the search gives up: each takes long. */
  readonly failures: number;
  /** Asked now and then; true ends the search. */
  readonly shouldStop?: (() => boolean) | undefined;
  /** Told of better plans. */
  readonly onFound?: ((found: Found) => void) | undefined;
}

/** What a search works with. */
export interface Tools {
  /** The model's packer. */
  readonly packer: Packer;
  /** The model's relaxer. */
  readonly relaxer: Relaxer;
  /** Prices and bound of the whole. */
  readonly relaxation: Relaxation;
}

/** A node on the way to the present one: the item of its depth. */
interface Layer {
  /** Prices that bound what is below. */
  readonly relaxation: Relaxation;
  /** No choice below weighs less. */
  readonly bound: number;
  /** What the prices' own bound is. */
  readonly base: number;
  /** Choices of the item, the cheapest at the prices first. */
  readonly ranked: readonly number[];
  /** Where the item's choices begin. */
  readonly from: number;
  /** How many choices were tried. */
  next: number;
}

/** Prices that are tried at a node. */
const STEPS_AT_NODE = 12;
/** Arithmetic steps for prices, on average. */
const WORK_PER_NODE = 300;
/** Nodes between two questions whether to stop. */
const ASK_EVERY = 512;

/**
 * Gives all items offsets.
 *
 * @param model The model
 * @param packer Its packer
 * @param choice For each item the index among its choices
 * @returns Offsets, or the bin that failed
 */
export function layOut(
  model: Model,
  packer: Packer,
  choice: Int32Array,
): readonly Placement[] | { readonly members: readonly Member[]; readonly proved: boolean } {
  const members: Member[][] = model.capacities.map(() => []);
  model.items.forEach(({ choices }, item) => {
    const pool = choices[choice[item] ?? 0]?.pool ?? 0;
    members[model.binOf[pool] ?? 0]?.push({ item, pool });
  });
  const placements: Placement[] = [];
  for (const [bin, own] of members.entries()) {
    const packed = packer.pack(bin, own);
    if (packed.status === "failed") return { members: own, proved: packed.proved };
    placements.push(...packed.placements);
  }
  return placements;
}

/**
 * Searches for a choice of pools that weighs less.
 *
 * @param model The model
 * @param tools Its packer and relaxer, and the bound of the whole
 * @param below Weight of the best plan so far
 * @param limits Where to give up
 */
export function searchChoices(
  model: Model,
  { packer, relaxer, relaxation }: Tools,
  below: number,
  limits: Limits,
): Searched {
  const { items, binOf, step } = model;
  const { starts } = relaxer;
  const order = branchingOrder(model);
  const twins = twinsIn(model, order);
  const loads = createLoads(model);
  const choice = new Int32Array(items.length).fill(-1);
  const impossible = createImpossible();
  let best = below;
  let found: Found | undefined;
  /** The least bound of a branch that was left without an answer. */
  let open = Infinity;
  let nodes = 0;
  let failures = 0;
  /** Work that new prices may take. */
  let work = limits.nodes * WORK_PER_NODE;
  const slack = () => step > 0 ? step * 0.999 : Math.abs(best) * 1e-12 + 1e-12;
  /** The branch is no better than what is known. */
  const isNoBetter = (bound: number) => bound >= best - slack();

  const layers: Layer[] = [];
  const allowed = new Uint8Array(starts[items.length] ?? 0);
  /** Prices for what is left below the items that have a pool. */
  const enter = (depth: number, bound: number): Layer => {
    const above = layers[depth - 1];
    const prices = above?.relaxation ?? relaxation;
    const from = starts[order[depth] ?? 0] ?? 0;
    const own = work > 0 && depth > 0 && depth < items.length ? again(prices) : prices;
    const isOwn = own !== prices;
    const best = isOwn ? Math.max(bound, own.bound) : bound;
    // With prices of its own the branch's bound begins at theirs.
    const base = isOwn ? own.bound : bound;
    const count = items[order[depth] ?? 0]?.choices.length ?? 0;
    const { reduced } = own;
    const ranked = Array.from({ length: count }, (_, k) => k)
      .sort((a, b) => (reduced[from + a] ?? 0) - (reduced[from + b] ?? 0) || a - b);
    return { relaxation: own, bound: best, base, ranked, next: 0, from };
  };
  const again = (prices: Relaxation): Relaxation => {
    items.forEach((item, i) => {
      const now = choice[i] ?? -1;
      item.choices.forEach(({ pool }, k) => {
        const isOpen = now < 0 ? loads.fits(item, binOf[pool] ?? 0) : now === k;
        allowed[(starts[i] ?? 0) + k] = isOpen ? 1 : 0;
      });
    });
    work -= relaxer.work * (STEPS_AT_NODE + items.length / 8);
    return relaxer.relax(best, { steps: STEPS_AT_NODE, prices: prices.prices, allowed });
  };
  /** What a choice at a layer's item is bounded by. */
  const boundOf = (layer: Layer, k: number): number => {
    const { reduced } = layer.relaxation;
    const [first = 0] = layer.ranked;
    const least = reduced[layer.from + first] ?? 0;
    return Math.max(layer.bound, layer.base + (reduced[layer.from + k] ?? 0) - least);
  };
  const undo = (at: number) => {
    const i = order[at] ?? 0;
    const item = items[i];
    const pool = item?.choices[choice[i] ?? 0]?.pool;
    if (item === undefined || pool === undefined) return;
    loads.remove(item, binOf[pool] ?? 0);
    impossible.remove(i, pool);
    choice[i] = -1;
  };

  layers.push(enter(0, relaxation.bound));
  while (layers.length > 0) {
    if (nodes >= limits.nodes || failures >= limits.failures) break;
    if (nodes % ASK_EVERY === 0 && limits.shouldStop?.() === true) break;
    const depth = layers.length - 1;
    const layer = layers[depth];
    if (layer === undefined) break;
    const k = layer.ranked[layer.next];
    if (depth === items.length) {
      // Prices give a bound below the weight; only the weight decides.
      const weight = weightOf(model, choice);
      if (!isNoBetter(weight)) {
        const laid = layOut(model, packer, choice);
        if (!("proved" in laid)) {
          best = weight;
          found = { choice: choice.slice(), weight, placements: laid };
          limits.onFound?.(found);
        } else if (laid.proved) impossible.add(laid.members);
        else {
          failures++;
          open = Math.min(open, weight);
        }
      }
      layers.pop();
      undo(depth - 1);
      continue;
    }
    const bound = k === undefined ? Infinity : boundOf(layer, k);
    // The choices that follow are dearer still.
    if (k === undefined || isNoBetter(bound)) {
      layers.pop();
      if (depth > 0) undo(depth - 1);
      continue;
    }
    layer.next++;
    const i = order[depth] ?? 0;
    const item = items[i];
    const pool = item?.choices[k]?.pool;
    if (item === undefined || pool === undefined) continue;
    const twin = twins[depth] ?? -1;
    if (twin >= 0 && (choice[twin] ?? 0) > k) continue;
    if (!loads.fits(item, binOf[pool] ?? 0)) continue;
    nodes++;
    if (!impossible.tryAdd(i, pool)) continue;
    loads.add(item, binOf[pool] ?? 0);
    choice[i] = k;
    layers.push(enter(depth + 1, bound));
  }
  for (const layer of layers) {
    const k = layer.ranked[layer.next];
    if (k !== undefined) open = Math.min(open, boundOf(layer, k));
  }
  // A complete choice at which it stopped was not laid out.
  if (layers.length === items.length + 1) open = Math.min(open, layers.at(-1)?.bound ?? 0);
  return { found, bound: Math.max(relaxation.bound, Math.min(best, open)), nodes };
}

/** Sets of items in pools that have no layout; a branch that holds one has none. */
function createImpossible() {
  const sizes: number[] = [];
  const held: number[] = [];
  const setsWith = new Map<string, number[]>();
  const keyOf = (item: number, pool: number) => `${item}/${pool}`;
  return {
    /** Remembers a set, all of which is held now. */
    add(members: readonly Member[]): void {
      const set = sizes.length;
      sizes.push(members.length);
      held.push(members.length);
      for (const { item, pool } of members) {
        const key = keyOf(item, pool);
        const sets = setsWith.get(key) ?? [];
        sets.push(set);
        setsWith.set(key, sets);
      }
    },
    /** Adds an item unless that completes a set. */
    tryAdd(item: number, pool: number): boolean {
      const sets = setsWith.get(keyOf(item, pool)) ?? [];
      if (sets.some((set) => (held[set] ?? 0) + 1 >= (sizes[set] ?? Infinity))) return false;
      for (const set of sets) held[set] = (held[set] ?? 0) + 1;
      return true;
    },
    /** Takes an item out. */
    remove(item: number, pool: number): void {
      for (const set of setsWith.get(keyOf(item, pool)) ?? []) held[set] = (held[set] ?? 0) - 1;
    },
  };
}
