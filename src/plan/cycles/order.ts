/**
 * The order in which items are given pools, and which of them are alike.
 *
 * @module
 */
import type { Model } from "./model.ts";

/** Items with most to lose come first, of equal ones the larger. */
export function branchingOrder({ items }: Model): readonly number[] {
  const spread = items.map(({ choices }) =>
    (choices.at(-1)?.weight ?? 0) - (choices[0]?.weight ?? 0)
  );
  return items.map((_, i) => i).sort((a, b) =>
    compare(spread[b], spread[a]) || compare(items[b]?.bytes, items[a]?.bytes) ||
    (nameOf(items, a) < nameOf(items, b) ? -1 : 1)
  );
}

function compare(a = 0, b = 0): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function nameOf(items: Model["items"], i: number): string {
  return items[i]?.buffer.name ?? "";
}

/** For each depth the latest item before it that is alike, or -1. */
export function twinsIn({ items, fixed }: Model, order: readonly number[]): readonly number[] {
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
