/**
 * Which operators may write their result over an input: those that read each element of the input for the
 * last time before, or just when, they write the element of the output at the same place. Known of
 * kernels by name, proved of bodies in the IR: a nest of loops around one store whose value loads
 * the input nowhere but at the index of the store, and that comes to no index twice.
 *
 * Here stands what an operator can do. Whether the input is read later, and whether both are of one size and
 * for the same pools, is decided where lifetimes are known (`wishes.ts`), and once more by the validator.
 *
 * @module
 */
import { type CallExtern, type Expr, type IRModule, MAIN, type PrimFunc } from "../ir/types.ts";
import type { BufferLoad, BufferStore, For, Var } from "../ir/types.ts";
import { operandsOf, statementsOf } from "../ir/visit.ts";
import type { LiveBuffer } from "./liveness.ts";
import type { BufferPair } from "./types.ts";

/** Positions of an input and of the output that may be written over it. */
type Positions = readonly (readonly [input: number, output: number])[];

/**
 * Kernels of `src/firmware/kernels` that may work in place. Addition and copy go element by element; softmax
 * reads a row whole for its maximum and its sum, and then each element before it writes it.
 */
const KERNELS: ReadonlyMap<string, Positions> = new Map([
  ["pinmap_add_s8", [[0, 2], [1, 2]]],
  ["pinmap_copy_s8", [[0, 1]]],
  ["pinmap_softmax_s8", [[0, 1]]],
]);

/**
 * Finds inputs that the operators of a module may write over.
 *
 * @param module A module with a `__tvm_main__`
 * @param buffers Its buffers, with lifetimes
 * @returns Names of input and output, in the order of the calls
 */
export function inPlacePairs(
  module: IRModule,
  buffers: readonly LiveBuffer[],
): readonly BufferPair[] {
  const functions = new Map(module.functions.map((func) => [func.name, func]));
  const main = functions.get(MAIN);
  if (main === undefined) return [];
  const names = new Map<Expr, string>(
    buffers.filter(({ func }) => func.name === MAIN).map(({ node, name }) => [node.buffer, name]),
  );
  const known = new Map<string, Positions>();
  const positionsOf = (callee: string): Positions => {
    const func = functions.get(callee);
    const found = known.get(callee) ??
      (func === undefined ? KERNELS.get(callee) ?? [] : positionsOfBody(func));
    known.set(callee, found);
    return found;
  };
  return statementsOf(main.body).flatMap((stmt) => {
    if (stmt.kind !== "evaluate" || stmt.value.kind !== "call_extern") return [];
    const { callee, args } = stmt.value;
    return pairsOf(args, positionsOf(callee)).flatMap(([input, output]): BufferPair[] => {
      const [a, b] = [names.get(input), names.get(output)];
      return a === undefined || b === undefined ? [] : [[a, b]];
    });
  });
}

/** Arguments at the positions; none that also stands where it must not change. */
function pairsOf(args: readonly Expr[], positions: Positions): readonly (readonly [Expr, Expr])[] {
  return positions.flatMap(([input, output]) => {
    const [a, b] = [args[input], args[output]];
    if (a === undefined || b === undefined || a === b) return [];
    // Both inputs may be one buffer; it is one pair.
    if (positions.some(([x, y]) => x < input && y === output && args[x] === a)) return [];
    const fine = args.every((arg, at) =>
      at === input || at === output || (arg !== b &&
        (arg !== a || positions.some(([x, y]) => x === at && y === output)))
    );
    return fine ? [[a, b] as const] : [];
  });
}

/** Parameters of a function that does nothing but call one kernel, or store in loops. */
function positionsOfBody(func: PrimFunc): Positions {
  const statements = statementsOf(func.body);
  const [effect, ...others] = statements.filter(({ kind }) =>
    kind !== "seq" && kind !== "for" && kind !== "decl_buffer" && kind !== "attr" &&
    kind !== "allocate_const"
  );
  if (effect === undefined || others.length > 0) return [];
  const at = (one: Expr): number => func.params.findIndex((param) => param === one);
  if (effect.kind === "evaluate" && effect.value.kind === "call_extern") {
    return ofKernel(effect.value, at);
  }
  if (effect.kind !== "store") return [];
  const loops = statements.filter((stmt): stmt is For => stmt.kind === "for");
  return ofStore(effect, loops, at);
}

function ofKernel({ callee, args }: CallExtern, at: (one: Expr) => number): Positions {
  return pairsOf(args, KERNELS.get(callee) ?? []).flatMap(([a, b]) => {
    const [input, output] = [at(a), at(b)];
    return input < 0 || output < 0 ? [] : [[input, output] as const];
  });
}

function ofStore(store: BufferStore, loops: readonly For[], at: (one: Expr) => number): Positions {
  const output = at(store.buffer.data);
  const loads = loadsIn(store.value);
  if (output < 0 || loads === undefined || !comesToNoIndexTwice(store, loops)) return [];
  const inputs = [...new Set(loads.map(({ buffer }) => at(buffer.data)))];
  return inputs.filter((input) =>
    input >= 0 && input !== output &&
    loads.filter(({ buffer }) => at(buffer.data) === input).every((load) => isAligned(load, store))
  ).map((input) => [input, output]);
}

/** All loads of a value; nothing if it calls or loads in a way that is not looked into. */
function loadsIn(value: Expr): readonly BufferLoad[] | undefined {
  const loads: BufferLoad[] = [];
  const waiting: Expr[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.kind === "call_extern" || next.kind === "string") return undefined;
    // A pointer that is passed on, or taken, could be read anywhere.
    if (next.kind === "var" && next.dtype === "handle") return undefined;
    if (next.kind === "load") loads.push(next);
    waiting.push(...operandsOf(next));
  }
  return loads;
}

/** Whether a load reads the bytes that the store writes. */
function isAligned(load: BufferLoad, store: BufferStore): boolean {
  return load.buffer.dtype === store.buffer.dtype &&
    load.buffer.shape.join() === store.buffer.shape.join() &&
    load.indices.length === store.indices.length &&
    load.indices.every((index, i) => isSame(index, store.indices[i]));
}

function isSame(a: Expr | undefined, b: Expr | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.kind === "var" || b.kind === "var") return a === b;
  if (a.kind === "int" && b.kind === "int") return a.value === b.value;
  if (a.kind === "binary" && b.kind === "binary") {
    return a.op === b.op && isSame(a.a, b.a) && isSame(a.b, b.b);
  }
  return false;
}

/**
 * Whether each round of the loops stores at another index: the flat index is a sum of counters times
 * numbers in which each counter of more than one round outweighs all smaller ones.
 */
function comesToNoIndexTwice(store: BufferStore, loops: readonly For[]): boolean {
  const extents = new Map<Var, number>();
  for (const { variable, min, extent, forKind } of loops) {
    if (forKind !== "serial" && forKind !== "unrolled") return false;
    if (min.kind !== "int" || extent.kind !== "int") return false;
    extents.set(variable, extent.value);
  }
  const factors = new Map<Var, number>();
  let stride = 1;
  for (let dim = store.indices.length - 1; dim >= 0; dim--) {
    const index = store.indices[dim];
    if (index === undefined || !addTerms(index, stride, factors)) return false;
    stride *= store.buffer.shape[dim] ?? 1;
  }
  if ([...factors.keys()].some((variable) => !extents.has(variable))) return false;
  const terms = [...extents].filter(([, extent]) => extent > 1)
    .map(([variable, extent]) => ({ factor: factors.get(variable) ?? 0, extent }))
    .sort((a, b) => a.factor - b.factor);
  let reach = 0;
  return terms.every(({ factor, extent }) => {
    if (factor <= reach) return false;
    reach += factor * (extent - 1);
    return true;
  });
}

/** Adds a sum of counters times positive numbers to the factors; false if it is none. */
function addTerms(index: Expr, factor: number, factors: Map<Var, number>): boolean {
  if (index.kind === "int") return true;
  if (index.kind === "var") {
    factors.set(index, (factors.get(index) ?? 0) + factor);
    return true;
  }
  if (index.kind !== "binary") return false;
  const { op, a, b } = index;
  if (op === "+") return addTerms(a, factor, factors) && addTerms(b, factor, factors);
  if (op !== "*") return false;
  if (b.kind === "int" && b.value > 0) return addTerms(a, factor * b.value, factors);
  return a.kind === "int" && a.value > 0 && addTerms(b, factor * a.value, factors);
}
