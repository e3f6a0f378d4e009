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
import type {
  AllocateConst,
  Annotations,
  AnnotationValue,
  Expr,
  IRModule,
  PrimFunc,
  Stmt,
} from "./types.ts";
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
  const params = func.params.map((param) => `${param.name}: T.handle`).join(", ");
  const fixed = [
    `"global_symbol": ${printString(func.name)}`,
    `"target": T.target(${printString(func.target)})`,
  ];
  const attrs = [...fixed, ...entriesOf(func.attrs)].join(", ");
  const lines = [
    `${STEP}@T.prim_func`,
    `${STEP}def ${func.name}(${params}):`,
    `${STEP}${STEP}T.func_attr({${attrs}})`,
  ];
  printBody(func.body, lines);
  return lines;
}

interface Block {
  /** Statements still to print, the next one last. */
  waiting: Stmt[];
  readonly indent: string;
}

/** Prints with a stack of its own: a thousand nested allocates are a thousand plain lines. */
function printBody(body: Stmt, lines: string[]): void {
  const first = STEP + STEP;
  const blocks: Block[] = [{ waiting: statementsIn(body), indent: first }];
  if (blocks[0]?.waiting.length === 0) lines.push(`${first}pass`);
  for (let block = blocks.at(-1); block !== undefined; block = blocks.at(-1)) {
    const stmt = block.waiting.pop();
    if (stmt === undefined) blocks.pop();
    else if (stmt.kind === "evaluate") {
      lines.push(`${block.indent}T.evaluate(${printExpr(stmt.value)})`);
    } else if (stmt.kind !== "seq") {
      const inner = statementsIn(stmt.body);
      const name = stmt.buffer.name;
      if (block.waiting.length === 0) {
        lines.push(`${block.indent}${name} = ${printAllocate(stmt, block.indent)}`);
        block.waiting = inner;
      } else {
        lines.push(`${block.indent}with ${printAllocate(stmt, block.indent)} as ${name}:`);
        if (inner.length === 0) lines.push(`${block.indent}${STEP}pass`);
        blocks.push({ waiting: inner, indent: block.indent + STEP });
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

function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case "var":
      return expr.name;
    case "string":
      return printString(expr.value);
    case "int":
      if (expr.dtype === "bool") return `T.bool(${expr.value === 0 ? "False" : "True"})`;
      return expr.dtype === "int32" ? `${expr.value}` : `T.int64(${expr.value})`;
    case "call_extern": {
      const args = expr.args.map((arg) => `, ${printExpr(arg)}`).join("");
      return `T.call_extern("${expr.dtype}", ${printString(expr.callee)}${args})`;
    }
  }
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
