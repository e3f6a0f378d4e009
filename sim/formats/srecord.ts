/**
 * Motorola S-records (M68000 Family Programmer's Reference Manual, M68000PM/AD, appendix C): lines of
 * `S<type><count><address><data><sum>`, where the low byte of the sum of all bytes is 0xff.
 *
 * @module
 */
import type { ElfImage } from "../elf/mod.ts";
import { type Chunk, imageOf } from "./image.ts";
import { hexBytes, linesOf } from "./lines.ts";

/** Bytes of the address, by type. */
const ADDRESS_BYTES: Readonly<Record<string, number>> = {
  "0": 2,
  "1": 2,
  "2": 3,
  "3": 4,
  "5": 2,
  "6": 3,
  "7": 4,
  "8": 3,
  "9": 2,
};

/**
 * Reads a file of S-records.
 *
 * @param text The file
 * @param file Its path, for messages
 * @throws {InputError} A line that is none, with its place (E-SIM-SREC)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseSRecords } from "./mod.ts";
 *
 * const image = parseSRecords("S3090800000001020304E4\nS70508000000F2\n", "a.srec");
 * assertEquals(image.segments[0]?.paddr, 0x0800_0000);
 * assertEquals([...image.segments[0]?.data ?? []], [1, 2, 3, 4]);
 * ```
 */
export function parseSRecords(text: string, file: string): ElfImage {
  const chunks: Chunk[] = [];
  let entry: number | undefined;
  for (const line of linesOf(text, file, "E-SIM-SREC")) {
    const [, type = "", digits = ""] = /^S([0-9])([0-9a-f]*)$/i.exec(line.text) ?? [];
    const addressBytes = ADDRESS_BYTES[type];
    if (addressBytes === undefined) line.fail("needs S, a known type and hexadecimal digits");
    const bytes = hexBytes(digits);
    const [count = 0] = bytes;
    if (bytes.length !== count + 1 || count < (addressBytes ?? 0) + 1) {
      line.fail(`it has ${bytes.length - 1} B, its count says ${count}`);
    }
    const sum = bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
    if (sum !== 0xff) line.fail("the checksum is wrong");
    const split = 1 + (addressBytes ?? 0);
    const address = bytes.subarray(1, split).reduce((value, byte) => value * 256 + byte, 0);
    if ("123".includes(type)) chunks.push({ address, data: bytes.subarray(split, -1) });
    if ("789".includes(type)) entry = address;
  }
  return imageOf(chunks, { file, entry });
}
