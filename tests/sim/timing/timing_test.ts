import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { timingFor, timingModelFor, timingModels } from "../../../sim/timing/mod.ts";
import { assemble, createBench, DATA } from "../cpu/testbench.ts";
import type { TimingClass, TimingModel } from "../../../sim/types.ts";

const total = (model: TimingModel, timing: TimingClass, registers = 0) =>
  model.cost(timing, registers) + model.taken(timing);

Deno.test("Cortex-M0+ costs are those of DDI0484C 3.3", () => {
  const model = timingModelFor("cortex-m0plus");
  assertEquals(model.cost("alu", 0), 1);
  assertEquals(total(model, "alu"), 2);
  assertEquals(model.cost("mul", 0), 1);
  assertEquals(model.cost("load", 0), 2);
  assertEquals(model.cost("store", 0), 2);
  assertEquals(model.cost("load-multiple", 4), 5);
  assertEquals(model.cost("store-multiple", 4), 5);
  assertEquals(total(model, "load-multiple", 4), 7);
  assertEquals(model.cost("branch-conditional", 0), 1);
  assertEquals(total(model, "branch-conditional"), 2);
  assertEquals(total(model, "branch"), 2);
  assertEquals(total(model, "branch-link"), 3);
  assertEquals(total(model, "branch-register"), 2);
  assertEquals(total(model, "branch-link-register"), 2);
  assertEquals(model.cost("special", 0), 3);
  assertEquals(model.cost("barrier", 0), 3);
});

Deno.test("Cortex-M4 costs are those of 100166 3.3.1 with P of 1 and 2", () => {
  const model = timingModelFor("cortex-m4");
  for (const timing of ["alu", "mul", "mla", "mull", "mlal", "store", "nop"] as const) {
    assertEquals(model.cost(timing, 0), 1, timing);
  }
  assertEquals(model.cost("load", 0), 2);
  assertEquals(total(model, "load"), 4);
  assertEquals(model.cost("load-pair", 2), 3);
  assertEquals(model.cost("load-multiple", 8), 9);
  assertEquals(total(model, "branch"), 2);
  assertEquals(total(model, "branch-register"), 3);
  assertEquals(model.cost("fp-alu", 0), 1);
  assertEquals(model.cost("fp-mla", 0), 3);
  assertEquals(model.cost("fp-div", 0), 14);
  assertEquals(model.cost("fp-sqrt", 0), 14);
  assertEquals(model.cost("fp-load", 0), 2);
  assertEquals(model.cost("fp-load-multiple", 4), 5);
  assertEquals(model.predicatedOut, 1);
});

Deno.test("Cortex-M3 pays more for long multiplies than Cortex-M4", () => {
  const model = timingModelFor("cortex-m3");
  assertEquals(model.cost("mla", 0), 2);
  assert(model.cost("mull", 0) >= 3 && model.cost("mull", 0) <= 5);
  assert(model.cost("mlal", 0) >= 4 && model.cost("mlal", 0) <= 7);
});

Deno.test("Cortex-M7 moves two registers a cycle and says that it is an upper bound", () => {
  const model = timingModelFor("cortex-m7");
  assertEquals([1, 2, 3, 8].map((n) => model.cost("load-multiple", n)), [1, 1, 2, 4]);
  assertEquals(model.cost("load", 0), 1);
  assertEquals(total(model, "branch-conditional"), 1);
  assertEquals(total(model, "branch-register"), 9);
  assert(model.accuracy.includes("upper bound"));
});

Deno.test("Every model names its source and whether silicon has been compared", () => {
  assertEquals([...timingModels.keys()].length, 7);
  for (const [core, model] of timingModels) {
    assert(model.name.startsWith(core), model.name);
    assertMatch(model.accuracy, /; (not compared with silicon$|compared with silicon: \d+ )/);
    assert(model.source.includes("Arm"));
  }
});

Deno.test("Cortex-M0: a taken branch is a cycle longer than on the Cortex-M0+", () => {
  const model = timingModelFor("cortex-m0");
  assertEquals(total(model, "branch"), 3);
  assertEquals(total(model, "branch-link"), 4);
  assertEquals(model.cost("special", 0), 4);
});

Deno.test("Cortex-M33: loads issue in one cycle, LDM takes as many as registers, a taken branch 2", () => {
  const model = timingModelFor("cortex-m33");
  assertEquals(model.cost("load", 0), 1);
  assertEquals(model.cost("load-multiple", 5), 5);
  assertEquals(model.cost("load-pair", 2), 2);
  assertEquals(total(model, "branch-conditional"), 2);
  assert(model.accuracy.includes("single-issue") || model.name.includes("single-issue"));
});

Deno.test("Cortex-M23: what is assumed says so", () => {
  const model = timingModelFor("cortex-m23");
  assert(model.accuracy.includes("assumption"));
  assertEquals(model.divide(7, 2, false), 17);
  assertEquals(total(model, "compare-branch"), 2);
});

Deno.test("Divisions take 2 to 12 cycles and no fewer for longer quotients", () => {
  const { divide } = timingModelFor("cortex-m4");
  assertEquals(divide(0, 5, false), 2);
  assertEquals(divide(5, 0, true), 2);
  assertEquals(divide(0xffff_ffff, 1, false), 12);
  assertEquals(divide(-1, 1, true), divide(1, 1, true));
  assertEquals(divide(-(2 ** 31), -1, true), 12);
  fc.assert(
    fc.property(fc.integer(), fc.integer(), fc.boolean(), (n, d, signed) => {
      const cycles = divide(n, d, signed);
      assert(Number.isInteger(cycles) && cycles >= 2 && cycles <= 12);
      if (!signed) assert(cycles >= divide(n >>> 1, d, false));
    }),
    { seed: 20260103, numRuns: 500 },
  );
});

/** Cycles of halfwords (and 32-bit words) at an address, from reset to BKPT, on a core with rules. */
function cyclesOf(...words: readonly number[]): number {
  const cpu = { core: "cortex-m4", fpu: "none", clockHz: 1e6, source: "" } as const;
  const bench = createBench({
    fpu: "none",
    timing: timingFor(cpu, "cortex-m4-neighbours-1"),
  });
  bench.load(assemble(...words, 0xbeab));
  bench.engine.registers.fill(DATA, 0, 8);
  bench.engine.registers[3] = 0;
  // Whatever is loaded is an address too.
  new Uint32Array(bench.bus.data.buffer).fill(DATA);
  bench.engine.run({ maxInstructions: 100 });
  return bench.engine.cycles();
}

Deno.test("neighbouring loads take 1 + N cycles, unless one needs the other; IT is folded", () => {
  const none = cyclesOf();
  const load = 0x6801; // LDR r1, [r0]
  assertEquals(cyclesOf(load) - none, 2);
  assertEquals(cyclesOf(load, load) - none, 3);
  assertEquals(cyclesOf(load, 0x6842, 0x6883, 0x68c4) - none, 5);
  // LDR r2, [r1]: its base is what was loaded.
  assertEquals(cyclesOf(load, 0x680a) - none, 4);
  // LDR r2, [r3, r1]: so is its index.
  assertEquals(cyclesOf(load, 0x585a) - none, 4);
  // Something between them.
  assertEquals(cyclesOf(load, 0xbf00, load) - none, 5);
  // LDR.W r2, [r0] at 2 mod 4, and at 0 mod 4.
  assertEquals(cyclesOf(load, 0xf8d0_2000) - none, 4);
  assertEquals(cyclesOf(0xbf00, load, 0xf8d0_2000) - none, 4);
  // LDR r1, [r0], #4 changes the base.
  assertEquals(cyclesOf(0xf850_1b04, load) - none, 4);
  // IT; NOP behind a 16-bit instruction, and behind a 32-bit one (MOVW).
  assertEquals(cyclesOf(0xbf00, 0xbfe8, 0xbf00) - none, 2);
  assertEquals(cyclesOf(0xf240_0100, 0xbfe8, 0xbf00) - none, 3);
});
