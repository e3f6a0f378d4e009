/**
 * Lines and columns of keys and values in a TOML text. The parser that reads boards gives no positions,
 * so this one runs only when something is to be reported.
 *
 * @module
 */
import { type AST, parseTOML } from "toml-eslint-parser";
import type { SourceLocation } from "../base/error.ts";

/** Keys and indexes from the root of the document. */
export type Path = readonly (string | number)[];

/** Where a path is: exactly, or where its nearest ancestor is. */
export type Locator = (path: Path, at: "key" | "value") => SourceLocation;

interface Place {
  readonly key: AST.SourceLocation;
  readonly value: AST.SourceLocation;
}

/**
 * Reads the positions of a text.
 *
 * @param text TOML; if it is not, everything is located at its first line
 * @param file For the locations
 */
export function createLocator(text: string, file: string): Locator {
  const lines = text.split(/\r?\n/);
  const places = readPlaces(text);
  return (path, at) => {
    for (let depth = path.length; depth > 0; depth--) {
      const place = places.get(pathKey(path.slice(0, depth)));
      if (place === undefined) continue;
      const { start, end } = depth === path.length && at === "value" ? place.value : place.key;
      return locationAt(lines, file, start.line, start.column + 1, {
        line: end.line,
        column: end.column + 1,
      });
    }
    return locationAt(lines, file, 1, 1);
  };
}

/** A location, with the text of its line; `end` is exclusive. */
export function locationAt(
  lines: readonly string[],
  file: string,
  line: number,
  column: number,
  end?: { readonly line: number; readonly column: number },
): SourceLocation {
  const lineText = lines[line - 1] ?? "";
  const stop = end !== undefined && end.line === line ? end.column : lineText.length + 1;
  return { file, line, column, lineText, length: Math.max(1, stop - column) };
}

function pathKey(path: Path): string {
  return JSON.stringify(path);
}

function readPlaces(text: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text);
  } catch {
    // The two parsers differ in corners of TOML; without positions the first line has to do.
    return places;
  }
  for (const node of program.body[0].body) {
    if (node.type === "TOMLTable") {
      addKeys(places, node.resolvedKey, node.key, node.key.loc);
      for (const entry of node.body) addEntry(places, node.resolvedKey, entry);
    } else {
      addEntry(places, [], node);
    }
  }
  return places;
}

function addEntry(places: Map<string, Place>, parent: Path, entry: AST.TOMLKeyValue): void {
  const path = [...parent, ...entry.key.keys.map(keyName)];
  addKeys(places, path, entry.key, entry.value.loc);
  addValue(places, path, entry.value);
}

/** Records the last key of a path with its value, and the keys before it that nothing has recorded. */
function addKeys(
  places: Map<string, Place>,
  path: Path,
  key: AST.TOMLKey,
  value: AST.SourceLocation,
): void {
  const names = path.map((part, index) => ({ part, index })).filter(({ part }) =>
    typeof part === "string"
  );
  key.keys.forEach((node, index) => {
    const at = names[names.length - key.keys.length + index]?.index;
    if (at === undefined) return;
    const last = index === key.keys.length - 1;
    const place = { key: node.loc, value: last ? value : node.loc };
    setOnce(places, path.slice(0, at + 1), place);
    if (last) setOnce(places, path, place);
  });
}

function addValue(places: Map<string, Place>, path: Path, value: AST.TOMLContentNode): void {
  if (value.type === "TOMLArray") {
    value.elements.forEach((element, index) => {
      const place = { key: element.loc, value: element.loc };
      setOnce(places, [...path, index], place);
      addValue(places, [...path, index], element);
    });
  } else if (value.type === "TOMLInlineTable") {
    for (const entry of value.body) addEntry(places, path, entry);
  }
}

function setOnce(places: Map<string, Place>, path: Path, place: Place): void {
  const key = pathKey(path);
  if (!places.has(key)) places.set(key, place);
}

function keyName(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}
