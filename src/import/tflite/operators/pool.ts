/**
 * AVERAGE_POOL_2D and MAX_POOL_2D (TFLite Micro's pooling_common.cc). Int8 is version 2.
 *
 * @module
 */
import { OPTIONS_TYPE, POOL_2D_OPTIONS } from "../schema.ts";
import { int32 } from "../table.ts";
import {
  activation,
  checkArity,
  checkPositive,
  checkRank,
  checkShape,
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

function lower(node: Node, kernel: string): KernelCall {
  checkArity(node, 1, 1);
  const input = activation(node, inputOf(node, 0));
  const output = activation(node, outputOf(node));
  if (
    Math.abs(input.scale - output.scale) > 1e-6 || input.zeroPoint !== output.zeroPoint
  ) {
    const problem =
      `has input scale ${input.scale} and zero point ${input.zeroPoint}, output scale ` +
      `${output.scale} and zero point ${output.zeroPoint}, needs the same`;
    throw refuse(node, "E-TFLITE-QUANTIZATION", problem);
  }
  const options = optionsOf(node);
  const padding = paddingOf(node, POOL_2D_OPTIONS.padding);
  const [batch = 0, inH = 0, inW = 0, channels = 0] = checkRank(node, input.tensor, 4);
  const option = (what: string, id: number) => checkPositive(node, what, int32(options, id));
  const filterH = option("filter height", POOL_2D_OPTIONS.filterHeight);
  const filterW = option("filter width", POOL_2D_OPTIONS.filterWidth);
  const strideH = option("vertical stride", POOL_2D_OPTIONS.strideH);
  const strideW = option("horizontal stride", POOL_2D_OPTIONS.strideW);
  const rows = checkWindow(node, padding, inH, filterH, strideH, 1);
  const columns = checkWindow(node, padding, inW, filterW, strideW, 1);
  checkShape(node, output.tensor, [batch, rows.out, columns.out, channels]);
  return {
    kernel,
    operands: [
      { role: "input", tensor: input.tensor },
      { role: "output", tensor: output.tensor },
    ],
    scalars: [
      ...[batch, inH, inW, channels, rows.out, columns.out],
      ...[filterH, filterW, strideH, strideW, rows.pad, columns.pad],
      ...fusedRange(node, POOL_2D_OPTIONS.activation, output),
    ],
  };
}

/** AVERAGE_POOL_2D. */
export const averagePool2d: Lowering = {
  name: "AVERAGE_POOL_2D",
  versions: [1, 2],
  optionsType: OPTIONS_TYPE.Pool2DOptions,
  lower: (node) => lower(node, "pinmap_average_pool_2d_s8"),
};

/** MAX_POOL_2D. */
export const maxPool2d: Lowering = {
  name: "MAX_POOL_2D",
  versions: [1, 2],
  optionsType: OPTIONS_TYPE.Pool2DOptions,
  lower: (node) => lower(node, "pinmap_max_pool_2d_s8"),
};
