/**
 * What every operator's lowering is given and gives: a checked view of the operator, and the kernel
 * call that computes it.
 *
 * @module
 */
import { InputError } from "../../../base/error.ts";
import type { Graph, Operator, Tensor } from "../graph.ts";
import { activationRange, windowSize } from "../quantize.ts";
import { ACTIVATIONS, PADDINGS, TENSOR_TYPES } from "../schema.ts";
import { charge, int8, type Table } from "../table.ts";

/** An argument of a kernel: a tensor of the network, or an int32 array that preparation computed. */
export type Operand =
  | { readonly role: string; readonly tensor: Tensor }
  | { readonly role: string; readonly values: readonly number[] };

/** A call of a kernel of the firmware library. */
export interface KernelCall {
  /** Name of the C function. */
  readonly kernel: string;
  /** Pointers in the kernel's order; their roles are the names of the kernel's parameters. */
  readonly operands: readonly Operand[];
  /** `int32_t` arguments after the pointers, in order. */
  readonly scalars: readonly number[];
}

/** An operator of TFLite: one entry of the registry. */
export interface Lowering {
  /** Name in the schema. */
  readonly name: string;
  /** Versions that may stand at an int8 operator. */
  readonly versions: readonly number[];
  /** Type of its options; `undefined` if it needs none. */
  readonly optionsType: number | undefined;
  /** Makes the kernel call. */
  readonly lower: (node: Node) => KernelCall;
}

/** An operator that is being lowered. */
export interface Node {
  /** The operator. */
  readonly operator: Operator;
  /** Its graph. */
  readonly graph: Graph;
}

/** An int8 tensor with one scale and one zero point. */
export interface Activation {
  /** The tensor. */
  readonly tensor: Tensor;
  /** Scale, a float32 above 0. */
  readonly scale: number;
  /** Zero point, −128 to 127. */
  readonly zeroPoint: number;
}

/** An error about an operator: names it, its index, and after `problem` what is supported. */
export function operatorError(
  graph: Graph,
  operator: Operator,
  code: string,
  problem: string,
): InputError {
  const { index, name } = operator;
  return new InputError(
    code,
    `Cannot import "${graph.reader.file}": operator ${index} (${name}) ${problem}`,
    { data: { operator: name, index } },
  );
}

/** {@linkcode operatorError} of a node. */
export function refuse(node: Node, code: string, problem: string): InputError {
  return operatorError(node.graph, node.operator, code, problem);
}

/** The options; the registry has checked their type. */
export function optionsOf(node: Node): Table {
  if (node.operator.options !== undefined) return node.operator.options;
  throw refuse(node, "E-TFLITE-CORRUPT", "has no options, needs them");
}

/** Refuses another number of inputs or outputs. */
export function checkArity(node: Node, least: number, most: number): void {
  const { inputs, outputs } = node.operator;
  if (inputs.length < least || inputs.length > most || outputs.length !== 1) {
    const needed = least === most ? `${least}` : `${least} to ${most}`;
    throw refuse(
      node,
      "E-TFLITE-GRAPH",
      `has ${inputs.length} inputs and ${outputs.length} outputs, needs ${needed} and 1`,
    );
  }
}

/** A required input. */
export function inputOf(node: Node, position: number): Tensor {
  return node.graph.tensor(node.operator.inputs[position] ?? -1);
}

/** An optional input: absent, or −1. */
export function optionalInput(node: Node, position: number): Tensor | undefined {
  const index = node.operator.inputs[position] ?? -1;
  return index === -1 ? undefined : node.graph.tensor(index);
}

/** The only output. */
export function outputOf(node: Node): Tensor {
  return node.graph.tensor(node.operator.outputs[0] ?? -1);
}

function describe(tensor: Tensor): string {
  return `tensor ${tensor.index} (${JSON.stringify(tensor.name)})`;
}

/** Refuses a tensor of another type. */
export function checkType(node: Node, tensor: Tensor, type: string): void {
  if (tensor.type !== type) {
    const problem = `has ${describe(tensor)} of type ${tensor.type}, supported is ${type}`;
    throw refuse(node, "E-TFLITE-TYPE", problem);
  }
}

/** An int8 tensor that is quantised per tensor. */
export function activation(node: Node, tensor: Tensor): Activation {
  checkType(node, tensor, "int8");
  const { scales = [], zeroPoints = [] } = tensor.quantization ?? {};
  const [scale] = scales;
  const [zeroPoint = 0] = zeroPoints;
  if (scale === undefined || scales.length !== 1) {
    throw refuse(
      node,
      "E-TFLITE-QUANTIZATION",
      `has ${describe(tensor)} with ${scales.length} scales, needs 1`,
    );
  }
  if (zeroPoint < -128 || zeroPoint > 127) {
    throw refuse(
      node,
      "E-TFLITE-QUANTIZATION",
      `has ${describe(tensor)} with zero point ${zeroPoint}, needs one from -128 to 127`,
    );
  }
  if (tensor.data !== undefined) checkConstant(node, tensor, 1);
  return { tensor, scale, zeroPoint };
}

/** Refuses another number of dimensions, and gives the extents. */
export function checkRank(node: Node, tensor: Tensor, rank: number): readonly number[] {
  if (tensor.shape.length !== rank) {
    const problem = `has ${describe(tensor)} of shape [${tensor.shape.join(", ")}], ` +
      `needs ${rank} dimensions`;
    throw refuse(node, "E-TFLITE-SHAPE", problem);
  }
  return tensor.shape;
}

/** Refuses a shape other than the one that the operator makes. */
export function checkShape(node: Node, tensor: Tensor, expected: readonly number[]): void {
  if (tensor.shape.join() !== expected.join()) {
    const problem = `has ${describe(tensor)} of shape [${tensor.shape.join(", ")}], ` +
      `needs [${expected.join(", ")}]`;
    throw refuse(node, "E-TFLITE-SHAPE", problem);
  }
}

/** The constant data of a tensor. */
export function checkConstant(node: Node, tensor: Tensor, bytesPerElement: number): Uint8Array {
  if (tensor.data === undefined) {
    const problem = `has ${describe(tensor)} computed at run time, supported is a constant`;
    throw refuse(node, "E-TFLITE-FEATURE", problem);
  }
  if (tensor.data.length !== tensor.elements * bytesPerElement) {
    const problem = `has ${describe(tensor)} with ${tensor.data.length} B of data, ` +
      `needs ${tensor.elements * bytesPerElement} B`;
    throw refuse(node, "E-TFLITE-CORRUPT", problem);
  }
  return tensor.data;
}

/**
 * Int8 weights, quantised per tensor or along `axis`, always symmetrically.
 *
 * @returns The scales: one, or one for each slice along `axis`
 */
export function checkWeights(node: Node, weights: Tensor, axis: number): readonly number[] {
  checkType(node, weights, "int8");
  checkConstant(node, weights, 1);
  const channels = weights.shape[axis] ?? 0;
  const { scales = [], zeroPoints = [], axis: quantized = 0 } = weights.quantization ?? {};
  const what = `has weights ${describe(weights)}`;
  const perChannel = scales.length > 1;
  if (scales.length !== 1 && (scales.length !== channels || quantized !== axis)) {
    const problem = `${what} with ${scales.length} scales along dimension ${quantized}, ` +
      `supported is 1, or ${channels} along dimension ${axis}`;
    throw refuse(node, "E-TFLITE-QUANTIZATION", problem);
  }
  const asymmetric = zeroPoints.findIndex((point) => point !== 0);
  if (asymmetric >= 0) {
    const where = perChannel ? ` of channel ${asymmetric}` : "";
    const problem = `${what} with zero point ${zeroPoints[asymmetric]}${where}, needs 0`;
    throw refuse(node, "E-TFLITE-QUANTIZATION", problem);
  }
  return scales;
}

/** The bias, or zeros where the operator has none. */
export function biasOperand(node: Node, position: number, channels: number): Operand {
  const bias = optionalInput(node, position);
  if (bias === undefined) {
    charge(node.graph.reader, 4 * channels);
    return { role: "bias", values: new Array<number>(channels).fill(0) };
  }
  checkType(node, bias, "int32");
  if (bias.elements !== channels) {
    const problem = `has a bias of ${bias.elements} elements, needs ${channels}`;
    throw refuse(node, "E-TFLITE-SHAPE", problem);
  }
  checkConstant(node, bias, 4);
  const point = bias.quantization?.zeroPoints.find((value) => value !== 0);
  if (point !== undefined) {
    throw refuse(node, "E-TFLITE-QUANTIZATION", `has a bias with zero point ${point}, needs 0`);
  }
  return { role: "bias", tensor: bias };
}

/** Least and greatest output after the fused activation, whose field in the options is `id`. */
export function fusedRange(
  node: Node,
  id: number,
  output: Activation,
): readonly [number, number] {
  const value = int8(optionsOf(node), id);
  const name = ACTIVATIONS[value] ?? `${value}`;
  const range = activationRange(name, output.scale, output.zeroPoint);
  if (range !== undefined) return range;
  const problem = `has fused activation ${name} with output scale ${output.scale}, ` +
    `supported are NONE, RELU, RELU_N1_TO_1, RELU6`;
  throw refuse(node, "E-TFLITE-FEATURE", problem);
}

/** The padding, whose field in the options is `id`. */
export function paddingOf(node: Node, id: number): "SAME" | "VALID" {
  const value = int8(optionsOf(node), id);
  const name = PADDINGS[value];
  if (name === "SAME" || name === "VALID") return name;
  throw refuse(node, "E-TFLITE-FEATURE", `has padding ${value}, supported are SAME and VALID`);
}

/** Refuses an accumulator other than int32; the field of its type in the options is `id`. */
export function checkAccumulator(node: Node, id: number): void {
  const value = int8(optionsOf(node), id);
  // 0 is float32 in the enum, and stands for "not given".
  if (value === 0 || TENSOR_TYPES[value] === "int32") return;
  const problem = `accumulates in ${TENSOR_TYPES[value] ?? value}, supported is int32`;
  throw refuse(node, "E-TFLITE-TYPE", problem);
}

/** Output size and padding along one axis; refuses a padding that no int32 holds. */
export function checkWindow(
  node: Node,
  ...window: Parameters<typeof windowSize>
): ReturnType<typeof windowSize> {
  const { out, pad } = windowSize(...window);
  if (pad < 2 ** 31) return { out, pad };
  throw refuse(node, "E-TFLITE-SHAPE", `pads by ${pad}, needs less than 2^31`);
}

/** Refuses a stride, filter size or dilation below 1, or one that no tensor could need. */
export function checkPositive(node: Node, what: string, value: number): number {
  if (value >= 1 && value <= 2 ** 16) return value;
  throw refuse(node, "E-TFLITE-SHAPE", `has ${what} ${value}, needs 1 to 65536`);
}
