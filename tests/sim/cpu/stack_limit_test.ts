/**
 * Stack limits of Armv8-M against QEMU's Cortex-M33: instructions that move SP, at random distances from
 * PSPLIM. Compared are CFSR, SP and the memory below the limit.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { need } from "../../support/need.ts";
import { buildFor, PEERS, runHere, runQemu } from "../qemu.ts";

/** Instructions that move SP down, or up, or try to; r0 is where MOV may put it. */
const TRIED = [
  "push {r0, r1}",
  "push {r0-r7, lr}",
  "stmdb sp!, {r0, r1, r2, r8, r9, r12}",
  "sub sp, #4",
  "sub sp, #128",
  "sub.w sp, sp, #60",
  "subw sp, sp, #123",
  "subs.w sp, sp, #64",
  "sub.w sp, sp, r1",
  "add sp, #8",
  "add.w sp, sp, #-40",
  "add sp, r2",
  "mov sp, r0",
  "str.w r0, [sp, #-40]!",
  "str.w r0, [sp], #-40",
  "str.w r0, [sp, #8]!",
  "strb.w r0, [sp, #-16]!",
  "strh.w r0, [sp, #-56]!",
  "strd r0, r1, [sp, #-48]!",
  "strd r0, r1, [sp], #-64",
  "ldr.w r3, [sp, #-36]!",
  "ldrd r2, r3, [sp, #-72]!",
  "ldmdb sp!, {r2, r3}",
  "pop {r2, r3}",
  "str.w r0, [sp, #-40]",
] as const;

const PROGRAM = `
#define REG(a) (*(volatile u32 *)(a))
#define CFSR REG(0xe000ed28)
#define SHCSR REG(0xe000ed24)
static u32 seed = SEED;
static u32 next(void) { seed = seed * 1664525u + 1013904223u; return seed >> 8; }
static u32 stack[256] __attribute__((aligned(8)));
static volatile u32 status;
__attribute__((used)) void fault_c(u32 *frame) {
  status = CFSR;
  CFSR = status;
  frame[6] += (*(u16 *)frame[6] >> 11) >= 0x1d ? 4 : 2;
}
__attribute__((naked)) void fault(void) {
  __asm__ volatile("tst lr, #4\\n ite eq\\n mrseq r0, msp\\n mrsne r0, psp\\n b fault_c");
}
static void try_it(void (*what)(u32, u32, u32), u32 sp, u32 limit, u32 to, u32 minus) {
  status = 0;
  for (u32 i = 0; i < 256; i++) stack[i] = 0x01010101u * (i & 255);
  register u32 r0 __asm__("r0") = to;
  register u32 r1 __asm__("r1") = 68;
  register u32 r2 __asm__("r2") = minus;
  register u32 after __asm__("r6") = sp;
  __asm__ volatile(
    "msr psp, r6\\n msr psplim, %[limit]\\n mrs r5, control\\n orr r4, r5, #2\\n"
    "msr control, r4\\n isb\\n blx %[what]\\n mrs r6, psp\\n msr control, r5\\n isb\\n"
    "mov r4, #0\\n msr psplim, r4\\n"
    : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(after) : [limit] "r"(limit), [what] "r"(what)
    : "r3", "r4", "r5", "r7", "r12", "lr", "memory", "cc");
  u32 below = 0;
  for (u32 *at = stack; at < (u32 *)limit; at++) below = below * 31 + *at;
  hex(status); hex(after - (u32)stack); hex(below); newline();
}
${
  TRIED.map((text, index) =>
    `static __attribute__((naked)) void tried${index}(u32 a, u32 b, u32 c) {
  __asm__ volatile("${text}\\n bx lr");
}`
  ).join("\n")
}
static void (*const tried[])(u32, u32, u32) = { ${
  TRIED.map((_, index) => `tried${index}`).join(", ")
} };
int main(void) {
  SHCSR = 0x70000;
  for (u32 round = 0; round < ROUNDS; round++) {
    for (u32 i = 0; i < sizeof tried / sizeof tried[0]; i++) {
      u32 sp = (u32)(stack + 160) & ~7u;
      u32 limit = (sp - 40 - (next() & 15) * 8) & ~7u;
      hex(i);
      try_it(tried[i], sp, limit, sp - (next() & 63) * 4, 0u - (next() & 31) * 4);
    }
  }
  return 0;
}
`;

need(
  { tools: ["arm-none-eabi-gcc", "qemu-system-arm"] },
  "stack limits stop the instructions that they stop in QEMU's Cortex-M33",
  () => {
    const peer = PEERS.find(({ core }) => core === "cortex-m33");
    assert(peer !== undefined);
    const rounds = Number(Deno.env.get("PINMAP_CASES") ?? 20);
    const elf = buildFor(peer, PROGRAM, [`-DSEED=1`, `-DROUNDS=${rounds}`]);
    try {
      const wanted = runQemu(peer, elf.path);
      const lines = wanted.trim().split("\n");
      assertEquals(lines.length, rounds * TRIED.length, wanted.slice(0, 500));
      const stopped = lines.filter((line) => line.includes(" 00100000 ")).length;
      assert(stopped > lines.length / 10 && stopped < lines.length, `${stopped} stopped`);
      for (const engine of ["interpreter", "translator"] as const) {
        const here = runHere(peer, elf, { engine }).console().trim().split("\n");
        const wrong = here.flatMap((line, index) =>
          line === lines[index]
            ? []
            : [`${TRIED[index % TRIED.length]}: ${line}, QEMU ${lines[index]}`]
        );
        assertEquals(wrong.slice(0, 30), [], engine);
      }
    } finally {
      elf.remove();
    }
  },
);
