/**
 * The planner `exact`: each pool packed by exact search, within numbers of nodes, so that the plan is the
 * same on every machine; a limit of the user's takes their place.
 *
 * Which pool a buffer gets is decided first. If everything fits into first candidates, that is it: no
 * plan is better. If not, the better of the greedy planners spills, and then every spilled buffer that
 * an exact search can bring back into an earlier candidate goes back, the largest first. So offsets are
 * searched exactly, the choice of pools is not.
 *
 * @module
 */
import { greedyByConflicts } from "../greedy_by_conflicts.ts";
import { greedyBySize } from "../greedy_by_size.ts";
import { type Misfit, MisfitError } from "../misfit.ts";
import { checkProblem } from "../problem.ts";
import type { BufferInfo, Placement, PlanControl, Planner, PlanProblem } from "../types.ts";
import { MAX_BUFFERS, type PackingProblem } from "./problem.ts";
import { type PackingResult, solveExact } from "./solve.ts";

/** Nodes to decide whether a pool's buffers fit, if nobody sets a limit. */
const FIT_NODES = 200_000;
/** Nodes to lower the peak of a pool, if nobody sets a limit. */
const PEAK_NODES = 60_000;
/** Spilled buffers that are tried in earlier candidates. */
const MAX_RETURNS = 32;

/** Offset of each buffer by name. */
type Offsets = ReadonlyMap<string, number>;

/** Places that some buffers have already, by name. */
type Fixed = ReadonlyMap<string, Placement>;

/** Exact search for offsets. */
export const exact: Planner = {
  name: "exact",
  summary: "exact search for the lowest offsets in each pool, after greedy spilling",
  searches: true,
  plan: (problem, control) => createPlanning(problem, new Map(), control).plan(),
  planAround: (problem, fixed, control) => createPlanning(problem, fixed, control).plan(),
};

function createPlanning(problem: PlanProblem, fixed: Fixed, control: PlanControl = {}) {
  checkProblem(problem);
  const { nodeLimit, shouldStop, onProgress, onBound } = control;
  // By name, so that the order of the problem does not matter.
  const buffers = problem.buffers.toSorted((a, b) => a.name < b.name ? -1 : 1);
  const { pools } = problem;
  const limits = new Map(pools.map(({ name, limitBytes }) => [name, limitBytes]));
  const firstOf = new Map(
    buffers.map(({ name, candidates }) => [name, fixed.get(name)?.pool ?? candidates[0] ?? ""]),
  );
  const bounds = new Map<string, number>();
  let nodes = 0;
  let search: Misfit["search"];

  const membersOf = (poolOf: ReadonlyMap<string, string>, pool: string) =>
    buffers.filter(({ name }) => poolOf.get(name) === pool);

  const solve = (
    pool: string,
    members: readonly BufferInfo[],
    capacity: number,
    objective: "fit" | "peak",
    most: number,
  ): PackingResult => {
    const before = nodes;
    const limit = Math.max(0, Math.min(most, (nodeLimit ?? Infinity) - nodes));
    const result = solveExact(toPacking(members, capacity, fixed), {
      objective,
      nodeLimit: limit,
      shouldStop,
      onProgress: (one) => onProgress?.({ ...one, pool, nodes: before + one.nodes }),
    });
    nodes += result.nodes;
    return result;
  };

  /** A layout within the limit. */
  const fit = (pool: string, members: readonly BufferInfo[]): Offsets | undefined => {
    if (members.length > MAX_BUFFERS) return undefined;
    const { offsets } = solve(pool, members, limits.get(pool) ?? 0, "fit", FIT_NODES);
    return offsets && named(members, offsets);
  };

  /** The lowest layout that the nodes suffice for, and the bound that the search proved. */
  const pack = (pool: string, members: readonly BufferInfo[]): Offsets | undefined => {
    search = undefined;
    if (members.length > MAX_BUFFERS) return undefined;
    const limit = limits.get(pool) ?? 0;
    // With a limit of the user's it searches on until that is reached.
    const isAsked = nodeLimit !== undefined;
    const first = isAsked
      ? solve(pool, members, limit, "peak", Infinity)
      : solve(pool, members, limit, "fit", FIT_NODES);
    bounds.set(pool, first.bound);
    const { status, peak, offsets } = first;
    if (offsets === undefined || peak === undefined) {
      search = status === "unknown"
        ? "stopped"
        : first.proof === "exhausted"
        ? "exhausted"
        : search;
      return undefined;
    }
    if (isAsked || status === "optimal") return named(members, offsets);
    const lower = solve(pool, members, peak, "peak", PEAK_NODES);
    bounds.set(pool, Math.max(first.bound, lower.bound));
    return named(members, lower.offsets ?? offsets);
  };

  const packAll = (): readonly Placement[] | undefined => {
    const placements: Placement[] = [];
    for (const { name: pool } of pools) {
      const offsets = pack(pool, membersOf(firstOf, pool));
      if (offsets === undefined) return undefined;
      placements.push(...toPlacements(pool, offsets));
    }
    return placements;
  };

  /** Takes the pools from a greedy plan, brings back what fits into earlier candidates, and packs. */
  const packSpilled = (): readonly Placement[] => {
    const plan = greedyPlan();
    const poolOf = new Map(plan.map(({ name, pool }) => [name, pool]));
    // A layout of each pool, valid at all times: buffers join with a new one and leave it as it is.
    const layouts = new Map<string, Offsets>(pools.map(({ name: pool }) => [
      pool,
      new Map(plan.filter((one) => one.pool === pool).map(({ name, offset }) => [name, offset])),
    ]));
    bringBack(poolOf, layouts);
    bounds.clear();
    return pools.flatMap(({ name: pool }) => {
      const offsets = pack(pool, membersOf(poolOf, pool)) ?? layouts.get(pool) ?? new Map();
      return toPlacements(pool, offsets).filter(({ name }) => poolOf.get(name) === pool);
    });
  };

  const greedyPlan = (): readonly Placement[] => {
    let misfit: Misfit | undefined;
    for (const planner of [greedyBySize, greedyByConflicts]) {
      try {
        return planner.planAround?.({ pools, buffers }, fixed) ?? [];
      } catch (error) {
        if (!(error instanceof MisfitError)) throw error;
        misfit ??= error.misfit;
      }
    }
    if (misfit === undefined) return [];
    // With a choice of pools, one pool that cannot hold its first candidates proves nothing.
    const choice = buffers.some(({ candidates }) => candidates.length > 1);
    throw new MisfitError({
      ...misfit,
      algorithm: exact.name,
      search: choice ? undefined : search,
    });
  };

  const bringBack = (poolOf: Map<string, string>, layouts: Map<string, Offsets>): void => {
    const spilled = buffers
      .filter(({ name, candidates }) => !fixed.has(name) && poolOf.get(name) !== candidates[0])
      .sort((a, b) => b.size - a.size)
      .slice(0, MAX_RETURNS);
    for (const buffer of spilled) {
      const now = poolOf.get(buffer.name) ?? "";
      const earlier = buffer.candidates.slice(0, buffer.candidates.indexOf(now));
      for (const pool of earlier) {
        const found = fit(pool, [...membersOf(poolOf, pool), buffer]);
        if (found === undefined) continue;
        poolOf.set(buffer.name, pool);
        layouts.set(pool, found);
        break;
      }
    }
  };

  return {
    plan: (): readonly Placement[] => {
      const found = packAll() ?? packSpilled();
      for (const [pool, bytes] of bounds) onBound?.(pool, bytes);
      const places = new Map(found.map((one) => [one.name, one]));
      return problem.buffers.flatMap(({ name }) => places.get(name) ?? []);
    },
  };
}

function toPlacements(pool: string, offsets: Offsets): readonly Placement[] {
  return [...offsets].map(([name, offset]) => ({ name, pool, offset }));
}

function toPacking(
  members: readonly BufferInfo[],
  capacity: number,
  fixed: Fixed,
): PackingProblem {
  const buffers = members.map(({ name, size, alignment, intervals }) => ({
    size,
    alignment,
    offset: fixed.get(name)?.offset,
    intervals: intervals.map(({ first, last }) => [first, last + 1] as const),
  }));
  return { capacity, buffers };
}

function named(members: readonly BufferInfo[], offsets: readonly number[]): Offsets {
  return new Map(members.map(({ name }, i) => [name, offsets[i] ?? 0]));
}
