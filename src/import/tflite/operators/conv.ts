/**
 * CONV_2D and DEPTHWISE_CONV_2D (TFLite Micro's conv_common.cc and depthwise_conv_common.cc). Int8 is
 * version 3; a later version says that something is used which is refused here: grouped convolution,
 * int16, int4.
 *
 * @module
 */
import type { Tensor } from "../graph.ts";
import { CONV_2D_OPTIONS, DEPTHWISE_CONV_2D_OPTIONS, OPTIONS_TYPE } from "../schema.ts";
import { int32 } from "../table.ts";
import {
  type Activation,
  activation,
  biasOperand,
  checkAccumulator,
  checkArity,
  checkPositive,
  checkRank,
  checkShape,
  checkWeights,
  checkWindow,
  fusedRange,
  inputOf,
  type KernelCall,
  type Lowering,
  type Node,
  optionsOf,
  outputOf,
  paddingOf,
  refuse,
} from "./lowering.ts";
import { requantization } from "./requantize.ts";

/** Ids of the options that both operators have. */
interface OptionIds {
  readonly padding: number;
  readonly strideW: number;
  readonly strideH: number;
  readonly dilationW: number;
  readonly dilationH: number;
  readonly activation: number;
}

interface Shapes {
  readonly input: Activation;
  readonly output: Activation;
  readonly weights: Tensor;
  /** Batch, height, width, channels. */
  readonly from: readonly number[];
  /** Weights' extents: first, height, width, last. */
  readonly filter: readonly number[];
}

function shapesOf(node: Node): Shapes {
  checkArity(node, 2, 3);
  const input = activation(node, inputOf(node, 0));
  const output = activation(node, outputOf(node));
  const weights = inputOf(node, 1);
  const from = checkRank(node, input.tensor, 4);
  return { input, output, weights, from, filter: checkRank(node, weights, 4) };
}

/** The call, once the operator's own shapes are understood. */
function convolve(
  node: Node,
  ids: OptionIds,
  shapes: Shapes,
  own: { kernel: string; channels: number; axis: number; afterOutput: readonly number[] },
): KernelCall {
  const { input, output, weights, from, filter } = shapes;
  const options = optionsOf(node);
  const padding = paddingOf(node, ids.padding);
  const [batch = 0, inH = 0, inW = 0, inC = 0] = from;
  const [, kernelH = 0, kernelW = 0] = filter;
  const strideH = checkPositive(node, "vertical stride", int32(options, ids.strideH));
  const strideW = checkPositive(node, "horizontal stride", int32(options, ids.strideW));
  const dilationH = checkPositive(node, "vertical dilation", int32(options, ids.dilationH, 1));
  const dilationW = checkPositive(node, "horizontal dilation", int32(options, ids.dilationW, 1));
  const rows = checkWindow(node, padding, inH, kernelH, strideH, dilationH);
  const columns = checkWindow(node, padding, inW, kernelW, strideW, dilationW);
  const { channels } = own;
  checkShape(node, output.tensor, [batch, rows.out, columns.out, channels]);
  const scales = checkWeights(node, weights, own.axis);
  const factors = Array.from(
    { length: channels },
    (_, i) => input.scale * (scales[i] ?? scales[0] ?? 0) / output.scale,
  );
  return {
    kernel: own.kernel,
    operands: [
      { role: "input", tensor: input.tensor },
      { role: "weights", tensor: weights },
      biasOperand(node, 2, channels),
      ...requantization(node, factors),
      { role: "output", tensor: output.tensor },
    ],
    scalars: [
      ...[batch, inH, inW, inC],
      ...[rows.out, columns.out, channels, ...own.afterOutput],
      ...[kernelH, kernelW, strideH, strideW, rows.pad, columns.pad, dilationH, dilationW],
      ...[0 - input.zeroPoint, output.zeroPoint],
      ...fusedRange(node, ids.activation, output),
    ],
  };
}

function lowerConv(node: Node): KernelCall {
  const shapes = shapesOf(node);
  checkAccumulator(node, CONV_2D_OPTIONS.quantizedBiasType);
  const [channels = 0, , , depth = 0] = shapes.filter;
  const inC = shapes.from[3] ?? 0;
  if (depth !== inC) {
    const problem = `has ${inC} input channels and filters of ${depth} (grouped convolution), ` +
      `supported are filters of all input channels`;
    throw refuse(node, "E-TFLITE-FEATURE", problem);
  }
  const own = { kernel: "pinmap_conv_2d_s8", channels, axis: 0, afterOutput: [] };
  return convolve(node, CONV_2D_OPTIONS, shapes, own);
}

function lowerDepthwise(node: Node): KernelCall {
  const shapes = shapesOf(node);
  const [first = 0, , , channels = 0] = shapes.filter;
  const inC = shapes.from[3] ?? 1;
  // The option is redundant; TFLite Micro's kernel believes it, TFLite's computes it.
  const stated = int32(optionsOf(node), DEPTHWISE_CONV_2D_OPTIONS.depthMultiplier);
  const multiplier = channels / inC;
  if (first !== 1 || !Number.isInteger(multiplier) || (stated !== 0 && stated !== multiplier)) {
    const problem = `has weights of shape [${shapes.filter.join(", ")}] and depth multiplier ` +
      `${stated} for ${inC} input channels, needs [1, h, w, ${inC} × depth multiplier]`;
    throw refuse(node, "E-TFLITE-SHAPE", problem);
  }
  const kernel = "pinmap_depthwise_conv_2d_s8";
  const own = { kernel, channels, axis: 3, afterOutput: [multiplier] };
  return convolve(node, DEPTHWISE_CONV_2D_OPTIONS, shapes, own);
}

/** CONV_2D. Version 8 states the accumulator's type. */
export const conv2d: Lowering = {
  name: "CONV_2D",
  versions: [1, 2, 3, 8],
  optionsType: OPTIONS_TYPE.Conv2DOptions,
  lower: lowerConv,
};

/** DEPTHWISE_CONV_2D. */
export const depthwiseConv2d: Lowering = {
  name: "DEPTHWISE_CONV_2D",
  versions: [1, 2, 3],
  optionsType: OPTIONS_TYPE.DepthwiseConv2DOptions,
  lower: lowerDepthwise,
};
