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
  return Int32Array.from({ length: model.buffers }, (_, i) => i).sort((a, b) => {
    for (const column of columns) {
      const difference = (column[b] ?? 0) - (column[a] ?? 0);
      if (difference !== 0) return difference;
    }
    return a - b;
  });
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
