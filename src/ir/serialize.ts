/**
 * Parallel loops as serial ones, as TVM's ahead-of-time executor made them before it planned memory
 * (ConvertForLoopsToSerial): a Cortex-M has one core, so the rounds run one after the other anyway.
 *
 * @module
 */
import type { IRModule, Stmt } from "./types.ts";
import { childrenOf, statementsOf, withChildren } from "./visit.ts";

/**
 * Makes every loop serial: parallel, vectorized and thread-bound ones; unrolled ones stay.
 *
 * @param module A module; it stays as it is
 * @returns The same module with serial loops
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseModule } from "./parser.ts";
 * import { printModule } from "./printer.ts";
 * import { serializeLoops } from "./serialize.ts";
 *
 * const text = `
 * @T.prim_func
 * def f(a: T.Buffer((4,), "int8")):
 *     T.func_attr({"target": T.target("c")})
 *     for i in T.parallel(4):
 *         a[i] = T.int8(0)
 * `;
 * const serial = serializeLoops(parseModule(text, "f.py"));
 * assertEquals(printModule(serial).includes("for i in T.serial(4):"), true);
 * ```
 */
export function serializeLoops(module: IRModule): IRModule {
  const functions = module.functions.map((func) => ({ ...func, body: serialized(func.body) }));
  return { ...module, functions };
}

/** From the innermost statements outwards, without a stack. */
function serialized(body: Stmt): Stmt {
  const done = new Map<Stmt, Stmt>();
  for (const stmt of statementsOf(body).toReversed()) {
    const inner = withChildren(stmt, childrenOf(stmt).map((child) => done.get(child) ?? child));
    if (inner.kind === "for" && inner.forKind !== "serial" && inner.forKind !== "unrolled") {
      const { thread: _, ...loop } = inner;
      done.set(stmt, { ...loop, forKind: "serial" });
    } else {
      done.set(stmt, inner);
    }
  }
  return done.get(body) ?? body;
}
