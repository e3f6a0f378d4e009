/**
 * Flags of the command line: one table per command gives parsing, validation, "did you mean" and
 * `--help`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../base/error.ts";
import { closest, parseBytes } from "../base/units.ts";

/** One flag. */
export interface OptionSpec {
  /** Name without dashes. */
  readonly name: string;
  /** One-letter form. */
  readonly short?: string;
  /** What the value is called in `--help`; a flag without it takes no value. */
  readonly value?: string;
  /** May be given several times. */
  readonly repeat?: boolean;
  /** The only values it takes. */
  readonly choices?: readonly string[];
  /** One line for `--help`. */
  readonly help: string;
}

/** Parsed flags, read by name and kind. */
export interface Options {
  /** What is not a flag. */
  readonly positionals: readonly string[];
  /** Whether a flag without value was given. */
  flag(name: string): boolean;
  /** Whether a flag of any kind was given. */
  given(name: string): boolean;
  /** The value of a flag, if it was given. */
  text(name: string): string | undefined;
  /** The values of a repeatable flag. */
  texts(name: string): readonly string[];
  /** A size such as `4K`, in bytes. */
  bytes(name: string): number | undefined;
  /** An address such as `0x0800_0000`. */
  address(name: string): number | undefined;
  /** A whole number > 0. */
  count(name: string): number | undefined;
}

/**
 * Parses the arguments of one command.
 *
 * @param args Arguments after the command's name
 * @param specs The command's flags
 * @param command Its name, for messages
 * @throws {UsageError} Unknown flag, missing or impossible value
 */
export function parseOptions(
  args: readonly string[],
  specs: readonly OptionSpec[],
  command: string,
): Options {
  const names = specs.map((spec) => spec.name);
  const parsed = parseArgs([...args], {
    boolean: specs.filter((spec) => spec.value === undefined).map((spec) => spec.name),
    string: specs.filter((spec) => spec.value !== undefined).map((spec) => spec.name),
    collect: specs.filter((spec) => spec.repeat === true).map((spec) => spec.name),
    alias: Object.fromEntries(
      specs.flatMap((spec) => spec.short === undefined ? [] : [[spec.short, spec.name]]),
    ),
    unknown: (arg, key) => {
      if (key === undefined) return true;
      const guess = closest(key, names);
      throw new UsageError("E-CLI-FLAG", `Cannot run "${command}": unknown flag ${arg}`, {
        hints: [
          ...(guess === undefined ? [] : [`Did you mean --${guess}?`]),
          `See pinmap ${command} --help`,
        ],
      });
    },
  });
  for (const spec of specs) checkValues(spec, parsed[spec.name], command);
  const text = (name: string) => {
    const value = parsed[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    positionals: parsed._.map(String),
    flag: (name) => parsed[name] === true,
    given: (name) => {
      const value = parsed[name];
      return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
    },
    text,
    texts: (name) => (parsed[name] ?? []) as string[],
    bytes: (name) => convert(name, text(name), parseBytes, `a size such as 4096, "4K" or "4 KiB"`),
    address: (name) =>
      convert(name, text(name), parseAddress, "an address of 32 bits such as 0x08000000"),
    count: (name) => convert(name, text(name), parseCount, "a whole number above zero"),
  };
}

function checkValues(spec: OptionSpec, given: unknown, command: string): void {
  if (spec.value === undefined) return;
  const values = Array.isArray(given) ? given : given === undefined ? [] : [given];
  for (const value of values) {
    if (value === "") {
      throw new UsageError(
        "E-CLI-VALUE",
        `Cannot run "${command}": --${spec.name} needs a value, ${spec.value}`,
        { hints: [spec.help] },
      );
    }
    if (spec.choices !== undefined && !spec.choices.includes(String(value))) {
      const guess = closest(String(value), spec.choices);
      throw new UsageError(
        "E-CLI-VALUE",
        `Cannot run "${command}": --${spec.name} is "${value}", needs one of ${
          spec.choices.join(", ")
        }`,
        { hints: guess === undefined ? [] : [`Did you mean ${guess}?`] },
      );
    }
  }
}

function convert(
  name: string,
  value: string | undefined,
  parse: (text: string) => number | undefined,
  needed: string,
): number | undefined {
  if (value === undefined) return undefined;
  const result = parse(value);
  if (result === undefined) {
    throw new UsageError("E-CLI-VALUE", `Cannot read --${name}: "${value}", needs ${needed}`);
  }
  return result;
}

function parseAddress(text: string): number | undefined {
  if (!/^(0x[0-9a-f_]+|[0-9][0-9_]*)$/i.test(text)) return undefined;
  const value = Number(text.replaceAll("_", ""));
  return value < 2 ** 32 ? value : undefined;
}

function parseCount(text: string): number | undefined {
  const value = Number(text.replaceAll("_", ""));
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
