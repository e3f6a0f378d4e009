/**
 * Sizes and addresses as pinmap prints and reads them: `131072 B (128 KiB)`, `0x2000_0000`.
 *
 * @module
 */

const FACTORS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gib: 1024 ** 3,
};

/**
 * Prints a byte count exactly, and in binary units where that helps.
 *
 * @param bytes Whole number of bytes, ≥ 0
 * @returns `12 B`, `131072 B (128 KiB)`, `1500 B (1.46 KiB)`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatBytes } from "./units.ts";
 *
 * assertEquals(formatBytes(131072), "131072 B (128 KiB)");
 * ```
 */
export function formatBytes(bytes: number): string {
  const short = formatKibibytes(bytes);
  return short === `${bytes} B` ? short : `${bytes} B (${short})`;
}

/**
 * Prints a byte count in the largest binary unit that it fills.
 *
 * @param bytes Whole number of bytes, ≥ 0
 * @returns `12 B`, `128 KiB`, `1.46 KiB`, `1 MiB`
 */
export function formatKibibytes(bytes: number): string {
  const units: readonly (readonly [string, number])[] = [
    ["GiB", 1024 ** 3],
    ["MiB", 1024 ** 2],
    ["KiB", 1024],
  ];
  for (const [unit, factor] of units) {
    if (bytes >= factor) {
      const value = bytes / factor;
      return `${Number.isInteger(value) ? value : value.toFixed(2)} ${unit}`;
    }
  }
  return `${bytes} B`;
}

/**
 * Prints a 32-bit address, always eight digits.
 *
 * @param address 0 to 0xffff_ffff; negative int32 values are taken as unsigned
 * @returns `0x2000_0000`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatAddress } from "./units.ts";
 *
 * assertEquals(formatAddress(0x2000_0000), "0x2000_0000");
 * ```
 */
export function formatAddress(address: number): string {
  const digits = (address >>> 0).toString(16).padStart(8, "0");
  return `0x${digits.slice(0, 4)}_${digits.slice(4)}`;
}

/**
 * Reads a size as board files and flags write it. Binary units only; `KB` is refused because half of
 * its readers mean 1000.
 *
 * @param text `65536`, `"64 KiB"`, `"48K"`, `"0x1000"`
 * @returns Bytes, or `undefined` if the text is not a size
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseBytes } from "./units.ts";
 *
 * assertEquals(parseBytes("48K"), 49152);
 * assertEquals(parseBytes("48KB"), undefined);
 * ```
 */
export function parseBytes(text: string | number): number | undefined {
  if (typeof text === "number") return Number.isSafeInteger(text) && text >= 0 ? text : undefined;
  const match = /^\s*(0x[0-9a-f_]+|[0-9_]+(?:\.[0-9]+)?)\s*([a-z]*)\s*$/i.exec(text);
  if (match === null) return undefined;
  const factor = FACTORS[(match[2] ?? "").toLowerCase()];
  const value = Number((match[1] ?? "").replaceAll("_", ""));
  if (factor === undefined || !Number.isFinite(value)) return undefined;
  const bytes = value * factor;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/**
 * The closest of the known words, for "did you mean".
 *
 * @param word What the user wrote
 * @param known What would have been understood
 * @returns The nearest word within an edit distance of a third of its length, if there is one
 */
export function closest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  const limit = Math.max(1, Math.floor(Math.max(word.length, best?.length ?? 0) / 3));
  return bestDistance <= limit ? best : undefined;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const substitution = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(at(i, j - 1) + 1, at(i - 1, j) + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, at(i - 2, j - 2) + 1);
      }
      row.push(best);
    }
  }
  return at(a.length, b.length);
}
