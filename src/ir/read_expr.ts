/**
 * From Python expressions to the IR's, in the spellings of TVM 0.8 to 0.18. Whatever the IR has no node
 * for is refused by name.
 *
 * @module
 */
import { closest } from "../base/units.ts";
import { isIntType, isScalarType, isValueType, MAX_DEPTH, nameProblem } from "./checks.ts";
import type { CallNode, IndexNode, Node } from "./expression.ts";
import { badValue, bind, canonical, type Context, integer, only, stringOf } from "./interpret.ts";
import { unsupported } from "./interpret.ts";
import {
  BINARY_CALLS,
  BINARY_PRECEDENCE,
  BIT_OPERATORS,
  INTRINSIC_ALIASES,
  INTRINSICS,
  TYPE_FIRST,
} from "./intrinsics.ts";
import { scriptError } from "./lexer.ts";
import type {
  BinaryOp,
  Buffer,
  CallConvention,
  Expr,
  ScalarType,
  ValueType,
  Var,
} from "./types.ts";

/** What names stand for at a place in a function. */
export interface Scope {
  /** Variables and buffers that are visible. */
  readonly visible: ReadonlyMap<string, Var | Buffer>;
  /** The view through which a pointer is indexed without one: `flat` for `T.load`, else of its shape. */
  readonly viewOf: (pointer: Var, flat: boolean) => Buffer | undefined;
  /** Name of the function of the module that a dotted name means, e.g. `Module.conv`. */
  readonly calleeOf: (path: string) => string | undefined;
}

const CONVENTIONS: ReadonlyMap<string, CallConvention | undefined> = new Map([
  ["tir.call_extern", undefined],
  ["tir.call_packed", "packed"],
  ["tir.tvm_call_packed", "packed"],
  ["tir.call_cpacked", "cpacked"],
  ["tir.tvm_call_cpacked", "cpacked"],
]);

/**
 * An expression of the IR.
 *
 * @throws {InputError} E-IR-NAME, E-IR-VALUE, E-IR-UNSUPPORTED
 */
export function toExpr(context: Context, node: Node, scope: Scope, depth = 0): Expr {
  if (depth > MAX_DEPTH) {
    const problem = `expression nests too deep, needs at most ${MAX_DEPTH} levels`;
    throw badValue(context, node, problem);
  }
  const inner = (one: Node) => toExpr(context, one, scope, depth + 1);
  switch (node.kind) {
    case "number":
      return integer(context, node, "int32");
    case "float":
      return float(context, node, "float32");
    case "constant":
      if (node.value !== undefined) return integer(context, node, "bool");
      break;
    case "string":
      return { kind: "string", value: node.value };
    case "name":
      return pointerOf(lookUp(context, node, scope));
    case "index":
      return toAccess(context, node, scope, depth);
    case "unary":
      return unary(node.op, inner(node.value));
    case "binary": {
      const a = inner(node.a);
      const b = inner(node.b);
      const intrinsic = BIT_OPERATORS.get(node.op);
      return intrinsic !== undefined
        ? { kind: "intrinsic", op: intrinsic, args: [a, b] }
        : { kind: "binary", op: binaryOp(node.op), a, b };
    }
    case "call":
      return toCall(context, node, scope, depth);
  }
  const what = node.kind === "constant" ? "None" : `a ${node.kind}`;
  throw unsupported(context, node, `${what} as a value`, "a buffer, a number, a string or a call");
}

function binaryOp(text: string): BinaryOp {
  return BINARY_PRECEDENCE.keys().find((op) => op === text) ?? "+";
}

function unary(op: string, value: Expr): Expr {
  if (op === "+") return value;
  if (op === "not") return { kind: "not", value };
  if (op === "~") return { kind: "intrinsic", op: "bitwise_not", args: [value] };
  return { kind: "binary", op: "-", a: { kind: "int", value: 0, dtype: "int32" }, b: value };
}

function float(context: Context, node: Node, dtype: "float16" | "float32" | "float64"): Expr {
  const value = node.kind === "float" || node.kind === "number" ? Number(node.value) : NaN;
  if (!Number.isFinite(value)) throw badValue(context, node, `no number, needs a finite ${dtype}`);
  return { kind: "float", value, dtype };
}

/** What `a`, `a.data` stand for. */
export function lookUp(
  context: Context,
  node: { readonly path: string; readonly at: number },
  scope: Scope,
): Var | Buffer {
  const name = node.path.replace(/\.data$/, "");
  const found = scope.visible.get(name);
  if (found !== undefined) return found;
  const near = closest(name, scope.visible.keys());
  throw scriptError(
    context.source,
    "E-IR-NAME",
    `"${name}" is not defined here, needs a parameter, a variable or a buffer that is visible`,
    { at: node.at, length: name.length },
    near === undefined ? [] : [`Did you mean "${near}"?`],
  );
}

/** A buffer that is named as a value is its pointer. */
export function pointerOf(found: Var | Buffer): Var {
  return found.kind === "buffer" ? found.data : found;
}

/** `A[i, j]` as a load; the target of a store is the same without its value. */
export function toAccess(
  context: Context,
  node: IndexNode,
  scope: Scope,
  depth: number,
): Expr & { readonly kind: "load" } {
  const found = lookUp(context, node, scope);
  const buffer = found.kind === "buffer" ? found : scope.viewOf(found, false);
  if (buffer === undefined) {
    const what = `indexing of "${node.path}", whose elements are not known,`;
    throw unsupported(context, node, what, `a view such as T.Buffer((n,), "int8", data=…)`);
  }
  const [first] = node.items;
  const items = first?.kind === "list" && first.items.length === 0 ? [] : node.items;
  if (items.length !== buffer.shape.length) {
    const problem = `${items.length} indices, needs ${buffer.shape.length} for "${buffer.name}"`;
    throw badValue(context, node, problem);
  }
  const indices = items.map((item) => toIndex(context, item, scope, depth + 1));
  return { kind: "load", buffer, indices };
}

/** An index, or a slice of constant length as the ramp that it is. */
function toIndex(context: Context, node: Node, scope: Scope, depth: number): Expr {
  if (node.kind !== "slice") return toExpr(context, node, scope, depth);
  const { start, stop, step } = node;
  const stride = step === undefined ? 1 : step.kind === "number" ? Number(step.value) : NaN;
  const length = start?.kind === "number" && stop?.kind === "number"
    ? Number(stop.value) - Number(start.value)
    : NaN;
  const lanes = length / stride;
  if (start === undefined || !Number.isSafeInteger(lanes) || lanes < 1 || stride < 1) {
    throw unsupported(context, node, "this slice", "0:4, 0:8:2 or T.Ramp(base, stride, lanes)");
  }
  const int = (value: number): Expr => ({ kind: "int", value, dtype: "int32" });
  const base = toExpr(context, start, scope, depth);
  return { kind: "intrinsic", op: "Ramp", args: [base, int(stride), int(lanes)] };
}

function toCall(context: Context, node: CallNode, scope: Scope, depth: number): Expr {
  const path = canonical(context, node.path);
  const inner = (one: Node) => toExpr(context, one, scope, depth + 1);
  const callee = scope.calleeOf(node.path);
  if (callee !== undefined) {
    const problem = nameProblem(callee);
    if (problem !== undefined) throw badValue(context, node, problem);
    const args = [...bindAll(context, node)].map(inner);
    return { kind: "call_extern", dtype: "int32", callee, args };
  }
  if (CONVENTIONS.has(path)) return callByName(context, node, scope, depth);
  const name = path.startsWith("tir.") ? path.slice("tir.".length) : "";
  const op = BINARY_CALLS.get(name);
  if (op !== undefined) {
    const [a, b] = ["a", "b"].map((key) => bind(context, node, ["a", "b"], 2).get(key) ?? node);
    return { kind: "binary", op, a: inner(a ?? node), b: inner(b ?? node) };
  }
  switch (name) {
    case "cast":
    case "Cast": {
      const names = name === "cast" ? ["value", "dtype"] : ["dtype", "value"];
      const bound = bind(context, node, names, 2);
      const dtype = valueType(context, bound.get("dtype") ?? node);
      return { kind: "cast", dtype, value: inner(bound.get("value") ?? node) };
    }
    case "Not":
      return { kind: "not", value: inner(only(context, node)) };
    case "Select": {
      const names = ["condition", "true_value", "false_value"];
      const bound = bind(context, node, names, 3);
      const [condition = node, a = node, b = node] = names.map((key) => bound.get(key) ?? node);
      return { kind: "select", condition: inner(condition), a: inner(a), b: inner(b) };
    }
    case "load":
      return oldLoad(context, node, scope, depth);
  }
  const dtype = name === "boolean" ? "bool" : name;
  if (isScalarType(dtype)) return typed(context, node, scope, dtype, depth);
  const intrinsic = INTRINSIC_ALIASES.get(name) ?? name;
  if (INTRINSICS.has(intrinsic)) return toIntrinsic(context, node, scope, intrinsic, depth);
  const near = closest(name, [...INTRINSICS.keys(), ...BINARY_CALLS.keys()]);
  const known = `TIR's operators and intrinsics${near === undefined ? "" : `, e.g. T.${near}`}`;
  throw unsupported(context, node, node.path, known);
}

function bindAll(context: Context, node: CallNode): readonly Node[] {
  for (const [name, value] of node.keywords) {
    throw unsupported(context, value, `argument "${name}" of ${node.path}`, "arguments in order");
  }
  return node.args;
}

/** `T.int16(3)` is a constant, `T.int16(x)` a cast. */
function typed(
  context: Context,
  node: CallNode,
  scope: Scope,
  dtype: ScalarType,
  depth: number,
): Expr {
  const value = only(context, node);
  const literal = value.kind === "number" || value.kind === "constant" || value.kind === "float";
  if (literal && isIntType(dtype)) return integer(context, value, dtype);
  if (literal && !isIntType(dtype)) return float(context, value, dtype as "float32");
  return { kind: "cast", dtype, value: toExpr(context, value, scope, depth + 1) };
}

/** A text that names a type. */
export function valueType(context: Context, node: Node): ValueType {
  const text = stringOf(context, node, node, "type");
  if (isValueType(text)) return text;
  throw unsupported(
    context,
    node,
    `type "${text}"`,
    "int8 to int64, uint8 to uint64, bool, floats",
  );
}

/** `T.load("int16", a.data, i)` of TVM 0.8. */
function oldLoad(context: Context, node: CallNode, scope: Scope, depth: number): Expr {
  const bound = bind(context, node, ["dtype", "var", "index", "predicate"], 3);
  const dtype = valueType(context, bound.get("dtype") ?? node);
  const predicate = bound.get("predicate");
  mustBeTrue(context, predicate);
  const buffer = flatView(context, bound.get("var") ?? node, scope, dtype);
  const index = toExpr(context, bound.get("index") ?? node, scope, depth + 1);
  return { kind: "load", buffer, indices: [index] };
}

/** Refuses predicates of `T.load` and `T.store` other than True. */
export function mustBeTrue(context: Context, node: Node | undefined): void {
  if (node === undefined || (node.kind === "constant" && node.value === true)) return;
  throw unsupported(context, node, "a predicate other than True", "True");
}

/** The flat view that `T.load` and `T.store` see; `dtype` may be unknown. */
export function flatView(
  context: Context,
  node: Node,
  scope: Scope,
  dtype: ValueType | undefined,
): Buffer {
  if (node.kind !== "name") throw unsupported(context, node, "this pointer", "a buffer's name");
  const found = lookUp(context, node, scope);
  const own = found.kind === "buffer" && found.shape.length === 1 ? found : undefined;
  const buffer = own ?? scope.viewOf(pointerOf(found), true);
  if (buffer === undefined) {
    const what = `access to "${node.path}", whose elements are not known,`;
    throw unsupported(context, node, what, "T.match_buffer or T.buffer_decl of it");
  }
  if (dtype !== undefined && dtype.replace(/x[0-9]+$/, "") !== buffer.dtype) {
    const what = `access to "${node.path}" as ${dtype}`;
    throw unsupported(context, node, what, `its type ${buffer.dtype}, or a view of another`);
  }
  return buffer;
}

function toIntrinsic(
  context: Context,
  node: CallNode,
  scope: Scope,
  op: string,
  depth: number,
): Expr {
  for (const [name, value] of node.keywords) {
    if (name === "dtype") continue;
    throw unsupported(context, value, `argument "${name}" of ${node.path}`, "dtype");
  }
  let dtypeNode = node.keywords.get("dtype");
  let args = node.args;
  const [first] = args;
  if (
    dtypeNode === undefined && TYPE_FIRST.has(op) && args.length > 1 && first?.kind === "string"
  ) {
    dtypeNode = first;
    args = args.slice(1);
  }
  const [least, most] = INTRINSICS.get(op) ?? [0, 0];
  if (args.length < least || args.length > most) {
    const needed = least === most ? `${least}` : `${least} to ${most}`;
    throw badValue(context, node, `${args.length} arguments of ${node.path}, needs ${needed}`);
  }
  return {
    kind: "intrinsic",
    op,
    ...(dtypeNode !== undefined && { dtype: valueType(context, dtypeNode) }),
    args: args.map((arg) => toExpr(context, arg, scope, depth + 1)),
  };
}

/** `T.call_extern("int32", "f", …)`, the older `T.call_extern("f", …, dtype="int32")`, packed calls. */
function callByName(context: Context, node: CallNode, scope: Scope, depth: number): Expr {
  const convention = CONVENTIONS.get(canonical(context, node.path));
  const keyword = node.keywords.get("dtype");
  for (const [name, value] of node.keywords) {
    if (name === "dtype") continue;
    throw unsupported(context, value, `argument "${name}" of ${node.path}`, "dtype");
  }
  const untyped = keyword === undefined && convention !== undefined;
  const [type, callee, ...args] = keyword === undefined && !untyped
    ? node.args
    : [keyword, ...node.args];
  const values = args.flatMap((arg) => arg === undefined ? [] : [arg]);
  const dtype = untyped ? "int32" : valueType(context, type ?? node);
  const name = stringOf(context, callee, node, "name of the function");
  const problem = nameProblem(name);
  if (problem !== undefined) throw badValue(context, callee ?? node, problem);
  return {
    kind: "call_extern",
    dtype,
    callee: name,
    args: values.map((arg) => toExpr(context, arg, scope, depth + 1)),
    ...(convention !== undefined && { convention }),
  };
}
