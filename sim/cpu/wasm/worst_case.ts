/**
 * The most cycles that a unit can take, so that an interrupt comes at its cycle: `rate` for each
 * instruction of the budget, plus `extra` once. Blocks that no loop holds run at most once; the others
 * decide about the rate.
 *
 * @module
 */
import { type Block, keyOf, successorsOf } from "./graph.ts";

/** See {@linkcode worstCaseOf}. */
export interface WorstCase {
  /** Cycles for each instruction of the budget that an entered block takes from it. */
  readonly rate: number;
  /** Cycles in addition, whatever runs. */
  readonly extra: number;
}

/** True if a block can be entered again after it has been left, inside the unit. */
function isInLoop(block: Block, blocks: ReadonlyMap<number, Block>): boolean {
  const seen = new Set<number>();
  const waiting = [block];
  for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
    for (const { start, pipeline } of successorsOf(from)) {
      const key = keyOf(start, pipeline);
      if (key === block.key) return true;
      const to = blocks.get(key);
      if (to === undefined || seen.has(key)) continue;
      seen.add(key);
      waiting.push(to);
    }
  }
  return false;
}

/**
 * The bound of a unit.
 *
 * @param blocks Its blocks by key
 */
export function worstCaseOf(blocks: ReadonlyMap<number, Block>): WorstCase {
  let rate = 1;
  const once: Block[] = [];
  for (const block of blocks.values()) {
    if (isInLoop(block, blocks)) rate = Math.max(rate, block.worst / block.steps.length);
    else once.push(block);
  }
  const extra = once.reduce(
    (sum, { worst, steps }) => sum + Math.max(0, worst - rate * steps.length),
    0,
  );
  return { rate, extra };
}
