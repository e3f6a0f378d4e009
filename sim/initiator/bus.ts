/**
 * The memory of a board as another initiator than the core sees it: the same bytes, but only the regions
 * that the board lets it reach, and counters of its own.
 *
 * The initiator's program and stack are its own: instructions, constants among them and the stack cost
 * nothing here and are counted nowhere, as if they lay inside of it. Its accesses pay the wait states
 * that the board gives for the region; it has none for other initiators.
 *
 * @module
 */
import {
  type AccessKind,
  type Bus,
  MemoryFault,
  type RegionCount,
  type Stateful,
} from "../types.ts";
import {
  type CountersState,
  createCounters,
  KINDS,
  OF_1,
  OF_2,
  OF_4,
  READ,
  READ_WAITS,
  regionCounts,
  ROW,
  unknownWaitStates,
  WRITE,
  WRITE_WAITS,
} from "../memory/counters.ts";
import type { Window } from "../memory/mod.ts";

/** A range of addresses, half open. */
export interface AddressRange {
  /** First address. */
  readonly origin: number;
  /** Address after the last. */
  readonly end: number;
}

/** What such a bus is made of. */
export interface InitiatorBusParts {
  /** Name of the initiator, as in the board's regions. */
  readonly initiator: string;
  /** The board's windows; other initiators use regions at their own addresses only, never an alias. */
  readonly windows: readonly Window[];
  /** The bytes of all regions. */
  readonly store: Uint8Array;
  /** Addresses of its program. */
  readonly program: readonly AddressRange[];
  /** Address of its own memory, where the board has none. */
  readonly own: AddressRange;
}

/** The bus, with what its user asks of it. */
export interface InitiatorBus extends Bus, Stateful {
  /** Accesses and waits by window, in the order of the windows. */
  counts(): RegionCount[];
  /** What the board file lacks of what was counted. */
  notes(): string[];
  /** Addresses from the first to the last written byte of each window, since they were last asked for. */
  takeWritten(): AddressRange[];
}

const SIZES = { 1: OF_1, 2: OF_2, 4: OF_4 } as const;

/**
 * Makes the bus.
 *
 * @param parts Windows, bytes, program, own memory
 */
export function createInitiatorBus(parts: InitiatorBusParts): InitiatorBus {
  const { windows, program, own, initiator } = parts;
  const memory = new DataView(parts.store.buffer, parts.store.byteOffset, parts.store.byteLength);
  const private_ = new DataView(new ArrayBuffer(own.end - own.origin));
  const counters = createCounters(windows.length);
  const reached = windows.map((window, i) =>
    window.region.initiators.includes(initiator) &&
    windows.findIndex((one) => one.region === window.region) === i
  );
  const written = new Map<number, { origin: number; end: number }>();
  let waits = 0;
  const slowest = windows.reduce(
    (most, { waitStates: { read = 0, write = 0 } }) => Math.max(most, read, write),
    0,
  );

  const inside = (range: AddressRange, at: number, size: number) =>
    at >= range.origin && at + size <= range.end;
  const windowAt = (at: number, size: number) =>
    windows.findIndex((window) => inside(window, at, size));
  const flat = (index: number, at: number) => {
    const window = windows[index];
    return window === undefined ? -1 : window.flat + (at - window.origin);
  };

  /** The window of a counted access; throws what the initiator would see. */
  const counted = (at: number, size: 1 | 2 | 4, kind: "read" | "write"): number => {
    const index = windowAt(at, size);
    const window = windows[index];
    if (window === undefined) throw new MemoryFault(at, kind, "unmapped");
    if (reached[index] !== true) throw new MemoryFault(at, kind, "out-of-reach");
    if (!window.access[kind]) {
      throw new MemoryFault(at, kind, kind === "read" ? "read-denied" : "write-to-read-only");
    }
    const [columns, column, wait] = kind === "read"
      ? [READ, READ_WAITS, window.waitStates.read ?? 0]
      : [WRITE, WRITE_WAITS, window.waitStates.write ?? 0];
    const row = (index + 1) * ROW + columns + SIZES[size];
    counters.counts[row] = ((counters.counts[row] ?? 0) + 1) | 0;
    if (counters.counts[row] === 0) counters.carry(row);
    const line = 2 ** Math.floor(Math.log2(Math.max(2, window.widthBytes)));
    const beats = Math.floor((at + size - 1) / line) - Math.floor(at / line) + 1;
    counters.waits[(index + 1) * KINDS + column] =
      (counters.waits[(index + 1) * KINDS + column] ?? 0) + wait * beats;
    waits += wait * beats;
    return index;
  };

  /** Where bytes are read: own memory, the program, or a region. */
  const source = (address: number, size: 1 | 2 | 4): readonly [DataView, number] => {
    const at = address >>> 0;
    if (inside(own, at, size)) return [private_, at - own.origin];
    if (program.some((range) => inside(range, at, size))) {
      return [memory, flat(windowAt(at, size), at)];
    }
    return [memory, flat(counted(at, size, "read"), at)];
  };

  const target = (address: number, size: 1 | 2 | 4): readonly [DataView, number] => {
    const at = address >>> 0;
    if (inside(own, at, size)) return [private_, at - own.origin];
    const index = counted(at, size, "write");
    const range = written.get(index);
    if (range === undefined) written.set(index, { origin: at, end: at + size });
    else {
      range.origin = Math.min(range.origin, at);
      range.end = Math.max(range.end, at + size);
    }
    return [memory, flat(index, at)];
  };

  const fetchable = (address: number): number => {
    const at = address >>> 0;
    if (program.some((range) => inside(range, at, 2))) return at;
    const kind: AccessKind = "fetch";
    throw new MemoryFault(at, kind, windowAt(at, 2) < 0 ? "unmapped" : "execute-never");
  };

  return {
    // The narrowest line has two bytes: a word that is not aligned touches three.
    mostWait: { fetch: 0, data: 3 * slowest, aligned: 2 * slowest },
    get waitCycles() {
      return waits;
    },
    onCodeWrite: undefined,
    read8(address) {
      const [view, at] = source(address, 1);
      return view.getUint8(at);
    },
    read16(address) {
      const [view, at] = source(address, 2);
      return view.getUint16(at, true);
    },
    read32(address) {
      const [view, at] = source(address, 4);
      return view.getInt32(at, true);
    },
    write8(address, value) {
      const [view, at] = target(address, 1);
      view.setUint8(at, value);
    },
    write16(address, value) {
      const [view, at] = target(address, 2);
      view.setUint16(at, value, true);
    },
    write32(address, value) {
      const [view, at] = target(address, 4);
      view.setInt32(at, value, true);
    },
    fetch(address) {
      fetchable(address);
    },
    decode16(address) {
      const at = fetchable(address);
      return memory.getUint16(flat(windowAt(at, 2), at), true);
    },
    resetCounts() {
      counters.reset();
      written.clear();
      waits = 0;
    },
    counts: () => regionCounts(counters, windows),
    notes: () => unknownWaitStates(regionCounts(counters, windows), windows),
    save: () => ({
      counters: counters.save(),
      waits,
      own: new Uint8Array(private_.buffer.slice(0)),
    }),
    restore(saved) {
      const state = saved as { counters: CountersState; waits: number; own: Uint8Array };
      counters.restore(state.counters);
      waits = state.waits;
      new Uint8Array(private_.buffer).set(state.own);
      written.clear();
    },
    takeWritten() {
      const ranges = [...written.values()];
      written.clear();
      return ranges;
    },
  };
}
