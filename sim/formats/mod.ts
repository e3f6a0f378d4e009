/**
 * Program images in any of the usual formats. A format tells itself apart by its first bytes; what is none
 * of them is raw bytes, for which somebody must say where they go.
 *
 * @module
 */
import { InputError } from "../../src/base/error.ts";
import { type ElfImage, parseElf } from "../elf/mod.ts";
import { imageOf } from "./image.ts";
import { parseIntelHex } from "./intel_hex.ts";
import { parseSRecords } from "./srecord.ts";
import { isUf2, parseUf2 } from "./uf2.ts";

export { type Chunk, type CodeFacts, codeImage, type ImageFacts, imageOf } from "./image.ts";
export { parseIntelHex } from "./intel_hex.ts";
export { parseSRecords } from "./srecord.ts";
export { parseUf2 } from "./uf2.ts";

/** Formats of images. */
export type ImageFormat = "elf" | "intel-hex" | "s-record" | "uf2" | "bin";

/**
 * Which format bytes are in.
 *
 * @param bytes The file
 */
export function imageFormat(bytes: Uint8Array): ImageFormat {
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  if (head.startsWith("\x7fELF")) return "elf";
  if (isUf2(bytes)) return "uf2";
  if (/^\s*:[0-9a-f]{10}/i.test(head)) return "intel-hex";
  if (/^\s*S[0-9][0-9a-f]{8}/i.test(head)) return "s-record";
  return "bin";
}

/** How an image is read. */
export interface ParseImageOptions {
  /** Where raw bytes go: their load address. Refused for formats that say it themselves. */
  readonly loadAddress?: number | undefined;
}

/**
 * Reads an image of any format.
 *
 * @param bytes The file
 * @param file Its path, for messages
 * @param options Load address of raw bytes
 * @throws {InputError} A damaged file, raw bytes without an address, or an address that is not needed
 *   (E-SIM-IMAGE and those of the formats)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { imageFormat, parseImage } from "./mod.ts";
 *
 * const bytes = Uint8Array.of(0, 1, 0, 0x20, 9, 0, 0, 8);
 * assertEquals(imageFormat(bytes), "bin");
 * assertEquals(parseImage(bytes, "a.bin", { loadAddress: 0x0800_0000 }).segments[0]?.paddr, 0x0800_0000);
 * ```
 */
export function parseImage(
  bytes: Uint8Array,
  file: string,
  options: ParseImageOptions = {},
): ElfImage {
  const format = imageFormat(bytes);
  const { loadAddress } = options;
  if (format === "bin") {
    if (loadAddress === undefined) {
      throw new InputError(
        "E-SIM-IMAGE",
        `Cannot load ${file}: raw bytes do not say where they go`,
        {
          hints: [
            "give the load address (--load-address), or an ELF, Intel HEX, S-record or UF2 file",
          ],
        },
      );
    }
    return imageOf([{ address: loadAddress, data: bytes }], { file });
  }
  if (loadAddress !== undefined) {
    throw new InputError(
      "E-SIM-IMAGE",
      `Cannot load ${file} at another address: ${format} files say where they go`,
    );
  }
  const text = () => new TextDecoder().decode(bytes);
  switch (format) {
    case "elf":
      return parseElf(bytes, file);
    case "uf2":
      return parseUf2(bytes, file);
    case "intel-hex":
      return parseIntelHex(text(), file);
    case "s-record":
      return parseSRecords(text(), file);
  }
}
