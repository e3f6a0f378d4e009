import { assert, assertEquals } from "@std/assert";
import { parse, stringify } from "@std/toml";
import fc from "fast-check";
import { InputError } from "../../src/base/error.ts";
import { parseBoard } from "../../src/board/mod.ts";
import { parseBytes } from "../../src/base/units.ts";
import { contains, formatRange, overlaps } from "../../src/board/range.ts";
import { leafPaths, replaced } from "./edits.ts";
import { SAMPLE } from "./sample.ts";

/** Parses; anything but a board or an InputError with a place inside the text fails the test. */
function accepts(text: string): boolean {
  try {
    parseBoard(text, "b.toml");
    return true;
  } catch (error) {
    assert(error instanceof InputError, `not an InputError: ${error}`);
    assert(error.code.startsWith("E-BOARD-"), error.code);
    const { line = 0, column = 0, lineText, length = 0 } = error.location ?? {};
    const lines = text.split(/\r?\n/);
    assertEquals(lineText, lines[line - 1] ?? "");
    assert(line >= 1 && line <= lines.length + 1 && column >= 1, `${line}:${column}`);
    assert(length >= 1);
    return false;
  }
}

Deno.test("parseBoard() gives a board or an InputError for any damage to a file's text", () => {
  const snippet = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      '"',
      "'''",
      "[[",
      "]]",
      "{",
      "}",
      "=",
      "\n",
      "\0",
      "0x",
      "inf",
      "1e400",
      "é",
      "[a.b]",
    ),
  );
  const cut = fc.record({
    at: fc.nat(SAMPLE.length),
    remove: fc.nat(40),
    insert: snippet,
  });
  fc.assert(
    fc.property(fc.array(cut, { minLength: 1, maxLength: 4 }), (cuts) => {
      const text = cuts.reduce(
        (before, { at, remove, insert }) =>
          before.slice(0, at) + insert + before.slice(at + remove),
        SAMPLE,
      );
      accepts(text);
    }),
    { seed: 20261123, numRuns: 1500 },
  );
});

Deno.test("parseBoard() gives a board or an InputError for any value at any key", () => {
  const value = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: false }),
    fc.boolean(),
    fc.string(),
    fc.constantFrom("KiB", "0 B", "-1 KiB", "1e3 MHz", "__proto__", "9999999 GiB"),
    fc.constantFrom<unknown>([], {}, [[]], [{}], { a: 1 }, new Date(0)),
  );
  const paths = leafPaths(parse(SAMPLE));
  fc.assert(
    fc.property(fc.constantFrom(...paths), value, (path, replacement) => {
      accepts(stringify(replaced(parse(SAMPLE), path, replacement) as Record<string, unknown>));
    }),
    { seed: 20261123, numRuns: 1500 },
  );
});

Deno.test("parseBoard() reports a deeply nested file without running out of stack", () => {
  assertEquals(accepts(`a = ${"[".repeat(100_000)}`), false);
  assertEquals(accepts(`${SAMPLE}x = ${"[".repeat(900)}${"]".repeat(900)}\n`), false);
});

Deno.test("parseBoard() finds two regions overlapping exactly when they share a byte", () => {
  const origin = fc.integer({ min: 0x1000_0000, max: 0x1000_0040 });
  const length = fc.integer({ min: 1, max: 0x30 });
  fc.assert(
    fc.property(origin, length, origin, length, (a, aLength, b, bLength) => {
      const region = (name: string, start: number, bytes: number) =>
        `[[region]]\nname = "${name}"\nkind = "ram"\norigin = ${start}\nlength = ${bytes}\n` +
        `access = "rw"\nsource = "rm"\n`;
      const text = `${SAMPLE}${region("a", a, aLength)}${region("b", b, bLength)}`;
      const bytes = new Set(Array.from({ length: aLength }, (_, index) => a + index));
      const share = Array.from({ length: bLength }, (_, index) => b + index)
        .some((byte) => bytes.has(byte));
      assertEquals(accepts(text), !share);
    }),
    { seed: 20261123, numRuns: 300 },
  );
});

Deno.test("parseBoard() reads every size that parseBytes() reads in binary units to the same bytes", () => {
  const unit = fc.constantFrom("", " B", "K", " KiB", "M", "MiB");
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 127 }), unit, (count, suffix) => {
      const size = `${count}${suffix}`;
      const text = `${SAMPLE}[[region]]\nname = "a"\nkind = "ram"\norigin = 0x7000_0000\n` +
        `length = "${size}"\naccess = "rw"\nsource = "rm"\n`;
      assertEquals(parseBoard(text, "b.toml").regions.at(-1)?.length, parseBytes(size));
    }),
    { seed: 20261123, numRuns: 100 },
  );
});

Deno.test("overlaps() and contains() agree with counting bytes", () => {
  const range = fc.record({ origin: fc.nat(20), length: fc.integer({ min: 1, max: 20 }) });
  const bytesOf = ({ origin, length }: { origin: number; length: number }) =>
    Array.from({ length }, (_, index) => origin + index);
  fc.assert(
    fc.property(range, range, (a, b) => {
      const bytes = new Set(bytesOf(a));
      assertEquals(overlaps(a, b), bytesOf(b).some((byte) => bytes.has(byte)));
      assertEquals(contains(a, b), bytesOf(b).every((byte) => bytes.has(byte)));
    }),
    { seed: 20261123, numRuns: 500 },
  );
});

Deno.test("formatRange() prints the end of the address space with nine digits", () => {
  assertEquals(formatRange({ origin: 0x2000_0000, length: 16 }), "[0x2000_0000, 0x2000_0010)");
  assertEquals(formatRange({ origin: 0xffff_0000, length: 65536 }), "[0xffff_0000, 0x1_0000_0000)");
});
