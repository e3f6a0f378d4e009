// Run to a symbol, a cycle or a condition; step; look at registers, instructions and calls.
// Run: deno run examples/sim/stepping.ts
// deno-lint-ignore-file no-console -- a script for people
import { codeImage, createMachine, defineBoard } from "../../sim/mod.ts";

const board = defineBoard({ core: "cortex-m4" });

// deno-fmt-ignore
const code = [
  0x2000,         // main:  movs r0, #0
  0xf000, 0xf801, // loop:  bl count
  0xe7fc,         //        b loop
  0xb510,         // count: push {r4, lr}
  0x3001,         //        adds r0, #1
  0xbd10,         //        pop {r4, pc}
];
const symbols = { main: 0, loop: 2, count: 8 };
const machine = createMachine(board, codeImage(board, code, { symbols }));

machine.runUntil("count");
machine.step(2);
console.log(`next: ${machine.disassemble("count", 3).map(({ size }) => size)} bytes each`);
console.log(machine.backtrace().map((frame) => frame.function).join(" < "));
machine.stepOut();
console.log(`back in ${machine.backtrace()[0]?.function}, r0 = ${machine.readRegister("r0")}`);
machine.runUntil("loop");
machine.stepOver(); // the call and all of it
console.log(`after one more call r0 = ${machine.readRegister("r0")}`);

machine.runUntil({ cycle: 1000 });
console.log(`${machine.counts().cycles >= 1000}`);
machine.runUntil((one) => one.readRegister("r0") === 100);
console.log(`r0 = ${machine.readRegister("r0")}`);
machine.writeRegister("r0", 7);
machine.runUntil("count");
console.log(`r0 = ${machine.readRegister("r0")}, in ${machine.backtrace()[0]?.function}`);

// → next: 2,2,2 bytes each
// → count+0x4 < loop+0x4
// → back in loop+0x4, r0 = 1
// → after one more call r0 = 2
// → true
// → r0 = 100
// → r0 = 7, in count
