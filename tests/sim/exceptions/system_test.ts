/**
 * Faults by policy, debug monitor, reset request, stack limits, identification, states that are kept.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Schedule } from "../../../sim/mod.ts";
import { createSystemControl } from "../../../sim/devices/scs.ts";
import { createBench, DATA, SIZE, START } from "../cpu/testbench.ts";
import { createSystemBench, handlerAt, nops, NOTE } from "./bench.ts";

const UDF = 0xde00;
const LOAD = 0x6801;
const NOWHERE = 0x6000_0000;
const END = 0xbeab;
const SHCSR = 0xd24;

Deno.test("auto takes the faults that the program has enabled and reports the others", () => {
  const enabled = createSystemBench([UDF], { 6: [END] });
  enabled.write(SHCSR, 1 << 18);
  assertEquals(enabled.engine.run({}).kind, "exit");
  assertEquals(enabled.engine.state.ipsr, 6);
  const { first, count } = enabled.engine.takenFaults();
  assertEquals(count, 1);
  assert(first[0]?.startsWith("UsageFault: the instruction at 0x0001_0400 (udf #0)"), first[0]);
  const disabled = createSystemBench([UDF], { 3: [END], 6: [END] });
  const stop = disabled.engine.run({});
  assertEquals(stop.kind === "fault" && stop.fault.exception, "UsageFault");
  const reported = createSystemBench([UDF], { 6: [END] }, {}, { faults: "report" });
  reported.write(SHCSR, 1 << 18);
  assertEquals(reported.engine.run({}).kind, "fault");
});

Deno.test("BFHFNMIGN lets a handler of negative priority probe addresses", () => {
  const bench = createSystemBench([UDF], { 3: [LOAD, 0x2201, END] }, {}, { faults: "vector" });
  bench.engine.registers.set([NOWHERE, 7]);
  bench.write(0xd14, (1 << 9) | (1 << 8));
  assertEquals(bench.engine.run({}), { kind: "exit", code: 0 });
  assertEquals([bench.engine.registers[1], bench.engine.registers[2]], [7, 1]);
  assertEquals(bench.read(0xd28) & 0xffff, 0x8200);
  const locked = createSystemBench([UDF], { 3: [LOAD, END] }, {}, { faults: "vector" });
  locked.engine.registers[0] = NOWHERE;
  const stop = locked.engine.run({});
  assertEquals(stop.kind === "fault" && stop.fault.cause, "lockup");
});

Deno.test("MMFAR and BFAR are one register on the Cortex-M3 and M4, two on the M7", () => {
  for (const [core, mmfar] of [["cortex-m4", NOWHERE], ["cortex-m7", 5]] as const) {
    const bench = createSystemBench([LOAD], { 3: [END] }, { core }, { faults: "vector" });
    bench.engine.registers[0] = NOWHERE;
    bench.write(0xd34, 5);
    bench.engine.state.system.cfsr = 1 << 7;
    bench.engine.run({});
    assertEquals([bench.read(0xd34), bench.read(0xd38)], [mmfar, NOWHERE]);
    assertEquals(bench.read(0xd28), core === "cortex-m4" ? 0x8200 : 0x8280);
  }
});

Deno.test("a breakpoint enters the enabled debug monitor, else it is a HardFault", () => {
  const bench = createSystemBench([0xbe01], { 12: [END] });
  bench.write(0xdfc, 1 << 16);
  assertEquals(bench.engine.run({}).kind, "exit");
  assertEquals([bench.engine.state.ipsr, bench.read(0xd30), bench.read(0xd2c)], [12, 2, 0]);
  const hard = createSystemBench([0xbe01], { 3: [END] }, {}, { faults: "vector" });
  assertEquals(hard.engine.run({}).kind, "exit");
  assertEquals([hard.engine.state.ipsr, hard.read(0xd2c)], [3, 0x8000_0000]);
});

Deno.test("an unreadable vector table is HFSR.VECTTBL, and lock-up if HardFault's is too", () => {
  const bench = createSystemBench([0xdf00], {}, {}, { faults: "vector" });
  bench.write(0xd08, NOWHERE);
  const stop = bench.engine.run({});
  assertEquals(stop.kind === "fault" && stop.fault.cause, "lockup");
  assertEquals(bench.read(0xd2c) & 2, 2);
});

Deno.test("SYSRESETREQ starts the core and its devices anew; cycles and memory go on", () => {
  const bench = createSystemBench(nops(20));
  bench.write(0x014, 999);
  bench.write(0x010, 5);
  bench.write(0x100, 1);
  bench.engine.run({ maxInstructions: 5 });
  bench.engine.registers[4] = 99;
  bench.write(0xd0c, 0x05fa_0004);
  bench.engine.run({ maxInstructions: 1 });
  assertEquals([bench.engine.registers[15], bench.engine.registers[4]], [START + 2, 0]);
  assertEquals([bench.read(0x010), bench.read(0x100), bench.engine.schedule.next], [
    4,
    0,
    Infinity,
  ]);
  assertEquals(bench.engine.cycles(), 6);
});

Deno.test("FAULTMASK raises to HardFault's priority and is cleared by a return", () => {
  // cpsid f; svc 0
  const bench = createSystemBench([0xb671, 0xdf00], { 11: [END] });
  const stop = bench.engine.run({});
  assertEquals(stop.kind === "fault" && stop.fault.cause, "lockup");
  // svc 0; bkpt — handler: cpsid f; bx lr
  const back = createSystemBench([0xdf00, END], { 11: [0xb671, 0x4770] });
  assertEquals(back.engine.run({}).kind, "exit");
  assertEquals(back.engine.state.faultmask, 0);
});

Deno.test("NONBASETHRDENA lets a nested handler return to Thread mode", () => {
  for (const [ccr, kind] of [[1 << 9, "fault"], [(1 << 9) | 1, "exit"]] as const) {
    const bench = createSystemBench([END], {}, {}, { faults: "report" });
    const { state, registers } = bench.engine;
    bench.write(0xd14, ccr);
    // Two active exceptions, and EXC_RETURN to Thread mode out of the second one.
    bench.write(SHCSR, (1 << 7) | (1 << 10));
    state.ipsr = 14;
    const sp = (registers[13] ?? 0) - 32;
    registers[13] = sp;
    const frame = new DataView(bench.bus.data.buffer, sp - DATA);
    frame.setUint32(24, START, true);
    frame.setUint32(28, 1 << 24, true);
    bench.bus.code.set([0x70, 0x47], START + 0x80 - 0x1_0000);
    registers[14] = 0xffff_fff9 | 0;
    registers[15] = START + 0x80;
    const stop = bench.engine.run({ maxInstructions: 4 });
    assertEquals(stop.kind, kind);
  }
});

Deno.test("Armv8-M: EXC_RETURN of a core without Security Extension, and the stack limits", () => {
  const parts = { core: "cortex-m33", fpu: "none" } as const;
  const bench = createSystemBench([0xdf00, END], { 11: [0x4770] }, parts);
  bench.engine.run({ maxInstructions: 1 });
  bench.engine.run({ maxCycles: 1 });
  assertEquals(bench.engine.registers[14], 0xffff_ffb8 | 0);
  assertEquals(bench.engine.run({}).kind, "exit");
  const limited = createSystemBench([0xdf00, END], { 3: [END], 6: [END], 11: NOTE }, parts);
  limited.engine.state.msplim = DATA + SIZE - 16;
  limited.write(SHCSR, 1 << 18);
  assertEquals(limited.engine.run({}).kind, "exit");
  // UsageFault has the priority of SVC and the lower number; the frame was not written.
  assertEquals([limited.engine.state.ipsr, limited.read(0xd28)], [6, 1 << 20]);
  assertEquals(limited.engine.registers[13], DATA + SIZE - 16);
});

Deno.test("eager floating-point stacking writes the context at entry, lazy stacking when it is needed", () => {
  // vmov s0, r0; svc 0; vmov r1, s0; bkpt — handler: nop or vmov s0, r2; bx lr
  for (
    const [fpccr, touches] of [[0xc000_0000, false], [0xc000_0000, true], [
      0x8000_0000,
      false,
    ]] as const
  ) {
    const program = [0xee00_0a10, 0xdf00, 0xee10_1a10, END];
    const bench = createSystemBench(program, {
      11: touches ? [0xee00_2a10, 0x4770] : [0xbf00, 0x4770],
    });
    bench.write(0xf34, fpccr);
    bench.engine.registers[0] = 0x1234_5678;
    bench.engine.run({ maxInstructions: 3 });
    const frame = (bench.engine.registers[13] ?? 0) - DATA;
    const written = new DataView(bench.bus.data.buffer).getUint32(frame + 32, true);
    const eager = fpccr === 0x8000_0000;
    assertEquals(written === 0x1234_5678, touches || eager);
    assertEquals(bench.read(0xf34) & 1, touches || eager ? 0 : 1);
    assertEquals(bench.engine.run({}).kind, "exit");
    assertEquals(bench.engine.registers[1], 0x1234_5678);
  }
});

Deno.test("CPACR can grant the FPU to privileged code alone", () => {
  // vmov s0, r0; msr control, r1; vmov s0, r0
  const bench = createSystemBench([0xee00_0a10, 0xf381_8814, 0xee00_0a10, END]);
  bench.write(0xd88, 0x5 << 20);
  bench.engine.registers[1] = 1;
  const stop = bench.engine.run({});
  assertEquals(stop.kind === "fault" && [stop.fault.cause, stop.fault.pc], ["no-fpu", START + 8]);
});

Deno.test("identification: caches of the board, FPU of the core, nothing on Armv6-M", () => {
  const { engine } = createBench({ core: "cortex-m7", fpu: "fpv5-d16" });
  const cache = { size: 16384, ways: 4, line: 32 };
  const device = createSystemControl(engine, { data: cache, instruction: { ...cache, ways: 2 } });
  const read = (offset: number) => device.read(0xe000 + offset, 4);
  // Cortex-M7 TRM, CLIDR and the table of CCSIDR encodings for 16 KiB.
  assertEquals(read(0xd78), 0x0900_0003);
  assertEquals(read(0xd80), 0xf00f_e019);
  device.write(0xe000 + 0xd84, 4, 1);
  assertEquals([read(0xd80), read(0xd7c)], [0xf01f_e009, 0x8303_c003]);
  assertEquals([read(0xf40), read(0xf44), read(0xf48)], [0x1011_0221, 0x1200_0011, 0x40]);
  // TRMs: Cortex-M3 (100165) and M4 (DDI0439D), table 4-1.
  for (const [core, isar] of [["cortex-m3", 0x0110_0110], ["cortex-m4", 0x0114_1110]] as const) {
    const bench = createSystemBench(nops(1), {}, { core, fpu: "none" });
    assertEquals([bench.read(0xd60), bench.read(0xd50)], [isar, 0x0010_0030]);
  }
  const small = createSystemBench(nops(1), {}, { core: "cortex-m0plus", fpu: "none" });
  assertEquals([small.read(0xd40), small.read(0xd60), small.read(0xd00)], [0, 0, 0x410c_c601]);
});

Deno.test("schedule and devices can be put back to where they were", () => {
  const bench = createSystemBench(nops(300), { 15: NOTE });
  bench.write(0x014, 49);
  bench.write(0x010, 7);
  bench.engine.run({ maxCycles: 30 });
  const events = bench.engine.schedule.save();
  const devices = bench.system.save();
  const next = bench.engine.schedule.next;
  const current = bench.read(0x018);
  bench.write(0x010, 0);
  bench.write(0x014, 3);
  assertEquals(bench.engine.schedule.next, Infinity);
  bench.engine.schedule.restore(events);
  bench.system.restore(devices);
  assertEquals([bench.engine.schedule.next, bench.read(0x018)], [next, current]);
  assertEquals([bench.read(0x014), bench.read(0x010)], [49, 7]);
});

Deno.test("events of one cycle run in the order in which they were scheduled; a moved one goes last", () => {
  let now = 0;
  const seen: string[] = [];
  const schedule = new Schedule(() => now);
  const first = schedule.at(5, () => seen.push("first"));
  schedule.at(5, () => seen.push("second"));
  schedule.at(4, () => {
    seen.push("zeroth");
    schedule.at(5, () => seen.push("third"));
  });
  schedule.move(first, 5);
  now = 5;
  schedule.runDue();
  assertEquals(seen, ["zeroth", "second", "first", "third"]);
  assertEquals(handlerAt(0) > START, true);
});
