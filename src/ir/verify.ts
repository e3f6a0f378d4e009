/**
 * Checks that a module is one that can be printed, read back and planned: names, scoping of variables,
 * sizes. Nodes are plain objects that any script can write down, so whoever relies on them asks here.
 *
 * @module
 */
import { UsageError } from "../base/error.ts";
import { formatBytes } from "../base/units.ts";
import {
  CONST_SCOPE,
  extentsProblem,
  intProblem,
  MAX_DEPTH,
  MODULE_NAME,
  nameProblem,
  scopeProblem,
} from "./checks.ts";
import { sizeOf } from "./data.ts";
import type { Annotations, AnnotationValue, Expr, IRModule, PrimFunc, Stmt, Var } from "./types.ts";
import type { AnyAllocate } from "./visit.ts";

/**
 * Throws unless a module is well formed: names are unique C identifiers, variables are used only where
 * they are visible, constants have as many bytes as their extents say, annotations can be printed.
 *
 * @param module What a builder, an importer or a script made
 * @throws {UsageError} E-IR-NAME, E-IR-SCOPE, E-IR-VALUE: what is wrong and in which function
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { UsageError } from "../base/error.ts";
 * import { verifyModule } from "./verify.ts";
 *
 * assertThrows(() => verifyModule({ name: "my net", functions: [], attrs: {} }), UsageError);
 * ```
 */
export function verifyModule(module: IRModule): void {
  const where = `module ${JSON.stringify(module.name)}`;
  refuse("E-IR-NAME", where, nameProblem(module.name));
  if (Object.hasOwn(module.attrs, MODULE_NAME)) {
    refuse("E-IR-VALUE", where, `attribute "${MODULE_NAME}" is the field name, needs to be there`);
  }
  checkAnnotations(where, module.attrs);
  const seen = new Set<string>();
  for (const func of module.functions) {
    if (seen.has(func.name)) {
      refuse("E-IR-NAME", where, `function "${func.name}" exists twice, needs unique names`);
    }
    seen.add(func.name);
    verifyFunction(func);
  }
}

function refuse(code: string, where: string, problem: string | undefined): void {
  if (problem !== undefined) throw new UsageError(code, `Cannot use ${where}: ${problem}`);
}

function verifyFunction(func: PrimFunc): void {
  const where = `function ${JSON.stringify(func.name)}`;
  refuse("E-IR-NAME", where, nameProblem(func.name));
  if (func.target === "") refuse("E-IR-VALUE", where, `its target is empty, needs one such as "c"`);
  for (const key of ["global_symbol", "target"]) {
    if (Object.hasOwn(func.attrs, key)) {
      refuse("E-IR-VALUE", where, `attribute "${key}" is a field, needs to be left out of attrs`);
    }
  }
  checkAnnotations(where, func.attrs);
  const names = new Set<string>();
  const declare = (variable: Var) => {
    refuse("E-IR-NAME", where, nameProblem(variable.name));
    if (names.has(variable.name)) {
      refuse("E-IR-NAME", where, `"${variable.name}" is declared twice, needs unique names`);
    }
    names.add(variable.name);
  };
  func.params.forEach(declare);
  checkScopes(func, where, declare);
}

/** Walks with the set of visible variables; leaving an allocate's body hides its variable again. */
function checkScopes(func: PrimFunc, where: string, declare: (variable: Var) => void): void {
  const visible = new Set<Var>(func.params);
  const waiting: (Stmt | { readonly hide: Var })[] = [func.body];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ("hide" in next) {
      visible.delete(next.hide);
    } else if (next.kind === "seq") {
      for (const child of next.body.toReversed()) waiting.push(child);
    } else if (next.kind === "evaluate") {
      checkExpr(next.value, visible, where, 0);
    } else {
      checkAllocate(next, where);
      declare(next.buffer);
      visible.add(next.buffer);
      waiting.push({ hide: next.buffer }, next.body);
    }
  }
}

function checkAllocate(node: AnyAllocate, where: string): void {
  const what = `${where}, buffer ${JSON.stringify(node.buffer.name)}`;
  refuse("E-IR-VALUE", what, extentsProblem(node.dtype, node.extents));
  refuse("E-IR-VALUE", what, scopeProblem(node.scope));
  checkAnnotations(what, node.annotations);
  if (node.kind === "allocate") {
    if (node.condition.value !== 1) refuse("E-IR-VALUE", what, "its condition is not true");
    return;
  }
  if (Object.hasOwn(node.annotations, CONST_SCOPE)) {
    refuse("E-IR-VALUE", what, `annotation "${CONST_SCOPE}" is the field scope, needs to be there`);
  }
  if (node.data.length !== sizeOf(node)) {
    refuse(
      "E-IR-VALUE",
      what,
      `its data has ${formatBytes(node.data.length)}, needs ${formatBytes(sizeOf(node))} for ` +
        `[${node.extents.join(", ")}] of ${node.dtype}`,
    );
  }
}

function checkExpr(expr: Expr, visible: ReadonlySet<Var>, where: string, depth: number): void {
  if (depth > MAX_DEPTH) refuse("E-IR-VALUE", where, `calls nest over ${MAX_DEPTH} deep`);
  if (expr.kind === "var" && !visible.has(expr)) {
    refuse(
      "E-IR-SCOPE",
      where,
      `variable "${expr.name}" is not visible there, needs a parameter or an enclosing allocate`,
    );
  } else if (expr.kind === "int") {
    refuse("E-IR-VALUE", where, intProblem(expr.value, expr.dtype));
  } else if (expr.kind === "call_extern") {
    refuse("E-IR-NAME", where, nameProblem(expr.callee));
    for (const arg of expr.args) checkExpr(arg, visible, where, depth + 1);
  }
}

function checkAnnotations(where: string, annotations: Annotations): void {
  for (const [key, value] of Object.entries(annotations)) {
    checkAnnotation(`${where}, annotation ${JSON.stringify(key)}`, value, 0);
  }
}

function checkAnnotation(where: string, value: AnnotationValue, depth: number): void {
  if (depth > MAX_DEPTH) refuse("E-IR-VALUE", where, `it nests over ${MAX_DEPTH} deep`);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) refuse("E-IR-VALUE", where, `${value} is not finite`);
  } else if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) checkAnnotation(where, item, depth + 1);
  } else if (typeof value !== "string" && typeof value !== "boolean") {
    refuse(
      "E-IR-VALUE",
      where,
      `${value} cannot be printed, needs text, a number or true or false`,
    );
  }
}
