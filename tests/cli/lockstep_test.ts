import { assertEquals, assertStringIncludes } from "@std/assert";
import { need } from "../support/need.ts";
import { pinmap } from "../support/pinmap.ts";
import { link } from "../sim/link.ts";

const BOARD = ["--board", "stm32f407g-disco"];

/** Hot code, then a store to flash: the report of the fault must be the same, too. */
const FAULTY = `
static volatile unsigned cells[64];
void reset(void) {
  for (unsigned i = 0; i < 20000; i++) cells[i % 64] = cells[(i * 7) % 64] * 3 + i;
  *(volatile int *)0x08000100 = 1;
  for (;;) {}
}
__attribute__((section(".vectors"), used)) void (*const vectors[2])(void) = {(void (*)(void))0x20010000, reset};
`;

const SCRIPT = `
MEMORY { FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 64K  SRAM (rw) : ORIGIN = 0x20000000, LENGTH = 64K }
ENTRY(reset)
SECTIONS { .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } > FLASH  .bss (NOLOAD) : { *(.bss*) } > SRAM }
`;

need(
  { tools: ["arm-none-eabi-gcc"] },
  "run gives the same document with both engines, and lockstep finds no difference",
  async () => {
    const faulty = link({ c: FAULTY, script: SCRIPT, flags: ["-mcpu=cortex-m4"] });
    try {
      const documents = [];
      for (const engine of ["translator", "interpreter"]) {
        const args = ["run", faulty.path, ...BOARD, "--format", "json", "--engine", engine];
        const { code, stdout, stderr } = await pinmap(args);
        assertEquals(code, 5, stderr);
        const { engine: named, ...rest } = JSON.parse(stdout);
        assertEquals(named, engine);
        documents.push(rest);
      }
      assertEquals(documents[0], documents[1]);
      const text = await pinmap(["lockstep", faulty.path, ...BOARD]);
      assertEquals(text.code, 0, text.stderr);
      assertStringIncludes(text.stdout, "agree for");
      const limit = ["--max-instructions", "100000", "--format", "json"];
      const json = JSON.parse((await pinmap(["lockstep", faulty.path, ...BOARD, ...limit])).stdout);
      assertEquals([json.schema, json.equal, json.instructions, json.stop.what], [
        "pinmap/lockstep-1",
        true,
        100_000,
        "instructions",
      ]);
    } finally {
      faulty.remove();
    }
  },
);
