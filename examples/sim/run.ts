// A board in a few lines, a program in a few halfwords, cycles by memory region.
// Run: deno run examples/sim/run.ts
// deno-lint-ignore-file no-console -- a script for people
import { codeImage, createMachine, defineBoard } from "../../sim/mod.ts";

const board = defineBoard({
  core: "cortex-m4",
  regions: [
    { name: "flash", kind: "nvm", origin: 0x0800_0000, length: 64 << 10, waitStates: { fetch: 3 } },
    { name: "sram", origin: 0x2000_0000, length: 16 << 10, waitStates: { read: 1, write: 1 } },
  ],
});

// deno-fmt-ignore
const code = [
  0xf04f, 0x5000, //       mov.w r0, #0x20000000
  0x210a,         //       movs r1, #10
  0x6001,         // loop: str r1, [r0]
  0x3901,         //       subs r1, #1
  0xd1fc,         //       bne loop
  0xe7fe,         // end:  b end
];
const machine = createMachine(board, codeImage(board, code, { symbols: { loop: 6, end: 12 } }));

machine.runUntil("end");
const { instructions, cycles, coreCycles, regions } = machine.counts();
console.log(`${instructions} instructions, ${cycles} cycles, ${coreCycles} in the core`);
for (const { name, fetch, read, write } of regions) {
  console.log(`${name}: ${fetch.cycles + read.cycles + write.cycles} cycles waited`);
}
console.log(`last word written: ${machine.read(0x2000_0000)}`);

// → 32 instructions, 114 cycles, 41 in the core
// → flash: 63 cycles waited
// → sram: 10 cycles waited
// → last word written: 1
