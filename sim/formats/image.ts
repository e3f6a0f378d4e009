/**
 * Images that are nothing but bytes at addresses, in the shape of an ELF file, so that everything that runs
 * an ELF file runs them too.
 *
 * @module
 */
import { InputError } from "../../src/base/error.ts";
import { formatAddress } from "../../src/base/units.ts";
import type { Board } from "../../src/board/types.ts";
import {
  type ElfImage,
  type ElfSection,
  type ElfSegment,
  type ElfSymbol,
  PT_LOAD,
  SHF_ALLOC,
  SHF_EXECINSTR,
} from "../elf/mod.ts";

/** Bytes at an address. */
export interface Chunk {
  /** First address. */
  readonly address: number;
  /** Content. */
  readonly data: Uint8Array;
}

/** What an image of bytes does not say of itself. */
export interface ImageFacts {
  /** Path for messages; default `image`. */
  readonly file?: string | undefined;
  /** Addresses by name; each is taken for a function that reaches to the next one. */
  readonly symbols?: Readonly<Record<string, number>> | undefined;
  /** Entry point, where the format has one. */
  readonly entry?: number | undefined;
}

/** Joins chunks that follow one another; throws {@linkcode InputError} (E-SIM-IMAGE) if two overlap. */
export function joinChunks(chunks: readonly Chunk[], file: string): Chunk[] {
  const sorted = chunks.filter(({ data }) => data.length > 0)
    .toSorted((a, b) => a.address - b.address);
  const groups: { address: number; end: number; parts: Uint8Array[] }[] = [];
  for (const { address, data } of sorted) {
    const last = groups.at(-1);
    if (last !== undefined && address < last.end) {
      throw new InputError(
        "E-SIM-IMAGE",
        `Cannot read ${file}: it has two contents for ${formatAddress(address)}`,
      );
    }
    if (last?.end === address) {
      last.parts.push(data);
      last.end += data.length;
    } else groups.push({ address, end: address + data.length, parts: [data] });
  }
  return groups.map(({ address, end, parts }) => {
    if (end > 2 ** 32) {
      throw new InputError(
        "E-SIM-IMAGE",
        `Cannot read ${file}: its content at ${
          formatAddress(address)
        } goes beyond 32 bits of address`,
      );
    }
    const data = new Uint8Array(end - address);
    let at = 0;
    for (const part of parts) {
      data.set(part, at);
      at += part.length;
    }
    return { address, data };
  });
}

/**
 * Makes an image of bytes at addresses.
 *
 * @param chunks Bytes, which must not overlap
 * @param facts Name, symbols, entry
 * @throws {InputError} No bytes, or bytes that overlap (E-SIM-IMAGE)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { imageOf } from "./mod.ts";
 *
 * const image = imageOf([{ address: 0x0800_0000, data: Uint8Array.of(1, 2, 3, 4) }], {
 *   symbols: { start: 0x0800_0000 },
 * });
 * assertEquals([image.segments[0]?.paddr, image.symbol("start")?.address], [0x0800_0000, 0x0800_0000]);
 * ```
 */
export function imageOf(chunks: readonly Chunk[], facts: ImageFacts = {}): ElfImage {
  const file = facts.file ?? "image";
  const joined = joinChunks(chunks, file);
  if (joined.length === 0) {
    throw new InputError("E-SIM-IMAGE", `Cannot read ${file}: it has no content`);
  }
  const segments = joined.map(({ address, data }, index): ElfSegment => ({
    index,
    type: PT_LOAD,
    vaddr: address,
    paddr: address,
    filesz: data.length,
    memsz: data.length,
    flags: 7,
    offset: 0,
    data,
  }));
  const sections = segments.map((segment): ElfSection => ({
    index: segment.index + 1,
    name: `.bytes${segment.index}`,
    type: 1,
    flags: SHF_ALLOC | SHF_EXECINSTR,
    addr: segment.vaddr,
    lma: segment.paddr,
    segment: segment.index,
    offset: 0,
    size: segment.filesz,
    align: 1,
    entsize: 0,
    link: 0,
    data: segment.data,
  }));
  const symbols = Object.entries(facts.symbols ?? {}).map(([name, value]): ElfSymbol => {
    const address = value & ~1;
    const section = sections.find(({ addr, size }) => address >= addr && address < addr + size);
    return {
      name,
      value,
      address: section === undefined ? value >>> 0 : address >>> 0,
      size: 0,
      type: section === undefined ? "notype" : "func",
      binding: "global",
      section,
      defined: true,
    };
  });
  return {
    file,
    entry: facts.entry ?? 0,
    flags: 0,
    segments,
    sections,
    symbols,
    symbol: (name) => symbols.find((symbol) => symbol.name === name),
    section: (name) => sections.find((section) => section.name === name),
  };
}

/** What a hand-written program needs besides its instructions. */
export interface CodeFacts {
  /** Offsets in bytes from the first instruction, by name. */
  readonly symbols?: Readonly<Record<string, number>> | undefined;
  /** Initial stack pointer; default: the end of the board's first writable region. */
  readonly stackTop?: number | undefined;
  /** Offsets of the handlers, by exception number (16 is interrupt 0). */
  readonly vectors?: Readonly<Record<number, number>> | undefined;
}

/**
 * A program from instructions as halfwords, with a vector table in front, at the board's boot address.
 *
 * @param board The board
 * @param code Instructions; the first one is where the core starts
 * @param facts Symbols, handlers, stack
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { codeImage, createMachine, defineBoard } from "../mod.ts";
 *
 * const board = defineBoard({ core: "cortex-m0plus" });
 * const machine = createMachine(board, codeImage(board, [0x202a, 0xe7fe])); // movs r0, #42; b .
 * machine.step();
 * assertEquals(machine.readRegister("r0"), 42);
 * ```
 */
export function codeImage(
  board: Board,
  code: readonly number[] | Uint16Array,
  facts: CodeFacts = {},
): ElfImage {
  const handlers = Object.entries(facts.vectors ?? {});
  const last = Math.max(1, ...handlers.map(([number]) => Number(number)));
  // Vector tables are aligned to the next power of two above their size; what follows stays readable.
  const base = (last + 1) * 4;
  const data = new Uint8Array(base + 2 * code.length);
  const view = new DataView(data.buffer);
  const ram = board.regions.find(({ access }) => access.write);
  view.setUint32(0, facts.stackTop ?? (ram === undefined ? 0 : ram.origin + ram.length), true);
  const first = board.vectorTable + base;
  view.setUint32(4, (first | 1) >>> 0, true);
  for (const [number, offset] of handlers) {
    view.setUint32(Number(number) * 4, ((first + offset) | 1) >>> 0, true);
  }
  code.forEach((half, index) => view.setUint16(base + 2 * index, half, true));
  const symbols = Object.fromEntries(
    Object.entries(facts.symbols ?? {}).map(([name, offset]) => [name, first + offset]),
  );
  return imageOf([{ address: board.vectorTable, data }], { file: "code", symbols, entry: first });
}
