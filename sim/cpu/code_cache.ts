/**
 * Predecoded instructions by address: a two-level table of 4 KiB pages, each with one slot a halfword.
 * Instructions inside an IT block are kept apart from the same instructions outside, since they differ
 * in whether they set flags; so are those that are executed in different states of the pipeline, since
 * they differ in what they cost.
 *
 * @module
 */
import type { Op } from "./op.ts";

/** Bytes of a page, as a power of two. */
export const PAGE_BITS = 12;
/** Slots of a page. */
export const PAGE_SLOTS: number = 1 << (PAGE_BITS - 1);
const TABLE_BITS = 10;

/** Slots of one page, by halfword. */
export type Slots = (Op | undefined)[];

interface Page {
  /** By state of the pipeline; twice the state, plus 1 inside an IT block. */
  readonly variants: (Slots | undefined)[];
}

function emptySlots(): Slots {
  return new Array<Op | undefined>(PAGE_SLOTS).fill(undefined);
}

/** Predecoded instructions. */
export class CodeCache {
  readonly #tables: ((Page | undefined)[] | undefined)[] = [];
  readonly #pages: Page[] = [];

  #page(address: number): Page | undefined {
    return this.#tables[address >>> (PAGE_BITS + TABLE_BITS)]
      ?.[(address >>> PAGE_BITS) & ((1 << TABLE_BITS) - 1)];
  }

  /**
   * The slots of the page that holds an address; made empty if there are none.
   *
   * @param address Any address of the page
   * @param inIt Whether the slots inside an IT block are meant
   * @param pipeline State of the pipeline
   */
  slots(address: number, inIt: boolean, pipeline: number): Slots {
    const page = this.#page(address) ?? this.#create(address);
    // Few instructions of a page are executed in any one state but 0: those slots grow as needed.
    return page.variants[pipeline * 2 + (inIt ? 1 : 0)] ??= pipeline === 0 ? emptySlots() : [];
  }

  #create(address: number): Page {
    const page: Page = { variants: [] };
    const top = address >>> (PAGE_BITS + TABLE_BITS);
    const table = this.#tables[top] ??= new Array<Page | undefined>(1 << TABLE_BITS)
      .fill(undefined);
    table[(address >>> PAGE_BITS) & ((1 << TABLE_BITS) - 1)] = page;
    this.#pages.push(page);
    return page;
  }

  /** Forgets everything. Slots are cleared in place: the run loop may hold one of them. */
  clear(): void {
    for (const page of this.#pages) {
      for (const slots of page.variants) slots?.fill(undefined);
    }
  }

  /** Forgets the instructions that overlap a range, including a 32-bit one that starts before it. */
  forget(address: number, length: number): void {
    if (length > 0x1_0000) {
      this.clear();
      return;
    }
    const start = (address & ~1) - 2;
    for (let at = start; at < (address | 0) + length; at += 2) {
      const page = this.#page(at);
      if (page === undefined) continue;
      const slot = (at >>> 1) & (PAGE_SLOTS - 1);
      for (const slots of page.variants) {
        if (slots !== undefined && slot < slots.length) slots[slot] = undefined;
      }
    }
  }
}
