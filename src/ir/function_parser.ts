/**
 * Functions of TVMScript. Blocks are kept on a stack of their own, so neither a thousand statement-form
 * allocates nor hundreds of nested `with` overflow anything.
 *
 * @module
 */
import { isScalarType } from "./checks.ts";
import { expect, expectKind, isNext, type Node, parseExpression, peek } from "./expression.ts";
import { take, unexpected } from "./expression.ts";
import { badValue, canonical, toAnnotation, toTarget, unsupported } from "./interpret.ts";
import { scriptError, type Token } from "./lexer.ts";
import { type FlatStmt, nest, sequence, withBody } from "./nest.ts";
import { declarePointer, declareScalar, type FunctionState, implicitView } from "./parser_state.ts";
import { addParamBuffer, checkGlobal, checkName, openBlock } from "./parser_state.ts";
import { type Parser, pointer } from "./parser_state.ts";
import { toBufferShape } from "./read_buffer.ts";
import { toExpr } from "./read_expr.ts";
import { type Annotations, type Buffer, type Expr, MAIN, type PrimFunc } from "./types.ts";
import type { Stmt, Var } from "./types.ts";
import { parseStatement } from "./statement_parser.ts";

/**
 * Reads `def …` and its block.
 *
 * @throws {InputError} E-IR-SYNTAX, E-IR-NAME, E-IR-VALUE, E-IR-UNSUPPORTED
 */
export function parseFunction(parser: Parser): PrimFunc {
  expect(parser, "def");
  const at = peek(parser);
  const name = expectKind(parser, "name", "the name of the function").text;
  checkName(parser, at);
  const state = newState(parser);
  parseParams(parser, state);
  if (take(parser, "->")) expect(parser, "None");
  openBlock(parser);
  const body = parseBody(parser, state);
  return finishFunction(parser, { name, body, at }, state);
}

function newState(parser: Parser): FunctionState {
  const views = new Map<Var, Map<boolean, Buffer>>();
  const state: FunctionState = {
    visible: new Map(),
    pointers: new Set(),
    blocks: [{ list: [], names: [], headers: [] }],
    elements: new Map(),
    pending: new Map(),
    params: [],
    buffers: [],
    attrs: [],
    viewOf: (pointer, flat) => implicitView(state, views, pointer, flat),
    calleeOf: (path) => {
      const [module = "", name, ...rest] = path.split(".");
      return rest.length === 0 && parser.modules.has(module) ? name : undefined;
    },
  };
  return state;
}

function parseParams(parser: Parser, state: FunctionState): void {
  expect(parser, "(");
  while (!take(parser, ")")) {
    const token = expectKind(parser, "name", "a parameter");
    expect(parser, ":");
    const type = parseExpression(parser);
    const path = "path" in type ? type.path : "";
    const name = canonical(parser, path);
    const scalar = name.replace(/^tir\./, "").replace(/^boolean$/, "bool");
    if (name === "tir.handle" || name === "tir.Ptr") {
      state.params.push(declareParam(parser, state, token));
    } else if (name === "tir.Buffer" && (type.kind === "call" || type.kind === "index")) {
      const { dtype, shape, hints, data, scope } = toBufferShape(parser, type);
      if (data !== undefined) throw badValue(parser, data, "data of a parameter, needs none");
      checkGlobal(parser, type, scope);
      const param = declareParam(parser, state, token);
      const buffer = {
        kind: "buffer",
        name: token.text,
        data: param,
        dtype,
        shape,
        hints,
      } as const;
      state.params.push(param);
      state.visible.set(token.text, buffer);
      addParamBuffer(state, buffer);
    } else if (type.kind === "name" && name.startsWith("tir.") && isScalarType(scalar)) {
      state.params.push(declareScalar(parser, state, token, scalar));
    } else {
      const what = `type ${path} of parameter "${token.text}"`.replace("  ", " ");
      throw unsupported(parser, type, what, "T.handle, T.Buffer and scalars such as T.int32");
    }
    if (!take(parser, ",") && !isNext(parser, ")")) throw unexpected(parser, '"," or ")"');
  }
}

function declareParam(parser: Parser, state: FunctionState, token: Token): Var {
  const made = declarePointer(parser, state, token, pointer);
  return made.kind === "buffer" ? made.data : made;
}

function parseBody(parser: Parser, state: FunctionState): Stmt {
  for (;;) {
    const block = state.blocks.at(-1);
    if (block === undefined) throw unexpected(parser, "a statement");
    if (peek(parser).kind !== "dedent") {
      parseStatement(parser, state, block);
      continue;
    }
    parser.index++;
    state.blocks.pop();
    const body = nest(block.list);
    for (const name of block.names) state.visible.delete(name);
    const outer = state.blocks.at(-1);
    if (outer === undefined) return body;
    if (block.arms === undefined) outer.list.push({ stmt: wrapped(block.headers, body) });
    else nextArm(parser, state, outer.list, { arms: block.arms, condition: block.condition, body });
  }
}

function wrapped(headers: FunctionState["blocks"][number]["headers"], body: Stmt): Stmt {
  return headers.reduceRight((inner, header) => withBody(header, inner), body);
}

/** After an arm of an `if`: the next one, or the whole statement. */
function nextArm(
  parser: Parser,
  state: FunctionState,
  outer: FlatStmt[],
  { arms, condition, body }: {
    readonly arms: readonly { readonly condition: Expr; readonly then: Stmt }[];
    readonly condition: Expr | undefined;
    readonly body: Stmt;
  },
): void {
  if (condition === undefined) {
    outer.push({ stmt: ifChain(arms, body) });
    return;
  }
  const done = [...arms, { condition, then: body }];
  if (take(parser, "elif")) {
    const next = toExpr(parser, parseExpression(parser), state);
    openBlock(parser);
    state.blocks.push({ list: [], names: [], headers: [], arms: done, condition: next });
  } else if (take(parser, "else")) {
    openBlock(parser);
    state.blocks.push({ list: [], names: [], headers: [], arms: done });
  } else {
    outer.push({ stmt: ifChain(done, undefined) });
  }
}

function ifChain(
  arms: readonly { readonly condition: Expr; readonly then: Stmt }[],
  last: Stmt | undefined,
): Stmt {
  const whole = arms.reduceRight<Stmt | undefined>((otherwise, { condition, then }) => ({
    kind: "if",
    condition,
    then,
    ...(otherwise !== undefined && { else: otherwise }),
  }), last);
  return whole ?? sequence([]);
}

function finishFunction(
  parser: Parser,
  { name, body, at }: { readonly name: string; readonly body: Stmt; readonly at: Token },
  state: FunctionState,
): PrimFunc {
  let target = parser.target;
  let symbol: Node | undefined;
  const attrs = new Map<string, Annotations[string]>();
  for (const [key, node] of state.attrs) {
    if (key === "target") target = toTarget(parser, node);
    else if (key === "global_symbol") symbol = node;
    else attrs.set(key, toAnnotation(parser, node));
  }
  if (target === undefined) {
    const problem =
      `function "${name}" has no target, needs T.func_attr({"target": T.target("c")})`;
    const hints = ["--target c gives one to all functions that name none"];
    throw scriptError(parser.source, "E-IR-VALUE", problem, at, hints);
  }
  return {
    name: attrs.get("runner_function") === true ? MAIN : symbolOf(parser, symbol, name),
    params: state.params,
    target,
    attrs: Object.fromEntries(attrs),
    body,
    ...(state.buffers.length > 0 && { buffers: state.buffers }),
  };
}

/** Calls are by symbol, so a function of another name in Python still has to have it. */
function symbolOf(parser: Parser, symbol: Node | undefined, name: string): string {
  const same = symbol === undefined || (symbol.kind === "string" && symbol.value === name);
  if (same) return name;
  throw unsupported(
    parser,
    symbol,
    "a global_symbol other than the function's name",
    `"${name}", or any with "runner_function": True`,
  );
}
