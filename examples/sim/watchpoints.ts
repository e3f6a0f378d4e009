// Who writes this variable? Who touches that region?
// Run: deno run examples/sim/watchpoints.ts
// deno-lint-ignore-file no-console -- a script for people
import { codeImage, createMachine, defineBoard } from "../../sim/mod.ts";

const board = defineBoard({
  core: "cortex-m4",
  regions: [
    { name: "flash", kind: "nvm", origin: 0x0800_0000, length: 64 << 10 },
    { name: "sram", origin: 0x2000_0000, length: 16 << 10 },
    { name: "ccm", origin: 0x1000_0000, length: 16 << 10 },
  ],
});

// deno-fmt-ignore
const code = [
  0xf04f, 0x5000, //       mov.w r0, #0x20000000
  0xf04f, 0x5180, //       mov.w r1, #0x10000000
  0x2200,         //       movs r2, #0
  0x3203,         // loop: adds r2, #3
  0x6002,         //       str r2, [r0]
  0x700a,         //       strb r2, [r1]
  0x6803,         //       ldr r3, [r0]
  0xe7fa,         //       b loop
];
const machine = createMachine(board, codeImage(board, code, { symbols: { loop: 10 } }));

// Stops after the instruction that writes the value 30.
machine.watch({ from: 0x2000_0000, length: 4 }, { on: "write", value: 30 });
const stop = machine.run();
if (stop.kind === "watchpoint") {
  const { hit } = stop;
  console.log(
    `${hit.access} of ${hit.value} by the instruction at loop+${
      hit.pc - machine.addressOf("loop")
    }`,
  );
}

// Looks at every access to a region, until it has seen three.
const seen: string[] = [];
machine.watch({ region: "ccm" }, {
  on: "access",
  hit: ({ size, value }) => seen.push(`${value} (${size} B)`) === 3,
});
machine.run();
console.log(seen.join(", "));

// → write of 30 by the instruction at loop+2
// → 30 (1 B), 33 (1 B), 36 (1 B)
