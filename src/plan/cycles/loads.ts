/**
 * Live bytes of every bin at every moment, while items come and go. Typed arrays: the search changes them
 * at every node.
 *
 * @module
 */
import type { Item, Model } from "./model.ts";

/** Loads of all bins. */
export interface Loads {
  /** Whether a bin has room for an item at all its moments. */
  fits(item: Item, bin: number): boolean;
  /** Adds an item to a bin. */
  add(item: Item, bin: number): void;
  /** Takes it out. */
  remove(item: Item, bin: number): void;
}

/** Empty bins with these capacities, by default the model's. */
export function createLoads(model: Model, capacities = model.capacities): Loads {
  const { moments } = model;
  const load = new Float64Array(moments * capacities.length);
  const change = ({ ranges }: Item, bin: number, bytes: number) => {
    for (const [first, last] of ranges) {
      for (let at = bin * moments + first; at <= bin * moments + last; at++) {
        load[at] = (load[at] ?? 0) + bytes;
      }
    }
  };
  return {
    fits({ ranges, bytes }, bin) {
      const most = (capacities[bin] ?? 0) - bytes;
      for (const [first, last] of ranges) {
        for (let at = bin * moments + first; at <= bin * moments + last; at++) {
          if ((load[at] ?? 0) > most) return false;
        }
      }
      return true;
    },
    add: (item, bin) => change(item, bin, item.bytes),
    remove: (item, bin) => change(item, bin, -item.bytes),
  };
}
