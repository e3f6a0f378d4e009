/**
 * The kernels, compiled for the host, against definitions that are as plain as they can be: one loop for
 * each dimension, padding checked tap by tap, rounding in big integers as gemmlowp defines it. Both
 * variants are tested, that for cores with a long multiply and that for ARMv6-M.
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { need } from "../support/need.ts";
import { fromFileUrl } from "../support/paths.ts";

const FOLDER = fromFileUrl(new URL("../../src/firmware/kernels", import.meta.url));
const VARIANTS = [["ARMv7-M", []], ["ARMv6-M", ["-D__ARM_ARCH_6M__"]]] as const;

function definition(pointers: number, scalars: number) {
  return {
    parameters: [
      ...Array<"buffer">(pointers).fill("buffer"),
      ...Array<"i32">(scalars).fill("i32"),
    ],
    result: "i32",
  } as const;
}

const SYMBOLS = {
  pinmap_conv_2d_s8: definition(6, 19),
  pinmap_depthwise_conv_2d_s8: definition(6, 20),
  pinmap_fully_connected_s8: definition(6, 9),
  pinmap_average_pool_2d_s8: definition(2, 14),
  pinmap_max_pool_2d_s8: definition(2, 14),
  pinmap_copy_s8: definition(2, 1),
  pinmap_add_s8: definition(3, 13),
};

type Kernels = {
  readonly [name in keyof typeof SYMBOLS]: (...args: (BufferSource | number)[]) => number;
};

/** Compiles the kernels for the host and hands them to `use`. */
async function withKernels(
  flags: readonly string[],
  use: (kernels: Kernels) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const sources = [];
    for await (const { name } of Deno.readDir(FOLDER)) {
      if (name.endsWith(".c")) sources.push(`${FOLDER}/${name}`);
    }
    const library = `${folder}/kernels.so`;
    const { code, stderr } = await new Deno.Command("gcc", {
      args: ["-std=c11", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-shared", "-fPIC", ...flags]
        .concat("-o", library, sources),
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    const opened = Deno.dlopen(library, SYMBOLS);
    try {
      use(opened.symbols as unknown as Kernels);
    } finally {
      opened.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** gemmlowp's SaturatingRoundingDoublingHighMul, then RoundingDivideByPOT. */
function requantize(value: number, multiplier: number, shift: number): number {
  const shifted = Number(BigInt.asIntN(32, BigInt(value) << BigInt(Math.max(shift, 0))));
  const product = BigInt(shifted) * BigInt(multiplier);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  const high = (product + nudge) / (1n << 31n);
  const exponent = BigInt(Math.max(-shift, 0));
  const mask = (1n << exponent) - 1n;
  const threshold = (mask >> 1n) + (high < 0n ? 1n : 0n);
  return Number((high >> exponent) + ((high & mask) > threshold ? 1n : 0n));
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

const int8 = fc.integer({ min: -128, max: 127 });
const size = fc.integer({ min: 1, max: 6 });
const small = fc.integer({ min: 1, max: 3 });

/** Shapes of a sliding window, with the output's size computed independently of the padding. */
const window = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  inH: size,
  inW: size,
  outH: small,
  outW: small,
  kH: small,
  kW: small,
  strideH: small,
  strideW: small,
  padH: fc.integer({ min: 0, max: 3 }),
  padW: fc.integer({ min: 0, max: 3 }),
  dilationH: fc.integer({ min: 1, max: 2 }),
  dilationW: fc.integer({ min: 1, max: 2 }),
});
type Window = typeof window extends fc.Arbitrary<infer T> ? T : never;

const quantisation = fc.record({
  inputOffset: fc.integer({ min: -127, max: 128 }),
  outputOffset: int8,
  low: fc.integer({ min: -128, max: 0 }),
  high: fc.integer({ min: 1, max: 127 }),
  seed: fc.integer({ min: 1, max: 0x7fffffff }),
});

/** Deterministic bytes, so that a counterexample stays small. */
function source(seed: number) {
  let state = seed;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
  return {
    bytes: (count: number) => Int8Array.from({ length: count }, next),
    words: (count: number, map: (value: number) => number) =>
      Int32Array.from({ length: count }, () => map(next())),
  };
}

/** Input positions below a window's taps, `undefined` in the padding. */
function taps(w: Window, y: number, x: number): { tap: number; at: number | undefined }[] {
  const found = [];
  for (let ky = 0; ky < w.kH; ky++) {
    for (let kx = 0; kx < w.kW; kx++) {
      const inY = y * w.strideH - w.padH + ky * w.dilationH;
      const inX = x * w.strideW - w.padW + kx * w.dilationW;
      const inside = inY >= 0 && inY < w.inH && inX >= 0 && inX < w.inW;
      found.push({ tap: ky * w.kW + kx, at: inside ? inY * w.inW + inX : undefined });
    }
  }
  return found;
}

function eachOutput(w: Window, visit: (b: number, y: number, x: number) => void): void {
  for (let b = 0; b < w.batch; b++) {
    for (let y = 0; y < w.outH; y++) for (let x = 0; x < w.outW; x++) visit(b, y, x);
  }
}

const multiplierOf = (value: number) => (1 << 30) + ((value >>> 2) & 0x3fffffff);
const shiftOf = (value: number) => -12 + ((value >>> 3) % 14);

for (const [variant, flags] of VARIANTS) {
  need({ tools: ["gcc"] }, `kernels for ${variant} do what their definitions say`, async () => {
    await withKernels(flags, (kernels) => {
      fc.assert(
        fc.property(
          window,
          quantisation,
          size,
          fc.integer({ min: 1, max: 9 }),
          (w, q, inC, outC) => {
            const random = source(q.seed);
            const input = random.bytes(w.batch * w.inH * w.inW * inC);
            const weights = random.bytes(outC * w.kH * w.kW * inC);
            const bias = random.words(outC, (value) => value >> 16);
            const multiplier = random.words(outC, multiplierOf);
            const shift = random.words(outC, shiftOf);
            const expected: number[] = [];
            eachOutput(w, (b, y, x) => {
              for (let c = 0; c < outC; c++) {
                let sum = bias[c] ?? 0;
                for (const { tap, at } of taps(w, y, x)) {
                  for (let i = 0; at !== undefined && i < inC; i++) {
                    const value = input[(b * w.inH * w.inW + at) * inC + i] ?? 0;
                    sum += (weights[(c * w.kH * w.kW + tap) * inC + i] ?? 0) *
                      (value + q.inputOffset);
                  }
                }
                const scaled = requantize(sum, multiplier[c] ?? 0, shift[c] ?? 0);
                expected.push(clamp(scaled + q.outputOffset, q.low, q.high));
              }
            });
            const output = new Int8Array(expected.length);
            // deno-fmt-ignore
            kernels.pinmap_conv_2d_s8(input, weights, bias, multiplier, shift, output,
            w.batch, w.inH, w.inW, inC, w.outH, w.outW, outC, w.kH, w.kW, w.strideH, w.strideW,
            w.padH, w.padW, w.dilationH, w.dilationW, q.inputOffset, q.outputOffset, q.low, q.high);
            assertEquals([...output], expected);
          },
        ),
        { seed: 1, numRuns: 150 },
      );

      fc.assert(
        fc.property(window, quantisation, size, small, (w, q, inC, depthMultiplier) => {
          const outC = inC * depthMultiplier;
          const random = source(q.seed);
          const input = random.bytes(w.batch * w.inH * w.inW * inC);
          const weights = random.bytes(w.kH * w.kW * outC);
          const bias = random.words(outC, (value) => value >> 18);
          const multiplier = random.words(outC, multiplierOf);
          const shift = random.words(outC, shiftOf);
          const expected: number[] = [];
          eachOutput(w, (b, y, x) => {
            for (let c = 0; c < outC; c++) {
              let sum = bias[c] ?? 0;
              for (const { tap, at } of taps(w, y, x)) {
                if (at === undefined) continue;
                const channel = Math.floor(c / depthMultiplier);
                const value = input[(b * w.inH * w.inW + at) * inC + channel] ?? 0;
                sum += (weights[tap * outC + c] ?? 0) * (value + q.inputOffset);
              }
              const scaled = requantize(sum, multiplier[c] ?? 0, shift[c] ?? 0);
              expected.push(clamp(scaled + q.outputOffset, q.low, q.high));
            }
          });
          const output = new Int8Array(expected.length);
          // deno-fmt-ignore
          kernels.pinmap_depthwise_conv_2d_s8(input, weights, bias, multiplier, shift, output,
            w.batch, w.inH, w.inW, inC, w.outH, w.outW, outC, depthMultiplier, w.kH, w.kW,
            w.strideH, w.strideW, w.padH, w.padW, w.dilationH, w.dilationW, q.inputOffset,
            q.outputOffset, q.low, q.high);
          assertEquals([...output], expected);
        }),
        { seed: 2, numRuns: 150 },
      );

      fc.assert(
        fc.property(window, quantisation, size, (shape, q, channels) => {
          const w = { ...shape, dilationH: 1, dilationW: 1 };
          const input = source(q.seed).bytes(w.batch * w.inH * w.inW * channels);
          const average: number[] = [];
          const largest: number[] = [];
          eachOutput(w, (b, y, x) => {
            for (let c = 0; c < channels; c++) {
              const values = taps(w, y, x).flatMap(({ at }) =>
                at === undefined ? [] : [input[(b * w.inH * w.inW + at) * channels + c] ?? 0]
              );
              const sum = values.reduce((total, value) => total + value, 0);
              const mean = values.length === 0
                ? 0
                : Math.sign(sum) * Math.floor(Math.abs(sum) / values.length + 0.5);
              average.push(clamp(mean, q.low, q.high));
              largest.push(clamp(Math.max(-128, ...values), q.low, q.high));
            }
          });
          const output = new Int8Array(average.length);
          // deno-fmt-ignore
          const scalars = [w.batch, w.inH, w.inW, channels, w.outH, w.outW, w.kH, w.kW, w.strideH,
            w.strideW, w.padH, w.padW, q.low, q.high];
          kernels.pinmap_average_pool_2d_s8(input, output, ...scalars);
          assertEquals(output, Int8Array.from(average));
          kernels.pinmap_max_pool_2d_s8(input, output, ...scalars);
          assertEquals([...output], largest);
        }),
        { seed: 3, numRuns: 150 },
      );

      fc.assert(
        fc.property(
          quantisation,
          fc.integer({ min: 1, max: 40 }),
          fc.integer({ min: 1, max: 9 }),
          fc.integer({ min: 0, max: 1 }),
          int8,
          (q, inDepth, outDepth, step, weightsOffset) => {
            const random = source(q.seed);
            const batch = 2;
            const input = random.bytes(batch * inDepth);
            const weights = random.bytes(outDepth * inDepth);
            const bias = random.words(outDepth, (value) => value >> 16);
            const multiplier = random.words(outDepth, multiplierOf);
            const shift = random.words(outDepth, shiftOf);
            const expected: number[] = [];
            for (let b = 0; b < batch; b++) {
              for (let c = 0; c < outDepth; c++) {
                let sum = bias[c] ?? 0;
                for (let i = 0; i < inDepth; i++) {
                  sum += ((weights[c * inDepth + i] ?? 0) + weightsOffset) *
                    ((input[b * inDepth + i] ?? 0) + q.inputOffset);
                }
                const scaled = requantize(sum, multiplier[c * step] ?? 0, shift[c * step] ?? 0);
                expected.push(clamp(scaled + q.outputOffset, q.low, q.high));
              }
            }
            const output = new Int8Array(expected.length);
            // deno-fmt-ignore
            kernels.pinmap_fully_connected_s8(input, weights, bias, multiplier, shift, output, batch,
              inDepth, outDepth, step, q.inputOffset, weightsOffset, q.outputOffset, q.low, q.high);
            assertEquals([...output], expected);
          },
        ),
        { seed: 4, numRuns: 150 },
      );

      fc.assert(
        fc.property(quantisation, int8, fc.integer({ min: 0, max: 40 }), (q, offset2, count) => {
          const random = source(q.seed);
          const [input1, input2] = [random.bytes(count), random.bytes(count)];
          const [m1 = 0, m2 = 0, m3 = 0] = random.words(3, multiplierOf);
          const expected = Array.from(input1, (value, i) => {
            const scaled1 = requantize((value + q.inputOffset) << 20, m1, -2);
            const scaled2 = requantize(((input2[i] ?? 0) + offset2) << 20, m2, 0);
            return clamp(requantize(scaled1 + scaled2, m3, -17) + q.outputOffset, q.low, q.high);
          });
          const output = new Int8Array(count);
          // deno-fmt-ignore
          kernels.pinmap_add_s8(input1, input2, output, count, q.inputOffset, offset2,
            q.outputOffset, 20, m1, -2, m2, 0, m3, -17, q.low, q.high);
          assertEquals([...output], expected);
          const copy = new Int8Array(count);
          kernels.pinmap_copy_s8(output, copy, count);
          assertEquals(copy, output);
        }),
        { seed: 5, numRuns: 150 },
      );
    });
  });
}
