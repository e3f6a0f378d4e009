/**
 * Modules as TVMScript, in the spelling of TVM's own printer: `name = T.allocate(…)` is visible in the
 * rest of its block, `with T.allocate(…) as name:` where something follows that must not see it.
 *
 * What TVMScript has no place for is kept where TVM's reader accepts it: the module's name is the
 * module attribute `pinmap.name`, a constant's planned scope the annotation `storage_scope`.
 *
 * @module
 */
import { CONST_SCOPE, MODULE_NAME } from "./checks.ts";
import { decodeElements, type Element } from "./data.ts";
import { type Naming, printAccess, printExpr } from "./print_expr.ts";
import type { AllocateConst, Annotations, AnnotationValue, Buffer, BufferStore } from "./types.ts";
import type { Evaluate, Expr, For, IfThenElse, IRModule, PrimFunc, Seq, Stmt } from "./types.ts";
import type { Var, While } from "./types.ts";
import { verifyModule } from "./verify.ts";
import type { AnyAllocate } from "./visit.ts";

const STEP = "    ";
const LINE_WIDTH = 100;

/**
 * Prints a module as TVMScript. What {@linkcode parseModule} reads back is the same module.
 *
 * @param module A well-formed module
 * @returns Python text, the same for the same module
 * @throws {UsageError} E-IR-NAME, E-IR-SCOPE, E-IR-VALUE if the module is not well formed
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { moduleBuilder } from "./builder.ts";
 * import { printModule } from "./printer.ts";
 *
 * const net = moduleBuilder("net");
 * net.main().allocate("a", "int8", [8], { candidates: ["dtcm"] });
 * assertStringIncludes(
 *   printModule(net.build()),
 *   'a = T.allocate([8], "int8", "global", annotations={"candidate_memory_pools": ["dtcm"]})',
 * );
 * ```
 */
export function printModule(module: IRModule): string {
  verifyModule(module);
  const lines = [
    "from tvm.script import ir as I",
    "from tvm.script import tir as T",
    "",
    "@I.ir_module",
    "class Module:",
    `${STEP}I.module_attrs(${printAnnotations({ [MODULE_NAME]: module.name, ...module.attrs })})`,
  ];
  for (const func of module.functions) lines.push("", ...printFunction(func));
  return lines.join("\n") + "\n";
}

function printFunction(func: PrimFunc): string[] {
  const views = new Map(func.buffers?.map((buffer) => [buffer.data, buffer]));
  const typed = (param: Var) => {
    const view = views.get(param);
    return view !== undefined && view.name === param.name ? view : undefined;
  };
  const name = (variable: Var) => {
    const view = views.get(variable);
    return view === undefined ? variable.name : `${view.name}.data`;
  };
  const params = func.params.map((param) => {
    const view = typed(param);
    const type = view === undefined ? `T.${param.dtype}` : `T.Buffer(${printView(view, name)})`;
    return `${param.name}: ${type}`;
  });
  const fixed = [
    `"global_symbol": ${printString(func.name)}`,
    `"target": T.target(${printString(func.target)})`,
  ];
  const attrs = [...fixed, ...entriesOf(func.attrs)].join(", ");
  const lines = [
    `${STEP}@T.prim_func`,
    `${STEP}def ${func.name}(${params.join(", ")}):`,
    `${STEP}${STEP}T.func_attr({${attrs}})`,
  ];
  for (const buffer of func.buffers ?? []) {
    if (typed(buffer.data) === buffer) continue;
    const view = `${buffer.data.name}, ${printView(buffer, name)}`;
    lines.push(`${STEP}${STEP}${buffer.name} = T.match_buffer(${view})`);
  }
  printBody(func.body, lines, name);
  return lines;
}

/** Extents, type and hints of a view. */
function printView(buffer: Buffer, name: Naming, data?: Var): string {
  const comma = buffer.shape.length === 1 ? "," : "";
  const parts = [`(${buffer.shape.join(", ")}${comma})`, `"${buffer.dtype}"`];
  if (data !== undefined) parts.push(`data=${name(data)}`);
  for (const [key, value] of Object.entries(buffer.hints)) parts.push(`${key}=${value}`);
  return parts.join(", ");
}

interface Block {
  /** Statements still to print, the next one last. */
  waiting: Stmt[];
  readonly indent: string;
  /** Line before the block, if that is not printed yet: the `else` of an `if` waits for the other arm. */
  opening?: string | undefined;
}

/** Prints with a stack of its own: a thousand nested allocates are a thousand plain lines. */
function printBody(body: Stmt, lines: string[], name: Naming): void {
  const blocks: Block[] = [];
  const open = (stmt: Stmt, indent: string, opening = "") => {
    blocks.push({ waiting: statementsIn(stmt), indent, opening });
  };
  open(body, STEP + STEP);
  for (let block = blocks.at(-1); block !== undefined; block = blocks.at(-1)) {
    const { indent, opening } = block;
    if (opening !== undefined) {
      if (opening !== "") lines.push(opening);
      if (block.waiting.length === 0) lines.push(`${indent}pass`);
      block.opening = undefined;
    }
    const stmt = block.waiting.pop();
    if (stmt === undefined) {
      blocks.pop();
      continue;
    }
    switch (stmt.kind) {
      case "seq":
        break;
      case "evaluate":
        lines.push(`${indent}T.evaluate(${printExpr(stmt.value, name)})`);
        break;
      case "store":
        lines.push(`${indent}${printAccess(stmt, name)} = ${printExpr(stmt.value, name)}`);
        break;
      case "if":
        if (stmt.else !== undefined) open(stmt.else, indent + STEP, `${indent}else:`);
        open(stmt.then, indent + STEP, `${indent}if ${printExpr(stmt.condition, name)}:`);
        break;
      case "for":
      case "while":
        open(stmt.body, indent + STEP, `${indent}${printLoop(stmt, name)}:`);
        break;
      default:
        if (block.waiting.length === 0) {
          lines.push(indent + printHeader(stmt, indent, name).flat);
          block.waiting = statementsIn(stmt.body);
        } else {
          const { scoped } = printHeader(stmt, indent, name);
          open(stmt.body, indent + STEP, `${indent}with ${scoped}:`);
        }
    }
  }
}

/** The statements of a block without sequences, last one first. */
function statementsIn(stmt: Stmt): Stmt[] {
  const found: Stmt[] = [];
  const waiting: Stmt[] = [stmt];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.kind !== "seq") found.push(next);
    else for (const child of next.body) waiting.push(child);
  }
  return found;
}

function printLoop(stmt: For | While, name: Naming): string {
  if (stmt.kind === "while") return `while ${printExpr(stmt.condition, name)}`;
  const kind = stmt.forKind === "unrolled" ? "unroll" : stmt.forKind;
  const args = printRange(stmt, name);
  if (stmt.thread !== undefined) args.push(`thread=${printString(stmt.thread)}`);
  const annotations = printAnnotations(stmt.annotations);
  if (annotations !== "{}") args.push(`annotations=${annotations}`);
  return `for ${stmt.variable.name} in T.${kind}(${args.join(", ")})`;
}

/** TVMScript writes a loop from its first value to the one after its last. */
function printRange({ min, extent }: For, name: Naming): string[] {
  if (min.kind === "int" && min.dtype === "int32" && min.value === 0) {
    return [printExpr(extent, name)];
  }
  const stop: Expr = min.kind === "int" && min.value === 0
    ? extent
    : min.kind === "int" && extent.kind === "int"
    ? { ...extent, value: min.value + extent.value }
    : { kind: "binary", op: "+", a: min, b: extent };
  return [printExpr(min, name), printExpr(stop, name)];
}

/** A statement with a body, for the rest of its block and for a block of its own. */
function printHeader(
  stmt: Exclude<Stmt, Seq | Evaluate | BufferStore | IfThenElse | For | While>,
  indent: string,
  name: Naming,
): { readonly flat: string; readonly scoped: string } {
  switch (stmt.kind) {
    case "allocate":
    case "allocate_const":
      return named(stmt.buffer.name, printAllocate(stmt, indent));
    case "decl_buffer": {
      const { buffer } = stmt;
      return named(buffer.name, `T.decl_buffer(${printView(buffer, name, buffer.data)})`);
    }
    case "let": {
      const { variable } = stmt;
      const value = printExpr(stmt.value, name);
      return {
        flat: `${variable.name}: T.${variable.dtype} = ${value}`,
        scoped: `T.LetStmt(${value}, T.${variable.dtype}) as ${variable.name}`,
      };
    }
    case "attr": {
      const args = [printExpr(stmt.node, name), printString(stmt.key), printExpr(stmt.value, name)];
      const text = `T.attr(${args.join(", ")})`;
      return { flat: text, scoped: text };
    }
    case "assert": {
      const text = `${printExpr(stmt.condition, name)}, ${printString(stmt.message)}`;
      return { flat: `assert ${text}`, scoped: `T.Assert(${text})` };
    }
  }
}

function named(name: string, text: string): { readonly flat: string; readonly scoped: string } {
  return { flat: `${name} = ${text}`, scoped: `${text} as ${name}` };
}

function printAllocate(node: AnyAllocate, indent: string): string {
  const shape = `[${node.extents.join(", ")}]`;
  if (node.kind === "allocate") {
    const tail = printAnnotationArgument(node.annotations);
    return `T.allocate(${shape}, "${node.dtype}", ${printString(node.scope)}${tail})`;
  }
  const scope = node.scope === "global" ? {} : { [CONST_SCOPE]: node.scope };
  const tail = printAnnotationArgument({ ...node.annotations, ...scope });
  return `T.allocate_const(${printData(node, indent)}, "${node.dtype}", ${shape}${tail})`;
}

function printAnnotationArgument(annotations: Annotations): string {
  const text = printAnnotations(annotations);
  return text === "{}" ? "" : `, annotations=${text}`;
}

/** A list that fits on a line stays on it; longer ones are wrapped, which Python allows in brackets. */
function printData(node: AllocateConst, indent: string): string {
  const values = decodeElements(node.dtype, node.data);
  const elements = node.dtype === "float32"
    ? values.map((value, i) => printFloat(value, node.data.subarray(4 * i, 4 * i + 4)))
    : node.dtype === "bool"
    ? values.map((value) => value === 0 ? "False" : "True")
    : values.map(String);
  const inner = indent + STEP;
  const lines: string[] = [];
  let line = "";
  for (const element of elements) {
    if (line !== "" && inner.length + line.length + element.length + 3 > LINE_WIDTH) {
      lines.push(`${line},`);
      line = "";
    }
    line = line === "" ? element : `${line}, ${element}`;
  }
  return lines.length === 0
    ? `[${line}]`
    : `[\n${[...lines, line].map((text) => inner + text).join("\n")}\n${indent}]`;
}

function printFloat(value: Element, bytes: Uint8Array): string {
  const number = Number(value);
  if (Number.isFinite(number)) return printFloat32(number);
  if (!Number.isNaN(number)) return `T.float32("${number > 0 ? "inf" : "-inf"}")`;
  const bits = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  return bits === QUIET_NAN
    ? 'T.float32("nan")'
    : `T.reinterpret("float32", T.uint32(0x${bits.toString(16)}))`;
}

/** The NaN that `T.float32("nan")` stands for; others are printed by their bits. */
const QUIET_NAN = 0x7fc0_0000;

/** The fewest digits that round to the same float32; nine always do. */
function printFloat32(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return printDouble(Object.is(value, -0) ? -0 : short);
  }
  return printDouble(Number(value.toPrecision(9)));
}

function printDouble(value: number): string {
  return Number.isSafeInteger(value)
    ? `${Object.is(value, -0) ? "-0" : value}.0`
    : printNumber(value);
}

/** Integers beyond 2^53 get an exponent, so that nobody takes their digits for exact. */
function printNumber(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? value.toExponential()
    : `${value}`;
}

function printAnnotations(annotations: Annotations): string {
  return `{${entriesOf(annotations).join(", ")}}`;
}

function entriesOf(annotations: Annotations): string[] {
  return Object.entries(annotations).map(([key, value]) =>
    `${printString(key)}: ${printAnnotation(value)}`
  );
}

function printAnnotation(value: AnnotationValue): string {
  switch (typeof value) {
    case "string":
      return printString(value);
    case "boolean":
      return value ? "True" : "False";
    case "number":
      return printNumber(value);
    default:
      return isList(value) ? `[${value.map(printAnnotation).join(", ")}]` : printAnnotations(value);
  }
}

function isList(value: AnnotationValue): value is readonly AnnotationValue[] {
  return Array.isArray(value);
}

/** JSON's escapes are a subset of Python's. */
function printString(text: string): string {
  return JSON.stringify(text);
}
