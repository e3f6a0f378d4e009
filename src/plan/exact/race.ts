/**
 * Several searches for one capacity in turns, each with another order. Turns are counted in nodes, so
 * the result is the same on every machine.
 *
 * @module
 */
import type { Model } from "./model.ts";
import type { Order } from "./orders.ts";
import type { SearchRules } from "./rules.ts";
import { createSearch, type Search, type SearchState } from "./search.ts";

/** Nodes of one turn. */
export const TURN = 512;

/** Searches in turns. */
export interface Race {
  /** Nodes of all searches. */
  readonly nodes: number;
  /** The layout, once found. */
  readonly offsets: Int32Array | undefined;
  /**
   * Gives the next search its turn. One that finds a layout or exhausts decides for all.
   *
   * @param limit Nodes at most, if fewer than a turn
   * @returns How the race stands
   */
  turn(limit: number): SearchState;
}

/** Starts a race of these orders for a capacity. */
export function createRace(
  model: Model,
  capacity: number,
  rules: SearchRules,
  orders: readonly Order[],
): Race {
  const searches: Search[] = [];
  let winner: Search | undefined;
  let state: SearchState = "open";
  let nodes = 0;
  let turns = 0;
  return {
    get nodes() {
      return nodes;
    },
    get offsets() {
      return winner?.offsets;
    },
    turn(limit) {
      if (state !== "open") return state;
      const which = turns++ % orders.length;
      const order = orders[which];
      if (order === undefined) return state;
      const search = searches[which] ?? createSearch(model, capacity, order, rules);
      searches[which] = search;
      const before = search.nodes;
      state = search.run(Math.min(limit, TURN));
      nodes += search.nodes - before;
      if (state === "found") winner = search;
      return state;
    },
  };
}
