import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { closest, formatAddress, formatBytes, parseBytes } from "../../src/base/units.ts";

Deno.test("formatBytes() gives exact bytes and binary units", () => {
  assertEquals(formatBytes(0), "0 B");
  assertEquals(formatBytes(1023), "1023 B");
  assertEquals(formatBytes(1024), "1024 B (1 KiB)");
  assertEquals(formatBytes(1500), "1500 B (1.46 KiB)");
  assertEquals(formatBytes(1048576), "1048576 B (1 MiB)");
});

Deno.test("formatAddress() prints eight digits, also of negative int32", () => {
  assertEquals(formatAddress(0), "0x0000_0000");
  assertEquals(formatAddress(0xe000_0000 | 0), "0xe000_0000");
});

Deno.test("parseBytes() reads what board files and flags write", () => {
  assertEquals(parseBytes("64 KiB"), 65536);
  assertEquals(parseBytes("48K"), 49152);
  assertEquals(parseBytes("1m"), 1048576);
  assertEquals(parseBytes("0x1000"), 4096);
  assertEquals(parseBytes("1.5K"), 1536);
  assertEquals(parseBytes(4096), 4096);
});

Deno.test("parseBytes() refuses ambiguous, negative and broken sizes", () => {
  for (const text of ["64 KB", "64 kB", "-1", "", "K", "1.3", "1e9", "64 KiBs", "9999999999 GiB"]) {
    assertEquals(parseBytes(text), undefined, text);
  }
  assertEquals(parseBytes(-1), undefined);
  assertEquals(parseBytes(1.5), undefined);
});

Deno.test("parseBytes() reads back every whole number of KiB", () => {
  fc.assert(
    fc.property(fc.nat({ max: 4 * 1024 * 1024 }), (n) => parseBytes(`${n} KiB`) === n * 1024),
    { seed: 1 },
  );
});

Deno.test("closest() finds a typo and nothing for another word", () => {
  assertEquals(closest("orign", ["origin", "length"]), "origin");
  assertEquals(closest("nmae", ["name", "kind"]), "name");
  assertEquals(closest("banana", ["origin", "length"]), undefined);
  assertEquals(closest("x", []), undefined);
});
