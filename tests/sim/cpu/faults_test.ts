/**
 * Faults: each cause is met by a small program; the report and, with `faults: "vector"`, the exception
 * that the architecture takes.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../../src/base/error.ts";
import type { EngineParts, FaultReport } from "../../../sim/types.ts";
import { CCR } from "../../../sim/cpu/architecture.ts";
import { assemble, type Bench, CODE, createBench, DATA, SIZE, START } from "./testbench.ts";

type Parts = Partial<EngineParts>;

/** Runs a program until it faults. */
function faultOf(
  words: readonly number[],
  parts: Parts = {},
  prepare: (bench: Bench) => void = () => {},
): FaultReport {
  const bench = createBench(parts);
  bench.load(assemble(...words));
  prepare(bench);
  const stop = bench.engine.run({ maxInstructions: 100 });
  if (stop.kind !== "fault") throw new Error(`stopped with ${stop.kind}`);
  return stop.fault;
}

const setR0 = (value: number) => ({ engine }: Bench): void => {
  engine.registers[0] = value;
};

Deno.test("a read outside memory is a BusFault with its address", () => {
  const fault = faultOf([0xbf00, 0x6801], {}, setR0(0x4000_0010));
  assertEquals(fault, {
    exception: "BusFault",
    cause: "unmapped",
    pc: START + 2,
    address: 0x4000_0010,
    access: "read",
    message:
      "BusFault: the instruction at 0x0001_0402 (ldr r1, [r0, #0]) read 0x4000_0010: unmapped",
  });
});

Deno.test("a write to read-only memory is a BusFault, on Armv6-M a HardFault", () => {
  const words = [0x7001];
  const fault = faultOf(words, {}, setR0(CODE + 8));
  assertEquals([fault.exception, fault.cause, fault.access], [
    "BusFault",
    "write-to-read-only",
    "write",
  ]);
  const baseline = faultOf(words, { core: "cortex-m0plus", fpu: "none" }, setR0(CODE + 8));
  assertEquals(baseline.exception, "HardFault");
});

Deno.test("a branch to memory that is not executable is a MemManage fault", () => {
  const fault = faultOf([0x4700], {}, setR0(DATA + 1));
  assertEquals([fault.exception, fault.cause, fault.pc, fault.address, fault.access], [
    "MemManage",
    "execute-never",
    DATA,
    DATA,
    "fetch",
  ]);
});

Deno.test("a branch to an address without the Thumb bit is a UsageFault", () => {
  const fault = faultOf([0x4700], {}, setR0(START));
  assertEquals([fault.exception, fault.cause, fault.pc, fault.address], [
    "UsageFault",
    "invalid-state",
    START,
    START,
  ]);
});

Deno.test("unaligned words are allowed on Armv7-M, trapped by CCR, and fault on Armv6-M", () => {
  const bench = createBench();
  bench.load(assemble(0x6801, 0xbe00));
  bench.engine.registers[0] = DATA + 1;
  const stop = bench.engine.run({});
  assertEquals(stop.kind === "fault" && stop.fault.cause, "breakpoint-instruction");
  const trap = ({ engine }: Bench): void => {
    engine.registers[0] = DATA + 1;
    engine.state.system.ccr |= CCR.unalignTrap;
    engine.state.updateAlignment();
  };
  assertEquals(faultOf([0x6801], {}, trap).cause, "unaligned");
  const fault = faultOf([0x8801], { core: "cortex-m0plus", fpu: "none" }, setR0(DATA + 1));
  assertEquals([fault.exception, fault.cause, fault.address], ["HardFault", "unaligned", DATA + 1]);
});

Deno.test("pairs, multiples, exclusives and VLDR must be aligned on every core", () => {
  for (const word of [0xe9d0_1200, 0xe890_0006, 0xe850_1f00, 0xedd0_0a00]) {
    assertEquals(faultOf([word], {}, setR0(DATA + 2)).cause, "unaligned", word.toString(16));
  }
});

Deno.test("a division by zero gives 0, or faults when it is trapped", () => {
  const divide = 0xfb91_f0f2;
  const bench = createBench();
  bench.load(assemble(divide));
  bench.engine.registers.set([1, 5, 0]);
  bench.engine.run({ maxInstructions: 1 });
  assertEquals(bench.engine.registers[0], 0);
  const fault = faultOf([divide], {}, ({ engine }) => {
    engine.state.system.ccr |= CCR.divideTrap;
  });
  assertEquals([fault.exception, fault.cause], ["UsageFault", "division-by-zero"]);
});

Deno.test("an instruction that the core lacks is undefined", () => {
  const cases: readonly [number, Parts][] = [
    [0xde00, {}],
    [0xfb91_f0f2, { core: "cortex-m0plus", fpu: "none" }],
    [0xbf08, { core: "cortex-m0plus", fpu: "none" }],
    [0xfa80_f080, { core: "cortex-m3", fpu: "none" }],
    [0xee30_0b00, { core: "cortex-m4", fpu: "fpv4-sp-d16" }],
    [0xfe00_0a00, { core: "cortex-m4", fpu: "fpv4-sp-d16" }],
  ];
  for (const [word, parts] of cases) {
    assertEquals(faultOf([word], parts).cause, "undefined-instruction", word.toString(16));
  }
});

Deno.test("a fault report names instructions that the core lacks, and UNPREDICTABLE ones", () => {
  const textOf = (word: number, parts: Parts = {}): string =>
    /\((.*)\) met/.exec(faultOf([word], parts).message)?.[1] ?? "";
  assertEquals(textOf(0xfb91_f0f2, { core: "cortex-m0plus", fpu: "none" }), "sdiv r0, r1, r2");
  assertEquals(textOf(0xfb9f_f0f2), "sdiv r0, pc, r2, UNPREDICTABLE");
  assertEquals(textOf(0xefff_ffff), "efff ffff");
  // it eq, taken; tta r1, r0
  const { message } = faultOf([0xbf08, 0xe840_f180], { core: "cortex-m33" }, ({ engine }) => {
    engine.xpsr = (1 << 30) | (1 << 24);
  });
  assertEquals(/\((.*)\) met/.exec(message)?.[1], "tta r1, r0");
});

Deno.test("a floating-point instruction needs an FPU and CPACR", () => {
  const add = 0xee30_0a20;
  assertEquals(faultOf([add], { fpu: "none" }).cause, "no-fpu");
  const disabled = faultOf([add], {}, ({ engine }) => {
    engine.state.system.cpacr = 0;
  });
  assertEquals([disabled.exception, disabled.cause], ["UsageFault", "no-fpu"]);
  assertEquals(faultOf([0xee00_0110], {}).cause, "no-coprocessor");
});

Deno.test("BKPT without a debugger is a HardFault", () => {
  const fault = faultOf([0xbe01]);
  assertEquals([fault.exception, fault.cause], ["HardFault", "breakpoint-instruction"]);
});

Deno.test("a fault leaves registers and memory as they were", () => {
  const bench = createBench();
  // ldmia r0!, {r1, r2} with the second word outside memory
  bench.load(assemble(0xe8b0_0006));
  bench.engine.registers.set([DATA + SIZE - 4, 1, 2]);
  bench.engine.run({});
  assertEquals([...bench.engine.registers.slice(0, 3)], [DATA + SIZE - 4, 1, 2]);
  assertEquals(bench.engine.count().instructions, 0);
});

Deno.test("reset refuses a vector without the Thumb bit", () => {
  const bench = createBench();
  bench.load(assemble(0xbf00));
  new DataView(bench.bus.code.buffer).setUint32(4, START, true);
  assertThrows(() => bench.engine.reset(CODE), InputError);
});

const HANDLER = START + 0x100;

/** A program with a handler that stops the run by semihosting, or returns. */
function vectored(
  program: readonly number[],
  handler: readonly number[],
  exception: number,
  parts: Parts = {},
): Bench {
  const bench = createBench(parts, { faults: "vector" });
  const code = new Uint8Array(0x200);
  code.set(assemble(...program));
  code.set(assemble(...handler), HANDLER - START);
  bench.load(code);
  new DataView(bench.bus.code.buffer).setUint32(exception * 4, HANDLER | 1, true);
  return bench;
}

Deno.test("with faults vectored, HardFault is taken with a stacked frame and the status registers", () => {
  const bench = vectored([0x6801], [0xbeab], 3);
  const { engine, bus } = bench;
  const sp = engine.registers[13] ?? 0;
  engine.registers.set([0x4000_0000, 11, 22, 33]);
  engine.registers[12] = 44;
  engine.registers[14] = 55;
  assertEquals(engine.run({}), { kind: "exit", code: 0 });
  const view = new DataView(bus.data.buffer);
  const frame = (engine.registers[13] ?? 0) - DATA;
  assertEquals(frame, sp - 32 - DATA);
  const words = Array.from({ length: 7 }, (_, word) => view.getUint32(frame + word * 4, true));
  assertEquals(words, [0x4000_0000, 11, 22, 33, 44, 55, START]);
  const { system, ipsr } = engine.state;
  assertEquals(ipsr, 3);
  assertEquals(engine.registers[14], 0xffff_fff9 | 0);
  assertEquals([system.cfsr, system.hfsr, system.bfar], [0x8200, 1 << 30, 0x4000_0000]);
});

Deno.test("an enabled UsageFault is taken as itself", () => {
  const bench = vectored([0xde00], [0xbeab], 6);
  bench.engine.state.system.shcsr = 1 << 18;
  assertEquals(bench.engine.run({}).kind, "exit");
  assertEquals([bench.engine.state.ipsr, bench.engine.state.system.cfsr], [6, 1 << 16]);
});

Deno.test("a fault in HardFault locks the core up", () => {
  const bench = vectored([0xde00], [0xde00], 3);
  const stop = bench.engine.run({ maxInstructions: 10 });
  assertEquals(stop.kind === "fault" && [stop.fault.exception, stop.fault.cause], [
    "lockup",
    "lockup",
  ]);
});

Deno.test("SVC enters its handler and EXC_RETURN continues behind it", () => {
  // movs r0, #1; svc 0; adds r0, #1; bkpt 0xab — handler: adds r4, #1; bx lr
  const bench = vectored([0x2001, 0xdf00, 0x3001, 0xbeab], [0x3401, 0x4770], 11);
  const { engine } = bench;
  const sp = engine.registers[13];
  assertEquals(engine.run({ maxInstructions: 20 }).kind, "exit");
  assertEquals([engine.registers[0], engine.registers[4], engine.registers[13]], [2, 1, sp]);
  assertEquals(engine.state.ipsr, 0);
});

Deno.test("a floating-point context is stacked and restored", () => {
  // vmov s0, r0; svc 0; vmov r1, s0; bkpt 0xab — handler: vmov s0, r4; bx lr
  const bench = vectored([0xee00_0a10, 0xdf00, 0xee10_1a10, 0xbeab], [0xee00_4a10, 0x4770], 11);
  const { engine } = bench;
  engine.registers[0] = 0x1234_5678;
  const sp = engine.registers[13];
  assertEquals(engine.run({ maxInstructions: 20 }).kind, "exit");
  assertEquals([engine.registers[1], engine.registers[13]], [0x1234_5678, sp]);
});

Deno.test("PendSV waits until PRIMASK lets it through", () => {
  // cpsid i; movs r0, #1; cpsie i; movs r1, #1; bkpt 0xab — handler: mov r4, r0; bkpt 0xab
  const bench = vectored([0xb672, 0x2001, 0xb662, 0x2101, 0xbeab], [0x4604, 0xbeab], 14);
  const { engine } = bench;
  engine.run({ maxInstructions: 1 });
  engine.state.pending[14] = 1;
  engine.state.pendingCount = 1;
  assertEquals(engine.run({}).kind, "exit");
  assertEquals([engine.registers[4], engine.registers[1]], [1, 0]);
  assert(engine.state.active[14] === 1);
});

Deno.test("an invalid EXC_RETURN is a UsageFault", () => {
  const bench = createBench();
  bench.load(assemble(0xdf00));
  const code = assemble(0x4700);
  bench.bus.code.set(code, HANDLER - CODE);
  new DataView(bench.bus.code.buffer).setUint32(11 * 4, HANDLER | 1, true);
  bench.engine.registers[0] = 0xffff_fff3 | 0;
  const stop = bench.engine.run({ maxInstructions: 10 });
  assertEquals(stop.kind === "fault" && stop.fault.cause, "invalid-exception-return");
});
