// More memory than the board has, and a peripheral made of two functions.
// Run: deno run examples/sim/peripherals.ts
// deno-lint-ignore-file no-console -- a script for people
import { codeImage, createMachine, defineBoard, type Device, withMemory } from "../../sim/mod.ts";

const board = withMemory(defineBoard({ core: "cortex-m4" }), [
  { name: "psram", origin: 0x6000_0000, length: 1 << 20, waitStates: { read: 8, write: 8 } },
]);

const sent: number[] = [];
let reads = 0;
const sensor: Device = {
  name: "sensor",
  origin: 0x4000_0000,
  length: 8,
  read: (offset) => offset === 0 ? 20 + ++reads : 0, // a reading at offset 0
  write: (_offset, _size, value) => sent.push(value), // offset 4 sends
};

// deno-fmt-ignore
const code = [
  0xf04f, 0x4080, //       mov.w r0, #0x40000000
  0xf04f, 0x41c0, //       mov.w r1, #0x60000000
  0x2203,         //       movs r2, #3
  0x6803,         // loop: ldr r3, [r0]
  0x600b,         //       str r3, [r1]
  0x6043,         //       str r3, [r0, #4]
  0x3a01,         //       subs r2, #1
  0xd1fa,         //       bne loop
  0xe7fe,         // end:  b end
];
const image = codeImage(board, code, { symbols: { end: 20 } });
const machine = createMachine(board, image, { peripherals: [sensor] });
machine.runUntil("end");

console.log(`read ${reads} times, sent ${sent}`);
console.log(`in psram: ${machine.read(0x6000_0000)}`);
const psram = machine.counts().regions.find(({ name }) => name === "psram");
console.log(`psram: ${psram?.write.accesses} writes, ${psram?.write.cycles} cycles waited`);

// → read 3 times, sent 21,22,23
// → in psram: 23
// → psram: 3 writes, 24 cycles waited
