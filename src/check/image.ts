/**
 * The image under check: its allocated sections with the places they take on the board, and the
 * look-ups that every group of rules needs.
 *
 * @module
 */
import type { Finding } from "../base/documents.ts";
import { formatAddress, formatBytes } from "../base/units.ts";
import { regionAt } from "../board/lookup.ts";
import { formatRange, type Range } from "../board/range.ts";
import type { Access, Board, Region } from "../board/types.ts";
import type { Manifest } from "../firmware/types.ts";
import {
  type ElfImage,
  type ElfSection,
  type ElfSymbol,
  SHF_ALLOC,
  SHT_NOBITS,
} from "../../sim/elf/mod.ts";
import { type RuleCode, severityOf } from "./rules.ts";

/** Where a range of addresses is on the board. */
export interface Place {
  /** Name of the region or alias that the address belongs to. */
  readonly name: string;
  /** The memory. */
  readonly region: Region;
  /** Rights through this address. */
  readonly access: Access;
  /** Address of the first byte at the region's own origin, so that aliases compare equal. */
  readonly canonical: number;
}

/** An allocated section that is not empty. */
export interface PlacedSection {
  /** The section. */
  readonly section: ElfSection;
  /** Addresses at run time. */
  readonly vma: Range;
  /** Addresses of its load image; empty at the LMA for sections without content. */
  readonly lma: Range;
  /** Whether it has content in the file. */
  readonly content: boolean;
  /** Where it is at run time, if wholly in one region. */
  readonly place: Place | undefined;
  /** Where its load image is, if wholly in one region. */
  readonly loadPlace: Place | undefined;
}

/** What rules look at. */
export interface ImageUnderCheck {
  /** The ELF. */
  readonly elf: ElfImage;
  /** The board. */
  readonly board: Board;
  /** What must be where, if known. */
  readonly manifest: Manifest | undefined;
  /** Allocated sections that are not empty, by address. */
  readonly sections: readonly PlacedSection[];
  /** Where a range is. */
  place(range: Range): Place | undefined;
}

/** A group of rules: one idea, one file. */
export type RuleGroup = (image: ImageUnderCheck) => Finding[];

const SHF_TLS = 0x400;

/**
 * Prepares an image for the rules.
 *
 * @param elf The linked ELF
 * @param board Its board
 * @param manifest What must be where
 */
export function imageUnderCheck(
  elf: ElfImage,
  board: Board,
  manifest: Manifest | undefined,
): ImageUnderCheck {
  const place = (range: Range): Place | undefined => {
    const hit = regionAt(board, range.origin, range.length);
    if (hit === undefined) return undefined;
    const { region, alias } = hit;
    return {
      name: alias?.name ?? region.name,
      region,
      access: (alias ?? region).access,
      canonical: alias === undefined
        ? range.origin
        : region.origin + alias.offset + (range.origin - alias.origin),
    };
  };
  const sections = elf.sections
    // .tbss is a template's tail: it has a size but takes no addresses.
    .filter(({ flags, size, type }) =>
      (flags & SHF_ALLOC) !== 0 && size > 0 && !((flags & SHF_TLS) !== 0 && type === SHT_NOBITS)
    )
    .map((section): PlacedSection => {
      const content = section.type !== SHT_NOBITS;
      const vma = { origin: section.addr, length: section.size };
      const lma = { origin: section.lma, length: content ? section.size : 0 };
      return { section, vma, lma, content, place: place(vma), loadPlace: place(lma) };
    })
    .toSorted((a, b) => a.vma.origin - b.vma.origin || a.section.index - b.section.index);
  return { elf, board, manifest, sections, place };
}

/**
 * The section that holds a symbol: the one it is defined in; for absolute symbols, as linker scripts
 * make them, the one at its address, or for an end symbol the one that ends there.
 */
export function sectionOf(image: ImageUnderCheck, symbol: ElfSymbol): PlacedSection | undefined {
  if (symbol.section !== undefined) {
    const { index } = symbol.section;
    return image.sections.find((placed) => placed.section.index === index);
  }
  const at = (address: number) =>
    image.sections.find(({ vma }) => address >= vma.origin && address < vma.origin + vma.length);
  return at(symbol.address) ?? at(symbol.address - 1);
}

/** What a finding is about. */
export interface Subject {
  /** Symbol. */
  readonly symbol?: string | undefined;
  /** Section. */
  readonly section?: string | undefined;
  /** Address. */
  readonly address?: number | undefined;
  /** Region it should be in. */
  readonly expected?: string | undefined;
  /** Region it is in. */
  readonly actual?: string | undefined;
}

/** Makes a finding. */
export function finding(code: RuleCode, message: string, subject: Subject = {}): Finding {
  return {
    code,
    severity: severityOf(code),
    message,
    symbol: subject.symbol ?? null,
    section: subject.section ?? null,
    address: subject.address === undefined ? null : subject.address >>> 0,
    expected_region: subject.expected ?? null,
    actual_region: subject.actual ?? null,
  };
}

/** A region or alias with its addresses: `dtcm [0x2000_0000, 0x2001_0000)`. */
export function describeRegion(board: Board, name: string): string {
  const range = board.regions.find((one) => one.name === name) ??
    board.aliases.find((one) => one.name === name);
  return range === undefined ? `${name} (unknown)` : `${name} ${formatRange(range)}`;
}

/**
 * Where a range is, in words: `in sram1 [0x2001_0000, 0x2004_c000)`, `in no region, 4 B past the end of
 * …`, or `from … to …` where it leaves its region.
 */
export function describePlace(image: ImageUnderCheck, range: Range): string {
  const whole = image.place(range);
  if (whole !== undefined) return `in ${describeRegion(image.board, whole.name)}`;
  const start = image.place({ origin: range.origin, length: 1 });
  if (start !== undefined) {
    const window = image.board.regions.find((one) => one.name === start.name) ??
      image.board.aliases.find((one) => one.name === start.name);
    const over = window === undefined
      ? 0
      : range.origin + range.length - (window.origin + window.length);
    return `${formatBytes(over)} too long for ${describeRegion(image.board, start.name)}`;
  }
  return `in no region${nearest(image.board, range)}`;
}

function nearest(board: Board, range: Range): string {
  const candidates = [...board.regions, ...board.aliases].map((window) => {
    const end = window.origin + window.length;
    const before = range.origin < window.origin;
    return { window, before, distance: before ? window.origin - range.origin : range.origin - end };
  }).toSorted((a, b) => a.distance - b.distance);
  const [best] = candidates;
  if (best === undefined) return "";
  const side = best.before ? "before the start of" : "past the end of";
  return `, ${formatBytes(best.distance)} ${side} ${describeRegion(board, best.window.name)}`;
}

/** Whether a place is the region or alias of that name. */
export function isIn(place: Place | undefined, expected: string): boolean {
  return place !== undefined && (place.region.name === expected || place.name === expected);
}

/** `section .data at 0x2000_0000, 12 B,`: how messages introduce a section. */
export function describeSection(placed: PlacedSection): string {
  const { section } = placed;
  return `section ${section.name} at ${formatAddress(section.addr)}, ${formatBytes(section.size)},`;
}
