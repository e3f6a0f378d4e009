/**
 * Compiles the instruction table into a decoder. A 16-bit encoding is found by one array access, a 32-bit
 * one by bits 12 to 4 of its first halfword and a short list. Where two patterns match, the one with more
 * fixed bits wins: the manual's "SEE" references mostly lead to a special case with more fixed bits; a line
 * whose operands turn out not to be its own leaves the word to the next line that matches.
 *
 * @module
 */
import { type Encoding, type Fields, Op } from "./op.ts";
import type { Feature } from "./state.ts";

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
  readonly fields: readonly Field[];
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
   * @returns undefined if the core has no such instruction
   */
  decode(first: number, second: number, address: number, inIt: boolean): Op | undefined;
}

const NO_FIELDS: Record<string, number> = Object.fromEntries(
  [..."abcdefghijklmnoprstuwxyzDMN"].map((letter) => [letter, 0]),
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
  return { encoding, mask, value, fixed, fields };
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

/** Values of an encoding's fields in a word that it matches. */
export function fieldsOf(encoding: Encoding, word: number): Fields {
  return extract(compile(encoding), word);
}

/** Bits of a first halfword that choose a list of 32-bit encodings. */
const BUCKET_MASK = 0x1ff0;

function buildNarrow(list: readonly Compiled[]): Uint8Array {
  const index = new Uint8Array(0x10000);
  list.forEach((entry, at) => {
    const free = ~entry.mask & 0xffff;
    for (let bits = free;; bits = (bits - 1) & free) {
      const word = entry.value | bits;
      if (index[word] === 0) index[word] = at + 1;
      if (bits === 0) break;
    }
  });
  return index;
}

function buildWide(list: readonly Compiled[]): readonly (readonly Compiled[])[] {
  const buckets: Compiled[][] = Array.from({ length: 512 }, () => []);
  for (const entry of list) {
    const mask = (entry.mask >>> 16) & BUCKET_MASK;
    const value = (entry.value >>> 16) & BUCKET_MASK;
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
  const compiled = table.filter((entry) => features.has(entry.feature)).map(compile)
    .sort((a, b) => b.fixed - a.fixed);
  const narrowList = compiled.filter((entry) => entry.encoding.pattern.length === 16);
  const narrow = buildNarrow(narrowList);
  const wide = buildWide(compiled.filter((entry) => entry.encoding.pattern.length === 32));

  function make(entry: Compiled, word: number, address: number, inIt: boolean): Op | undefined {
    const fields = extract(entry, word);
    const op = new Op(entry.encoding, fields, address, word, inIt);
    if (entry.encoding.operands !== undefined && !entry.encoding.operands(op, fields)) {
      return undefined;
    }
    return op;
  }

  return {
    decode(first, second, address, inIt) {
      if (!isWide(first)) {
        const entry = narrowList[(narrow[first] ?? 0) - 1];
        return entry === undefined ? undefined : make(entry, first, address, inIt);
      }
      const word = (first << 16) | second;
      for (const entry of wide[(first & BUCKET_MASK) >>> 4] ?? []) {
        if ((word & entry.mask) !== entry.value) continue;
        const op = make(entry, word, address, inIt);
        if (op !== undefined) return op;
      }
      return undefined;
    },
  };
}
