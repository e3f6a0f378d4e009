/**
 * The instruction table as a decoder: which line a word is.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { TABLE } from "../../../sim/cpu/table.ts";
import { createDecoder, fieldsOf } from "../../../sim/cpu/decoder.ts";
import { type Encoding, Op } from "../../../sim/cpu/op.ts";
import type { Feature } from "../../../sim/cpu/architecture.ts";
import { createRandom } from "./testbench.ts";

function masks(line: Encoding): { readonly mask: number; readonly value: number } {
  return {
    mask: parseInt(line.pattern.replace(/[01]/g, "1").replace(/[^1]/g, "0"), 2) | 0,
    value: parseInt(line.pattern.replace(/[^1]/g, "0"), 2) | 0,
  };
}

/** True if a line takes a word for its own, UNPREDICTABLE or not. */
function claims(line: Encoding, word: number): boolean {
  const op = new Op(line, fieldsOf(line, word), 0x1000, word, false);
  return line.operands?.(op, fieldsOf(line, word)) !== "other";
}

Deno.test("where two lines match a word, one has all fixed bits of the other, or only one claims it", () => {
  const random = createRandom(3);
  const lines = TABLE.map((line) => ({ line, ...masks(line) }));
  const unclear: string[] = [];
  let overlaps = 0;
  for (const [index, a] of lines.entries()) {
    for (const b of lines.slice(index + 1)) {
      if (a.line.pattern.length !== b.line.pattern.length) continue;
      const common = a.mask & b.mask;
      if ((a.value & common) !== (b.value & common)) continue;
      if (a.mask !== b.mask && (common === a.mask || common === b.mask)) continue;
      overlaps++;
      for (let tries = 0; tries < 200; tries++) {
        const fixed = a.mask | b.mask;
        const word = (a.value | b.value) | (random() & ~fixed);
        if (!claims(a.line, word) || !claims(b.line, word)) continue;
        // Both claim it: a third line must have more fixed bits.
        const third = lines.some(({ line, mask, value }) =>
          line.pattern.length === a.line.pattern.length && (word & mask) === value &&
          line !== a.line && line !== b.line && claims(line, word) &&
          ((mask & a.mask) === a.mask || (mask & b.mask) === b.mask)
        );
        if (third) continue;
        unclear.push(`${a.line.name} ${a.line.pattern} / ${b.line.name} ${b.line.pattern}`);
        break;
      }
    }
  }
  assertEquals(unclear, []);
  assert(overlaps > 0);
});

Deno.test("inspect() tells undefined, UNPREDICTABLE and defined encodings apart", () => {
  const features = new Set<Feature>(["v6m", "v8b", "v7m"]);
  const decoder = createDecoder(TABLE, features);
  const see = (word: number): string => {
    const found = decoder.inspect(word >>> 16, word & 0xffff, 0, false);
    return found === undefined ? "undefined" : `${found.op.encoding.name} ${found.predictable}`;
  };
  assertEquals(see(0xfb91_f0f2), "sdiv true");
  // A bit that should be 1, PC as an operand, a core without the DSP extension.
  assertEquals(see(0xfb91_e0f2), "sdiv false");
  assertEquals(see(0xfb9f_f0f2), "sdiv false");
  assertEquals(see(0xfa91_f002), "undefined");
  assertEquals(decoder.decode(0xfb9f, 0xf0f2, 0, false), undefined);
});

Deno.test("a pattern marks the bits that should be 0 or 1", () => {
  const bx = TABLE.find(({ name }) => name === "bx");
  assertEquals(bx?.pattern, "010001110mmmm000");
  assertEquals(bx?.should, 7);
});
