/**
 * What others do: the largest buffer first, each into the fastest memory in which it still fits. TVM's
 * `greedy_by_size` does so with pools in the order of its flag, ExecuTorch and others with one list for
 * all. It is the plan to beat, and the plan to begin with.
 *
 * @module
 */
import { greedyBySize } from "../greedy_by_size.ts";
import { MisfitError } from "../misfit.ts";
import type { Placement, PlanProblem } from "../types.ts";
import type { PoolCosts } from "./model.ts";

/**
 * Plans largest first into the fastest pool: variables, then parameters in what they left.
 *
 * @param problem A problem without pairs
 * @param costs What pools cost and share
 * @param fixed Places that some buffers have already
 * @param inOrder Whether pools come in the order of each buffer's candidates instead
 * @returns Places, or nothing if something finds no room
 */
export function largestIntoFastest(
  problem: PlanProblem,
  costs: PoolCosts,
  fixed: ReadonlyMap<string, Placement>,
  inOrder = false,
): readonly Placement[] | undefined {
  const slowness = new Map(problem.pools.map(({ name }) => {
    const { read, write } = costs.memories.get(name) ?? {};
    // A memory of unknown speed comes after those whose waits are stated to be none.
    return [name, (read ?? 0.25) + (write ?? 0.25)];
  }));
  const buffers = inOrder ? problem.buffers : problem.buffers.map((buffer) => ({
    ...buffer,
    candidates: buffer.candidates.toSorted((a, b) =>
      (slowness.get(a) ?? 0) - (slowness.get(b) ?? 0)
    ),
  }));
  const sizes = new Map(buffers.map(({ name, size }) => [name, size]));
  const used = new Map<string, number>();
  const placements: Placement[] = [];
  for (const kind of ["workspace", "constant"] as const) {
    const own = buffers.filter((one) => one.kind === kind);
    const pools = problem.pools.filter((pool) => pool.kind === kind).map((pool) => {
      const bytes = used.get(costs.leftovers.get(pool.name) ?? "") ?? 0;
      const taken = Math.ceil(bytes / pool.alignment) * pool.alignment;
      return { ...pool, limitBytes: Math.max(0, pool.limitBytes - taken) };
    });
    try {
      const given = new Map(own.flatMap(({ name }) => {
        const place = fixed.get(name);
        return place === undefined ? [] : [[name, place] as const];
      }));
      const found = greedyBySize.planAround?.({ pools, buffers: own }, given) ?? [];
      for (const { name, pool, offset } of found) {
        used.set(pool, Math.max(used.get(pool) ?? 0, offset + (sizes.get(name) ?? 0)));
      }
      placements.push(...found);
    } catch (error) {
      if (error instanceof MisfitError) return undefined;
      throw error;
    }
  }
  const places = new Map(placements.map((place) => [place.name, place]));
  return problem.buffers.flatMap(({ name }) => places.get(name) ?? []);
}
