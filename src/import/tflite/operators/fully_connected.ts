/**
 * FULLY_CONNECTED (TFLite Micro's fully_connected_common.cc). Versions: 4 int8, 5 keeps dimensions,
 * 6 no bias, 11 states the accumulator's type, 12 per-channel weights.
 *
 * @module
 */
import type { Tensor } from "../graph.ts";
import { FULLY_CONNECTED_OPTIONS, OPTIONS_TYPE } from "../schema.ts";
import { int8 } from "../table.ts";
import {
  type Activation,
  activation,
  biasOperand,
  checkAccumulator,
  checkArity,
  checkRank,
  checkWeights,
  fusedRange,
  inputOf,
  type KernelCall,
  type Lowering,
  type Node,
  optionalInput,
  optionsOf,
  outputOf,
  refuse,
} from "./lowering.ts";
import { requantization } from "./requantize.ts";

function lower(node: Node): KernelCall {
  checkArity(node, 2, 3);
  const input = activation(node, inputOf(node, 0));
  const output = activation(node, outputOf(node));
  const weights = inputOf(node, 1);
  const [outDepth = 0, inDepth = 0] = checkRank(node, weights, 2);
  checkAccumulator(node, FULLY_CONNECTED_OPTIONS.quantizedBiasType);
  const format = int8(optionsOf(node), FULLY_CONNECTED_OPTIONS.weightsFormat);
  if (format !== 0) {
    const problem = `has weights format ${format}, supported is 0 (DEFAULT)`;
    throw refuse(node, "E-TFLITE-FEATURE", problem);
  }
  const batch = input.tensor.elements / inDepth;
  if (
    !Number.isInteger(batch) || output.tensor.shape.at(-1) !== outDepth ||
    output.tensor.elements !== batch * outDepth
  ) {
    const problem =
      `has input [${input.tensor.shape.join(", ")}], weights [${outDepth}, ${inDepth}] ` +
      `and output [${output.tensor.shape.join(", ")}], needs shapes that fit together`;
    throw refuse(node, "E-TFLITE-SHAPE", problem);
  }
  const scales = checkWeights(node, weights, 0);
  const factors = factorsOf(node, input, scales, output);
  const channelStep = scales.length > 1 ? 1 : 0;
  return {
    kernel: "pinmap_fully_connected_s8",
    operands: [
      { role: "input", tensor: input.tensor },
      { role: "weights", tensor: weights },
      biasOperand(node, 2, outDepth),
      ...requantization(node, factors),
      { role: "output", tensor: output.tensor },
    ],
    scalars: [
      ...[batch, inDepth, outDepth, channelStep],
      // Weights are symmetric, which was checked.
      ...[0 - input.zeroPoint, 0, output.zeroPoint],
      ...fusedRange(node, FULLY_CONNECTED_OPTIONS.activation, output),
    ],
  };
}

/**
 * Effective scales. With one weight scale TFLite multiplies the two input scales as floats
 * (GetQuantizedConvolutionMultipler), with several as doubles (CalculateOpDataFullyConnected).
 */
function factorsOf(
  node: Node,
  input: Activation,
  scales: readonly number[],
  output: Activation,
): number[] {
  if (scales.length > 1) return scales.map((scale) => input.scale * scale / output.scale);
  const [scale = 0] = scales;
  checkBiasScale(node, optionalInput(node, 2), input.scale * scale, output.scale);
  return [Math.fround(input.scale * scale) / output.scale];
}

/** The kernel takes the bias to be in units of input × weights; TFLite allows 2 % of an output step. */
function checkBiasScale(
  node: Node,
  bias: Tensor | undefined,
  product: number,
  outputScale: number,
): void {
  const stated = bias?.quantization?.scales[0];
  if (stated === undefined || Math.abs(product - stated) / outputScale <= 0.02) return;
  const problem = `has a bias of scale ${stated}, needs ${product} (input × weights)`;
  throw refuse(node, "E-TFLITE-QUANTIZATION", problem);
}

/** FULLY_CONNECTED. */
export const fullyConnected: Lowering = {
  name: "FULLY_CONNECTED",
  versions: [1, 2, 3, 4, 5, 6, 11, 12],
  optionsType: OPTIONS_TYPE.FullyConnectedOptions,
  lower,
};
