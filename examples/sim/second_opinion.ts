// The same program on three engines: two of pinmap's, and Unicorn where it is found.
// Run: deno run -A examples/sim/second_opinion.ts
// deno-lint-ignore-file no-console -- a script for people
import { codeImage, createMachine, defineBoard, loadUnicorn, PinmapError } from "../../sim/mod.ts";

const board = defineBoard({ core: "cortex-m4" });

// deno-fmt-ignore
const code = [
  0x2000,         //       movs r0, #0
  0x2101,         //       movs r1, #1
  0x2214,         //       movs r2, #20
  0x1843,         // loop: adds r3, r0, r1
  0x0008,         //       movs r0, r1
  0x0019,         //       movs r1, r3
  0x3a01,         //       subs r2, #1
  0xd1fa,         //       bne loop
  0xe7fe,         // end:  b end
];
const image = codeImage(board, code, { symbols: { end: 16 } });

async function unicorn() {
  try {
    return [await loadUnicorn()];
  } catch (error) {
    if (!(error instanceof PinmapError)) throw error;
    console.error(`${error.message}\n${error.hints.join("\n")}`);
    return [];
  }
}

const outcomes = new Set<string>();
for (const engine of ["interpreter", "translator", ...await unicorn()] as const) {
  const machine = createMachine(board, image, { engine });
  machine.runUntil("end");
  const { instructions, cycles } = machine.counts();
  outcomes.add(
    `r0 = ${machine.readRegister("r0")}, ${instructions} instructions, ${cycles} cycles`,
  );
}
console.log([...outcomes].join("\n"));

// → r0 = 6765, 103 instructions, 122 cycles
