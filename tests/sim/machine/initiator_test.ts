/** Functions that another initiator runs: arguments, results, reach, counts, and code that it writes. */
import { assert, assertEquals } from "@std/assert";
import type { Board } from "../../../src/board/types.ts";
import { createMachine, type EngineName, type Machine, parseElf } from "../../../sim/mod.ts";
import { need } from "../../support/need.ts";
import { testBoard } from "../boards.ts";
import { withLinked } from "../link.ts";

const GCC = { tools: ["arm-none-eabi-gcc"] };

/** SRAM1 is reached by the accelerator, DTCM is not. */
const BOARD: Board = {
  ...testBoard(),
  regions: testBoard().regions.map((one) =>
    one.name === "sram1" ? { ...one, initiators: ["c", "accel"] } : one
  ),
};

const SCRIPT = `
ENTRY(Reset_Handler)
SECTIONS {
  . = 0x08000000;
  .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) }
  . = 0x20010000;
  .shared (NOLOAD) : { KEEP(*(.shared)) }
  . = 0x20000000;
  .private (NOLOAD) : { KEEP(*(.private)) }
  /DISCARD/ : { *(.ARM.exidx*) *(.comment) *(.ARM.attributes) }
}
`;

/** A program whose reset handler has this body, and whose accelerator runs this function. */
function program(body: string, work: string): string {
  return `
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned u32;
void Reset_Handler(void);
__attribute__((section(".vectors"), used)) void *const vectors[16] = {
    (void *)0x20010000, Reset_Handler};
__attribute__((section(".shared"), used)) volatile u32 shared[64];
__attribute__((section(".private"), used)) volatile u32 private[64];
static void leave(u32 code) {
  register u32 r0 __asm__("r0") = 0x20;
  u32 block[2] = {0x20026, code};
  register u32 *r1 __asm__("r1") = block;
  __asm__ volatile("bkpt 0xab" : : "r"(r0), "r"(r1) : "memory");
}
${work}
void Reset_Handler(void) {
  ${body}
  for (;;) {}
}
`;
}

function withMachine(c: string, use: (machine: Machine) => void, engine: EngineName): void {
  withLinked({ c, script: SCRIPT }, ({ bytes }) => {
    use(
      createMachine(BOARD, parseElf(bytes, "program.elf"), {
        engine,
        offload: [{
          initiator: "accel",
          functions: ["work"],
          buffers: [{ symbol: "private", size: 256 }],
        }],
      }),
    );
  });
}

const SIX = `__attribute__((noipa)) u32 work(u32 a, u32 b, u32 c, u32 d, u32 e, volatile u32 *to) {
  to[0] = a + 10 * b + 100 * c + 1000 * d;
  to[1] = to[0] + 10000 * e;
  return to[1];
}`;

for (const engine of ["interpreter", "translator"] as const) {
  need(
    GCC,
    `an initiator gets arguments in registers and on the stack, and gives a result: ${engine}`,
    () => {
      const body =
        "u32 n = 0; for (u32 i = 0; i < 100; i++) n += work(1, 2, 3, 4, i, shared); leave(n & 0xff);";
      withMachine(program(body, SIX), (machine) => {
        const sum = Array.from({ length: 100 }, (_, i) => 4321 + 10000 * i).reduce((a, b) => a + b);
        assertEquals(machine.run({ maxInstructions: 100_000 }), { kind: "exit", code: sum & 0xff });
        const { initiators, regions, functions } = machine.counts();
        const [accel] = initiators;
        assertEquals([accel?.name, accel?.calls], ["accel", 100]);
        const sram = accel?.regions.find(({ name }) => name === "sram1");
        // to[0] and to[1] are written, to[0] and to[1] read, each at one wait state.
        assertEquals(sram?.write, { accesses: 200, bytes: 800, cycles: 200 });
        assertEquals(sram?.read, { accesses: 200, bytes: 800, cycles: 200 });
        assertEquals(accel?.cycles, (accel?.coreCycles ?? 0) + 400);
        // The core saw none of it.
        assertEquals(regions.find(({ name }) => name === "sram1")?.read.accesses, 0);
        assert(!functions.some(({ name }) => name === "work"));
        machine.reset();
        assertEquals(machine.counts().initiators[0]?.calls, 0);
        assertEquals(machine.run({ maxInstructions: 100_000 }), { kind: "exit", code: sum & 0xff });
      }, engine);
    },
  );

  need(GCC, `an initiator faults where it does not reach, by name: ${engine}`, () => {
    withMachine(program("leave(work(1, 2, 3, 4, 5, private + 4));", SIX), (machine) => {
      const stop = machine.run({ maxInstructions: 100_000 });
      assert(stop.kind === "fault");
      const { fault } = stop;
      assertEquals([fault.initiator, fault.cause, fault.region], ["accel", "out-of-reach", "dtcm"]);
      assert(
        /^accel cannot reach dtcm: in work\+0x[0-9a-f]+, write of private\+0x10 at 0x2000_0010; dtcm is reached by c$/
          .test(fault.message),
        fault.message,
      );
    }, engine);
  });

  need(GCC, `the core runs the code that an initiator wrote: ${engine}`, () => {
    // movs r0, #n; bx lr
    const work = `__attribute__((noipa)) u32 work(volatile u16 *code, u32 n) {
  code[0] = (u16)(0x2000 + n); code[1] = 0x4770; return 0;
}`;
    const body = `u32 (*made)(void) = (u32 (*)(void))((u32)shared | 1); u32 n = 0;
  for (u32 i = 1; i <= 60; i++) { work((volatile u16 *)shared, i & 3); for (u32 k = 0; k < 50; k++) n += made(); }
  leave((n / 50) & 0xff);`;
    withMachine(program(body, work), (machine) => {
      const sum = Array.from({ length: 60 }, (_, i) => (i + 1) & 3).reduce((a, b) => a + b);
      assertEquals(machine.run({ maxInstructions: 1_000_000 }), { kind: "exit", code: sum });
    }, engine);
  });

  need(GCC, `a snapshot holds what an initiator did: ${engine}`, () => {
    const body =
      "u32 n = 0; for (u32 i = 0; i < 20; i++) n += work(1, 2, 3, 4, i, shared); leave(n & 0xff);";
    withMachine(program(body, SIX), (machine) => {
      for (let i = 0; i < 5; i++) machine.runUntilSymbol("work", { maxInstructions: 10_000 });
      const snapshot = machine.snapshot();
      const end = () => [machine.run({ maxInstructions: 100_000 }), machine.counts().initiators];
      const first = end();
      machine.restore(snapshot);
      assertEquals(machine.counts().initiators[0]?.calls, 4);
      assertEquals(end(), first);
    }, engine);
  });

  need(GCC, `limits and breakpoints hold for what an initiator runs: ${engine}`, () => {
    const endless =
      '__attribute__((noipa)) u32 work(u32 n) { for (;;) __asm__ volatile(""); return n; }';
    withMachine(program("leave(work(1));", endless), (machine) => {
      const stop = machine.runUntilSymbol("work", { maxInstructions: 1000 });
      assertEquals(stop.kind, "breakpoint");
      assertEquals(machine.counts().initiators[0]?.calls, 0);
      assertEquals(machine.run({ maxInstructions: 1000 }), { kind: "limit", what: "instructions" });
      assert((machine.counts().initiators[0]?.instructions ?? 0) >= 900);
    }, engine);
  });
}
