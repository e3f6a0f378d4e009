/**
 * Generated problems with accesses, and the fewest cycles by trying everything.
 *
 * @module
 */
import * as fc from "fast-check";
import type { MemoryCost } from "../../../src/plan/cycles/accesses.ts";
import { costIn, type PoolCosts } from "../../../src/plan/cycles/model.ts";
import type { BufferInfo, PlanProblem, Pool } from "../../../src/plan/types.ts";
import { inConflict } from "../../../src/plan/conflicts.ts";
import { buffer, pool } from "../support.ts";

/** A problem with what its pools cost. */
export interface Priced {
  readonly problem: PlanProblem;
  readonly costs: PoolCosts;
}

/** Up to so many buffers, all variables, in up to so many pools; the last pool holds everything. */
export function pricedProblems(
  most: { readonly buffers: number; readonly pools: number; readonly alwaysLive?: boolean },
): fc.Arbitrary<Priced> {
  const shapes = fc.array(
    fc.record({
      size: fc.integer({ min: 1, max: 24 }),
      first: fc.integer({ min: 0, max: 7 }),
      steps: fc.integer({ min: 0, max: 4 }),
      alignment: fc.constantFrom(1, 1, 2, 4),
      reads: fc.integer({ min: 0, max: 60 }),
      writes: fc.integer({ min: 0, max: 20 }),
      barred: fc.integer({ min: 0, max: 6 }),
    }),
    { minLength: 1, maxLength: most.buffers },
  );
  const memories = fc.array(
    fc.record({
      limit: fc.integer({ min: 8, max: 48 }),
      read: fc.integer({ min: 0, max: 5 }),
      write: fc.integer({ min: 0, max: 5 }),
      lineBytes: fc.constantFrom(1, 2, 4),
    }),
    { minLength: 1, maxLength: most.pools },
  );
  return fc.tuple(shapes, memories).map(([buffers, pools]) => {
    const made = pools.map(({ limit }, i) =>
      pool(`p${i}`, i === pools.length - 1 ? 8 * 32 * most.buffers : limit)
    );
    const names = made.map(({ name }) => name);
    return {
      problem: {
        pools: made,
        buffers: buffers.map(({ size, first, steps, alignment, reads, writes, barred }, i) =>
          buffer(`b${i}`, size, most.alwaysLive ? 0 : first, most.alwaysLive ? 9 : first + steps, {
            alignment: most.alwaysLive ? 1 : alignment,
            candidates: names.filter((_, p) => p !== barred || p === names.length - 1),
            accesses: [{ reads, readBytes: reads * 2, writes, writeBytes: writes * 4 }],
          })
        ),
      },
      costs: {
        memories: new Map(
          pools.map(({ read, write, lineBytes }, i) => [`p${i}`, { read, write, lineBytes }]),
        ),
        leftovers: new Map(),
      },
    };
  });
}

/** Cycles of a buffer in a pool. */
export function cyclesIn(one: BufferInfo, name: string, { memories }: PoolCosts): number {
  const memory: MemoryCost = memories.get(name) ?? { read: 0, write: 0, lineBytes: 1 };
  return costIn(one, memory).cycles;
}

/** The fewest cycles of all choices of pools that have a layout. */
export function fewestByBruteForce({ problem, costs }: Priced): number {
  const { buffers, pools } = problem;
  const peaks = new Map<number, number>();
  const peakOf = (members: number): number => {
    const known = peaks.get(members);
    if (known !== undefined) return known;
    const peak = lowestPeak(buffers.filter((_, i) => (members & (1 << i)) !== 0));
    peaks.set(members, peak);
    return peak;
  };
  let fewest = Infinity;
  const members = pools.map(() => 0);
  const visit = (i: number, cycles: number): void => {
    if (cycles >= fewest) return;
    const one = buffers[i];
    if (one === undefined) {
      if (pools.every((pool, p) => peakOf(members[p] ?? 0) <= pool.limitBytes)) fewest = cycles;
      return;
    }
    pools.forEach(({ name }: Pool, p) => {
      if (!one.candidates.includes(name)) return;
      members[p] = (members[p] ?? 0) | (1 << i);
      visit(i + 1, cycles + cyclesIn(one, name, costs));
      members[p] = (members[p] ?? 0) & ~(1 << i);
    });
  };
  visit(0, 0);
  return fewest;
}

/** Every order, each buffer at the lowest offset above those before it: one of them is the best layout. */
function lowestPeak(buffers: readonly BufferInfo[]): number {
  let best = Infinity;
  const placed: { one: BufferInfo; offset: number }[] = [];
  const visit = (left: readonly BufferInfo[], top: number): void => {
    if (top >= best) return;
    if (left.length === 0) {
      best = top;
      return;
    }
    for (const one of left) {
      const below = placed.filter((other) => inConflict(one, other.one))
        .reduce((most, { one: { size }, offset }) => Math.max(most, offset + size), 0);
      const offset = Math.ceil(below / one.alignment) * one.alignment;
      placed.push({ one, offset });
      visit(left.filter((other) => other !== one), Math.max(top, offset + one.size));
      placed.pop();
    }
  };
  visit(buffers, 0);
  return buffers.length === 0 ? 0 : best;
}
