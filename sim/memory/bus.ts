/**
 * The memory of a board as the core sees it. The hot paths are one look-up in a page table of bytes
 * and one addition to a counter; everything unusual (a page shared by windows, an access that crosses
 * a window, devices, faults) goes through the slow path.
 *
 * Cost model, an assumption that holds for a plain memory interface without prefetch, accelerator or
 * cache. That is the state after reset: FLASH_ACR of STM32F4 and F7 resets with ART and prefetch off
 * (RM0090 §3.9, RM0385 §3.7), CCR.IC and CCR.DC of an Armv7-M core reset to 0 (DDI0403 §B3.2.8).
 *
 * - Fetch: the interface holds one line of the memory's width. Instructions in the line that was
 *   fetched last are free, a new line costs the fetch wait states; a line that was left and is
 *   entered again is fetched again. There is one such line for the whole bus.
 * - Data: every access costs the wait states once for each line of the memory's width that it
 *   touches. Data reads do not disturb the fetched line.
 *
 * @module
 */
import { InputError } from "../../src/base/error.ts";
import type { Board } from "../../src/board/types.ts";
import {
  type AccessKind,
  type Bus,
  type Device,
  type Guard,
  MemoryFault,
  type MemoryModel,
  type RegionCount,
  type Stateful,
  type TimingModel,
  type TranslationMemory,
} from "../types.ts";
import {
  createCounters,
  FETCH,
  FETCH_WAITS,
  KINDS,
  OF_1,
  OF_2,
  OF_4,
  PIECE_BYTES,
  PIECES,
  READ,
  READ_WAITS,
  regionCounts,
  ROW,
  unknownWaitStates,
  WRITE,
  WRITE_WAITS,
} from "./counters.ts";
import { CHARGED_BYTES, connectModel } from "../timing/memory.ts";
import { ALL_KINDS, ALL_MODES, createGuardSet } from "./guards.ts";
import { createHostAccess, type HostAccess } from "./host.ts";
import { createPageTables, PAGE_SHIFT } from "./pages.ts";
import { restoreMemory, saveMemory } from "./save.ts";
import { createTranslationStore } from "./translation.ts";
import { formatWindow, type Window, windowsOf } from "./windows.ts";

/** A {@linkcode Bus} with what the host of the emulator needs. */
export interface BoardBus extends Bus, HostAccess, Stateful {
  /** Regions and aliases. */
  readonly windows: readonly Window[];
  /** Bytes of all regions; a window's begin at its `flat`. */
  readonly store: Uint8Array;
  /** What translated code needs; only if the bus was built for it. */
  readonly translation: TranslationMemory | undefined;
  /** Devices, in the order in which they were attached. */
  readonly devices: readonly Device[];
  /** The memory timing model, if there is one. */
  readonly model: MemoryModel | undefined;
  /** Adds a device; it must not overlap regions or other devices. */
  attach(device: Device): void;
  /**
   * Charges the region at an address for cycles that the core waits there beyond the region's wait
   * states; for guards. Outside the regions nothing can be charged.
   */
  wait(address: number, kind: AccessKind, cycles: number): void;
  /**
   * Puts a guard behind those that are there: they are asked in this order, and an access that a guard
   * makes itself is for those behind it only.
   */
  addGuard(guard: Guard): void;
  /** Takes a guard out. */
  removeGuard(guard: Guard): void;
  /** Follows a change of a guard's ranges. */
  updateGuard(guard: Guard): void;
  /** What each region and alias saw, in board order. */
  counts(): RegionCount[];
  /** What the board file lacks of what was counted. */
  notes(): string[];
}

/** How a bus is built. */
export interface BusOptions {
  /** Puts the bytes where WebAssembly reaches them, with the tables that it needs; default false. */
  readonly translation?: boolean | undefined;
  /** Makes what data accesses cost where that depends on earlier ones; default: wait states only. */
  readonly memoryTiming?: TimingModel["memory"];
}

const PAGE_MASK = (1 << PAGE_SHIFT) - 1;
const CODE_SHIFT = 8;
const MODELLED = -1;

/**
 * Builds the memory of a board, zeroed.
 *
 * @param board The board
 * @param devices Devices outside its regions
 * @param options Whether translated code will run on it
 * @throws {InputError} If it cannot be emulated (E-SIM-MEMORY), or a device overlaps (E-SIM-DEVICE)
 *
 * @example One counted read
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createBus } from "./mod.ts";
 * import type { Board } from "../../src/board/types.ts";
 *
 * const board: Board = {
 *   schema: "pinmap/board-1", name: "example", title: "Example", sources: {}, file: "example.toml",
 *   cpu: { core: "cortex-m4", fpu: "none", clockHz: 16e6, source: "example" },
 *   vectorTable: 0x2000_0000, aliases: [], budgets: [],
 *   regions: [{
 *     name: "sram", kind: "ram", origin: 0x2000_0000, length: 1024, width: 32, source: "example",
 *     access: { read: true, write: true, execute: true }, waitStates: { read: 1, write: 0, fetch: 0 },
 *     initiators: ["c"], sections: [], reserved: [], pool: {},
 *   }],
 * };
 * const bus = createBus(board, []);
 * bus.hostWrite(0x2000_0010, Uint8Array.of(1, 2, 3, 4));
 * assertEquals(bus.read32(0x2000_0010), 0x0403_0201);
 * assertEquals(bus.counts()[0]?.read, { accesses: 1, bytes: 4, cycles: 1 });
 * ```
 */
export function createBus(
  board: Board,
  devices: readonly Device[] = [],
  options: BusOptions = {},
): BoardBus {
  const { windows, totalBytes } = windowsOf(board);
  const model = options.memoryTiming?.(windows);
  const modelBytes = model === undefined ? 0 : CHARGED_BYTES + model.bytes;
  const shared = options.translation === true
    ? createTranslationStore(windows, totalBytes, modelBytes)
    : undefined;
  const store = shared?.memory.buffer ?? new ArrayBuffer(totalBytes);
  const bytes = new Uint8Array(store, 0, totalBytes);
  const halves = new Uint16Array(store, 0, totalBytes >>> 1);
  const words = new Int32Array(store, 0, totalBytes >>> 2);
  const view = new DataView(store, 0, totalBytes);
  /** Chunks of the flat store that instructions were decoded from. */
  const code = new Uint8Array((totalBytes >>> CODE_SHIFT) + 1);

  const guards = createGuardSet();
  const pages = createPageTables(
    windows,
    guards.ranges,
    (first, last, read, write) => translation?.setRows(first, last, read, write),
    (page) => codeLost(page),
  );
  // Row 0 of each table stands for "not a plain page": the slow path decides.
  const { readable, writable, executable } = pages;
  const flatBase = new Int32Array(windows.length + 1);
  const readWait = new Float64Array(windows.length + 1);
  const writeWait = new Float64Array(windows.length + 1);
  const fetchWait = new Float64Array(windows.length + 1);
  const lineMask = new Int32Array(windows.length + 1);
  const counters = createCounters(windows.length);
  const { counts, waits } = counters;
  const total = new Float64Array(1);
  /** The fetched line: address of its first byte, and its mask. An odd address matches nothing. */
  const line = Int32Array.of(1, -1);
  const attached: Device[] = [];

  windows.forEach((window, index) => {
    const row = index + 1;
    flatBase[row] = (window.flat - window.origin) | 0;
    readWait[row] = window.waitStates.read ?? 0;
    writeWait[row] = window.waitStates.write ?? 0;
    fetchWait[row] = window.waitStates.fetch ?? 0;
    lineMask[row] = -(2 ** Math.floor(Math.log2(Math.max(2, window.widthBytes))));
  });

  /** Lines that `size` bytes touch at most, for a wait of a row. */
  const mostOf = (waits: Float64Array, size: number): number =>
    Math.max(
      0,
      ...Array.from(waits, (wait, row) => {
        const lines = 1 + Math.ceil((size - 1) / -(lineMask[row] ?? -4));
        return wait === 0 ? 0 : wait * lines;
      }),
    );
  const alignedOf = (waits: Float64Array): number =>
    Math.max(
      0,
      ...Array.from(waits, (wait, row) => {
        const lines = Math.max(1, 4 / -(lineMask[row] ?? -4));
        return wait === 0 ? 0 : wait * lines;
      }),
    );
  const modelled = model?.most ?? 0;
  const mostWait = {
    fetch: mostOf(fetchWait, 4),
    // A write to a bit-band alias reads and writes.
    data: Math.max(mostOf(readWait, 4) + mostOf(writeWait, 4), 4 * modelled),
    aligned: Math.max(alignedOf(readWait), alignedOf(writeWait), modelled),
  };
  /** Wait states of a window whose accesses the model charges: less than 0. */
  const setModelled = (on: boolean): void => {
    const rows = model?.rows ?? [];
    // What is pending still has the old price.
    translation?.collect();
    for (const row of rows) {
      const { read = 0, write = 0 } = windows[row - 1]?.waitStates ?? {};
      readWait[row] = on ? MODELLED : read;
      writeWait[row] = on ? MODELLED : write;
    }
    translation?.setModelled(rows, on);
  };
  const timed = model === undefined ? undefined : connectModel(
    model,
    shared?.memory ?? new WebAssembly.Memory({ initial: Math.ceil(modelBytes / 0x1_0000) }),
    shared?.extra ?? 0,
    setModelled,
  );

  const translation = shared?.connect({
    counters,
    total,
    line,
    translatable: pages.translatable,
    flatBase,
    readWait,
    writeWait,
    fetchWait,
    lineMask,
    mostWait: mostWait.aligned,
    model: timed?.functions,
  });
  pages.refresh([{ origin: 0, end: 2 ** 32, kinds: ALL_KINDS, modes: ALL_MODES }]);

  const rowAt = (address: number): number => {
    for (let index = 0; index < windows.length; index++) {
      const window = windows[index];
      if (window !== undefined && address >= window.origin && address < window.end) {
        return index + 1;
      }
    }
    return 0;
  };

  const deviceAt = (address: number): Device | undefined =>
    attached.find((device) => address >= device.origin && address < device.origin + device.length);

  /** The row of one byte's window; throws what the core would see if the access is not allowed. */
  const checkedRow = (address: number, start: number, kind: AccessKind): number => {
    const row = rowAt(address);
    const access = windows[row - 1]?.access;
    if (access === undefined) {
      const cause = kind === "fetch" && deviceAt(address) !== undefined
        ? "execute-never"
        : "unmapped";
      throw new MemoryFault(cause === "unmapped" ? address : start, kind, cause);
    }
    if (kind === "read" && !access.read) throw new MemoryFault(start, kind, "read-denied");
    if (kind === "write" && !access.write) throw new MemoryFault(start, kind, "write-to-read-only");
    if (kind === "fetch" && !access.execute) throw new MemoryFault(start, kind, "execute-never");
    return row;
  };

  /** Lines of the memory's width that an access touches. */
  const beats = (address: number, size: number, row: number): number => {
    const mask = lineMask[row] ?? -4;
    return ((((address + size - 1) & mask) - (address & mask)) / -mask) + 1;
  };

  const count = (column: number): void => {
    const next = ((counts[column] ?? 0) + 1) | 0;
    counts[column] = next;
    if (next === 0) counters.carry(column);
  };

  const isCode = (flat: number, size: number): boolean =>
    code[flat >>> CODE_SHIFT] !== 0 || code[(flat + size - 1) >>> CODE_SHIFT] !== 0;

  const charge = (row: number, kind: number, cycles: number): void => {
    waits[row * KINDS + kind] = (waits[row * KINDS + kind] ?? 0) + cycles;
    total[0] = (total[0] ?? 0) + cycles;
  };

  /** Charges a data access: its wait states once for each line, or what the model says. */
  const wait = (
    row: number,
    kind: typeof READ_WAITS | typeof WRITE_WAITS,
    address: number,
    size: number,
  ): void => {
    const each = (kind === READ_WAITS ? readWait : writeWait)[row] ?? 0;
    if (each >= 0 || timed === undefined) {
      charge(row, kind, each * beats(address, size, row));
      return;
    }
    const access = kind === READ_WAITS ? timed.functions.read : timed.functions.write;
    access(address, row * 4);
    const last = (address + size - 1) | 0;
    if (((address ^ last) & -timed.model.line) !== 0) access(last, row * 4);
  };

  /**
   * Checks an access byte by byte, then counts it: as one access if it lies in one window, else as
   * one in each window for the bytes there.
   */
  const countSlowly = (start: number, size: number, kind: "read" | "write"): void => {
    const [columns, kindWaits] = kind === "read"
      ? [READ, READ_WAITS] as const
      : [WRITE, WRITE_WAITS] as const;
    for (let i = 0; i < size; i++) checkedRow((start + i) >>> 0, start, kind);
    for (let from = 0; from < size;) {
      const row = rowAt((start + from) >>> 0);
      let to = from + 1;
      while (to < size && rowAt((start + to) >>> 0) === row) to++;
      const whole = to - from === size;
      const base = row * ROW + columns;
      const column = whole ? (size === 1 ? OF_1 : size === 2 ? OF_2 : OF_4) : PIECES;
      count(base + column);
      if (!whole) counts[base + PIECE_BYTES] = (counts[base + PIECE_BYTES] ?? 0) + to - from;
      wait(row, kindWaits, start + from, to - from);
      from = to;
    }
  };

  const flatAt = (address: number): number =>
    ((address >>> 0) + (flatBase[rowAt(address >>> 0)] ?? 0)) | 0;

  const readSlowly = (address: number, size: 1 | 2 | 4): number => {
    const start = address >>> 0;
    if (!guards.empty) {
      const value = guards.read(start, size, pages.mode);
      if (value !== undefined) return value;
    }
    const device = deviceAt(start);
    if (device !== undefined) return device.read(start - device.origin, size);
    countSlowly(start, size, "read");
    let value = 0;
    for (let i = 0; i < size; i++) value |= (bytes[flatAt(start + i)] ?? 0) << (8 * i);
    return value;
  };

  const writeSlowly = (address: number, size: 1 | 2 | 4, value: number): void => {
    const start = address >>> 0;
    if (!guards.empty && guards.write(start, size, value, pages.mode)) return;
    const device = deviceAt(start);
    if (device !== undefined) return device.write(start - device.origin, size, value);
    countSlowly(start, size, "write");
    for (let i = 0; i < size; i++) {
      const flat = flatAt(start + i);
      bytes[flat] = value >>> (8 * i);
      if (code[flat >>> CODE_SHIFT] !== 0) codeWritten(flat, 1);
    }
  };

  /** Tells the engine of changed code, at every address that shows the changed bytes. */
  const codeWritten = (flat: number, length: number): void => {
    if (bus.onCodeWrite === undefined) return;
    for (const window of windows) {
      const from = Math.max(flat, window.flat);
      const to = Math.min(flat + length, window.flat + (window.end - window.origin));
      if (from < to) bus.onCodeWrite(window.origin + (from - window.flat), to - from);
    }
  };

  /** Tells the engine that a page of code is no longer plain in every mode. */
  const codeLost = (page: number): void => {
    const address = page * (PAGE_MASK + 1);
    const flat = flatAt(address);
    const chunks = code.subarray(
      flat >>> CODE_SHIFT,
      (flat >>> CODE_SHIFT) + (PAGE_MASK + 1 >>> CODE_SHIFT),
    );
    if (chunks.some((chunk) => chunk !== 0)) bus.onCodeWrite?.(address, PAGE_MASK + 1);
  };

  const inLine = (address: number): boolean => ((address ^ (line[0] ?? 0)) & (line[1] ?? 0)) === 0;

  const newLine = (address: number, size: 2 | 4, row: number): void => {
    const wait = fetchWait[row] ?? 0;
    const mask = lineMask[row] ?? -4;
    if (wait !== 0) {
      const lines = beats(address, size, row) - (inLine(address) ? 1 : 0);
      charge(row, FETCH_WAITS, wait * lines);
    }
    line[0] = (address + size - 2) & mask;
    line[1] = mask;
  };

  const fetchSlowly = (address: number, size: 2 | 4): void => {
    const start = address >>> 0;
    if (!guards.empty) guards.fetch(start, size, pages.mode);
    const row = checkedRow(start, start, "fetch");
    if (size === 4) checkedRow((start + 2) >>> 0, start, "fetch");
    count(row * ROW + FETCH + (size === 2 ? OF_2 : OF_4));
    if (!inLine(address) || !inLine(address + size - 2)) newLine(address, size, row);
  };

  const attach = (device: Device): void => {
    const end = device.origin + device.length;
    const other = [
      ...windows,
      ...attached.map((one) => ({
        name: one.name,
        origin: one.origin,
        end: one.origin + one.length,
      })),
    ].find((one) => device.origin < one.end && one.origin < end);
    if (other !== undefined) {
      throw new InputError(
        "E-SIM-DEVICE",
        `Cannot attach device ${device.name} at ${formatWindow({ ...device, end })}: it overlaps ${
          formatWindow(other)
        }`,
      );
    }
    attached.push(device);
  };
  for (const device of devices) attach(device);

  const host = createHostAccess(board, windows, bytes, (flat, size) => codeWritten(flat, size));
  const bus: BoardBus = {
    windows,
    store: bytes,
    translation,
    devices: attached,
    get mostWait() {
      return {
        fetch: mostWait.fetch + guards.mostWait,
        data: mostWait.data + guards.mostWait,
        aligned: mostWait.aligned + guards.mostWait,
      };
    },
    model,
    attach,
    wait(address, kind, cycles) {
      const row = rowAt(address >>> 0);
      const column = kind === "fetch" ? FETCH_WAITS : kind === "read" ? READ_WAITS : WRITE_WAITS;
      if (row !== 0) charge(row, column, cycles);
    },
    onCodeWrite: undefined,
    get waitCycles() {
      return (total[0] ?? 0) + (translation?.pendingWaits() ?? 0) + (timed?.total() ?? 0);
    },
    read8(address) {
      const row = readable[address >>> PAGE_SHIFT] ?? 0;
      if (row === 0) return readSlowly(address, 1);
      count(row * ROW + READ + OF_1);
      if (readWait[row] !== 0) wait(row, READ_WAITS, address, 1);
      return bytes[(address + (flatBase[row] ?? 0)) | 0] ?? 0;
    },
    read16(address) {
      const row = readable[address >>> PAGE_SHIFT] ?? 0;
      if (row === 0 || (address & PAGE_MASK) > PAGE_MASK - 1) return readSlowly(address, 2);
      count(row * ROW + READ + OF_2);
      if (readWait[row] !== 0) wait(row, READ_WAITS, address, 2);
      const flat = (address + (flatBase[row] ?? 0)) | 0;
      return (flat & 1) === 0 ? halves[flat >> 1] ?? 0 : view.getUint16(flat, true);
    },
    read32(address) {
      const row = readable[address >>> PAGE_SHIFT] ?? 0;
      if (row === 0 || (address & PAGE_MASK) > PAGE_MASK - 3) return readSlowly(address, 4) | 0;
      count(row * ROW + READ + OF_4);
      if (readWait[row] !== 0) wait(row, READ_WAITS, address, 4);
      const flat = (address + (flatBase[row] ?? 0)) | 0;
      return (flat & 3) === 0 ? words[flat >> 2] ?? 0 : view.getInt32(flat, true);
    },
    write8(address, value) {
      const row = writable[address >>> PAGE_SHIFT] ?? 0;
      if (row === 0) return writeSlowly(address, 1, value);
      count(row * ROW + WRITE + OF_1);
      if (writeWait[row] !== 0) wait(row, WRITE_WAITS, address, 1);
      const flat = (address + (flatBase[row] ?? 0)) | 0;
      bytes[flat] = value;
      if (code[flat >>> CODE_SHIFT] !== 0) codeWritten(flat, 1);
    },
    write16(address, value) {
      const row = writable[address >>> PAGE_SHIFT] ?? 0;
      if (row === 0 || (address & PAGE_MASK) > PAGE_MASK - 1) return writeSlowly(address, 2, value);
      count(row * ROW + WRITE + OF_2);
      if (writeWait[row] !== 0) wait(row, WRITE_WAITS, address, 2);
      const flat = (address + (flatBase[row] ?? 0)) | 0;
      if ((flat & 1) === 0) halves[flat >> 1] = value;
      else view.setUint16(flat, value & 0xffff, true);
      if (isCode(flat, 2)) codeWritten(flat, 2);
    },
    write32(address, value) {
      const row = writable[address >>> PAGE_SHIFT] ?? 0;
      if (row === 0 || (address & PAGE_MASK) > PAGE_MASK - 3) return writeSlowly(address, 4, value);
      count(row * ROW + WRITE + OF_4);
      if (writeWait[row] !== 0) wait(row, WRITE_WAITS, address, 4);
      const flat = (address + (flatBase[row] ?? 0)) | 0;
      if ((flat & 3) === 0) words[flat >> 2] = value;
      else view.setInt32(flat, value, true);
      if (isCode(flat, 4)) codeWritten(flat, 4);
    },
    fetch(address, size) {
      const row = executable[address >>> PAGE_SHIFT] ?? 0;
      if (row === 0 || (address & PAGE_MASK) > PAGE_MASK + 1 - size) {
        return fetchSlowly(address, size);
      }
      count(row * ROW + FETCH + (size === 2 ? OF_2 : OF_4));
      if (!inLine(address) || !inLine(address + size - 2)) newLine(address, size, row);
    },
    decode16(address) {
      const start = address >>> 0;
      // What guards refuse is refused when it is fetched, but where there is nothing it never is.
      if (!guards.empty && windows[rowAt(start) - 1]?.access.execute !== true) {
        guards.fetch(start, 2, pages.mode);
      }
      const row = checkedRow(start, start, "fetch");
      const flat = (start + (flatBase[row] ?? 0)) | 0;
      const chunk = flat >>> CODE_SHIFT;
      if (code[chunk] === 0) {
        code[chunk] = 1;
        translation?.protect(chunk << CODE_SHIFT, 1 << CODE_SHIFT);
      }
      return view.getUint16(flat, true);
    },
    addGuard: (guard) => pages.refresh(guards.add(guard)),
    removeGuard: (guard) => pages.refresh(guards.remove(guard)),
    updateGuard: (guard) => pages.refresh(guards.update(guard)),
    setMode(mode) {
      const before = pages.mode;
      if (before !== mode) pages.show(mode);
      return before;
    },
    save: () => [saveMemory({ bytes, counters, total, line }), timed?.save()],
    restore(saved) {
      const [memory, model] = saved as readonly unknown[];
      translation?.drop();
      timed?.restore(model);
      for (const [flat, length] of restoreMemory({ bytes, counters, total, line }, memory)) {
        codeWritten(flat, length);
      }
    },
    resetCounts() {
      timed?.reset();
      translation?.drop();
      counters.reset();
      total[0] = 0;
      line[0] = 1;
      line[1] = -1;
    },
    ...host,
    counts: () => regionCounts(counters, windows, timed?.waits),
    notes: () => [
      ...unknownWaitStates(regionCounts(counters, windows), windows),
      ...model?.notes() ?? [],
    ],
  };
  return bus;
}
