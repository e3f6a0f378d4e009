/**
 * `@std/cli/parse-args` where JSR cannot be reached: the part of its `parseArgs` that the project
 * uses, over `node:util`.
 *
 * @module
 */
import { parseArgs as parse } from "node:util";

/** The options of JSR's `parseArgs` that the project uses. */
export interface ParseOptions {
  /** Flags without a value. */
  readonly boolean?: readonly string[];
  /** Flags with a value; a missing value reads as `""`. */
  readonly string?: readonly string[];
  /** Flags that may be repeated; they read as arrays. */
  readonly collect?: readonly string[];
  /** Other spellings. */
  readonly alias?: Readonly<Record<string, string>>;
  /** Called for every flag that is not named above; returning `false` drops it. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Flags by name, and the rest in `_`. */
export interface Args {
  /** What is not a flag. */
  _: (string | number)[];
  /** Values by flag. */
  [key: string]: unknown;
}

/**
 * Parses command-line arguments.
 *
 * @param args Arguments, without the program
 * @param options Which flags there are
 * @returns Values by flag; unset booleans are `false`, unset collections `[]`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseArgs } from "./parse_args.ts";
 *
 * const args = parseArgs(["a.elf", "--board=b"], { string: ["board"] });
 * assertEquals([args._[0], args.board], ["a.elf", "b"]);
 * ```
 */
export function parseArgs(args: string[], options: ParseOptions = {}): Args {
  const alias = options.alias ?? {};
  const strings = new Set(options.string ?? []);
  const collected = new Set(options.collect ?? []);
  const known: Record<string, { type: "string" | "boolean" }> = {};
  for (const name of options.boolean ?? []) known[name] = { type: "boolean" };
  for (const name of strings) known[name] = { type: "string" };
  for (const [short, name] of Object.entries(alias)) {
    known[short] = { type: strings.has(name) ? "string" : "boolean" };
  }
  const shorts = Object.fromEntries(
    Object.entries(known).map(([name, { type }]) => [
      name.length === 1 ? `short-${name}` : name,
      name.length === 1 ? { type, short: name, multiple: true } : { type, multiple: true },
    ]),
  );
  const { tokens } = parse({
    args,
    options: shorts,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const result: Args = { _: [] };
  for (const name of options.boolean ?? []) result[name] = false;
  for (const name of collected) result[name] = [];
  for (const token of tokens) {
    if (token.kind === "positional") {
      if (options.unknown === undefined || options.unknown(token.value) !== false) {
        result._.push(token.value);
      }
    } else if (token.kind === "option") {
      const written = token.name.replace(/^short-/, "");
      const name = alias[written] ?? written;
      const value = strings.has(name) ? token.value ?? "" : token.value ?? true;
      if (!(name in known)) {
        if (options.unknown?.(token.rawName, name, value) === false) continue;
      }
      if (collected.has(name)) (result[name] as unknown[]).push(value);
      else result[name] = value;
    }
  }
  return result;
}
