/**
 * Half-open address ranges `[origin, origin + length)` and how messages print them.
 *
 * @module
 */
import { formatAddress } from "../base/units.ts";

/** Bytes of a 32-bit address space. */
export const ADDRESS_SPACE = 2 ** 32;

/** A range of addresses, half open. */
export interface Range {
  /** First address. */
  readonly origin: number;
  /** Bytes. */
  readonly length: number;
}

/** Whether two ranges share a byte. */
export function overlaps(a: Range, b: Range): boolean {
  return a.origin < b.origin + b.length && b.origin < a.origin + a.length;
}

/** Whether `outer` holds every byte of `inner`. */
export function contains(outer: Range, inner: Range): boolean {
  return inner.origin >= outer.origin &&
    inner.origin + inner.length <= outer.origin + outer.length;
}

/** Prints a range, `[0x2000_0000, 0x2001_0000)`; an end at or past 2^32 keeps its ninth digit. */
export function formatRange(range: Range): string {
  const end = range.origin + range.length;
  const high = Math.floor(end / ADDRESS_SPACE);
  const low = formatAddress(end % ADDRESS_SPACE);
  const endText = high === 0 ? low : `0x${high.toString(16)}_${low.slice(2)}`;
  return `[${formatAddress(range.origin)}, ${endText})`;
}
