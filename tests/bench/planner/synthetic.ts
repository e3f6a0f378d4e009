/**
 * Generated sets of buffers for measuring planners at scale.
 *
 * @module
 */
import type { BufferInfo, PlanProblem, Pool } from "../../../src/plan/types.ts";

/** A pool without limit. */
export const RAM: Pool = {
  name: "ram",
  region: "ram",
  kind: "workspace",
  targets: ["c"],
  limitBytes: Number.MAX_SAFE_INTEGER,
  alignment: 16,
  properties: {},
};

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Few live at once: buffer i is born at i, lives 2 to 8 steps in 90 of 100 cases, else
 * Pareto(1.1)·20 steps, a tenth of the buffers at most.
 *
 * @param count Buffers
 * @param seed Any number
 */
export function sparseSet(count: number, seed: number): PlanProblem {
  return setOf(
    count,
    seed,
    (random) =>
      random() < 0.9 ? 2 + Math.floor(random() * 7) : Math.max(
        1,
        Math.min(Math.floor(count / 10), Math.floor(20 * (1 - random()) ** (-1 / 1.1))),
      ),
  );
}

/**
 * Many live at once: buffer i is born at i and lives 1 to `2·live` steps, all equally likely.
 *
 * @param count Buffers
 * @param live How many are live at once, on average
 * @param seed Any number
 */
export function denseSet(count: number, live: number, seed: number): PlanProblem {
  return setOf(count, seed, (random) => 1 + Math.floor(random() * 2 * live));
}

/** Sizes are log-uniform from 2^6 to 2^20, rounded down to 16. */
function setOf(
  count: number,
  seed: number,
  lifetime: (random: () => number) => number,
): PlanProblem {
  const random = randomNumbers(seed);
  const candidates = [RAM.name];
  const buffers: BufferInfo[] = [];
  for (let birth = 0; birth < count; birth++) {
    const steps = lifetime(random);
    const size = Math.floor(2 ** (6 + 14 * random()) / 16) * 16;
    buffers.push({
      name: `b${birth}`,
      func: "main",
      size,
      alignment: 16,
      kind: "workspace",
      candidates,
      intervals: [{ first: birth, last: birth + steps - 1 }],
    });
  }
  return { pools: [RAM], buffers };
}
