/**
 * Branch and bound over the choice of pools. Items come in the order in which a wrong choice costs most at the
 * prices of the relaxation; the cheapest choice is tried first. A branch ends when its bound reaches the
 * best plan, when a bin overflows at a moment, or when it holds a set that was proved to have no layout.
 * Of items that are alike only one order is tried. A choice of pools that passes gets offsets.
 *
 * @module
 */
import type { Relaxation } from "./bound.ts";
import { createLoads } from "./loads.ts";
import type { Item, Model } from "./model.ts";
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
 * @param packer Its packer
 * @param relaxation Prices and bound of the whole
 * @param below Weight of the best plan so far
 * @param limits Where to give up
 */
export function searchChoices(
  model: Model,
  packer: Packer,
  relaxation: Relaxation,
  below: number,
  limits: Limits,
): Searched {
  const { items, binOf, step } = model;
  const order = orderOf(model, relaxation);
  const twins = twinsIn(model, order);
  const { reduced } = relaxation;
  const least = reduced.map((weights) => weights.reduce((a, b) => Math.min(a, b), Infinity));
  const loads = createLoads(model);
  const choice = new Int32Array(items.length).fill(-1);
  /** Choices of each depth by weight at the prices. */
  const ranked = order.map((i) =>
    Int32Array.from(reduced[i] ?? [], (_, k) => k)
      .sort((a, b) => (reduced[i]?.[a] ?? 0) - (reduced[i]?.[b] ?? 0) || a - b)
  );
  const impossible = createImpossible();
  let best = below;
  let found: Found | undefined;
  /** The least bound of a branch that was left without an answer. */
  let open = Infinity;
  let nodes = 0;
  let failures = 0;
  /** The branch is no better than what is known. */
  const isNoBetter = (bound: number) =>
    bound >= best - (step > 0 ? step * 0.999 : Math.abs(best) * 1e-12 + 1e-12);

  const next = new Int32Array(items.length + 1);
  const bounds = new Float64Array(items.length + 1);
  bounds[0] = relaxation.bound;
  let depth = 0;
  const undo = (at: number) => {
    const i = order[at] ?? 0;
    const item = items[i];
    const pool = item?.choices[choice[i] ?? 0]?.pool;
    if (item === undefined || pool === undefined) return;
    loads.remove(item, binOf[pool] ?? 0);
    impossible.remove(i, pool);
    choice[i] = -1;
  };
  for (;;) {
    if (nodes >= limits.nodes || failures >= limits.failures) break;
    if (nodes % ASK_EVERY === 0 && limits.shouldStop?.() === true) break;
    if (depth === items.length) {
      const weight = weightOfChoice(items, choice);
      // Prices give a bound below the weight; only the weight decides.
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
      depth--;
      if (depth < 0) break;
      undo(depth);
      continue;
    }
    const i = order[depth] ?? 0;
    const item = items[i];
    const candidates = ranked[depth];
    if (item === undefined || candidates === undefined) break;
    const place = next[depth] ?? 0;
    const k = candidates[place];
    const bound = k === undefined
      ? Infinity
      : (bounds[depth] ?? 0) + (reduced[i]?.[k] ?? 0) - (least[i] ?? 0);
    // The choices that follow are dearer still.
    if (k === undefined || isNoBetter(bound)) {
      next[depth] = 0;
      depth--;
      if (depth < 0) break;
      undo(depth);
      continue;
    }
    next[depth] = place + 1;
    const pool = item.choices[k]?.pool ?? 0;
    const bin = binOf[pool] ?? 0;
    const twin = twins[depth] ?? -1;
    if (twin >= 0 && (choice[twin] ?? 0) > k) continue;
    if (!loads.fits(item, bin)) continue;
    nodes++;
    if (!impossible.tryAdd(i, pool)) continue;
    loads.add(item, bin);
    choice[i] = k;
    depth++;
    bounds[depth] = bound;
    next[depth] = 0;
  }
  if (depth >= 0) open = Math.min(open, openBound());
  return { found, bound: Math.max(relaxation.bound, Math.min(best, open)), nodes };

  /** The least bound among what a search that was stopped did not try. */
  function openBound(): number {
    let lowest = Infinity;
    for (let at = 0; at <= Math.min(depth, items.length - 1); at++) {
      const i = order[at] ?? 0;
      const k = ranked[at]?.[next[at] ?? 0];
      if (k === undefined) continue;
      lowest = Math.min(
        lowest,
        (bounds[at] ?? 0) + (reduced[i]?.[k] ?? 0) - (least[i] ?? 0),
      );
    }
    // A complete choice at which it stopped was not laid out.
    return depth === items.length ? Math.min(lowest, bounds[depth] ?? 0) : lowest;
  }
}

function weightOfChoice(items: readonly Item[], choice: Int32Array): number {
  let sum = 0;
  items.forEach(({ choices }, i) => sum += choices[choice[i] ?? 0]?.weight ?? 0);
  return sum;
}

/** Items whose second choice costs most at the prices come first. */
function orderOf({ items }: Model, { reduced }: Relaxation): readonly number[] {
  const regret = items.map((item, i) => {
    const [first = 0, second = Infinity] = (reduced[i] ?? new Float64Array()).toSorted();
    return { regret: second - first, area: item.bytes };
  });
  return items.map((_, i) => i).sort((a, b) =>
    compare(regret[b]?.regret, regret[a]?.regret) || compare(regret[b]?.area, regret[a]?.area) ||
    (nameOf(items, a) < nameOf(items, b) ? -1 : 1)
  );
}

function compare(a = 0, b = 0): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function nameOf(items: readonly Item[], i: number): string {
  return items[i]?.buffer.name ?? "";
}

/** For each depth the latest item before it that is alike, or -1. */
function twinsIn({ items, fixed }: Model, order: readonly number[]): readonly number[] {
  const last = new Map<string, number>();
  return order.map((i) => {
    const item = items[i];
    if (item === undefined || fixed.has(item.buffer.name)) return -1;
    const { size, alignment, kind, intervals } = item.buffer;
    const key = JSON.stringify([size, alignment, kind, intervals, item.choices]);
    const before = last.get(key) ?? -1;
    last.set(key, i);
    return before;
  });
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
