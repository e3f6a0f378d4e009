/**
 * What the decoder accepts, against arm-none-eabi-objdump, and what it says about it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { need } from "../../support/need.ts";
import { TABLE } from "../../../sim/cpu/table.ts";
import { createDecoder, type Decoder } from "../../../sim/cpu/decoder.ts";
import { disassemble } from "../../../sim/cpu/disassembler.ts";
import type { Feature } from "../../../sim/cpu/state.ts";
import { createRandom } from "./testbench.ts";

const ALL: ReadonlySet<Feature> = new Set(["v6m", "v7m", "dsp", "fp", "fp5", "fp64"]);
const NEEDS = { tools: ["arm-none-eabi-objdump"] };

function accepts(decoder: Decoder, word: number): boolean {
  const op = word > 0xffff
    ? decoder.decode(word >>> 16, word & 0xffff, 0, false)
    : decoder.decode(word, 0, 0, false);
  return op !== undefined;
}

/** objdump's text of each word, one every four bytes. */
function objdump(words: readonly number[]): string[] {
  const halves = words.flatMap((word) =>
    word > 0xffff ? [word >>> 16, word & 0xffff] : [word, 0xbf00]
  );
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeFileSync(path, new Uint8Array(Uint16Array.from(halves).buffer));
    const args = ["-D", "-b", "binary", "-m", "armv7e-m", "-M", "force-thumb", path];
    const { stdout } = new Deno.Command("arm-none-eabi-objdump", { args }).outputSync();
    const texts = new Map<number, string>();
    for (const line of new TextDecoder().decode(stdout).split("\n")) {
      const [, address, text] = /^\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)$/.exec(line) ?? [];
      if (address !== undefined && text !== undefined) texts.set(parseInt(address, 16), text);
    }
    return words.map((_, index) => texts.get(index * 4) ?? "UNDEFINED");
  } finally {
    Deno.removeSync(path);
  }
}

function isDefined(text: string): boolean {
  return !/undefined|UNDEFINED|\.short|\.word|\.inst/.test(text);
}

/**
 * Halfwords that objdump shows and this decoder refuses, by reason: UNPREDICTABLE in Armv7-M (empty
 * register lists, should-be-zero bits, conditions of IT that do not exist), or of other profiles and
 * versions (setend, setpan, hlt, bxns, blxns, CPS of the A bit).
 */
const REFUSED =
  /^(bx|bxns|blxns|setpan|setend|hlt|it[te]*|(push|pop)\t\{\}|(stmia|ldmia)\S*\t\w+!, \{\}|cps\w+\t( ?a[if]*)?$)/;

need(NEEDS, "16-bit encodings are accepted as objdump does, but for reasoned exceptions", () => {
  const decoder = createDecoder(TABLE, ALL);
  const words = Array.from({ length: 0xe800 }, (_, word) => word);
  const texts = objdump(words);
  const wrong: string[] = [];
  let accepted = 0;
  words.forEach((word) => {
    const text = texts[word] ?? "";
    const here = accepts(decoder, word);
    if (here) accepted++;
    if (here && !isDefined(text)) wrong.push(`${word.toString(16)} accepted, objdump: ${text}`);
    const refused = !here && isDefined(text) && !/unpredictable/i.test(text);
    if (refused && !REFUSED.test(text)) {
      wrong.push(`${word.toString(16)} refused, objdump: ${text}`);
    }
  });
  assertEquals(wrong, []);
  assert(accepted > 55_000, `${accepted} accepted`);
});

need(NEEDS, "no 32-bit encoding is accepted that objdump calls undefined", () => {
  const decoder = createDecoder(TABLE, ALL);
  const random = createRandom(7);
  const words = Array.from(
    { length: 20_000 },
    () => (((0xe800 + (random() % 0x1800)) << 16) | (random() & 0xffff)) >>> 0,
  );
  const wrong = objdump(words).flatMap((text, index) => {
    const word = words[index] ?? 0;
    return accepts(decoder, word) && !isDefined(text) ? [`${word.toString(16)} ${text}`] : [];
  });
  assertEquals(wrong, []);
});

Deno.test("where two lines match a word, one has all fixed bits of the other", () => {
  const parsed = TABLE.map(({ pattern, name }) => ({
    name,
    pattern,
    mask: parseInt(pattern.replace(/[01]/g, "1").replace(/[^1]/g, "0"), 2),
    value: parseInt(pattern.replace(/[^1]/g, "0"), 2),
  }));
  const unclear: string[] = [];
  for (const [index, a] of parsed.entries()) {
    for (const b of parsed.slice(index + 1)) {
      if (a.pattern.length !== b.pattern.length) continue;
      const common = BigInt(a.mask) & BigInt(b.mask);
      const overlap = (BigInt(a.value) & common) === (BigInt(b.value) & common);
      const nested = common === BigInt(a.mask) || common === BigInt(b.mask);
      if (overlap && !nested) unclear.push(`${a.name} ${a.pattern} / ${b.name} ${b.pattern}`);
    }
  }
  // PC-relative loads overlap the forms with a base register, which refuse PC.
  const literals = unclear.filter((pair) => /^ldr(b|h|sb|sh)? .* \/ ldr/.test(pair));
  assertEquals(unclear.filter((pair) => !literals.includes(pair)), []);
});

Deno.test("disassemble() names mnemonic, registers, immediates and targets", () => {
  const decoder = createDecoder(TABLE, ALL);
  const text = (word: number): string => {
    const op = word > 0xffff
      ? decoder.decode(word >>> 16, word & 0xffff, 0x1000, false)
      : decoder.decode(word, 0, 0x1000, false);
    return op === undefined ? "undefined" : disassemble(op);
  };
  assertEquals(text(0x6841), "ldr r1, [r0, #4]");
  assertEquals(text(0xd0fe), "beq 0x0000_1000");
  assertEquals(text(0xe92d_41f0), "stmdb sp, {r4, r5, r6, r7, r8, lr}");
  assertEquals(text(0xee30_0a20), "vadd.f32 s0, s0, s1");
  assertEquals(text(0xfb91_f0f2), "sdiv r0, r1, r2");
  assertEquals(text(0xea40_0142), "orr r1, r0, r2, lsl #1");
});
