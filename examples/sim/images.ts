// Programs in every format: Intel HEX, raw bytes with an address, bytes put together by hand.
// An ELF file goes the same way: parseImage(await Deno.readFile("app.elf"), "app.elf").
// Run: deno run examples/sim/images.ts
// deno-lint-ignore-file no-console -- a script for people
import { createMachine, defineBoard, imageFormat, imageOf, parseImage } from "../../sim/mod.ts";

const board = defineBoard({ core: "cortex-m0plus" });

// Vector table (stack pointer, reset handler), then `movs r0, #42` and `b .`
const hex = `
:020000040800F2
:0C00000000100020090000082A20FEE784
:00000001FF
`;
const raw = Uint8Array.of(0, 0x10, 0, 0x20, 9, 0, 0, 8, 42, 0x20, 0xfe, 0xe7);

const text = new TextEncoder().encode(hex);
const images = [
  parseImage(text, "answer.hex"),
  parseImage(raw, "answer.bin", { loadAddress: 0x0800_0000 }),
  imageOf([{ address: 0x0800_0000, data: raw }], { symbols: { start: 0x0800_0008 } }),
];
console.log(imageFormat(text), imageFormat(raw));
for (const image of images) {
  const machine = createMachine(board, image);
  machine.step();
  console.log(`${image.file}: r0 = ${machine.readRegister("r0")}`);
}

// → intel-hex bin
// → answer.hex: r0 = 42
// → answer.bin: r0 = 42
// → image: r0 = 42
