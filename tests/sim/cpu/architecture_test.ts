/**
 * Which architecture has a line of the instruction table, against GNU as, which knows better than objdump: it
 * must assemble the line's texts for the architectures with the line's feature to the same word, and refuse
 * them for the others.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { need } from "../../support/need.ts";
import { TABLE } from "../../../sim/cpu/table.ts";
import { createDecoder } from "../../../sim/cpu/decoder.ts";
import { disassemble } from "../../../sim/cpu/disassembler.ts";
import type { Encoding } from "../../../sim/cpu/op.ts";
import type { Feature } from "../../../sim/cpu/architecture.ts";
import { type Architecture, ARCHITECTURES } from "./architectures.ts";
import { halves, ORIGIN } from "./objdump.ts";
import { createRandom } from "./testbench.ts";

const NEEDS = { tools: ["arm-none-eabi-as"] };

/** Lines that the assembler cannot be asked about, with the reason. */
const EXCEPTED: readonly (readonly [RegExp, string])[] = [
  [/^nop(\.w)? \{/, "hints without a name: as knows them for the A profile only"],
  [/^dsb (#|n?sh|os|is|un|ld|st)|^dmb (#|n?sh|os|is|un|ld|st)|^isb #/, "options that are reserved"],
  [/^(bl?|b\w\w)(\.[nw])? 0x|^cbn?z /, "a target is a relocation to as, out of reach for CBZ"],
  [/^m(rs|sr) /, "as takes any special register of the M profile for all of its architectures"],
  [/^cpsi[ed] i?f/, "as takes the mask that Armv6-M lacks"],
  [/^pldw /, "as wants the multiprocessing extension; elsewhere these are hints without effect"],
  [/^p?ssbb$/, "DSB with options that are reserved on Armv6-M, where as has no such names"],
  [/^it/, "as wants the instructions of the block"],
  [/^udf\.w /, "as has no .w for Armv6-M, which has the encoding (DDI 0419, A5.3.1)"],
  [/^f(ld|st)m(ia|db)x /, "deprecated"],
  [
    /^ldr\.w pc, \[pc|^ldrsh\.w pc/,
    "as refuses targets that are not aligned, and hints without a name",
  ],
  [/^(add|sub)(\.w|w) sp, (?!sp)/, "UNPREDICTABLE, but executed"],
  [/^vmov\.f\d\d \w+, #/, "objdump shows the bits of the immediate, as wants its value"],
  [/^vmov\.32 /, "as wants double precision for half of a double register; FPv4-SP moves it"],
];

/** What as assembles for all, although some lack it. */
const LENIENT: readonly RegExp[] = [
  /^v(nm(ls|la|ul)|fn?m[as]|cmpe?)\.f64 /,
  /^v(maxnm|minnm|cvt[anpm])\./,
  // For Armv8-M Baseline it looks for MOVW and for 16-bit shifts.
  /^movs?\.w /,
];

interface Sample {
  readonly line: Encoding;
  readonly text: string;
}

/** Texts of words of each line, without objdump's comments. */
function samples(): Sample[] {
  const decoder = createDecoder(TABLE, new Set<Feature>(TABLE.map(({ feature }) => feature)));
  const random = createRandom(11);
  const list: Sample[] = [];
  for (const line of TABLE) {
    let found = 0;
    for (let tries = 0; tries < 200 && found < 4; tries++) {
      let word = 0;
      for (const bit of line.pattern) {
        word = (word << 1) | (bit === "0" ? 0 : bit === "1" ? 1 : random() & 1);
      }
      const [first, second] = halves(word >>> 0);
      const op = decoder.decode(first, second, ORIGIN, false);
      if (op?.encoding !== line) continue;
      const text = disassemble(op).replace(/ @.*/, "");
      if (EXCEPTED.some(([pattern]) => pattern.test(text))) continue;
      list.push({ line, text });
      found++;
    }
  }
  return list;
}

/** Operands of coprocessors are spelled differently: `p1`, `c2`, no braces. */
function spelled(text: string): string {
  if (!/^(cdp|mcr|mrc|mcrr|mrrc|ldc|stc)2?l? \d/.test(text)) return text;
  return text.replace(/ (\d+),/, " p$1,").replace(/\bcr(\d)/g, "c$1").replace(
    /\{(\d+)\}$/,
    (all, n) => /^[ls]/.test(text) ? all : n,
  );
}

/** Line numbers that the assembler has an error for. */
function refused({ directives }: Architecture, texts: readonly string[]): Set<number> {
  const folder = Deno.makeTempDirSync();
  try {
    const head = [".syntax unified", ".thumb", ...directives];
    const source = `${folder}/a.s`;
    Deno.writeTextFileSync(source, [...head, ...texts, ""].join("\n"));
    const { stderr } = new Deno.Command("arm-none-eabi-as", {
      args: ["-o", `${folder}/a.o`, source],
    }).outputSync();
    const lines = new Set<number>();
    for (const [, line] of new TextDecoder().decode(stderr).matchAll(/a\.s:(\d+): Error/g)) {
      lines.add(Number(line) - head.length - 1);
    }
    return lines;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

need(NEEDS, "GNU as assembles each line for the architectures that have it, and no others", () => {
  const list = samples();
  const texts = list.map(({ text }) => spelled(text));
  const wrong: string[] = [];
  let compared = 0;
  for (const architecture of ARCHITECTURES) {
    const errors = refused(architecture, texts);
    list.forEach(({ line }, index) => {
      compared++;
      const has = architecture.features.has(line.feature);
      const text = texts[index] ?? "";
      if (has !== errors.has(index)) return;
      if (!has && LENIENT.some((pattern) => pattern.test(text))) return;
      wrong.push(`${architecture.name} ${has ? "has" : "lacks"} ${line.feature} "${text}"`);
    });
  }
  assertEquals(wrong, []);
  assert(compared > 8000, `${compared} texts`);
});
