/**
 * Headers with the arithmetic of bodies. A network's folder gets only those that it uses.
 *
 * @module
 */
import arith from "../runtime/pinmap_arith.h" with { type: "text" };
import math from "../runtime/pinmap_math.h" with { type: "text" };

/** Text of a header, and what in a function's text shows that it is needed. */
export interface BodyHeader {
  /** Its text. */
  readonly text: string;
  /** A mention of one of its functions or types. */
  readonly pattern: RegExp;
}

/** By file name. */
export const BODY_HEADERS: ReadonlyMap<string, BodyHeader> = new Map([
  ["pinmap_arith.h", {
    text: arith,
    pattern:
      /\bpinmap_\w+_[iuf](32|64)\b|\bpinmap_(clz|popcount|multiply_shift)\(|\b(bool|true|false)\b/,
  }],
  ["pinmap_math.h", { text: math, pattern: /\bpinmap_\w+_f(32|64)\(/ }],
]);
