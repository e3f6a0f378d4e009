/**
 * The pinned module (RFC 0023, P2): the plan written back, the pool as the tag of the storage scope and
 * the offset as an annotation. The candidates stay, so the module can be printed, read and planned again
 * to the same result.
 *
 * @module
 */
import { CANDIDATE_MEMORY_POOLS, type IRModule, POOL_OFFSET } from "../ir/types.ts";
import { mapAllocations } from "../ir/visit.ts";
import { keyOf, type LiveBuffer } from "./liveness.ts";
import type { Allocation } from "./types.ts";

/**
 * Writes a plan into its module.
 *
 * @param module What was planned
 * @param buffers Its buffers
 * @param allocations Where each of them goes, in the same order
 * @returns The module with scope `global.<pool>`, `candidate_memory_pools` and `pool_offset` on each
 *   allocate
 */
export function pinModule(
  module: IRModule,
  buffers: readonly LiveBuffer[],
  allocations: readonly Allocation[],
): IRModule {
  const byName = new Map(allocations.map((allocation) => [allocation.buffer.name, allocation]));
  const byKey = new Map(
    buffers.map((buffer) => [keyOf(buffer.func, buffer.node), byName.get(buffer.name)]),
  );
  return mapAllocations(module, (node, func) => {
    const allocation = byKey.get(keyOf(func, node));
    if (allocation === undefined) return undefined;
    return {
      scope: `global.${allocation.pool}`,
      annotations: {
        ...node.annotations,
        [CANDIDATE_MEMORY_POOLS]: allocation.buffer.candidates,
        [POOL_OFFSET]: allocation.offset,
      },
    };
  });
}
