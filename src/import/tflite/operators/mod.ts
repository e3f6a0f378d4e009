/**
 * The operators that can be imported. A new one is a new file and a line here.
 *
 * @module
 */
import { OPTIONS_TYPE } from "../schema.ts";
import { add } from "./add.ts";
import { conv2d, depthwiseConv2d } from "./conv.ts";
import { fullyConnected } from "./fully_connected.ts";
import type { KernelCall, Lowering, Node } from "./lowering.ts";
import { refuse } from "./lowering.ts";
import { averagePool2d, maxPool2d } from "./pool.ts";
import { reshape } from "./reshape.ts";
import { softmax } from "./softmax.ts";

/** Lowerings by name of the operator. */
export const lowerings: ReadonlyMap<string, Lowering> = new Map(
  [conv2d, depthwiseConv2d, fullyConnected, averagePool2d, maxPool2d, reshape, softmax, add]
    .map((lowering) => [lowering.name, lowering]),
);

/**
 * The kernel call of an operator.
 *
 * @throws {InputError} E-TFLITE-OPERATOR, E-TFLITE-OPERATOR-VERSION, E-TFLITE-CORRUPT, and what the
 * lowering throws
 */
export function lowerOperator(node: Node): KernelCall {
  const { name, version, options, optionsType } = node.operator;
  const lowering = lowerings.get(name);
  if (lowering === undefined) {
    const problem = `is not supported, supported are ${[...lowerings.keys()].join(", ")} of int8`;
    throw refuse(node, "E-TFLITE-OPERATOR", problem);
  }
  if (!lowering.versions.includes(version)) {
    const problem = `has version ${version}, supported are ${lowering.versions.join(", ")} of int8`;
    throw refuse(node, "E-TFLITE-OPERATOR-VERSION", problem);
  }
  const wanted = lowering.optionsType;
  if (wanted !== undefined && (options === undefined || optionsType !== wanted)) {
    const needed = Object.entries(OPTIONS_TYPE).find(([, value]) => value === wanted)?.[0];
    throw refuse(node, "E-TFLITE-CORRUPT", `has options of type ${optionsType}, needs ${needed}`);
  }
  return lowering.lower(node);
}
