/**
 * ADD of two tensors of the same shape (TFLite Micro's add_common.cc): both inputs are brought to twice
 * the larger scale, 20 bits to the left, added and brought to the output's scale.
 *
 * @module
 */
import type { QuantizedMultiplier } from "../quantize.ts";
import { ADD_OPTIONS, OPTIONS_TYPE } from "../schema.ts";
import {
  activation,
  checkArity,
  checkShape,
  fusedRange,
  inputOf,
  type KernelCall,
  type Lowering,
  type Node,
  outputOf,
  refuse,
} from "./lowering.ts";
import { checkedMultiplier } from "./requantize.ts";

const LEFT_SHIFT = 20;

function lower(node: Node): KernelCall {
  checkArity(node, 2, 2);
  const first = activation(node, inputOf(node, 0));
  const second = activation(node, inputOf(node, 1));
  const output = activation(node, outputOf(node));
  if (first.tensor.shape.join() !== second.tensor.shape.join()) {
    const problem =
      `adds [${first.tensor.shape.join(", ")}] and [${second.tensor.shape.join(", ")}] ` +
      `(broadcast), supported are equal shapes`;
    throw refuse(node, "E-TFLITE-FEATURE", problem);
  }
  checkShape(node, output.tensor, first.tensor.shape);
  const twiceLarger = 2 * Math.max(first.scale, second.scale);
  const scaled = [
    belowOne(node, first.scale / twiceLarger),
    belowOne(node, second.scale / twiceLarger),
    belowOne(node, twiceLarger / (2 ** LEFT_SHIFT * output.scale)),
  ];
  return {
    kernel: "pinmap_add_s8",
    operands: [
      { role: "input1", tensor: first.tensor },
      { role: "input2", tensor: second.tensor },
      { role: "output", tensor: output.tensor },
    ],
    scalars: [
      output.tensor.elements,
      ...[0 - first.zeroPoint, 0 - second.zeroPoint, output.zeroPoint, LEFT_SHIFT],
      ...scaled.flatMap(({ multiplier, shift }) => [multiplier, shift]),
      ...fusedRange(node, ADD_OPTIONS.activation, output),
    ],
  };
}

/** TFLite's QuantizeMultiplierSmallerThanOneExp, which takes factors in (0, 1) only. */
function belowOne(node: Node, real: number): QuantizedMultiplier {
  const quantized = checkedMultiplier(node, real);
  if (real > 0 && real < 1 && quantized.shift <= 0) return quantized;
  const problem = `rescales by ${real}, needs scales of inputs and output closer together`;
  throw refuse(node, "E-TFLITE-QUANTIZATION", problem);
}

/** ADD. */
export const add: Lowering = {
  name: "ADD",
  versions: [1, 2],
  optionsType: OPTIONS_TYPE.AddOptions,
  lower,
};
