/**
 * What translated code needs of memory, in the one WebAssembly.Memory whose first bytes are the flat
 * store: tables that say at once whether an access is plain, where its bytes are and which counter it
 * has; the counters; the registers.
 *
 * An entry of a table is the distance from the guest's address to the flat store, a multiple of 4096,
 * plus four times the row of the window, plus 1 if a memory timing model charges the access; 0 sends the
 * access to the interpreter.
 *
 * @module
 */
import type { MemoryFunctions, TranslationMemory } from "../types.ts";
import {
  type Counters,
  FETCH,
  FETCH_WAITS,
  KINDS,
  OF_1,
  OF_2,
  OF_4,
  READ,
  READ_WAITS,
  ROW,
  WRITE,
  WRITE_WAITS,
} from "./counters.ts";
import type { Window } from "./windows.ts";

const PAGE_BITS = 12;
/** Stores into a granule that holds code are the interpreter's. */
const GRANULE_BITS = 10;
const ROWS = 256;
const WASM_PAGE = 0x1_0000;
const STATE_BYTES = 4096;
/** Columns of the fetches that have not been collected. */
const FETCHES = 3;
/** Bit of an entry whose accesses the memory timing model charges. */
const MODELLED = 1;

/** Kinds of plain accesses, in the order of the counters: column, kind of wait, bytes. */
const COLUMNS: readonly (readonly [column: number, waits: number, bytes: number])[] = [
  [READ + OF_1, READ_WAITS, 1],
  [READ + OF_2, READ_WAITS, 2],
  [READ + OF_4, READ_WAITS, 4],
  [WRITE + OF_1, WRITE_WAITS, 1],
  [WRITE + OF_2, WRITE_WAITS, 2],
  [WRITE + OF_4, WRITE_WAITS, 4],
];

/** The memory under a bus. */
export interface TranslationStore {
  /** Memory; the flat store is at its start. */
  readonly memory: WebAssembly.Memory;
  /** Offset of the extra bytes. */
  readonly extra: number;
  /** What an engine gets. */
  connect(parts: StoreParts): ConnectedStore;
}

/** What the bus knows. */
export interface StoreParts {
  readonly counters: Counters;
  /** Wait cycles of all regions. */
  readonly total: Float64Array;
  /** The fetched line and its mask. */
  readonly line: Int32Array;
  /** Rows of pages that can be fetched from in every mode. */
  readonly translatable: Uint8Array;
  readonly flatBase: Int32Array;
  readonly readWait: Float64Array;
  readonly writeWait: Float64Array;
  readonly fetchWait: Float64Array;
  readonly lineMask: Int32Array;
  /** The most cycles that an aligned data access can wait. */
  readonly mostWait: number;
  /** Functions of the memory timing model. */
  readonly model: MemoryFunctions | undefined;
}

/** The engine's view, and what the bus has to call. */
export interface ConnectedStore extends TranslationMemory {
  /** Rows for reads and writes of the pages `[first, last)`. */
  setRows(first: number, last: number, read: number, write: number): void;
  /** Keeps translated stores away from a chunk of code in the flat store. */
  protect(flat: number, length: number): void;
  /** Wait cycles of what translated code counted and nobody has collected. */
  pendingWaits(): number;
  /** Forgets what has not been collected. */
  drop(): void;
  /** Follows a change of wait states; marks the entries of some rows as the model's, or not. */
  setModelled(rows: readonly number[], on: boolean): void;
}

/**
 * Allocates the memory.
 *
 * @param windows Windows of the board
 * @param totalBytes Bytes of the flat store
 * @param extraBytes Bytes for a memory timing model
 */
export function createTranslationStore(
  windows: readonly Window[],
  totalBytes: number,
  extraBytes: number,
): TranslationStore {
  const state = Math.ceil(totalBytes / WASM_PAGE) * WASM_PAGE;
  const counterBase = state + STATE_BYTES;
  const readTable = counterBase + COLUMNS.length * ROWS * 4;
  const writeTable = readTable + (4 << (32 - PAGE_BITS));
  const extra = writeTable + (4 << (32 - GRANULE_BITS));
  const pages = Math.ceil((extra + extraBytes) / WASM_PAGE);
  const memory = new WebAssembly.Memory({ initial: pages });
  const { buffer } = memory;

  const connect = (parts: StoreParts): ConnectedStore => {
    const { counters, total, line, fetchWait, lineMask } = parts;
    /** By row: narrow and wide instructions and new lines whose counts have not been collected. */
    const fetches = new Float64Array(ROWS * FETCHES);
    const pending = new Int32Array(buffer, counterBase, COLUMNS.length * ROWS);
    const reads = new Int32Array(buffer, readTable, 1 << (32 - PAGE_BITS));
    const writes = new Int32Array(buffer, writeTable, 1 << (32 - GRANULE_BITS));
    /** Granules with code, by number. */
    const withCode = new Set<number>();
    /** Rows whose accesses the memory timing model charges. */
    let modelled: ReadonlySet<number> = new Set();
    const entry = (row: number): number => {
      const distance = parts.flatBase[row] ?? 0;
      if (row === 0 || (distance & ((1 << PAGE_BITS) - 1)) !== 0) return 0;
      return distance | (row * 4) | (modelled.has(row) ? MODELLED : 0);
    };

    /** Cycles of one aligned access, by counter. */
    const cost = new Float64Array(pending.length);
    const used: number[] = [];
    COLUMNS.forEach((_, column) => {
      for (let row = 1; row <= windows.length; row++) used.push(column * ROWS + row);
    });
    let charged: readonly number[] = [];
    const price = (): void => {
      COLUMNS.forEach(([, waits, size], column) => {
        for (let row = 1; row <= windows.length; row++) {
          const wait = (waits === READ_WAITS ? parts.readWait[row] : parts.writeWait[row]) ?? 0;
          const lineBytes = -(parts.lineMask[row] ?? -4);
          const cycles = modelled.has(row) ? 0 : wait * Math.max(1, size / lineBytes);
          cost[column * ROWS + row] = cycles;
        }
      });
      charged = used.filter((index) => (cost[index] ?? 0) !== 0);
    };
    price();

    const add = (column: number, amount: number): void => {
      const sum = ((counters.counts[column] ?? 0) >>> 0) + amount;
      counters.counts[column] = sum | 0;
      if (sum >= 2 ** 32) counters.carry(column);
    };
    const charge = (row: number, kind: number, cycles: number): void => {
      const index = row * KINDS + kind;
      counters.waits[index] = (counters.waits[index] ?? 0) + cycles;
      total[0] = (total[0] ?? 0) + cycles;
    };

    const collect = (): void => {
      for (let row = 1; row <= windows.length; row++) {
        const at = row * FETCHES;
        const lines = fetches[at + 2] ?? 0;
        if (fetches[at] === 0 && fetches[at + 1] === 0 && lines === 0) continue;
        add(row * ROW + FETCH + OF_2, fetches[at] ?? 0);
        add(row * ROW + FETCH + OF_4, fetches[at + 1] ?? 0);
        // The total has had them already.
        if (lines !== 0) {
          const index = row * KINDS + FETCH_WAITS;
          counters.waits[index] = (counters.waits[index] ?? 0) + lines * (fetchWait[row] ?? 0);
        }
        fetches.fill(0, at, at + FETCHES);
      }
      for (const index of used) {
        const count = pending[index] ?? 0;
        if (count === 0) continue;
        pending[index] = 0;
        const row = index % ROWS;
        const [column = 0, waits = 0] = COLUMNS[(index - row) / ROWS] ?? [];
        add(row * ROW + column, count >>> 0);
        const cycles = cost[index] ?? 0;
        if (cycles !== 0) charge(row, waits, cycles * (count >>> 0));
      }
    };

    return {
      memory,
      model: parts.model,
      state,
      readTable,
      writeTable,
      counters: counterBase,
      readShift: PAGE_BITS,
      writeShift: GRANULE_BITS,
      mostWait: parts.mostWait,
      codeRow: (address) => parts.translatable[address >>> PAGE_BITS] ?? 0,
      flatDistance: (row) => parts.flatBase[row] ?? 0,
      fetchWait: (row) => parts.fetchWait[row] ?? 0,
      lineMask: (row) => parts.lineMask[row] ?? -4,
      fetched(row, narrow, wide, lines, last) {
        const at = row * FETCHES;
        fetches[at] = (fetches[at] ?? 0) + narrow;
        fetches[at + 1] = (fetches[at + 1] ?? 0) + wide;
        if (lines !== 0) {
          fetches[at + 2] = (fetches[at + 2] ?? 0) + lines;
          total[0] = (total[0] ?? 0) + lines * (fetchWait[row] ?? 0);
        }
        const mask = lineMask[row] ?? -4;
        line[0] = last & mask;
        line[1] = mask;
      },
      inLine: (address) => ((address ^ (line[0] ?? 0)) & (line[1] ?? 0)) === 0,
      collect,
      pendingWaits() {
        let sum = 0;
        for (const index of charged) sum += (pending[index] ?? 0) * (cost[index] ?? 0);
        return sum;
      },
      drop() {
        pending.fill(0);
        fetches.fill(0);
      },
      setModelled(rows, on) {
        collect();
        modelled = new Set(on ? rows : []);
        price();
        for (const row of rows) {
          const window = windows[row - 1];
          if (window === undefined) continue;
          for (const [table, bits] of [[reads, PAGE_BITS], [writes, GRANULE_BITS]] as const) {
            const last = (window.end - 1) >>> bits;
            for (let index = window.origin >>> bits; index <= last; index++) {
              const old = table[index] ?? 0;
              if (old !== 0) table[index] = on ? old | MODELLED : old & ~MODELLED;
            }
          }
        }
      },
      setRows(first, last, read, write) {
        reads.fill(entry(read), first, last);
        const from = first << (PAGE_BITS - GRANULE_BITS);
        const to = last << (PAGE_BITS - GRANULE_BITS);
        const stores = entry(write);
        writes.fill(stores, from, to);
        if (stores === 0) return;
        if (to - from < withCode.size) {
          for (let granule = from; granule < to; granule++) {
            if (withCode.has(granule)) writes[granule] = 0;
          }
        } else {
          for (const granule of withCode) {
            if (granule >= from && granule < to) writes[granule] = 0;
          }
        }
      },
      protect(flat, length) {
        for (const window of windows) {
          const from = Math.max(flat, window.flat);
          const to = Math.min(flat + length, window.flat + (window.end - window.origin));
          if (from >= to) continue;
          const first = (window.origin + (from - window.flat)) >>> GRANULE_BITS;
          const last = (window.origin + (to - 1 - window.flat)) >>> GRANULE_BITS;
          writes.fill(0, first, last + 1);
          for (let granule = first; granule <= last; granule++) withCode.add(granule);
        }
      },
    };
  };
  return { memory, extra, connect };
}
