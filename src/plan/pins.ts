/**
 * Pins: `--pin "op0_*=sram1,sram2"` says which pools the buffers of that name may end up in, in order
 * of preference. A pin is a candidate annotation from the command line; it replaces the one that the
 * module carries, because it was said later. A pattern that matches variables and parameters may name
 * pools of both kinds: each buffer takes those of its own.
 *
 * @module
 */
import { InputError, UsageError } from "../base/error.ts";
import { closest } from "../base/units.ts";

/** Candidates for all buffers whose names match. */
export interface Pin {
  /** Buffer name in which `*` stands for any characters and `?` for one. */
  readonly pattern: string;
  /** Pools, in order of preference. */
  readonly pools: readonly string[];
}

/**
 * Reads a pin.
 *
 * @param text `glob=pool[,pool…]`
 * @returns The pin; whether buffers and pools of these names exist is found out in planning
 * @throws {UsageError} If the text has another form (E-PLAN-PIN)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePin } from "./pins.ts";
 *
 * assertEquals(parsePin("op0_*=sram1,sram2"), { pattern: "op0_*", pools: ["sram1", "sram2"] });
 * ```
 */
export function parsePin(text: string): Pin {
  const equals = text.indexOf("=");
  const pattern = text.slice(0, Math.max(equals, 0)).trim();
  const pools = text.slice(equals + 1).split(",").map((pool) => pool.trim());
  if (equals < 0 || pattern === "" || pools.includes("")) {
    throw new UsageError(
      "E-PLAN-PIN",
      `Cannot read the pin "${text}": the form buffer=pool or buffer=pool,pool is needed`,
      { hints: ['"*" and "?" in the buffer\'s name match several buffers, e.g. "op0_*=dtcm"'] },
    );
  }
  const twice = pools.find((pool, i) => pools.indexOf(pool) !== i);
  if (twice !== undefined) {
    throw new UsageError(
      "E-PLAN-PIN",
      `Cannot read the pin "${text}": it names the pool "${twice}" twice, once is needed`,
    );
  }
  return { pattern, pools };
}

/**
 * Finds the pin of each buffer. The last pin that matches a name holds.
 *
 * @param pins Pins in the order they were given
 * @param names Names of all buffers
 * @returns The pin of each buffer that has one
 * @throws {InputError} If a pin matches no buffer (E-PLAN-PIN-NOTHING)
 */
export function matchPins(
  pins: readonly Pin[],
  names: readonly string[],
): ReadonlyMap<string, Pin> {
  const matched = new Map<string, Pin>();
  for (const pin of pins) {
    const hits = names.filter((name) => matchesGlob(pin.pattern, name));
    if (hits.length === 0) throw pinsNothing(pin, names);
    for (const name of hits) matched.set(name, pin);
  }
  return matched;
}

/** Whether a name matches a pattern; takes time in proportion to the product of the lengths. */
export function matchesGlob(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (pattern[p] === "*") {
      star = p++;
      resume = n;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

function pinsNothing(pin: Pin, names: readonly string[]): InputError {
  const guess = closest(pin.pattern.replaceAll("*", ""), names) ?? closest(pin.pattern, names);
  const shown = names.slice(0, 8).join(", ") + (names.length > 8 ? ", …" : "");
  return new InputError(
    "E-PLAN-PIN-NOTHING",
    `Cannot pin "${pin.pattern}" to ${
      pin.pools.join(", ")
    }: none of the ${names.length} buffers has such a name`,
    {
      hints: [guess === undefined ? `Buffers: ${shown}` : `Did you mean "${guess}"?`],
      data: { pattern: pin.pattern, pools: pin.pools },
    },
  );
}
