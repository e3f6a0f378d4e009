import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { need } from "../support/need.ts";
import { ROOT } from "../support/paths.ts";
import { pinmap } from "../support/pinmap.ts";
import { link } from "../sim/link.ts";

const DIGITS = `${ROOT}/examples/digits/digits.tflite`;
const BOARD = ["--board", "stm32f407g-disco"];

const SCRIPT = `
MEMORY { FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 64K  SRAM (rw) : ORIGIN = 0x20000000, LENGTH = 64K }
ENTRY(reset)
SECTIONS { .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } > FLASH  .bss (NOLOAD) : { *(.bss*) } > SRAM }
`;

function program(body: string): string {
  return `
__attribute__((noinline)) void culprit(void) { ${body} }
static void semihosting(int operation, const void *block) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = block;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}
void reset(void) {
  culprit();
  const int block[2] = {0x20026, 3};
  semihosting(0x20, block);
  for (;;) {}
}
__attribute__((section(".vectors"), used)) void (*const vectors[2])(void) = {(void (*)(void))0x20010000, reset};
`;
}

need(
  { tools: ["arm-none-eabi-gcc"] },
  "run explains a fault with address, region and function, and exits 5",
  async () => {
    const faulty = link({
      c: program("*(volatile int *)0x08000100 = 1;"),
      script: SCRIPT,
      flags: ["-mcpu=cortex-m4"],
    });
    try {
      const { code, stdout, stderr } = await pinmap([
        "run",
        faulty.path,
        ...BOARD,
        "--format",
        "json",
      ]);
      assertEquals(code, 5, stderr);
      const run = JSON.parse(stdout);
      assertEquals(run.exit.reason, "fault");
      for (const word of ["culprit", "flash", "0x0800_0100"]) {
        assertStringIncludes(run.exit.message, word);
      }
    } finally {
      faulty.remove();
    }
  },
);

need(
  { tools: ["arm-none-eabi-gcc"] },
  "run of any ELF exits 1 if the firmware did not exit with 0, and 5 at a limit",
  async () => {
    const endless = link({ c: program(";"), script: SCRIPT, flags: ["-mcpu=cortex-m4"] });
    try {
      const failed = await pinmap(["run", endless.path, ...BOARD, "--format", "json"]);
      assertEquals(JSON.parse(failed.stdout).exit, { reason: "exit", code: 3 });
      assertEquals(failed.code, 1);
      const pinned = await pinmap(["run", endless.path, ...BOARD, "--pin", "a=b"]);
      assertEquals(pinned.code, 2);
      assertStringIncludes(pinned.stderr, "an ELF file with --pin");
      const limits = ["--max-instructions", "2"];
      const limited = await pinmap(["run", endless.path, ...BOARD, "--format", "json", ...limits]);
      assertEquals(limited.code, 5);
      assertEquals(JSON.parse(limited.stdout).exit.reason, "limit");
    } finally {
      endless.remove();
    }
  },
);

Deno.test("run of a model gives identical JSON each time, with every cycle attributed", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeFile(`${folder}/zeros.bin`, new Uint8Array(784));
  const args = [
    "run",
    DIGITS,
    ...BOARD,
    "-t",
    "zig",
    "-o",
    `${folder}/firmware`,
    "--format",
    "json",
  ];
  args.push("--input", `${folder}/zeros.bin`, "--input", `${folder}/zeros.bin`);
  const first = await pinmap([...args, "--html", `${folder}/report.html`]);
  assertEquals(first.code, 0, first.stderr);
  const second = await pinmap(args);
  assertEquals(second.stdout, first.stdout);
  const run = JSON.parse(first.stdout);
  assertEquals([run.schema, run.board, run.engine], [
    "pinmap/run-1",
    "stm32f407g-disco",
    "translator",
  ]);
  assertEquals(run.inferences.length, 2);
  assertEquals(run.inferences[0], run.inferences[1]);
  const regions = run.regions.reduce(
    (sum: number, region: { cycles: number }) => sum + region.cycles,
    0,
  );
  assertEquals(run.core_cycles + regions, run.cycles);
  const html = await Deno.readTextFile(`${folder}/report.html`);
  assert(html.includes("digits.tflite"));
});

Deno.test("firmware of another board shows what is wrong with it and exits 5", async () => {
  const folder = await Deno.makeTempDir();
  await pinmap(["build", DIGITS, ...BOARD, "-t", "zig", "-o", folder]);
  const elf = ["run", `${folder}/firmware.elf`, "--board", "stm32f746g-disco"];
  const { code, stdout, stderr } = await pinmap(elf);
  assertEquals(code, 5, stderr);
  assertStringIncludes(stdout, "error[C-BOARD]");
  assertStringIncludes(stderr, "there is no memory");
});

Deno.test("a stack that is too small is a fault, even where the memory below it is writable", async () => {
  const folder = await Deno.makeTempDir();
  // SRAM1 begins where DTCM ends: the overflow writes into DTCM and nothing traps it.
  const flags = ["-w", "name=dtcm", "-w", "name=sram1", "--stack-region", "sram1"];
  const { code, stdout, stderr } = await pinmap([
    ...["run", DIGITS, "--board", "stm32f746g-disco", "-t", "zig", "-o", folder],
    ...[...flags, "--stack-size", "256", "--format", "json"],
  ]);
  assertEquals(code, 5, stderr);
  const run = JSON.parse(stdout);
  assertEquals([run.exit.reason, run.exit.code], ["fault", 5]);
  assertEquals(run.stack, { region: "sram1", size: 256, used: 256 });
  assertStringIncludes(
    run.exit.message,
    "stack overflow: the program needs all 256 B of its stack",
  );
  assertStringIncludes(stderr, "--stack-size");
  // At the bottom of DTCM there is no memory below: the first store that leaves it faults.
  const trapped = await pinmap([
    ...["run", DIGITS, "--board", "stm32f746g-disco", "-t", "zig", "-o", folder],
    ...["--stack-size", "64", "--format", "json"],
  ]);
  assertEquals(trapped.code, 5);
  const { message } = JSON.parse(trapped.stdout).exit;
  assertStringIncludes(message, "stack overflow: the program needs all 64 B of its stack in dtcm");
  assertStringIncludes(message, "before the start of dtcm");
});

Deno.test("a compiler that is not there exits 4 and says how to get one", async () => {
  const { code, stderr } = await pinmap(["build", DIGITS, ...BOARD, "-t", "no-such-compiler"]);
  assertEquals(code, 4);
  assertStringIncludes(stderr, "E-TOOLCHAIN-MISSING");
  assertStringIncludes(stderr, "--toolchain zig");
});

/** Waits forever: busily, or asleep with a timer that wakes nobody, so that no instruction is executed. */
const ENDLESS = {
  busy: "for (volatile int i = 0;; i++) {}",
  asleep: "*(volatile int *)0xe000e014 = 99; *(volatile int *)0xe000e010 = 5; " +
    'for (;;) __asm__ volatile("wfi");',
  printing: 'static const int block[3] = {2, 0x20000000, 65536}; register int r0 __asm__("r0"); ' +
    'register const int *r1 __asm__("r1"); ' +
    'for (;;) { r0 = 5; r1 = block; __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory"); }',
};

for (const [what, body] of Object.entries(ENDLESS)) {
  need({ tools: ["arm-none-eabi-gcc"] }, `run and lockstep end at --timeout, ${what}`, async () => {
    const endless = link({ c: program(body), script: SCRIPT, flags: ["-mcpu=cortex-m4"] });
    try {
      const base = [endless.path, ...BOARD, "--timeout", "0.5"];
      for (const engine of ["translator", "interpreter"]) {
        const args = ["run", ...base, "--engine", engine, "--format", "json"];
        const { code, stdout, stderr } = await pinmap(args);
        assertEquals(code, 5, stderr);
        const { exit } = JSON.parse(stdout);
        assertEquals(exit, {
          reason: "limit",
          code: 5,
          message: "the time limit was reached before the program ended",
        });
        assertStringIncludes(stderr, "--timeout is 0.5 s");
      }
      const steps = await pinmap(["lockstep", ...base]);
      assertEquals(steps.code, 5, steps.stderr + steps.stdout);
      assertStringIncludes(steps.stderr, "time limit");
    } finally {
      endless.remove();
    }
  });
}

Deno.test("--timeout must be a number of seconds", async () => {
  const { code, stderr } = await pinmap(["run", DIGITS, ...BOARD, "--timeout", "soon"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Cannot read --timeout: "soon"');
});
