import { assert, assertEquals } from "@std/assert";
import { createMachine, lockstep, parseElf, timingModelFor } from "../../../sim/mod.ts";
import type { EngineName, MachineOptions } from "../../../sim/mod.ts";
import { need } from "../../support/need.ts";
import { testBoard } from "../boards.ts";
import { EXAMPLE, type Program, withLinked } from "../link.ts";

const GCC = { tools: ["arm-none-eabi-gcc"] };

/** Everything that makes translated code wrong if it is not watched: see the comments in it. */
const HARD: Program = {
  ...EXAMPLE,
  c: `
typedef unsigned int u32;
typedef unsigned short u16;
extern u32 stack_top;
extern u32 data_start, data_end, data_load, bss_start, bss_end;
void Reset_Handler(void);
static volatile u32 pended;
/* An exception that is due between two instructions of a hot loop. */
static void pendsv(void) { pended = pended * 3 + 1; }
__attribute__((section(".vectors"), used)) void *const vectors[16] = {
  &stack_top, Reset_Handler, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, pendsv, 0};
static void semihost(int operation, u32 argument) {
  register int r0 __asm__("r0") = operation;
  register u32 r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}
static u32 sum;
char pool[64] __attribute__((section(".dtcm_pool")));
/* movs r0, #n; bx lr: written anew while it is hot, in RAM. */
static u16 code[2] __attribute__((section(".data.code"), aligned(4))) = {0x2000, 0x4770};
__attribute__((noinline)) static u32 fibonacci(u32 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
__attribute__((noinline)) static u32 choose(u32 n) {
  switch (n % 9) {
    case 0: return n + 7; case 1: return n ^ 0x55; case 2: return n * 5; case 3: return ~n;
    case 4: return n >> 3; case 5: return n / 7; case 6: return n % 11; case 7: return n << 4;
    default: return n - 1;
  }
}
static u32 words[80];
void Reset_Handler(void) {
  for (u32 *from = &data_load, *to = &data_start; to < &data_end;) *to++ = *from++;
  for (u32 *to = &bss_start; to < &bss_end;) *to++ = 0;
  u32 (*written)(void) = (u32 (*)(void))((u32)code | 1);
  for (u32 i = 0; i < 3000; i++) {
    if (i % 500 == 499) code[0] = (u16)(0x2000 | (i / 500));
    sum += written();
    if (i % 7 == 0) *(volatile u32 *)0xe000ed04 = 1u << 28;
    sum = sum * 31 + choose(i);
    sum ^= *(volatile u32 *)((char *)words + i % 300);
    *(volatile u32 *)((char *)words + (i * 13) % 301) = sum;
    sum += *(volatile u32 *)0xe000e018;
  }
  sum += fibonacci(12) + pended;
  for (u32 i = 0; i < 64; i++) pool[i] = (char)(sum >> (i & 31));
  semihost(0x18, 0x20026);
  for (;;) {}
}
`,
};

function machines(
  program: Program,
  second: MachineOptions,
  use: (
    pair: readonly [ReturnType<typeof createMachine>, ReturnType<typeof createMachine>],
  ) => void,
): void {
  withLinked(program, ({ bytes }) => {
    const elf = parseElf(bytes, "program.elf");
    const board = testBoard();
    use([createMachine(board, elf, { engine: "interpreter" }), createMachine(board, elf, second)]);
  });
}

need(GCC, "lockstep() finds no difference between the engines on a hard program", () => {
  machines(HARD, { engine: "translator" }, (pair) => {
    const result = lockstep(pair, { maxInstructions: 5_000_000 });
    assertEquals(result.differences, []);
    assert(result.equal && result.stop.kind === "exit", JSON.stringify(result));
    assertEquals(pair.map(({ engine }) => engine.name), ["interpreter", "translator"]);
  });
});

need(GCC, "lockstep() names the first instruction after which two machines differ", () => {
  const model = timingModelFor("cortex-m7");
  const slow = {
    ...model,
    cost: (...[timing, registers]: Parameters<typeof model.cost>) =>
      model.cost(timing, registers) + (timing === "div" || timing === "store-multiple" ? 1 : 0),
  };
  machines(HARD, { timing: slow }, (pair) => {
    const [reference] = pair;
    const result = lockstep(pair, { maxInstructions: 5_000_000 });
    assert(!result.equal && result.pc !== undefined);
    reference.reset();
    reference.run({ maxInstructions: result.instructions - 1 });
    assertEquals((reference.engine.registers[15] ?? 0) >>> 0, result.pc);
    const half = reference.bus.hostRead(result.pc, 2);
    assertEquals(half[1], 0xe9, "the first PUSH.W is the first instruction that costs more");
    const { what, first, second } = result.differences[0] ?? {};
    assertEquals([what, Number(second) - Number(first)], ["cycles", 1]);
  });
});

need(GCC, "a breakpoint in hot code stops both engines at the same instruction", () => {
  const seen = (["interpreter", "translator"] as const).map((engine: EngineName) =>
    withLinked(HARD, ({ bytes }) => {
      const machine = createMachine(testBoard(), parseElf(bytes, "program.elf"), { engine });
      machine.run({ maxInstructions: 20_000 });
      const stops = Array.from({ length: 3 }, () => machine.runUntilSymbol("choose"));
      const limited = machine.run({ maxCycles: machine.counts().cycles + 12_345 });
      return [stops, limited, [...machine.engine.registers], machine.counts()];
    })
  );
  assertEquals(seen[1], seen[0]);
});
