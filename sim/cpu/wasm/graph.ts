/**
 * Finds the code that is translated as one unit: the blocks that direct branches reach from an entry
 * without leaving the function, its memory window or what can be translated.
 *
 * @module
 */
import type { TranslationMemory } from "../../types.ts";
import type { Op } from "../op.ts";
import { branchKind, isTranslatable } from "./instructions.ts";
import { tableTargets } from "./jump_table.ts";

/** An instruction in its place. */
export interface Step {
  readonly op: Op;
  /** ITSTATE before it. */
  readonly it: number;
  /** State of the pipeline before it. */
  readonly pipeline: number;
}

/** Straight code with one entry, in one state of the pipeline. */
export interface Block {
  readonly start: number;
  /** State of the pipeline at its start. */
  readonly pipeline: number;
  /** The same place as a number, see {@linkcode keyOf}. */
  readonly key: number;
  readonly steps: readonly Step[];
  /** Cycles if every branch falls through. */
  readonly core: number;
  /** The most cycles that it can take, waits included. */
  readonly worst: number;
  /** Lines fetched if the first one is new. */
  readonly lines: number;
  /** Instructions of 4 bytes. */
  readonly wide: number;
  /** Address of the halfword fetched last. */
  readonly last: number;
  /** Where it goes on if it ends without a branch or the branch is not taken; undefined if it never does. */
  readonly next: number | undefined;
  /** ITSTATE there. */
  readonly nextIt: number;
  /** Target of the direct branch at its end. */
  readonly target: number | undefined;
  /** Likely targets of the table branch at its end. */
  readonly table: readonly number[];
}

/** Gives predecoded instructions; undefined where there is a breakpoint or nothing to decode. */
export type Lookup = (pc: number, inIt: boolean, pipeline: number) => Op | undefined;

/** A place in a state of the pipeline, as one number. */
export function keyOf(pc: number, pipeline: number): number {
  return (pc >>> 0) + pipeline * 2 ** 32;
}

/** State of the pipeline where an instruction branches to. */
export function afterBranch(op: Op, target: number): number {
  return target === op.next ? op.after : op.afterTaken;
}

const MOST_BLOCKS = 120;
const MOST_STEPS = 100;

/** ITSTATE after an instruction. */
export function advance(it: number): number {
  return (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);
}

/** Lines of a window's width that an instruction touches. */
function beats(op: Op, mask: number): number {
  return (op.address & mask) === ((op.address + op.size - 2) & mask) ? 1 : 2;
}

/** New lines that fetching an instruction brings after another one. */
function newLines(op: Op, before: Op | undefined, mask: number): number {
  if (before === undefined) return beats(op, mask);
  const held = (before.address + before.size - 2) & mask;
  return beats(op, mask) - (held === (op.address & mask) ? 1 : 0);
}

/** The most cycles that a block can take, waits for its lines and aligned data included. */
function worstOf(steps: readonly Step[], memory: TranslationMemory, row: number): number {
  const aligned = memory.mostWait;
  const most = steps.reduce((sum, { op }) => sum + op.most + op.accesses * aligned, 0);
  return most + costOf(steps, 0, memory, row).lines * memory.fetchWait(row);
}

/** Cycles, new lines and wide instructions of a block's steps from one on. */
export function costOf(
  steps: readonly Step[],
  from: number,
  memory: Pick<TranslationMemory, "fetchWait" | "lineMask">,
  row: number,
): { core: number; lines: number; wide: number } {
  const counted = memory.fetchWait(row) !== 0;
  const mask = memory.lineMask(row);
  const sum = { core: 0, lines: 0, wide: 0 };
  for (let index = from; index < steps.length; index++) {
    const op = steps[index]?.op;
    if (op === undefined) continue;
    sum.core += op.cost;
    if (counted) sum.lines += newLines(op, steps[index - 1]?.op, mask);
    if (op.size === 4) sum.wide++;
  }
  return sum;
}

/**
 * Finds the blocks of a unit.
 *
 * @param entry Address of its first instruction
 * @param pipeline State of the pipeline there
 * @param lookup Gives instructions
 * @param memory Windows of code
 * @returns Blocks by {@linkcode keyOf}; empty if the first instruction cannot be translated
 */
export function findBlocks(
  entry: number,
  pipeline: number,
  lookup: Lookup,
  memory: TranslationMemory,
): ReadonlyMap<number, Block> {
  const row = memory.codeRow(entry);
  const fn = lookup(entry, false, pipeline)?.fn;
  const leaders = new Map([[keyOf(entry, pipeline), { start: entry, pipeline }]]);
  const at = (pc: number, it: number, state: number): Op | undefined => {
    if (memory.codeRow(pc) !== row || row === 0) return undefined;
    const op = lookup(pc, it !== 0, state);
    if (op === undefined || op.fn !== fn || !isTranslatable(op)) return undefined;
    // UNPREDICTABLE in an IT block: another IT, conditional branches, branches before its end.
    // What has no condition there either.
    const { name, always } = op.encoding;
    if (it !== 0 && (name === "it" || always || branchKind(op) === "conditional")) {
      return undefined;
    }
    if (it !== 0 && branchKind(op) !== "none" && advance(it) !== 0) return undefined;
    return memory.codeRow(pc + op.size - 1) === row ? op : undefined;
  };
  const walk = (start: number, pipelineAtStart: number): Block | undefined => {
    const steps: Step[] = [];
    let pc = start;
    let state = pipelineAtStart;
    let it = 0;
    let target: number | undefined;
    let next: number | undefined = start;
    for (;;) {
      const op = at(pc, it, state);
      const full = steps.length >= MOST_STEPS;
      if (op === undefined) break;
      if (steps.length > 0 && it === 0 && (leaders.has(keyOf(pc, state)) || full)) break;
      steps.push({ op, it, pipeline: state });
      const kind = branchKind(op);
      const conditional = it !== 0 || kind === "conditional";
      it = op.encoding.name === "it" && it === 0 ? op.i : advance(it);
      pc = next = op.next;
      state = op.after;
      if (kind === "none") continue;
      if (kind === "conditional" || kind === "direct") target = op.i;
      if (!conditional) next = undefined;
      break;
    }
    const last = steps.at(-1)?.op;
    if (last === undefined) return undefined;
    return {
      start,
      pipeline: pipelineAtStart,
      key: keyOf(start, pipelineAtStart),
      steps,
      ...costOf(steps, 0, memory, row),
      worst: worstOf(steps, memory, row),
      last: (last.address + last.size - 2) | 0,
      next,
      nextIt: next === undefined ? 0 : it,
      target,
      table: tableTargets(last, memory),
    };
  };
  // First all leaders, so that a block ends where a later branch enters it.
  for (const leader of leaders.values()) {
    const block = walk(leader.start, leader.pipeline);
    if (block === undefined) continue;
    for (const to of successorsOf(block)) {
      if (leaders.size < MOST_BLOCKS) leaders.set(keyOf(to.start, to.pipeline), to);
    }
  }
  const blocks = new Map<number, Block>();
  for (const [key, leader] of leaders) {
    const block = walk(leader.start, leader.pipeline);
    if (block !== undefined) blocks.set(key, block);
  }
  return blocks;
}

/** Where a block's direct branch and its end lead, outside of IT blocks. */
export function successorsOf(block: Block): { start: number; pipeline: number }[] {
  const op = block.steps.at(-1)?.op;
  if (op === undefined) return [];
  const { target, table, next, nextIt } = block;
  return [
    ...table.map((to) => ({ start: to, pipeline: afterBranch(op, to) })),
    ...target === undefined ? [] : [{ start: target, pipeline: afterBranch(op, target) }],
    ...next === undefined || nextIt !== 0 ? [] : [{ start: next, pipeline: op.after }],
  ];
}
