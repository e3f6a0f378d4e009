/**
 * Reader of TVMScript: what {@link ./printer.ts} writes and small variations of it.
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
import {
  describe,
  endOfLine,
  openBlock,
  parseFunction,
  type Parser,
  twice,
} from "./function_parser.ts";
import { badValue, canonical, toAnnotations, unsupported } from "./interpret.ts";
import { tokenize } from "./lexer.ts";
import type { Annotations, IRModule, PrimFunc } from "./types.ts";

/**
 * Reads a module of TVMScript.
 *
 * Read are one `@I.ir_module` class with `I.module_attrs` and `@T.prim_func` functions of `T.handle`
 * parameters, in them `T.func_attr`, `T.allocate`, `T.allocate_const` (both as statements and with
 * `with … as …:`), `T.evaluate` and `T.call_extern`. A parameter's pointee type (`T.handle("int8")`)
 * is read over: the IR's pointers have none.
 *
 * @param text Python text
 * @param file Its path, for errors
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
export function parseModule(text: string, file: string): IRModule {
  const source = { file, text };
  const parser: Parser = {
    source,
    tokens: tokenize(source),
    index: 0,
    // TVM's own printer writes the imports as comments, so these two names need none.
    aliases: new Map([["T", "tvm.script.tir"], ["I", "tvm.script.ir"]]),
  };
  while (isNext(parser, "from") || isNext(parser, "import")) parseImport(parser);
  if (peek(parser).kind === "end") throw unexpected(parser, "a class under @I.ir_module");
  parseDecorator(parser, "ir.ir_module", "@I.ir_module, as a module is a class under it");
  expect(parser, "class");
  expectKind(parser, "name", "the name of the class");
  const module = parseClass(parser);
  if (peek(parser).kind !== "end") {
    throw unsupported(parser, peek(parser), "anything after the module", "one module in a file");
  }
  return module;
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

function parseDecorator(parser: Parser, wanted: string, supported: string): void {
  const token = peek(parser);
  if (!take(parser, "@")) throw unexpected(parser, supported);
  const { path } = parsePath(parser);
  if (canonical(parser, path) !== wanted) {
    throw unsupported(parser, token, `@${path}`, supported);
  }
  if (take(parser, "(") && !take(parser, ")")) {
    throw unsupported(parser, peek(parser), `an argument of @${path}`, "none");
  }
  endOfLine(parser);
}

function parseClass(parser: Parser): IRModule {
  openBlock(parser);
  let attrs: Annotations = {};
  const functions = new Map<string, PrimFunc>();
  while (peek(parser).kind !== "dedent") {
    if (take(parser, "pass")) endOfLine(parser);
    else if (isNext(parser, "@")) {
      parseDecorator(parser, "tir.prim_func", "@T.prim_func");
      const at = peek(parser);
      const func = parseFunction(parser);
      if (functions.has(func.name)) throw twice(parser, at, `function "${func.name}"`);
      functions.set(func.name, func);
    } else attrs = { ...attrs, ...parseModuleAttrs(parser) };
  }
  parser.index++;
  const { [MODULE_NAME]: name = "default", ...others } = attrs;
  return { name: String(name), functions: [...functions.values()], attrs: others };
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
