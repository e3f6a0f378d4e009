/**
 * C library programs, built with Debian's newlib (full and nano) and picolibc, print the same on both
 * engines and in QEMU, with the same cycles on both engines, for every core that QEMU has a board of.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { loadBoard } from "../../src/board/mod.ts";
import { need } from "../support/need.ts";
import { build, type Library, runHere, runInQemu } from "./build.ts";

/** Cortex-M0, M3, M4F, M7 with double precision, M33. */
const BOARDS = ["microbit", "mps2-an385", "mps2-an386", "mps2-an500", "mps2-an505"];

const LIBRARIES: readonly (readonly [library: Library, specs: string, optimisation: string])[] = [
  ["newlib", "rdimon.specs", "-O2"],
  ["newlib-nano", "nano.specs", "-Os"],
  ["picolibc", "picolibc.specs", "-O3"],
];

for (const name of BOARDS) {
  for (const [library, specs, optimisation] of LIBRARIES) {
    need(
      { tools: ["arm-none-eabi-gcc", "arm-none-eabi-g++", "qemu-system-arm", specs] },
      `${library} prints on ${name} what it prints in QEMU, on both engines`,
      async () => {
        const board = await loadBoard(name);
        const folder = await Deno.makeTempDir();
        try {
          const elf = build(board, library, folder, ["library.c", "objects.cpp"], [optimisation]);
          const expected = await runInQemu(board, elf);
          assertEquals(expected.code, 0);
          assert(expected.printed.startsWith("static objects 5603, constructors 40\n"));
          assert(expected.printed.endsWith("\ndone\n"), expected.printed);
          const [interpreter, translator] = (["interpreter", "translator"] as const)
            .map((engine) => runHere(board, elf, engine));
          assertEquals(interpreter?.printed, expected.printed);
          assertEquals(interpreter?.code, 0);
          assertEquals(translator, interpreter);
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      },
    );
  }
}
