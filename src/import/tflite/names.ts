/**
 * C identifiers for the buffers of a network. Operators' own buffers are `op<i>_<role>`; inputs and
 * outputs keep their name as far as C allows.
 *
 * @module
 */
import { nameProblem } from "../../ir/checks.ts";

/** Words of C that a tensor may well be called, and C would not compile. */
const C_WORDS: ReadonlySet<string> = new Set(
  ("auto break case char const continue default do double else enum extern float for goto if inline " +
    "int long register restrict return short signed sizeof static struct switch typedef union " +
    "unsigned void volatile while").split(" "),
);

/**
 * Turns a tensor's name into a C identifier.
 *
 * @param name Any text
 * @returns Letters, digits and `_`; never of the form `op<i>_…`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sanitize } from "./names.ts";
 *
 * assertEquals(sanitize("StatefulPartitionedCall:0"), "StatefulPartitionedCall_0");
 * ```
 */
export function sanitize(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, "_");
  const prefixed = /^([0-9]|op[0-9]+_|$)/.test(plain) ? `t_${plain}` : plain;
  return nameProblem(prefixed) !== undefined || C_WORDS.has(prefixed) ? `${prefixed}_` : prefixed;
}

/** Gives names that were not given before: the second `x` becomes `x_2`. */
export function uniqueNames(): (name: string) => string {
  const given = new Set<string>();
  const counts = new Map<string, number>();
  return (name) => {
    let unique = name;
    let count = counts.get(name) ?? 1;
    while (given.has(unique)) unique = `${name}_${++count}`;
    counts.set(name, count);
    given.add(unique);
    return unique;
  };
}
