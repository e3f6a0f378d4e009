/**
 * Walks over the IR and rewrites of it. Nothing here recurses over statements: a module with a thousand
 * buffers nests a thousand deep.
 *
 * @module
 */
import type { Allocate, AllocateConst, Annotations, Expr, IRModule, PrimFunc } from "./types.ts";
import type { Stmt } from "./types.ts";

export { bytesOf, sizeOf } from "./data.ts";

/** A buffer or a constant. */
export type AnyAllocate = Allocate | AllocateConst;

/** What {@linkcode mapAllocations} may change. */
export interface AllocationChange {
  /** New storage scope, e.g. `global.dtcm`. */
  readonly scope?: string;
  /** New annotations; they replace the old ones. */
  readonly annotations?: Annotations;
}

/**
 * All statements below and with `stmt`, parents before children, in order of execution.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { statementsOf } from "./visit.ts";
 *
 * assertEquals(statementsOf({ kind: "seq", body: [] }).length, 1);
 * ```
 */
export function statementsOf(stmt: Stmt): Stmt[] {
  const found: Stmt[] = [];
  const waiting: Stmt[] = [stmt];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    found.push(next);
    for (const child of childrenOf(next).toReversed()) waiting.push(child);
  }
  return found;
}

/** The statements directly inside one, in order of execution. */
export function childrenOf(stmt: Stmt): readonly Stmt[] {
  switch (stmt.kind) {
    case "seq":
      return stmt.body;
    case "evaluate":
    case "store":
      return [];
    case "if":
      return stmt.else === undefined ? [stmt.then] : [stmt.then, stmt.else];
    default:
      return [stmt.body];
  }
}

/** The same statement around other statements, as many as {@linkcode childrenOf} gives. */
export function withChildren(stmt: Stmt, children: readonly Stmt[]): Stmt {
  const [first = stmt, second] = children;
  switch (stmt.kind) {
    case "seq":
      return { ...stmt, body: children };
    case "evaluate":
    case "store":
      return stmt;
    case "if":
      return { ...stmt, then: first, ...(second !== undefined && { else: second }) };
    default:
      return { ...stmt, body: first };
  }
}

/** The expressions directly in a statement, in order of evaluation. */
export function expressionsOf(stmt: Stmt): readonly Expr[] {
  switch (stmt.kind) {
    case "evaluate":
    case "let":
      return [stmt.value];
    case "store":
      return [...stmt.indices, stmt.value];
    case "for":
      return [stmt.min, stmt.extent];
    case "while":
    case "if":
    case "assert":
      return [stmt.condition];
    case "attr":
      return [stmt.node, stmt.value];
    default:
      return [];
  }
}

/** The expressions directly inside one, in order of evaluation. */
export function operandsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "binary":
      return [expr.a, expr.b];
    case "not":
    case "cast":
      return [expr.value];
    case "select":
      return [expr.condition, expr.a, expr.b];
    case "intrinsic":
    case "call_extern":
      return expr.args;
    case "load":
      return expr.indices;
    default:
      return [];
  }
}

/**
 * The buffers and constants of a function, outermost first.
 *
 * @param func A function
 * @returns Its allocates, as a flat list
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { moduleBuilder } from "./builder.ts";
 * import { allocationsOf, findFunction } from "./visit.ts";
 *
 * const net = moduleBuilder("net");
 * net.main().allocate("a", "int8", [8]);
 * const main = findFunction(net.build(), "__tvm_main__");
 * assertEquals(main && allocationsOf(main).map((node) => node.buffer.name), ["a"]);
 * ```
 */
export function allocationsOf(func: PrimFunc): AnyAllocate[] {
  return statementsOf(func.body).filter((stmt): stmt is AnyAllocate =>
    stmt.kind === "allocate" || stmt.kind === "allocate_const"
  );
}

/**
 * The function of that name.
 *
 * @param module A module
 * @param name Name of the function, e.g. `__tvm_main__`
 * @returns The function, or `undefined` if the module has none of that name
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { findFunction } from "./visit.ts";
 *
 * assertEquals(findFunction({ name: "net", functions: [], attrs: {} }, "f"), undefined);
 * ```
 */
export function findFunction(module: IRModule, name: string): PrimFunc | undefined {
  return module.functions.find((func) => func.name === name);
}

/**
 * A module with other scopes or annotations on its buffers and constants; everything else, variables
 * included, is the same.
 *
 * @param module A module; it stays as it is
 * @param change Asked once for each allocate of each function; `undefined` keeps the allocate
 * @returns The new module
 *
 * @example Put everything into one pool
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { moduleBuilder } from "./builder.ts";
 * import { allocationsOf, mapAllocations } from "./visit.ts";
 *
 * const net = moduleBuilder("net");
 * net.main().allocate("a", "int8", [8]);
 * const pinned = mapAllocations(net.build(), () => ({ scope: "global.dtcm" }));
 * assertEquals(pinned.functions.flatMap(allocationsOf).map((node) => node.scope), ["global.dtcm"]);
 * ```
 */
export function mapAllocations(
  module: IRModule,
  change: (node: AnyAllocate, func: PrimFunc) => AllocationChange | undefined,
): IRModule {
  const functions = module.functions.map((func) => ({
    ...func,
    body: rewrite(func.body, (node) => change(node, func)),
  }));
  return { ...module, functions };
}

function rewrite(
  root: Stmt,
  change: (node: AnyAllocate) => AllocationChange | undefined,
): Stmt {
  const order = statementsOf(root);
  // Children come after their parents in `order`, so from its end every child is ready first.
  const changes = new Map<Stmt, AllocationChange>();
  for (const stmt of order) {
    if (stmt.kind !== "allocate" && stmt.kind !== "allocate_const") continue;
    const wanted = change(stmt);
    if (wanted !== undefined) changes.set(stmt, wanted);
  }
  const done = new Map<Stmt, Stmt>();
  const result = (stmt: Stmt): Stmt => done.get(stmt) ?? stmt;
  for (const stmt of order.toReversed()) {
    const inner = withChildren(stmt, childrenOf(stmt).map(result));
    done.set(stmt, { ...inner, ...changes.get(stmt) });
  }
  return result(root);
}
