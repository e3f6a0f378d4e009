/**
 * Expressions of the Python that TVMScript is written in: literals, dotted names, calls, subscripts,
 * operators, lists, tuples and dictionaries. What they mean is {@link ./interpret.ts}'s business.
 *
 * @module
 */
import { MAX_DEPTH } from "./checks.ts";
import { scriptError, type Source, type Token, type TokenKind } from "./lexer.ts";

/** An expression; `at` is the offset of its first character. */
export type Node =
  | { readonly kind: "number"; readonly at: number; readonly value: number | bigint }
  | { readonly kind: "float"; readonly at: number; readonly value: number }
  | { readonly kind: "string"; readonly at: number; readonly value: string }
  | { readonly kind: "constant"; readonly at: number; readonly value: boolean | undefined }
  | { readonly kind: "name"; readonly at: number; readonly path: string }
  | { readonly kind: "list"; readonly at: number; readonly items: readonly Node[] }
  | {
    readonly kind: "dict";
    readonly at: number;
    readonly entries: readonly (readonly [Node, Node])[];
  }
  | { readonly kind: "unary"; readonly at: number; readonly op: string; readonly value: Node }
  | BinaryNode
  | IndexNode
  | {
    readonly kind: "slice";
    readonly at: number;
    readonly start: Node | undefined;
    readonly stop: Node | undefined;
    readonly step: Node | undefined;
  }
  | CallNode;

/** `a + b`; `at` is the offset of `a`. */
export interface BinaryNode {
  /** Node kind. */
  readonly kind: "binary";
  /** Offset. */
  readonly at: number;
  /** Operator as written. */
  readonly op: string;
  /** Left operand. */
  readonly a: Node;
  /** Right operand. */
  readonly b: Node;
}

/** `name[i, j]`. */
export interface IndexNode {
  /** Node kind. */
  readonly kind: "index";
  /** Offset of the name. */
  readonly at: number;
  /** Dotted name. */
  readonly path: string;
  /** What is between the brackets. */
  readonly items: readonly Node[];
}

/** A call of a dotted name. */
export interface CallNode {
  /** Node kind. */
  readonly kind: "call";
  /** Offset of the name. */
  readonly at: number;
  /** Dotted name. */
  readonly path: string;
  /** Positional arguments. */
  readonly args: readonly Node[];
  /** Keyword arguments. */
  readonly keywords: ReadonlyMap<string, Node>;
}

/** Tokens with a place in them. */
export interface Cursor {
  /** Text, for errors. */
  readonly source: Source;
  /** Tokens; the last one is `end`. */
  readonly tokens: readonly Token[];
  /** Index of the next token. */
  index: number;
}

/** Room for the calls around an annotation or an argument that is itself as deep as it may be. */
const MAX_NESTING = MAX_DEPTH + 8;

const END: Token = { kind: "end", text: "", at: 0 };

/** The next token. */
export function peek(cursor: Cursor): Token {
  return cursor.tokens[cursor.index] ?? cursor.tokens.at(-1) ?? END;
}

/** Whether the next token is this operator or name. */
export function isNext(cursor: Cursor, text: string): boolean {
  const token = peek(cursor);
  return (token.kind === "op" || token.kind === "name") && token.text === text;
}

/** Takes the next token if it is this operator or name. */
export function take(cursor: Cursor, text: string): boolean {
  if (!isNext(cursor, text)) return false;
  cursor.index++;
  return true;
}

/** Takes the next token, which must be this operator or name. */
export function expect(cursor: Cursor, text: string): Token {
  const token = peek(cursor);
  if (!take(cursor, text)) throw unexpected(cursor, `"${text}"`);
  return token;
}

/** Takes the next token, which must be of this kind. */
export function expectKind(cursor: Cursor, kind: TokenKind, what: string): Token {
  const token = peek(cursor);
  if (token.kind !== kind) throw unexpected(cursor, what);
  cursor.index++;
  return token;
}

/** The error that the next token is not what is needed. */
export function unexpected(cursor: Cursor, needed: string): Error {
  const token = peek(cursor);
  const names: Partial<Record<TokenKind, string>> = {
    newline: "end of the line",
    indent: "deeper indentation",
    dedent: "end of the block",
    end: "end of the file",
  };
  const found = names[token.kind] ?? JSON.stringify(token.text.slice(0, 40));
  const length = Math.max(1, token.text.length);
  return scriptError(cursor.source, "E-IR-SYNTAX", `found ${found}, needs ${needed}`, {
    at: token.at,
    length,
  });
}

/** Reads `a.b.c`. */
export function parsePath(cursor: Cursor): { readonly path: string; readonly at: number } {
  const first = expectKind(cursor, "name", "a name");
  const parts = [first.text];
  while (take(cursor, ".")) parts.push(expectKind(cursor, "name", "a name").text);
  return { path: parts.join("."), at: first.at };
}

/** Python's binary operators and how tightly they bind (language reference, section 6.17). */
const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ["or", 1],
  ["and", 2],
  ...["<", "<=", ">", ">=", "==", "!="].map((op) => [op, 4] as const),
  ["|", 5],
  ["^", 6],
  ["&", 7],
  ["<<", 8],
  [">>", 8],
  ["+", 9],
  ["-", 9],
  ...["*", "/", "//", "%"].map((op) => [op, 10] as const),
]);

const NOT = 3;
const SIGN = 11;

/**
 * Reads an expression.
 *
 * @throws {InputError} E-IR-SYNTAX
 */
export function parseExpression(cursor: Cursor, depth = 0): Node {
  return parseBinary(cursor, depth, 0);
}

/** An operand and the operators after it that bind more tightly than `least`. */
function parseBinary(cursor: Cursor, depth: number, least: number): Node {
  let a = parseUnary(cursor, depth);
  for (;;) {
    const token = peek(cursor);
    const op = token.kind === "op" || token.kind === "name" ? token.text : "";
    const level = PRECEDENCE.get(op) ?? 0;
    if (level <= least) return a;
    cursor.index++;
    const b = parseBinary(cursor, depth + 1, level);
    if (level === 4 && PRECEDENCE.get(peek(cursor).text) === 4) {
      throw unexpected(cursor, "one comparison; join two by and");
    }
    a = { kind: "binary", at: a.at, op, a, b };
  }
}

function parseUnary(cursor: Cursor, depth: number): Node {
  const token = peek(cursor);
  checkNesting(cursor, token, depth);
  const signs = isNext(cursor, "-") || isNext(cursor, "+");
  if (signs && cursor.tokens[cursor.index + 1]?.kind === "number") {
    cursor.index++;
    return parseNumber(cursor, token.text === "-" ? -1 : 1, token.at);
  }
  if (token.kind !== "string" && ["-", "+", "~", "not"].includes(token.text)) {
    cursor.index++;
    const value = parseBinary(cursor, depth + 1, token.text === "not" ? NOT : SIGN);
    return { kind: "unary", at: token.at, op: token.text, value };
  }
  return parsePrimary(cursor, depth);
}

function checkNesting(cursor: Cursor, token: Token, depth: number): void {
  if (depth <= MAX_NESTING) return;
  const problem = `expressions nest too deep, needs at most ${MAX_NESTING} levels`;
  throw scriptError(cursor.source, "E-IR-SYNTAX", problem, token);
}

function parsePrimary(cursor: Cursor, depth: number): Node {
  const token = peek(cursor);
  if (token.kind === "name") return parseNamed(cursor, depth);
  if (token.kind === "number") return parseNumber(cursor, 1, token.at);
  if (token.kind === "string") return parseString(cursor);
  if (take(cursor, "[")) {
    return { kind: "list", at: token.at, items: parseItems(cursor, "]", depth) };
  }
  if (take(cursor, "{")) return parseDict(cursor, token.at, depth);
  if (take(cursor, "(")) return parseParenthesis(cursor, token.at, depth);
  throw unexpected(cursor, "an expression");
}

function parseNumber(cursor: Cursor, sign: 1 | -1, at: number): Node {
  const token = expectKind(cursor, "number", "a number");
  const digits = token.text.replaceAll("_", "");
  if (!/^0x/i.test(digits) && /[.eE]/.test(digits)) {
    return { kind: "float", at, value: sign * Number(digits) };
  }
  const value = sign * Number(digits);
  if (Number.isSafeInteger(value)) return { kind: "number", at, value: value === 0 ? 0 : value };
  if (digits.length > 40) {
    const problem = `number of ${digits.length} digits, needs one of at most 64 bits`;
    throw scriptError(cursor.source, "E-IR-VALUE", problem, { at });
  }
  return { kind: "number", at, value: BigInt(sign) * BigInt(digits) };
}

/** Adjacent strings are one string. */
function parseString(cursor: Cursor): Node {
  const { at } = peek(cursor);
  const parts: string[] = [];
  for (let token = peek(cursor); token.kind === "string"; token = peek(cursor)) {
    parts.push(token.text);
    cursor.index++;
  }
  return { kind: "string", at, value: parts.join("") };
}

const CONSTANTS: ReadonlyMap<string, boolean | undefined> = new Map([
  ["True", true],
  ["False", false],
  ["None", undefined],
]);

function parseNamed(cursor: Cursor, depth: number): Node {
  const { path, at } = parsePath(cursor);
  if (CONSTANTS.has(path)) return { kind: "constant", at, value: CONSTANTS.get(path) };
  if (take(cursor, "[")) return { kind: "index", at, path, items: parseSlices(cursor, depth) };
  if (!take(cursor, "(")) return { kind: "name", at, path };
  const args: Node[] = [];
  const keywords = new Map<string, Node>();
  while (!take(cursor, ")")) {
    const name = peek(cursor);
    const equals = cursor.tokens[cursor.index + 1];
    if (name.kind === "name" && equals?.kind === "op" && equals.text === "=") {
      cursor.index += 2;
      if (keywords.has(name.text)) {
        const problem = `argument "${name.text}" is given twice, needs one`;
        throw scriptError(cursor.source, "E-IR-SYNTAX", problem, name);
      }
      keywords.set(name.text, parseExpression(cursor, depth + 1));
    } else if (keywords.size > 0) {
      throw unexpected(cursor, "a keyword argument after a keyword argument");
    } else {
      args.push(parseExpression(cursor, depth + 1));
    }
    if (!take(cursor, ",") && !isNext(cursor, ")")) throw unexpected(cursor, '"," or ")"');
  }
  return { kind: "call", at, path, args, keywords };
}

/** Subscripts: expressions and slices such as `0:4`. */
function parseSlices(cursor: Cursor, depth: number): Node[] {
  const items: Node[] = [];
  while (!take(cursor, "]")) {
    const { at } = peek(cursor);
    const ends = () => [":", ",", "]"].some((text) => isNext(cursor, text));
    const part = () => ends() ? undefined : parseExpression(cursor, depth + 1);
    const start = part();
    if (take(cursor, ":")) {
      const stop = part();
      const step = take(cursor, ":") ? part() : undefined;
      items.push({ kind: "slice", at, start, stop, step });
    } else if (start !== undefined) {
      items.push(start);
    } else {
      throw unexpected(cursor, "an index");
    }
    if (!take(cursor, ",") && !isNext(cursor, "]")) throw unexpected(cursor, '"," or "]"');
  }
  return items;
}

function parseItems(cursor: Cursor, close: string, depth: number): Node[] {
  const items: Node[] = [];
  while (!take(cursor, close)) {
    items.push(parseExpression(cursor, depth + 1));
    if (!take(cursor, ",") && !isNext(cursor, close)) throw unexpected(cursor, `"," or "${close}"`);
  }
  return items;
}

/** `(x)` is x, `(x,)` and `(x, y)` are tuples, which TVMScript uses like lists. */
function parseParenthesis(cursor: Cursor, at: number, depth: number): Node {
  if (take(cursor, ")")) return { kind: "list", at, items: [] };
  const first = parseExpression(cursor, depth + 1);
  if (take(cursor, ")")) return first;
  expect(cursor, ",");
  return { kind: "list", at, items: [first, ...parseItems(cursor, ")", depth)] };
}

function parseDict(cursor: Cursor, at: number, depth: number): Node {
  const entries: (readonly [Node, Node])[] = [];
  while (!take(cursor, "}")) {
    const key = parseExpression(cursor, depth + 1);
    expect(cursor, ":");
    entries.push([key, parseExpression(cursor, depth + 1)]);
    if (!take(cursor, ",") && !isNext(cursor, "}")) throw unexpected(cursor, '"," or "}"');
  }
  return { kind: "dict", at, entries };
}
