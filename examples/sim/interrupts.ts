// Interrupts at exact cycles, and a core that sleeps in between.
// Run: deno run examples/sim/interrupts.ts
// deno-lint-ignore-file no-console -- a script for people
import { codeImage, createMachine, defineBoard } from "../../sim/mod.ts";

const board = defineBoard({ core: "cortex-m4" });

// deno-fmt-ignore
const code = [
  0x4903,         //          ldr r1, =0xe000e100    NVIC_ISER0
  0x2008,         //          movs r0, #8            interrupt 3
  0x6008,         //          str r0, [r1]
  0x2400,         //          movs r4, #0
  0xbf30,         // sleep:   wfi
  0xe7fd,         //          b sleep
  0x3401,         // handler: adds r4, #1
  0x4770,         //          bx lr
  0xe100, 0xe000,
];
const image = codeImage(board, code, {
  symbols: { sleep: 8, handler: 12 },
  vectors: { [16 + 3]: 12 },
});
const machine = createMachine(board, image);

for (const cycle of [1000, 2000, 5000]) {
  machine.at({ cycle }, () => {
    machine.setInterrupt(3, true);
    machine.setInterrupt(3, false); // an edge: pending once
  });
}
machine.breakpoint("handler", () => console.log(`handler at ${machine.counts().cycles}`));
machine.run({ maxCycles: 10_000 });
console.log(
  `${machine.readRegister("r4")} interrupts in ${machine.counts().instructions} instructions`,
);

// → handler at 1012
// → handler at 2012
// → handler at 5012
// → 3 interrupts in 17 instructions
