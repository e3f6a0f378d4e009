/**
 * Quantised arithmetic as TensorFlow Lite prepares it (lite/kernels/internal/quantization_util.cc,
 * lite/kernels/kernel_util.cc, lite/kernels/padding.h): the same doubles, rounded at the same places,
 * so that kernels get the same integers.
 *
 * @module
 */

/** A real factor as `multiplier × 2^(shift − 31)`. */
export interface QuantizedMultiplier {
  /** Q31, 0 or 2^30 to 2^31 − 1 for positive factors. */
  readonly multiplier: number;
  /** Left shift if positive, right shift if negative. */
  readonly shift: number;
}

/**
 * C's `frexp` for positive finite numbers.
 *
 * @param value > 0, finite
 * @returns Fraction in [0.5, 1) and exponent with value = fraction × 2^exponent
 */
export function frexp(value: number): { readonly fraction: number; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const biased = (view.getUint16(0) >> 4) & 0x7ff;
  if (biased === 0) {
    const { fraction, exponent } = frexp(value * 2 ** 64);
    return { fraction, exponent: exponent - 64 };
  }
  view.setUint16(0, (view.getUint16(0) & 0x800f) | (1022 << 4));
  return { fraction: view.getFloat64(0), exponent: biased - 1022 };
}

/** C's `round`: half away from zero. */
export function roundHalfAway(value: number): number {
  return value < 0 ? -Math.floor(0.5 - value) : Math.floor(value + 0.5);
}

/**
 * TFLite's `QuantizeMultiplier`.
 *
 * @param real ≥ 0, finite
 * @returns Multiplier and shift; both 0 below 2^−32
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { quantizeMultiplier } from "./quantize.ts";
 *
 * assertEquals(quantizeMultiplier(0.75), { multiplier: 0.75 * 2 ** 31, shift: 0 });
 * ```
 */
export function quantizeMultiplier(real: number): QuantizedMultiplier {
  if (real === 0) return { multiplier: 0, shift: 0 };
  const { fraction, exponent } = frexp(real);
  const rounded = roundHalfAway(fraction * 2 ** 31);
  const [multiplier, shift] = rounded === 2 ** 31 ? [2 ** 30, exponent + 1] : [rounded, exponent];
  return shift < -31 ? { multiplier: 0, shift: 0 } : { multiplier, shift };
}

/**
 * TFLite's `CalculateActivationRangeQuantized` for int8.
 *
 * @param activation Name of the fused activation
 * @param scale Scale of the output, a float32
 * @param zeroPoint Zero point of the output
 * @returns Least and greatest output; `undefined` if the activation is not one of these or a bound
 * does not fit into 32 bits
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { activationRange } from "./quantize.ts";
 *
 * assertEquals(activationRange("RELU6", 0.0625, -128), [-128, -32]);
 * ```
 */
export function activationRange(
  activation: string,
  scale: number,
  zeroPoint: number,
): readonly [number, number] | undefined {
  const bounds = BOUNDS.get(activation);
  if (bounds === undefined) return undefined;
  // The division is one of floats; its result rounds half away from zero.
  const quantize = (real: number) => zeroPoint + roundHalfAway(Math.fround(real / scale));
  const [least, most] = [Math.max(-128, quantize(bounds[0])), Math.min(127, quantize(bounds[1]))];
  const representable = bounds.every((bound) =>
    !Number.isFinite(bound) || Math.abs(Math.fround(bound / scale)) <= 2 ** 31 - 128
  );
  return representable ? [least, most] : undefined;
}

const BOUNDS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["NONE", [-Infinity, Infinity]],
  ["RELU", [0, Infinity]],
  ["RELU_N1_TO_1", [-1, 1]],
  ["RELU6", [0, 6]],
]);

/**
 * TFLite's `ComputeOutSize` and `ComputePadding` along one axis.
 *
 * @param padding `SAME` or `VALID`
 * @param size Input elements, ≥ 1
 * @param filter Filter elements, ≥ 1
 * @param stride ≥ 1
 * @param dilation ≥ 1
 * @returns Output elements (≤ 0 if the filter does not fit) and padding before the first element;
 * an odd total has its extra element at the end
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { windowSize } from "./quantize.ts";
 *
 * assertEquals(windowSize("SAME", 49, 10, 2, 1), { out: 25, pad: 4 });
 * ```
 */
export function windowSize(
  padding: "SAME" | "VALID",
  size: number,
  filter: number,
  stride: number,
  dilation: number,
): { readonly out: number; readonly pad: number } {
  const effective = (filter - 1) * dilation + 1;
  const span = padding === "SAME" ? size + stride - 1 : size + stride - effective;
  const out = Math.floor(span / stride);
  const total = Math.max(0, (out - 1) * stride + effective - size);
  return { out, pad: Math.floor(total / 2) };
}

/** Integer bits of the softmax's scaled difference, TFLite's `kScaledDiffIntegerBits`. */
const SCALED_DIFF_INTEGER_BITS = 5;

/**
 * TFLite's `PreprocessSoftmaxScaling` and `CalculateInputRadius`.
 *
 * @param beta Factor on the input, a float32
 * @param inputScale Scale of the input, a float32
 * @returns Multiplier, left shift and the least difference whose exponential counts; `undefined` if the
 * factor is not above 1, which TFLite refuses too
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { softmaxScaling } from "./quantize.ts";
 *
 * assertEquals(softmaxScaling(1, 0.25), { multiplier: 2 ** 30, leftShift: 25, diffMin: -62 });
 * ```
 */
export function softmaxScaling(
  beta: number,
  inputScale: number,
):
  | { readonly multiplier: number; readonly leftShift: number; readonly diffMin: number }
  | undefined {
  const fractionBits = 31 - SCALED_DIFF_INTEGER_BITS;
  const real = Math.min(beta * inputScale * 2 ** fractionBits, 2 ** 31 - 1);
  if (!(real > 1)) return undefined;
  const { multiplier, shift } = quantizeMultiplier(real);
  const radius = (2 ** SCALED_DIFF_INTEGER_BITS - 1) * 2 ** fractionBits / 2 ** shift;
  return { multiplier, leftShift: shift, diffMin: 0 - Math.floor(radius) };
}
