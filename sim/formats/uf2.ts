/**
 * UF2 (github.com/microsoft/uf2, README "File format"): blocks of 512 bytes, each with up to 476 bytes
 * for one address.
 *
 * @module
 */
import { InputError } from "../../src/base/error.ts";
import type { ElfImage } from "../elf/mod.ts";
import { type Chunk, imageOf } from "./image.ts";

const BLOCK = 512;
const MAGIC = [0x0a32_4655, 0x9e5d_5157] as const;
const MAGIC_END = 0x0ab1_6f30;
const NOT_MAIN_FLASH = 0x0000_0001;
const FILE_CONTAINER = 0x0000_1000;
const PAYLOAD = 476;

/** True if bytes begin like a UF2 file. */
export function isUf2(bytes: Uint8Array): boolean {
  if (bytes.length < BLOCK) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.getUint32(0, true) === MAGIC[0] && view.getUint32(4, true) === MAGIC[1];
}

/**
 * Reads a UF2 file; blocks that are not for the flash are left out.
 *
 * @param bytes The file
 * @param file Its path, for messages
 * @throws {InputError} A block that is none (E-SIM-UF2)
 */
export function parseUf2(bytes: Uint8Array, file: string): ElfImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: Chunk[] = [];
  const fail = (block: number, what: string): never => {
    throw new InputError("E-SIM-UF2", `Cannot read ${file}: block ${block} ${what}`);
  };
  if (bytes.length % BLOCK !== 0) fail(Math.floor(bytes.length / BLOCK), "is cut off");
  for (let block = 0; block * BLOCK < bytes.length; block++) {
    const at = block * BLOCK;
    const word = (offset: number): number => view.getUint32(at + offset, true);
    if (word(0) !== MAGIC[0] || word(4) !== MAGIC[1] || word(BLOCK - 4) !== MAGIC_END) {
      fail(block, "does not have the magic numbers of UF2");
    }
    const size = word(16);
    if (size > PAYLOAD) fail(block, `has ${size} B, at most ${PAYLOAD} B fit`);
    if ((word(8) & (NOT_MAIN_FLASH | FILE_CONTAINER)) !== 0) continue;
    chunks.push({ address: word(12), data: bytes.slice(at + 32, at + 32 + size) });
  }
  return imageOf(chunks, { file });
}
