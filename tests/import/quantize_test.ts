import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  activationRange,
  frexp,
  quantizeMultiplier,
  roundHalfAway,
  softmaxScaling,
  windowSize,
} from "../../src/import/tflite/quantize.ts";

Deno.test("frexp() splits every positive double exactly", () => {
  const positive = fc.double({ min: 5e-324, max: 1.7e308, noNaN: true });
  fc.assert(
    fc.property(positive, (value) => {
      const { fraction, exponent } = frexp(value);
      assert(fraction >= 0.5 && fraction < 1);
      const half = Math.trunc(exponent / 2);
      assertEquals(fraction * 2 ** half * 2 ** (exponent - half), value);
    }),
    { seed: 25, numRuns: 2000 },
  );
  assertEquals(frexp(1), { fraction: 0.5, exponent: 1 });
  assertEquals(frexp(5e-324), { fraction: 0.5, exponent: -1073 });
});

Deno.test("roundHalfAway() rounds as C's round", () => {
  const values = [-2.5, -1.5, -0.5, -0.4, 0.4, 0.5, 1.5, 2.5];
  assertEquals(values.map((value) => roundHalfAway(value) + 0), [-3, -2, -1, 0, 0, 1, 2, 3]);
});

Deno.test("quantizeMultiplier() is within half a unit of the real factor", () => {
  fc.assert(
    fc.property(fc.double({ min: 2 ** -31, max: 2 ** 30, noNaN: true }), (real) => {
      const { multiplier, shift } = quantizeMultiplier(real);
      assert(multiplier >= 2 ** 30 && multiplier < 2 ** 31);
      assert(Math.abs(multiplier - real * 2 ** (31 - shift)) <= 0.5);
    }),
    { seed: 26, numRuns: 2000 },
  );
});

Deno.test("quantizeMultiplier() carries into the exponent and flushes what is tiny", () => {
  assertEquals(quantizeMultiplier(1 - 2 ** -40), { multiplier: 2 ** 30, shift: 1 });
  assertEquals(quantizeMultiplier(2 ** -32), { multiplier: 2 ** 30, shift: -31 });
  assertEquals(quantizeMultiplier(2 ** -33), { multiplier: 0, shift: 0 });
  assertEquals(quantizeMultiplier(0), { multiplier: 0, shift: 0 });
});

Deno.test("activationRange() clips to what int8 and the activation allow", () => {
  assertEquals(activationRange("NONE", 0.1, 5), [-128, 127]);
  assertEquals(activationRange("RELU", 0.1, -128), [-128, 127]);
  assertEquals(activationRange("RELU", 0.1, 5), [5, 127]);
  assertEquals(activationRange("RELU6", 0.5, -100), [-100, -88]);
  assertEquals(activationRange("RELU6", 0.01, -100), [-100, 127]);
  assertEquals(activationRange("RELU_N1_TO_1", 0.4, 10), [7, 13]);
  assertEquals(activationRange("TANH", 1, 0), undefined);
  assertEquals(activationRange("RELU6", 1e-12, 0), undefined);
});

Deno.test("windowSize() leaves no output without input, and VALID none with padding", () => {
  const axis = fc.record({
    padding: fc.constantFrom("SAME" as const, "VALID" as const),
    size: fc.integer({ min: 1, max: 60 }),
    filter: fc.integer({ min: 1, max: 12 }),
    stride: fc.integer({ min: 1, max: 6 }),
    dilation: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(axis, ({ padding, size, filter, stride, dilation }) => {
      const { out, pad } = windowSize(padding, size, filter, stride, dilation);
      const reach = (filter - 1) * dilation;
      if (padding === "SAME") {
        // As many outputs as steps that start in the input; both ends padded alike, or one more after.
        assertEquals(out, Math.ceil(size / stride));
        const after = Math.max(0, (out - 1) * stride + reach + 1 - size) - pad;
        assert(pad >= 0 && (after === pad || after === pad + 1));
      } else {
        let count = 0;
        for (let start = 0; start + reach < size; start += stride) count++;
        assertEquals(Math.max(0, out), count);
        if (count > 0) assertEquals(pad, 0);
      }
    }),
    { seed: 27, numRuns: 2000 },
  );
});

Deno.test("softmaxScaling() saturates and refuses as TFLite does", () => {
  assertEquals(softmaxScaling(1000, 1), { multiplier: 2 ** 31 - 1, leftShift: 31, diffMin: 0 });
  assertEquals(softmaxScaling(1, 2 ** -26), undefined);
  assertEquals(softmaxScaling(0, 1), undefined);
  assertEquals(softmaxScaling(-1, 1), undefined);
});
