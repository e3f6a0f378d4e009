/**
 * Lifetimes: from the first to the last statement that mentions a buffer, inside operators too, as
 * TVM's extract_buffer_info does it.
 *
 * Time is a count of statements as the network runs them. A call of a function of the module is the
 * statements of that function, its arguments are other names of the caller's buffers; any other call is
 * one statement. A buffer read last and one written first in the same statement overlap. What the host
 * touches is live outside the network: inputs from statement 0 on, outputs until the end.
 *
 * @module
 */
import { InputError } from "../base/error.ts";
import { closest } from "../base/units.ts";
import { type CallExtern, type Expr, type IRModule, MAIN, type PrimFunc } from "../ir/types.ts";
import type { Stmt, Var } from "../ir/types.ts";
import { verifyModule } from "../ir/verify.ts";
import { type AnyAllocate, statementsOf } from "../ir/visit.ts";
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
  first: number | undefined;
  last: number;
}

interface Walk {
  readonly functions: ReadonlyMap<string, PrimFunc>;
  readonly bodies: Map<PrimFunc, readonly Stmt[]>;
  readonly entries: Map<string, Entry>;
  readonly statements: string[];
  readonly calling: string[];
  readonly visited: Set<string>;
  steps: number;
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
 *   (E-PLAN-RECURSION), a call has too few or too many arguments (E-PLAN-CALL), or the calls multiply to
 *   more than a million statements (E-PLAN-STATEMENTS)
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
    bodies: new Map(),
    entries: new Map(),
    statements: [],
    calling: [],
    visited: new Set(),
    steps: 0,
  };
  const main = walk.functions.get(MAIN);
  if (main === undefined) throw noMain(module);
  for (const func of module.functions) {
    for (const node of bodyOf(walk, func)) {
      if (node.kind === "allocate" || node.kind === "allocate_const") {
        const entry = { func, node, users: new Set([func.name]), intervals: [], used: false };
        walk.entries.set(keyOf(func, node), entry);
      }
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
  for (const stmt of bodyOf(walk, func)) {
    if (++walk.steps > MAX_STEPS) throw tooMany(`${MAX_STEPS} statements`, func);
    if (stmt.kind === "evaluate") {
      runStatement(walk, func, stmt.value, scope);
    } else if (stmt.kind !== "seq") {
      const entry = walk.entries.get(keyOf(func, stmt));
      if (entry === undefined) continue;
      const activation = {
        entry,
        defined: walk.statements.length,
        first: undefined,
        last: 0,
      };
      scope.set(stmt.buffer, activation);
      own.push(activation);
    }
  }
  for (const activation of own) close(activation);
  walk.calling.pop();
}

function runStatement(walk: Walk, func: PrimFunc, value: Expr, scope: Scope): void {
  const callee = value.kind === "call_extern" ? walk.functions.get(value.callee) : undefined;
  const args = value.kind === "call_extern" ? value.args : [value];
  // Calls among the arguments are statements of their own that run before.
  for (const arg of args) {
    if (arg.kind === "call_extern") runStatement(walk, func, arg, scope);
  }
  const mentioned = args.map((arg) => arg.kind === "var" ? scope.get(arg) : undefined);
  if (value.kind === "call_extern" && callee !== undefined) {
    // Passing a buffer to a function of the module is no use of it; what that does with it is.
    checkArguments(func, value, callee);
    enter(walk, callee, mentioned);
    return;
  }
  const now = walk.statements.length;
  walk.statements.push(func.name);
  for (const activation of mentioned) {
    if (activation !== undefined) use(activation, now, func);
  }
}

function checkArguments(func: PrimFunc, expr: CallExtern, callee: PrimFunc): void {
  if (expr.args.length === callee.params.length) return;
  throw new InputError(
    "E-PLAN-CALL",
    `Cannot follow the call of "${callee.name}" in "${func.name}": it has ${expr.args.length} arguments, ${callee.params.length} are needed`,
  );
}

function use(activation: Activation, now: number, func: PrimFunc): void {
  activation.first ??= now;
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

function bodyOf(walk: Walk, func: PrimFunc): readonly Stmt[] {
  const known = walk.bodies.get(func);
  if (known !== undefined) return known;
  const body = statementsOf(func.body);
  walk.bodies.set(func, body);
  return body;
}

function notCalledBy(module: IRModule): readonly PrimFunc[] {
  const called = new Set<string>();
  const visit = (expr: Expr): void => {
    if (expr.kind !== "call_extern") return;
    called.add(expr.callee);
    expr.args.forEach(visit);
  };
  for (const func of module.functions) {
    for (const stmt of statementsOf(func.body)) if (stmt.kind === "evaluate") visit(stmt.value);
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
