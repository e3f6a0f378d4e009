/**
 * Compiles the instruction table into a decoder. A 16-bit encoding is found by one array access, a 32-bit
 * one by bits 12 to 4 of its first halfword and a short list. Where two patterns match, the one with more
 * fixed bits wins: the manual's "SEE" references mostly lead to a special case with more fixed bits; a line
 * whose operands turn out to be another line's leaves the word to the next one that matches. Only a word
 * that no line matches in all bits is tried again without the bits that should be 0 or 1; what is found then,
 * and operands that a line refuses, is UNPREDICTABLE (see `table.ts`).
 *
 * @module
 */
import { type Encoding, type Fields, Op } from "./op.ts";
import type { Feature } from "./architecture.ts";

interface Field {
  readonly letter: string;
  /** Runs of bits, the most significant first: how far to shift down, and how many. */
  readonly runs: readonly { readonly shift: number; readonly bits: number }[];
}

interface Compiled {
  readonly encoding: Encoding;
  readonly mask: number;
  readonly value: number;
  readonly fixed: number;
  /** The mask without the bits that should be 0 or 1. */
  readonly must: number;
  readonly fields: readonly Field[];
}

/** What a word is. */
export interface Found {
  /** The instruction. */
  readonly op: Op;
  /** False if the architecture says that this encoding is UNPREDICTABLE. */
  readonly predictable: boolean;
}

/** Finds instructions. */
export interface Decoder {
  /**
   * Decodes one instruction.
   *
   * @param first First halfword
   * @param second Second halfword, read only for 32-bit encodings
   * @param address Address
   * @param inIt True inside an IT block
   * @returns undefined if the core has no such instruction, or if it is UNPREDICTABLE
   */
  decode(first: number, second: number, address: number, inIt: boolean): Op | undefined;
  /** The same for people: finds UNPREDICTABLE encodings too. */
  inspect(first: number, second: number, address: number, inIt: boolean): Found | undefined;
}

const NO_FIELDS: Record<string, number> = Object.fromEntries(
  [..."abcdefghijklmnopqrstuvwxyzDMN"].map((letter) => [letter, 0]),
);

/** True if a first halfword starts a 32-bit encoding (DDI 0403, A5.1). */
export function isWide(first: number): boolean {
  return (first & 0xf800) >= 0xe800;
}

function compile(encoding: Encoding): Compiled {
  const { pattern } = encoding;
  let mask = 0;
  let value = 0;
  const runs = new Map<string, { shift: number; bits: number }[]>();
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    const bit = pattern.length - 1 - at;
    if (character === "0" || character === "1") {
      mask |= 1 << bit;
      if (character === "1") value |= 1 << bit;
      continue;
    }
    const known = runs.get(character) ?? [];
    const last = known.at(-1);
    if (last !== undefined && last.shift === bit + 1) {
      last.shift = bit;
      last.bits++;
    } else known.push({ shift: bit, bits: 1 });
    runs.set(character, known);
  }
  const fixed = [...pattern].filter((c) => c === "0" || c === "1").length;
  const fields = [...runs].map(([letter, list]) => ({ letter, runs: list }));
  return { encoding, mask, value, fixed, must: mask & ~encoding.should, fields };
}

function extract(compiled: Compiled, word: number): Fields {
  const values = { ...NO_FIELDS };
  for (const field of compiled.fields) {
    let value = 0;
    for (const { shift, bits } of field.runs) {
      value = (value << bits) | ((word >>> shift) & ((1 << bits) - 1));
    }
    values[field.letter] = value;
  }
  return values as Fields;
}

const COMPILED = new WeakMap<Encoding, Compiled>();

/** A line is compiled once, for all decoders and texts. */
function compiledOf(encoding: Encoding): Compiled {
  const known = COMPILED.get(encoding);
  if (known !== undefined) return known;
  const compiled = compile(encoding);
  COMPILED.set(encoding, compiled);
  return compiled;
}

/** Values of an encoding's fields in a word that it matches. */
export function fieldsOf(encoding: Encoding, word: number): Fields {
  return extract(compiledOf(encoding), word);
}

/** Bits of a first halfword that choose a list of 32-bit encodings. */
const BUCKET_MASK = 0x1ff0;

function buildNarrow(list: readonly Compiled[], loose: boolean): Uint8Array {
  const index = new Uint8Array(0x10000);
  list.forEach((entry, at) => {
    const free = ~(loose ? entry.must : entry.mask) & 0xffff;
    const value = entry.value & ~free;
    for (let bits = free;; bits = (bits - 1) & free) {
      const word = value | bits;
      if (index[word] === 0) index[word] = at + 1;
      if (bits === 0) break;
    }
  });
  return index;
}

type Buckets = readonly (readonly Compiled[])[];

function buildWide(list: readonly Compiled[], loose: boolean): Buckets {
  const buckets: Compiled[][] = Array.from({ length: 512 }, () => []);
  for (const entry of list) {
    const mask = ((loose ? entry.must : entry.mask) >>> 16) & BUCKET_MASK;
    const value = (entry.value >>> 16) & mask;
    const free = ~mask & BUCKET_MASK;
    for (let bits = free;; bits = (bits - 1) & free) {
      buckets[(value | bits) >>> 4]?.push(entry);
      if (bits === 0) break;
    }
  }
  return buckets;
}

/**
 * Builds the decoder of a core.
 *
 * @param table The instruction table
 * @param features Instruction sets that the core has
 */
export function createDecoder(
  table: readonly Encoding[],
  features: ReadonlySet<Feature>,
): Decoder {
  const compiled = table.filter((entry) => features.has(entry.feature)).map(compiledOf)
    .sort((a, b) => b.fixed - a.fixed);
  const narrowList = compiled.filter((entry) => entry.encoding.pattern.length === 16);
  const wideList = compiled.filter((entry) => entry.encoding.pattern.length === 32);
  const narrow = buildNarrow(narrowList, false);
  const wide = buildWide(wideList, false);
  let loose: { readonly narrow: Uint8Array; readonly wide: Buckets } | undefined;

  function make(
    entry: Compiled,
    word: number,
    address: number,
    inIt: boolean,
  ): Found | undefined {
    const fields = extract(entry, word);
    const op = new Op(entry.encoding, fields, address, word, inIt);
    const predictable = entry.encoding.operands?.(op, fields) ?? true;
    return predictable === "other" ? undefined : { op, predictable };
  }

  function exact(first: number, second: number, address: number, inIt: boolean): Found | undefined {
    if (!isWide(first)) {
      const entry = narrowList[(narrow[first] ?? 0) - 1];
      return entry === undefined ? undefined : make(entry, first, address, inIt);
    }
    const word = (first << 16) | second;
    for (const entry of wide[(first & BUCKET_MASK) >>> 4] ?? []) {
      if ((word & entry.mask) !== entry.value) continue;
      const found = make(entry, word, address, inIt);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A word that is an instruction but for bits that should be 0 or 1. */
  function nearly(first: number, second: number, address: number, inIt: boolean): Op | undefined {
    loose ??= { narrow: buildNarrow(narrowList, true), wide: buildWide(wideList, true) };
    if (!isWide(first)) {
      const entry = narrowList[(loose.narrow[first] ?? 0) - 1];
      return entry === undefined ? undefined : make(entry, first, address, inIt)?.op;
    }
    const word = (first << 16) | second;
    for (const entry of loose.wide[(first & BUCKET_MASK) >>> 4] ?? []) {
      if ((word & entry.must) !== (entry.value & entry.must)) continue;
      const found = make(entry, word, address, inIt);
      if (found !== undefined) return found.op;
    }
    return undefined;
  }

  return {
    decode(first, second, address, inIt) {
      const found = exact(first, second, address, inIt);
      return found?.predictable === true ? found.op : undefined;
    },
    inspect(first, second, address, inIt) {
      const found = exact(first, second, address, inIt);
      if (found !== undefined) return found;
      const op = nearly(first, second, address, inIt);
      return op === undefined ? undefined : { op, predictable: false };
    },
  };
}
