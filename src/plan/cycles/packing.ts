/**
 * Offsets for a choice of pools: each bin on its own, and each set of items only once.
 *
 * @module
 */
import { isTooLarge } from "../exact/problem.ts";
import { solveExact } from "../exact/mod.ts";
import { greedyByConflicts } from "../greedy_by_conflicts.ts";
import { greedyBySize } from "../greedy_by_size.ts";
import { MisfitError } from "../misfit.ts";
import { portfolio } from "../portfolio.ts";
import type { BufferInfo, Placement, Planner, PlanProblem, Pool } from "../types.ts";
import type { Model } from "./model.ts";

/** Up to this many buffers the planners that compare all pairs are asked. */
const MOST_FOR_PAIRS = 1500;
/** Up to this many buffers the exact search is asked. */
const MOST_FOR_EXACT = 400;
/** Nodes of the exact search for one set. */
const EXACT_NODES = 20_000;
/** Sets that are remembered. */
const MOST_KNOWN = 20_000;

/** What became of a bin. */
export type Packed =
  | { readonly status: "packed"; readonly placements: readonly Placement[] }
  /** `proved`: there is no layout. Otherwise none was found. */
  | { readonly status: "failed"; readonly proved: boolean };

/** Packs sets of items into bins. */
export interface Packer {
  /**
   * Packs a bin.
   *
   * @param bin Number of the bin
   * @param members Items in it with the pool of each, by index of the item, ascending
   */
  pack(bin: number, members: readonly Member[]): Packed;
  /** Nodes that exact searches took. */
  readonly nodes: number;
}

/** An item in a pool. */
export interface Member {
  /** Index of the item. */
  readonly item: number;
  /** Index of the pool. */
  readonly pool: number;
}

/** A packer for a model. */
export function createPacker(model: Model): Packer {
  const known = new Map<string, Packed>();
  let nodes = 0;

  const attempt = (planner: Planner, pool: Pool, buffers: readonly BufferInfo[]) => {
    const own = buffers.map((one) => ({ ...one, candidates: [pool.name] }));
    const fixed = new Map(
      buffers.flatMap(({ name }) => {
        const place = model.fixed.get(name);
        return place === undefined ? [] : [[name, place] as const];
      }),
    );
    const problem: PlanProblem = { pools: [pool], buffers: own };
    try {
      if (fixed.size === 0) return planner.plan(problem);
      return planner.planAround?.(problem, fixed);
    } catch (error) {
      if (error instanceof MisfitError || isTooLarge(error)) return undefined;
      throw error;
    }
  };

  const search = (pool: Pool, buffers: readonly BufferInfo[]): Packed => {
    const result = solveExact({
      capacity: pool.limitBytes,
      buffers: buffers.map(({ name, size, alignment, intervals }) => ({
        size,
        alignment,
        offset: model.fixed.get(name)?.offset,
        intervals: intervals.map(({ first, last }) => [first, last + 1] as const),
      })),
    }, { objective: "fit", nodeLimit: EXACT_NODES });
    nodes += result.nodes;
    const { offsets } = result;
    if (offsets === undefined) {
      return { status: "failed", proved: result.status === "infeasible" };
    }
    return {
      status: "packed",
      placements: buffers.map(({ name }, i) => ({
        name,
        pool: pool.name,
        offset: offsets[i] ?? 0,
      })),
    };
  };

  const packPool = (pool: Pool, buffers: readonly BufferInfo[]): Packed => {
    if (buffers.length === 0) return { status: "packed", placements: [] };
    const planners = buffers.length > MOST_FOR_PAIRS
      ? [portfolio]
      : [greedyBySize, greedyByConflicts];
    for (const planner of planners) {
      const placements = attempt(planner, pool, buffers);
      if (placements !== undefined) return { status: "packed", placements };
    }
    if (buffers.length <= MOST_FOR_EXACT) return search(pool, buffers);
    const placements = attempt(portfolio, pool, buffers);
    return placements === undefined
      ? { status: "failed", proved: false }
      : { status: "packed", placements };
  };

  /** Parameters first, as low as they go; variables get what the order of the final layout leaves them. */
  const packShared = (
    pools: readonly Pool[],
    buffersOf: ReadonlyMap<string, readonly BufferInfo[]>,
  ): Packed => {
    const [only] = pools;
    if (pools.length === 1 && only !== undefined) {
      return packPool(only, buffersOf.get(only.name) ?? []);
    }
    const placements: Placement[] = [];
    let taken = 0;
    const constants = pools.filter(({ kind }) => kind === "constant");
    for (const pool of constants) {
      const buffers = buffersOf.get(pool.name) ?? [];
      const packed = packPool(pool, buffers);
      if (packed.status === "failed") return packed;
      placements.push(...packed.placements);
      const sizes = new Map(buffers.map(({ name, size }) => [name, size]));
      taken = packed.placements.reduce(
        (top, { name, offset }) => Math.max(top, offset + (sizes.get(name) ?? 0)),
        taken,
      );
    }
    const alignment = constants.reduce((most, one) => Math.max(most, one.alignment), 1);
    for (const pool of pools.filter(({ kind }) => kind === "workspace")) {
      const left = Math.floor((pool.limitBytes - taken) / alignment) * alignment;
      const limitBytes = taken === 0 ? pool.limitBytes : Math.max(0, left);
      const packed = packPool({ ...pool, limitBytes }, buffersOf.get(pool.name) ?? []);
      // Another layout of the parameters might leave more.
      if (packed.status === "failed") return { status: "failed", proved: false };
      placements.push(...packed.placements);
    }
    return { status: "packed", placements };
  };

  return {
    get nodes() {
      return nodes;
    },
    pack(bin, members) {
      const key = `${bin}:${members.map(({ item, pool }) => `${item}/${pool}`).join()}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const pools = model.problem.pools.filter((_, pool) => model.binOf[pool] === bin);
      const buffersOf = new Map<string, BufferInfo[]>();
      for (const { item, pool } of members) {
        const name = model.problem.pools[pool]?.name ?? "";
        const buffer = model.items[item]?.buffer;
        const own = buffersOf.get(name) ?? [];
        if (buffer !== undefined) own.push(buffer);
        buffersOf.set(name, own);
      }
      const packed = packShared(pools, buffersOf);
      if (known.size < MOST_KNOWN) known.set(key, packed);
      return packed;
    },
  };
}
