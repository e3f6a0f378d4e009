import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../src/base/error.ts";
import { cComment, cString, nameScope, toIdentifier } from "../../src/firmware/identifiers.ts";

Deno.test("toIdentifier() gives what TVM gives", () => {
  assertEquals(toIdentifier("input+1"), "input_1");
  assertEquals(toIdentifier("my_memory_pool+1"), "my_memory_pool_1");
});

Deno.test("toIdentifier() avoids keywords and leading digits", () => {
  assertEquals(toIdentifier("switch"), "switch_");
  assertEquals(toIdentifier("2nd"), "_2nd");
  assertEquals(toIdentifier(""), "_");
});

Deno.test("toIdentifier() gives a C identifier for any text", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assertMatch(toIdentifier(text), /^[A-Za-z_][A-Za-z0-9_]*$/);
    }),
    { seed: 7, numRuns: 50 },
  );
});

Deno.test("nameScope() refuses two names with one identifier, and names both", () => {
  const scope = nameScope("input tensor");
  scope("a+b");
  const error = assertThrows(() => scope("a b"), InputError, '"a_b" is already the name of "a+b"');
  assertEquals((error as InputError).code, "E-FIRMWARE-NAME");
});

Deno.test("cString() escapes what would end the literal or start a trigraph", () => {
  assertEquals(cString('say "hi"\\?/\n'), '"say \\"hi\\"\\\\\\077/\\012"');
});

Deno.test("cComment() cannot be ended from inside", () => {
  assertEquals(cComment("a */ b /* c"), "a * / b / * c");
});
