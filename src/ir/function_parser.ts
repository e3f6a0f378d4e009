/**
 * Functions of TVMScript. Blocks are kept on a stack of their own, so neither a thousand statement-form
 * allocates nor hundreds of nested `with` overflow anything.
 *
 * @module
 */
import { toAllocate } from "./allocate_call.ts";
import { nameProblem } from "./checks.ts";
import {
  type Cursor,
  expect,
  expectKind,
  isNext,
  type Node,
  parseExpression,
  peek,
  take,
  unexpected,
} from "./expression.ts";
import {
  canonical,
  type Context,
  toAnnotation,
  toEntries,
  toExpr,
  toTarget,
  unsupported,
} from "./interpret.ts";
import { scriptError, type Token } from "./lexer.ts";
import { type AllocateHeader, type FlatStmt, nest, withBody } from "./nest.ts";
import type { Annotations, PrimFunc, Var } from "./types.ts";

/** Tokens to read and what names stand for. */
export interface Parser extends Cursor, Context {
  readonly aliases: Map<string, string>;
}

/** Takes the end of the line. */
export function endOfLine(parser: Parser): void {
  expectKind(parser, "newline", "the end of the line");
}

/** Takes the colon and the indentation that open a block. */
export function openBlock(parser: Parser): void {
  expect(parser, ":");
  endOfLine(parser);
  expectKind(parser, "indent", "an indented block");
}

/** The error that a name is declared twice. */
export function twice(parser: Parser, at: Token, what: string): Error {
  return scriptError(
    parser.source,
    "E-IR-NAME",
    `${what} is declared twice, needs unique names`,
    at,
  );
}

/** A call or name, or whatever else stands as a statement, for messages. */
export function describe(node: Node): string {
  return node.kind === "call" || node.kind === "name" ? node.path : `a ${node.kind} as a statement`;
}

interface Block {
  readonly list: FlatStmt[];
  /** Variables that end with the block. */
  readonly variables: string[];
  /** The allocate of the `with` that this block belongs to. */
  readonly header?: AllocateHeader;
}

interface FunctionState {
  readonly visible: Map<string, Var>;
  readonly declared: Set<string>;
  readonly blocks: Block[];
  attrs: [string, Node][];
}

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
  const state: FunctionState = {
    visible: new Map(),
    declared: new Set(),
    blocks: [{ list: [], variables: [] }],
    attrs: [],
  };
  const params = parseParams(parser, state);
  if (take(parser, "->")) expect(parser, "None");
  openBlock(parser);
  const body = parseBody(parser, state);
  return finishFunction(parser, { name, params, body, at }, state.attrs);
}

function checkName(parser: Parser, token: Token): void {
  const problem = nameProblem(token.text);
  if (problem !== undefined) throw scriptError(parser.source, "E-IR-NAME", problem, token);
}

function parseParams(parser: Parser, state: FunctionState): Var[] {
  const params: Var[] = [];
  expect(parser, "(");
  while (!take(parser, ")")) {
    const token = expectKind(parser, "name", "a parameter");
    expect(parser, ":");
    const type = parseExpression(parser);
    const path = type.kind === "call" || type.kind === "name" ? type.path : "";
    if (canonical(parser, path) !== "tir.handle") {
      const what = `type ${path} of parameter "${token.text}"`.replace("  ", " ");
      throw unsupported(parser, type, what, "T.handle");
    }
    params.push(declare(parser, state, token));
    if (!take(parser, ",") && !isNext(parser, ")")) throw unexpected(parser, '"," or ")"');
  }
  return params;
}

function declare(parser: Parser, state: FunctionState, token: Token): Var {
  checkName(parser, token);
  if (state.declared.has(token.text)) throw twice(parser, token, `"${token.text}"`);
  const made: Var = { kind: "var", name: token.text, dtype: "handle" };
  state.declared.add(token.text);
  state.visible.set(token.text, made);
  return made;
}

function parseBody(parser: Parser, state: FunctionState) {
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
    const outer = state.blocks.at(-1);
    if (outer === undefined || block.header === undefined) return body;
    for (const name of block.variables) state.visible.delete(name);
    outer.list.push({ stmt: withBody(block.header, body) });
  }
}

const STATEMENTS =
  "T.func_attr, T.allocate, T.allocate_const, T.evaluate, T.call_extern, with, pass";

function parseStatement(parser: Parser, state: FunctionState, block: Block): void {
  const token = peek(parser);
  const after = parser.tokens[parser.index + 1];
  if (token.kind !== "name") throw unexpected(parser, "a statement");
  if (take(parser, "pass")) return endOfLine(parser);
  if (take(parser, "with")) return parseWith(parser, state);
  if (after?.kind === "op" && after.text === "=") {
    parser.index += 2;
    const node = parseExpression(parser);
    const header = toHeader(parser, node, state, token);
    block.variables.push(token.text);
    block.list.push({ header });
    return endOfLine(parser);
  }
  if (after?.kind === "name" || (after?.kind === "op" && after.text === ":")) {
    throw unsupported(parser, token, `statement "${token.text}"`, STATEMENTS);
  }
  parseCall(parser, state, block);
  endOfLine(parser);
}

function toHeader(
  parser: Parser,
  node: Node,
  state: FunctionState,
  token: Token,
): AllocateHeader {
  const header = toAllocate(parser, node, declare(parser, state, token));
  if (header === undefined) {
    throw unsupported(parser, node, describe(node), "T.allocate and T.allocate_const there");
  }
  return header;
}

/** `with T.allocate(…) as name:` and its block. */
function parseWith(parser: Parser, state: FunctionState): void {
  const node = parseExpression(parser);
  expect(parser, "as");
  const token = expectKind(parser, "name", "a name");
  const header = toHeader(parser, node, state, token);
  openBlock(parser);
  state.blocks.push({ list: [], variables: [token.text], header });
}

function parseCall(parser: Parser, state: FunctionState, block: Block): void {
  const node = parseExpression(parser);
  const path = node.kind === "call" ? canonical(parser, node.path) : "";
  if (node.kind !== "call") throw unsupported(parser, node, describe(node), STATEMENTS);
  const [argument, extra] = node.args;
  const alone = argument !== undefined && extra === undefined && node.keywords.size === 0;
  if (path === "tir.call_extern") {
    block.list.push({ stmt: { kind: "evaluate", value: toExpr(parser, node, state.visible) } });
  } else if (path === "tir.evaluate" && alone) {
    block.list.push({ stmt: { kind: "evaluate", value: toExpr(parser, argument, state.visible) } });
  } else if (path === "tir.func_attr" && alone) {
    state.attrs = [...state.attrs, ...toEntries(parser, argument)];
  } else {
    const what = path === "tir.evaluate" || path === "tir.func_attr"
      ? `${node.path} with ${node.args.length + node.keywords.size} arguments`
      : node.path;
    throw unsupported(parser, node, what, STATEMENTS);
  }
}

function finishFunction(
  parser: Parser,
  func: { name: string; params: Var[]; body: PrimFunc["body"]; at: Token },
  entries: readonly [string, Node][],
): PrimFunc {
  const { name, params, body, at } = func;
  let target: string | undefined;
  const attrs = new Map<string, Annotations[string]>();
  for (const [key, node] of entries) {
    if (key === "target") target = toTarget(parser, node);
    else if (key !== "global_symbol") attrs.set(key, toAnnotation(parser, node));
    else if (node.kind !== "string" || node.value !== name) {
      throw unsupported(
        parser,
        node,
        "a global_symbol other than the function's name",
        `"${name}"`,
      );
    }
  }
  if (target === undefined) {
    const problem =
      `function "${name}" has no target, needs T.func_attr({"target": T.target("c")})`;
    throw scriptError(parser.source, "E-IR-VALUE", problem, at);
  }
  return { name, params, target, attrs: Object.fromEntries(attrs), body };
}
