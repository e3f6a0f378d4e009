/**
 * SOFTMAX over the last dimension (TFLite Micro's softmax_common.cc). Int8 is version 2.
 *
 * @module
 */
import { softmaxScaling } from "../quantize.ts";
import { OPTIONS_TYPE, SOFTMAX_OPTIONS } from "../schema.ts";
import { float32 } from "../table.ts";
import {
  activation,
  checkArity,
  checkShape,
  inputOf,
  type KernelCall,
  type Lowering,
  type Node,
  optionsOf,
  outputOf,
  refuse,
} from "./lowering.ts";

function lower(node: Node): KernelCall {
  checkArity(node, 1, 1);
  const input = activation(node, inputOf(node, 0));
  const output = activation(node, outputOf(node));
  const { shape, elements } = input.tensor;
  const depth = shape.at(-1);
  if (depth === undefined) {
    throw refuse(node, "E-TFLITE-SHAPE", "has a scalar as input, needs at least 1 dimension");
  }
  checkShape(node, output.tensor, shape);
  if (output.scale !== 1 / 256 || output.zeroPoint !== -128) {
    const problem = `has output scale ${output.scale} and zero point ${output.zeroPoint}, ` +
      `needs 0.00390625 and -128`;
    throw refuse(node, "E-TFLITE-QUANTIZATION", problem);
  }
  const beta = float32(optionsOf(node), SOFTMAX_OPTIONS.beta);
  const scaling = softmaxScaling(beta, input.scale);
  if (scaling === undefined) {
    const problem = `has beta ${beta} and input scale ${input.scale}, needs a product above 2^-26`;
    throw refuse(node, "E-TFLITE-QUANTIZATION", problem);
  }
  return {
    kernel: "pinmap_softmax_s8",
    operands: [
      { role: "input", tensor: input.tensor },
      { role: "output", tensor: output.tensor },
    ],
    scalars: [elements / depth, depth, scaling.multiplier, scaling.leftShift, scaling.diffMin],
  };
}

/** SOFTMAX. */
export const softmax: Lowering = {
  name: "SOFTMAX",
  versions: [1, 2],
  optionsType: OPTIONS_TYPE.SoftmaxOptions,
  lower,
};
