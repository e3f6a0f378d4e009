/**
 * What the reader of TVMScript carries along: tokens, names, and the blocks that are open.
 *
 * @module
 */
import { nameProblem } from "./checks.ts";
import { type Cursor, expect, expectKind, type Node } from "./expression.ts";
import { type Context, unsupported } from "./interpret.ts";
import { scriptError, type Token } from "./lexer.ts";
import type { AllocateHeader, FlatStmt, Header } from "./nest.ts";
import type { Scope } from "./read_expr.ts";
import type { Buffer, Expr, ScalarType, Stmt, Var } from "./types.ts";

/** Tokens to read and what names stand for. */
export interface Parser extends Cursor, Context {
  readonly aliases: Map<string, string>;
  /** Names that stand for the module in calls of its functions, e.g. `Module`. */
  readonly modules: Set<string>;
  /** Target of functions that have none. */
  readonly target: string | undefined;
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
  return "path" in node ? node.path : `a ${node.kind} as a statement`;
}

/** A block that is open, and what happens when it ends. */
export interface Block {
  /** Its statements. */
  readonly list: FlatStmt[];
  /** Names that end with the block. */
  readonly names: string[];
  /** Statements that the block is the body of, outermost first. */
  readonly headers: readonly Header[];
  /** Of an `if`: the arms before this one, and this one's condition; none in the `else`. */
  readonly arms?: readonly { readonly condition: Expr; readonly then: Stmt }[];
  /** Condition of this arm. */
  readonly condition?: Expr | undefined;
}

/** A pointer whose elements are known, so that it can be indexed. */
export interface Elements {
  /** Element type. */
  readonly dtype: ScalarType;
  /** Extents. */
  readonly shape: readonly number[];
  /** Where the declaration of a view of it goes: after this entry of this list, or at its start. */
  readonly list: FlatStmt[];
  /** The entry. */
  readonly after: FlatStmt | undefined;
}

/** A function that is being read. */
export interface FunctionState extends Scope {
  /** Names that are visible. */
  readonly visible: Map<string, Var | Buffer>;
  /** Names of pointers and buffers, unique in the function. */
  readonly pointers: Set<string>;
  /** Open blocks, the innermost last. */
  readonly blocks: Block[];
  /** Pointers that can be indexed without a view. */
  readonly elements: Map<Var, Elements>;
  /** `x = T.var("int32")` of TVM 0.8: variables that a `T.let` will give a value. */
  readonly pending: Map<string, Var>;
  /** Parameters. */
  readonly params: Var[];
  /** Views of parameters. */
  readonly buffers: Buffer[];
  /** Attributes so far. */
  attrs: [string, Node][];
}

/** Makes a pointer or buffer known; its name must be new in the function. */
export function declarePointer(
  parser: Parser,
  state: FunctionState,
  token: Token,
  make: (name: string) => Var | Buffer = pointer,
): Var | Buffer {
  checkName(parser, token);
  if (state.pointers.has(token.text) || state.visible.has(token.text)) {
    throw twice(parser, token, `"${token.text}"`);
  }
  const made = make(token.text);
  state.pointers.add(token.text);
  state.visible.set(token.text, made);
  return made;
}

/** A data pointer. */
export function pointer(name: string): Var {
  return { kind: "var", name, dtype: "handle" };
}

/** Makes a scalar known; its name may have been used where it is not visible any more. */
export function declareScalar(
  parser: Parser,
  state: FunctionState,
  token: Token,
  dtype: ScalarType,
): Var {
  checkName(parser, token);
  if (state.pointers.has(token.text) || state.visible.has(token.text)) {
    throw twice(parser, token, `"${token.text}"`);
  }
  const made: Var = { kind: "var", name: token.text, dtype };
  state.visible.set(token.text, made);
  return made;
}

/** Refuses what is no name of the IR. */
export function checkName(parser: Parser, token: Token): void {
  const problem = nameProblem(token.text);
  if (problem !== undefined) throw scriptError(parser.source, "E-IR-NAME", problem, token);
}

/** Remembers what a new allocate holds. */
export function rememberElements(
  state: FunctionState,
  header: AllocateHeader,
  list: FlatStmt[],
  after: FlatStmt | undefined,
): void {
  const { buffer, dtype, extents: shape } = header;
  state.elements.set(buffer, { dtype, shape, list, after });
}

/**
 * The view of a pointer that is indexed without one, declared right where the pointer is. New TVMScript
 * indexes views only; older ones indexed allocates, and 0.8 loaded from pointers.
 */
export function implicitView(
  state: FunctionState,
  views: Map<Var, Map<boolean, Buffer>>,
  pointer: Var,
  flat: boolean,
): Buffer | undefined {
  const elements = state.elements.get(pointer);
  if (elements === undefined) return undefined;
  const { dtype, shape, list, after } = elements;
  const isFlat = flat || shape.length === 1;
  const known = views.get(pointer)?.get(isFlat);
  if (known !== undefined) return known;
  let name = `${pointer.name}_${isFlat ? "flat" : "view"}`;
  for (let n = 2; state.pointers.has(name) || state.visible.has(name); n++) {
    name = `${pointer.name}_${isFlat ? "flat" : "view"}_${n}`;
  }
  state.pointers.add(name);
  const length = shape.reduce((product, extent) => product * extent, 1);
  const buffer: Buffer = {
    kind: "buffer",
    name,
    data: pointer,
    dtype,
    shape: isFlat ? [length] : shape,
    hints: {},
  };
  const at = after === undefined ? 0 : list.indexOf(after) + 1;
  list.splice(at, 0, { header: { kind: "decl_buffer", buffer } });
  const both = views.get(pointer) ?? new Map<boolean, Buffer>();
  both.set(isFlat, buffer);
  views.set(pointer, both);
  return buffer;
}

/** Refuses a buffer elsewhere than in `global`: pointers of the IR have no scope of their own. */
export function checkGlobal(parser: Parser, at: Node, scope: string): void {
  if (scope === "global" || scope === "") return;
  throw unsupported(parser, at, `scope "${scope}" of a view`, "global; an allocate has the scope");
}

/** Remembers a parameter's view; flat accesses to it declare theirs at the start of the function. */
export function addParamBuffer(state: FunctionState, buffer: Buffer): void {
  state.buffers.push(buffer);
  const list = state.blocks[0]?.list ?? [];
  state.elements.set(buffer.data, { ...buffer, list, after: undefined });
}
