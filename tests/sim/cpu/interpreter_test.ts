/**
 * The engine's interface: limits, breakpoints, counts, functions, changed code, semihosting.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createInterpreter } from "../../../sim/cpu/mod.ts";
import {
  assemble,
  CODE,
  createBench,
  createTestBus,
  DATA,
  SIZE,
  START,
  TEST_TIMING,
} from "./testbench.ts";

/** movs r0, #10; loop: subs r0, #1; bne loop; bkpt 0xab */
const LOOP = [0x200a, 0x3801, 0xd1fd, 0xbeab];

Deno.test("count() has instructions, cycles of classes and cycles of taken branches", () => {
  const bench = createBench();
  bench.load(assemble(...LOOP));
  assertEquals(bench.engine.run({}), { kind: "exit", code: 0 });
  const { instructions, cycles, coreCycles } = bench.engine.count();
  assertEquals(instructions, 22);
  assertEquals(coreCycles, 22 + 9 * 2);
  assertEquals(cycles, coreCycles);
  assertEquals(bench.bus.fetches, 22);
});

Deno.test("a predicated-out instruction counts and costs what the model says", () => {
  const bench = createBench({ timing: { ...TEST_TIMING, predicatedOut: 3 } });
  // cmp r0, r0; ite ne; movne r1, #1; moveq r1, #2; bkpt 0xab
  bench.load(assemble(0x4280, 0xbf14, 0x2101, 0x2102, 0xbeab));
  bench.engine.run({});
  assertEquals(bench.engine.registers[1], 2);
  assertEquals(bench.engine.count(), {
    instructions: 5,
    cycles: 7,
    coreCycles: 7,
    sleepCycles: 0,
  });
});

Deno.test("BKPT and the instructions of FPv5 without a condition ignore an IT block's", () => {
  const bench = createBench({ core: "cortex-m33", fpu: "fpv5-sp-d16" });
  // itt eq, which fails; vmaxnm.f32 s2, s0, s1; bkpt 0xab
  bench.load(assemble(0xbf04, 0xfe80_1a20, 0xbeab));
  bench.engine.floatRegisters.set([0x3f80_0000, 0x4000_0000]);
  assertEquals(bench.engine.run({}), { kind: "exit", code: 0 });
  assertEquals(bench.engine.floatRegisters[2], 0x4000_0000);
});

Deno.test("run() stops at an instruction limit and goes on from there", () => {
  const bench = createBench();
  bench.load(assemble(...LOOP));
  assertEquals(bench.engine.run({ maxInstructions: 4 }), { kind: "limit", what: "instructions" });
  assertEquals(bench.engine.count().instructions, 4);
  assertEquals(bench.engine.run({}), { kind: "exit", code: 0 });
  assertEquals(bench.engine.count().instructions, 22);
});

Deno.test("run() stops at the first instruction that reaches the cycle limit", () => {
  const bench = createBench();
  bench.load(assemble(0xe7fe));
  const stop = bench.engine.run({ maxCycles: 100_000 });
  assertEquals(stop, { kind: "limit", what: "cycles" });
  assertEquals(bench.engine.count().cycles, 100_002);
});

Deno.test("a breakpoint stops before its instruction, and a run from it passes over it", () => {
  const bench = createBench();
  bench.load(assemble(...LOOP));
  bench.engine.setBreakpoint(START + 2, true);
  const stopped = { kind: "breakpoint", address: START + 2 } as const;
  assertEquals(bench.engine.run({}), stopped);
  assertEquals([bench.engine.registers[0], bench.engine.registers[15]], [10, START + 2]);
  assertEquals(bench.engine.run({}), stopped);
  assertEquals(bench.engine.registers[0], 9);
  bench.engine.setBreakpoint(START + 2, false);
  assertEquals(bench.engine.run({}), { kind: "exit", code: 0 });
  assertEquals(bench.engine.count().instructions, 22);
});

Deno.test("functions() charges each function with its own instructions and cycles", () => {
  const names = ["main", "leaf"];
  const bench = createBench({
    functionAt: (address) => address >= START + 0x100 ? 1 : address >= START + 8 ? -1 : 0,
    functionNames: names,
  });
  const code = new Uint8Array(0x200);
  // main: bl leaf; b +0 -> nameless: nop; bkpt 0xab
  code.set(assemble(0xf000_f87e, 0xe7ff, 0xbf00, 0xbf00, 0xbeab));
  code.set(assemble(0x2001, 0x4770), 0x100);
  bench.load(code);
  assertEquals(bench.engine.run({}).kind, "exit");
  const list = bench.engine.functions();
  assertEquals(
    list.map(({ name, instructions }) => [name, instructions]).sort(),
    [["0x0001_0408", 2], ["leaf", 2], ["main", 3]],
  );
  const sum = list.reduce((total, { cycles }) => total + cycles, 0);
  assertEquals(sum, bench.engine.count().cycles);
});

Deno.test("code that the program writes takes effect", () => {
  const bus = createTestBus(true);
  const engine = createInterpreter({
    core: "cortex-m4",
    fpu: "none",
    bus,
    timing: TEST_TIMING,
    semihost: () => ({ kind: "exit", code: 0 }),
    functionAt: () => -1,
    functionNames: [],
  });
  const view = new DataView(bus.code.buffer);
  view.setUint32(0, DATA + SIZE, true);
  view.setUint32(4, START | 1, true);
  // again: movs r2, #1 (becomes movs r2, #7); cbnz r3, out; movs r3, #1; strh r0, [r1]; b again; out: bkpt
  bus.code.set(assemble(0x2201, 0xb913, 0x2301, 0x8008, 0xe7fa, 0xbeab), START - CODE);
  engine.reset(CODE);
  engine.registers.set([0x2207, START]);
  engine.registers[3] = 0;
  assertEquals(engine.run({ maxInstructions: 20 }).kind, "exit");
  assertEquals(engine.registers[2], 7);
});

Deno.test("invalidate() makes what the host wrote take effect", () => {
  const bench = createBench();
  bench.load(assemble(0x2001, 0xe7fd));
  bench.engine.run({ maxInstructions: 4 });
  bench.bus.code.set(assemble(0x2009), START - CODE);
  bench.engine.invalidate(START, 2);
  bench.engine.run({ maxInstructions: 2 });
  assertEquals(bench.engine.registers[0], 9);
});

Deno.test("BKPT 0xAB hands r0 and r1 to semihosting and goes on with what it returns", () => {
  const calls: number[][] = [];
  const bench = createBench({
    semihost: (registers) => {
      calls.push([...registers.slice(0, 2)]);
      registers[0] = 77;
      return calls.length === 2 ? { kind: "exit", code: 3 } : undefined;
    },
  });
  bench.load(assemble(0x2004, 0x2105, 0xbeab, 0x4602, 0xbeab));
  assertEquals(bench.engine.run({}), { kind: "exit", code: 3 });
  assertEquals(calls, [[4, 5], [77, 5]]);
  assertEquals(bench.engine.registers[2], 77);
});

Deno.test("reset() starts over with the same result", () => {
  const bench = createBench();
  bench.load(assemble(...LOOP));
  bench.engine.run({});
  const first = [...bench.engine.registers];
  const counts = bench.engine.count();
  bench.engine.reset(CODE);
  assertEquals(bench.engine.count().instructions, 0);
  bench.engine.run({});
  assertEquals([...bench.engine.registers], first);
  assertEquals(bench.engine.count(), counts);
});

Deno.test("STREX stores only after a LDREX of the same address", () => {
  const bench = createBench();
  // ldrex r1, [r0]; strex r2, r3, [r0]; strex r4, r3, [r0]
  bench.load(assemble(0xe850_1f00, 0xe840_3200, 0xe840_3400));
  bench.engine.registers.set([DATA, 0, 9, 1234, 9]);
  bench.engine.run({ maxInstructions: 3 });
  assertEquals([bench.engine.registers[2], bench.engine.registers[4]], [0, 1]);
  assertEquals(new DataView(bench.bus.data.buffer).getInt32(0, true), 1234);
});

Deno.test("MRS and MSR reach the stack pointers, the masks and the flags", () => {
  const bench = createBench();
  // msr psp, r0; movs r1, #2; msr control, r1; mrs r2, psp; msr apsr_nzcvq, r3; mrs r4, apsr; msr basepri, r5; mrs r6, basepri
  bench.load(assemble(
    0xf380_8809,
    0x2102,
    0xf381_8814,
    0xf3ef_8209,
    0xf383_8800,
    0xf3ef_8400,
    0xf385_8811,
    0xf3ef_8611,
  ));
  bench.engine.registers.set([DATA + 0x1000, 0, 0, 0xf800_0000, 0, 0x40]);
  bench.engine.run({ maxInstructions: 8 });
  const { registers } = bench.engine;
  assertEquals(registers[13], DATA + 0x1000);
  assertEquals([registers[2], registers[4], registers[6]], [DATA + 0x1000, 0xf800_0000 | 0, 0x40]);
  assert(bench.engine.state.otherSp === DATA + SIZE);
});
