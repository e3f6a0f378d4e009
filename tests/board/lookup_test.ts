import { assertEquals } from "@std/assert";
import { canonicalAddress, parseBoard, regionAt } from "../../src/board/mod.ts";
import { SAMPLE } from "./sample.ts";

const board = parseBoard(SAMPLE, "sample.toml");

function nameAt(address: number, length?: number): string | undefined {
  const hit = regionAt(board, address, length);
  return hit === undefined ? undefined : hit.alias?.name ?? hit.region.name;
}

Deno.test("regionAt() takes ranges as half open", () => {
  assertEquals(nameAt(0x2000_0000), "dtcm");
  assertEquals(nameAt(0x2001_ffff), "dtcm");
  assertEquals(nameAt(0x2002_0000), undefined);
  assertEquals(nameAt(0x1fff_ffff), undefined);
});

Deno.test("regionAt() wants the whole range inside one region", () => {
  assertEquals(nameAt(0x2001_fffc, 4), "dtcm");
  assertEquals(nameAt(0x2001_fffd, 4), undefined);
  assertEquals(nameAt(0x2002_0000, 0), "dtcm");
});

Deno.test("regionAt() gives an alias's region together with the alias", () => {
  const hit = regionAt(board, 0x0020_0000);
  assertEquals([hit?.region.name, hit?.alias?.name], ["flash", "flash_itcm"]);
  assertEquals(regionAt(board, 0x0800_0000)?.alias, undefined);
});

Deno.test("canonicalAddress() makes two addresses of one byte equal", () => {
  assertEquals(canonicalAddress(board, 0x0020_0004), 0x0800_1004);
  assertEquals(canonicalAddress(board, 0x0800_1004), 0x0800_1004);
  assertEquals(canonicalAddress(board, 0x5000_0000), undefined);
});
