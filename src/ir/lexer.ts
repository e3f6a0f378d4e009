/**
 * Tokens of the Python that TVMScript is written in: names, numbers, strings, brackets, and the
 * line structure (NEWLINE, INDENT, DEDENT; see the Python language reference, section 2.1).
 *
 * @module
 */
import { InputError, type SourceLocation } from "../base/error.ts";

/** Kinds of tokens. Operators carry themselves as their text. */
export type TokenKind =
  | "name"
  | "number"
  | "string"
  | "op"
  | "newline"
  | "indent"
  | "dedent"
  | "end";

/** A token. */
export interface Token {
  /** Kind. */
  readonly kind: TokenKind;
  /** Text as written; of a string, the characters it stands for. */
  readonly text: string;
  /** Offset of its first character. */
  readonly at: number;
}

/** A text with its name, for errors. */
export interface Source {
  /** Path as the user gave it. */
  readonly file: string;
  /** The text. */
  readonly text: string;
}

/** Lines longer than this are not shown in errors. */
const MAX_LINE_TEXT = 300;

/** Where an offset lies in a text. */
export function locate(source: Source, at: number, length = 1): SourceLocation {
  const before = source.text.slice(0, at);
  const line = before.split(/\r\n|\r|\n/).length;
  const start = Math.max(before.lastIndexOf("\n"), before.lastIndexOf("\r")) + 1;
  const rest = /[\r\n]/.exec(source.text.slice(start));
  const lineText = source.text.slice(start, rest === null ? undefined : start + rest.index);
  const place = { file: source.file, line, column: at - start + 1, length };
  return lineText.length > MAX_LINE_TEXT ? place : { ...place, lineText };
}

/** An error in a TVMScript text: `Cannot read <file>: <problem>`. */
export function scriptError(
  source: Source,
  code: string,
  problem: string,
  token: { readonly at: number; readonly length?: number },
  hints: readonly string[] = [],
): InputError {
  const location = locate(source, token.at, token.length ?? 1);
  const place = `${source.file}:${location.line}:${location.column}`;
  return new InputError(code, `Cannot read ${place}: ${problem}`, { location, hints });
}

const SPACE = /[ \t\f]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER =
  /0[xX][0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const OPERATOR = /->|\/\/|<<|>>|[<>=!]=|[()[\]{},:=.@+\-*/%<>&|^~]/y;
const LINE_END = /\r\n|\r|\n/y;
const COMMENT = /#[^\r\n]*/y;

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/**
 * Splits a text into tokens.
 *
 * @param source Text with its name
 * @returns Tokens; the last one is `end`
 * @throws {InputError} E-IR-SYNTAX with its location
 */
export function tokenize(source: Source): Token[] {
  const { text } = source;
  const tokens: Token[] = [];
  const indents = [0];
  let brackets = 0;
  let lineStart = true;
  let at = text.startsWith("\ufeff") ? 1 : 0;
  while (at < text.length) {
    if (lineStart) {
      at = indentation(source, at, indents, tokens);
      lineStart = false;
    }
    at += match(SPACE, text, at)?.length ?? 0;
    at += match(COMMENT, text, at)?.length ?? 0;
    if (at >= text.length) break;
    const lineEnd = match(LINE_END, text, at);
    if (lineEnd !== undefined) {
      if (brackets === 0) endLine(tokens, at);
      lineStart = brackets === 0;
      at += lineEnd.length;
      continue;
    }
    const token = next(source, at);
    if (token.kind === "op" && "([{".includes(token.text)) brackets++;
    if (token.kind === "op" && ")]}".includes(token.text)) brackets = Math.max(0, brackets - 1);
    tokens.push(token);
    at = token.end;
  }
  endLine(tokens, at);
  for (let i = 1; i < indents.length; i++) tokens.push({ kind: "dedent", text: "", at });
  tokens.push({ kind: "end", text: "", at });
  return tokens;
}

/** Blank lines and lines with only a comment make no NEWLINE. */
function endLine(tokens: Token[], at: number): void {
  const last = tokens.at(-1);
  if (last !== undefined && !["newline", "indent", "dedent"].includes(last.kind)) {
    tokens.push({ kind: "newline", text: "", at });
  }
}

function indentation(source: Source, at: number, indents: number[], tokens: Token[]): number {
  const space = match(SPACE, source.text, at) ?? "";
  const start = at + space.length;
  const first = source.text[start];
  if (first === undefined || first === "#" || first === "\n" || first === "\r") return start;
  if (space.includes("\t")) {
    throw scriptError(source, "E-IR-SYNTAX", "tab in the indentation, needs spaces", { at });
  }
  if (space.length > (indents.at(-1) ?? 0)) {
    indents.push(space.length);
    tokens.push({ kind: "indent", text: "", at: start });
    return start;
  }
  while (space.length < (indents.at(-1) ?? 0)) {
    indents.pop();
    tokens.push({ kind: "dedent", text: "", at: start });
  }
  if (space.length !== indents.at(-1)) {
    const problem = "indentation matches no enclosing block, needs that of one of them";
    throw scriptError(source, "E-IR-SYNTAX", problem, { at: start });
  }
  return start;
}

function next(source: Source, at: number): Token & { readonly end: number } {
  const { text } = source;
  for (
    const [kind, pattern] of [["name", NAME], ["number", NUMBER], ["op", OPERATOR]] as const
  ) {
    const found = match(pattern, text, at);
    if (found === undefined) continue;
    if (kind === "number") checkNumber(source, at, found);
    return { kind, text: found, at, end: at + found.length };
  }
  const quote = text[at];
  if (quote === '"' || quote === "'") return string(source, at, quote);
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
  throw scriptError(
    source,
    "E-IR-SYNTAX",
    `character ${JSON.stringify(char)} is not understood here, ` +
      `needs a name, a number, a string, a bracket or an operator`,
    { at },
  );
}

/** `1x`, `0b1` and `007` are no numbers in Python; nor are they here. */
function checkNumber(source: Source, at: number, found: string): void {
  const tail = match(NAME, source.text, at + found.length);
  if (tail !== undefined || /^0[0-9_]*[1-9]/.test(found) && /^[0-9_]+$/.test(found)) {
    const problem = `"${found}${tail ?? ""}" is no number, needs one such as 12, -3, 0x1f or 0.5`;
    throw scriptError(source, "E-IR-SYNTAX", problem, { at, length: found.length });
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "0": "\0",
};

function string(source: Source, at: number, quote: string): Token & { readonly end: number } {
  const { text } = source;
  if (text.startsWith(quote.repeat(3), at)) {
    const problem = "triple-quoted strings are not supported, needs a string on one line";
    throw scriptError(source, "E-IR-UNSUPPORTED", problem, { at, length: 3 });
  }
  const parts: string[] = [];
  let from = at + 1;
  for (let i = from; i < text.length; i++) {
    const char = text[i];
    if (char === "\n" || char === "\r") break;
    if (char === quote) {
      parts.push(text.slice(from, i));
      return { kind: "string", text: parts.join(""), at, end: i + 1 };
    }
    if (char !== "\\") continue;
    const escape = readEscape(source, i);
    parts.push(text.slice(from, i), escape.text);
    from = escape.end;
    i = escape.end - 1;
  }
  throw scriptError(source, "E-IR-SYNTAX", `string has no end, needs a closing ${quote}`, { at });
}

function readEscape(source: Source, at: number): { text: string; end: number } {
  const { text } = source;
  const letter = text[at + 1] ?? "";
  const digits = ({ x: 2, u: 4, U: 8 } as const)[letter as "x" | "u" | "U"];
  if (digits !== undefined) {
    const hex = text.slice(at + 2, at + 2 + digits);
    const code = Number.parseInt(hex, 16);
    if (hex.length === digits && /^[0-9a-fA-F]+$/.test(hex) && code <= 0x10ffff) {
      return { text: String.fromCodePoint(code), end: at + 2 + digits };
    }
  }
  const simple = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
  if (simple === undefined) {
    const problem = `escape ${JSON.stringify(`\\${letter}`)} is not understood, ` +
      String.raw`needs one of \\ \' \" \a \b \f \n \r \t \v \0 \x41 \u0041 \U00000041`;
    throw scriptError(source, "E-IR-SYNTAX", problem, { at, length: 2 });
  }
  return { text: simple, end: at + 2 };
}
