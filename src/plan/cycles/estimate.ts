/**
 * The static estimate of accesses: one walk over the module as it runs. Calls of kernels count by the
 * formulas of `kernel_accesses.ts`; loads and stores of bodies count once for each round of the loops
 * around them.
 *
 * What the walk cannot know: which arm of an `if` runs (both are counted), the rounds of a `while` and of
 * loops whose extent is no number (one is counted), and what a compiler keeps in registers (nothing).
 * Calls of functions that are neither kernels nor of the module count as one pass over each buffer, read and
 * written by bytes. Where one of these was met, the estimate names it.
 *
 * @module
 */
import type { CallExtern, Expr, IRModule, PrimFunc, Stmt, ValueType, Var } from "../../ir/types.ts";
import { MAIN } from "../../ir/types.ts";
import { childrenOf, expressionsOf, operandsOf, sizeOf } from "../../ir/visit.ts";
import { keyOf, type LiveBuffer } from "../liveness.ts";
import { pointerArgument } from "../timeline.ts";
import { type Accesses, addAccesses, NO_ACCESSES, scaleAccesses } from "./accesses.ts";
import { KERNEL_ACCESSES } from "./kernel_accesses.ts";

/** What a walk found. */
export interface Estimate {
  /** Accesses of one inference by name of the buffer. */
  readonly accesses: ReadonlyMap<string, Accesses>;
  /** What could only be guessed, a sentence each. */
  readonly notes: readonly string[];
}

/** A buffer, named by its allocate or by its place among the parameters. */
type Subject = string | number;

/** What a call does. */
interface Counts {
  readonly accesses: ReadonlyMap<Subject, Accesses>;
  /** Times that a function nobody knows goes over a buffer. */
  readonly passes: ReadonlyMap<Subject, number>;
}

interface Walk {
  readonly functions: ReadonlyMap<string, PrimFunc>;
  readonly rows: number;
  readonly known: Map<PrimFunc, Counts>;
  readonly notes: Set<string>;
}

/**
 * Estimates the accesses to all buffers of a module.
 *
 * @param module A module without recursion
 * @param buffers Its buffers, from `analyseLiveness`
 * @param core The core, whose registers decide how many rows of weights share a load
 * @returns Accesses by name, and what is guessed
 */
export function estimateAccesses(
  module: IRModule,
  buffers: readonly LiveBuffer[],
  core: string,
): Estimate {
  const walk: Walk = {
    functions: new Map(module.functions.map((func) => [func.name, func])),
    rows: core === "cortex-m0plus" ? 2 : 4,
    known: new Map(),
    notes: new Set(),
  };
  const main = walk.functions.get(MAIN);
  const counts = main === undefined ? undefined : countFunction(walk, main);
  return {
    accesses: new Map(buffers.map(({ name, func, node }) => {
      const key = keyOf(func, node);
      const bytes = sizeOf(node) * (counts?.passes.get(key) ?? 0);
      const passes = { reads: bytes, readBytes: bytes, writes: bytes, writeBytes: bytes };
      return [name, addAccesses(counts?.accesses.get(key) ?? NO_ACCESSES, passes)];
    })),
    notes: [...walk.notes],
  };
}

/** Accesses of one call: to its parameters by their places, to all buffers below it by their keys. */
function countFunction(walk: Walk, func: PrimFunc): Counts {
  const known = walk.known.get(func);
  if (known !== undefined) return known;
  const counts = new Map<Subject, Accesses>();
  const passes = new Map<Subject, number>();
  const scope = new Map<Var, Subject>(func.params.map((param, place) => [param, place]));
  const count = (subject: Subject | undefined, accesses: Accesses) => {
    if (subject === undefined) return;
    counts.set(subject, addAccesses(counts.get(subject) ?? NO_ACCESSES, accesses));
  };
  const pass = (subject: Subject | undefined, times: number) => {
    if (subject !== undefined) passes.set(subject, (passes.get(subject) ?? 0) + times);
  };
  const visit = (expr: Expr, times: number): void => {
    if (expr.kind === "call_extern") return visitCall(expr, times);
    // The address of an element is no access to it.
    if (expr.kind === "intrinsic" && expr.op === "address_of") {
      const [load] = expr.args;
      if (load?.kind === "load") { for (const index of load.indices) visit(index, times); }
      return;
    }
    if (expr.kind === "load") {
      const bytes = bytesOfType(expr.buffer.dtype);
      const lanes = lanesOf(expr.indices);
      count(scope.get(expr.buffer.data), {
        ...NO_ACCESSES,
        reads: times * lanes,
        readBytes: times * lanes * bytes,
      });
    }
    for (const operand of operandsOf(expr)) visit(operand, times);
  };
  const visitCall = (call: CallExtern, times: number): void => {
    const pointers = call.args.map((arg) => {
      const pointer = pointerArgument(arg);
      return pointer === undefined ? undefined : scope.get(pointer);
    });
    const callee = walk.functions.get(call.callee);
    if (callee !== undefined) {
      const inside = countFunction(walk, callee);
      const own = (subject: Subject) => typeof subject === "number" ? pointers[subject] : subject;
      for (const [subject, accesses] of inside.accesses) {
        count(own(subject), scaleAccesses(accesses, times));
      }
      for (const [subject, more] of inside.passes) pass(own(subject), more * times);
      return;
    }
    const formula = KERNEL_ACCESSES.get(call.callee);
    const scalars = call.args.flatMap((arg) => arg.kind === "int" ? [arg.value] : []);
    if (formula !== undefined) {
      formula({ scalars, rows: walk.rows }).forEach((accesses, place) =>
        count(pointers[place], scaleAccesses(accesses, times))
      );
      return;
    }
    const touched = new Set(pointers.filter((one) => one !== undefined));
    if (touched.size > 0) {
      walk.notes.add(
        `${call.callee} is taken to read and write each of its buffers once, by bytes`,
      );
    }
    for (const subject of touched) pass(subject, times);
  };
  // Nests of allocates are as deep as a function has buffers: no recursion.
  const waiting: { stmt: Stmt; times: number }[] = [{ stmt: func.body, times: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { stmt, times } = next;
    if (stmt.kind === "allocate" || stmt.kind === "allocate_const") {
      scope.set(stmt.buffer, keyOf(func, stmt));
    }
    for (const expr of expressionsOf(stmt)) visit(expr, times);
    if (stmt.kind === "let") {
      const pointer = pointerArgument(stmt.value);
      const subject = pointer === undefined ? undefined : scope.get(pointer);
      if (subject !== undefined) scope.set(stmt.variable, subject);
    }
    if (stmt.kind === "store") {
      const bytes = bytesOfType(stmt.buffer.dtype);
      const lanes = lanesOf(stmt.indices);
      count(scope.get(stmt.buffer.data), {
        ...NO_ACCESSES,
        writes: times * lanes,
        writeBytes: times * lanes * bytes,
      });
    }
    const rounds = roundsOf(walk, stmt, func);
    for (const child of childrenOf(stmt).toReversed()) {
      waiting.push({ stmt: child, times: times * rounds });
    }
  }
  const result = { accesses: counts, passes };
  walk.known.set(func, result);
  return result;
}

function roundsOf({ notes }: Walk, stmt: Stmt, func: PrimFunc): number {
  if (stmt.kind === "if") notes.add(`both arms of an if in ${func.name} are counted`);
  if (stmt.kind === "while") notes.add(`one round of a while in ${func.name} is counted`);
  if (stmt.kind !== "for") return 1;
  if (stmt.extent.kind === "int") return Math.max(0, stmt.extent.value);
  notes.add(`one round of the loop over ${stmt.variable.name} in ${func.name} is counted`);
  return 1;
}

/** Elements that an index means: a ramp as the last one means several. */
function lanesOf(indices: readonly Expr[]): number {
  const last = indices.at(-1);
  if (last?.kind !== "intrinsic" || last.op !== "Ramp") return 1;
  const lanes = last.args[2];
  return lanes?.kind === "int" ? lanes.value : 1;
}

/** Bytes of an element of a buffer. */
function bytesOfType(dtype: ValueType): number {
  const bits = /(\d+)/.exec(dtype)?.[1];
  return bits === undefined ? 1 : Math.max(1, Number(bits) / 8);
}
