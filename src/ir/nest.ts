/**
 * From a list of statements to nested nodes. In the IR the body of an allocate is what follows it;
 * people, the builder and TVMScript's statement form write a flat list.
 *
 * @module
 */
import type { Allocate, AllocateConst, Assert, Attr, DeclBuffer, For } from "./types.ts";
import type { Let, Seq, Stmt, While } from "./types.ts";

/** An allocate that waits for its body. */
export type AllocateHeader = Omit<Allocate, "body"> | Omit<AllocateConst, "body">;

/** A statement that waits for its body. */
export type Header =
  | AllocateHeader
  | Omit<DeclBuffer, "body">
  | Omit<Let, "body">
  | Omit<Attr, "body">
  | Omit<Assert, "body">
  | Omit<For, "body">
  | Omit<While, "body">;

/** An entry of a flat list: a statement, or one whose body is all that follows. */
export type FlatStmt =
  | { readonly stmt: Stmt }
  | { readonly header: Header };

/** Statements in order as one; a single one stays itself, so that nothing has two spellings. */
export function sequence(body: readonly Stmt[]): Stmt {
  const flat = body.flatMap((stmt) => stmt.kind === "seq" ? stmt.body : [stmt]);
  const only = flat.length === 1 ? flat[0] : undefined;
  return only ?? { kind: "seq", body: flat } satisfies Seq;
}

/** A statement with its body. */
export function withBody(header: Header, body: Stmt): Stmt {
  return { ...header, body };
}

/**
 * Nests a flat list: the body of each allocate is the rest of the list. Works from the end, so a
 * thousand allocates need no stack.
 */
export function nest(list: readonly FlatStmt[]): Stmt {
  let rest: Stmt[] = [];
  for (const entry of list.toReversed()) {
    if ("stmt" in entry) rest.push(entry.stmt);
    else rest = [withBody(entry.header, sequence(rest.toReversed()))];
  }
  return sequence(rest.toReversed());
}
