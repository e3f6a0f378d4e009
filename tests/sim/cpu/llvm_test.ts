/**
 * Which words a core accepts, against LLVM's disassembler, which knows the cores: what is undefined here is
 * invalid there, what is defined here is neither invalid nor "potentially undefined" (UNPREDICTABLE) there.
 *
 * `PINMAP_WORDS=1000000` for more than the small sample.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { need } from "../../support/need.ts";
import { TABLE } from "../../../sim/cpu/table.ts";
import { createDecoder } from "../../../sim/cpu/decoder.ts";
import { disassemble } from "../../../sim/cpu/disassembler.ts";
import { ARCHITECTURES } from "./architectures.ts";
import { createRandom } from "./testbench.ts";

const NEEDS = { tools: ["llvm-mc"] };
const WORDS = Number(Deno.env.get("PINMAP_WORDS") ?? 12_000);
const BATCH = 100_000;

/** What LLVM says otherwise: our kind, our text or the word, and why. */
const EXCEPTIONS: readonly (readonly [kind: string, text: RegExp, reason: string])[] = [
  ["defined", /^udf\.w /, "the 32-bit UDF of Armv6-M: invalid or UDF, it is undefined"],
  ["defined", /^pldw |^ldrsh\.w pc, /, "hints that are not allocated and execute as NOP"],
  ["defined", /^(add|sub)(\.w|w) sp, /, "UNPREDICTABLE, but executed: see `table.ts`"],
  ["defined", /^(ldrd|strd) \w+, \w+, \[sp/, "LLVM forbids SP as a base that is written back"],
  ["undefined", /^0000b6/, "CPSIE F on cores without FAULTMASK"],
  ["undefined", /^f3[89ef]/, "special registers of the Security Extension, or unknown ones"],
  ["undefined", /^fc[cd]..[ab]/, "STC2 and LDC2 of coprocessors 10 and 11"],
];

/** Words that show each exception. */
const WITNESSES = [
  0xf7f0_a000,
  0xf830_f003,
  0xf1a9_2d26,
  0xe9fd_0915,
  0xb673,
  0xf3ef_8494,
  0xfcd7_fb6a,
];

/** Warnings of LLVM by index: false if a word is invalid, true if it may be undefined. */
function ask(flags: readonly string[], words: readonly number[]): Map<number, boolean> {
  const path = Deno.makeTempFileSync();
  try {
    const bytes = (half: number): string =>
      `0x${(half & 255).toString(16)} 0x${(half >> 8).toString(16)}`;
    // NOPs behind each for IT, and brackets so that words are apart.
    const nops = [0xbf00, 0xbf00, 0xbf00, 0xbf00];
    const lines = words.map((word) => {
      const halves = word > 0xffff ? [word >>> 16, word & 0xffff] : [word];
      return `[${[...halves, ...nops].map(bytes).join(" ")}]`;
    });
    Deno.writeTextFileSync(path, lines.join("\n") + "\n");
    const command = new Deno.Command("llvm-mc", { args: ["-disassemble", ...flags, path] });
    const text = new TextDecoder().decode(command.outputSync().stderr);
    const warnings = new Map<number, boolean>();
    for (const [, line, what] of text.matchAll(/:(\d+):\d+: warning: (invalid|potentially)/g)) {
      warnings.set(Number(line) - 1, what === "potentially");
    }
    return warnings;
  } finally {
    Deno.removeSync(path);
  }
}

function createWords(count: number): number[] {
  const random = createRandom(21);
  return Array.from({ length: count }, () => {
    if ((random() & 3) === 0) {
      return (((0xe800 + (random() % 0x1800)) << 16) | (random() & 0xffff)) >>> 0;
    }
    const line = TABLE[random() % TABLE.length];
    let word = 0;
    for (const bit of line?.pattern ?? "") {
      word = (word << 1) | (bit === "0" ? 0 : bit === "1" ? 1 : random() & 1);
    }
    return word >>> 0;
  });
}

need(NEEDS, "cores accept what LLVM accepts for them, but for reasons", () => {
  const words = [...WITNESSES, ...createWords(WORDS)];
  const wrong: string[] = [];
  const uses = new Set<string>();
  for (const { name, llvm, features } of ARCHITECTURES) {
    const decoder = createDecoder(TABLE, features);
    for (let first = 0; first < words.length; first += BATCH) {
      const batch = words.slice(first, first + BATCH);
      const warnings = ask(llvm, batch);
      batch.forEach((word, index) => {
        const wide = word > 0xffff;
        const found = decoder.inspect(wide ? word >>> 16 : word, word & 0xffff, 0, false);
        if (found?.predictable === false) return;
        const kind = found === undefined ? "undefined" : "defined";
        if ((kind === "defined") === !warnings.has(index)) return;
        // LLVM says "potentially undefined" of what is undefined too.
        if (kind === "undefined" && warnings.has(index)) return;
        const hex = word.toString(16).padStart(8, "0");
        const text = found === undefined ? hex : disassemble(found.op);
        const exception = EXCEPTIONS.find(([of, pattern]) => of === kind && pattern.test(text));
        if (exception === undefined) wrong.push(`${name}: ${hex} is ${kind} here, "${text}"`);
        else uses.add(exception[2]);
      });
    }
  }
  assertEquals(wrong.slice(0, 40), []);
  for (const [, , reason] of EXCEPTIONS) assert(uses.has(reason), reason);
});
