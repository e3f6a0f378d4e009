/**
 * Where a table branch may lead, so that the cases of a `switch` stay in one unit with the loop around
 * them. A guess from the bytes behind the instruction: translated code compares the target that it
 * loaded with each of them, and leaves for any other. Hence nothing goes wrong when the bytes are no
 * table, or change later.
 *
 * @module
 */
import type { TranslationMemory } from "../../types.ts";
import type { Op } from "../op.ts";
import * as flow from "../flow.ts";

/** Entries of a table that are looked at. */
const MOST_ENTRIES = 64;
/** Targets that are compared with; compilers rarely make more of one table. */
const MOST_TARGETS = 24;

/**
 * Distinct targets of a TBB or TBH whose table begins behind it, in the order of the table.
 *
 * @param op The last instruction of a block
 * @param memory Memory
 * @returns Addresses; none if the instruction is another one
 */
export function tableTargets(op: Op, memory: TranslationMemory): readonly number[] {
  const bytes = op.exec === flow.tbb ? 1 : op.exec === flow.tbh ? 2 : 0;
  const row = memory.codeRow(op.address);
  if (bytes === 0 || op.n !== 15 || row === 0) return [];
  const view = new DataView(memory.memory.buffer);
  const table = op.address + 4;
  const targets = new Set<number>();
  // The code of the first case lies behind the last entry.
  let end = Infinity;
  for (let index = 0; index < MOST_ENTRIES && targets.size < MOST_TARGETS; index++) {
    const at = table + index * bytes;
    if (at + bytes > end || memory.codeRow(at + bytes - 1) !== row) break;
    const flat = at + memory.flatDistance(row);
    const entry = bytes === 1 ? view.getUint8(flat) : view.getUint16(flat, true);
    const target = (table + entry * 2) | 0;
    if (entry === 0) break;
    targets.add(target);
    end = Math.min(end, target);
  }
  return [...targets];
}
