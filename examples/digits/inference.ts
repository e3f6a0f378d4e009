/**
 * Runs the quantised network with the int8 operators of `reference.ts`, from the scales: the accuracy that
 * the microcontroller will have.
 *
 * @module
 */
import type { Digit } from "./data.ts";
import { quantizeMultiplier } from "./fixed_point.ts";
import { elements } from "./layers.ts";
import type { QuantizedLayer, QuantizedNetwork } from "./quantize.ts";
import { quantizePixels } from "./quantize.ts";
import { conv2d, depthwiseConv2d, fullyConnected, maxPool2d, softmax } from "./reference.ts";
import type { WeightedBuffers } from "./reference.ts";
import { argmax } from "./training.ts";

/**
 * A runner for a network.
 *
 * @param network Quantised network
 * @returns From int8 pixels to int8 probabilities (scale 1/256, zero point −128)
 */
export function createRunner(network: QuantizedNetwork): (pixels: Int8Array) => Int8Array {
  const layers = network.layers.map(prepare);
  const logits = network.layers.at(-1)?.output ?? network.input;
  return (pixels) => {
    const values = layers.reduce((input, layer) => layer(input), pixels);
    const probabilities = new Int8Array(values.length);
    softmax(
      { input: values, output: probabilities },
      { outer: 1, depth: values.length, ...softmaxScaling(logits.scale) },
    );
    return probabilities;
  };
}

/** The share of digits that the quantised network reads rightly, from 0 to 1. */
export function quantizedAccuracy(
  run: (pixels: Int8Array) => Int8Array,
  digits: readonly Digit[],
): number {
  const right = digits.filter((digit) => argmax(run(quantizePixels(digit.pixels))) === digit.label);
  return right.length / digits.length;
}

/** Differences of logits become Q5.26, as the softmax's exponential wants them. */
function softmaxScaling(scale: number): {
  input_multiplier: number;
  input_left_shift: number;
  diff_min: number;
} {
  const real = Math.min(scale * 2 ** 26, 2 ** 31 - 1);
  const { multiplier, shift } = quantizeMultiplier(real);
  return {
    input_multiplier: multiplier,
    input_left_shift: shift,
    diff_min: -Math.floor(31 * 2 ** 26 / 2 ** shift),
  };
}

/** Everything about a layer that does not depend on the image. */
function prepare(layer: QuantizedLayer): (input: Int8Array) => Int8Array {
  const { spec, weights, bias, inputShape, outputShape } = layer;
  const output = new Int8Array(elements(outputShape));
  const scales = Array.from(
    layer.weightScales,
    (scale) => quantizeMultiplier(layer.input.scale * scale / layer.output.scale),
  );
  const multiplier = Int32Array.from(scales, (scale) => scale.multiplier);
  const shift = Int32Array.from(scales, (scale) => scale.shift);
  const buffers = (input: Int8Array): WeightedBuffers => (
    { input, weights, bias, multiplier, shift, output }
  );
  const offsets = { input_offset: -layer.input.zeroPoint, output_offset: layer.output.zeroPoint };
  // A ReLU's smallest value is zero, which is the zero point here; the largest is the type's.
  const relu = { act_min: Math.max(-128, layer.output.zeroPoint), act_max: 127 };
  const all = { act_min: -128, act_max: 127 };
  if (spec.kind === "flatten") return (input) => input;
  if (spec.kind === "dense") {
    const parameters = {
      batch: 1,
      in_depth: elements(inputShape),
      out_depth: outputShape.channels,
      channel_step: 0,
      weights_offset: 0,
      ...offsets,
      ...all,
    };
    return (input) => (fullyConnected(buffers(input), parameters), output);
  }
  const window = {
    batch: 1,
    in_h: inputShape.height,
    in_w: inputShape.width,
    out_h: outputShape.height,
    out_w: outputShape.width,
    stride_h: spec.stride,
    stride_w: spec.stride,
    pad_h: layer.pad.top,
    pad_w: layer.pad.left,
  };
  if (spec.kind === "max_pool") {
    const size = { channels: inputShape.channels, filter_h: spec.kernel, filter_w: spec.kernel };
    return (input) => (maxPool2d({ input, output }, { ...window, ...size, ...all }), output);
  }
  const parameters = {
    ...window,
    in_c: inputShape.channels,
    out_c: outputShape.channels,
    k_h: spec.kernel,
    k_w: spec.kernel,
    dilation_h: 1,
    dilation_w: 1,
    depth_multiplier: 1,
    ...offsets,
    ...relu,
  };
  const operator = spec.kind === "conv" ? conv2d : depthwiseConv2d;
  return (input) => (operator(buffers(input), parameters), output);
}
