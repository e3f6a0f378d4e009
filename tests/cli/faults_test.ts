/**
 * `pinmap run` on programs with handlers of their own: `--faults`, sleep, and what is reported of them.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { need } from "../support/need.ts";
import { pinmap } from "../support/pinmap.ts";
import { link, type Linked } from "../sim/link.ts";

const SCRIPT = `
MEMORY { FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 64K  SRAM (rw) : ORIGIN = 0x20000000, LENGTH = 64K }
ENTRY(reset)
SECTIONS { .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } > FLASH  .bss (NOLOAD) : { *(.bss*) } > SRAM }
`;

/** A program whose HardFault and UsageFault handlers end it with codes 3 and 6, its SysTick's with 15. */
function linked(body: string): Linked {
  const c = `
#define REG(address) (*(volatile unsigned *)(address))
static void leave(int code) {
  const int block[2] = {0x20026, code};
  register int r0 __asm__("r0") = 0x20;
  register const void *r1 __asm__("r1") = block;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}
void reset(void) { ${body} leave(0); }
void hard(void) { leave(3); }
void usage(void) { leave(6); }
void tick(void) { leave(15); }
__attribute__((section(".vectors"), used)) void *const vectors[16] = {
  (void *)0x20010000, reset, [3] = hard, [6] = usage, [15] = tick,
};
`;
  return link({ c, script: SCRIPT, flags: ["-mcpu=cortex-m4"] });
}

async function run(body: string, ...flags: string[]) {
  const program = linked(body);
  try {
    const args = ["run", program.path, "--board", "stm32f407g-disco", ...flags];
    const { code, stdout } = await pinmap([...args, "--format", "json"]);
    const text = await pinmap(args);
    return { code, document: JSON.parse(stdout), text: text.stdout + text.stderr };
  } finally {
    program.remove();
  }
}

const NEEDS = { tools: ["arm-none-eabi-gcc"] };
const ENABLE_USAGE = "REG(0xe000ed24) = 1 << 18;";

need(NEEDS, "run takes the faults that the program has enabled, and says so", async () => {
  const enabled = await run(`${ENABLE_USAGE} __asm__("udf #1");`);
  assertEquals([enabled.code, enabled.document.exit.code], [1, 6]);
  assertStringIncludes(enabled.text, "handlers of the program took faults: UsageFault");
  const disabled = await run('__asm__("udf #1");');
  assertEquals([disabled.code, disabled.document.exit.reason], [5, "fault"]);
  const vectored = await run('__asm__("udf #1");', "--faults", "vector");
  assertEquals([vectored.code, vectored.document.exit.code], [1, 3]);
  const reported = await run(`${ENABLE_USAGE} __asm__("udf #1");`, "--faults", "report");
  assertEquals(reported.document.exit.reason, "fault");
});

need(NEEDS, "run counts the cycles that the core slept, once", async () => {
  const { document, text } = await run(
    'REG(0xe000e014) = 99999; REG(0xe000e018) = 0; REG(0xe000e010) = 7; __asm__("wfi");',
  );
  assertEquals(document.exit.code, 15);
  assert(document.sleep_cycles > 99_000 && document.sleep_cycles < 100_000);
  const regions = document.regions.reduce(
    (sum: number, region: { cycles: number }) => sum + region.cycles,
    0,
  );
  assertEquals(document.core_cycles + regions, document.cycles);
  assertStringIncludes(text, "  asleep");
});

need(NEEDS, "run stops when nothing can wake the core", async () => {
  const { code, document } = await run('__asm__("wfi");');
  assertEquals([code, document.exit.reason], [5, "limit"]);
  assertEquals(
    document.exit.message,
    "the core sleeps (WFI, WFE or sleep-on-exit), and no timer or interrupt is left to wake it",
  );
  assertEquals(document.sleep_cycles, undefined);
});
