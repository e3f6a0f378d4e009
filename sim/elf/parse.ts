/**
 * Reads 32-bit little-endian Arm ELF executables. Layouts: System V ABI, chapter 4; machine number
 * and Thumb bit: AAELF32. Written for untrusted files: everything is checked before it is used.
 *
 * @module
 */
import { createElfReader, type ElfReader, readString } from "./reader.ts";
import {
  type ElfImage,
  type ElfSection,
  type ElfSegment,
  type ElfSymbol,
  type ElfSymbolBinding,
  type ElfSymbolType,
  PT_LOAD,
  SHF_ALLOC,
  SHT_NOBITS,
  SHT_SYMTAB,
} from "./types.ts";

const EHDR_SIZE = 52;
const PHDR_SIZE = 32;
const SHDR_SIZE = 40;
const SYM_SIZE = 16;
const ET_EXEC = 2;
const EM_ARM = 40;
const SHN_LORESERVE = 0xff00;
const SHN_XINDEX = 0xffff;
const STT: readonly ElfSymbolType[] = [
  "notype",
  "object",
  "func",
  "section",
  "file",
  "other",
  "tls",
];
const STB: readonly ElfSymbolBinding[] = ["local", "global", "weak"];
const RANK: Readonly<Record<ElfSymbolBinding, number>> = { global: 0, weak: 1, local: 2, other: 3 };

/**
 * Reads an ELF file.
 *
 * @param bytes The file
 * @param file Path for messages
 * @returns Segments, sections and symbols; their data are views of `bytes`
 * @throws {InputError} For anything but a well-formed 32-bit little-endian Arm executable (`E-ELF-…`)
 *
 * @example A file that is none
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { parseElf } from "./mod.ts";
 *
 * const error = assertThrows(() => parseElf(new TextEncoder().encode("#!/bin/sh"), "run.sh"));
 * assertThrows(() => {
 *   throw error;
 * }, Error, "magic");
 * ```
 */
export function parseElf(bytes: Uint8Array, file: string): ElfImage {
  const reader = createElfReader(bytes, file);
  readIdent(reader);
  const entry = reader.u32(24);
  const flags = reader.u32(36);
  const segments = readSegments(reader);
  const sections = readSections(reader, segments);
  const symbols = readSymbols(reader, sections);
  const byName = new Map<string, ElfSymbol>();
  for (const symbol of symbols) {
    const known = byName.get(symbol.name);
    if (!symbol.defined || symbol.name === "" || symbol.type === "file") continue;
    if (known === undefined || RANK[symbol.binding] < RANK[known.binding]) {
      byName.set(symbol.name, symbol);
    }
  }
  return {
    file,
    entry,
    flags,
    segments,
    sections,
    symbols,
    symbol: (name) => byName.get(name),
    section: (name) => sections.find((section) => section.index > 0 && section.name === name),
  };
}

function readIdent(reader: ElfReader): void {
  if (reader.length < 4 || reader.u32(0) !== 0x464c_457f) {
    throw reader.error("E-ELF-MAGIC", "it does not start with the magic bytes 7f 45 4c 46", [
      "pass the linked ELF (.elf, .axf), not the .bin, .hex or .uf2 made from it",
    ]);
  }
  if (reader.length < EHDR_SIZE) {
    throw reader.error(
      "E-ELF-TRUNCATED",
      `it has ${reader.length} B, the ELF header alone needs ${EHDR_SIZE} B`,
    );
  }
  const expect = (code: string, what: string, actual: number, needed: number, hint: string) => {
    if (actual !== needed) {
      throw reader.error(code, `${what} is ${actual}, needed is ${needed}`, [hint]);
    }
  };
  expect("E-ELF-CLASS", "the class", reader.u8(4), 1, "Cortex-M programs are 32-bit (class 1)");
  expect("E-ELF-ENDIAN", "the data encoding", reader.u8(5), 1, "build little-endian (encoding 1)");
  expect("E-ELF-VERSION", "the ELF version", reader.u8(6), 1, "only version 1 exists");
  expect("E-ELF-MACHINE", "the machine", reader.u16(18), EM_ARM, "build for Arm (machine 40)");
  expect(
    "E-ELF-TYPE",
    "the file type",
    reader.u16(16),
    ET_EXEC,
    "pass the linked executable (type 2), not an object file or a shared library",
  );
}

function readSegments(reader: ElfReader): ElfSegment[] {
  const offset = reader.u32(28);
  const count = reader.u16(44);
  if (count === 0) return [];
  const entrySize = reader.u16(42);
  if (entrySize < PHDR_SIZE) {
    throw reader.error(
      "E-ELF-COUNT",
      `a program header has ${entrySize} B, needed are ${PHDR_SIZE} B`,
    );
  }
  reader.table(offset, count, entrySize, "the program header table");
  return Array.from({ length: count }, (_, index) => {
    const at = offset + index * entrySize;
    const type = reader.u32(at);
    const [start, vaddr, paddr] = [reader.u32(at + 4), reader.u32(at + 8), reader.u32(at + 12)];
    const [filesz, memsz] = [reader.u32(at + 16), reader.u32(at + 20)];
    const loadable = type === PT_LOAD;
    if (loadable && filesz > memsz) {
      throw reader.error(
        "E-ELF-RANGE",
        `segment ${index} has ${filesz} B in the file and ${memsz} B in memory, needed are no more in the file`,
      );
    }
    if (loadable && (vaddr + memsz > 2 ** 32 || paddr + filesz > 2 ** 32)) {
      throw reader.error("E-ELF-RANGE", `segment ${index} runs past the end of the address space`);
    }
    return {
      index,
      type,
      vaddr,
      paddr,
      filesz,
      memsz,
      flags: reader.u32(at + 24),
      offset: start,
      data: reader.slice(start, filesz, `segment ${index}`),
    };
  });
}

function readSections(reader: ElfReader, segments: readonly ElfSegment[]): ElfSection[] {
  const offset = reader.u32(32);
  if (offset === 0) return [];
  const entrySize = reader.u16(46);
  if (entrySize < SHDR_SIZE) {
    throw reader.error(
      "E-ELF-COUNT",
      `a section header has ${entrySize} B, needed are ${SHDR_SIZE} B`,
    );
  }
  reader.table(offset, 1, entrySize, "the section header table");
  // gABI: counts that do not fit the header are in section 0.
  const count = reader.u16(48) || reader.u32(offset + 20);
  const namesIndex = reader.u16(50) === SHN_XINDEX ? reader.u32(offset + 24) : reader.u16(50);
  reader.table(offset, count, entrySize, "the section header table");
  const raw = Array.from({ length: count }, (_, index) => {
    const at = offset + index * entrySize;
    const [type, start, size] = [reader.u32(at + 4), reader.u32(at + 16), reader.u32(at + 20)];
    const stored = index > 0 && type !== SHT_NOBITS && type !== 0 ? size : 0;
    return {
      index,
      nameOffset: reader.u32(at),
      type,
      flags: reader.u32(at + 8),
      addr: reader.u32(at + 12),
      offset: start,
      size,
      link: reader.u32(at + 24),
      align: reader.u32(at + 32),
      entsize: reader.u32(at + 36),
      data: stored === 0 ? new Uint8Array(0) : reader.slice(start, stored, `section ${index}`),
    };
  });
  const names = raw[namesIndex]?.data ?? new Uint8Array(0);
  return raw.map(({ nameOffset, ...section }) => {
    const name = readString(names, nameOffset);
    if ((section.flags & SHF_ALLOC) !== 0 && section.addr + section.size > 2 ** 32) {
      throw reader.error("E-ELF-RANGE", `section ${name} runs past the end of the address space`);
    }
    const segment = segmentOf(section, segments);
    const lma = segment === undefined
      ? section.addr
      : (segment.paddr + (section.addr - segment.vaddr)) >>> 0;
    return { ...section, name, lma, segment: segment?.index };
  });
}

/** The loadable segment that holds a section: by address, and by file offset where there is content. */
function segmentOf(
  section: Pick<ElfSection, "type" | "flags" | "addr" | "size" | "offset">,
  segments: readonly ElfSegment[],
): ElfSegment | undefined {
  if ((section.flags & SHF_ALLOC) === 0) return undefined;
  const end = section.addr + section.size;
  return segments.find((segment) => {
    if (segment.type !== PT_LOAD || segment.memsz === 0) return false;
    if (section.addr < segment.vaddr || end > segment.vaddr + segment.memsz) return false;
    if (section.size === 0 && section.addr === segment.vaddr + segment.memsz) return false;
    return section.type === SHT_NOBITS
      ? section.size === 0 || end > segment.vaddr + segment.filesz
      : section.offset - segment.offset === section.addr - segment.vaddr;
  });
}

function readSymbols(reader: ElfReader, sections: readonly ElfSection[]): ElfSymbol[] {
  const table = sections.find((section) => section.type === SHT_SYMTAB);
  if (table === undefined) return [];
  if (table.entsize !== SYM_SIZE) {
    throw reader.error("E-ELF-COUNT", `a symbol has ${table.entsize} B, needed are ${SYM_SIZE} B`);
  }
  const names = sections[table.link]?.data ?? new Uint8Array(0);
  const count = Math.floor(table.data.length / SYM_SIZE);
  return Array.from({ length: count }, (_, index) => {
    const at = table.offset + index * SYM_SIZE;
    const [value, info, sectionIndex] = [
      reader.u32(at + 4),
      reader.u8(at + 12),
      reader.u16(at + 14),
    ];
    const type = STT[info & 15] ?? "other";
    const inSection = sectionIndex > 0 && sectionIndex < SHN_LORESERVE;
    const section = inSection ? sections[sectionIndex] : undefined;
    if (inSection && section === undefined) {
      throw reader.error(
        "E-ELF-RANGE",
        `symbol ${index} is in section ${sectionIndex}, the file has ${sections.length} sections`,
      );
    }
    const ownName = readString(names, reader.u32(at));
    return {
      name: type === "section" && ownName === "" ? section?.name ?? "" : ownName,
      value,
      address: type === "func" ? (value & ~1) >>> 0 : value,
      size: reader.u32(at + 8),
      type,
      binding: STB[info >> 4] ?? "other",
      section,
      defined: sectionIndex !== 0,
    };
  });
}
