// Record what came from outside, as JSON; repeat the run without the outside.
// Run: deno run examples/sim/replay.ts
// deno-lint-ignore-file no-console -- a script for people
import {
  codeImage,
  createMachine,
  defineBoard,
  type Device,
  flipBit,
  record,
  type Recording,
  replay,
} from "../../sim/mod.ts";

const board = defineBoard({ core: "cortex-m4" });

// deno-fmt-ignore
const code = [
  0xf04f, 0x4080, //       mov.w r0, #0x40000000
  0xf04f, 0x5100, //       mov.w r1, #0x20000000
  0x2232,         //       movs r2, #50
  0x6803,         // loop: ldr r3, [r0]
  0x680c,         //       ldr r4, [r1]
  0x18e4,         //       adds r4, r4, r3
  0x600c,         //       str r4, [r1]
  0x3a01,         //       subs r2, #1
  0xd1f9,         //       bne loop
  0xe7fe,         // end:  b end
];
const image = codeImage(board, code, { symbols: { end: 22 } });
const port = (read: () => number): Device => ({
  name: "noise",
  origin: 0x4000_0000,
  length: 4,
  read,
  write: () => {},
});

const machine = createMachine(board, image, {
  peripherals: [port(() => Math.floor(Math.random() * 256))],
});
const recorder = record(machine);
machine.at({ cycle: 200 }, () => flipBit(machine, 0x2000_0000, 4));
machine.runUntil("end");
const text = JSON.stringify(recorder.stop());

const again = createMachine(board, image, { peripherals: [port(() => 0)] });
const session = replay(again, JSON.parse(text) as Recording);
again.runUntil("end");
console.log(`${session.remaining()} events left`);
console.log(again.read(0x2000_0000) === machine.read(0x2000_0000) ? "same sum" : "another sum");
console.log(again.counts().cycles === machine.counts().cycles ? "same cycles" : "other cycles");

// → 0 events left
// → same sum
// → same cycles
