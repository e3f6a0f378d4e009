/**
 * The quantised network as a TensorFlow Lite model: one operator per layer, and the softmax.
 *
 * @module
 */
import { elements, type Shape } from "./layers.ts";
import {
  type Quantization,
  type QuantizedLayer,
  type QuantizedNetwork,
  SOFTMAX_QUANTIZATION,
} from "./quantize.ts";
import type {
  ModelDescription,
  OperatorDescription,
  OperatorOptions,
  TensorDescription,
} from "./tflite_writer.ts";

/**
 * Describes the network.
 *
 * @param network Quantised network
 * @param description Who made it and how
 */
export function describeModel(network: QuantizedNetwork, description: string): ModelDescription {
  const tensors: TensorDescription[] = [];
  const operators: OperatorDescription[] = [];
  const push = (tensor: TensorDescription): number => tensors.push(tensor) - 1;
  let current = push(activation("image", shapeOf(network.inputShape), network.input));
  const input = current;
  for (const layer of network.layers) {
    const constants = constantsOf(layer).map(push);
    const flat = layer.spec.kind === "flatten" || layer.spec.kind === "dense";
    const shape = flat ? [1, layer.outputShape.channels] : shapeOf(layer.outputShape);
    const output = push(activation(layer.spec.name, shape, layer.output));
    operators.push({
      options: optionsOf(layer),
      inputs: [current, ...constants],
      outputs: [output],
    });
    current = output;
  }
  const classes = network.layers.at(-1)?.outputShape.channels ?? 0;
  const output = push(activation("probabilities", [1, classes], SOFTMAX_QUANTIZATION));
  operators.push({ options: { code: "SOFTMAX" }, inputs: [current], outputs: [output] });
  return { description, name: "digits", tensors, operators, inputs: [input], outputs: [output] };
}

function shapeOf({ height, width, channels }: Shape): number[] {
  return [1, height, width, channels];
}

function activation(name: string, shape: readonly number[], q: Quantization): TensorDescription {
  const quantization = { scales: [q.scale], zeroPoints: [q.zeroPoint], dimension: 0 };
  return { name, shape, type: "INT8", quantization };
}

function optionsOf({ spec, outputShape }: QuantizedLayer): OperatorOptions {
  switch (spec.kind) {
    case "conv":
      return { code: "CONV_2D", padding: spec.padding, stride: spec.stride, relu: true };
    case "depthwise":
      return { code: "DEPTHWISE_CONV_2D", padding: spec.padding, stride: spec.stride, relu: true };
    case "max_pool":
      return {
        code: "MAX_POOL_2D",
        padding: spec.padding,
        stride: spec.stride,
        filter: spec.kernel,
      };
    case "flatten":
      return { code: "RESHAPE", shape: [1, outputShape.channels] };
    case "dense":
      return { code: "FULLY_CONNECTED" };
  }
}

/** What the operator reads besides the activation: weights and bias, or the shape to take on. */
function constantsOf(layer: QuantizedLayer): TensorDescription[] {
  const { spec, inputShape, outputShape, weights, bias } = layer;
  switch (spec.kind) {
    case "max_pool":
      return [];
    case "flatten": {
      const data = bytesOf(Int32Array.of(1, outputShape.channels));
      return [{ name: `${spec.name}/shape`, shape: [2], type: "INT32", data }];
    }
    case "conv":
      return parameters([outputShape.channels, spec.kernel, spec.kernel, inputShape.channels], 0);
    case "depthwise":
      return parameters([1, spec.kernel, spec.kernel, outputShape.channels], 3);
    case "dense":
      return parameters([outputShape.channels, elements(inputShape)], 0);
  }

  function parameters(shape: readonly number[], dimension: number): TensorDescription[] {
    const scales = [...layer.weightScales];
    const biasScales = scales.map((scale) => Math.fround(layer.input.scale * scale));
    return [
      {
        name: `${spec.name}/weights`,
        shape,
        type: "INT8",
        data: bytesOf(weights),
        quantization: { scales, zeroPoints: scales.map(() => 0), dimension },
      },
      {
        name: `${spec.name}/bias`,
        shape: [bias.length],
        type: "INT32",
        data: bytesOf(bias),
        quantization: { scales: biasScales, zeroPoints: scales.map(() => 0), dimension: 0 },
      },
    ];
  }
}

/** Little-endian bytes, whatever the machine's order. */
function bytesOf(values: Int8Array | Int32Array): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    if (values instanceof Int32Array) view.setInt32(4 * i, value, true);
    else view.setInt8(i, value);
  });
  return bytes;
}
