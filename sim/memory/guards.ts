/**
 * Guards: ranges of addresses that are not plain. An access there takes the bus's slow path and asks the
 * guard, which may refuse it with a {@linkcode MemoryFault}, watch it, or do it in another way. The memory
 * protection unit, bit-banding, watchpoints and injected bus errors are guards. A page that no guard
 * covers in the present mode stays plain, so that a bus without guards costs nothing.
 *
 * @module
 */
import type { AccessKind, AccessMode, Guard, GuardRange } from "../types.ts";

/** Kinds of access as bits. */
export const KIND_BIT: Readonly<Record<AccessKind, number>> = { read: 1, write: 2, fetch: 4 };
/** Bits of all kinds. */
export const ALL_KINDS = 7;
/** Bits of all modes. */
export const ALL_MODES = 31;

/** A range as the tables need it. */
export interface CoveredRange {
  readonly origin: number;
  readonly end: number;
  /** Bits of {@linkcode KIND_BIT}. */
  readonly kinds: number;
  /** One bit a mode. */
  readonly modes: number;
}

interface Installed {
  readonly guard: Guard;
  ranges: readonly CoveredRange[];
}

/** The guards of a bus. */
export interface GuardSet {
  /** True if there is none. */
  empty: boolean;
  /** The most that all guards together let one access wait. */
  readonly mostWait: number;
  /** Adds one behind the others. */
  add(guard: Guard): readonly CoveredRange[];
  /** Takes one out. */
  remove(guard: Guard): readonly CoveredRange[];
  /** Reads a guard's ranges again; gives those that came or went. */
  update(guard: Guard): readonly CoveredRange[];
  /** Every range of every guard. */
  ranges(): readonly CoveredRange[];
  /** Asks who guards a read; a number if one of them did it. */
  read(address: number, size: 1 | 2 | 4, mode: AccessMode): number | undefined;
  /** Asks who guards a write; true if one of them did it. */
  write(address: number, size: 1 | 2 | 4, value: number, mode: AccessMode): boolean;
  /** Asks who guards a fetch. */
  fetch(address: number, size: 2 | 4, mode: AccessMode): void;
}

function kindsOf(guard: Guard, range: GuardRange): number {
  const has = (guard.read === undefined ? 0 : KIND_BIT.read) |
    (guard.write === undefined ? 0 : KIND_BIT.write) |
    (guard.fetch === undefined ? 0 : KIND_BIT.fetch);
  if (range.kinds === undefined) return has;
  return has & range.kinds.reduce((bits, kind) => bits | KIND_BIT[kind], 0);
}

function rangesOf(guard: Guard): CoveredRange[] {
  return guard.ranges.map((range) => ({
    origin: range.origin,
    end: range.end,
    kinds: kindsOf(guard, range),
    modes: range.modes?.reduce((bits: number, mode) => bits | (1 << mode), 0) ?? ALL_MODES,
  }));
}

const keyOf = ({ origin, end, kinds, modes }: CoveredRange): string =>
  `${origin} ${end} ${kinds} ${modes}`;

/** Ranges that are in one list only. */
function difference(before: readonly CoveredRange[], after: readonly CoveredRange[]) {
  const old = new Set(before.map(keyOf));
  const now = new Set(after.map(keyOf));
  return [
    ...before.filter((range) => !now.has(keyOf(range))),
    ...after.filter((range) => !old.has(keyOf(range))),
  ];
}

/** Makes an empty set. */
export function createGuardSet(): GuardSet {
  const installed: Installed[] = [];
  /** Guards before this one are not asked: an access that a guard makes itself is for those behind it. */
  let first = 0;

  const covers = (entry: Installed, address: number, size: number, kind: number, mode: number) => {
    for (const range of entry.ranges) {
      if (
        address < range.end && address + size > range.origin && (range.kinds & kind) !== 0 &&
        (range.modes & (1 << mode)) !== 0
      ) return true;
    }
    return false;
  };

  /** Asks guards in order until one has an answer. */
  const ask = <T>(
    address: number,
    size: number,
    kind: number,
    mode: number,
    question: (guard: Guard) => T | undefined,
  ): T | undefined => {
    const before = first;
    try {
      for (let index = before; index < installed.length; index++) {
        const entry = installed[index];
        if (entry === undefined || !covers(entry, address, size, kind, mode)) continue;
        first = index + 1;
        const answer = question(entry.guard);
        if (answer !== undefined) return answer;
      }
      return undefined;
    } finally {
      first = before;
    }
  };

  const find = (guard: Guard): number => installed.findIndex((entry) => entry.guard === guard);

  const set: GuardSet = {
    empty: true,
    get mostWait() {
      return installed.reduce((sum, { guard }) => sum + (guard.mostWait ?? 0), 0);
    },
    add(guard) {
      const ranges = rangesOf(guard);
      installed.push({ guard, ranges });
      set.empty = false;
      return ranges;
    },
    remove(guard) {
      const index = find(guard);
      const [entry] = index < 0 ? [] : installed.splice(index, 1);
      set.empty = installed.length === 0;
      return entry?.ranges ?? [];
    },
    update(guard) {
      const entry = installed[find(guard)];
      if (entry === undefined) return [];
      const before = entry.ranges;
      entry.ranges = rangesOf(guard);
      return difference(before, entry.ranges);
    },
    ranges: () => installed.flatMap((entry) => entry.ranges),
    read: (address, size, mode) =>
      ask(address, size, KIND_BIT.read, mode, (guard) => guard.read?.(address, size)),
    write: (address, size, value, mode) =>
      ask(
        address,
        size,
        KIND_BIT.write,
        mode,
        (guard) => guard.write?.(address, size, value) === true ? true : undefined,
      ) === true,
    fetch(address, size, mode) {
      ask<never>(address, size, KIND_BIT.fetch, mode, (guard) => {
        guard.fetch?.(address, size);
        return undefined;
      });
    },
  };
  return set;
}
