/**
 * Orders in which buffers are tried, by what makes a buffer hard to place. No order is best: the eleven
 * MiniMalloc instances need at least four, so several are raced.
 *
 * @module
 */
import type { Model } from "./model.ts";

/** What an order compares, larger first. */
export type OrderKey = "area" | "conflicts" | "duration" | "sections" | "size" | "total";

/** An order. */
export interface Order {
  /** Keys, the most important first. */
  readonly keys: readonly OrderKey[];
  /** Whether an independent part is sorted anew by what is left in its sections. */
  readonly resort: boolean;
  /** The first key is multiplied by a number of chance up to `by` from 1, another for each buffer. */
  readonly shake?: { readonly seed: number; readonly by: number } | undefined;
}

/** Orders that the search races, in the order of their turns. */
export const ORDERS: readonly Order[] = [
  { keys: ["total", "duration", "area"], resort: false },
  { keys: ["sections", "total", "area"], resort: false },
  { keys: ["total", "area", "duration"], resort: false },
  { keys: ["total", "sections", "area"], resort: false },
  { keys: ["total", "duration", "area"], resort: true },
];

/** Orders that are raced for lower peaks, where there is no telling which one finds a way. */
export const PEAK_ORDERS: readonly Order[] = [
  ...ORDERS,
  { keys: ["sections", "size", "total"], resort: false },
  { keys: ["conflicts", "sections", "area"], resort: false },
];

/** Orders that the first fit tries besides. */
export const GREEDY_ORDERS: readonly Order[] = [
  ...ORDERS.slice(0, 4),
  { keys: ["size", "duration"], resort: false },
  { keys: ["area", "total"], resort: false },
  { keys: ["duration", "size"], resort: false },
  { keys: ["conflicts", "size"], resort: false },
];

/**
 * Sorts the buffers.
 *
 * @param model The problem
 * @param order Keys; ties go by number
 * @returns Numbers of buffers, the first to try first
 */
export function sortBuffers(model: Model, order: Order): Int32Array {
  const columns = order.keys.map((key) => columnOf(model, key));
  const [first] = columns;
  if (order.shake !== undefined && first !== undefined) {
    const { seed, by } = order.shake;
    const random = chance(seed);
    first.forEach((value, i) => first[i] = value * (1 + by * (2 * random() - 1)));
  }
  return Int32Array.from({ length: model.buffers }, (_, i) => i).sort((a, b) => {
    for (const column of columns) {
      const difference = (column[b] ?? 0) - (column[a] ?? 0);
      if (difference !== 0) return difference;
    }
    return a - b;
  });
}

/**
 * Orders for a round of the search for lower peaks: the same keys, shaken. Depth-first search is lucky or not
 * early on, so many short searches find what one long one does not.
 *
 * @param round Number of the round; the first one is not shaken
 * @returns Orders
 */
export function peakOrders(round: number): readonly Order[] {
  if (round === 0) return PEAK_ORDERS;
  const by = SHAKES[(round - 1) % SHAKES.length] ?? 0;
  return PEAK_ORDERS.map((order, i) => ({
    ...order,
    shake: { seed: round * PEAK_ORDERS.length + i, by },
  }));
}

/** How far a key is shaken, in rounds that take turns. */
const SHAKES = [0.05, 0.15];

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes live in each section, in units. */
export function sectionTotals({ sections, membersOf, size }: Model): Int32Array {
  return Int32Array.from({ length: sections }, (_, section) => {
    let total = 0;
    const end = membersOf.start[section + 1] ?? 0;
    for (let k = membersOf.start[section] ?? 0; k < end; k++) {
      total += size[membersOf.items[k] ?? 0] ?? 0;
    }
    return total;
  });
}

function columnOf(model: Model, key: OrderKey): Float64Array {
  const { size, duration, sectionsOf, conflictsOf } = model;
  const totals = key === "total" ? sectionTotals(model) : new Int32Array(0);
  return Float64Array.from({ length: model.buffers }, (_, i) => {
    switch (key) {
      case "size":
        return size[i] ?? 0;
      case "duration":
        return duration[i] ?? 0;
      case "area":
        return (size[i] ?? 0) * (duration[i] ?? 0);
      case "conflicts":
        return (conflictsOf.start[i + 1] ?? 0) - (conflictsOf.start[i] ?? 0);
      case "sections":
        return (model.hullEnd[i] ?? 0) - (model.hullFirst[i] ?? 0);
      case "total": {
        let most = 0;
        const end = sectionsOf.start[i + 1] ?? 0;
        for (let k = sectionsOf.start[i] ?? 0; k < end; k++) {
          most = Math.max(most, totals[sectionsOf.items[k] ?? 0] ?? 0);
        }
        return most;
      }
    }
  });
}
