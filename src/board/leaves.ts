/**
 * The values that board files are made of: sizes, clocks, addresses, access rights, names. Each is read
 * into the unit that {@linkcode Board} has, described as JSON Schema for editors, and says what it needs.
 *
 * @module
 */
import * as v from "valibot";
import { closest, parseBytes } from "../base/units.ts";
import { packProblem } from "./problems.ts";
import { ADDRESS_SPACE } from "./range.ts";
import type { Access } from "./types.ts";

/** A piece of JSON Schema. */
export type JsonSchema = { readonly [key: string]: unknown };

/** What a leaf says of itself: its JSON Schema, and what it needs in words. */
export interface LeafNotes {
  readonly [key: string]: unknown;
  /** JSON Schema, draft 7. */
  readonly json: JsonSchema;
  /** `an address such as 0x2000_0000`. */
  readonly needed: string;
}

/** A schema of one value. */
export type Leaf<T> = v.GenericSchema<unknown, T>;

/** What a leaf's reader gives: the value, or the packed problem. */
type Read<T> = { readonly value: T } | { readonly problem: string };

const SIZE_TEXT = /^(0x[0-9A-Fa-f_]+|[0-9][0-9_]*(\.[0-9]+)?) ?(B|K|KiB|M|MiB|G|GiB)?$/;
const CLOCK_TEXT = /^[0-9][0-9_]*(\.[0-9]+)? ?(Hz|kHz|MHz|GHz)$/;
const CLOCK_FACTORS: Readonly<Record<string, number>> = {
  Hz: 1,
  kHz: 1e3,
  MHz: 1e6,
  GHz: 1e9,
};

function leaf<T>(notes: LeafNotes, read: (input: unknown, needed: string) => Read<T>): Leaf<T> {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const result = read(dataset.value, notes.needed);
      if ("value" in result) return result.value;
      addIssue({ message: result.problem });
      return NEVER;
    }),
    v.metadata(notes),
  );
}

/** How a message shows a value: quoted text, the kind of anything that has no short text. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  if (typeof value === "object" && value !== null) return "a table";
  return String(value);
}

function wrongType(input: unknown, needed: string, ...hints: string[]): { problem: string } {
  const kind = Array.isArray(input) || typeof input === "object" ? "" : ` is a ${typeof input}`;
  return {
    problem: packProblem("E-BOARD-TYPE", `${show(input)}${kind}, needed ${needed}`, ...hints),
  };
}

/** Text for people, not empty. */
export function text(needed: string): Leaf<string> {
  return leaf({ json: { type: "string", minLength: 1 }, needed }, (input) => {
    if (typeof input !== "string") return wrongType(input, needed);
    if (input === "") {
      return { problem: packProblem("E-BOARD-VALUE", `it is empty, needed ${needed}`) };
    }
    return { value: input };
  });
}

/** A name that matches a pattern. */
export function name(pattern: RegExp, needed: string): Leaf<string> {
  return leaf({ json: { type: "string", pattern: pattern.source }, needed }, (input) => {
    if (typeof input !== "string") return wrongType(input, needed);
    if (pattern.test(input)) return { value: input };
    return { problem: packProblem("E-BOARD-VALUE", `${show(input)} is no name, needed ${needed}`) };
  });
}

/** One of some texts or numbers. */
export function choice<const T extends string | number | boolean>(
  values: readonly T[],
  code = "E-BOARD-VALUE",
): Leaf<T> {
  const list = values.map((value) => show(value)).join(", ");
  const needed = values.length === 1 ? list : `one of ${list}`;
  return leaf({ json: { enum: values }, needed }, (input) => {
    const found = values.find((value) => value === input);
    if (found !== undefined) return { value: found };
    const near = typeof input === "string" ? closest(input, values.map(String)) : undefined;
    const hints = near === undefined ? [] : [`Did you mean "${near}"?`];
    return { problem: packProblem(code, `${show(input)} is unknown, needed ${needed}`, ...hints) };
  });
}

/** A whole number from `min` to `max`. */
export function count(min: number, max: number, what: string): Leaf<number> {
  const needed = `${what} from ${min} to ${max}`;
  return leaf({ json: { type: "integer", minimum: min, maximum: max }, needed }, (input) => {
    if (typeof input !== "number") return wrongType(input, needed);
    if (Number.isInteger(input) && input >= min && input <= max) return { value: input };
    return { problem: packProblem("E-BOARD-VALUE", `${input} is out of range, needed ${needed}`) };
  });
}

/** A number of bytes that need not be whole, such as a bandwidth, above zero. */
export function quantity(what: string): Leaf<number> {
  const needed = `${what} above zero`;
  return leaf({ json: { type: "number", exclusiveMinimum: 0 }, needed }, (input) => {
    if (typeof input !== "number") return wrongType(input, needed);
    if (Number.isFinite(input) && input > 0) return { value: input };
    return { problem: packProblem("E-BOARD-VALUE", `${input} is out of range, needed ${needed}`) };
  });
}

/** An address or an offset, 0 to 2^32 - 1. */
export function address(needed = "an address such as 0x2000_0000"): Leaf<number> {
  const json = { type: "integer", minimum: 0, maximum: ADDRESS_SPACE - 1 };
  return leaf({ json, needed }, (input) => {
    if (typeof input === "string" && /^(0x)?[0-9a-f_]+$/i.test(input)) {
      return wrongType(input, needed, "Write the number without quotes.");
    }
    if (typeof input !== "number") return wrongType(input, needed);
    if (Number.isInteger(input) && input >= 0 && input < ADDRESS_SPACE) return { value: input };
    return {
      problem: packProblem(
        "E-BOARD-RANGE",
        `${input} is no 32-bit address, needed ${needed}, 0 to 0xffff_ffff`,
      ),
    };
  });
}

/** A size in bytes, above zero, up to 4 GiB: `"64 KiB"`, `65536`. */
export function size(): Leaf<number> {
  const needed = 'a size such as "64 KiB" or 65536';
  const json = {
    anyOf: [
      { type: "integer", minimum: 1, maximum: ADDRESS_SPACE },
      { type: "string", pattern: SIZE_TEXT.source },
    ],
  };
  return leaf({ json, needed }, (input) => {
    if (typeof input !== "string" && typeof input !== "number") return wrongType(input, needed);
    if (typeof input === "string" && !SIZE_TEXT.test(input)) {
      return { problem: badSizeText(input, needed) };
    }
    const bytes = parseBytes(input);
    if (bytes === undefined) {
      const code = typeof input === "number" ? "E-BOARD-VALUE" : "E-BOARD-UNIT";
      return { problem: packProblem(code, `${show(input)} is no whole size, needed ${needed}`) };
    }
    if (bytes === 0) {
      return {
        problem: packProblem(
          "E-BOARD-ZERO",
          `it is zero, needed ${needed}`,
          "Leave out what the board does not have.",
        ),
      };
    }
    if (bytes > ADDRESS_SPACE) {
      return {
        problem: packProblem(
          "E-BOARD-RANGE",
          `${show(input)} is more than a 32-bit core can address, needed at most "4 GiB"`,
        ),
      };
    }
    return { value: bytes };
  });
}

function badSizeText(input: string, needed: string): string {
  const decimal = /^\s*(\S+?)\s*([kmg])b\s*$/i.exec(input);
  const hints = decimal === null
    ? ["The units are B, KiB, MiB and GiB, or K, M and G for short."]
    : [
      `${decimal[2]?.toUpperCase()}B means 1000s to some readers and 1024s to others: write ` +
      `"${decimal[1]} ${decimal[2]?.toUpperCase()}iB" for 1024s.`,
    ];
  return packProblem(
    "E-BOARD-UNIT",
    `${show(input)} has no known unit, needed ${needed}`,
    ...hints,
  );
}

/** A clock in Hz, above zero: `"216 MHz"`, `216_000_000`. */
export function clock(): Leaf<number> {
  const needed = 'a clock such as "216 MHz" or 216_000_000';
  const json = {
    anyOf: [
      { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
      { type: "string", pattern: CLOCK_TEXT.source },
    ],
  };
  return leaf({ json, needed }, (input) => {
    if (typeof input !== "string" && typeof input !== "number") return wrongType(input, needed);
    if (typeof input === "string" && !CLOCK_TEXT.test(input)) {
      return {
        problem: packProblem(
          "E-BOARD-UNIT",
          `${show(input)} has no known unit, needed ${needed}`,
          "The units are Hz, kHz, MHz and GHz.",
        ),
      };
    }
    const hertz = typeof input === "number" ? input : clockHertz(input);
    if (Number.isSafeInteger(hertz) && hertz > 0) return { value: hertz };
    const code = hertz === 0 ? "E-BOARD-ZERO" : "E-BOARD-VALUE";
    return { problem: packProblem(code, `${show(input)} is no clock, needed ${needed}`) };
  });
}

function clockHertz(input: string): number {
  const match = /^([0-9_.]+) ?([A-Za-z]+)$/.exec(input);
  const factor = CLOCK_FACTORS[match?.[2] ?? ""] ?? NaN;
  return Math.round(Number(match?.[1]?.replaceAll("_", "")) * factor);
}

/** Access rights: a subset of `rwx`, in this order. */
export function access(): Leaf<Access> {
  const values = ["r", "rw", "rx", "rwx", "x"] as const;
  const needed = `one of ${values.join(", ")}`;
  return leaf({ json: { enum: values }, needed }, (input) => {
    const found = values.find((value) => value === input);
    if (found === undefined) {
      return {
        problem: packProblem("E-BOARD-VALUE", `${show(input)} is no access, needed ${needed}`),
      };
    }
    return {
      value: {
        read: found.includes("r"),
        write: found.includes("w"),
        execute: found.includes("x"),
      },
    };
  });
}
