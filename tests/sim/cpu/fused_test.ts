/**
 * The fused multiply-add of doubles by exact sums and products of doubles, in the interpreter and
 * translated, against big integers: bits and flags.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { CpuState } from "../../../sim/cpu/state.ts";
import type { Index } from "../../../sim/cpu/architecture.ts";
import { fma64 } from "../../../sim/cpu/fp/fast.ts";
import * as soft from "../../../sim/cpu/fp/soft.ts";
import { createInterpreter } from "../../../sim/cpu/mod.ts";
import { createBus } from "../../../sim/memory/mod.ts";
import { timingFor } from "../../../sim/timing/mod.ts";
import { testBoard } from "../boards.ts";
import { assemble, createRandom, createTestBus, TEST_TIMING } from "./testbench.ts";

function state(): CpuState {
  return new CpuState({
    core: "cortex-m7",
    fpu: "fpv5-d16",
    bus: createTestBus(),
    timing: TEST_TIMING,
    semihost: () => undefined,
    functionAt: () => -1,
    functionNames: [],
  });
}

/** Doubles of few bits and near one another, so that sums cancel and fall between two numbers. */
function createNumbers(random: () => number): () => number {
  return () => {
    const kind = random() % 8;
    const exponent = (random() % 9) - 4 + (kind === 0 ? (random() % 1600) - 800 : 0);
    const sign = random() & 1 ? -1 : 1;
    if (kind === 1) return sign * 0;
    let value = 1;
    for (let bits = random() % 5; bits > 0; bits--) value += 2 ** -(1 + random() % 52);
    if (kind < 4) value = 1 + random() / 2 ** 32 + random() / 2 ** 64;
    return sign * value * 2 ** exponent;
  };
}

/** An addend and two factors. */
function createCases(random: () => number): () => readonly [a: number, x: number, y: number] {
  const number = createNumbers(random);
  const sign = (): number => random() & 1 ? -1 : 1;
  return () => {
    const [x, y] = [number(), number()];
    switch (random() % 4) {
      case 0:
        // The product itself, rounded, with the other sign: what is left is what rounding lost.
        return [-(x * y) * (random() & 1 ? 1 : 1 + 2 ** -52), x, y];
      case 1: {
        // A sum on the middle between two numbers, but for a little that only the product's end tells.
        const little = sign() * (random() % 4) * 2 ** -52;
        const a = sign() * (1 + (random() % 64) * 2 ** -52);
        return [a, 1 + little, sign() * 2 ** -53 * (1 - little)];
      }
      default:
        return [number(), x, y];
    }
  };
}

Deno.test("a fused multiply-add of doubles is rounded once", () => {
  const count = Number(Deno.env.get("PINMAP_CASES") ?? 20_000);
  const random = createRandom(Number(Deno.env.get("PINMAP_SEED") ?? 5));
  const next = createCases(random);
  const cpu = state();
  const words = new DataView(new ArrayBuffer(8));
  const bits = (value: number): bigint => {
    words.setFloat64(0, value);
    return words.getBigUint64(0);
  };
  const [d, n, m]: readonly Index[] = [0, 1, 2];
  if (d === undefined || n === undefined || m === undefined) return;
  for (let i = 0; i < count; i++) {
    const [a, x, y] = next();
    const env = { fpscr: soft.FPSCR.inexact };
    const wanted = soft.fuse(env, soft.F64, bits(a), bits(x), bits(y));
    cpu.f64[d] = a;
    cpu.f64[n] = x;
    cpu.f64[m] = y;
    cpu.fpscr = soft.FPSCR.inexact;
    fma64(cpu, d, n, m, 1, 1);
    assertEquals([bits(cpu.f64[d]), cpu.fpscr], [wanted, env.fpscr], `${x} × ${y} + ${a}`);
  }
});

Deno.test("a translated fused multiply-add of doubles is rounded once too", () => {
  const cpu = { core: "cortex-m7", fpu: "fpv5-d16", clockHz: 1e6, source: "" } as const;
  const bus = createBus(testBoard({ cpu }), [], { translation: true });
  const engine = createInterpreter({
    core: "cortex-m7",
    fpu: "fpv5-d16",
    bus,
    translation: bus.translation,
    timing: timingFor(cpu),
    semihost: () => ({ kind: "exit", code: 0 }),
    functionAt: () => 0,
    functionNames: ["loop"],
  }, { hotAfter: 2 });
  const random = createRandom(11);
  const next = createCases(random);
  const cases = 2000;
  const data = new Float64Array(cases * 3);
  for (let i = 0; i < cases; i++) data.set(next(), i * 3);
  const wanted = new BigUint64Array(data.slice().buffer);
  for (let i = 0; i < cases; i++) {
    const env = { fpscr: soft.FPSCR.inexact };
    const [a = 0n, x = 0n, y = 0n] = wanted.subarray(i * 3);
    wanted[i * 3] = soft.fuse(env, soft.F64, a, x, y);
  }
  bus.hostWrite(0x2001_0000, new Uint8Array(data.buffer));
  // VLDR d0 to d2, VFMA.F64 d0, d1, d2, VSTR d0, next three, until r1 is 0.
  const loop = [0xed90_0b00, 0xed90_1b02, 0xed90_2b04, 0xeea1_0b02, 0xed80_0b00, 0x3018, 0x3901];
  bus.hostWrite(0x1000, assemble(...loop, 0xd1f2, 0xbeab));
  bus.hostWrite(0x0800_0000, new Uint8Array(Uint32Array.of(0x2001_0000, 0x1001).buffer));
  engine.reset(0x0800_0000);
  engine.state.system.cpacr = 0x00f0_0000;
  engine.invalidateAll();
  engine.fpscr = soft.FPSCR.inexact;
  engine.registers[0] = 0x2001_0000;
  engine.registers[1] = cases;
  assertEquals(engine.run({ maxInstructions: 1e6 }), { kind: "exit", code: 0 });
  const result = new BigUint64Array(bus.hostRead(0x2001_0000, data.byteLength).buffer);
  assertEquals(result, wanted);
});
