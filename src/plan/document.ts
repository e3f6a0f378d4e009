/**
 * A plan as the JSON document `pinmap/plan-1`.
 *
 * @module
 */
import type { PlanDocument } from "../base/documents.ts";
import type { BufferCost, Plan, PlanCycles } from "./types.ts";

/**
 * Turns a plan into what `pinmap plan --format json` prints.
 *
 * @param plan A plan
 * @returns The document; `first_use` and `last_use` are statements, both included
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadBoard } from "../board/mod.ts";
 * import { moduleBuilder } from "../ir/mod.ts";
 * import { plan, planToDocument } from "./mod.ts";
 *
 * const net = moduleBuilder("net");
 * net.main().allocate("a", "int8", [64]);
 * const document = planToDocument(plan(net.build(), await loadBoard("stm32f746g-disco")));
 * assertEquals(document.schema, "pinmap/plan-1");
 * assertEquals(document.allocations[0]?.pool, "dtcm");
 * ```
 */
export function planToDocument(plan: Plan): PlanDocument {
  return {
    schema: "pinmap/plan-1",
    board: plan.board,
    module: plan.module.name,
    algorithm: plan.algorithm,
    status: plan.status,
    ...(plan.cycles !== undefined &&
      { objective: "cycles" as const, cycles: totalOf(plan.cycles) }),
    gap_bytes: plan.pools.reduce((sum, pool) => sum + pool.usedBytes - pool.lowerBoundBytes, 0),
    pools: plan.pools.map(({ pool, usedBytes, lowerBoundBytes }) => ({
      name: pool.name,
      region: pool.region,
      kind: pool.kind,
      limit_bytes: pool.limitBytes,
      used_bytes: usedBytes,
      lower_bound_bytes: lowerBoundBytes,
    })),
    allocations: plan.allocations.map(({ buffer, pool, offset, spilled, inPlaceOf }) => ({
      name: buffer.name,
      pool,
      offset,
      size: buffer.size,
      alignment: buffer.alignment,
      first_use: buffer.intervals[0]?.first ?? 0,
      last_use: buffer.intervals.at(-1)?.last ?? 0,
      candidates: buffer.candidates,
      kind: buffer.kind,
      spilled,
      ...(inPlaceOf !== undefined && { in_place_of: inPlaceOf }),
      ...costOf(plan.cycles?.buffers.get(buffer.name)),
    })),
    residents: plan.residents.map(({ name, region, size }) => ({ name, region, size })),
  };
}

function totalOf(
  { source, total, lowerBound, largestFirst, notes }: PlanCycles,
): NonNullable<PlanDocument["cycles"]> {
  return {
    source,
    total,
    lower_bound: lowerBound,
    gap: total - lowerBound,
    status: total === lowerBound ? "optimal" : "feasible",
    largest_first: largestFirst ?? null,
    notes,
  };
}

function costOf(cost: BufferCost | undefined): Pick<PlanDocument["allocations"][number], "cost"> {
  if (cost === undefined) return {};
  const { accesses, cycles, nextBest } = cost;
  return {
    cost: {
      reads: accesses.reads,
      read_bytes: accesses.readBytes,
      writes: accesses.writes,
      write_bytes: accesses.writeBytes,
      cycles,
      next_best: nextBest ?? null,
    },
  };
}
