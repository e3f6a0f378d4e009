/**
 * Statements of TVMScript, in the spellings of TVM 0.8 (`T.store`, `with T.let`), 0.9 and 0.10 (indexed
 * allocates, `T.buffer_decl`) and 0.11 to 0.18 (`T.Buffer`, `T.decl_buffer`, `T.LetStmt`).
 *
 * @module
 */
import { toAllocate } from "./allocate_call.ts";
import { isScalarType, scopeProblem } from "./checks.ts";
import { isDType } from "./data.ts";
import { type CallNode, expect, expectKind, type IndexNode, type Node } from "./expression.ts";
import { parseExpression, peek, take, unexpected } from "./expression.ts";
import { badValue, bind, canonical, stringOf, toAnnotations, toEntries } from "./interpret.ts";
import { unsupported } from "./interpret.ts";
import type { Token } from "./lexer.ts";
import type { AllocateHeader, FlatStmt, Header } from "./nest.ts";
import { type Block, declarePointer, declareScalar, describe, endOfLine } from "./parser_state.ts";
import { type FunctionState, openBlock, type Parser, pointer } from "./parser_state.ts";
import { addParamBuffer, checkGlobal, rememberElements } from "./parser_state.ts";
import { toBufferShape, toShape } from "./read_buffer.ts";
import {
  flatView,
  lookUp,
  mustBeTrue,
  pointerOf,
  toAccess,
  toExpr,
  valueType,
} from "./read_expr.ts";
import type { Annotations, Buffer, Expr, ForKind, Var } from "./types.ts";
import { loopType } from "./typing.ts";

const STATEMENTS =
  "T.func_attr, T.match_buffer, T.allocate, T.allocate_const, T.decl_buffer, T.evaluate, " +
  "T.call_extern, A[…] = …, T.store, T.attr, for, while, if, with, assert, pass";

/** Reads one statement, or the head of one with a block. */
export function parseStatement(parser: Parser, state: FunctionState, block: Block): void {
  const token = peek(parser);
  const after = parser.tokens[parser.index + 1];
  if (token.kind !== "name") throw unexpected(parser, "a statement");
  if (take(parser, "pass")) return endOfLine(parser);
  if (take(parser, "with")) return parseWith(parser, state);
  if (take(parser, "for")) return parseFor(parser, state);
  if (take(parser, "while")) {
    const condition = toExpr(parser, parseExpression(parser), state);
    openBlock(parser);
    state.blocks.push({ list: [], names: [], headers: [{ kind: "while", condition }] });
    return;
  }
  if (take(parser, "if")) {
    const condition = toExpr(parser, parseExpression(parser), state);
    openBlock(parser);
    state.blocks.push({ list: [], names: [], headers: [], arms: [], condition });
    return;
  }
  if (take(parser, "assert")) return parseAssert(parser, state, block);
  if (after?.kind === "op" && after.text === "=") {
    parser.index += 2;
    assign(parser, state, block, token);
    return endOfLine(parser);
  }
  if (after?.kind === "op" && after.text === ":") {
    parser.index += 2;
    annotated(parser, state, block, token);
    return endOfLine(parser);
  }
  if (after?.kind === "name") {
    throw unsupported(parser, token, `statement "${token.text}"`, STATEMENTS);
  }
  const node = parseExpression(parser);
  if (node.kind === "index" && take(parser, "=")) store(parser, state, block, node);
  else callStatement(parser, state, block, node);
  endOfLine(parser);
}

function parseAssert(parser: Parser, state: FunctionState, block: Block): void {
  const condition = toExpr(parser, parseExpression(parser), state);
  expect(parser, ",");
  const node = parseExpression(parser);
  const message = stringOf(parser, node, node, "message");
  block.list.push({ header: { kind: "assert", condition, message } });
  endOfLine(parser);
}

/** `name = …` */
function assign(parser: Parser, state: FunctionState, block: Block, token: Token): void {
  const node = parseExpression(parser);
  const path = node.kind === "call" ? canonical(parser, node.path) : "";
  if (node.kind === "call" && path === "tir.match_buffer") {
    return matchBuffer(parser, state, node, token);
  }
  if (node.kind === "call" && path === "tir.var") {
    const [type = node] = node.args;
    const dtype = valueType(parser, type);
    if (dtype !== "handle" && !isScalarType(dtype)) throw badValue(parser, type, "no scalar type");
    state.pending.set(token.text, { kind: "var", name: token.text, dtype });
    return;
  }
  if (node.kind === "call" && path === "tir.LetStmt") {
    throw unsupported(parser, node, "T.LetStmt without a type", `${token.text}: T.int32 = …`);
  }
  const header = toHeader(parser, state, node, token);
  block.names.push(token.text);
  const entry: FlatStmt = { header };
  block.list.push(entry);
  if (isAllocate(header)) rememberElements(state, header, block.list, entry);
}

function isAllocate(header: Header): header is AllocateHeader {
  return header.kind === "allocate" || header.kind === "allocate_const";
}

/** What a call on the right of `name =` or `with … as name` declares. */
function toHeader(parser: Parser, state: FunctionState, node: Node, token: Token): Header {
  const path = "path" in node ? canonical(parser, node.path) : "";
  if (node.kind === "call") {
    if (path === "tir.allocate" || path === "tir.allocate_const") {
      const buffer = pointerOf(declarePointer(parser, state, token));
      const header = toAllocate(parser, node, buffer);
      if (header !== undefined) return header;
    }
    if (path === "tir.decl_buffer" && !hasData(node)) {
      return allocatingDecl(parser, state, node, token);
    }
    if (["tir.decl_buffer", "tir.buffer_decl", "tir.Buffer"].includes(path)) {
      return declBuffer(parser, state, node, token);
    }
  }
  const supported = "T.allocate, T.allocate_const, T.decl_buffer, T.Buffer there";
  throw unsupported(
    parser,
    node,
    describe(node),
    `${supported}; a value needs ${token.text}: type`,
  );
}

function hasData(node: CallNode): boolean {
  return node.keywords.has("data") || node.args.length > 2;
}

/** `T.decl_buffer` without data allocates what it declares. */
function allocatingDecl(
  parser: Parser,
  state: FunctionState,
  node: CallNode,
  token: Token,
): AllocateHeader {
  const { dtype, shape: extents, scope } = toBufferShape(parser, node);
  if (!isDType(dtype)) {
    throw unsupported(parser, node, `element type "${dtype}" of an allocate`, "int8 to float32");
  }
  const problem = scopeProblem(scope);
  if (problem !== undefined) throw badValue(parser, node, problem);
  return {
    kind: "allocate",
    buffer: pointerOf(declarePointer(parser, state, token)),
    dtype,
    extents,
    scope,
    condition: { kind: "int", value: 1, dtype: "bool" },
    annotations: {},
  };
}

function declBuffer(
  parser: Parser,
  state: FunctionState,
  node: CallNode,
  token: Token,
): Header {
  const { dtype, shape, hints, data, scope } = toBufferShape(parser, node);
  if (data?.kind !== "name") {
    throw unsupported(parser, data ?? node, `${node.path} without data`, "data=<pointer>");
  }
  checkGlobal(parser, node, scope);
  const target = pointerOf(lookUp(parser, data, state));
  if (target.dtype !== "handle") throw badValue(parser, data, "no pointer, needs one");
  const buffer = declarePointer(
    parser,
    state,
    token,
    (name) => ({ kind: "buffer", name, data: target, dtype, shape, hints }),
  );
  if (buffer.kind === "var") throw unexpected(parser, "a buffer");
  return { kind: "decl_buffer", buffer };
}

/** `A = T.match_buffer(a, [8], "int8")`: a view of a parameter. */
function matchBuffer(parser: Parser, state: FunctionState, node: CallNode, token: Token): void {
  const { dtype, shape, hints, data, scope } = toBufferShape(parser, node, "param");
  const param = data?.kind === "name" ? state.visible.get(data.path) : undefined;
  const isParam = param?.kind === "var" && param.dtype === "handle" && state.params.includes(param);
  if (!isParam || state.buffers.some((buffer) => buffer.data === param)) {
    const what = "T.match_buffer of anything but a pointer parameter, once,";
    throw unsupported(parser, data ?? node, what, "a parameter of type T.handle");
  }
  checkGlobal(parser, node, scope);
  const made = declarePointer(
    parser,
    state,
    token,
    (name) => ({ kind: "buffer", name, data: param, dtype, shape, hints }),
  );
  if (made.kind === "buffer") addParamBuffer(state, made);
}

/** `x: T.int32 = value` */
function annotated(parser: Parser, state: FunctionState, block: Block, token: Token): void {
  const type = parseExpression(parser);
  expect(parser, "=");
  const value = toExpr(parser, parseExpression(parser), state);
  block.list.push({ header: { kind: "let", variable: letVar(parser, state, token, type), value } });
  block.names.push(token.text);
}

/** The variable of a type such as `T.int32`, `T.handle("int8")` or `T.let[T.int32]`. */
function letVar(parser: Parser, state: FunctionState, token: Token, type: Node): Var {
  const path = "path" in type ? canonical(parser, type.path) : "";
  const inner = type.kind === "index" && path === "tir.let" ? type.items[0] : undefined;
  if (inner !== undefined) return letVar(parser, state, token, inner);
  if (path === "tir.handle" || path === "tir.Ptr") {
    return pointerOf(declarePointer(parser, state, token));
  }
  const dtype = path.replace(/^tir\./, "").replace(/^boolean$/, "bool");
  if (path.startsWith("tir.") && isScalarType(dtype)) {
    return declareScalar(parser, state, token, dtype);
  }
  throw unsupported(parser, type, `type ${describe(type)}`, "T.handle and scalars such as T.int32");
}

/** `A[i] = value` */
function store(parser: Parser, state: FunctionState, block: Block, node: IndexNode): void {
  const { buffer, indices } = toAccess(parser, node, state, 0);
  const value = toExpr(parser, parseExpression(parser), state);
  block.list.push({ stmt: { kind: "store", buffer, indices, value } });
}

/** `with … as name:` and its block. */
function parseWith(parser: Parser, state: FunctionState): void {
  const node = parseExpression(parser);
  const list: FlatStmt[] = [];
  const names: string[] = [];
  const path = node.kind === "call" ? canonical(parser, node.path) : "";
  let header: Header;
  if (
    node.kind === "call" && (path === "tir.let" || path === "tir.attr" || path === "tir.Assert")
  ) {
    header = scoped(parser, state, node, path, names);
  } else if (node.kind === "call" && path === "tir.LetStmt") {
    const bound = bind(parser, node, ["value", "type_annotation"], 1);
    const value = toExpr(parser, bound.get("value") ?? node, state);
    expect(parser, "as");
    const token = expectKind(parser, "name", "a name");
    const type = bound.get("type_annotation");
    if (type === undefined) {
      throw unsupported(parser, node, "T.LetStmt without a type", `${token.text}: T.int32 = …`);
    }
    header = { kind: "let", variable: letVar(parser, state, token, type), value };
    names.push(token.text);
  } else if (/^tir\.(allocate|decl_buffer|buffer_decl|Buffer)/.test(path)) {
    expect(parser, "as");
    const token = expectKind(parser, "name", "a name");
    header = toHeader(parser, state, node, token);
    names.push(token.text);
  } else {
    const supported = "T.allocate, T.allocate_const, T.decl_buffer, T.let, T.attr, T.Assert there";
    throw unsupported(parser, node, describe(node), supported);
  }
  openBlock(parser);
  state.blocks.push({ list, names, headers: [header] });
  if (isAllocate(header)) rememberElements(state, header, list, undefined);
}

/** `T.let(x, value)`, `T.attr(node, key, value)`, `T.Assert(condition, message)`. */
function scoped(
  parser: Parser,
  state: FunctionState,
  node: CallNode,
  path: string,
  names: string[],
): Header {
  const expr = (one: Node | undefined): Expr => toExpr(parser, one ?? node, state);
  if (path === "tir.attr") {
    const bound = bind(parser, node, ["node", "attr_key", "value"], 3);
    const key = stringOf(parser, bound.get("attr_key"), node, "key");
    return { kind: "attr", node: expr(bound.get("node")), key, value: expr(bound.get("value")) };
  }
  if (path === "tir.Assert") {
    const bound = bind(parser, node, ["condition", "message"], 2);
    const message = stringOf(parser, bound.get("message"), node, "message");
    return { kind: "assert", condition: expr(bound.get("condition")), message };
  }
  const [target, valueNode] = node.args;
  const variable = target?.kind === "name" ? state.pending.get(target.path) : undefined;
  if (target?.kind !== "name" || variable === undefined || node.args.length !== 2) {
    throw unsupported(parser, node, "this T.let", 'T.let(x, value) after x = T.var("int32")');
  }
  const value = expr(valueNode);
  const token: Token = { kind: "name", text: target.path, at: target.at };
  names.push(target.path);
  const made = variable.dtype === "handle"
    ? pointerOf(declarePointer(parser, state, token, pointer))
    : declareScalar(parser, state, token, variable.dtype);
  return { kind: "let", variable: made, value };
}

const LOOPS: ReadonlyMap<string, ForKind> = new Map([
  ["tir.serial", "serial"],
  ["range", "serial"],
  ["tir.parallel", "parallel"],
  ["tir.vectorized", "vectorized"],
  ["tir.unroll", "unrolled"],
  ["tir.unrolled", "unrolled"],
  ["tir.thread_binding", "thread_binding"],
]);

/** `for i in T.serial(8):`, `for i, j in T.grid(4, 4):` and its block. */
function parseFor(parser: Parser, state: FunctionState): void {
  const tokens: Token[] = [];
  do tokens.push(expectKind(parser, "name", "a loop's variable")); while (take(parser, ","));
  expect(parser, "in");
  const node = parseExpression(parser);
  const path = node.kind === "call" ? canonical(parser, node.path) : "";
  const loops = [...LOOPS.keys(), "tir.grid"].map((one) => one.replace("tir.", "T.")).join(", ");
  if (node.kind !== "call") throw unsupported(parser, node, describe(node), loops);
  const forKind = LOOPS.get(path);
  const headers: Header[] = [];
  if (path === "tir.grid") {
    if (node.keywords.size > 0 || node.args.length !== tokens.length) {
      const problem = `${tokens.length} variables for ${node.args.length} extents of T.grid`;
      throw badValue(parser, node, `${problem}, needs as many`);
    }
    const extents = node.args.map((arg) => toExpr(parser, arg, state));
    tokens.forEach((token, i) => {
      const extent = extents[i];
      if (extent !== undefined) headers.push(loop(parser, state, token, "serial", zero, extent));
    });
  } else if (forKind !== undefined && tokens[0] !== undefined && tokens.length === 1) {
    headers.push(oneLoop(parser, state, node, tokens[0], forKind));
  } else {
    throw unsupported(parser, node, `${describe(node)} of ${tokens.length} variables`, loops);
  }
  openBlock(parser);
  state.blocks.push({ list: [], names: tokens.map((token) => token.text), headers });
}

const zero: Expr = { kind: "int", value: 0, dtype: "int32" };

function oneLoop(
  parser: Parser,
  state: FunctionState,
  node: CallNode,
  token: Token,
  forKind: ForKind,
): Header {
  const names = node.args.length > 1
    ? ["start", "stop", "thread", "annotations"]
    : ["stop", "thread", "annotations"];
  const bound = bind(parser, node, names, node.args.length > 1 ? 2 : 1);
  const startNode = bound.get("start");
  const start = startNode === undefined ? zero : toExpr(parser, startNode, state);
  const stop = toExpr(parser, bound.get("stop") ?? node, state);
  const thread = bound.get("thread");
  if ((thread !== undefined) !== (forKind === "thread_binding")) {
    throw badValue(parser, thread ?? node, "thread belongs to T.thread_binding, which needs one");
  }
  const notes = bound.get("annotations");
  const annotations = notes === undefined || notes.kind === "constant"
    ? {}
    : toAnnotations(parser, notes);
  const axis = thread === undefined ? undefined : stringOf(parser, thread, node, "thread");
  return loop(parser, state, token, forKind, start, distance(start, stop), annotations, axis);
}

function loop(
  parser: Parser,
  state: FunctionState,
  token: Token,
  forKind: ForKind,
  min: Expr,
  extent: Expr,
  annotations: Annotations = {},
  thread?: string,
): Header {
  const variable = declareScalar(parser, state, token, loopType(min, extent));
  const base = { kind: "for", variable, min, extent, forKind, annotations } as const;
  return thread === undefined ? base : { ...base, thread };
}

/** Number of rounds from `start` to `stop`. */
function distance(start: Expr, stop: Expr): Expr {
  if (start.kind === "int" && start.value === 0) return stop;
  if (start.kind === "int" && stop.kind === "int") {
    return { ...stop, value: stop.value - start.value };
  }
  // `T.serial(a, a + n)` is how the printer writes n rounds from a.
  if (stop.kind === "binary" && stop.op === "+" && sameExpr(stop.a, start)) return stop.b;
  return { kind: "binary", op: "-", a: stop, b: start };
}

/** Whether two expressions are the same, term by term. */
export function sameExpr(a: Expr, b: Expr): boolean {
  if (a === b) return true;
  if (a.kind === "var" || b.kind === "var" || a.kind !== b.kind) return false;
  const keys = Object.keys(a) as (keyof typeof a)[];
  return keys.length === Object.keys(b).length &&
    keys.every((key) => same(a[key], (b as typeof a)[key]));
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((one, i) => same(one, b[i]));
  }
  const isNode = (one: unknown): one is Expr =>
    typeof one === "object" && one !== null && "kind" in one;
  return isNode(a) && isNode(b) && (a as { kind: string }).kind !== "buffer" && sameExpr(a, b);
}

/** A call as a statement. */
function callStatement(parser: Parser, state: FunctionState, block: Block, node: Node): void {
  const path = node.kind === "call" ? canonical(parser, node.path) : "";
  if (node.kind !== "call") throw unsupported(parser, node, describe(node), STATEMENTS);
  const [argument, extra] = node.args;
  const alone = argument !== undefined && extra === undefined && node.keywords.size === 0;
  switch (path) {
    case "tir.evaluate":
    case "tir.func_attr":
      if (!alone) {
        const count = node.args.length + node.keywords.size;
        throw unsupported(parser, node, `${node.path} with ${count} arguments`, "one");
      }
      if (path === "tir.func_attr") state.attrs = [...state.attrs, ...toEntries(parser, argument)];
      else block.list.push({ stmt: { kind: "evaluate", value: toExpr(parser, argument, state) } });
      return;
    case "tir.store":
      return oldStore(parser, state, block, node);
    case "tir.preflattened_buffer":
      return preflattened(parser, state, node);
    case "tir.let":
    case "tir.attr":
    case "tir.Assert":
      block.list.push({ header: scoped(parser, state, node, path, block.names) });
      return;
  }
  const value = toExpr(parser, node, state);
  if (value.kind !== "call_extern" && value.kind !== "intrinsic") {
    throw unsupported(parser, node, `${node.path} as a statement`, STATEMENTS);
  }
  block.list.push({ stmt: { kind: "evaluate", value } });
}

/** `T.store(a.data, i, value)` of TVM 0.8. */
function oldStore(parser: Parser, state: FunctionState, block: Block, node: CallNode): void {
  const bound = bind(parser, node, ["var", "index", "value", "predicate"], 3);
  mustBeTrue(parser, bound.get("predicate"));
  const buffer = flatView(parser, bound.get("var") ?? node, state, undefined);
  const index = toExpr(parser, bound.get("index") ?? node, state);
  const value = toExpr(parser, bound.get("value") ?? node, state);
  block.list.push({ stmt: { kind: "store", buffer, indices: [index], value } });
}

/** `T.preflattened_buffer(A, [2, 4], …)` of TVM 0.9 and 0.10: the extents before flattening. */
function preflattened(parser: Parser, state: FunctionState, node: CallNode): void {
  const [target, shape] = node.args;
  const found = target?.kind === "name" ? lookUp(parser, target, state) : undefined;
  const at = found?.kind === "buffer" ? state.buffers.indexOf(found) : -1;
  const buffer: Buffer | undefined = state.buffers[at];
  if (buffer === undefined || shape === undefined) {
    throw unsupported(parser, node, `this ${node.path}`, "that of a parameter's buffer");
  }
  const extents = toShape(parser, shape);
  const count = (list: readonly number[]) => list.reduce((product, extent) => product * extent, 1);
  if (count(extents) !== count(buffer.shape)) {
    const problem = `${count(extents)} elements, needs the ${
      count(buffer.shape)
    } of "${buffer.name}"`;
    throw badValue(parser, shape, problem);
  }
}
