/**
 * The planner `exact`: each pool packed by exact search, within fixed numbers of nodes, so that the plan
 * is the same on every machine.
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
import { MisfitError } from "../misfit.ts";
import { checkProblem } from "../problem.ts";
import type { BufferInfo, Placement, Planner, PlanProblem } from "../types.ts";
import { MAX_BUFFERS } from "./problem.ts";
import { solveExact } from "./solve.ts";

/** Nodes to decide whether a pool's buffers fit. */
const FIT_NODES = 200_000;
/** Nodes to lower the peak of a pool. */
const PEAK_NODES = 20_000;
/** Spilled buffers that are tried in earlier candidates. */
const MAX_RETURNS = 32;

/** Offset of each buffer by name. */
type Offsets = ReadonlyMap<string, number>;

/** Exact search for offsets. */
export const exact: Planner = {
  name: "exact",
  summary: "exact search for the lowest offsets in each pool, after greedy spilling",
  plan(problem) {
    checkProblem(problem);
    // By name, so that the order of the problem does not matter.
    const buffers = problem.buffers.toSorted((a, b) => a.name < b.name ? -1 : 1);
    const sorted = { pools: problem.pools, buffers };
    const first = new Map(buffers.map(({ name, candidates }) => [name, candidates[0] ?? ""]));
    const found = packAll(sorted, first) ?? packSpilled(sorted);
    const places = new Map(found.map((one) => [one.name, one]));
    return problem.buffers.flatMap(({ name }) => places.get(name) ?? []);
  },
};

/** Packs every pool with the buffers that were assigned to it; nothing if one of them has no layout. */
function packAll(
  problem: PlanProblem,
  poolOf: ReadonlyMap<string, string>,
): readonly Placement[] | undefined {
  const placements: Placement[] = [];
  for (const { name: pool, limitBytes } of problem.pools) {
    const members = membersOf(problem, poolOf, pool);
    const offsets = pack(members, limitBytes);
    if (offsets === undefined) return undefined;
    placements.push(...toPlacements(pool, offsets));
  }
  return placements;
}

/** Takes the pools from a greedy plan, brings back what fits into earlier candidates, and packs. */
function packSpilled(problem: PlanProblem): readonly Placement[] {
  const plan = greedyPlan(problem);
  const poolOf = new Map(plan.map(({ name, pool }) => [name, pool]));
  // A layout of each pool, valid at all times: buffers join with a new one and leave it as it is.
  const layouts = new Map<string, Offsets>(problem.pools.map(({ name: pool }) => [
    pool,
    new Map(plan.filter((one) => one.pool === pool).map(({ name, offset }) => [name, offset])),
  ]));
  bringBack(problem, poolOf, layouts);
  return problem.pools.flatMap(({ name: pool, limitBytes }) => {
    const members = membersOf(problem, poolOf, pool);
    const offsets = pack(members, limitBytes) ?? layouts.get(pool) ?? new Map();
    return toPlacements(pool, offsets).filter(({ name }) => poolOf.get(name) === pool);
  });
}

function greedyPlan(problem: PlanProblem): readonly Placement[] {
  try {
    return greedyBySize.plan(problem);
  } catch (error) {
    if (!(error instanceof MisfitError)) throw error;
    try {
      return greedyByConflicts.plan(problem);
    } catch (other) {
      if (!(other instanceof MisfitError)) throw other;
      throw new MisfitError({ ...error.misfit, algorithm: exact.name });
    }
  }
}

function bringBack(
  problem: PlanProblem,
  poolOf: Map<string, string>,
  layouts: Map<string, Offsets>,
): void {
  const limits = new Map(problem.pools.map(({ name, limitBytes }) => [name, limitBytes]));
  const spilled = problem.buffers
    .filter(({ name, candidates }) => poolOf.get(name) !== candidates[0])
    .sort((a, b) => b.size - a.size)
    .slice(0, MAX_RETURNS);
  for (const buffer of spilled) {
    const now = poolOf.get(buffer.name) ?? "";
    const earlier = buffer.candidates.slice(0, buffer.candidates.indexOf(now));
    for (const pool of earlier) {
      const members = [...membersOf(problem, poolOf, pool), buffer];
      const found = fit(members, limits.get(pool) ?? 0);
      if (found === undefined) continue;
      poolOf.set(buffer.name, pool);
      layouts.set(pool, found.offsets);
      break;
    }
  }
}

function membersOf(
  problem: PlanProblem,
  poolOf: ReadonlyMap<string, string>,
  pool: string,
): readonly BufferInfo[] {
  return problem.buffers.filter(({ name }) => poolOf.get(name) === pool);
}

function toPlacements(pool: string, offsets: Offsets): readonly Placement[] {
  return [...offsets].map(([name, offset]) => ({ name, pool, offset }));
}

/** The lowest layout that the nodes suffice for. */
function pack(members: readonly BufferInfo[], limit: number): Offsets | undefined {
  const first = fit(members, limit);
  if (first === undefined || first.status === "optimal") return first?.offsets;
  const lower = solveExact(toPacking(members, first.peak), { nodeLimit: PEAK_NODES });
  return lower.offsets === undefined ? first.offsets : named(members, lower.offsets);
}

function fit(members: readonly BufferInfo[], limit: number) {
  if (members.length > MAX_BUFFERS) return undefined;
  const options = { objective: "fit", nodeLimit: FIT_NODES } as const;
  const { status, peak, offsets } = solveExact(toPacking(members, limit), options);
  if (offsets === undefined || peak === undefined) return undefined;
  return { status, peak, offsets: named(members, offsets) };
}

function toPacking(members: readonly BufferInfo[], capacity: number) {
  const buffers = members.map(({ size, alignment, intervals }) => ({
    size,
    alignment,
    intervals: intervals.map(({ first, last }) => [first, last + 1] as const),
  }));
  return { capacity, buffers };
}

function named(members: readonly BufferInfo[], offsets: readonly number[]): Offsets {
  return new Map(members.map(({ name }, i) => [name, offsets[i] ?? 0]));
}
