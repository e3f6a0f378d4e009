/**
 * Post-training quantisation to TensorFlow Lite's int8 specification: activations asymmetric per tensor,
 * with ranges seen on training digits; convolution weights symmetric per output channel, dense weights
 * symmetric per tensor (FULLY_CONNECTED version 4 knows no other); biases int32 at the scale of the sums.
 *
 * @module
 */
import type { Digit } from "./data.ts";
import { type Layer, type LayerSpec, type Shape } from "./layers.ts";
import { infer, INPUT_SHAPE, type Network } from "./network.ts";
import { show } from "./training.ts";

/** How real numbers become int8: `real = scale × (value − zeroPoint)`. */
export interface Quantization {
  /** A positive number that fits a 32-bit float exactly. */
  readonly scale: number;
  /** −128 to 127. */
  readonly zeroPoint: number;
}

/** A layer with integer parameters. */
export interface QuantizedLayer {
  /** What it does. */
  readonly spec: LayerSpec;
  /** Extents of what it reads. */
  readonly inputShape: Shape;
  /** Extents of what it writes. */
  readonly outputShape: Shape;
  /** Padding before the image. */
  readonly pad: { readonly top: number; readonly left: number };
  /** What it reads. */
  readonly input: Quantization;
  /** What it writes. */
  readonly output: Quantization;
  /** In the order of {@linkcode Layer}'s weights; empty where the layer has none. */
  readonly weights: Int8Array;
  /** One per output channel, or one for all; empty where the layer has none. */
  readonly weightScales: Float32Array;
  /** One per output channel, at scale input × weight. */
  readonly bias: Int32Array;
}

/** An int8 network; a softmax follows the last layer. */
export interface QuantizedNetwork {
  /** What it reads. */
  readonly inputShape: Shape;
  /** Pixels 0 to 255 are the values −128 to 127. */
  readonly input: Quantization;
  /** In order. */
  readonly layers: readonly QuantizedLayer[];
}

/** A pixel p of 0 to 255 is the real number p / 255 and the int8 value p − 128. */
export const INPUT_QUANTIZATION: Quantization = { scale: Math.fround(1 / 255), zeroPoint: -128 };

/** What TensorFlow Lite prescribes for the output of an int8 softmax. */
export const SOFTMAX_QUANTIZATION: Quantization = { scale: 1 / 256, zeroPoint: -128 };

/** The int8 values of a digit's pixels, as the quantised network reads them. */
export function quantizePixels(pixels: Uint8Array): Int8Array {
  return Int8Array.from(pixels, (pixel) => pixel - 128);
}

/**
 * Quantises a trained network.
 *
 * @param network A trained network
 * @param calibration Digits whose activations set the ranges
 */
export function quantize(network: Network, calibration: readonly Digit[]): QuantizedNetwork {
  const ranges = observeRanges(network, calibration);
  let input = INPUT_QUANTIZATION;
  const layers = network.layers.map((layer, i) => {
    const hasWeights = layer.weights.length > 0;
    const range = ranges[i] ?? { minimum: 0, maximum: 0 };
    // Pooling and reshaping pass values on, so that their scale must stay.
    const output = hasWeights ? quantizationOf(range) : input;
    const quantized = quantizeLayer(layer, input, output);
    input = output;
    return quantized;
  });
  return { inputShape: INPUT_SHAPE, input: INPUT_QUANTIZATION, layers };
}

interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

/** The smallest and largest activation of every layer; zero is always within. */
function observeRanges(network: Network, digits: readonly Digit[]): Range[] {
  const ranges = network.layers.map(() => ({ minimum: 0, maximum: 0 }));
  for (const digit of digits) {
    show(network, digit);
    infer(network);
    network.layers.forEach((layer, i) => {
      const range = ranges[i]!;
      for (const value of layer.values) {
        if (value < range.minimum) range.minimum = value;
        if (value > range.maximum) range.maximum = value;
      }
    });
  }
  return ranges;
}

/** Spreads the 256 values over a range so that zero is one of them. */
function quantizationOf({ minimum, maximum }: Range): Quantization {
  const scale = Math.fround((maximum - minimum || 1) / 255);
  return { scale, zeroPoint: Math.max(-128, Math.round(-128 - minimum / scale)) };
}

function quantizeLayer(layer: Layer, input: Quantization, output: Quantization): QuantizedLayer {
  const { spec, weights } = layer;
  const channels = layer.bias.length;
  const perChannel = spec.kind === "conv" || spec.kind === "depthwise";
  // In depthwise weights the channel is the last index, in the others it is the first.
  const channelOf = spec.kind === "depthwise"
    ? (i: number) => i % channels
    : (i: number) => Math.floor(i * channels / weights.length);
  const scaleIndex = (i: number) => perChannel ? channelOf(i) : 0;
  const limits = new Float64Array(perChannel ? channels : Math.min(1, channels));
  weights.forEach((weight, i) => {
    limits[scaleIndex(i)] = Math.max(limits[scaleIndex(i)]!, Math.abs(weight));
  });
  const weightScales = Float32Array.from(limits, (limit) => (limit || 1) / 127);
  return {
    spec,
    inputShape: layer.input,
    outputShape: layer.output,
    pad: layer.pad,
    input,
    output,
    weights: Int8Array.from(
      weights,
      (weight, i) =>
        Math.min(127, Math.max(-127, Math.round(weight / weightScales[scaleIndex(i)]!))),
    ),
    weightScales,
    bias: Int32Array.from(layer.bias, (bias, channel) => {
      const scale = input.scale * weightScales[perChannel ? channel : 0]!;
      return Math.round(bias / scale);
    }),
  };
}
