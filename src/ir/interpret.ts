/**
 * What TVMScript's expressions mean: buffers, numbers, calls, annotations, targets. Everything that the
 * IR cannot hold is refused by name, with what is supported.
 *
 * @module
 */
import type { InputError } from "../base/error.ts";
import { closest } from "../base/units.ts";
import { intProblem, MAX_DEPTH, nameProblem } from "./checks.ts";
import type { CallNode, Node } from "./expression.ts";
import { scriptError, type Source } from "./lexer.ts";
import type { Annotations, AnnotationValue, Expr, IntImm, Var } from "./types.ts";

/** What a name stands for in a text. */
export interface Context {
  /** Text, for errors. */
  readonly source: Source;
  /** Imported names and what they stand for, e.g. `T` for `tvm.script.tir`. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** Something that the IR cannot hold. */
export function unsupported(
  context: Context,
  at: Node | { readonly at: number },
  what: string,
  supported: string,
): InputError {
  const problem = `${what} is not supported, supported is ${supported}`;
  return scriptError(context.source, "E-IR-UNSUPPORTED", problem, at);
}

/** A value that is not possible. */
export function badValue(context: Context, at: Node, problem: string): InputError {
  return scriptError(context.source, "E-IR-VALUE", problem, at);
}

/** A dotted name without its alias: `T.allocate` is `tir.allocate`, `tvm.script.ir_module` `ir.ir_module`. */
export function canonical(context: Context, path: string): string {
  const [head = "", ...rest] = path.split(".");
  const full = [context.aliases.get(head) ?? head, ...rest].join(".");
  return full
    .replace(/^tvm\.script\.(tir|ir)\./, "$1.")
    .replace(/^tvm\.script\.ir_module$/, "ir.ir_module");
}

/** The arguments of a call by name; `names` gives the order of positional ones. */
export function bind(
  context: Context,
  call: CallNode,
  names: readonly string[],
  required: number,
): Map<string, Node> {
  const bound = new Map<string, Node>();
  const signature = `${call.path}(${names.join(", ")})`;
  call.args.forEach((arg, i) => {
    const name = names[i];
    if (name === undefined) {
      throw badValue(context, arg, `too many arguments, needs at most those of ${signature}`);
    }
    bound.set(name, arg);
  });
  for (const [name, value] of call.keywords) {
    if (!names.includes(name)) {
      throw unsupported(context, value, `argument "${name}" of ${call.path}`, signature);
    }
    if (bound.has(name)) {
      throw badValue(context, value, `argument "${name}" is given twice, needs one`);
    }
    bound.set(name, value);
  }
  const missing = names.slice(0, required).find((name) => !bound.has(name));
  if (missing !== undefined) {
    throw badValue(context, call, `argument "${missing}" is missing, needs ${signature}`);
  }
  return bound;
}

/** The text of a string, which `what` has to be. */
export function stringOf(context: Context, node: Node | undefined, at: Node, what: string): string {
  if (node?.kind === "string") return node.value;
  throw badValue(context, node ?? at, `${what} is not a string, needs one`);
}

/** The single argument of a call such as `T.int64(3)`. */
export function only(context: Context, call: CallNode): Node {
  const node = bind(context, call, ["value"], 1).get("value");
  return node ?? call;
}

/**
 * An expression of the IR.
 *
 * @throws {InputError} E-IR-NAME, E-IR-VALUE, E-IR-UNSUPPORTED
 */
export function toExpr(
  context: Context,
  node: Node,
  scope: ReadonlyMap<string, Var>,
  depth = 0,
): Expr {
  checkDepth(context, node, depth);
  switch (node.kind) {
    case "number":
      return integer(context, node, "int32");
    case "constant":
      if (node.value !== undefined) return integer(context, node, "bool");
      break;
    case "string":
      return { kind: "string", value: node.value };
    case "name":
      return variable(context, node, scope);
    case "call":
      return callOrCast(context, node, scope, depth);
  }
  const what = node.kind === "constant" ? "None" : `a ${node.kind}`;
  throw unsupported(
    context,
    node,
    `${what} as a value`,
    "a buffer, an integer, a string or a call",
  );
}

function callOrCast(
  context: Context,
  node: CallNode,
  scope: ReadonlyMap<string, Var>,
  depth: number,
): Expr {
  switch (canonical(context, node.path)) {
    case "tir.int32":
      return integer(context, only(context, node), "int32");
    case "tir.int64":
      return integer(context, only(context, node), "int64");
    case "tir.bool":
      return integer(context, only(context, node), "bool");
    case "tir.call_extern":
      return callExtern(context, node, scope, depth);
  }
  throw unsupported(context, node, node.path, "T.call_extern, T.int32, T.int64, T.bool");
}

/** An integer or truth value as a constant of this type. */
export function integer(context: Context, node: Node, dtype: IntImm["dtype"]): IntImm {
  if (node.kind === "constant" && node.value !== undefined) {
    return { kind: "int", value: node.value ? 1 : 0, dtype };
  }
  if (node.kind !== "number") throw badValue(context, node, `no integer, needs one of ${dtype}`);
  const problem = intProblem(Number(node.value), dtype);
  if (problem !== undefined) throw badValue(context, node, problem);
  return { kind: "int", value: Number(node.value), dtype };
}

/** `a`, and `a.data` as TVM prints the pointer of a buffer. */
function variable(
  context: Context,
  node: Node & { readonly kind: "name" },
  scope: ReadonlyMap<string, Var>,
): Var {
  const name = node.path.replace(/\.data$/, "");
  const found = scope.get(name);
  if (found !== undefined) return found;
  const near = closest(name, scope.keys());
  throw scriptError(
    context.source,
    "E-IR-NAME",
    `"${name}" is not defined here, needs a parameter or a buffer that is visible`,
    { at: node.at, length: name.length },
    near === undefined ? [] : [`Did you mean "${near}"?`],
  );
}

/** `T.call_extern("int32", "f", …)`, and the older `T.call_extern("f", …, dtype="int32")`. */
function callExtern(
  context: Context,
  node: CallNode,
  scope: ReadonlyMap<string, Var>,
  depth: number,
): Expr {
  const keyword = node.keywords.get("dtype");
  for (const [name, value] of node.keywords) {
    if (name !== "dtype") {
      throw unsupported(context, value, `argument "${name}" of ${node.path}`, "dtype");
    }
  }
  const [type, callee, ...args] = keyword === undefined ? node.args : [keyword, ...node.args];
  const dtype = stringOf(context, type, node, "type of the result");
  if (dtype !== "int32") {
    throw unsupported(context, type ?? node, `result type "${dtype}"`, '"int32"');
  }
  const name = stringOf(context, callee, node, "name of the function");
  const problem = nameProblem(name);
  if (problem !== undefined) throw badValue(context, callee ?? node, problem);
  return {
    kind: "call_extern",
    dtype,
    callee: name,
    args: args.map((arg) => toExpr(context, arg, scope, depth + 1)),
  };
}

/**
 * A dictionary with strings as keys.
 *
 * @throws {InputError} E-IR-VALUE, E-IR-UNSUPPORTED
 */
export function toEntries(context: Context, node: Node): [string, Node][] {
  if (node.kind !== "dict") throw badValue(context, node, "no dictionary, needs {…}");
  const seen = new Set<string>();
  return node.entries.map(([key, value]) => {
    const name = stringOf(context, key, key, "key");
    if (seen.has(name)) throw badValue(context, key, `key "${name}" is there twice, needs one`);
    seen.add(name);
    return [name, value];
  });
}

function checkDepth(context: Context, node: Node, depth: number): void {
  if (depth <= MAX_DEPTH) return;
  throw badValue(context, node, `values nest too deep, needs at most ${MAX_DEPTH} levels`);
}

/** Annotations or attributes. */
export function toAnnotations(context: Context, node: Node, depth = 0): Annotations {
  return Object.fromEntries(
    toEntries(context, node).map(([key, value]) => [key, toAnnotation(context, value, depth)]),
  );
}

const SUPPORTED_VALUES = "strings, numbers, True, False, lists and dictionaries of these";

/** One value of an annotation. */
export function toAnnotation(context: Context, node: Node, depth = 0): AnnotationValue {
  checkDepth(context, node, depth);
  switch (node.kind) {
    case "number":
      if (typeof node.value === "number") return node.value;
      throw badValue(
        context,
        node,
        `${node.value} is too large, needs at most 2^53 - 1 either way`,
      );
    case "float":
      if (Number.isFinite(node.value)) return node.value;
      throw badValue(context, node, "number too large, needs a finite one");
    case "string":
      return node.value;
    case "constant":
      if (node.value !== undefined) return node.value;
      break;
    case "list":
      return node.items.map((item) => toAnnotation(context, item, depth + 1));
    case "dict":
      return toAnnotations(context, node, depth + 1);
    case "call":
      if (/^tir\.(int32|int64|float32|float64|bool)$/.test(canonical(context, node.path))) {
        return toAnnotation(context, only(context, node), depth);
      }
  }
  const what = node.kind === "call" || node.kind === "name" ? node.path : "None";
  throw unsupported(context, node, `${what} as a value`, SUPPORTED_VALUES);
}

/**
 * A target: `T.target("c")`, or TVM's long form `T.target({"kind": "c", …})`, of which the kind is kept
 * because only that decides which pools a function can reach.
 */
export function toTarget(context: Context, node: Node): string {
  const isCall = node.kind === "call" && canonical(context, node.path) === "tir.target";
  const inner = isCall ? only(context, node) : node;
  if (inner.kind === "dict") {
    const kind = toEntries(context, inner).find(([key]) => key === "kind")?.[1];
    return stringOf(context, kind, inner, "kind of the target");
  }
  const target = stringOf(context, inner, node, "target");
  if (target === "") throw badValue(context, inner, 'target is empty, needs one such as "c"');
  return target;
}
