/**
 * A function's body as a list of what happens one after the other, so that lifetimes are found by going
 * through it once: statements nest as deep as a function has buffers, and a list needs no stack.
 *
 * @module
 */
import type { Buffer, CallExtern, Expr, Stmt, Var } from "../ir/types.ts";
import { type AnyAllocate, childrenOf, expressionsOf, operandsOf } from "../ir/visit.ts";

/** One thing that happens. */
export type Step =
  /** A buffer begins. */
  | { readonly kind: "allocate"; readonly node: AnyAllocate }
  /** Expressions are computed, and a buffer may be written: one statement. */
  | { readonly kind: "run"; readonly exprs: readonly Expr[]; readonly written: Buffer | undefined }
  /** Another name for a pointer. */
  | { readonly kind: "alias"; readonly variable: Var; readonly value: Expr }
  /** A loop begins; its rounds run one after the other unless it is `parallel`. */
  | { readonly kind: "loop"; readonly name: string; readonly parallel: boolean }
  /** The innermost loop ends. */
  | { readonly kind: "end" };

/** Lists what a body does. Both arms of an `if` come one after the other: only one of them runs. */
export function stepsOf(body: Stmt): readonly Step[] {
  const steps: Step[] = [];
  const waiting: (Stmt | "end")[] = [body];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === "end") {
      steps.push({ kind: "end" });
      continue;
    }
    steps.push(...stepsBefore(next));
    if (next.kind === "for" || next.kind === "while") waiting.push("end");
    for (const child of childrenOf(next).toReversed()) waiting.push(child);
  }
  return steps;
}

function stepsBefore(stmt: Stmt): readonly Step[] {
  const run = (written?: Buffer): Step => ({ kind: "run", exprs: expressionsOf(stmt), written });
  switch (stmt.kind) {
    case "allocate":
    case "allocate_const":
      return [{ kind: "allocate", node: stmt }];
    case "seq":
    case "decl_buffer":
      return [];
    case "store":
      return [run(stmt.buffer)];
    case "let": {
      const { variable, value } = stmt;
      return variable.dtype === "handle" ? [run(), { kind: "alias", variable, value }] : [run()];
    }
    case "for": {
      const parallel = stmt.forKind !== "serial" && stmt.forKind !== "unrolled";
      return [run(), { kind: "loop", name: stmt.variable.name, parallel }];
    }
    case "while":
      // The condition is computed in every round.
      return [{ kind: "loop", name: "while", parallel: false }, run()];
    default:
      return [run()];
  }
}

/** The calls inside an expression, those of their arguments first; the expression itself is none of them. */
export function callsInside(expr: Expr): readonly CallExtern[] {
  return operandsOf(expr).flatMap((operand) => [
    ...callsInside(operand),
    ...(operand.kind === "call_extern" ? [operand] : []),
  ]);
}

/** Pointers that an expression mentions outside of the calls inside it. */
export function pointersIn(expr: Expr): readonly Var[] {
  const inside = operandsOf(expr).flatMap((one) =>
    one.kind === "call_extern" ? [] : pointersIn(one)
  );
  if (expr.kind === "load") return [expr.buffer.data, ...inside];
  return expr.kind === "var" ? [expr] : inside;
}

/** The pointer that an argument stands for, if it is one: `a`, `T.address_of(a[0])`, a cast of these. */
export function pointerArgument(expr: Expr): Var | undefined {
  if (expr.kind === "var") return expr;
  if (expr.kind === "cast") return pointerArgument(expr.value);
  if (expr.kind !== "intrinsic") return undefined;
  const [first, second] = expr.args;
  if (expr.op === "address_of" && first?.kind === "load") return first.buffer.data;
  if (expr.op === "tvm_access_ptr" && second !== undefined) return pointerArgument(second);
  return expr.op === "reinterpret" && first !== undefined ? pointerArgument(first) : undefined;
}
