/**
 * Reader of TVMScript: what {@link ./printer.ts} writes, what TVM 0.8 to 0.18 printed for lowered modules,
 * and what people write by hand.
 *
 * @module
 */
import { MODULE_NAME, nameProblem } from "./checks.ts";
import {
  expect,
  expectKind,
  isNext,
  parseExpression,
  parsePath,
  peek,
  take,
  unexpected,
} from "./expression.ts";
import { parseFunction } from "./function_parser.ts";
import { describe, endOfLine, openBlock, type Parser, twice } from "./parser_state.ts";
import { badValue, canonical, toAnnotations, unsupported } from "./interpret.ts";
import { tokenize } from "./lexer.ts";
import type { Annotations, IRModule, PrimFunc } from "./types.ts";

/** What a text may leave open. */
export interface ReadOptions {
  /** Target of functions that name none, e.g. `c`. */
  readonly target?: string | undefined;
}

/**
 * Reads a module of TVMScript.
 *
 * Read is one `@I.ir_module` class of `@T.prim_func` functions, or such functions alone. In them: buffers
 * (`T.match_buffer`, `T.Buffer`, `T.decl_buffer`, `T.buffer_decl`), `T.allocate`, `T.allocate_const`,
 * loops, `if`, `while`, lets, `T.attr`, `assert`, indexing, `T.load` and `T.store`, arithmetic, casts,
 * calls by name and TVM's intrinsics. A function with `"runner_function": True` is `__tvm_main__`. Read over,
 * because the IR has no place for it: a pointer's pointee type (`T.handle("int8")`), the extents before
 * flattening (`T.preflattened_buffer`, checked), and all of a target but its kind. What else the IR cannot hold
 * is an error.
 *
 * @param text Python text
 * @param file Its path, for errors
 * @param options Target of functions that name none; without it they are an error
 * @returns The module; printing and reading it again gives the same one
 * @throws {InputError} E-IR-SYNTAX, E-IR-NAME, E-IR-VALUE, E-IR-UNSUPPORTED, with line and column
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseModule } from "./parser.ts";
 *
 * const module = parseModule(`
 * from tvm.script import ir as I
 * from tvm.script import tir as T
 *
 * @I.ir_module
 * class Module:
 *     @T.prim_func
 *     def __tvm_main__():
 *         T.func_attr({"target": T.target("c")})
 *         a = T.allocate([8], "int8", annotations={"candidate_memory_pools": ["dtcm"]})
 *         T.evaluate(T.call_extern("int32", "kernel", a, 8))
 * `, "example.py");
 * assertEquals(module.functions.map((func) => func.name), ["__tvm_main__"]);
 * ```
 */
export function parseModule(text: string, file: string, options: ReadOptions = {}): IRModule {
  const source = { file, text };
  const parser: Parser = {
    source,
    tokens: tokenize(source),
    index: 0,
    // TVM's own printer writes the imports as comments, so these two names need none.
    aliases: new Map([["T", "tvm.script.tir"], ["I", "tvm.script.ir"]]),
    modules: new Set(["cls"]),
    target: options.target,
  };
  while (isNext(parser, "from") || isNext(parser, "import")) parseImport(parser);
  if (peek(parser).kind === "end") throw unexpected(parser, START);
  const what = parseDecorator(
    parser,
    ["ir.ir_module", "tir.prim_func"],
    `${MODULE}, or ${FUNCTION}`,
  );
  const module = what === "tir.prim_func" ? parseBare(parser) : parseClass(parser);
  if (peek(parser).kind !== "end") {
    throw unsupported(parser, peek(parser), "anything after the module", "one module in a file");
  }
  return module;
}

const MODULE = "@I.ir_module, as a module is a class under it";
const FUNCTION = "@T.prim_func";
const START = `${MODULE}, or ${FUNCTION}`;

/** Functions without a class; the first decorator is read. */
function parseBare(parser: Parser): IRModule {
  const functions = new Map<string, PrimFunc>();
  do {
    addFunction(parser, functions);
  } while (isNext(parser, "@") && parseDecorator(parser, ["tir.prim_func"], FUNCTION));
  return { name: "default", functions: [...functions.values()], attrs: {} };
}

function addFunction(parser: Parser, functions: Map<string, PrimFunc>): void {
  const at = peek(parser);
  const func = parseFunction(parser);
  if (functions.has(func.name)) throw twice(parser, at, `function "${func.name}"`);
  functions.set(func.name, func);
}

/** `from tvm.script import tir as T, ir as I`, `from tvm import script`, `import tvm`. */
function parseImport(parser: Parser): void {
  const keyword = peek(parser);
  const isFrom = take(parser, "from");
  if (!isFrom) expect(parser, "import");
  const { path } = parsePath(parser);
  if (path !== "tvm" && !path.startsWith("tvm.")) {
    throw unsupported(parser, keyword, `import of ${path}`, "import of tvm.script's ir and tir");
  }
  if (isFrom) {
    expect(parser, "import");
    do {
      const name = expectKind(parser, "name", "a name").text;
      parser.aliases.set(parseAlias(parser) ?? name, `${path}.${name}`);
    } while (take(parser, ","));
  } else {
    const alias = parseAlias(parser);
    parser.aliases.set(alias ?? "tvm", alias === undefined ? "tvm" : path);
  }
  endOfLine(parser);
}

function parseAlias(parser: Parser): string | undefined {
  return take(parser, "as") ? expectKind(parser, "name", "a name").text : undefined;
}

/** Reads a decorator and says which of the wanted ones it is. */
function parseDecorator(parser: Parser, wanted: readonly string[], supported: string): string {
  const token = peek(parser);
  if (!take(parser, "@")) throw unexpected(parser, supported);
  const { path } = parsePath(parser);
  const name = canonical(parser, path);
  if (!wanted.includes(name)) throw unsupported(parser, token, `@${path}`, supported);
  if (take(parser, "(") && !take(parser, ")")) {
    throw unsupported(parser, peek(parser), `an argument of @${path}`, "none");
  }
  endOfLine(parser);
  return name;
}

function parseClass(parser: Parser): IRModule {
  expect(parser, "class");
  parser.modules.add(expectKind(parser, "name", "the name of the class").text);
  openBlock(parser);
  let attrs: Annotations = {};
  const functions = new Map<string, PrimFunc>();
  while (peek(parser).kind !== "dedent") {
    if (take(parser, "pass")) endOfLine(parser);
    else if (take(parser, "__tvm_meta__")) parseMeta(parser);
    else if (isNext(parser, "@")) {
      parseDecorator(parser, ["tir.prim_func"], FUNCTION);
      addFunction(parser, functions);
    } else attrs = { ...attrs, ...parseModuleAttrs(parser) };
  }
  parser.index++;
  const { [MODULE_NAME]: name = "default", ...others } = attrs;
  return { name: String(name), functions: [...functions.values()], attrs: others };
}

/** `__tvm_meta__ = None` ends every class of TVM 0.8. */
function parseMeta(parser: Parser): void {
  expect(parser, "=");
  const node = parseExpression(parser);
  if (node.kind !== "constant" || node.value !== undefined) {
    throw unsupported(parser, node, "__tvm_meta__ with a value", "None");
  }
  endOfLine(parser);
}

function parseModuleAttrs(parser: Parser): Annotations {
  const supported = "I.module_attrs({…}) and functions under @T.prim_func";
  if (peek(parser).kind !== "name") throw unexpected(parser, supported);
  const node = parseExpression(parser);
  const argument = node.kind === "call" ? node.args[0] : undefined;
  if (
    node.kind !== "call" || argument === undefined || node.args.length !== 1 ||
    canonical(parser, node.path) !== "ir.module_attrs"
  ) {
    throw unsupported(parser, node, describe(node), supported);
  }
  const attrs = toAnnotations(parser, argument);
  const name = attrs[MODULE_NAME];
  if (name !== undefined) {
    const problem = typeof name === "string" ? nameProblem(name) : `${name} is not a string`;
    if (problem !== undefined) throw badValue(parser, argument, `${MODULE_NAME}: ${problem}`);
  }
  endOfLine(parser);
  return attrs;
}
