/**
 * The region table against GNU ld's own `--print-memory-usage`, on an image with sections that run from
 * RAM and are loaded from flash, and sections without content.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type ImageSection, regionUsage } from "../../src/report/mod.ts";
import { need } from "../support/need.ts";
import { BOARD } from "./fixtures.ts";

const SOURCE = `
const int table[16] = {1};
int initialised[8] = {1};
int zeroed[32];
char workspace[4096] __attribute__((section(".workspace")));
__attribute__((section(".itcm_text"), naked)) void kernel(void) { __asm volatile(".rept 20\\n nop.w\\n .endr\\n bx lr\\n nop"); }
__attribute__((naked)) void start(void) { __asm volatile(".rept 7\\n nop.w\\n .endr\\n b ."); }
`;

const SCRIPT = `
ENTRY(start)
MEMORY {
  dtcm : ORIGIN = 0x20000000, LENGTH = 64K
  itcm : ORIGIN = 0x00000000, LENGTH = 16K
  sram1 : ORIGIN = 0x20010000, LENGTH = 240K
  sram2 : ORIGIN = 0x2004c000, LENGTH = 16K
  flash : ORIGIN = 0x08000000, LENGTH = 1M
}
SECTIONS {
  .text : { *(.text*) . = ALIGN(16); } > flash
  .rodata : { *(.rodata*) . = ALIGN(16); } > flash
  .itcm_text : { *(.itcm_text) . = ALIGN(16); } > itcm AT > flash
  .data : { *(.data*) . = ALIGN(16); } > dtcm AT > flash
  .bss (NOLOAD) : { *(.bss*) *(COMMON) . = ALIGN(16); } > dtcm
  .workspace (NOLOAD) : { *(.workspace) } > sram1
  /DISCARD/ : { *(.ARM*) *(.comment) *(.note*) }
}
`;

const FACTORS: Readonly<Record<string, number>> = { B: 1, KB: 1024, GB: 1024 ** 3 };

async function run(tool: string, args: readonly string[], cwd: string): Promise<string> {
  const output = await new Deno.Command(tool, { args: [...args], cwd, stderr: "piped" }).output();
  const text = new TextDecoder();
  assertEquals(output.success, true, text.decode(output.stderr));
  return text.decode(output.stdout);
}

function regionOf(address: number): string | null {
  return BOARD.regions.find(({ origin, length }) => address >= origin && address < origin + length)
    ?.name ?? null;
}

need(
  { tools: ["arm-none-eabi-gcc", "arm-none-eabi-objdump"] },
  "regionUsage() counts what ld --print-memory-usage counts",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "pinmap-report-" });
    try {
      await Deno.writeTextFile(`${folder}/a.c`, SOURCE);
      await Deno.writeTextFile(`${folder}/a.ld`, SCRIPT);
      const printed = await run("arm-none-eabi-gcc", [
        ..."-mcpu=cortex-m7 -mthumb -nostdlib -fno-common -T a.ld a.c -o a.elf".split(" "),
        "-Wl,--print-memory-usage",
      ], folder);
      const expected = new Map(
        [...printed.matchAll(/^\s*(\w+):\s+(\d+) ([KMG]?B)/gm)].map((
          [, name = "", size, unit = ""],
        ) => [
          name,
          Number(size) * (FACTORS[unit] ?? NaN),
        ]),
      );
      const headers = await run("arm-none-eabi-objdump", ["-h", "a.elf"], folder);
      const lines = headers.matchAll(
        /^ *\d+ (\.\S+) +([0-9a-f]+) +([0-9a-f]+) +([0-9a-f]+) .*\n(.*ALLOC.*)/gm,
      );
      const sections = [...lines].map(
        ([, section = "", size = "", vma = "", lma = ""]): ImageSection => {
          const address = parseInt(vma, 16);
          return {
            section,
            size: parseInt(size, 16),
            vma: address,
            lma: parseInt(lma, 16),
            region: regionOf(address),
          };
        },
      );
      assertEquals(sections.length, 6);
      const board = { ...BOARD, regions: BOARD.regions.map((r) => ({ ...r, reserved: [] })) };
      const found = regionUsage(board, undefined, { sections });
      assertEquals(
        new Map(found.map(({ region, used }) => [region.name, used])),
        expected,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
