/**
 * The ideas that make the search short. Each can be switched off; none can change the answer, because
 * each only skips partial layouts of which it is certain that they lead nowhere or that an equal layout
 * is tried elsewhere. The tests compare all combinations with brute force.
 *
 * Sources: Moffitt, "MiniMalloc" (ASPLOS 2023) for `canonical`, `dominance`, `sums`, `floors`,
 * `monotonic` and `decompose`; `thresholds` is the one-machine bound of Carlier (1982); `skips`,
 * `stacks` and `twins` follow from the canonical order, `padding` from the common divisor of all alignments.
 *
 * @module
 */

/** Which ideas are used. */
export interface SearchRules {
  /** Buffers are placed by ascending offset, those of one offset in the order of the search. */
  readonly canonical: boolean;
  /** A buffer is not placed so high that another one fits wholly below it. */
  readonly dominance: boolean;
  /** What is placed in a section plus what remains must fit, not only each buffer alone. */
  readonly sums: boolean;
  /** A section is filled at least up to the lowest offset that one of its remaining buffers can have. */
  readonly floors: boolean;
  /** No buffer goes so high that what remains in some section cannot lie above (needs `canonical`, `sums`). */
  readonly monotonic: boolean;
  /** The remaining buffers of a section that must lie above an offset must fit above it. */
  readonly thresholds: boolean;
  /** Stretches of time that no remaining buffer connects are solved apart. */
  readonly decompose: boolean;
  /** Of buffers that differ in nothing, the first in order lies lowest. */
  readonly twins: boolean;
  /** Of two buffers with the same lifetimes, one directly on the other, the first in order is below. */
  readonly stacks: boolean;
  /** A buffer that touches no remaining one has one place worth trying (needs `canonical`). */
  readonly lonely: boolean;
  /** A buffer that was passed over must still get something below it (needs `canonical`). */
  readonly skips: boolean;
  /** The bound counts the bytes that alignment leaves between buffers, not only their own. */
  readonly padding: boolean;
}

/** All ideas. */
export const ALL_RULES: SearchRules = {
  canonical: true,
  dominance: true,
  sums: true,
  floors: true,
  monotonic: true,
  thresholds: true,
  decompose: true,
  twins: true,
  stacks: true,
  lonely: true,
  skips: true,
  padding: true,
};
