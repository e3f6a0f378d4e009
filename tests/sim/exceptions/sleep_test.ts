/**
 * WFI, WFE, SEV and sleep-on-exit: what wakes the core, and where the cycles go.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { DATA, START } from "../cpu/testbench.ts";
import { COSTS, createSystemBench, NOTE, NOTE_CYCLES, noted, type SystemBench } from "./bench.ts";

const WFI = 0xbf30;
const WFE = 0xbf20;
const SEV = 0xbf40;
const CPSID = 0xb672;
const CPSIE = 0xb662;
const END = 0xbeab;
const SCR = 0xd10;

function bench(...program: readonly number[]): SystemBench {
  const made = createSystemBench(program, { 16: NOTE, 17: NOTE });
  made.engine.registers[7] = DATA;
  made.write(0x100, 3);
  return made;
}

function raiseAt(made: SystemBench, cycle: number, number = 0): void {
  made.engine.schedule.at(cycle, () => made.engine.setInterrupt(number, true));
  made.engine.schedule.at(cycle + 1, () => made.engine.setInterrupt(number, false));
}

Deno.test("WFI skips to the interrupt that wakes the core; the cycles are counted once, as slept", () => {
  const made = bench(WFI, END);
  raiseAt(made, 1000);
  assertEquals(made.engine.run({}), { kind: "exit", code: 0 });
  const cycles = 1000 + COSTS.entry + NOTE_CYCLES + COSTS.exit + 1;
  assertEquals(made.engine.count(), {
    instructions: 2 + NOTE_CYCLES,
    cycles,
    coreCycles: cycles,
    sleepCycles: 999,
  });
  assertEquals(noted(made), [16]);
});

Deno.test("WFI with PRIMASK wakes for an interrupt without taking it", () => {
  const made = bench(CPSID, WFI, 0x2101, CPSIE, END);
  raiseAt(made, 500);
  made.engine.run({});
  assertEquals([made.engine.registers[1], noted(made)], [1, [16]]);
  assertEquals(made.engine.count().sleepCycles, 498);
});

Deno.test("WFI does not sleep while an interrupt is pending, and one below BASEPRI does not wake it", () => {
  const pending = bench(CPSID, WFI, END);
  raiseAt(pending, 1);
  assertEquals(pending.engine.run({}).kind, "exit");
  assertEquals(pending.engine.count().sleepCycles, 0);
  const masked = bench(WFI, END);
  masked.write(0x400, 0x80);
  masked.engine.state.basepri = 0x40;
  raiseAt(masked, 100);
  assertEquals(masked.engine.run({}), { kind: "limit", what: "sleep" });
});

Deno.test("a core that nothing can wake stops the run, and an interrupt from outside continues it", () => {
  const made = bench(WFI, 0x2101, END);
  assertEquals(made.engine.run({}), { kind: "limit", what: "sleep" });
  assertEquals(made.engine.run({ maxInstructions: 10 }), { kind: "limit", what: "sleep" });
  assertEquals(made.engine.count().instructions, 1);
  made.engine.setInterrupt(1, true);
  made.engine.setInterrupt(1, false);
  assertEquals(made.engine.run({}).kind, "exit");
  assertEquals([made.engine.registers[1], noted(made)], [1, [17]]);
});

Deno.test("a limit in cycles ends a sleep at that cycle", () => {
  const made = bench(WFI, END);
  raiseAt(made, 1000);
  assertEquals(made.engine.run({ maxCycles: 300 }), { kind: "limit", what: "cycles" });
  assertEquals(made.engine.cycles(), 300);
  assertEquals(made.engine.run({}).kind, "exit");
  assertEquals(made.engine.count().sleepCycles, 999);
});

Deno.test("WFE passes once after SEV or an exception, and SEVONPEND makes pending an event", () => {
  const made = bench(SEV, WFE, 0x2101, WFE, END);
  assertEquals(made.engine.run({}), { kind: "limit", what: "sleep" });
  assertEquals(made.engine.registers[1], 1);
  const woken = bench(WFE, END);
  woken.write(0x180, 3);
  woken.write(SCR, 1 << 4);
  raiseAt(woken, 40);
  assertEquals(woken.engine.run({}).kind, "exit");
  assertEquals([woken.engine.count().sleepCycles, noted(woken)], [39, []]);
});

Deno.test("with SLEEPONEXIT the core sleeps again when its last handler returns", () => {
  const made = bench(0xbf00, 0x3101, 0xe7fd);
  made.write(SCR, 1 << 1);
  raiseAt(made, 1);
  raiseAt(made, 200, 1);
  assertEquals(made.engine.run({}), { kind: "limit", what: "sleep" });
  assertEquals([noted(made), made.engine.registers[1]], [[16, 17], 0]);
  assertEquals((made.engine.registers[15] ?? 0) - START, 2);
});
