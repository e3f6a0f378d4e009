/**
 * A partial layout and what follows from it. Placing a buffer raises the lowest offset that its
 * remaining neighbours can have and fills sections; every change is written to a trail, so that undoing
 * costs what placing did.
 *
 * @module
 */
import type { Model } from "./model.ts";
import { sectionTotals } from "./orders.ts";
import type { SearchRules } from "./rules.ts";

/** Buffers that must be solved together: those that are not placed and are bound to these sections. */
export interface Part {
  /** First section. */
  readonly first: number;
  /** Section after the last. */
  readonly end: number;
  /** Buffers in the order of the search; some may be placed. */
  readonly list: readonly number[];
  /** How many are not placed. */
  left: number;
}

/** A partial layout. */
export interface Layout {
  /** Offset of each buffer, -1 if it is not placed. */
  readonly offset: Int32Array;
  /** Lowest offset of each buffer above what is placed. */
  readonly support: Int32Array;
  /** Lowest offset that each buffer can have in a layout that the search still looks for. */
  readonly earliest: Int32Array;
  /** Sum of the sizes that are not placed, for each section. */
  readonly total: Int32Array;
  /** For each section how many buffers that are not placed bind it to the next one. */
  readonly bonds: Int32Array;
  /** Whether {@linkcode place} cut the last bond of a section. */
  parted: boolean;
  /** Whether {@linkcode place} met no neighbour that is not placed. */
  lonely: boolean;
  /** Length of the trail. */
  mark(): number;
  /** Places a buffer; false if no layout can follow. Undo it in any case. */
  place(buffer: number, part: Part, position: number): boolean;
  /** Takes back what the last {@linkcode place} did. */
  undo(buffer: number, part: Part, mark: number): void;
}

const NOWHERE = 0x7fff_ffff;

/**
 * Makes an empty layout.
 *
 * @param model The problem
 * @param capacity Units that may be used
 * @param rank Place of each buffer in the order of the search
 * @param rules Ideas to use
 * @returns The layout
 */
export function createLayout(
  model: Model,
  capacity: number,
  rank: Int32Array,
  rules: SearchRules,
): Layout {
  const { buffers, sections, size, alignment, fixed, family, hullFirst, hullEnd } = model;
  const { start: sectionStart, items: sectionItems } = model.sectionsOf;
  const { start: memberStart, items: memberItems } = model.membersOf;
  const { start: conflictStart, items: conflictItems } = model.conflictsOf;
  const { canonical, sums, floors, thresholds, stacks } = rules;
  const skips = rules.skips && canonical;

  const offset = new Int32Array(buffers).fill(-1);
  const support = Int32Array.from(fixed, (at) => Math.max(at, 0));
  const earliest = support.slice();
  const floor = new Int32Array(sections);
  const total = sectionTotals(model);
  const bonds = new Int32Array(sections);
  for (let i = 0; i < buffers; i++) {
    const end = (hullEnd[i] ?? 0) - 1;
    for (let s = hullFirst[i] ?? 0; s < end; s++) bonds[s] = (bonds[s] ?? 0) + 1;
  }

  // Pairs of place and old value; places are those of earliest, support and floor, one after another.
  let trail = new Int32Array(1 << 12);
  let trailEnd = 0;
  const ofSupport = buffers;
  const ofFloor = 2 * buffers;
  const remember = (place: number, old: number): void => {
    if (trailEnd + 2 > trail.length) {
      const longer = new Int32Array(2 * trail.length);
      longer.set(trail);
      trail = longer;
    }
    trail[trailEnd] = place;
    trail[trailEnd + 1] = old;
    trailEnd += 2;
  };

  // A buffer of each section that was the lowest when last looked at.
  const watch = Int32Array.from(
    { length: sections },
    (_, s) => memberItems[memberStart[s] ?? 0] ?? 0,
  );
  const seen = new Int32Array(sections);
  const touched = new Int32Array(sections);
  let touchedCount = 0;
  let stamp = 0;
  let culprit = 0;
  const touchSections = (buffer: number): void => {
    const end = sectionStart[buffer + 1] ?? 0;
    for (let k = sectionStart[buffer] ?? 0; k < end; k++) {
      const s = sectionItems[k] ?? 0;
      if (seen[s] === stamp) continue;
      seen[s] = stamp;
      touched[touchedCount++] = s;
    }
  };

  const aligned = (at: number, buffer: number): number => {
    const step = alignment[buffer] ?? 1;
    const over = step === 1 ? 0 : at % step;
    return over === 0 ? at : at + step - over;
  };

  /** Whether a buffer of the same lifetimes lies directly below and should lie above. */
  const isMisstacked = (buffer: number, at: number): boolean => {
    const own = family[buffer] ?? 0;
    if ((alignment[buffer] ?? 1) > 1 || (fixed[buffer] ?? -1) >= 0) return false;
    const end = conflictStart[buffer + 1] ?? 0;
    for (let k = conflictStart[buffer] ?? 0; k < end; k++) {
      const other = conflictItems[k] ?? 0;
      const below = offset[other] ?? -1;
      if (
        family[other] === own && below >= 0 && below + (size[other] ?? 0) === at &&
        (rank[other] ?? 0) > (rank[buffer] ?? 0) &&
        alignment[other] === 1 && (fixed[other] ?? -1) < 0
      ) return true;
    }
    return false;
  };

  /** Puts it into its sections; false if what remains in one of them does not fit above. */
  const fill = (buffer: number, at: number): boolean => {
    const bytes = size[buffer] ?? 0;
    let fits = at + bytes <= capacity;
    const end = sectionStart[buffer + 1] ?? 0;
    for (let k = sectionStart[buffer] ?? 0; k < end; k++) {
      const s = sectionItems[k] ?? 0;
      const left = total[s] ?? 0;
      if (sums && at + left > capacity) fits = false;
      remember(ofFloor + s, floor[s] ?? 0);
      floor[s] = at + bytes;
      total[s] = left - bytes;
    }
    const bondEnd = (hullEnd[buffer] ?? 0) - 1;
    for (let s = hullFirst[buffer] ?? 0; s < bondEnd; s++) {
      const left = (bonds[s] ?? 0) - 1;
      bonds[s] = left;
      if (left === 0) layout.parted = true;
    }
    return fits;
  };

  const raiseEarliest = (buffer: number, at: number): void => {
    const old = earliest[buffer] ?? 0;
    if (old >= at) return;
    remember(buffer, old);
    earliest[buffer] = at;
    touchSections(buffer);
  };

  /** Lifts the neighbours above it; false if one of them gets too high. */
  const liftNeighbours = (buffer: number, top: number): boolean => {
    let lonely = true;
    const end = conflictStart[buffer + 1] ?? 0;
    for (let k = conflictStart[buffer] ?? 0; k < end; k++) {
      const other = conflictItems[k] ?? 0;
      if ((offset[other] ?? -1) >= 0) continue;
      lonely = false;
      const old = support[other] ?? 0;
      if (old >= top) continue;
      const pinned = fixed[other] ?? -1;
      const at = aligned(top, other);
      if ((pinned >= 0 && at > pinned) || at + (size[other] ?? 0) > capacity) return false;
      remember(ofSupport + other, old);
      support[other] = at;
      raiseEarliest(other, at);
    }
    layout.lonely = lonely;
    return true;
  };

  /**
   * Lifts what was passed over: it comes later in the canonical order only if a neighbour that is not
   * placed yet goes below it. False if there is none.
   */
  const liftSkipped = (at: number, part: Part, position: number): boolean => {
    const { list } = part;
    for (let k = 0; k < list.length; k++) {
      const buffer = list[k] ?? 0;
      const own = earliest[buffer] ?? 0;
      if ((offset[buffer] ?? -1) >= 0 || own > at || (own === at && k >= position)) continue;
      let least = NOWHERE;
      const end = conflictStart[buffer + 1] ?? 0;
      for (let q = conflictStart[buffer] ?? 0; q < end; q++) {
        const other = conflictItems[q] ?? 0;
        if ((offset[other] ?? -1) >= 0) continue;
        const bytes = size[other] ?? 0;
        // Conflicts go by size: those that follow are no smaller.
        if (at + bytes >= least) break;
        const from = earliest[other] ?? 0;
        const top = (from < at ? at : from) + bytes;
        if (top < least) least = top;
      }
      if (least > capacity - (size[buffer] ?? 0) || (fixed[buffer] ?? -1) >= 0) return false;
      raiseEarliest(buffer, aligned(least, buffer));
    }
    return true;
  };

  /** Draws the conclusions for a section of something that was lifted. */
  const fitSection = (s: number, top: number): boolean => {
    const old = floor[s] ?? 0;
    const watched = watch[s] ?? 0;
    const atFloor = (offset[watched] ?? -1) < 0 && (earliest[watched] ?? 0) <= old;
    const roomy = top + (total[s] ?? 0) <= capacity;
    if ((!floors || atFloor) && (!thresholds || roomy)) return true;
    let lowest = NOWHERE;
    let above = 0;
    const end = memberStart[s + 1] ?? 0;
    for (let k = memberStart[s] ?? 0; k < end; k++) {
      const buffer = memberItems[k] ?? 0;
      if ((offset[buffer] ?? -1) >= 0) continue;
      const at = earliest[buffer] ?? 0;
      if (at < lowest) {
        lowest = at;
        watch[s] = buffer;
      }
      if (at >= top) above += size[buffer] ?? 0;
    }
    if (lowest === NOWHERE) return true;
    if (thresholds && top + above > capacity) return false;
    if (!floors || lowest <= old) return true;
    remember(ofFloor + s, old);
    floor[s] = lowest;
    return !sums || lowest + (total[s] ?? 0) <= capacity;
  };

  const fitTouched = (top: number): boolean => {
    // Siblings tend to fail where the last one did.
    if (seen[culprit] === stamp && !fitSection(culprit, top)) return false;
    for (let t = 0; t < touchedCount; t++) {
      const s = touched[t] ?? 0;
      if (fitSection(s, top)) continue;
      culprit = s;
      return false;
    }
    return true;
  };

  const layout: Layout = {
    offset,
    support,
    earliest,
    total,
    bonds,
    parted: false,
    lonely: false,
    mark: () => trailEnd,
    place(buffer, part, position) {
      const at = support[buffer] ?? 0;
      const top = at + (size[buffer] ?? 0);
      const wrong = stacks && isMisstacked(buffer, at);
      offset[buffer] = at;
      part.left--;
      layout.parted = false;
      layout.lonely = false;
      touchedCount = 0;
      stamp++;
      return fill(buffer, at) && !wrong &&
        liftNeighbours(buffer, top) &&
        (!skips || liftSkipped(at, part, position)) &&
        ((!floors && !thresholds) || fitTouched(top));
    },
    undo(buffer, part, mark) {
      while (trailEnd > mark) {
        trailEnd -= 2;
        const place = trail[trailEnd] ?? 0;
        const old = trail[trailEnd + 1] ?? 0;
        if (place < ofSupport) earliest[place] = old;
        else if (place < ofFloor) support[place - ofSupport] = old;
        else floor[place - ofFloor] = old;
      }
      const bytes = size[buffer] ?? 0;
      const end = sectionStart[buffer + 1] ?? 0;
      for (let k = sectionStart[buffer] ?? 0; k < end; k++) {
        const s = sectionItems[k] ?? 0;
        total[s] = (total[s] ?? 0) + bytes;
      }
      const bondEnd = (hullEnd[buffer] ?? 0) - 1;
      for (let s = hullFirst[buffer] ?? 0; s < bondEnd; s++) bonds[s] = (bonds[s] ?? 0) + 1;
      offset[buffer] = -1;
      part.left++;
    },
  };
  return layout;
}
