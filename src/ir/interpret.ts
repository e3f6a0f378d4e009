/**
 * What TVMScript's expressions mean: names, numbers, annotations, targets. Everything that the
 * IR cannot hold is refused by name, with what is supported.
 *
 * @module
 */
import type { InputError } from "../base/error.ts";
import { intProblem, MAX_DEPTH } from "./checks.ts";
import type { CallNode, Node } from "./expression.ts";
import { scriptError, type Source } from "./lexer.ts";
import type { Annotations, AnnotationValue, IntImm } from "./types.ts";

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

/** Refuses values that nest deeper than any real module's. */
export function checkDepth(context: Context, node: Node, depth: number): void {
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
      if (canonical(context, node.path) === "tir.target") return toTarget(context, node);
      if (/^tir\.(int32|int64|float32|float64|bool)$/.test(canonical(context, node.path))) {
        return toAnnotation(context, only(context, node), depth);
      }
  }
  const what = "path" in node ? node.path : node.kind === "constant" ? "None" : `a ${node.kind}`;
  throw unsupported(context, node, `${what} as a value`, SUPPORTED_VALUES);
}

/**
 * A target: `T.target("c")`, or TVM's long form `T.target({"kind": "c", …})`, of which the kind is kept
 * because only that decides which pools a function can reach.
 */
export function toTarget(context: Context, node: Node): string {
  const isCall = node.kind === "call" && canonical(context, node.path) === "tir.target";
  const inner = isCall ? only(context, node) : node;
  const kind = inner.kind === "dict"
    ? toEntries(context, inner).find(([key]) => key === "kind")?.[1]
    : inner;
  const target = stringOf(context, kind, inner, "kind of the target");
  if (target === "") throw badValue(context, inner, 'target is empty, needs one such as "c"');
  return target;
}
