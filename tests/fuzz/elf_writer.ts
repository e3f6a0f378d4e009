/**
 * A small ELF32 file for Arm, written by hand: segments, a symbol table, sections that name them.
 *
 * @module
 */

/** A part of memory. */
export interface Segment {
  /** Load and run address. */
  readonly address: number;
  readonly data: Uint8Array;
}

const HEADER = 52;
const PROGRAM_HEADER = 32;
const SECTION_HEADER = 40;
const SYMBOL = 16;
const NAMES = "\0.text\0.symtab\0.strtab\0reset\0buffer\0";

/**
 * Writes an executable.
 *
 * @param segments What is loaded
 * @param entry Its entry point
 */
export function writeElf(segments: readonly Segment[], entry: number): Uint8Array {
  const names = new TextEncoder().encode(NAMES);
  const programHeaders = HEADER;
  let at = programHeaders + PROGRAM_HEADER * segments.length;
  const offsets = segments.map(({ data }) => {
    const offset = at;
    at += (data.length + 3) & ~3;
    return offset;
  });
  const symbols = at;
  const strings = symbols + 3 * SYMBOL;
  const sections = (strings + names.length + 3) & ~3;
  const bytes = new Uint8Array(sections + 4 * SECTION_HEADER);
  const view = new DataView(bytes.buffer);
  const words = (offset: number, values: readonly number[]): void =>
    values.forEach((value, index) => view.setUint32(offset + 4 * index, value >>> 0, true));
  const halves = (offset: number, values: readonly number[]): void =>
    values.forEach((value, index) => view.setUint16(offset + 2 * index, value, true));
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  halves(16, [2, 40]);
  words(20, [1, entry, programHeaders, sections, 0x0500_0200]);
  halves(40, [HEADER, PROGRAM_HEADER, segments.length, SECTION_HEADER, 4, 3]);
  segments.forEach(({ address, data }, index) => {
    const offset = offsets[index] ?? 0;
    words(programHeaders + PROGRAM_HEADER * index, [
      ...[1, offset, address, address, data.length, data.length, 7, 4],
    ]);
    bytes.set(data, offset);
  });
  const [first] = segments;
  const name = (text: string): number => NAMES.indexOf(`\0${text}\0`) + 1;
  words(symbols + SYMBOL, [name("reset"), entry, first?.data.length ?? 0]);
  bytes.set([0x12, 0], symbols + SYMBOL + 12);
  words(symbols + 2 * SYMBOL, [name("buffer"), 0x2001_0000, 256]);
  bytes.set([0x11, 0], symbols + 2 * SYMBOL + 12);
  bytes.set(names, strings);
  const header = (index: number, values: readonly number[]): void =>
    words(sections + SECTION_HEADER * index, values);
  header(1, [
    ...[
      name(".text"),
      1,
      6,
      first?.address ?? 0,
      offsets[0] ?? 0,
      first?.data.length ?? 0,
      0,
      0,
      4,
    ],
  ]);
  header(2, [name(".symtab"), 2, 0, 0, symbols, 3 * SYMBOL, 3, 1, 4, SYMBOL]);
  header(3, [name(".strtab"), 3, 0, 0, strings, names.length, 0, 0, 1]);
  return bytes;
}
