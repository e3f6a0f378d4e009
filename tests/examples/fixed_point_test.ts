/**
 * The fixed-point arithmetic against exact integers (BigInt) and against the real functions.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  expOfNegative,
  highMultiply,
  quantizeMultiplier,
  reciprocal,
  requantize,
  roundingShiftRight,
} from "../../examples/digits/fixed_point.ts";

const INT32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const OPTIONS = { seed: 11, numRuns: 2000 };

/** BigInt division rounds towards zero, as C++ does. */
function exactHighMultiply(a: number, b: number): number {
  const product = BigInt(a) * BigInt(b);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  const high = (product + nudge) / (1n << 31n);
  return Number(high > 0x7fff_ffffn ? 0x7fff_ffffn : high);
}

Deno.test("highMultiply() equals the exact product, rounded and saturated", () => {
  fc.assert(
    fc.property(INT32, INT32, (a, b) => assertEquals(highMultiply(a, b), exactHighMultiply(a, b))),
    OPTIONS,
  );
  const edges = [
    -(2 ** 31),
    1 - 2 ** 31,
    -(2 ** 30),
    -65536,
    -1,
    0,
    1,
    65535,
    2 ** 30,
    2 ** 31 - 1,
  ];
  for (const a of edges) {
    for (const b of edges) assertEquals(highMultiply(a, b), exactHighMultiply(a, b), `${a} × ${b}`);
  }
});

Deno.test("roundingShiftRight() rounds to nearest, ties away from zero", () => {
  fc.assert(
    fc.property(INT32, fc.integer({ min: 0, max: 31 }), (x, exponent) => {
      const magnitude = Math.floor(Math.abs(x) / 2 ** exponent + 0.5);
      assertEquals(roundingShiftRight(x, exponent) + 0, x < 0 ? 0 - magnitude : magnitude);
    }),
    OPTIONS,
  );
});

Deno.test("quantizeMultiplier() keeps 31 bits of any positive number", () => {
  fc.assert(
    fc.property(fc.double({ min: 2 ** -31, max: 2 ** 30, noNaN: true }), (real) => {
      const { multiplier, shift } = quantizeMultiplier(real);
      assert(multiplier >= 2 ** 30 && multiplier < 2 ** 31, `${multiplier}`);
      const error = Math.abs(multiplier * 2 ** (shift - 31) / real - 1);
      assert(error <= 2 ** -31, `${real}: ${error}`);
    }),
    OPTIONS,
  );
  assertEquals(quantizeMultiplier(0), { multiplier: 0, shift: 0 });
  assertEquals(quantizeMultiplier(2 ** -40), { multiplier: 0, shift: 0 });
  assertEquals(quantizeMultiplier(1 - 2 ** -40), { multiplier: 2 ** 30, shift: 1 });
});

Deno.test("requantize() rounds twice, which single rounding would not", () => {
  // 5 × 0.5 is 2.5, which the product rounds up to 3; 3 / 2 is then rounded up to 2. Once is 1.25: 1.
  assertEquals(requantize(5, 2 ** 30, -1), 2);
  assertEquals(requantize(-5, 2 ** 30, -1), -1);
  assertEquals(requantize(5, 2 ** 30, 1), 5);
});

Deno.test("expOfNegative() is e to the power of x", () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 31), max: 0 }), (x) => {
      // The series stops after the fourth power, which leaves (1/8)^5 / 5! = 2.5e-7.
      const error = Math.abs(expOfNegative(x) / 2 ** 31 - Math.exp(x / 2 ** 26));
      assert(error < 3e-7, `${x}: ${error}`);
    }),
    OPTIONS,
  );
});

Deno.test("reciprocal() is 1 / x", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2 ** 19, max: 2 ** 31 - 1 }), (x) => {
      const { fraction, exponent } = reciprocal(x);
      const error = Math.abs(fraction / 2 ** 31 / 2 ** exponent * (x / 2 ** 19) - 1);
      assert(error < 1e-7, `${x}: ${error}`);
    }),
    OPTIONS,
  );
});
