/**
 * Multipliers and shifts that bring an accumulator back to int8, for each output channel.
 *
 * @module
 */
import { type QuantizedMultiplier, quantizeMultiplier } from "../quantize.ts";
import { charge } from "../table.ts";
import { type Node, type Operand, refuse } from "./lowering.ts";

/** A multiplier whose shift the kernels can do. */
export function checkedMultiplier(node: Node, real: number): QuantizedMultiplier {
  const quantized = Number.isFinite(real) ? quantizeMultiplier(real) : undefined;
  if (quantized !== undefined && quantized.shift <= 30) return quantized;
  const problem = `rescales its result by ${real}, needs a factor below 2^30`;
  throw refuse(node, "E-TFLITE-QUANTIZATION", problem);
}

/**
 * The kernel's `multiplier` and `shift` arrays.
 *
 * @param node The operator
 * @param factors Effective scales: input × weights ÷ output
 */
export function requantization(node: Node, factors: readonly number[]): Operand[] {
  charge(node.graph.reader, 8 * factors.length);
  const quantized = factors.map((factor) => checkedMultiplier(node, factor));
  return [
    { role: "multiplier", values: quantized.map(({ multiplier }) => multiplier) },
    { role: "shift", values: quantized.map(({ shift }) => shift) },
  ];
}
