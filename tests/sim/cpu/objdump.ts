/**
 * arm-none-eabi-objdump as a second opinion on what a word says.
 *
 * It is asked with `-m arm`: in Thumb code its tables take no notice of the architecture except for
 * coprocessors, where every M-profile `-m` drops MCR, MRC, CDP, LDC and STC, which those profiles have.
 * Which architecture has an instruction is asked of the assembler (`architecture_test.ts`).
 *
 * @module
 */

/** Where the first word is put; far enough from 0 for branches backwards. */
export const ORIGIN = 0x0800_0000;

/** Words a call: objdump needs memory for all of its output. */
const BATCH = 200_000;

/** Halfwords of a word in memory; a halfword is followed by NOP. */
export function halves(word: number): readonly [number, number] {
  return word > 0xffff ? [word >>> 16, word & 0xffff] : [word, 0xbf00];
}

/**
 * objdump's lines for a stretch of halfwords.
 *
 * @param code Halfwords
 * @returns Texts by the number of their first halfword, blanks where objdump puts tabs
 */
export function disassembly(code: Uint16Array): Map<number, string> {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeFileSync(path, new Uint8Array(code.buffer, code.byteOffset, code.byteLength));
    const flags = ["-D", "-b", "binary", "-m", "arm", "-M", "force-thumb"];
    const args = [...flags, `--adjust-vma=${ORIGIN}`, path];
    const { stdout } = new Deno.Command("arm-none-eabi-objdump", { args }).outputSync();
    const texts = new Map<number, string>();
    for (const line of new TextDecoder().decode(stdout).split("\n")) {
      const [, address, text] = /^ *([0-9a-f]+):\t[0-9a-f ]+\t(.*)$/.exec(line) ?? [];
      if (address === undefined || text === undefined) continue;
      texts.set((parseInt(address, 16) - ORIGIN) / 2, text.replace(/\t+/g, " ").trim());
    }
    return texts;
  } finally {
    Deno.removeSync(path);
  }
}

/**
 * objdump's text of each word; the word with index i lies at {@linkcode ORIGIN} + 4 × (i mod 200000), which
 * is what {@linkcode addressOf} gives.
 */
export function textsOf(words: readonly number[]): string[] {
  const texts: string[] = [];
  for (let first = 0; first < words.length; first += BATCH) {
    const batch = words.slice(first, first + BATCH);
    const known = disassembly(Uint16Array.from(batch.flatMap(halves)));
    batch.forEach((_, index) => texts.push(known.get(index * 2) ?? ""));
  }
  return texts;
}

/** Address of a word of {@linkcode textsOf}. */
export function addressOf(index: number): number {
  return ORIGIN + 4 * (index % BATCH);
}

/** True if objdump knows the instruction. */
export function isDefined(text: string): boolean {
  return text !== "" && !/undefined|UNDEFINED|\.short|\.word|\.inst/.test(text);
}
