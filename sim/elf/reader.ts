/**
 * Bounds-checked little-endian reads of an ELF file: every offset in the file is untrusted.
 *
 * @module
 */
import { InputError } from "../../src/base/error.ts";

/** Reads of one file. */
export interface ElfReader {
  /** Path for messages. */
  readonly file: string;
  /** Bytes in the file. */
  readonly length: number;
  /** Unsigned byte. */
  u8(offset: number): number;
  /** Unsigned halfword. */
  u16(offset: number): number;
  /** Unsigned word. */
  u32(offset: number): number;
  /** A view of `length` bytes; `what` names them in the error. */
  slice(offset: number, length: number, what: string): Uint8Array;
  /** Refuses a table that cannot be in the file. */
  table(offset: number, count: number, entry: number, what: string): void;
  /** An error about this file. */
  error(code: string, problem: string, hints?: readonly string[]): InputError;
}

/**
 * Wraps the bytes of a file.
 *
 * @param bytes The file
 * @param file Path for messages
 */
export function createElfReader(bytes: Uint8Array, file: string): ElfReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const error = (code: string, problem: string, hints: readonly string[] = []) =>
    new InputError(code, `Cannot read ELF file ${file}: ${problem}`, { hints });
  const need = (offset: number, length: number, what: string) => {
    if (offset + length > bytes.length) {
      throw error(
        "E-ELF-TRUNCATED",
        `${what} needs bytes [${offset}, ${offset + length}), the file has ${bytes.length} B`,
      );
    }
  };
  return {
    file,
    length: bytes.length,
    u8: (offset) => (need(offset, 1, "a byte"), view.getUint8(offset)),
    u16: (offset) => (need(offset, 2, "a halfword"), view.getUint16(offset, true)),
    u32: (offset) => (need(offset, 4, "a word"), view.getUint32(offset, true)),
    slice: (offset, length, what) => {
      need(offset, length, what);
      return bytes.subarray(offset, offset + length);
    },
    table: (offset, count, entry, what) =>
      need(offset, count * entry, `${what} (${count} entries)`),
    error,
  };
}

const UTF8 = new TextDecoder();

/** Longest name that is read: keeps a file of overlapping endless names from taking quadratic time. */
const MAX_NAME = 16384;

/** The NUL-terminated string at an offset of a string table; unterminated and endless ones are cut. */
export function readString(table: Uint8Array, offset: number): string {
  const window = table.subarray(offset, offset + MAX_NAME);
  const end = window.indexOf(0);
  return UTF8.decode(end < 0 ? window : window.subarray(0, end));
}
