/**
 * A packing problem in the form that the search wants: typed arrays, whole numbers below 2^31 in units
 * of the common divisor of everything, time cut into sections.
 *
 * A section is a longest stretch of time in which the same buffers are live (Moffitt, "MiniMalloc",
 * ASPLOS 2023). They keep the order of time, along which a problem falls apart.
 *
 * @module
 */
import { InputError } from "../../base/error.ts";
import { type PackingProblem, wrong } from "./problem.ts";

/** Lists of whole numbers, one after the other: list i is `items[start[i]]` to `items[start[i + 1]]`. */
export interface Lists {
  /** Where each list starts; one entry more than there are lists. */
  readonly start: Int32Array;
  /** All items. */
  readonly items: Int32Array;
}

/** What the search works on. Buffers and sections are numbered from 0. */
export interface Model {
  /** Number of buffers. */
  readonly buffers: number;
  /** Number of sections. */
  readonly sections: number;
  /** Bytes of one unit of the numbers below. */
  readonly unit: number;
  /** Size of each buffer. */
  readonly size: Int32Array;
  /** Alignment of each buffer. */
  readonly alignment: Int32Array;
  /** Offset that a buffer must have, or -1. */
  readonly fixed: Int32Array;
  /** Time in which each buffer is live. */
  readonly duration: Float64Array;
  /** Sections of each buffer, ascending. */
  readonly sectionsOf: Lists;
  /** Buffers of each section, ascending. */
  readonly membersOf: Lists;
  /** Buffers that each buffer may not share bytes with, by ascending size. */
  readonly conflictsOf: Lists;
  /** First section that binds a buffer: its own, or one of a buffer it is kept apart from. */
  readonly hullFirst: Int32Array;
  /** Section after the last that binds a buffer. */
  readonly hullEnd: Int32Array;
  /** For each buffer a number that those share which may trade places: same sections and conflicts. */
  readonly family: Int32Array;
}

function toLists(arrays: readonly (readonly number[])[]): Lists {
  const start = new Int32Array(arrays.length + 1);
  arrays.forEach((array, i) => start[i + 1] = (start[i] ?? 0) + array.length);
  const items = new Int32Array(start[arrays.length] ?? 0);
  arrays.forEach((array, i) => items.set(array, start[i] ?? 0));
  return { start, items };
}

/** A model and which of its buffers stands for each of the problem's. */
export interface Modelled {
  /** What the search works on. */
  readonly model: Model;
  /** Buffer of the model for each buffer of the problem. */
  readonly standsFor: readonly number[];
}

/** One or more buffers that share one offset. */
interface Group {
  readonly size: number;
  alignment: number;
  fixed: number;
  intervals: readonly Interval[];
}

type Interval = readonly [number, number];

/** Numbers of the search, all their sums, stay below 2^31. */
const MAX_UNITS = 2 ** 30;
/** Entries of the lists of sections; 64 MiB. */
const MAX_ENTRIES = 2 ** 24;

/**
 * Turns a problem into what the search works on.
 *
 * @param problem Capacity, buffers and pairs, checked
 * @returns Model, and which of its buffers is which
 * @throws {InputError} If pairs contradict each other (E-PLAN-EXACT), or numbers are too large for the
 *   search (E-PLAN-EXACT-SIZE)
 */
export function toModel(problem: PackingProblem): Modelled {
  const { groups, standsFor } = joinGroups(problem);
  const unit = commonUnit(groups);
  const units = groups.reduce(
    (sum, { size, alignment }) => sum + (size + alignment) / unit,
    groups.reduce((most, { fixed }) => Math.max(most, fixed / unit), 0),
  );
  if (units > MAX_UNITS) {
    throw tooLarge(
      `sizes and offsets are ${units} times ${unit} B, their common divisor`,
      MAX_UNITS,
    );
  }
  const times = [...new Set(groups.flatMap(({ intervals }) => intervals.flat()))]
    .sort((a, b) => a - b);
  const at = new Map(times.map((time, i) => [time, i]));
  const sectionsOf: number[][] = [];
  const membersOf: number[][] = Array.from({ length: Math.max(0, times.length - 1) }, () => []);
  let entries = 0;
  groups.forEach(({ intervals }, i) => {
    const own: number[] = [];
    for (const [lower, upper] of intervals) {
      for (let s = at.get(lower) ?? 0; s < (at.get(upper) ?? 0); s++) {
        own.push(s);
        membersOf[s]?.push(i);
      }
    }
    sectionsOf.push(own);
    entries += own.length;
    if (entries > MAX_ENTRIES) throw tooLarge("buffers are live in too many sections", MAX_ENTRIES);
  });
  const apart = apartLists(problem, standsFor, groups.length);
  const first = sectionsOf.map((own) => own[0] ?? 0);
  const end = sectionsOf.map((own) => (own.at(-1) ?? 0) + 1);
  const families = new Map<string, number>();
  const model: Model = {
    buffers: groups.length,
    sections: membersOf.length,
    unit,
    size: Int32Array.from(groups, ({ size }) => size / unit),
    alignment: Int32Array.from(
      groups,
      ({ alignment }) => unit % alignment === 0 ? 1 : alignment / unit,
    ),
    fixed: Int32Array.from(groups, ({ fixed }) => fixed < 0 ? -1 : fixed / unit),
    duration: Float64Array.from(
      groups,
      ({ intervals }) => intervals.reduce((sum, [lower, upper]) => sum + upper - lower, 0),
    ),
    sectionsOf: toLists(sectionsOf),
    membersOf: toLists(membersOf),
    conflictsOf: toLists(conflictLists(groups, apart)),
    hullFirst: Int32Array.from(
      first,
      (own, i) => (apart[i] ?? []).reduce((least, j) => Math.min(least, first[j] ?? own), own),
    ),
    hullEnd: Int32Array.from(
      end,
      (own, i) => (apart[i] ?? []).reduce((most, j) => Math.max(most, end[j] ?? own), own),
    ),
    family: Int32Array.from(groups, ({ intervals }, i) => {
      const key = `${intervals.join()}/${(apart[i] ?? []).join()}`;
      const number = families.get(key) ?? families.size;
      families.set(key, number);
      return number;
    }),
  };
  return { model, standsFor };
}

/** Makes one group of all buffers that share an offset. */
function joinGroups(problem: PackingProblem): { groups: Group[]; standsFor: number[] } {
  const { buffers, together = [] } = problem;
  const leader = buffers.map((_, i) => i);
  for (const [a, b] of together) {
    const [from, to] = [leader[b], leader[a] ?? a];
    leader.forEach((one, i) => leader[i] = one === from ? to : one);
  }
  const groups: Group[] = [];
  const groupOf = new Map<number, number>();
  const standsFor = buffers.map(({ size, alignment = 1, offset = -1, intervals }, i) => {
    const own = groupOf.get(leader[i] ?? i);
    const group = own === undefined ? undefined : groups[own];
    if (own === undefined || group === undefined) {
      groupOf.set(leader[i] ?? i, groups.length);
      return groups.push({ size, alignment, fixed: offset, intervals: union(intervals) }) - 1;
    }
    if (group.fixed >= 0 && offset >= 0 && group.fixed !== offset) {
      throw wrong(
        `Cannot pack buffer ${i} where another one is`,
        `their offsets are ${offset} and ${group.fixed}`,
        "one offset",
      );
    }
    group.fixed = Math.max(group.fixed, offset);
    group.alignment *= alignment / divisor(group.alignment, alignment);
    group.intervals = union([...group.intervals, ...intervals]);
    if (!Number.isSafeInteger(group.alignment) || group.fixed % group.alignment > 0) {
      throw wrong(
        `Cannot pack buffer ${i} where another one is`,
        `their alignments come to ${group.alignment} B`,
        "alignments that fit together",
      );
    }
    return own;
  });
  return { groups, standsFor };
}

function union(intervals: readonly Interval[]): readonly Interval[] {
  const joined: [number, number][] = [];
  for (const [lower, upper] of intervals.toSorted((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last !== undefined && lower <= last[1]) last[1] = Math.max(last[1], upper);
    else joined.push([lower, upper]);
  }
  return joined;
}

/** Largest unit of which every size, offset and step of alignment is a multiple. */
function commonUnit(groups: readonly Group[]): number {
  let unit = 0;
  for (const { size, fixed } of groups) unit = divisor(divisor(unit, size), Math.max(fixed, 0));
  for (let before = 0; before !== unit;) {
    before = unit;
    for (const { alignment } of groups) {
      if (unit % alignment !== 0) unit = divisor(unit, alignment);
    }
  }
  return Math.max(unit, 1);
}

/** Greatest common divisor; of 0 and a number that number. */
export function divisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** For each group those it is kept apart from, ascending. */
function apartLists(
  { apart = [] }: PackingProblem,
  standsFor: readonly number[],
  count: number,
): readonly (readonly number[])[] {
  const sets = Array.from({ length: count }, () => new Set<number>());
  for (const [a, b] of apart) {
    const [i, j] = [standsFor[a] ?? 0, standsFor[b] ?? 0];
    if (i === j) {
      throw wrong(
        `Cannot pack buffers ${a} and ${b}`,
        "they share an offset and are kept apart",
        "one of the two",
      );
    }
    sets[i]?.add(j);
    sets[j]?.add(i);
  }
  return sets.map((set) => [...set].sort((a, b) => a - b));
}

function conflictLists(
  groups: readonly Group[],
  apart: readonly (readonly number[])[],
): readonly (readonly number[])[] {
  const lists = groups.map((): number[] => []);
  groups.forEach((a, i) => {
    const also = new Set(apart[i]);
    for (let j = i + 1; j < groups.length; j++) {
      const b = groups[j];
      if (b === undefined || !(also.has(j) || liveTogether(a.intervals, b.intervals))) continue;
      lists[i]?.push(j);
      lists[j]?.push(i);
    }
  });
  for (const list of lists) list.sort((a, b) => (groups[a]?.size ?? 0) - (groups[b]?.size ?? 0));
  return lists;
}

function liveTogether(a: readonly Interval[], b: readonly Interval[]): boolean {
  let i = 0;
  let j = 0;
  for (let x = a[0], y = b[0]; x !== undefined && y !== undefined; x = a[i], y = b[j]) {
    if (x[1] <= y[0]) i++;
    else if (y[1] <= x[0]) j++;
    else return true;
  }
  return false;
}

function tooLarge(actual: string, limit: number): InputError {
  return new InputError(
    "E-PLAN-EXACT-SIZE",
    `Cannot pack exactly: ${actual}, at most ${limit} is needed`,
    { hints: ["Use a heuristic algorithm"] },
  );
}
