/**
 * Whether buffers can be placed at all, whichever planner would try: the bounds, then the exact search over all
 * their pools at once. Pools become one range of addresses with walls between them; where a buffer may
 * not go, a block of the pool's size is kept apart from it.
 *
 * @module
 */
import { divisor } from "../exact/model.ts";
import { isTooLarge, type PackingBuffer } from "../exact/problem.ts";
import { solveExact } from "../exact/solve.ts";
import { findBound } from "../misfit.ts";
import type { BufferInfo, Placement, PlanProblem, Pool } from "../types.ts";
import { type Form, formsOf } from "../wishes.ts";

/** What is known. */
export type Verdict =
  | { readonly answer: "fits"; readonly placements: readonly Placement[] }
  | { readonly answer: "infeasible"; readonly proof: "bound" | "exhausted" }
  /** The limit of nodes ended the search, or the problem is beyond it. */
  | { readonly answer: "unknown" };

/** Answers questions of one explanation out of one budget. */
export interface Oracle {
  /**
   * Decides a problem.
   *
   * @param problem Pools and buffers of one kind with their wishes, checked before
   * @returns What is known within the limits
   */
  decide(problem: PlanProblem): Verdict;
}

/** Buffers that one question may place; about half a second of a hard problem. */
const QUESTION_NODES = 20_000;

/** Buffers that all questions of an explanation may place. */
export const EXPLANATION_NODES = 160_000;

/** Beyond this many buffers only bounds are asked. */
const MOST_BUFFERS = 1024;

/**
 * Makes an oracle.
 *
 * @param budget Nodes of all searches together
 */
export function createOracle(budget: number = EXPLANATION_NODES): Oracle {
  let left = budget;

  const decideForm = ({ problem, fixed }: Form): Verdict => {
    if (findBound(confined(problem, fixed)) !== undefined) {
      return { answer: "infeasible", proof: "bound" };
    }
    if (problem.buffers.length > MOST_BUFFERS) return { answer: "unknown" };
    const joined = joinPools(problem, fixed);
    if (joined === undefined) return { answer: "infeasible", proof: "bound" };
    try {
      const { offsets, proof, nodes } = solveExact(joined.packing, {
        objective: "fit",
        nodeLimit: Math.min(left, QUESTION_NODES),
      });
      left = Math.max(0, left - nodes);
      if (offsets !== undefined) {
        return { answer: "fits", placements: joined.placementsOf(offsets) };
      }
      return proof === undefined
        ? { answer: "unknown" }
        // Walls and blocks count in its bound as in its search: what is proved holds.
        : { answer: "infeasible", proof: "exhausted" };
    } catch (error) {
      if (isTooLarge(error)) return { answer: "unknown" };
      throw error;
    }
  };

  return {
    decide: (problem) => {
      if (problem.buffers.length === 0) return { answer: "fits", placements: [] };
      const forms = formsOf(problem);
      let first: Verdict | undefined;
      for (const form of forms) {
        const verdict = decideForm(form);
        if (verdict.answer === "fits") return verdict;
        if (verdict.answer === "infeasible" && verdict.proof === "bound") return first ?? verdict;
        first ??= verdict;
      }
      return forms.length === 1 && first !== undefined ? first : { answer: "unknown" };
    },
  };
}

/** Buffers with a place may go into its pool only. */
function confined(problem: PlanProblem, fixed: Form["fixed"]): PlanProblem {
  const buffers = problem.buffers.map((buffer) => {
    const pool = fixed.get(buffer.name)?.pool;
    return pool === undefined ? buffer : { ...buffer, candidates: [pool] };
  });
  return { ...problem, buffers };
}

/** One range of addresses for all pools; nothing if a given place cannot be. */
function joinPools(problem: PlanProblem, fixed: Form["fixed"]) {
  const { buffers } = confined(problem, fixed);
  const named = new Set(buffers.flatMap(({ candidates }) => candidates));
  const used = problem.pools.filter((pool) => named.has(pool.name));
  const step = stepOf(buffers, fixed);
  // Alignments are powers of two, and each is a multiple of the step or divides it.
  const grid = buffers.reduce((most, { alignment }) => Math.max(most, alignment), step);
  // No layout without gaps is longer, so that limits without end do not make numbers without end.
  const longest = fixed.size > 0
    ? Infinity
    : buffers.reduce((sum, { size }) => sum + Math.ceil(size / grid) * grid, 0);
  const limitOf = (pool: Pool) => Math.floor(Math.min(pool.limitBytes, longest) / step) * step;
  const from = Math.min(...buffers.map(({ intervals }) => intervals[0]?.first ?? 0));
  const until = 1 + Math.max(...buffers.map(({ intervals }) => intervals.at(-1)?.last ?? 0));
  const starts = new Map<string, number>();
  const walls: PackingBuffer[] = [];
  let end = 0;
  used.forEach((pool: Pool, i) => {
    starts.set(pool.name, end);
    end += limitOf(pool);
    if (i === used.length - 1) return;
    const start = Math.ceil((end + 1) / grid) * grid;
    walls.push({ size: start - end, offset: end, intervals: [[from, until]] });
    end = start;
  });
  const own: PackingBuffer[] = [];
  for (const { name, size, alignment, intervals } of buffers) {
    const place = fixed.get(name);
    const pool = used.find((one) => one.name === place?.pool);
    if (place !== undefined) {
      const outside = pool === undefined || place.offset + size > pool.limitBytes;
      if (outside || place.offset % alignment !== 0) return undefined;
    }
    own.push({
      size,
      alignment,
      offset: place === undefined ? undefined : (starts.get(place.pool) ?? 0) + place.offset,
      intervals: intervals.map(({ first, last }) => [first, last + 1] as const),
    });
  }
  const { blocks, apart } = forbid(buffers, used, starts, {
    limitOf,
    first: buffers.length + walls.length,
    moment: until + 1,
  });
  return {
    packing: { capacity: end, buffers: [...own, ...walls, ...blocks], apart },
    placementsOf: (offsets: readonly number[]): readonly Placement[] =>
      buffers.map(({ name, size, candidates }, i) => {
        const at = offsets[i] ?? 0;
        const pool = used.find((one) => {
          const start = starts.get(one.name) ?? 0;
          return candidates.includes(one.name) && at >= start &&
            at + size <= start + one.limitBytes;
        });
        return { name, pool: pool?.name ?? "", offset: at - (starts.get(pool?.name ?? "") ?? 0) };
      }),
  };
}

/** A block over each pool that some buffer may not go into, live in a moment of its own. */
function forbid(
  buffers: readonly BufferInfo[],
  pools: readonly Pool[],
  starts: ReadonlyMap<string, number>,
  { limitOf, first, moment }: {
    readonly limitOf: (pool: Pool) => number;
    readonly first: number;
    readonly moment: number;
  },
) {
  const blocks: PackingBuffer[] = [];
  const apart: (readonly [number, number])[] = [];
  for (const pool of pools) {
    const { name } = pool;
    const size = limitOf(pool);
    const strangers = buffers.flatMap(({ candidates }, i) => candidates.includes(name) ? [] : [i]);
    if (size === 0 || strangers.length === 0) continue;
    const block = first + blocks.length;
    const at = moment + 2 * blocks.length;
    blocks.push({ size, offset: starts.get(name) ?? 0, intervals: [[at, at + 1]] });
    apart.push(...strangers.map((i) => [i, block] as const));
  }
  return { blocks, apart };
}

/** Largest number of which all offsets of a layout without needless gaps are multiples. */
function stepOf(buffers: readonly BufferInfo[], fixed: Form["fixed"]): number {
  let step = 0;
  for (const { size } of buffers) step = divisor(size, step);
  for (const { offset } of fixed.values()) step = divisor(offset, step);
  for (let before = 0; before !== step;) {
    before = step;
    for (const { alignment } of buffers) {
      if (step % alignment !== 0) step = divisor(alignment, step);
    }
  }
  return step;
}
