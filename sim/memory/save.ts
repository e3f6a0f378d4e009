/**
 * The state of a bus as a value, for snapshots: bytes, counts and the fetched line. Guards and devices are
 * not part of it. Only pages with content other than one repeated byte are kept.
 *
 * @module
 */
import type { Counters, CountersState } from "./counters.ts";

/** What a bus consists of. */
export interface MemoryParts {
  /** The flat store. */
  readonly bytes: Uint8Array;
  /** Access counts. */
  readonly counters: Counters;
  /** Wait cycles of all regions. */
  readonly total: Float64Array;
  /** The fetched line and its mask. */
  readonly line: Int32Array;
}

const PAGE = 4096;

interface SavedMemory {
  /** By page: its bytes, or the one byte that it is full of. */
  readonly pages: readonly (Uint8Array | number)[];
  readonly counters: CountersState;
  readonly total: Float64Array;
  readonly line: Int32Array;
}

/** The byte that a page is full of; undefined if it has several. */
function uniform(page: Uint8Array): number | undefined {
  const [first = 0] = page;
  for (const byte of page) if (byte !== first) return undefined;
  return first;
}

function isEqual(page: Uint8Array, content: Uint8Array): boolean {
  for (let at = 0; at < page.length; at++) if (page[at] !== content[at]) return false;
  return true;
}

/** Copies the state. */
export function saveMemory({ bytes, counters, total, line }: MemoryParts): unknown {
  const pages: (Uint8Array | number)[] = [];
  for (let at = 0; at < bytes.length; at += PAGE) {
    const page = bytes.subarray(at, at + PAGE);
    pages.push(uniform(page) ?? page.slice());
  }
  const saved: SavedMemory = {
    pages,
    counters: counters.save(),
    total: total.slice(),
    line: line.slice(),
  };
  return saved;
}

/**
 * Goes back to a saved state.
 *
 * @returns Flat offset and length of what changed: as far as it is code, the engine has to hear of it
 */
export function restoreMemory(parts: MemoryParts, from: unknown): [flat: number, length: number][] {
  const saved = from as SavedMemory;
  const changed: [number, number][] = [];
  saved.pages.forEach((content, index) => {
    const page = parts.bytes.subarray(index * PAGE, (index + 1) * PAGE);
    const isSame = typeof content === "number" ? uniform(page) === content : isEqual(page, content);
    if (isSame) return;
    if (typeof content === "number") page.fill(content);
    else page.set(content);
    changed.push([index * PAGE, page.length]);
  });
  parts.counters.restore(saved.counters);
  parts.total.set(saved.total);
  parts.line.set(saved.line);
  return changed;
}
