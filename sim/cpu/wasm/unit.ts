/**
 * Compiles the blocks of a unit to one WebAssembly function. Loops and branches between the blocks are
 * loops and branches there; guest registers are locals; cycles, new lines of code and wide instructions
 * are added up in one local, by one constant for each block and edge. A unit is left through numbered
 * exits, each of which says in a table what is not in the locals: where to go on, and what part of a
 * block has been counted but not executed.
 *
 * An edge is taken only if the budget covers the whole block behind it, so that limits are exact.
 *
 * @module
 */
import type { TranslationMemory } from "../../types.ts";
import { encodeModule, W } from "../../wasm/encoder.ts";
import { Emitter, FLOAT, L, LOCALS, pack, STATE } from "./emitter.ts";
import { usesDoubles } from "./float.ts";
import {
  afterBranch,
  type Block,
  costOf,
  findBlocks,
  keyOf,
  type Lookup,
  successorsOf,
} from "./graph.ts";
import { branchKind, emitCondition, emitInstruction } from "./instructions.ts";
import { type Placed, SELECT, structure } from "./structure.ts";
import { type WorstCase, worstCaseOf } from "./worst_case.ts";

/** One way out of a unit. */
export interface Exit {
  /** Where to go on; undefined if the state area has it. */
  readonly pc: number | undefined;
  /** ITSTATE there. */
  readonly it: number;
  /** State of the pipeline there. */
  readonly pipeline: number;
  /** If `pc` is undefined: the address where it is `pipelineNext` instead. */
  readonly next: number;
  /** See `next`. */
  readonly pipelineNext: number;
  /** To be taken from the instructions counted. */
  readonly instructions: number;
  /** To be added to the core cycles. */
  readonly core: number;
  /** To be taken from the new lines. */
  readonly lines: number;
  /** To be taken from the wide instructions. */
  readonly wide: number;
  /** True if the instruction there has been fetched, but not executed. */
  readonly fetched: boolean;
  /** The halfword fetched last. */
  readonly last: number;
}

/** Translated code. */
export interface Unit {
  /** Address of its first instruction. */
  readonly entry: number;
  /** State of the pipeline there. */
  readonly pipeline: number;
  /** Instructions of its first block: the least budget. */
  readonly first: number;
  /** The most cycles that it can take. */
  readonly worst: WorstCase;
  /** Index of its function. */
  readonly fn: number;
  /** Window of its code. */
  readonly row: number;
  /** True if there is floating point in it. */
  readonly usesFloat: boolean;
  /** Ways out. */
  readonly exits: readonly Exit[];
  /** Addresses of all instructions that it stands for, `[from, to)` for each block. */
  readonly ranges: readonly (readonly [number, number])[];
  /** Runs it with a budget; gives the number of the exit. */
  readonly run: (budget: number) => number;
}

/** What compiling needs. */
export interface Compiler {
  readonly memory: TranslationMemory;
  readonly lookup: Lookup;
  /** Cost of an instruction whose IT condition fails. */
  readonly predicatedOut: number;
  /** Adds the cost of a division, signed and unsigned. */
  readonly divide: readonly [(n: number, d: number) => void, (n: number, d: number) => void];
}

/** Jump targets of the structured code: where a block's label is. */
interface Label {
  readonly block: number;
  readonly depth: number;
}

/** Level of the block around everything, which exits leave. */
const OUTSIDE = 0;

class UnitCompiler {
  readonly exits: Exit[] = [];
  readonly #compiler: Compiler;
  readonly #blocks: ReadonlyMap<number, Block>;
  readonly #placed: ReadonlyMap<number, Placed>;
  readonly #selected: readonly number[];
  readonly #irreducible: (from: number, to: number) => boolean;
  readonly #row: number;
  readonly #emitter: Emitter;
  readonly #counted: boolean;
  #block: Block;
  #index = 0;
  #labels: readonly Label[] = [];

  constructor(compiler: Compiler, entry: Block, blocks: ReadonlyMap<number, Block>) {
    const { memory } = compiler;
    this.#compiler = compiler;
    this.#blocks = blocks;
    this.#block = entry;
    this.#row = memory.codeRow(entry.start);
    this.#counted = memory.fetchWait(this.#row) !== 0;
    const step = entry.steps[0];
    if (step === undefined) throw new Error("a block without instructions");
    this.#emitter = new Emitter(memory, step.op, () => this.#leaveIf());
    this.#emitter.floatsInMemory = [...blocks.values()].some(({ steps }) =>
      steps.some(({ op }) => usesDoubles(op.exec))
    );
    const successors = (block: number): number[] => {
      const from = blocks.get(block);
      if (from === undefined) return [];
      return successorsOf(from).map(({ start, pipeline }) => keyOf(start, pipeline))
        .filter((key) => blocks.has(key));
    };
    const { placed, selected, irreducible } = structure(entry.key, successors);
    this.#placed = placed;
    this.#selected = selected;
    this.#irreducible = irreducible;
  }

  /** True if there is floating point; known once it is compiled. */
  get usesFloat(): boolean {
    return this.#emitter.usesFloat;
  }

  /** The function's code. */
  compile(): Emitter["code"] {
    const { code } = this.#emitter;
    const entry = this.#block;
    code.open(W.block);
    code.get(L.left).i32(entry.steps.length).op(W.sub).set(L.left);
    code.i64(pack(entry.core, entry.lines, entry.wide)).set(L.costs);
    this.#tree(this.#selected.length > 0 ? SELECT : entry.key);
    code.op(W.unreachable).end();
    const body = code.bytes.splice(0);
    const { state } = this.#compiler.memory;
    const { used, written } = this.#emitter;
    for (const local of used) {
      code.i32(0).memory(local >= L.s0 ? W.loadF : W.load, state + placeOf(local));
      if (local === L.v) code.i32(31).op(W.shl);
      code.set(local);
    }
    for (const byte of body) code.bytes.push(byte);
    for (const local of written) {
      code.i32(0).get(local);
      if (local === L.v) code.i32(31).op(W.shrU);
      code.memory(local >= L.s0 ? W.storeF : W.store, state + placeOf(local));
    }
    code.i32(0).get(L.left).memory(W.store, state + STATE.left);
    code.i32(0).get(L.costs).memory(W.store64, state + STATE.costs);
    code.get(L.exit);
    return code;
  }

  #tree(key: number): void {
    const placed = this.#placed.get(key);
    if (placed === undefined) return;
    const { code } = this.#emitter;
    const outer = this.#labels;
    if (placed.loop) {
      this.#labels = [...outer, { block: key, depth: code.depth }];
      code.open(W.loop);
    }
    this.#within(key, placed.merges);
    if (placed.loop) code.end();
    this.#labels = outer;
  }

  #within(key: number, merges: readonly number[]): void {
    const [behind, ...rest] = merges;
    if (behind === undefined) {
      this.#body(key);
      return;
    }
    const { code } = this.#emitter;
    const outer = this.#labels;
    this.#labels = [...outer, { block: behind, depth: code.depth }];
    code.open(W.block);
    this.#within(key, rest);
    code.end();
    this.#labels = outer;
    this.#tree(behind);
  }

  /** Goes to the selected block: the one whose index is in the local of exits, at first the entry. */
  #select(): void {
    const { code } = this.#emitter;
    const [entry, ...others] = this.#selected;
    others.forEach((key, index) => {
      code.get(L.exit).i32(index + 1).op(W.eq).open(W.if);
      this.#jump(SELECT, key);
      code.end();
    });
    if (entry !== undefined) this.#jump(SELECT, entry);
  }

  /** Goes to a block that the structure lets another one reach. */
  #jump(from: number, key: number): void {
    const { code } = this.#emitter;
    const order = this.#placed.get(from)?.order ?? 0;
    const placed = this.#placed.get(key);
    if (placed === undefined) return;
    if (placed.order > order && !placed.merge) {
      this.#tree(key);
      return;
    }
    const label = this.#labels.findLast(({ block }) => block === key);
    if (label === undefined) throw new Error("a jump to a block that is not around it");
    code.br(label.depth);
  }

  #body(key: number): void {
    if (key === SELECT) {
      this.#select();
      return;
    }
    const block = this.#blocks.get(key);
    if (block === undefined) return;
    const emitter = this.#emitter;
    const { code } = emitter;
    const outer = this.#block;
    this.#block = block;
    emitter.compared = false;
    emitter.checked = FLOAT.inactive;
    block.steps.forEach(({ op, it }, index) => {
      this.#index = index;
      emitter.op = op;
      const ends = branchKind(op) !== "none";
      if (it === 0) {
        emitInstruction(emitter, op);
        if (ends) this.#branch();
        return;
      }
      const { changes, checked } = emitter;
      emitter.condition(it >>> 4);
      code.open(W.if);
      emitInstruction(emitter, op);
      if (ends) this.#branch();
      const difference = this.#compiler.predicatedOut - op.cost;
      if (difference !== 0) {
        code.op(W.else);
        this.#add(BigInt(difference));
      }
      code.end();
      if (emitter.changes !== changes) emitter.compared = false;
      emitter.checked = checked;
    });
    if (block.next !== undefined) {
      this.#edge(block.next, 0, block.nextIt, emitter.op.after);
    }
    this.#block = outer;
  }

  /** The branch at the end of a block, when its condition in an IT block holds. */
  #branch(): void {
    const emitter = this.#emitter;
    const { op } = emitter;
    const { code } = emitter;
    switch (branchKind(op)) {
      case "direct":
        this.#edge(op.i, op.taken, 0, afterBranch(op, op.i));
        break;
      case "conditional":
        emitCondition(emitter, op);
        this.#edgeIf(op.i);
        break;
      default:
        for (const to of this.#block.table) {
          code.get(L.t0).i32(to).op(W.eq);
          this.#edgeIf(to);
        }
        code.i32(0).get(L.t0).i32(-2).op(W.and);
        code.memory(W.store, this.#compiler.memory.state + STATE.pc);
        this.#leave({
          pc: undefined,
          core: op.taken,
          pipeline: op.afterTaken,
          next: op.next,
          pipelineNext: op.after,
        });
    }
  }

  /** Goes where the instruction branches to if the value on the stack is not 0. */
  #edgeIf(to: number): void {
    const emitter = this.#emitter;
    const { code, compared, op } = emitter;
    const block = this.#block;
    const index = this.#index;
    code.open(W.if);
    this.#edge(to, op.taken, 0, afterBranch(op, to));
    code.end();
    this.#block = block;
    this.#index = index;
    emitter.compared = compared;
    emitter.op = op;
  }

  #add(costs: bigint): void {
    if (costs === 0n) return;
    this.#emitter.code.get(L.costs).i64(costs).op(W.add64).set(L.costs);
  }

  /** Goes on in another block, or leaves the unit. */
  #edge(to: number, taken: number, it: number, pipeline: number): void {
    const { code } = this.#emitter;
    const from = this.#block;
    const key = keyOf(to, pipeline);
    const target = this.#blocks.get(key);
    const placed = this.#placed.get(key);
    if (target === undefined || placed === undefined || it !== 0) {
      this.#leave({ pc: to, it, core: taken, pipeline });
      return;
    }
    const size = target.steps.length;
    code.get(L.left).i32(size).op(W.sub).tee(L.left).i32(0).op(W.ltS).open(W.if);
    this.#leave({ pc: to, core: taken, instructions: size, pipeline });
    code.end();
    const mask = this.#compiler.memory.lineMask(this.#row);
    const held = this.#counted && (from.last & mask) === (to & mask) ? 1 : 0;
    this.#add(pack(target.core + taken, target.lines - held, target.wide));
    if (this.#irreducible(from.key, key)) {
      code.i32(this.#selected.indexOf(key)).set(L.exit);
      this.#jump(from.key, SELECT);
    } else this.#jump(from.key, key);
    this.#block = from;
  }

  #leave(exit: Partial<Exit> & Pick<Exit, "pc">): void {
    const { code } = this.#emitter;
    const complete: Exit = {
      it: 0,
      pipeline: 0,
      next: 0,
      pipelineNext: 0,
      instructions: 0,
      core: 0,
      lines: 0,
      wide: 0,
      fetched: false,
      last: this.#block.last,
      ...exit,
    };
    code.i32(this.exits.length).set(L.exit).br(OUTSIDE);
    this.exits.push(complete);
  }

  /** Leaves before the current instruction, which has been fetched, if the value on the stack is not 0. */
  #leaveIf(): void {
    const { code } = this.#emitter;
    const { steps } = this.#block;
    const step = steps[this.#index];
    if (step === undefined) return;
    const { memory } = this.#compiler;
    const { op, it, pipeline } = step;
    const rest = costOf(steps, this.#index + 1, memory, this.#row);
    code.open(W.if);
    this.#leave({
      pc: op.address,
      it,
      pipeline,
      instructions: steps.length - this.#index,
      core: -(rest.core + op.cost),
      lines: rest.lines,
      wide: rest.wide,
      fetched: true,
      last: op.address + op.size - 2,
    });
    code.end();
  }
}

/** Place of a local in the state area. */
function placeOf(local: number): number {
  if (local >= L.s0) return STATE.fp + (local - L.s0) * 4;
  return local < L.n ? (local - L.r0) * 4 : STATE.n + (local - L.n) * 4;
}

/**
 * Compiles the unit that starts at an address.
 *
 * @param entry Address of an instruction
 * @param pipeline State of the pipeline there
 * @param compiler What it needs
 * @returns undefined if the first instruction cannot be translated
 */
export function compileUnit(
  entry: number,
  pipeline: number,
  compiler: Compiler,
): Unit | undefined {
  const { memory } = compiler;
  const blocks = findBlocks(entry, pipeline, compiler.lookup, memory);
  const first = blocks.get(keyOf(entry, pipeline));
  const fn = first?.steps[0]?.op.fn;
  if (first === undefined || fn === undefined) return undefined;
  const unit = new UnitCompiler(compiler, first, blocks);
  const code = unit.compile();
  const float = unit.usesFloat ? LOCALS : { floats: 0, doubles: 0 };
  const [s, u] = compiler.divide;
  const functions = {
    s,
    u,
    ...memory.model !== undefined && { r: memory.model.read, w: memory.model.write },
  };
  const locals = { ...LOCALS, floats: float.floats, doubles: float.doubles };
  const module = new WebAssembly.Module(encodeModule(code, locals, Object.keys(functions)));
  const instance = new WebAssembly.Instance(module, { e: { m: memory.memory, ...functions } });
  return {
    entry,
    pipeline,
    first: first.steps.length,
    worst: worstCaseOf(blocks),
    fn,
    row: memory.codeRow(entry),
    usesFloat: unit.usesFloat,
    exits: unit.exits,
    ranges: [...blocks.values()].map(({ start, last }) => [start, last + 2] as const),
    run: instance.exports["f"] as (budget: number) => number,
  };
}
