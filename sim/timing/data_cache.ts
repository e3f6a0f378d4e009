/**
 * The L1 data cache of a Cortex-M7 as a memory timing model.
 *
 * From the TRM (DDI 0489F, 5.9 "L1 caches"): any access that is not for a TCM or the AHBP interface is
 * handled by the cache controller; every cacheable location is read-allocate; the data cache can allocate
 * on a write if the location is write-allocate. Geometry comes from the board file. What is cacheable and
 * how comes from the default memory map (DDI 0403, B3.1, table B3-1): 0x0000_0000 and 0x8000_0000 for
 * 512 MiB each are write-through, 0x2000_0000 and 0x6000_0000 are write-back, write-allocate; peripheral
 * and device memory is not cacheable. Regions of the MPU, also those that say otherwise, are not followed.
 *
 * Cycles: a hit waits 0. A line fill waits for the whole line: its beats on the 64-bit AXIM, or on a
 * narrower memory as many as that needs, and the wait states once for each access of the memory's width.
 * The core returns the critical word first and does not block (5.9), so this is an upper bound. A dirty
 * line that is replaced or cleaned is written back at the same price with the write wait states, charged
 * to its own region; the core hides some of that in its eviction buffers. A write that is not kept pays
 * the write wait states, as without a cache. Assumed, because the TRM does not state it: an empty way is
 * taken first, else ways are replaced in turn. Not modelled: dynamic read allocate mode (5.9.1), the
 * instruction cache, stale data (the cache has costs, the bytes are always those of memory).
 *
 * @module
 */
import type { Cache } from "../../src/board/types.ts";
import type { CacheControl, MemoryLayout, MemoryModel, TimedWindow } from "../types.ts";
import { Code, encodeFunctions, W } from "../wasm/encoder.ts";
import { charge, MODEL_LOCALS } from "./memory.ts";

/** How the default memory map treats writes. */
type Policy = "write-through" | "write-back";

const ROWS = 256;
const VALID = 1;
const DIRTY = 1;
/** Bytes of a beat on the AXI master interface (DDI 0489F, 5.5). */
const BEAT = 8;

/** Offsets in the state: costs by row as doubles, then for each line its tag and what it is. */
const FILL = 0;
const WRITE_BACK: number = ROWS * 8;
const WRITE: number = WRITE_BACK + ROWS * 8;
/** Policy by row: 1 for write-back. */
const KEEPS: number = WRITE + ROWS * 8;
const LINES: number = KEEPS + ROWS * 4;

/** Locals: parameters, then set, place of the set's first line, tag, victim, row that pays. */
const ADDRESS = 0;
const ROW = 1;
const SET = 2;
const PLACE = 3;
const TAG = 4;
const VICTIM = 5;
const PAYS = 6;

/** Cacheability of an address in the default memory map; undefined where it is not cacheable. */
function policyOf(address: number): Policy | undefined {
  switch (Math.floor(address / 0x2000_0000)) {
    case 0:
    case 4:
      return "write-through";
    case 1:
    case 3:
      return "write-back";
    default:
      return undefined;
  }
}

/** Cycles of moving a whole line. */
function lineCycles(line: number, { widthBytes }: TimedWindow, wait: number): number {
  return line / Math.min(BEAT, widthBytes) + wait * Math.max(1, line / widthBytes);
}

/**
 * Makes the data cache of a core.
 *
 * @param geometry Size, ways and line of the cache, as the board file has them
 * @param windows Windows of the board
 */
export function createDataCache(
  { size, ways, line }: Cache,
  windows: readonly TimedWindow[],
): MemoryModel {
  const sets = size / ways / line;
  const lineShift = Math.log2(line);
  /** Bytes of a set: tags, then rows and dirty bits, then the way that is replaced next. */
  const setBytes = ways * 8 + 4;
  const rows = windows.flatMap((window, index) =>
    window.port === "axim" && policyOf(window.origin) !== undefined ? [index + 1] : []
  );
  const most = (kind: "read" | "write"): number =>
    Math.max(
      0,
      ...rows.map((row) => {
        const window = windows[row - 1];
        return window === undefined ? 0 : lineCycles(line, window, window.waitStates[kind] ?? 0);
      }),
    );
  let costs: Float64Array = new Float64Array(0);
  let keeps: Int32Array = new Int32Array(0);
  let lines: Int32Array = new Int32Array(0);
  let charged: Float64Array = new Float64Array(0);
  let enabled = false;
  let used = false;
  let turn: (on: boolean) => void = () => {};

  const emit = (kind: "read" | "write", layout: MemoryLayout): Code => {
    const code = new Code();
    const { state } = layout;
    const price = (table: number, row: number): void => {
      code.get(row).i32(1).op(W.shl).memory(W.loadD, state + table);
    };
    const passesOn = (): void => {
      price(WRITE, ROW);
      charge(code, "write", ROW, layout);
      code.op(W.return);
    };
    code.get(ADDRESS).i32(lineShift).op(W.shrU).i32(sets - 1).op(W.and).tee(SET);
    code.i32(setBytes).op(W.mul).set(PLACE);
    code.get(ADDRESS).i32(-line).op(W.and).i32(VALID).op(W.or).set(TAG);
    for (let way = 0; way < ways; way++) {
      code.get(PLACE).memory(W.load, state + LINES + way * 4).get(TAG).op(W.eq).open(W.if);
      if (kind === "write") {
        code.get(ROW).memory(W.load, state + KEEPS).op(W.eqz).open(W.if);
        passesOn();
        code.end();
        code.get(PLACE).get(ROW).i32(DIRTY).op(W.or);
        code.memory(W.store, state + LINES + (ways + way) * 4);
      }
      code.op(W.return).end();
    }
    if (kind === "write") {
      code.get(ROW).memory(W.load, state + KEEPS).op(W.eqz).open(W.if);
      passesOn();
      code.end();
    }
    // The victim: an empty way, else the one whose turn it is.
    code.i32(ways * 4).set(VICTIM);
    for (let way = ways - 1; way >= 0; way--) {
      code.i32(way * 4).get(VICTIM);
      code.get(PLACE).memory(W.load, state + LINES + way * 4).op(W.eqz, W.select).set(VICTIM);
    }
    code.get(VICTIM).i32(ways * 4).op(W.eq).open(W.if);
    code.get(PLACE).memory(W.load, state + LINES + ways * 8).set(VICTIM);
    code.get(PLACE).get(VICTIM).i32(4).op(W.add).i32(ways * 4 - 1).op(W.and);
    code.memory(W.store, state + LINES + ways * 8).end();
    code.get(PLACE).get(VICTIM).op(W.add).set(VICTIM);
    code.get(VICTIM).memory(W.load, state + LINES + ways * 4).tee(PAYS);
    code.i32(DIRTY).op(W.and).open(W.if);
    code.get(PAYS).i32(-4).op(W.and).set(PAYS);
    price(WRITE_BACK, PAYS);
    charge(code, "write", PAYS, layout);
    code.end();
    code.get(VICTIM).get(TAG).memory(W.store, state + LINES);
    code.get(VICTIM).get(ROW);
    if (kind === "write") code.i32(DIRTY).op(W.or);
    code.memory(W.store, state + LINES + ways * 4);
    price(FILL, ROW);
    charge(code, kind, ROW, layout);
    return code;
  };

  const drop = (index: number, way: number, clean: boolean, keep: boolean): void => {
    const place = index * (setBytes / 4) + way;
    const about = lines[place + ways] ?? 0;
    if ((lines[place] ?? 0) === 0) return;
    if (clean && (about & DIRTY) !== 0) {
      const row = about >> 2;
      const cycles = costs[ROWS + row] ?? 0;
      charged[0] = (charged[0] ?? 0) + cycles;
      charged[2 + row * 2 + 1] = (charged[2 + row * 2 + 1] ?? 0) + cycles;
    }
    if (keep) lines[place + ways] = clean ? about & ~DIRTY : about;
    else lines[place] = lines[place + ways] = 0;
  };

  const cache: CacheControl = {
    enable(on) {
      if (on === enabled) return;
      enabled = on;
      used ||= on;
      turn(on);
    },
    maintain(operation, by, value) {
      const index = (value >>> lineShift) & (sets - 1);
      const clean = operation !== "invalidate";
      const keep = operation === "clean";
      if (by === "set-way") {
        drop(index, ways === 1 ? 0 : value >>> (32 - Math.log2(ways)), clean, keep);
        return;
      }
      const tag = (value & -line) | VALID;
      for (let way = 0; way < ways; way++) {
        if (lines[index * (setBytes / 4) + way] === tag) drop(index, way, clean, keep);
      }
    },
  };

  return {
    rows,
    bytes: LINES + sets * setBytes,
    line,
    most: most("read") + most("write"),
    module: (layout) =>
      encodeFunctions(
        (["read", "write"] as const).map((name) => ({ name, body: emit(name, layout) })),
        MODEL_LOCALS,
      ),
    cache,
    connect(memory, layout, enable) {
      const { state } = layout;
      turn = enable;
      costs = new Float64Array(memory.buffer, state, ROWS * 3);
      keeps = new Int32Array(memory.buffer, state + KEEPS, ROWS);
      lines = new Int32Array(memory.buffer, state + LINES, sets * setBytes / 4);
      charged = new Float64Array(memory.buffer, layout.charged, 2 + ROWS * 2);
    },
    save: () => [enabled, used],
    restore(saved) {
      [enabled = false, used = false] = saved as readonly boolean[];
      turn(enabled);
    },
    reset() {
      enabled = used = false;
      for (const row of rows) {
        const window = windows[row - 1];
        if (window === undefined) continue;
        const { read = 0, write = 0 } = window.waitStates;
        costs[FILL + row] = lineCycles(line, window, read);
        costs[ROWS + row] = lineCycles(line, window, write);
        costs[ROWS * 2 + row] = write;
        keeps[row] = policyOf(window.origin) === "write-back" ? 1 : 0;
      }
    },
    notes: () => [
      used
        ? `data cache of ${size / 1024} KiB modelled on ${
          rows.map((row) => windows[row - 1]?.name).join(", ")
        }: every line fill and write-back waits to its end, ways are replaced in turn, ` +
          "cacheability is that of the default memory map"
        : "the program never switched the data cache on (CCR.DC): every access paid its wait states",
    ],
  };
}
