/**
 * Lifetimes: from the first to the last statement that mentions a buffer, inside operators too, as
 * TVM's extract_buffer_info does it.
 *
 * Time is a count of statements as the network runs them. A call of a function of the module is the
 * statements of that function, its arguments are other names of the caller's buffers; any other call is
 * one statement. A buffer read last and one written first in the same statement overlap. What the host
 * touches is live outside the network: inputs from statement 0 on, outputs until the end.
 *
 * A buffer from outside a loop that the loop touches is live in the whole loop, since the next round may
 * need what this one wrote; one that is allocated inside begins anew in each round. The arms of an `if` come one
 * after the other, so buffers of different arms share memory. In a parallel loop each round would need a
 * buffer of its own, at whatever depth it is allocated: that is refused. (TVM asks for the innermost
 * loop only and plans one buffer for all.)
 *
 * @module
 */
import { InputError } from "../base/error.ts";
import { closest } from "../base/units.ts";
import { type CallExtern, type Expr, type IRModule, MAIN, type PrimFunc } from "../ir/types.ts";
import type { Var } from "../ir/types.ts";
import { verifyModule } from "../ir/verify.ts";
import { allocationsOf, type AnyAllocate } from "../ir/visit.ts";
import { callsInside, pointerArgument, pointersIn, type Step, stepsOf } from "./timeline.ts";
import type { BufferInfo, Interval } from "./types.ts";

/** A buffer of the module with what running it shows. */
export interface LiveBuffer {
  /** Name of the variable; a later one of the same name in another function gets `_2`, `_3`, …. */
  readonly name: string;
  /** Function whose allocate it is. */
  readonly func: PrimFunc;
  /** The allocate. */
  readonly node: AnyAllocate;
  /** A variable or a parameter. */
  readonly kind: "workspace" | "constant";
  /** The network's input or output, if it is one. */
  readonly role: BufferInfo["role"];
  /** The allocate's function and all that mention the buffer, by name. */
  readonly users: readonly string[];
  /** Whether a statement mentions it. An unused buffer is live where it is defined. */
  readonly used: boolean;
  /** In order, disjoint: one for each time that its function runs. */
  readonly intervals: readonly Interval[];
}

/** What a walk over a module gives. */
export interface Liveness {
  /** All allocates in the module's order. */
  readonly buffers: readonly LiveBuffer[];
  /** Name of the function that each statement is in. */
  readonly statements: readonly string[];
}

/** More than any network has; calls of calls of calls can multiply without end. */
const MAX_STEPS = 1_000_000;
const MAX_CALL_DEPTH = 1000;

interface Entry {
  readonly func: PrimFunc;
  readonly node: AnyAllocate;
  readonly users: Set<string>;
  readonly intervals: { first: number; last: number }[];
  used: boolean;
}

interface Activation {
  readonly entry: Entry;
  readonly defined: number;
  /** Loops that are open where the buffer begins: only loops inside these repeat its uses. */
  readonly depth: number;
  first: number | undefined;
  last: number;
}

/** A loop that is open. */
interface OpenLoop {
  readonly name: string;
  readonly parallel: boolean;
  /** Its first statement. */
  readonly first: number;
  /** Buffers from outside that it touches. */
  readonly touched: Set<Activation>;
}

interface Walk {
  readonly functions: ReadonlyMap<string, PrimFunc>;
  readonly steps: Map<PrimFunc, readonly Step[]>;
  /** Open loops of all functions that are being called, the innermost last. */
  readonly loops: OpenLoop[];
  readonly entries: Map<string, Entry>;
  readonly statements: string[];
  readonly calling: string[];
  readonly visited: Set<string>;
  taken: number;
}

type Scope = Map<Var, Activation | undefined>;

/**
 * Finds when each buffer of a module is live, and which functions touch it.
 *
 * Functions that `__tvm_main__` never reaches are numbered after it, so that their buffers have a place
 * too.
 *
 * @param module A module with a `__tvm_main__`
 * @returns Buffers and statements
 * @throws {UsageError} If the module is malformed (E-IR-…)
 * @throws {InputError} If there is no main (E-PLAN-MAIN), functions call each other in a circle
 *   (E-PLAN-RECURSION), a call has too few or too many arguments (E-PLAN-CALL), a buffer is allocated in a
 *   parallel loop (E-PLAN-PARALLEL), or the calls multiply to more than a million statements
 *   (E-PLAN-STATEMENTS)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { moduleBuilder } from "../ir/mod.ts";
 * import { analyseLiveness } from "./liveness.ts";
 *
 * const net = moduleBuilder("net");
 * const main = net.main();
 * const a = main.allocate("a", "int8", [8]);
 * const b = main.allocate("b", "int8", [8]);
 * main.call("produce", [a]).call("convert", [a, b]);
 * const { buffers } = analyseLiveness(net.build());
 * assertEquals(buffers.map((buffer) => buffer.intervals), [
 *   [{ first: 0, last: 1 }],
 *   [{ first: 1, last: 1 }],
 * ]);
 * ```
 */
export function analyseLiveness(module: IRModule): Liveness {
  verifyModule(module);
  const walk: Walk = {
    functions: new Map(module.functions.map((func) => [func.name, func])),
    steps: new Map(),
    loops: [],
    entries: new Map(),
    statements: [],
    calling: [],
    visited: new Set(),
    taken: 0,
  };
  const main = walk.functions.get(MAIN);
  if (main === undefined) throw noMain(module);
  for (const func of module.functions) {
    for (const node of allocationsOf(func)) {
      const entry = { func, node, users: new Set([func.name]), intervals: [], used: false };
      walk.entries.set(keyOf(func, node), entry);
    }
  }
  enter(walk, main, []);
  const mainEnd = Math.max(0, walk.statements.length - 1);
  // Unreached functions that nobody calls come first: the others are visited through them.
  for (const func of notCalledBy(module)) if (!walk.visited.has(func.name)) enter(walk, func, []);
  for (const func of module.functions) if (!walk.visited.has(func.name)) enter(walk, func, []);
  const end = Math.max(0, walk.statements.length - 1);
  const taken = new Set<string>();
  const buffers = [...walk.entries.values()].map((entry) => ({
    name: uniqueName(entry.node.buffer.name, taken),
    func: entry.func,
    node: entry.node,
    kind: kindOf(entry.node),
    role: roleOf(entry.node),
    users: [...entry.users],
    used: entry.used,
    intervals: lifetimeOf(entry, mainEnd, end),
  }));
  return { buffers, statements: walk.statements };
}

/** Identifies an allocate in its module: names are unique within a function. */
export function keyOf(func: PrimFunc, node: AnyAllocate): string {
  return `${func.name}/${node.buffer.name}`;
}

/** Runs a function once: numbers its statements and closes the lifetimes of its own buffers. */
function enter(walk: Walk, func: PrimFunc, args: readonly (Activation | undefined)[]): void {
  if (walk.calling.includes(func.name)) throw recursion([...walk.calling, func.name]);
  if (walk.calling.length >= MAX_CALL_DEPTH) throw tooMany(`${MAX_CALL_DEPTH} nested calls`, func);
  walk.calling.push(func.name);
  walk.visited.add(func.name);
  const scope: Scope = new Map(func.params.map((param, i) => [param, args[i]]));
  const own: Activation[] = [];
  for (const step of stepsIn(walk, func)) {
    if (++walk.taken > MAX_STEPS) throw tooMany(`${MAX_STEPS} statements`, func);
    switch (step.kind) {
      case "allocate": {
        const activation = begin(walk, func, step.node);
        if (activation === undefined) break;
        scope.set(step.node.buffer, activation);
        own.push(activation);
        break;
      }
      case "run":
        runStatement(walk, func, step, scope);
        break;
      case "alias": {
        const pointer = pointerArgument(step.value);
        scope.set(step.variable, pointer === undefined ? undefined : scope.get(pointer));
        break;
      }
      case "loop": {
        const { name, parallel } = step;
        walk.loops.push({ name, parallel, first: walk.statements.length, touched: new Set() });
        break;
      }
      case "end":
        endLoop(walk);
    }
  }
  for (const activation of own) close(activation);
  walk.calling.pop();
}

function begin(walk: Walk, func: PrimFunc, node: AnyAllocate): Activation | undefined {
  const entry = walk.entries.get(keyOf(func, node));
  if (entry === undefined) return undefined;
  const parallel = walk.loops.find((loop) => loop.parallel);
  if (parallel !== undefined && node.kind === "allocate") {
    throw new InputError(
      "E-PLAN-PARALLEL",
      `Cannot place buffer "${node.buffer.name}" of function "${func.name}": it is allocated inside the parallel loop "${parallel.name}", each round of which needs a buffer of its own`,
      {
        hints: [
          "Let the rounds run one after the other: T.serial, or --serial-loops",
          "Or allocate it outside of the loop with an extent for the rounds",
        ],
        data: { buffer: node.buffer.name, loop: parallel.name },
      },
    );
  }
  const defined = walk.statements.length;
  return { entry, defined, depth: walk.loops.length, first: undefined, last: 0 };
}

/** Whatever a round touched may be needed in the next one: it is live until the loop ends. */
function endLoop(walk: Walk): void {
  const loop = walk.loops.pop();
  const last = walk.statements.length - 1;
  for (const activation of loop?.touched ?? []) activation.last = Math.max(activation.last, last);
}

/** One statement; calls inside its expressions are statements of their own that run before. */
function runStatement(
  walk: Walk,
  func: PrimFunc,
  { exprs, written }: Pick<Step & { kind: "run" }, "exprs" | "written">,
  scope: Scope,
): void {
  for (const expr of exprs) for (const call of callsInside(expr)) runOne(walk, func, call, scope);
  const [only] = exprs;
  if (exprs.length === 1 && written === undefined && only?.kind === "call_extern") {
    return runOne(walk, func, only, scope);
  }
  const calls = exprs.filter((expr) => expr.kind === "call_extern");
  for (const call of calls) runOne(walk, func, call, scope);
  const rest = exprs.filter((expr) => expr.kind !== "call_extern");
  const pointers = rest.flatMap(pointersIn);
  touch(walk, func, written === undefined ? pointers : [...pointers, written.data], scope);
}

/** A call: the statements of a function of the module, or one statement. */
function runOne(walk: Walk, func: PrimFunc, call: CallExtern, scope: Scope): void {
  const callee = walk.functions.get(call.callee);
  if (callee === undefined) return touch(walk, func, pointersIn(call), scope);
  checkArguments(func, call, callee);
  // Passing a buffer to a function of the module is no use of it; what that does with it is.
  const values = call.args.filter((arg) => pointerArgument(arg) === undefined).flatMap(pointersIn);
  if (values.length > 0) touch(walk, func, values, scope);
  enter(
    walk,
    callee,
    call.args.map((arg) => {
      const pointer = pointerArgument(arg);
      return pointer === undefined ? undefined : scope.get(pointer);
    }),
  );
}

/** Counts a statement that mentions these pointers. */
function touch(walk: Walk, func: PrimFunc, pointers: readonly Var[], scope: Scope): void {
  const now = walk.statements.length;
  walk.statements.push(func.name);
  for (const pointer of pointers) {
    const activation = scope.get(pointer);
    if (activation !== undefined) use(walk, activation, now, func);
  }
}

/** TVM's `cpacked` calls pass a resource handle after the arguments. */
function checkArguments(func: PrimFunc, expr: CallExtern, callee: PrimFunc): void {
  const extra = expr.args.length - callee.params.length;
  if (extra === 0 || (extra === 1 && expr.convention === "cpacked")) return;
  throw new InputError(
    "E-PLAN-CALL",
    `Cannot follow the call of "${callee.name}" in "${func.name}": it has ${expr.args.length} arguments, ${callee.params.length} are needed`,
  );
}

function use(walk: Walk, activation: Activation, now: number, func: PrimFunc): void {
  const loop = walk.loops[activation.depth];
  loop?.touched.add(activation);
  activation.first = Math.min(activation.first ?? now, loop?.first ?? now);
  activation.last = now;
  activation.entry.used = true;
  activation.entry.users.add(func.name);
}

/** Ends an activation; an interval that touches the one before it in the same statement is joined. */
function close({ entry, defined, first, last }: Activation): void {
  const interval = first === undefined ? { first: defined, last: defined } : { first, last };
  const previous = entry.intervals.at(-1);
  if (previous !== undefined && interval.first <= previous.last) {
    previous.last = Math.max(previous.last, interval.last);
  } else {
    entry.intervals.push(interval);
  }
}

/** Adds what the host does with inputs and outputs; keeps all within the statements that exist. */
function lifetimeOf(entry: Entry, mainEnd: number, end: number): readonly Interval[] {
  if (entry.node.kind === "allocate_const") return [{ first: 0, last: end }];
  const inside = entry.intervals.filter(({ first }) => first <= end);
  const first = inside[0]?.first ?? end;
  const last = inside.at(-1)?.last ?? end;
  const { input, output } = hostUse(entry.node);
  if (input && output) return [{ first: 0, last: Math.max(last, mainEnd) }];
  if (input) return [{ first: 0, last: entry.used ? last : 0 }];
  if (output) {
    return [{ first: entry.used ? first : mainEnd, last: Math.max(last, mainEnd) }];
  }
  return inside.length > 0 ? inside : [{ first: end, last: end }];
}

function hostUse(node: AnyAllocate): { readonly input: boolean; readonly output: boolean } {
  return {
    input: Object.hasOwn(node.annotations, "input_tensor"),
    output: Object.hasOwn(node.annotations, "output_tensor"),
  };
}

function roleOf(node: AnyAllocate): BufferInfo["role"] {
  const { input, output } = hostUse(node);
  return input ? "input" : output ? "output" : undefined;
}

function kindOf(node: AnyAllocate): "workspace" | "constant" {
  return node.kind === "allocate_const" ? "constant" : "workspace";
}

function stepsIn(walk: Walk, func: PrimFunc): readonly Step[] {
  const known = walk.steps.get(func);
  if (known !== undefined) return known;
  const steps = stepsOf(func.body);
  walk.steps.set(func, steps);
  return steps;
}

function notCalledBy(module: IRModule): readonly PrimFunc[] {
  const called = new Set<string>();
  const visit = (expr: Expr): void => {
    if (expr.kind === "call_extern") called.add(expr.callee);
    for (const call of callsInside(expr)) called.add(call.callee);
  };
  for (const func of module.functions) {
    for (const step of stepsOf(func.body)) if (step.kind === "run") step.exprs.forEach(visit);
  }
  return module.functions.filter((func) => !called.has(func.name));
}

function uniqueName(name: string, taken: Set<string>): string {
  let unique = name;
  for (let n = 2; taken.has(unique); n++) unique = `${name}_${n}`;
  taken.add(unique);
  return unique;
}

function noMain(module: IRModule): InputError {
  const names = module.functions.map((func) => func.name);
  const guess = closest(MAIN, names);
  return new InputError(
    "E-PLAN-MAIN",
    `Cannot plan module "${module.name}": it has no function "${MAIN}", one is needed`,
    {
      hints: [
        guess === undefined
          ? `Its functions: ${names.join(", ") || "none"}`
          : `Rename "${guess}" to "${MAIN}"`,
      ],
    },
  );
}

function recursion(path: readonly string[]): InputError {
  const circle = path.slice(path.indexOf(path.at(-1) ?? ""));
  return new InputError(
    "E-PLAN-RECURSION",
    `Cannot find the lifetimes: ${circle.join(" calls ")}, calls without a circle are needed`,
    { data: { circle } },
  );
}

function tooMany(what: string, func: PrimFunc): InputError {
  return new InputError(
    "E-PLAN-STATEMENTS",
    `Cannot find the lifetimes: following the calls gives more than ${what}, reached in "${func.name}", fewer are needed`,
  );
}
