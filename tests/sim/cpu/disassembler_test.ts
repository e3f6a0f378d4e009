/**
 * What the decoder accepts and what the disassembler says, against objdump: all halfwords, and words of which
 * half are random and half are made from the table's patterns.
 *
 * `PINMAP_WORDS=2000000 PINMAP_SEED=1` for more than the small sample; `PINMAP_PRINT=1` prints figures.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { need } from "../../support/need.ts";
import { TABLE } from "../../../sim/cpu/table.ts";
import { createDecoder, type Decoder, type Found, isWide } from "../../../sim/cpu/decoder.ts";
import { disassemble } from "../../../sim/cpu/disassembler.ts";
import type { Op } from "../../../sim/cpu/op.ts";
import type { Feature } from "../../../sim/cpu/architecture.ts";
import { addressOf, disassembly, halves, isDefined, ORIGIN, textsOf } from "./objdump.ts";
import { EXCEPTIONS, type Kind } from "./objdump_exceptions.ts";
import { createRandom } from "./testbench.ts";
import { ARCHITECTURES } from "./architectures.ts";

const NEEDS = { tools: ["arm-none-eabi-objdump"] };
const WORDS = Number(Deno.env.get("PINMAP_WORDS") ?? 60_000);
const SEED = Number(Deno.env.get("PINMAP_SEED") ?? 1);
const PRINT = Deno.env.get("PINMAP_PRINT") !== undefined;

const EVERYTHING = new Set<Feature>(TABLE.map(({ feature }) => feature));
const FULL = createDecoder(TABLE, EVERYTHING);

function inspect(decoder: Decoder, word: number, address: number, inIt = false): Found | undefined {
  const [first, second] = halves(word);
  return decoder.inspect(first, second, address, inIt);
}

function kindOf(found: Found | undefined): Kind {
  return found === undefined ? "undefined" : found.predictable ? "defined" : "unpredictable";
}

/** Compares words with objdump; what is different and not explained, and how often each exception was used. */
function compare(words: readonly number[], uses: Map<string, number>): string[] {
  const wrong: string[] = [];
  textsOf(words).forEach((theirs, index) => {
    const word = words[index] ?? 0;
    const found = inspect(FULL, word, addressOf(index) | 0);
    const kind = kindOf(found);
    const here = found === undefined ? "" : disassemble(found.op);
    const known = isDefined(theirs);
    const count = `${kind}, ${known ? "known" : "unknown"} to objdump`;
    uses.set(count, (uses.get(count) ?? 0) + 1);
    if (here === theirs || (!known && kind !== "defined")) return;
    const exception = EXCEPTIONS.find((one) =>
      one.kinds.includes(kind) && one.here.test(here) && one.objdump.test(theirs) &&
      (one.only?.(word) ?? true)
    );
    if (exception === undefined) {
      wrong.push(`${word.toString(16)} is ${kind} here: "${here}", objdump: "${theirs}"`);
    } else uses.set(exception.reason, (uses.get(exception.reason) ?? 0) + 1);
  });
  return wrong;
}

/** Random 32-bit words, and words of the table's lines, some with wrong should-be bits. */
function createWords(count: number, seed: number): number[] {
  const random = createRandom(seed);
  const lines = TABLE.filter(({ pattern }) => pattern.length === 32);
  return Array.from({ length: count }, () => {
    if ((random() & 1) === 0) {
      return (((0xe800 + (random() % 0x1800)) << 16) | (random() & 0xffff)) >>> 0;
    }
    const line = lines[random() % lines.length];
    let word = 0;
    for (const bit of line?.pattern ?? "") {
      word = (word << 1) | (bit === "0" ? 0 : bit === "1" ? 1 : random() & 1);
    }
    return (random() % 8 === 0 ? word ^ ((line?.should ?? 0) & random()) : word) >>> 0;
  });
}

function print(uses: ReadonlyMap<string, number>): void {
  if (!PRINT) return;
  const sorted = [...uses].sort((a, b) => b[1] - a[1]);
  const lines = sorted.map(([what, count]) => `${String(count).padStart(9)} ${what}\n`);
  Deno.stdout.writeSync(new TextEncoder().encode(lines.join("")));
}

need(NEEDS, "all halfwords are accepted as by objdump and have its text, but for reasons", () => {
  const narrow = Array.from({ length: 0xe800 }, (_, word) => word);
  // IT would make what follows conditional; it is compared with its block.
  const words = narrow.filter((word) => (word & 0xff00) !== 0xbf00 || (word & 15) === 0);
  const uses = new Map<string, number>();
  assertEquals(compare(words, uses), []);
  print(uses);
});

need(NEEDS, "32-bit words are accepted as by objdump and have its text, but for reasons", () => {
  const uses = new Map<string, number>();
  const part = 400_000;
  for (let done = 0; done < WORDS; done += part) {
    const words = createWords(Math.min(part, WORDS - done), SEED + done);
    assertEquals(compare(words, uses).slice(0, 40), []);
  }
  print(uses);
});

need(NEEDS, "every exception from objdump's opinion is one", () => {
  EXCEPTIONS.forEach((exception) => {
    const uses = new Map<string, number>();
    assertEquals(compare([exception.witness], uses), []);
    assertEquals(uses.get(exception.reason), 1, exception.reason);
  });
});

need(NEEDS, "instructions in IT blocks have objdump's text", () => {
  const narrow = Array.from({ length: 0xe800 }, (_, word) => word);
  const candidates = [...createWords(20_000, SEED + 5), ...narrow.filter((word) => word % 7 === 3)];
  const outside = textsOf(candidates);
  const random = createRandom(SEED);
  const code: number[] = [];
  const cases: { op: Op; at: number; it: number }[] = [];
  candidates.forEach((word, index) => {
    const found = inspect(FULL, word, addressOf(index) | 0);
    const alike = found !== undefined && disassemble(found.op) === outside[index];
    // Of coprocessor 9 objdump has its own opinion, see the exceptions.
    if (!alike || found.op.encoding.name === "it" || /^\S+ 9, /.test(outside[index] ?? "")) return;
    while (code.length % 2 !== random() % 2) code.push(0xbf00);
    // One instruction in its block, or the first of two.
    const it = ((random() % 14) << 4) | (random() % 4 === 0 ? 4 : 8);
    code.push(0xbf00 | it);
    const inside = inspect(FULL, word, (ORIGIN + code.length * 2) | 0, true);
    if (inside !== undefined) cases.push({ op: inside.op, at: code.length, it });
    code.push(...(isWide(halves(word)[0]) ? halves(word) : [word]), 0xbf00);
  });
  const texts = disassembly(Uint16Array.from(code));
  const wrong: string[] = [];
  for (const { op, at, it } of cases) {
    const theirs = texts.get(at) ?? "";
    const here = disassemble(op, it);
    if (here !== theirs) wrong.push(`${op.word.toString(16)} "${here}", objdump: "${theirs}"`);
  }
  assertEquals(wrong.slice(0, 40), []);
  assert(cases.length > 10_000, `${cases.length} instructions`);
});

Deno.test("an architecture lacks exactly the lines of the features that it has not", () => {
  const decoders = ARCHITECTURES.map(({ name, features }) => ({
    name,
    features,
    decoder: createDecoder(TABLE, features),
  }));
  const part = 400_000;
  const count = WORDS >= 1_000_000 ? WORDS : 20_000;
  for (let done = 0; done < count; done += part) {
    for (const word of createWords(Math.min(part, count - done), SEED + done)) {
      const all = inspect(FULL, word, 0);
      for (const { name, features, decoder } of decoders) {
        const here = inspect(decoder, word, 0);
        const has = all !== undefined && features.has(all.op.encoding.feature);
        const right = has
          ? here?.op.encoding === all.op.encoding && here.predictable === all.predictable
          : here?.predictable !== true;
        if (!right) throw new Error(`${name} ${word.toString(16)} ${here?.op.encoding.name}`);
      }
    }
  }
});

Deno.test("disassemble() names mnemonic, registers, immediates and targets", () => {
  const text = (word: number, it = 0): string => {
    const found = inspect(FULL, word, 0x1000, it !== 0);
    return found === undefined ? "undefined" : disassemble(found.op, it);
  };
  assertEquals(text(0x6841), "ldr r1, [r0, #4]");
  assertEquals(text(0xd0fe), "beq.n 0x1000");
  assertEquals(text(0x4a3c), "ldr r2, [pc, #240] @ (0x10f4)");
  assertEquals(text(0xe92d_41f0), "stmdb sp!, {r4, r5, r6, r7, r8, lr}");
  assertEquals(text(0xee30_0a20), "vadd.f32 s0, s0, s1");
  assertEquals(text(0xfb91_f0f2), "sdiv r0, r1, r2");
  assertEquals(text(0xea40_0142), "orr.w r1, r0, r2, lsl #1");
  assertEquals(text(0x1840, 0x08), "addeq r0, r0, r1");
});
