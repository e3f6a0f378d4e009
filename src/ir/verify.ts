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
  isIntType,
  isScalarType,
  MAX_DEPTH,
  MODULE_NAME,
  nameProblem,
  scopeProblem,
} from "./checks.ts";
import { sizeOf } from "./data.ts";
import { INTRINSICS } from "./intrinsics.ts";
import type { Annotations, AnnotationValue, Buffer, BufferLoad, Expr, IRModule } from "./types.ts";
import type { PrimFunc, Stmt, Var } from "./types.ts";
import { type AnyAllocate, childrenOf, expressionsOf, operandsOf } from "./visit.ts";

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
  const scope = newScope(where);
  for (const param of func.params) scope.declare(param);
  checkBuffers(func, where, scope);
  checkStatements(func, where, scope);
}

/** What is visible, by object and by name, as the walk goes in and out of bodies. */
interface VisibleNames {
  readonly variables: Set<Var>;
  readonly buffers: Set<Buffer>;
  /** Makes a variable visible; a pointer's name must be new in the function. */
  readonly declare: (variable: Var) => void;
  /** Makes a view visible; `hides` is the parameter whose name it has. */
  readonly declareBuffer: (buffer: Buffer, hides?: Var) => void;
  readonly hide: (one: Var | Buffer) => void;
}

function newScope(where: string): VisibleNames {
  const pointers = new Set<string>();
  const shown = new Set<string>();
  const variables = new Set<Var>();
  const buffers = new Set<Buffer>();
  const claim = (name: string, unique: boolean) => {
    refuse("E-IR-NAME", where, nameProblem(name));
    if (pointers.has(name) || shown.has(name)) {
      refuse("E-IR-NAME", where, `"${name}" is declared twice, needs unique names`);
    }
    (unique ? pointers : shown).add(name);
  };
  return {
    variables,
    buffers,
    declare(variable) {
      const known = variable.dtype === "handle" || isScalarType(variable.dtype);
      if (!known) refuse("E-IR-VALUE", where, `"${variable.name}" has type ${variable.dtype}`);
      claim(variable.name, variable.dtype === "handle");
      variables.add(variable);
    },
    declareBuffer(buffer, hides) {
      const what = `${where}, buffer ${JSON.stringify(buffer.name)}`;
      if (!isScalarType(buffer.dtype)) {
        refuse("E-IR-VALUE", what, `its type is ${JSON.stringify(buffer.dtype)}`);
      }
      if (buffer.shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0)) {
        refuse("E-IR-VALUE", what, `its extents [${buffer.shape.join(", ")}] are no sizes`);
      }
      for (const [key, value] of Object.entries(buffer.hints)) {
        const good = (key === "align" || key === "offset_factor") && Number.isSafeInteger(value) &&
          value >= -1;
        if (!good) refuse("E-IR-VALUE", what, `hint ${key} of ${value} is not known`);
      }
      if (!variables.has(buffer.data) || buffer.data.dtype !== "handle") {
        refuse("E-IR-SCOPE", what, `its pointer "${buffer.data.name}" is not visible there`);
      }
      if (hides?.name !== buffer.name) claim(buffer.name, true);
      buffers.add(buffer);
    },
    hide(one) {
      if (one.kind === "buffer") buffers.delete(one);
      else {
        variables.delete(one);
        if (one.dtype !== "handle") shown.delete(one.name);
      }
    },
  };
}

function checkBuffers(func: PrimFunc, where: string, scope: VisibleNames): void {
  const seen = new Set<Var>();
  for (const buffer of func.buffers ?? []) {
    if (!func.params.includes(buffer.data) || seen.has(buffer.data)) {
      const problem =
        `buffer "${buffer.name}" is no view of a parameter, needs one for each at most`;
      refuse("E-IR-SCOPE", where, problem);
    }
    seen.add(buffer.data);
    scope.declareBuffer(buffer, buffer.data);
  }
}

function checkStatements(func: PrimFunc, where: string, scope: VisibleNames): void {
  const waiting: (Stmt | { readonly hide: Var | Buffer })[] = [func.body];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ("hide" in next) {
      scope.hide(next.hide);
      continue;
    }
    for (const expr of expressionsOf(next)) checkExpr(expr, scope, where, 0);
    const declared = checkStatement(next, where, scope);
    if (declared !== undefined) waiting.push({ hide: declared });
    for (const child of childrenOf(next).toReversed()) waiting.push(child);
  }
}

/** Checks a statement apart from its expressions and children; says what it declares. */
function checkStatement(
  stmt: Stmt,
  where: string,
  scope: VisibleNames,
): Var | Buffer | undefined {
  switch (stmt.kind) {
    case "allocate":
    case "allocate_const":
      checkAllocate(stmt, where);
      scope.declare(stmt.buffer);
      return stmt.buffer;
    case "decl_buffer":
      scope.declareBuffer(stmt.buffer);
      return stmt.buffer;
    case "let":
      scope.declare(stmt.variable);
      return stmt.variable;
    case "for":
      if (stmt.variable.dtype === "handle") {
        refuse("E-IR-VALUE", where, `loop over "${stmt.variable.name}", which is a pointer`);
      }
      if ((stmt.thread !== undefined) !== (stmt.forKind === "thread_binding")) {
        refuse("E-IR-VALUE", where, `loop "${stmt.variable.name}" needs a thread if bound to one`);
      }
      checkAnnotations(`${where}, loop "${stmt.variable.name}"`, stmt.annotations);
      scope.declare(stmt.variable);
      return stmt.variable;
    case "store":
      checkAccess(stmt, scope, where);
  }
  return undefined;
}

function checkAccess(
  { buffer, indices }: Pick<BufferLoad, "buffer" | "indices">,
  scope: VisibleNames,
  where: string,
): void {
  if (!scope.buffers.has(buffer)) {
    refuse("E-IR-SCOPE", where, `buffer "${buffer.name}" is not visible there`);
  }
  if (indices.length !== buffer.shape.length) {
    const needed = `needs ${buffer.shape.length} for "${buffer.name}"`;
    refuse("E-IR-VALUE", where, `${indices.length} indices, ${needed}`);
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
  if (node.dtype === "bool" && node.data.some((byte) => byte > 1)) {
    refuse("E-IR-VALUE", what, "its data has bytes other than 0 and 1, needs those for bool");
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

function checkExpr(expr: Expr, scope: VisibleNames, where: string, depth: number): void {
  if (depth > MAX_DEPTH) refuse("E-IR-VALUE", where, `values nest over ${MAX_DEPTH} deep`);
  switch (expr.kind) {
    case "var":
      if (!scope.variables.has(expr)) {
        const problem = `variable "${expr.name}" is not visible there`;
        refuse("E-IR-SCOPE", where, `${problem}, needs a parameter or an enclosing statement's`);
      }
      break;
    case "int":
      if (!isIntType(expr.dtype)) refuse("E-IR-VALUE", where, `type ${expr.dtype} of an integer`);
      refuse("E-IR-VALUE", where, intProblem(expr.value, expr.dtype));
      break;
    case "float":
      if (!Number.isFinite(expr.value)) refuse("E-IR-VALUE", where, `${expr.value} is not finite`);
      break;
    case "call_extern":
      refuse("E-IR-NAME", where, nameProblem(expr.callee));
      break;
    case "intrinsic":
      if (!INTRINSICS.has(expr.op)) {
        refuse("E-IR-NAME", where, `intrinsic ${JSON.stringify(expr.op)} is not known`);
      }
      break;
    case "load":
      checkAccess(expr, scope, where);
  }
  for (const operand of operandsOf(expr)) checkExpr(operand, scope, where, depth + 1);
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
