/**
 * Lines of text formats, with places for messages.
 *
 * @module
 */
import { InputError } from "../../src/base/error.ts";

/** A line that is not empty. */
export interface Line {
  /** Without white space around it. */
  readonly text: string;
  /** Refuses it. */
  fail(what: string): never;
}

/**
 * The lines of a file.
 *
 * @param text The file
 * @param file Its path
 * @param code Code of the error for a line that is refused
 */
export function* linesOf(text: string, file: string, code: string): Generator<Line> {
  let number = 0;
  for (const raw of text.split(/\r\n|\n|\r/)) {
    number++;
    const line = raw.trim();
    if (line === "") continue;
    const place = { file, line: number, column: 1, lineText: raw.slice(0, 200) };
    yield {
      text: line,
      fail(what) {
        throw new InputError(code, `Cannot read ${file}, line ${number}: ${what}`, {
          location: place,
        });
      },
    };
  }
}

/** The bytes of pairs of hexadecimal digits; an odd digit at the end is ignored. */
export function hexBytes(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length >> 1);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}
