/**
 * Seeded random numbers: the same seed gives the same network on every machine.
 *
 * @module
 */

/** A source of random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  readonly real: () => number;
  /** Uniform integer in [0, limit). */
  readonly integer: (limit: number) => number;
}

/**
 * Marsaglia's xorshift with 32 bits of state (Journal of Statistical Software 8, 2003, triple 13, 17, 5).
 *
 * @param seed Any 32-bit integer but 0
 */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  if (state === 0) {
    throw new RangeError("Cannot seed xorshift: got 0, needs any other 32-bit integer");
  }
  const real = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return { real, integer: (limit) => Math.floor(real() * limit) };
}

/** Puts the elements in random order, in place (Fisher and Yates). */
export function shuffle<T>(items: T[], random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
}
