// One start, many futures: try the same moment with different inputs.
// Run: deno run examples/sim/snapshots.ts
// deno-lint-ignore-file no-console -- a script for people
import { codeImage, createMachine, defineBoard } from "../../sim/mod.ts";

const board = defineBoard({ core: "cortex-m7", fpu: "fpv5-sp-d16" });

// deno-fmt-ignore
const code = [
  0x2000, //         movs r0, #0
  0x3001, // warmup: adds r0, #1
  0x28c8, //         cmp r0, #200
  0xd1fc, //         bne warmup
  0x3002, // work:   adds r0, #2
  0x3901, //         subs r1, #1
  0xd1fc, //         bne work
  0xe7fe, // end:    b end
];
const machine = createMachine(board, codeImage(board, code, { symbols: { work: 8, end: 14 } }));

machine.runUntil("work"); // the long way, once
const warm = machine.snapshot();
for (const rounds of [1, 10, 100]) {
  machine.restore(warm);
  machine.writeRegister("r1", rounds);
  machine.runUntil("end");
  const cycles = machine.counts().cycles - warm.cycles;
  console.log(`${rounds} rounds: r0 = ${machine.readRegister("r0")}, ${cycles} cycles`);
}

// → 1 rounds: r0 = 202, 3 cycles
// → 10 rounds: r0 = 220, 30 cycles
// → 100 rounds: r0 = 400, 300 cycles
