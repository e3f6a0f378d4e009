/**
 * Bodies with other calls, intrinsics and views, everything else the same. Like the walks of `visit.ts` nothing
 * recurses over statements.
 *
 * @module
 */
import type { Buffer, CallExtern, Expr, Intrinsic, Stmt } from "./types.ts";
import { childrenOf, statementsOf, withChildren } from "./visit.ts";

/** What is replaced. */
export interface Replacements {
  /** Name of another callee. */
  readonly callee?: ((call: CallExtern) => string) | undefined;
  /** Another expression in the place of an intrinsic, whose arguments are rewritten already. */
  readonly intrinsic?: ((expr: Intrinsic) => Expr) | undefined;
  /** Another view of the same memory. */
  readonly buffer?: ((buffer: Buffer) => Buffer) | undefined;
}

/** A body with replacements, from the innermost statements outwards. */
export function rewriteBody(root: Stmt, replacements: Replacements): Stmt {
  const done = new Map<Stmt, Stmt>();
  for (const stmt of statementsOf(root).toReversed()) {
    const inner = withChildren(stmt, childrenOf(stmt).map((child) => done.get(child) ?? child));
    done.set(stmt, rewriteStatement(inner, replacements));
  }
  return done.get(root) ?? root;
}

function rewriteStatement(stmt: Stmt, replacements: Replacements): Stmt {
  const change = (expr: Expr) => rewriteExpression(expr, replacements);
  const view = replacements.buffer ?? ((buffer: Buffer) => buffer);
  switch (stmt.kind) {
    case "evaluate":
    case "let":
      return { ...stmt, value: change(stmt.value) };
    case "store":
      return {
        ...stmt,
        buffer: view(stmt.buffer),
        indices: stmt.indices.map(change),
        value: change(stmt.value),
      };
    case "decl_buffer":
      return { ...stmt, buffer: view(stmt.buffer) };
    case "for":
      return { ...stmt, min: change(stmt.min), extent: change(stmt.extent) };
    case "while":
    case "if":
    case "assert":
      return { ...stmt, condition: change(stmt.condition) };
    case "attr":
      return { ...stmt, node: change(stmt.node), value: change(stmt.value) };
    default:
      return stmt;
  }
}

function rewriteExpression(expr: Expr, replacements: Replacements): Expr {
  const change = (one: Expr) => rewriteExpression(one, replacements);
  switch (expr.kind) {
    case "call_extern": {
      const callee = replacements.callee?.(expr) ?? expr.callee;
      return { ...expr, callee, args: expr.args.map(change) };
    }
    case "intrinsic": {
      const inner = { ...expr, args: expr.args.map(change) };
      return replacements.intrinsic?.(inner) ?? inner;
    }
    case "binary":
      return { ...expr, a: change(expr.a), b: change(expr.b) };
    case "not":
    case "cast":
      return { ...expr, value: change(expr.value) };
    case "select":
      return { ...expr, condition: change(expr.condition), a: change(expr.a), b: change(expr.b) };
    case "load": {
      const buffer = replacements.buffer?.(expr.buffer) ?? expr.buffer;
      return { ...expr, buffer, indices: expr.indices.map(change) };
    }
    default:
      return expr;
  }
}
