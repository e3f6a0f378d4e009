/**
 * The system control space against an interpreter over the test machine's memory.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { createSystemControl } from "../../../sim/devices/scs.ts";
import { MemoryFault } from "../../../sim/types.ts";
import { assemble, createBench } from "../cpu/testbench.ts";

const SCB = 0xe000;
const DWT = 0x1000;

Deno.test("CPUID names the core", () => {
  const cases = [["cortex-m0plus", 0xc60], ["cortex-m4", 0xc24], ["cortex-m7", 0xc27]] as const;
  for (const [core, part] of cases) {
    const { engine } = createBench({ core, fpu: "none" });
    const device = createSystemControl(engine);
    assertEquals((device.read(SCB + 0xd00, 4) >>> 4) & 0xfff, part);
  }
});

Deno.test("CPACR switches the FPU on for code that was decoded before", () => {
  const bench = createBench();
  // vadd.f32 s0, s0, s1; b back
  bench.load(assemble(0xee30_0a20, 0xe7fc));
  const device = createSystemControl(bench.engine);
  device.write(SCB + 0xd88, 4, 0);
  const stop = bench.engine.run({ maxInstructions: 10 });
  assertEquals(stop.kind === "fault" && stop.fault.cause, "no-fpu");
  device.write(SCB + 0xd88, 4, 0x00f0_0000);
  assertEquals(bench.engine.run({ maxInstructions: 10 }).kind, "limit");
});

Deno.test("CYCCNT counts the engine's cycles while it is enabled", () => {
  const bench = createBench();
  bench.load(assemble(0xbf00, 0xbf00, 0xbf00, 0xbf00, 0xbf00, 0xbf00));
  const device = createSystemControl(bench.engine);
  bench.engine.run({ maxInstructions: 2 });
  assertEquals(device.read(DWT + 4, 4), 0);
  device.write(DWT, 4, 1);
  bench.engine.run({ maxInstructions: 1 });
  assertEquals(device.read(DWT + 4, 4), 0, "not without DEMCR.TRCENA");
  device.write(SCB + 0xdfc, 4, 1 << 24);
  device.write(DWT + 4, 4, 100);
  bench.engine.run({ maxInstructions: 3 });
  assertEquals(device.read(DWT + 4, 4), 103);
  device.write(DWT, 4, 0);
  bench.engine.run({ maxInstructions: 1 });
  assertEquals(device.read(DWT + 4, 4), 103);
});

Deno.test("CCR's traps change what the core does", () => {
  const bench = createBench();
  bench.load(assemble(0xbf00));
  const device = createSystemControl(bench.engine);
  device.write(SCB + 0xd14, 4, 0x18);
  assertEquals(bench.engine.state.alignWord, 3);
  device.write(SCB + 0xd14, 4, 0);
  assertEquals(bench.engine.state.alignWord, 0);
});

Deno.test("status registers are cleared by ones, also byte by byte", () => {
  const { engine } = createBench();
  const device = createSystemControl(engine);
  engine.state.system.cfsr = 0x0003_8200;
  device.write(SCB + 0xd2a, 2, 1);
  assertEquals(device.read(SCB + 0xd28, 4), 0x0002_8200);
  device.write(SCB + 0xd29, 1, 0x82);
  assertEquals(device.read(SCB + 0xd28, 4), 0x0002_0000);
});

Deno.test("SysTick counts down with the cycles and shows that it wrapped", () => {
  const bench = createBench();
  bench.load(assemble(0xbf00, 0xe7fd));
  const device = createSystemControl(bench.engine);
  device.write(SCB + 0x14, 4, 9);
  device.write(SCB + 0x10, 4, 5);
  bench.engine.run({ maxInstructions: 1 });
  assertEquals(device.read(SCB + 0x18, 4), 9, "the cycle after it was started at 0");
  bench.engine.run({ maxInstructions: 1 });
  assertEquals(device.read(SCB + 0x18, 4), 6, "a taken branch later");
  bench.engine.run({ maxInstructions: 8 });
  assertEquals((device.read(SCB + 0x10, 4) >>> 16) & 1, 1);
  assertEquals((device.read(SCB + 0x10, 4) >>> 16) & 1, 0);
});

Deno.test("an address outside the blocks is not mapped", () => {
  const device = createSystemControl(createBench().engine);
  const fault = assertThrows(() => device.read(0x9000, 4), MemoryFault);
  assertEquals(fault.address, 0xe000_9000);
});
