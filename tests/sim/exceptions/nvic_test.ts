/**
 * The interrupt controller: when exceptions are taken, in which order, and what they cost.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { DATA, START } from "../cpu/testbench.ts";
import {
  COSTS,
  createSystemBench,
  handlerAt,
  nops,
  NOTE,
  NOTE_CYCLES,
  noted,
  type SystemBench,
} from "./bench.ts";

const ISER = 0x100;
const ICPR = 0x280;
const IPR = 0x400;
const AIRCR = 0xd0c;
const KEY = 0x05fa_0000;

/** A sled of NOPs with handlers for interrupts 0 to 3, which are enabled. */
function sled(count = 40): SystemBench {
  const bench = createSystemBench(nops(count), {
    2: NOTE,
    15: NOTE,
    16: NOTE,
    17: NOTE,
    18: NOTE,
    19: NOTE,
  });
  bench.engine.registers[7] = DATA;
  bench.write(ISER, 0xf);
  return bench;
}

function pulse(bench: SystemBench, cycle: number, number: number): void {
  bench.engine.schedule.at(cycle, () => {
    bench.engine.setInterrupt(number, true);
    bench.engine.setInterrupt(number, false);
  });
}

Deno.test("an interrupt is taken before the first instruction that starts at its cycle or later", () => {
  for (const cycle of [0, 1, 5, 5.5, 17]) {
    const bench = sled();
    pulse(bench, cycle, 0);
    const first = Math.ceil(cycle);
    bench.engine.run({ maxCycles: first + COSTS.entry });
    assertEquals(bench.engine.registers[15], handlerAt(16), `cycle ${cycle}`);
    const frame = ((bench.engine.registers[13] ?? 0) - DATA) / 4;
    assertEquals(bench.word(frame + 6), START + first * 2);
    assertEquals(bench.engine.run({}).kind, "exit");
    assertEquals(bench.engine.cycles(), 41 + COSTS.entry + NOTE_CYCLES + COSTS.exit);
  }
});

Deno.test("of two interrupts at once the lower number comes first, and the other is tail-chained", () => {
  const bench = sled();
  pulse(bench, 3, 2);
  pulse(bench, 3, 1);
  bench.engine.run({});
  assertEquals(noted(bench), [17, 18]);
  const { entry, tailChain, exit } = COSTS;
  assertEquals(bench.engine.cycles(), 41 + entry + 2 * NOTE_CYCLES + tailChain + exit);
});

Deno.test("a higher priority that arrives while another is stacked goes first, without a second frame", () => {
  const bench = sled();
  bench.write(IPR + 1, 0x80, 1);
  pulse(bench, 3, 1);
  pulse(bench, 3 + COSTS.entry - 2, 0);
  const sp = bench.engine.registers[13] ?? 0;
  bench.engine.run({ maxCycles: 3 + COSTS.entry });
  assertEquals([bench.engine.state.ipsr, bench.engine.registers[13]], [16, sp - 32]);
  bench.engine.run({});
  assertEquals(noted(bench), [16, 17]);
  const { entry, tailChain, exit } = COSTS;
  assertEquals(bench.engine.cycles(), 41 + entry + 2 * NOTE_CYCLES + tailChain + exit);
});

Deno.test("a higher priority preempts a handler, the same or a lower one waits", () => {
  const after = 3 + COSTS.entry + 1;
  for (const [first, second, order] of [[0x40, 0x20, 17], [0x40, 0x40, 16]] as const) {
    const bench = sled();
    bench.write(IPR, first | (second << 8));
    pulse(bench, 3, 0);
    pulse(bench, after, 1);
    bench.engine.run({});
    // The preempted handler notes itself after the one that preempted it.
    assertEquals(noted(bench)[0], order);
  }
});

Deno.test("with grouping, the subpriority orders what is pending and preempts nothing", () => {
  const bench = sled();
  bench.write(AIRCR, KEY | (6 << 8));
  bench.write(IPR, 0x45 | (0x43 << 8) | (0x41 << 16));
  pulse(bench, 3, 0);
  pulse(bench, 3 + COSTS.entry + 1, 1);
  pulse(bench, 3 + COSTS.entry + 1, 2);
  bench.engine.run({});
  assertEquals(noted(bench), [16, 18, 17]);
});

Deno.test("a line that stays high is pending again after its handler, a pulse is not", () => {
  const bench = sled();
  bench.engine.schedule.at(3, () => bench.engine.setInterrupt(1, true));
  bench.engine.schedule.at(3 + 12 + 4 + 6 + 2, () => bench.engine.setInterrupt(1, false));
  bench.engine.run({});
  assertEquals(noted(bench), [17, 17]);
});

Deno.test("a disabled interrupt stays pending; ICPR clears it unless its line is high", () => {
  const bench = sled();
  bench.write(0x180, 0xf);
  pulse(bench, 3, 1);
  bench.engine.schedule.at(3, () => bench.engine.setInterrupt(2, true));
  bench.engine.run({});
  assertEquals([noted(bench), bench.read(0x200)], [[], 0b110]);
  bench.write(ICPR, 0b110);
  assertEquals(bench.read(0x200), 0b100);
});

Deno.test("BASEPRI holds back its own priority and lower ones, not NMI", () => {
  const bench = sled();
  bench.write(IPR, 0x40 | (0x80 << 8));
  bench.engine.state.basepri = 0x80;
  pulse(bench, 2, 1);
  pulse(bench, 4, 0);
  pulse(bench, 30, -14);
  bench.engine.run({});
  assertEquals(noted(bench), [16, 2]);
  assertEquals(bench.engine.setInterrupt(240, true), false);
  assertEquals(bench.engine.setInterrupt(-15, true), false);
});

Deno.test("STIR and ISPR make interrupts pending, IABR shows the active one, ICSR what is pending", () => {
  const bench = sled();
  bench.write(0xf00, 3);
  bench.write(0x200, 1);
  assertEquals((bench.read(0xd04) >>> 12) & 0x1ff, 16);
  assertEquals((bench.read(0xd04) >>> 22) & 1, 1);
  bench.engine.run({ maxCycles: COSTS.entry });
  assertEquals([bench.read(0x300), bench.read(0xd04) & 0x1ff], [1, 16]);
  bench.engine.run({});
  assertEquals(noted(bench), [16, 19]);
});

Deno.test("only the interrupts and priority bits that a core has can be written", () => {
  const bench = createSystemBench(nops(1), {}, { nvic: { interrupts: 40, priorityBits: 4 } });
  bench.write(ISER + 4, 0xffff_ffff);
  bench.write(IPR, 0xffff_ffff);
  bench.write(IPR + 40, 0xffff_ffff);
  bench.write(0xd20, 0xffff_ffff);
  assertEquals([bench.read(ISER + 4), bench.read(IPR), bench.read(IPR + 40)], [
    0xff,
    0xf0f0_f0f0,
    0,
  ]);
  assertEquals([bench.read(0xd20), bench.read(0x004)], [0xf0f0_00f0, 1]);
  const small = createSystemBench(nops(1), {}, { core: "cortex-m0plus", fpu: "none" });
  small.write(IPR, 0xffff_ffff);
  small.write(AIRCR, KEY | (7 << 8));
  assertEquals([small.read(IPR), small.read(AIRCR), small.read(0x300)], [
    0xc0c0_c0c0,
    0xfa05_0000,
    0,
  ]);
});

Deno.test("SysTick interrupts in the cycle in which it reaches 0, and again a period later", () => {
  const bench = sled(200);
  bench.write(0x014, 49);
  bench.write(0x010, 7);
  // Started at 0, it is reloaded in cycle 1 and reaches 0 in cycle 50.
  bench.engine.run({ maxCycles: 50 });
  assertEquals(bench.engine.state.pending[15], 0);
  bench.engine.run({ maxCycles: COSTS.entry });
  const frame = ((bench.engine.registers[13] ?? 0) - DATA) / 4;
  assertEquals([bench.engine.state.ipsr, bench.word(frame + 6)], [15, START + 100]);
  bench.engine.run({ maxCycles: 50 - COSTS.entry });
  assertEquals(bench.read(0x018), 0);
  bench.engine.run({});
  assertEquals(noted(bench), new Array(noted(bench).length).fill(15));
  assertEquals(bench.engine.cycles(), 201 + noted(bench).length * 28);
});
