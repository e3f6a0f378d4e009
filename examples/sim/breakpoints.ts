// Breakpoints that stop, and breakpoints that only look.
// Run: deno run examples/sim/breakpoints.ts
// deno-lint-ignore-file no-console -- a script for people
import { codeImage, createMachine, defineBoard } from "../../sim/mod.ts";

const board = defineBoard({ core: "cortex-m4" });

// deno-fmt-ignore
const code = [
  0x2000,         // main:   movs r0, #0
  0xf000, 0xf801, // loop:   bl square
  0xe7fc,         //         b loop
  0x3001,         // square: adds r0, #1
  0xfb00, 0xf100, //         mul r1, r0, r0
  0x4770,         //         bx lr
];
const symbols = { main: 0, loop: 2, square: 8 };
const machine = createMachine(board, codeImage(board, code, { symbols }));

const squares: number[] = [];
const looking = machine.breakpoint("square+6", (one) => {
  squares.push(one.readRegister("r1"));
  return squares.length === 5; // true ends the run
});
console.log(machine.run().kind, squares.join(" "));

looking.remove();
machine.breakpoint("loop"); // no callback: it stops
console.log(machine.run().kind, "in", machine.backtrace()[0]?.function);
machine.run();
console.log(`r1 = ${machine.readRegister("r1")}`);

// → breakpoint 1 4 9 16 25
// → breakpoint in loop
// → r1 = 36
