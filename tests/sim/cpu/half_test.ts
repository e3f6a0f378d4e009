/**
 * The alternative half-precision format, FPSCR.AHP (DDI 0403, A2.5.2): no infinities and no NaNs, the
 * largest exponent is one of numbers.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { assemble, createBench } from "./testbench.ts";

const AHP = 1 << 26;
const INVALID = 1;
const INEXACT = 16;
/** VCVTB.F16.F32 s0, s1 and VCVTB.F32.F16 s0, s1. */
const TO_HALF = 0xeeb3_0a60;
const FROM_HALF = 0xeeb2_0a60;

function convert(word: number, operand: number): [result: number, flags: number] {
  const bench = createBench();
  bench.load(assemble(word, 0xbeab));
  const { engine } = bench;
  engine.state.control = 4;
  engine.fpscr = AHP;
  engine.floatRegisters[1] = operand;
  assertEquals(engine.run({ maxInstructions: 10 }), { kind: "exit", code: 0 });
  return [(engine.floatRegisters[0] ?? 0) >>> 0, engine.fpscr & 0xff];
}

for (
  const [what, operand, expected] of [
    ["one", 0x3f80_0000, [0x3c00, 0]],
    ["65536, an infinity in the other format", 0x4780_0000, [0x7c00, 0]],
    ["the largest, 131008", 0x47ff_e000, [0x7fff, 0]],
    ["131072, too large, which is not inexact", 0xc800_0000, [0xffff, INVALID]],
    ["what rounds to too large", 0x47ff_f000, [0x7fff, INVALID]],
    ["what is inexact", 0x47ff_c001, [0x7ffe, INEXACT]],
    ["an infinity", 0xff80_0000, [0xffff, INVALID]],
    ["a quiet NaN", 0xffc0_1234, [0x8000, INVALID]],
    ["a signalling NaN", 0x7f80_0001, [0, INVALID]],
  ] as const
) {
  Deno.test(`VCVTB.F16.F32 with FPSCR.AHP: ${what}`, () => {
    assertEquals(convert(TO_HALF, operand), [...expected]);
  });
}

for (
  const [operand, expected] of [
    [0x3c00, 0x3f80_0000],
    [0x7c00, 0x4780_0000],
    [0x7e00, 0x47c0_0000],
    [0xffff, 0xc7ff_e000],
    [0x0001, 0x3380_0000],
  ] as const
) {
  Deno.test(`VCVTB.F32.F16 with FPSCR.AHP of 0x${operand.toString(16)}`, () => {
    assertEquals(convert(FROM_HALF, operand), [expected, 0]);
  });
}
