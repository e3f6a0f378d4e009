/**
 * Where a text stops being JSON. `JSON.parse` tells the position for some errors only, and each engine
 * in its own words.
 *
 * @module
 */

const TOKEN =
  // deno-lint-ignore no-control-regex -- JSON strings must not hold them
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.]))/y;

/** What may come next: a value, a key, a colon, or what follows a value. */
type Expected = "value" | "first value" | "key" | "first key" | "colon" | "rest";

/**
 * Finds the first token that cannot stand where it does.
 *
 * @param text A text that is not JSON
 * @returns Its index; the length of the text if that only ends too early
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { findJsonError } from "./json_error.ts";
 *
 * assertEquals(findJsonError('{"a": [1, ]}'), 10);
 * ```
 */
export function findJsonError(text: string): number {
  const open: string[] = [];
  let expected: Expected = "value";
  let at = 0;
  while (true) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const start = at + (/^[ \t\r\n]*/.exec(text.slice(at, at + 4096))?.[0].length ?? 0);
    if (match === null) return start;
    const [whole, mark, string] = match;
    const next = after(expected, mark, string !== undefined, open);
    if (next === undefined) return start;
    expected = next;
    at += whole.length;
  }
}

/** What may follow a token, or nothing if it cannot stand there; keeps track of what is open. */
function after(
  expected: Expected,
  mark: string | undefined,
  isString: boolean,
  open: string[],
): Expected | undefined {
  const wantsValue = expected === "value" || expected === "first value";
  if (mark === undefined) {
    if (wantsValue) return "rest";
    return isString && (expected === "key" || expected === "first key") ? "colon" : undefined;
  }
  if (mark === ":") return expected === "colon" ? "value" : undefined;
  if (mark === "{" || mark === "[") {
    if (!wantsValue) return undefined;
    open.push(mark);
    return mark === "{" ? "first key" : "first value";
  }
  const inside = open.at(-1);
  if (mark === ",") {
    if (expected !== "rest" || inside === undefined) return undefined;
    return inside === "{" ? "key" : "value";
  }
  const empty = mark === "}" ? "first key" : "first value";
  if (inside !== (mark === "}" ? "{" : "[") || (expected !== "rest" && expected !== empty)) {
    return undefined;
  }
  open.pop();
  return "rest";
}
