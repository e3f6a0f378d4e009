/**
 * Pools and offsets in one pass, for sets that are too large to be packed again and again: items one at a time, each
 * at the lowest free offset of its cheapest pool with room.
 *
 * @module
 */
import { firstFit } from "../scale/first_fit.ts";
import { makeTimeline } from "../scale/timeline.ts";
import type { Placement } from "../types.ts";
import type { Model } from "./model.ts";

/**
 * Places all items.
 *
 * @param model A model whose pools share nothing, without given places
 * @param value For each item when its turn comes: the largest value first
 * @param ranked For each item the indices of its choices, the one to be tried first first
 * @returns Places; nothing if one finds no room
 */
export function placeDirectly(
  model: Model,
  value: readonly number[],
  ranked: (item: number) => readonly number[],
): readonly Placement[] | undefined {
  const { items, problem, fixed, capacities } = model;
  if (fixed.size > 0 || capacities.length < problem.pools.length) return undefined;
  const timeline = makeTimeline(problem.buffers);
  const itemOf = (rank: number) => timeline.position[rank] ?? 0;
  const turn = Uint32Array.from(timeline.buffers, (_, rank) => rank)
    .sort((a, b) => {
      const [x, y] = [value[itemOf(a)] ?? 0, value[itemOf(b)] ?? 0];
      return x === y ? itemOf(a) - itemOf(b) : x < y ? 1 : -1;
    });
  const { pool, offset } = firstFit(timeline, turn, {
    limits: problem.pools.map(({ limitBytes }) => limitBytes),
    candidates: timeline.buffers.map((_, rank) =>
      ranked(itemOf(rank)).map((k) => items[itemOf(rank)]?.choices[k]?.pool ?? 0)
    ),
  });
  const placements = timeline.buffers.map(({ name, size }, rank) => {
    const own = problem.pools[pool[rank] ?? 0];
    const at = offset[rank] ?? -1;
    if (own === undefined || at < 0 || at + size > own.limitBytes) return undefined;
    return { name, pool: own.name, offset: at };
  }).filter((one) => one !== undefined);
  return placements.length === items.length ? placements : undefined;
}
