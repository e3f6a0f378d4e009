/**
 * The layers of the floating-point network, forward and backward, one image at a time.
 *
 * Tensors are in TensorFlow Lite's order: activations height, width, channel; weights of a convolution
 * output channel, height, width, input channel; of a depthwise one height, width, channel; of a dense one
 * output, input. Sums run in a fixed order in double precision, so that results do not depend on the machine.
 *
 * @module
 */

/** Extents of an activation. */
export interface Shape {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** Channels. */
  readonly channels: number;
}

/** What a layer does. Convolutions end in a ReLU. */
export type LayerSpec =
  | { readonly kind: "conv"; readonly name: string; readonly channels: number } & Window
  | { readonly kind: "depthwise"; readonly name: string } & Window
  | { readonly kind: "max_pool"; readonly name: string } & Window
  | { readonly kind: "flatten"; readonly name: string }
  | { readonly kind: "dense"; readonly name: string; readonly channels: number };

/** A square window that slides over the image. */
export interface Window {
  /** Rows and columns of the window. */
  readonly kernel: number;
  /** Step in both directions. */
  readonly stride: number;
  /** As TensorFlow Lite defines them. */
  readonly padding: "SAME" | "VALID";
}

/** A layer with its parameters, its last activation and its gradients. */
export interface Layer {
  /** What it does. */
  readonly spec: LayerSpec;
  /** Extents of what it reads. */
  readonly input: Shape;
  /** Extents of what it writes. */
  readonly output: Shape;
  /** Rows and columns of padding before the image. */
  readonly pad: { readonly top: number; readonly left: number };
  /** Parameters; empty where the layer has none. */
  readonly weights: Float32Array;
  /** One per output channel; empty where the layer has none. */
  readonly bias: Float32Array;
  /** Sum over the batch of the loss's gradient by `weights`. */
  readonly weightGradients: Float64Array;
  /** Sum over the batch of the loss's gradient by `bias`. */
  readonly biasGradients: Float64Array;
  /** Result of the last forward pass. */
  readonly values: Float32Array;
  /** Gradient of the loss by `values`. */
  readonly gradients: Float32Array;
}

/** Number of elements. */
export function elements(shape: Shape): number {
  return shape.height * shape.width * shape.channels;
}

/**
 * A layer for a given input, with all parameters zero.
 *
 * @param spec What it does
 * @param input Extents of what it reads
 */
export function createLayer(spec: LayerSpec, input: Shape): Layer {
  const windowed = spec.kind !== "flatten" && spec.kind !== "dense";
  const rows = windowed ? place(input.height, spec) : { size: 1, before: 0 };
  const columns = windowed ? place(input.width, spec) : { size: 1, before: 0 };
  const channels = spec.kind === "conv" || spec.kind === "dense"
    ? spec.channels
    : spec.kind === "flatten"
    ? elements(input)
    : input.channels;
  const output = { height: rows.size, width: columns.size, channels };
  const weights = countWeights(spec, input);
  const biases = weights === 0 ? 0 : channels;
  return {
    spec,
    input,
    output,
    pad: { top: rows.before, left: columns.before },
    weights: new Float32Array(weights),
    bias: new Float32Array(biases),
    weightGradients: new Float64Array(weights),
    biasGradients: new Float64Array(biases),
    values: new Float32Array(elements(output)),
    gradients: new Float32Array(elements(output)),
  };
}

/** Output extent and padding before, as TensorFlow Lite computes them. */
function place(extent: number, window: Window): { size: number; before: number } {
  const { kernel, stride } = window;
  if (window.padding === "VALID") {
    return { size: Math.ceil((extent - kernel + 1) / stride), before: 0 };
  }
  const size = Math.ceil(extent / stride);
  return { size, before: Math.max(0, (size - 1) * stride + kernel - extent) >> 1 };
}

function countWeights(spec: LayerSpec, input: Shape): number {
  switch (spec.kind) {
    case "conv":
      return spec.channels * spec.kernel ** 2 * input.channels;
    case "depthwise":
      return spec.kernel ** 2 * input.channels;
    case "dense":
      return spec.channels * elements(input);
    case "max_pool":
    case "flatten":
      return 0;
  }
}

/** Number of products in the sum for one output element. */
export function fanIn(layer: Layer): number {
  return layer.weights.length / layer.output.channels;
}
