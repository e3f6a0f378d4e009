/**
 * Forward and backward passes through the layers of `layers.ts`, one image at a time.
 *
 * Sums run in a fixed order in double precision, and only operations that IEEE 754 defines exactly are
 * used, so that the same seed trains the same bits on every machine.
 *
 * @module
 */
import type { Layer, Window } from "./layers.ts";

/** Computes `layer.values` from `input`. */
export function forward(layer: Layer, input: Float32Array): void {
  const { spec } = layer;
  switch (spec.kind) {
    case "conv":
      return forwardConv(layer, spec, input);
    case "depthwise":
      return forwardDepthwise(layer, spec, input);
    case "max_pool":
      return forwardMaxPool(layer, spec, input);
    case "flatten":
      return layer.values.set(input);
    case "dense":
      return forwardDense(layer, input);
  }
}

/**
 * Adds to the parameters' gradients and computes the gradient by the input, from `layer.gradients`.
 *
 * @param layer A layer that has just run {@linkcode forward} on `input`
 * @param input What it read
 * @param inputGradients Receives the gradient of the loss by `input`
 */
export function backward(layer: Layer, input: Float32Array, inputGradients: Float32Array): void {
  const { spec } = layer;
  inputGradients.fill(0);
  switch (spec.kind) {
    case "conv":
      maskRelu(layer);
      return backwardConv(layer, spec, input, inputGradients);
    case "depthwise":
      maskRelu(layer);
      return backwardDepthwise(layer, spec, input, inputGradients);
    case "max_pool":
      return backwardMaxPool(layer, spec, input, inputGradients);
    case "flatten":
      return inputGradients.set(layer.gradients);
    case "dense":
      return backwardDense(layer, input, inputGradients);
  }
}

/** Where the window of one output position starts, and which part of it lies inside the image. */
interface Span {
  /** Row or column of the window's first tap; negative in the padding. */
  readonly origin: number;
  /** First tap inside the image. */
  readonly from: number;
  /** Tap after the last one inside the image. */
  readonly to: number;
}

function spans(count: number, extent: number, padding: number, window: Window): Span[] {
  return Array.from({ length: count }, (_, position) => {
    const origin = position * window.stride - padding;
    const to = Math.min(window.kernel, extent - origin);
    return { origin, from: Math.max(0, -origin), to };
  });
}

function windowRows(layer: Layer, window: Window): Span[] {
  return spans(layer.output.height, layer.input.height, layer.pad.top, window);
}

function windowColumns(layer: Layer, window: Window): Span[] {
  return spans(layer.output.width, layer.input.width, layer.pad.left, window);
}

/** The ReLU's derivative. */
function maskRelu(layer: Layer): void {
  const { values, gradients } = layer;
  for (let i = 0; i < values.length; i++) if (values[i]! <= 0) gradients[i] = 0;
}

function forwardConv(layer: Layer, window: Window, input: Float32Array): void {
  const { weights, bias, values } = layer;
  const { width, channels } = layer.input;
  const columns = windowColumns(layer, window);
  let output = 0;
  for (const row of windowRows(layer, window)) {
    for (const column of columns) {
      // The taps of one row of the window lie side by side in the image and in the weights.
      const run = (column.to - column.from) * channels;
      for (let oc = 0; oc < layer.output.channels; oc++) {
        let sum = bias[oc]!;
        for (let ky = row.from; ky < row.to; ky++) {
          const w = ((oc * window.kernel + ky) * window.kernel + column.from) * channels;
          const x = ((row.origin + ky) * width + column.origin + column.from) * channels;
          for (let i = 0; i < run; i++) sum += weights[w + i]! * input[x + i]!;
        }
        values[output++] = sum > 0 ? sum : 0;
      }
    }
  }
}

function backwardConv(
  layer: Layer,
  window: Window,
  input: Float32Array,
  inputGradients: Float32Array,
): void {
  const { weights, weightGradients, biasGradients, gradients } = layer;
  const { width, channels } = layer.input;
  const columns = windowColumns(layer, window);
  let output = 0;
  for (const row of windowRows(layer, window)) {
    for (const column of columns) {
      const run = (column.to - column.from) * channels;
      for (let oc = 0; oc < layer.output.channels; oc++) {
        const gradient = gradients[output++]!;
        if (gradient === 0) continue;
        biasGradients[oc]! += gradient;
        for (let ky = row.from; ky < row.to; ky++) {
          const w = ((oc * window.kernel + ky) * window.kernel + column.from) * channels;
          const x = ((row.origin + ky) * width + column.origin + column.from) * channels;
          for (let i = 0; i < run; i++) {
            weightGradients[w + i]! += gradient * input[x + i]!;
            inputGradients[x + i]! += gradient * weights[w + i]!;
          }
        }
      }
    }
  }
}

function forwardDepthwise(layer: Layer, window: Window, input: Float32Array): void {
  const { weights, bias, values } = layer;
  const { width, channels } = layer.input;
  const columns = windowColumns(layer, window);
  let output = 0;
  for (const row of windowRows(layer, window)) {
    for (const column of columns) {
      for (let c = 0; c < channels; c++) {
        let sum = bias[c]!;
        for (let ky = row.from; ky < row.to; ky++) {
          for (let kx = column.from; kx < column.to; kx++) {
            const x = ((row.origin + ky) * width + column.origin + kx) * channels + c;
            sum += weights[(ky * window.kernel + kx) * channels + c]! * input[x]!;
          }
        }
        values[output++] = sum > 0 ? sum : 0;
      }
    }
  }
}

function backwardDepthwise(
  layer: Layer,
  window: Window,
  input: Float32Array,
  inputGradients: Float32Array,
): void {
  const { weights, weightGradients, biasGradients, gradients } = layer;
  const { width, channels } = layer.input;
  const columns = windowColumns(layer, window);
  let output = 0;
  for (const row of windowRows(layer, window)) {
    for (const column of columns) {
      for (let c = 0; c < channels; c++) {
        const gradient = gradients[output++]!;
        if (gradient === 0) continue;
        biasGradients[c]! += gradient;
        for (let ky = row.from; ky < row.to; ky++) {
          for (let kx = column.from; kx < column.to; kx++) {
            const x = ((row.origin + ky) * width + column.origin + kx) * channels + c;
            const w = (ky * window.kernel + kx) * channels + c;
            weightGradients[w]! += gradient * input[x]!;
            inputGradients[x]! += gradient * weights[w]!;
          }
        }
      }
    }
  }
}

function forwardMaxPool(layer: Layer, window: Window, input: Float32Array): void {
  eachMaximum(layer, window, input, (output, at) => {
    layer.values[output] = input[at]!;
  });
}

function backwardMaxPool(
  layer: Layer,
  window: Window,
  input: Float32Array,
  inputGradients: Float32Array,
): void {
  eachMaximum(layer, window, input, (output, at) => {
    inputGradients[at]! += layer.gradients[output]!;
  });
}

/** Calls `visit` with every output element and the input element that is the first maximum of its window. */
function eachMaximum(
  layer: Layer,
  window: Window,
  input: Float32Array,
  visit: (output: number, at: number) => void,
): void {
  const { width, channels } = layer.input;
  const columns = windowColumns(layer, window);
  let output = 0;
  for (const row of windowRows(layer, window)) {
    for (const column of columns) {
      for (let c = 0; c < channels; c++) {
        let best = -1;
        for (let ky = row.from; ky < row.to; ky++) {
          for (let kx = column.from; kx < column.to; kx++) {
            const x = ((row.origin + ky) * width + column.origin + kx) * channels + c;
            if (best < 0 || input[x]! > input[best]!) best = x;
          }
        }
        visit(output++, best);
      }
    }
  }
}

function forwardDense(layer: Layer, input: Float32Array): void {
  const { weights, bias, values } = layer;
  for (let o = 0; o < values.length; o++) {
    let sum = bias[o]!;
    for (let i = 0; i < input.length; i++) sum += weights[o * input.length + i]! * input[i]!;
    values[o] = sum;
  }
}

function backwardDense(layer: Layer, input: Float32Array, inputGradients: Float32Array): void {
  const { weights, weightGradients, biasGradients, gradients } = layer;
  for (let o = 0; o < gradients.length; o++) {
    const gradient = gradients[o]!;
    biasGradients[o]! += gradient;
    for (let i = 0; i < input.length; i++) {
      weightGradients[o * input.length + i]! += gradient * input[i]!;
      inputGradients[i]! += gradient * weights[o * input.length + i]!;
    }
  }
}
