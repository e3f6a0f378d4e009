// What happens when a bit turns over, a memory no longer answers, or answers late?
// Run: deno run examples/sim/faults.ts
// deno-lint-ignore-file no-console -- a script for people
import {
  codeImage,
  createMachine,
  defineBoard,
  flipBit,
  flipRegisterBit,
  injectBusError,
  injectDelay,
} from "../../sim/mod.ts";

const board = defineBoard({ core: "cortex-m4" });

// deno-fmt-ignore
const code = [
  0xf04f, 0x5000, //       mov.w r0, #0x20000000
  0x2164,         //       movs r1, #100
  0x2200,         //       movs r2, #0
  0x6002,         // loop: str r2, [r0]
  0x6802,         //       ldr r2, [r0]
  0x3201,         //       adds r2, #1
  0x3901,         //       subs r1, #1
  0xd1fa,         //       bne loop
  0xe7fe,         // end:  b end
];
const image = codeImage(board, code, { symbols: { loop: 8, end: 18 } });

const good = createMachine(board, image);
good.runUntil("end");
console.log(`good: r2 = ${good.readRegister("r2")}, ${good.counts().cycles} cycles`);

const flipped = createMachine(board, image);
flipped.at({ instruction: 53 }, () => flipRegisterBit(flipped, "r2", 10));
flipped.at({ instruction: 204 }, () => flipBit(flipped, 0x2000_0000, 11)); // between str and ldr
flipped.runUntil("end");
console.log(`two bits turned over: r2 = ${flipped.readRegister("r2")}`);

const late = createMachine(board, image);
injectDelay(late, { region: "sram" }, 5, { access: ["read"] });
late.runUntil("end");
console.log(`slow reads: ${late.counts().cycles} cycles`);

const broken = createMachine(board, image);
broken.at({ cycle: 300 }, () => injectBusError(broken, 0x2000_0000));
const stop = broken.run({ maxCycles: 10_000 });
if (stop.kind === "fault") {
  console.log(`${stop.fault.exception}, ${stop.fault.cause} in ${stop.fault.function}`);
}

// → good: r2 = 100, 702 cycles
// → two bits turned over: r2 = 3172
// → slow reads: 1202 cycles
// → BusFault, bus-error in loop
