/**
 * The search for a layout within a capacity: depth first over partial layouts, each buffer directly on
 * what is below it. It keeps its own stack, so it can stop after any number of nodes and go on later,
 * and depth is no matter.
 *
 * @module
 */
import { createLayout, type Part } from "./layout.ts";
import type { Model } from "./model.ts";
import { type Order, sortBuffers } from "./orders.ts";
import type { SearchRules } from "./rules.ts";

/** How a search stands: more to do, a layout found, or proved that there is none. */
export type SearchState = "open" | "found" | "exhausted";

/** A search that can be continued. */
export interface Search {
  /** Buffers placed so far, each counted every time. */
  readonly nodes: number;
  /** The layout, once found. */
  readonly offsets: Int32Array;
  /**
   * Goes on.
   *
   * @param nodes How many buffers to place at most
   * @returns How it stands then
   */
  run(nodes: number): SearchState;
}

/** A level of the stack: either the parts that it still has to solve, or the buffers to try next. */
interface Level {
  /** Parts to solve one after another; empty if this level tries buffers. */
  parts: readonly Part[];
  /** Part being solved. */
  part: Part;
  /** Which of the parts or of the choices comes next. */
  next: number;
  /** Positions in the part's list, the first to try first. */
  readonly choices: number[];
  /** Buffer that this level has placed, or -1. */
  placed: number;
  /** Trail before it. */
  mark: number;
  /** No other choice can do better than the placed one. */
  last: boolean;
  /** For parts: no offset below it. */
  least: number;
}

const NO_PART: Part = { first: 0, end: 0, list: [], left: 0 };

/**
 * Starts a search.
 *
 * @param model The problem
 * @param capacity Units that may be used
 * @param order Which buffer is tried first
 * @param rules Ideas to use
 * @returns The search, nothing done yet
 */
export function createSearch(
  model: Model,
  capacity: number,
  order: Order,
  rules: SearchRules,
): Search {
  const sorted = sortBuffers(model, order);
  const rank = new Int32Array(model.buffers);
  sorted.forEach((buffer, place) => rank[buffer] = place);
  const twin = rules.twins ? findTwins(model, sorted) : new Int32Array(model.buffers).fill(-1);
  const { size, hullFirst, hullEnd, sectionsOf } = model;
  const { canonical, dominance, decompose, lonely } = rules;
  const monotonic = rules.monotonic && canonical && rules.sums;
  const layout = createLayout(model, capacity, rank, rules);
  const { offset, support, earliest, total, bonds } = layout;
  const byTotal = order.resort && order.keys[0] === "total";

  const offsets = new Int32Array(model.buffers).fill(-1);
  const levels: Level[] = [];
  let depth = -1;
  let nodes = 0;
  let state: SearchState = "open";

  const push = (parts: readonly Part[], part: Part): Level => {
    depth++;
    const level = levels[depth] ??
      { parts, part, next: 0, choices: [], placed: -1, mark: 0, last: false, least: 0 };
    level.parts = parts;
    level.part = part;
    level.next = 0;
    level.placed = -1;
    level.last = false;
    levels[depth] = level;
    return level;
  };

  /** Largest sum of unplaced sizes in the buffer's sections. */
  const totalOf = (buffer: number): number => {
    let most = 0;
    const end = sectionsOf.start[buffer + 1] ?? 0;
    for (let k = sectionsOf.start[buffer] ?? 0; k < end; k++) {
      const one = total[sectionsOf.items[k] ?? 0] ?? 0;
      if (one > most) most = one;
    }
    return most;
  };

  /** Cuts a part where no unplaced buffer binds two sections. */
  const pushParts = (whole: Part, least: number): void => {
    const parts: Part[] = [];
    let first = whole.first;
    for (let s = whole.first; s < whole.end; s++) {
      if (s < whole.end - 1 && (bonds[s] ?? 0) > 0) continue;
      const end = s + 1;
      const list: number[] = [];
      for (const buffer of whole.list) {
        const inside = (hullFirst[buffer] ?? 0) >= first && (hullEnd[buffer] ?? 0) <= end;
        if (inside && (offset[buffer] ?? -1) < 0) list.push(buffer);
      }
      if (byTotal) sortByTotal(list);
      if (list.length > 0) parts.push({ first, end, list, left: list.length });
      first = end;
    }
    push(parts, NO_PART).least = least;
  };

  const sortByTotal = (list: number[]): void => {
    const keys = new Map(list.map((buffer) => [buffer, totalOf(buffer)]));
    list.sort((a, b) => (keys.get(b) ?? 0) - (keys.get(a) ?? 0) || (rank[a] ?? 0) - (rank[b] ?? 0));
  };

  /**
   * First offset that is too high for the next buffer: what remains in some section, itself or not,
   * would not fit above it.
   */
  const lowestCeiling = (part: Part): number => {
    let most = 0;
    for (let s = part.first; s < part.end; s++) {
      const left = total[s] ?? 0;
      if (left > most) most = left;
    }
    return capacity - most + 1;
  };

  /** Lists the buffers of a part that may come next, by offset and then by place in the order. */
  const pushChoices = (part: Part, least: number, position: number): void => {
    const { choices } = push([], part);
    const { list } = part;
    choices.length = 0;
    let ceiling = monotonic ? lowestCeiling(part) : Infinity;
    if (dominance) {
      for (let k = 0; k < list.length; k++) {
        const buffer = list[k] ?? 0;
        if ((offset[buffer] ?? -1) >= 0) continue;
        const top = (support[buffer] ?? 0) + (size[buffer] ?? 0);
        if (top < ceiling) ceiling = top;
      }
    }
    for (let k = 0; k < list.length; k++) {
      const buffer = list[k] ?? 0;
      if ((offset[buffer] ?? -1) >= 0) continue;
      const at = support[buffer] ?? 0;
      // What must lie higher than its support would float.
      if (at >= ceiling || at < (earliest[buffer] ?? 0)) continue;
      if (canonical && (at < least || (at === least && k < position))) continue;
      const other = twin[buffer] ?? -1;
      if (other >= 0 && (offset[other] ?? 0) < 0) continue;
      let place = choices.length;
      while (place > 0 && (support[list[choices[place - 1] ?? 0] ?? 0] ?? 0) > at) {
        choices[place] = choices[place - 1] ?? 0;
        place--;
      }
      choices[place] = k;
    }
  };

  const takeBack = (level: Level): void => {
    layout.undo(level.placed, level.part, level.mark);
    level.placed = -1;
  };

  /** The part on top is solved: keeps its offsets and goes on with the next part, if there is one. */
  const keepAndGoOn = (): void => {
    while (depth >= 0) {
      const level = levels[depth];
      if (level === undefined) return;
      if (level.placed >= 0) {
        offsets[level.placed] = offset[level.placed] ?? 0;
        takeBack(level);
      } else {
        level.next++;
        const part = level.parts[level.next];
        if (part !== undefined) {
          pushChoices(part, level.least, 0);
          return;
        }
      }
      depth--;
    }
    state = "found";
  };

  /** One step: a buffer placed, or a level given up. */
  const step = (level: Level): void => {
    if (level.placed >= 0) {
      takeBack(level);
      if (level.last) level.next = level.choices.length;
    }
    const position = level.choices[level.next];
    if (level.parts.length > 0 || position === undefined) {
      depth--;
      if (depth < 0) state = "exhausted";
      return;
    }
    level.next++;
    const { part } = level;
    const buffer = part.list[position] ?? 0;
    nodes++;
    level.placed = buffer;
    level.mark = layout.mark();
    const possible = layout.place(buffer, part, position);
    level.last = layout.lonely && lonely && canonical;
    if (!possible) return;
    const at = offset[buffer] ?? 0;
    if (part.left === 0) keepAndGoOn();
    else if (decompose && layout.parted) {
      pushParts(part, canonical ? at : 0);
      pushChoices(levels[depth]?.parts[0] ?? NO_PART, at, 0);
    } else pushChoices(part, at, position);
  };

  const all = { first: 0, end: model.sections, list: [...sorted], left: model.buffers };
  if (model.buffers === 0) state = "found";
  else {
    if (decompose) pushParts(all, 0);
    else push([all], NO_PART).least = 0;
    pushChoices(levels[0]?.parts[0] ?? NO_PART, 0, 0);
  }

  return {
    offsets,
    get nodes() {
      return nodes;
    },
    run(budget) {
      const end = nodes + budget;
      while (state === "open" && nodes < end) {
        const level = levels[depth];
        if (level === undefined) break;
        step(level);
      }
      return state;
    },
  };
}

/** For each buffer the one before it in the order that differs in nothing but its name, or -1. */
function findTwins(model: Model, sorted: Int32Array): Int32Array {
  const { size, alignment, fixed, family } = model;
  const twins = new Int32Array(model.buffers).fill(-1);
  const last = new Map<string, number>();
  for (const buffer of sorted) {
    if ((fixed[buffer] ?? -1) >= 0) continue;
    const key = `${family[buffer]}/${size[buffer]}/${alignment[buffer]}`;
    twins[buffer] = last.get(key) ?? -1;
    last.set(key, buffer);
  }
  return twins;
}
