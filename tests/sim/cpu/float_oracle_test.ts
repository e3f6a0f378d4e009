/**
 * Every floating-point line of the table against libunicorn: random operands with many special values,
 * all rounding modes, flush to zero and default NaN; registers, FPSCR with its cumulative flags, and
 * memory must be equal. `PINMAP_CASES=600 PINMAP_SEED=5` for more cases of each line.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { need } from "../../support/need.ts";
import { TABLE } from "../../../sim/cpu/table.ts";
import { createDecoder } from "../../../sim/cpu/decoder.ts";
import type { Encoding } from "../../../sim/cpu/op.ts";
import { CODE, createBench, createRandom, DATA, SIZE, START } from "./testbench.ts";
import { openOracle, type Profile } from "./unicorn.ts";

// deno-fmt-ignore
const SINGLES = [
  0x3c00_7c00, 0x7fff_7bff, 0x4780_0000, 0x477f_e000, 0x477f_f000, 0xc7ff_f000, 0x3380_0000,
  0, 0x8000_0000, 0x3f80_0000, 0xbf80_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0001, 0xffc0_1234,
  0x7f80_0001, 0xffa0_0000, 1, 0x8000_0001, 0x007f_ffff, 0x0080_0000, 0x7f7f_ffff, 0x4b00_0001,
  0x4f00_0000, 0xcf00_0000, 0x4f80_0000, 0x3f00_0000, 0x3fc0_0000, 0x4020_0000, 0xbf00_0000,
];

function fill(random: () => number, pattern: string): number {
  let word = 0;
  for (const bit of pattern) {
    word = (word << 1) | (bit === "0" ? 0 : bit === "1" ? 1 : random() & 1);
  }
  return word >>> 0;
}

function randomSingle(random: () => number): number {
  const choice = random() % 4;
  if (choice === 0) return SINGLES[random() % SINGLES.length] ?? 0;
  if (choice === 1) return random();
  return (random() & 0x807f_ffff) | ((110 + (random() % 36)) << 23);
}

function randomDouble(random: () => number): readonly [number, number] {
  const choice = random() % 5;
  if (choice === 0) {
    const float = new Float32Array(new Int32Array([randomSingle(random)]).buffer);
    const words = new Int32Array(Float64Array.from(float).buffer);
    return [words[0] ?? 0, words[1] ?? 0];
  }
  if (choice === 1) return [random(), random()];
  if (choice === 2) return [random() & 3, (random() & 0x8000_0000) | ((random() & 1) << 20)];
  return [random(), (random() & 0x800f_ffff) | ((1000 + (random() % 46)) << 20)];
}

function randomFloats(random: () => number, double: boolean): Int32Array {
  if (!double) return Int32Array.from({ length: 32 }, () => randomSingle(random));
  return Int32Array.from(Array.from({ length: 16 }, () => randomDouble(random)).flat());
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

const CASES_PER_LINE = Number(Deno.env.get("PINMAP_CASES") ?? 60);

/**
 * The oracle rounds fixed-point operands by FPSCR; DDI 0403, A7.7.228, says to nearest. They are compared
 * in that mode only.
 */
const ROUNDING_MODE = 3 << 22;

function compareAll(profile: Profile, lines: readonly Encoding[], seed: number): number {
  const random = createRandom(seed);
  const bench = createBench({ core: "cortex-m7", fpu: "fpv5-d16" });
  const { engine, bus } = bench;
  const oracle = openOracle(profile);
  // Both floating-point contexts are started by a first instruction, VMOV s0, s0.
  const startContext = new Uint8Array([0xb0, 0xee, 0x40, 0x0a]);
  const decoder = createDecoder(TABLE, engine.state.features);
  bench.load(startContext);
  oracle.write(START, startContext);
  engine.run({ maxInstructions: 1 });
  oracle.step(START);
  const data = Uint8Array.from({ length: SIZE }, () => random());
  bus.data.set(data);
  oracle.write(DATA, data);
  const cases: { name: string; at: number; double: boolean }[] = [];
  for (const line of lines) {
    const enough = cases.length + CASES_PER_LINE;
    for (let tries = 0; tries < 20 * CASES_PER_LINE && cases.length < enough; tries++) {
      const word = fill(random, line.pattern);
      if (decoder.decode(word >>> 16, word & 0xffff, START, false)?.encoding !== line) continue;
      const at = START + 16 + cases.length * 4;
      const code = new Uint8Array([word >>> 16, word >>> 24, word, word >>> 8]);
      bus.code.set(code, at - CODE);
      oracle.write(at, code);
      cases.push({ name: `${line.name} ${hex(word)}`, at, double: line.feature === "fp64" });
    }
  }
  const failures: string[] = [];
  const theirs = new Int32Array(16);
  const theirFloats = new Int32Array(32);
  for (const { name, at, double } of cases) {
    const registers = Int32Array.from(
      { length: 16 },
      () => DATA + SIZE / 2 + (random() & 0xfffc),
    );
    const floats = randomFloats(random, double);
    const modes = name.startsWith("vcvt.fromfixed") ? ~ROUNDING_MODE : -1;
    const fpscr = (random() & 1) === 0 ? 0 : (random() & 0xf7c0_009f & modes) | 0;
    const apsr = random() & 0xf80f_0000;
    engine.registers.set(registers);
    engine.registers[15] = at;
    engine.floatRegisters.set(floats);
    engine.fpscr = fpscr;
    engine.xpsr = apsr | (1 << 24);
    oracle.setCore(registers, apsr);
    oracle.setFloat(floats, fpscr);
    bus.writes.length = 0;
    const stop = engine.run({ maxInstructions: 1 });
    const failed = oracle.step(at);
    const before = `fpscr ${hex(fpscr)} of ${[...floats].map(hex).join(" ")}`;
    if (stop.kind === "fault" || failed !== 0) {
      failures.push(`${name}: ${stop.kind === "fault" ? stop.fault.message : "ran"}, ${failed}`);
      continue;
    }
    const differences: string[] = [];
    const flags = oracle.getCore(theirs) & 0xf000_0000;
    const scr = oracle.getFloat(theirFloats);
    theirs.forEach((there, number) => {
      const here = engine.registers[number] ?? 0;
      if (here !== there) differences.push(`r${number} ${hex(here)}, oracle ${hex(there)}`);
    });
    theirFloats.forEach((there, number) => {
      const here = engine.floatRegisters[number] ?? 0;
      if (here !== there) differences.push(`s${number} ${hex(here)}, oracle ${hex(there)}`);
    });
    if ((engine.xpsr & 0xf000_0000) !== flags) differences.push("flags");
    if (engine.fpscr !== scr) {
      differences.push(`fpscr ${hex(engine.fpscr)}, oracle ${hex(scr)}`);
    }
    for (const { address, bytes } of bus.writes) {
      const here = bus.data.slice(address - DATA, address - DATA + bytes).join();
      if (here !== oracle.read(address, bytes).join()) differences.push(`memory ${hex(address)}`);
    }
    if (differences.length > 0) failures.push(`${name}: ${differences.join("; ")}; ${before}`);
  }
  oracle.close();
  assertEquals(failures.slice(0, 50), [], `${failures.length} of ${cases.length} cases differ`);
  return cases.length;
}

const NEEDS = { tools: ["libunicorn.so.2"] };

const SEED = Number(Deno.env.get("PINMAP_SEED") ?? 3);

need(NEEDS, "single-precision instructions leave the same state as libunicorn", () => {
  const lines = TABLE.filter(({ feature }) => feature === "fp" || feature === "fp5");
  assert(compareAll("m", lines, SEED) > 3300);
});

need(NEEDS, "double-precision instructions leave the same state as libunicorn", () => {
  const lines = TABLE.filter(({ feature }) => feature === "fp64");
  assert(compareAll("a", lines, SEED + 1) > 2000);
});
