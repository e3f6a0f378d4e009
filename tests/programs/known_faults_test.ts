/**
 * Where libunicorn is wrong and the fuzzer says so (tests/fuzz/known.ts), QEMU is a second opinion.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { loadBoard } from "../../src/board/mod.ts";
import { need } from "../support/need.ts";
import { build, runHere, runInQemu } from "./build.ts";

for (const name of ["mps2-an386", "mps2-an500"]) {
  need(
    { tools: ["arm-none-eabi-gcc", "qemu-system-arm", "nano.specs"] },
    `fixed-point conversions round on ${name} as in QEMU, in all modes`,
    async () => {
      const board = await loadBoard(name);
      const folder = await Deno.makeTempDir();
      try {
        const elf = build(board, "newlib-nano", folder, ["fixed_point.c"]);
        const { printed } = await runInQemu(board, elf);
        const lines = printed.trim().split("\n");
        assertEquals(lines.length, 28);
        // The second column, from fixed point, is the same in all modes.
        const from = lines.map((line) => line.split(" ").slice(1, 3).join(" "));
        for (let mode = 1; mode < 4; mode++) {
          assertEquals(from.slice(mode * 7, mode * 7 + 7), from.slice(0, 7));
        }
        for (const engine of ["interpreter", "translator"] as const) {
          assertEquals(runHere(board, elf, engine).printed, printed, engine);
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  );
}

for (const name of ["mps2-an386", "mps2-an500"]) {
  need(
    { tools: ["arm-none-eabi-gcc", "qemu-system-arm", "nano.specs"] },
    `dual multiplications set Q on ${name} as in QEMU`,
    async () => {
      const board = await loadBoard(name);
      const folder = await Deno.makeTempDir();
      try {
        const elf = build(board, "newlib-nano", folder, ["dual_multiply.c"]);
        const { printed } = await runInQemu(board, elf);
        const lines = printed.trim().split("\n");
        assertEquals(lines.length, 64);
        // The products overflow together; the first accumulator brings the sum back, the second does not.
        assertEquals(lines.slice(0, 2).map((line) => line.split(" ").slice(1, 3)), [
          ["00008000", "0"],
          ["80000000", "1"],
        ]);
        for (const engine of ["interpreter", "translator"] as const) {
          assertEquals(runHere(board, elf, engine).printed, printed, engine);
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  );
}
