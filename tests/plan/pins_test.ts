import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError, UsageError } from "../../src/base/error.ts";
import { matchesGlob, matchPins, parsePin } from "../../src/plan/pins.ts";

Deno.test("parsePin() reads a glob and pools in order", () => {
  assertEquals(parsePin(" op0_* = sram1 , sram2 "), {
    pattern: "op0_*",
    pools: ["sram1", "sram2"],
  });
});

Deno.test("parsePin() refuses other forms", () => {
  for (const text of ["", "op0", "=dtcm", "op0=", "op0=a,,b", "op0=a,a"]) {
    assertEquals(assertThrows(() => parsePin(text), UsageError).code, "E-PLAN-PIN");
  }
});

Deno.test("matchPins() lets the last matching pin hold", () => {
  const pins = [parsePin("*=flash"), parsePin("op?_weights=itcm")];
  const matched = matchPins(pins, ["op0_weights", "op10_weights"]);
  assertEquals(matched.get("op0_weights")?.pools, ["itcm"]);
  assertEquals(matched.get("op10_weights")?.pools, ["flash"]);
});

Deno.test("matchPins() refuses a pin that matches nothing, and guesses what was meant", () => {
  const error = assertThrows(
    () => matchPins([parsePin("op0_wieghts=itcm")], ["op0_weights", "op0_bias"]),
    InputError,
    'Cannot pin "op0_wieghts" to itcm: none of the 2 buffers has such a name',
  );
  assertEquals([error.code, error.hints], ["E-PLAN-PIN-NOTHING", ['Did you mean "op0_weights"?']]);
});

Deno.test("matchesGlob() agrees with a regular expression", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
  const glob = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 6 });
  fc.assert(
    fc.property(glob, text, (pattern, name) => {
      const source = pattern.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
      assertEquals(matchesGlob(pattern, name), new RegExp(`^${source}$`).test(name));
    }),
    { seed: 2, numRuns: 500 },
  );
});

Deno.test("matchesGlob() takes no exponential time", () => {
  assertEquals(matchesGlob("*a".repeat(50) + "b", "a".repeat(2000)), false);
});
