/**
 * Changing one place of a parsed document.
 *
 * @module
 */

/** Keys and indexes from the root. */
export type Path = readonly (string | number)[];

/** Paths of everything inside a document. */
export function leafPaths(value: unknown, path: Path = []): Path[] {
  const own = path.length === 0 ? [] : [path];
  if (typeof value !== "object" || value === null) return own;
  const inner = Array.isArray(value)
    ? value.flatMap((item, index) => leafPaths(item, [...path, index]))
    : Object.entries(value).flatMap(([key, item]) => leafPaths(item, [...path, key]));
  return [...own, ...inner];
}

/** A copy with another value at a path; a last key that is new is added. */
export function replaced(value: unknown, path: Path, replacement: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return replacement;
  if (Array.isArray(value)) {
    return value.map((item, index) => index === first ? replaced(item, rest, replacement) : item);
  }
  const table = value as Record<string, unknown>;
  return { ...table, [first]: replaced(table[first], rest, replacement) };
}

/** A copy without the key at a path. */
export function removed(value: unknown, path: Path): unknown {
  const parent = path.slice(0, -1);
  const table = parent.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], value);
  const { [String(path.at(-1))]: _, ...rest } = table as Record<string, unknown>;
  return replaced(value, parent, rest);
}
