/**
 * glibc's `rand_r`: three steps of a linear congruential generator modulo 2^32 make 31 bits. TVM's
 * hill_climb draws from it with seed 0 on Linux, so the same draws give the same layouts. (glibc,
 * stdlib/rand_r.c; the constants are those of ISO C's example.)
 *
 * @module
 */

/** Integers from 0 to 2^31 - 1, one a call. */
export type Random = () => number;

/**
 * Makes a generator.
 *
 * @param seed Integer; its low 32 bits count
 * @returns The numbers that `rand_r` gives for this seed, in order
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { randR } from "./rand_r.ts";
 *
 * const random = randR(0);
 * assertEquals([random(), random()], [1012484, 1716955679]);
 * ```
 */
export function randR(seed: number): Random {
  let state = seed >>> 0;
  const bits = (mask: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) & mask;
  };
  return () => {
    const high = bits(0x7ff);
    const middle = (high << 10) ^ bits(0x3ff);
    return (middle << 10) ^ bits(0x3ff);
  };
}
