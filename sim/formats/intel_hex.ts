/**
 * Intel HEX (Intel, "Hexadecimal Object File Format Specification", Revision A, 1988): lines of
 * `:LLAAAATT<data>CC`, where the sum of all bytes is 0 modulo 256.
 *
 * @module
 */
import { InputError } from "../../src/base/error.ts";
import type { ElfImage } from "../elf/mod.ts";
import { type Chunk, imageOf } from "./image.ts";
import { hexBytes, linesOf } from "./lines.ts";

const TYPE = {
  data: 0,
  end: 1,
  extendedSegment: 2,
  startSegment: 3,
  extendedLinear: 4,
  startLinear: 5,
} as const;

/** Bytes of data that a type must have. */
const LENGTHS: Readonly<Record<number, number>> = {
  [TYPE.end]: 0,
  [TYPE.extendedSegment]: 2,
  [TYPE.startSegment]: 4,
  [TYPE.extendedLinear]: 2,
  [TYPE.startLinear]: 4,
};

/**
 * Reads an Intel HEX file.
 *
 * @param text The file
 * @param file Its path, for messages
 * @throws {InputError} A line that is none, with its place (E-SIM-HEX)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseIntelHex } from "./mod.ts";
 *
 * const image = parseIntelHex(":020000040800F2\n:0400000001020304F2\n:00000001FF\n", "a.hex");
 * assertEquals(image.segments[0]?.paddr, 0x0800_0000);
 * assertEquals([...image.segments[0]?.data ?? []], [1, 2, 3, 4]);
 * ```
 */
export function parseIntelHex(text: string, file: string): ElfImage {
  const chunks: Chunk[] = [];
  let base = 0;
  let entry: number | undefined;
  let ended = false;
  for (const line of linesOf(text, file, "E-SIM-HEX")) {
    if (ended) line.fail("content after the end record");
    const match = /^:([0-9a-f]*)$/i.exec(line.text);
    if (match === null) line.fail("needs a colon and hexadecimal digits");
    const bytes = hexBytes(match?.[1] ?? "");
    const [length = 0, high = 0, low = 0, type = -1] = bytes;
    if (bytes.length !== length + 5) {
      line.fail(
        `it has ${Math.max(0, bytes.length - 5)} B of data, its length field says ${length}`,
      );
    }
    const sum = bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
    if (sum !== 0) line.fail(`the checksum is wrong by 0x${sum.toString(16)}`);
    if ((LENGTHS[type] ?? length) !== length) {
      line.fail(`a record of type ${type} has ${LENGTHS[type]} B`);
    }
    const data = bytes.subarray(4, 4 + length);
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    switch (type) {
      case TYPE.data:
        chunks.push({ address: base + (high << 8 | low), data });
        break;
      case TYPE.end:
        ended = true;
        break;
      case TYPE.extendedSegment:
        base = view.getUint16(0) * 16;
        break;
      case TYPE.extendedLinear:
        base = view.getUint16(0) * 0x1_0000;
        break;
      case TYPE.startLinear:
        entry = view.getUint32(0);
        break;
      case TYPE.startSegment:
        break;
      default:
        line.fail(`unknown record type ${type}`);
    }
  }
  if (!ended) {
    throw new InputError("E-SIM-HEX", `Cannot read ${file}: the end record is missing`, {
      hints: ["the file is cut off"],
    });
  }
  return imageOf(chunks, { file, entry });
}
