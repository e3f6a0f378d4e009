/**
 * The digits network: which layers it has, how it starts, and one step of training.
 *
 * @module
 */
import { SIDE } from "./data.ts";
import { createLayer, fanIn, type Layer, type LayerSpec, type Shape } from "./layers.ts";
import { backward, forward } from "./passes.ts";
import type { Random } from "./random.ts";

/** What the network reads. */
export const INPUT_SHAPE: Shape = { height: SIDE, width: SIDE, channels: 1 };

/**
 * The layers in order; a softmax follows. A strided convolution, a depthwise separable one, pooling and
 * one more convolution: every kind of layer that small image networks are made of, in about 180,000
 * multiplications.
 */
export const ARCHITECTURE: readonly LayerSpec[] = [
  { kind: "conv", name: "conv1", channels: 12, kernel: 3, stride: 2, padding: "SAME" },
  { kind: "depthwise", name: "depthwise2", kernel: 3, stride: 1, padding: "SAME" },
  { kind: "conv", name: "pointwise2", channels: 24, kernel: 1, stride: 1, padding: "SAME" },
  { kind: "max_pool", name: "pool2", kernel: 2, stride: 2, padding: "VALID" },
  { kind: "conv", name: "conv3", channels: 16, kernel: 3, stride: 1, padding: "VALID" },
  { kind: "flatten", name: "flatten" },
  { kind: "dense", name: "dense4", channels: 10 },
];

/** A network with its parameters. */
export interface Network {
  /** In order of execution. */
  readonly layers: readonly Layer[];
  /** Pixels from 0 to 1 that the next forward pass reads. */
  readonly input: Float32Array;
  /** Gradient of the loss by `input`. */
  readonly inputGradients: Float32Array;
}

/**
 * A network with random weights: uniform with the variance 2 / fan-in that He et al. (2015) derive for
 * layers with ReLU. Biases start at zero.
 *
 * @param architecture Layers in order
 * @param random Source of the weights
 */
export function createNetwork(architecture: readonly LayerSpec[], random: Random): Network {
  let shape = INPUT_SHAPE;
  const layers = architecture.map((spec) => {
    const layer = createLayer(spec, shape);
    shape = layer.output;
    const limit = Math.sqrt(6 / fanIn(layer));
    for (let i = 0; i < layer.weights.length; i++) {
      layer.weights[i] = (2 * random.real() - 1) * limit;
    }
    return layer;
  });
  const pixels = SIDE * SIDE;
  return { layers, input: new Float32Array(pixels), inputGradients: new Float32Array(pixels) };
}

/**
 * Runs the network on `network.input`.
 *
 * @returns The activations of its last layer, before the softmax; valid until the next call
 */
export function infer(network: Network): Float32Array {
  let input = network.input;
  for (const layer of network.layers) {
    forward(layer, input);
    input = layer.values;
  }
  return input;
}

/**
 * Adds one image's share to the gradients of all parameters.
 *
 * @param network Its `input` holds the image
 * @param label The right answer
 * @returns The probability that the network gave to the right answer
 */
export function learn(network: Network, label: number): number {
  const probabilities = softmax(infer(network));
  const { layers } = network;
  const last = layers.at(-1);
  // The gradient of the cross entropy by the softmax's input is simply the error in probability.
  last?.gradients.set(probabilities.map((p, i) => p - (i === label ? 1 : 0)));
  for (let i = layers.length - 1; i >= 0; i--) {
    const before = layers[i - 1];
    const input = before === undefined ? network.input : before.values;
    backward(layers[i]!, input, before === undefined ? network.inputGradients : before.gradients);
  }
  return probabilities[label] ?? 0;
}

/** Probabilities from logits. */
export function softmax(logits: Float32Array): Float64Array {
  const maximum = logits.reduce((a, b) => Math.max(a, b));
  const powers = Float64Array.from(logits, (logit) => exp(logit - maximum));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/**
 * e to the power of x ≤ 0. `Math.exp` may differ in the last bit between machines, and one bit is enough
 * to train another network.
 */
function exp(x: number): number {
  const halvings = Math.round(-x / Math.LN2);
  const rest = x + halvings * Math.LN2;
  let power = 1;
  for (let n = 14; n >= 1; n--) power = 1 + power * rest / n;
  for (let i = 0; i < halvings; i++) power /= 2;
  return power;
}
