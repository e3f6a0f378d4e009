/**
 * Which function or object holds an address: for per-function counts and fault reports.
 *
 * @module
 */
import { type ElfImage, type ElfSymbol, SHF_ALLOC } from "./types.ts";

/** The functions of an image, by address. */
export interface FunctionTable {
  /** Names, in order of address; static functions that share a name have their file's added. */
  readonly names: readonly string[];
  /** Index into `names` of the function that holds an address; −1 if none does. */
  at(address: number): number;
  /** First address of the function of an index. */
  start(index: number): number | undefined;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

const RANK: Readonly<Record<ElfSymbol["binding"], number>> = {
  global: 0,
  weak: 1,
  local: 2,
  other: 3,
};

/** Names; static functions of one name in several files get theirs: `helper (conv.c)`. */
function distinctNames(elf: ElfImage, functions: readonly ElfSymbol[]): string[] {
  const fileOf = new Map<ElfSymbol, string>();
  let file = "";
  for (const symbol of elf.symbols) {
    // gABI: a file symbol precedes the local symbols of that file.
    if (symbol.type === "file") file = symbol.name;
    else if (symbol.binding === "local") fileOf.set(symbol, file);
  }
  const count = new Map<string, number>();
  for (const { name } of functions) count.set(name, (count.get(name) ?? 0) + 1);
  return functions.map((symbol) => {
    const own = fileOf.get(symbol);
    return (count.get(symbol.name) ?? 0) > 1 && own !== undefined && own !== ""
      ? `${symbol.name} (${own})`
      : symbol.name;
  });
}

/**
 * Makes the table. A function without a size (hand-written assembler) reaches to the next function or
 * to the end of its section. Two names of one address: the global one, then the alphabetically first.
 *
 * @param elf The image
 */
export function functionTable(elf: ElfImage): FunctionTable {
  const functions = elf.symbols
    .filter((symbol) => symbol.type === "func" && symbol.section !== undefined)
    .toSorted((a, b) =>
      a.address - b.address || RANK[a.binding] - RANK[b.binding] || (a.name < b.name ? -1 : 1)
    )
    .filter((symbol, index, all) => index === 0 || all[index - 1]?.address !== symbol.address);
  const ranges = functions.map((symbol, index): Range => {
    const sectionEnd = symbol.section === undefined ? 0 : symbol.section.addr + symbol.section.size;
    const next = Math.min(functions[index + 1]?.address ?? sectionEnd, sectionEnd);
    const end = symbol.size > 0 ? symbol.address + symbol.size : next;
    return { start: symbol.address, end };
  });
  return {
    names: distinctNames(elf, functions),
    at: (address) => find(ranges, address >>> 0),
    start: (index) => ranges[index]?.start,
  };
}

/**
 * The symbol whose bytes hold an address, or the nearest one before it in the same section.
 *
 * @param elf The image
 * @param address Any address
 * @returns `dtcm_pool+0x40`, or `undefined` if no section holds the address
 */
export function symbolAt(elf: ElfImage, address: number): string | undefined {
  const at = address >>> 0;
  const section = elf.sections.find((one) =>
    (one.flags & SHF_ALLOC) !== 0 && at >= one.addr && at < one.addr + one.size
  );
  let best: ElfSymbol | undefined;
  for (const symbol of elf.symbols) {
    if (symbol.section !== section || section === undefined || symbol.address > at) continue;
    if (symbol.type === "section" || symbol.type === "file" || symbol.name.startsWith("$")) {
      continue;
    }
    if (best === undefined || isBetter(symbol, best)) best = symbol;
  }
  if (best === undefined) return undefined;
  const offset = at - best.address;
  return offset === 0 ? best.name : `${best.name}+0x${offset.toString(16)}`;
}

function isBetter(a: ElfSymbol, b: ElfSymbol): boolean {
  if (a.address !== b.address) return a.address > b.address;
  return RANK[a.binding] < RANK[b.binding];
}

function find(ranges: readonly Range[], address: number): number {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (range === undefined) return -1;
    if (address < range.start) high = middle - 1;
    else if (address >= range.end && (ranges[middle + 1]?.start ?? Infinity) <= address) {
      low = middle + 1;
    } else return address < range.end ? middle : -1;
  }
  return -1;
}
