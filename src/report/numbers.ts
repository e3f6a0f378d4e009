/**
 * How reports print counts and shares. Sizes and addresses are printed by `src/base/units.ts`.
 *
 * @module
 */

/** Narrow no-break space, which separates thousands in HTML without breaking lines. */
export const NARROW_SPACE = "\u202f";

/**
 * Prints a count in groups of three digits.
 *
 * @param count Whole number, may be negative
 * @param separator Between the groups; a space in the terminal
 * @returns `1 234 567`
 */
export function formatCount(count: number, separator = " "): string {
  const digits = String(Math.abs(count)).replace(/\B(?=(\d{3})+$)/g, separator);
  return count < 0 ? `-${digits}` : digits;
}

/**
 * Prints a share with two decimals, as `ld --print-memory-usage` does.
 *
 * @param part Part, ≥ 0
 * @param whole Whole; 0 gives `0.00%`
 * @returns `12.50%`; `<0.01%` for a part that would read as nothing
 */
export function formatShare(part: number, whole: number): string {
  if (whole === 0 || part === 0) return "0.00%";
  const share = 100 * part / whole;
  return Math.abs(share) < 0.005 ? "<0.01%" : `${share.toFixed(2)}%`;
}

/**
 * Prints a change with its sign: what became of `from`.
 *
 * @param from Before; 0 gives `new`, or `same` if it stayed 0
 * @param to After
 * @returns `-12.5%`, `+3.0%`, `same`
 */
export function formatChange(from: number, to: number): string {
  if (from === to) return "same";
  if (from === 0) return "new";
  const change = 100 * (to - from) / from;
  return `${change > 0 ? "+" : ""}${change.toFixed(1)}%`;
}
