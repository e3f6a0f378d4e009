/**
 * TensorFlow Lite's int8 operators in plain TypeScript, bit for bit as its reference kernels compute them
 * with double rounding: an independent oracle for the C kernels of the firmware.
 *
 * Layouts: activations batch, height, width, channel; convolution weights output channel, height, width,
 * input channel; depthwise weights 1, height, width, channel; fully connected weights output, input.
 * Offsets are what is added to a value before or after the sum: minus the zero point for what is read, plus
 * the zero point for what is written.
 *
 * @module
 */
import {
  expOfNegative,
  highMultiply,
  reciprocal,
  requantize,
  roundingShiftRight,
} from "./fixed_point.ts";

/** Clamp of the fused activation function. */
export interface Activation {
  /** Smallest value written. */
  readonly act_min: number;
  /** Largest value written. */
  readonly act_max: number;
}

/** Geometry of an operator that slides a window. */
export interface WindowGeometry {
  /** Images. */
  readonly batch: number;
  /** Input rows. */
  readonly in_h: number;
  /** Input columns. */
  readonly in_w: number;
  /** Output rows. */
  readonly out_h: number;
  /** Output columns. */
  readonly out_w: number;
  /** Rows per step. */
  readonly stride_h: number;
  /** Columns per step. */
  readonly stride_w: number;
  /** Rows of padding above. */
  readonly pad_h: number;
  /** Columns of padding to the left. */
  readonly pad_w: number;
}

/** What both convolutions need besides their buffers. */
export interface ConvolutionParameters extends WindowGeometry, Activation {
  /** Input channels. */
  readonly in_c: number;
  /** Output channels. */
  readonly out_c: number;
  /** Rows of the window. */
  readonly k_h: number;
  /** Columns of the window. */
  readonly k_w: number;
  /** Rows between taps. */
  readonly dilation_h: number;
  /** Columns between taps. */
  readonly dilation_w: number;
  /** Minus the input's zero point. */
  readonly input_offset: number;
  /** The output's zero point. */
  readonly output_offset: number;
}

/** Buffers of an operator with weights. */
export interface WeightedBuffers {
  /** Read. */
  readonly input: Int8Array;
  /** Weights. */
  readonly weights: Int8Array;
  /** One per output channel. */
  readonly bias: Int32Array;
  /** Requantisation: one per output channel. */
  readonly multiplier: Int32Array;
  /** Requantisation: positive shifts left. */
  readonly shift: Int32Array;
  /** Written. */
  readonly output: Int8Array;
}

/** Buffers of an operator without weights. */
export interface UnaryBuffers {
  /** Read. */
  readonly input: Int8Array;
  /** Written. */
  readonly output: Int8Array;
}

/** Applies the fused activation function. */
export function clamp(value: number, { act_min, act_max }: Activation): number {
  return Math.min(act_max, Math.max(act_min, value));
}

/** CONV_2D. */
export function conv2d(buffers: WeightedBuffers, p: ConvolutionParameters): void {
  convolve(buffers, p, {
    channels: p.in_c,
    firstInput: () => 0,
    firstWeight: (oc) => oc * p.k_h * p.k_w * p.in_c,
    tapStep: p.in_c,
  });
}

/** DEPTHWISE_CONV_2D; output channel `c × depth_multiplier + m` reads input channel `c`. */
export function depthwiseConv2d(
  buffers: WeightedBuffers,
  p: ConvolutionParameters & { readonly depth_multiplier: number },
): void {
  convolve(buffers, p, {
    channels: 1,
    firstInput: (oc) => Math.floor(oc / p.depth_multiplier),
    firstWeight: (oc) => oc,
    tapStep: p.out_c,
  });
}

/** Which input channels and which weights belong to an output channel. */
interface ChannelLayout {
  /** Input channels that one output channel reads. */
  readonly channels: number;
  /** The first of them. */
  readonly firstInput: (oc: number) => number;
  /** Where the output channel's weight of the window's first tap is. */
  readonly firstWeight: (oc: number) => number;
  /** How far the weights of neighbouring taps lie apart. */
  readonly tapStep: number;
}

/** Sums the taps of the window that lie inside the image, for every output element, and requantises. */
function convolve(
  { input, weights, bias, multiplier, shift, output }: WeightedBuffers,
  p: ConvolutionParameters,
  layout: ChannelLayout,
): void {
  let at = 0;
  for (let batch = 0; batch < p.batch; batch++) {
    for (let oy = 0; oy < p.out_h; oy++) {
      for (let ox = 0; ox < p.out_w; ox++) {
        for (let oc = 0; oc < p.out_c; oc++) {
          const firstInput = layout.firstInput(oc);
          const firstWeight = layout.firstWeight(oc);
          let sum = bias[oc]!;
          for (let ky = 0; ky < p.k_h; ky++) {
            const y = oy * p.stride_h - p.pad_h + ky * p.dilation_h;
            if (y < 0 || y >= p.in_h) continue;
            for (let kx = 0; kx < p.k_w; kx++) {
              const x = ox * p.stride_w - p.pad_w + kx * p.dilation_w;
              if (x < 0 || x >= p.in_w) continue;
              const from = ((batch * p.in_h + y) * p.in_w + x) * p.in_c + firstInput;
              const weight = firstWeight + (ky * p.k_w + kx) * layout.tapStep;
              for (let ic = 0; ic < layout.channels; ic++) {
                sum += weights[weight + ic]! * (input[from + ic]! + p.input_offset);
              }
            }
          }
          const value = requantize(sum, multiplier[oc]!, shift[oc]!) + p.output_offset;
          output[at++] = clamp(value, p);
        }
      }
    }
  }
}

/** What FULLY_CONNECTED needs besides its buffers. */
export interface FullyConnectedParameters extends Activation {
  /** Rows of the input. */
  readonly batch: number;
  /** Elements of an input row. */
  readonly in_depth: number;
  /** Elements of an output row. */
  readonly out_depth: number;
  /** 0: one multiplier for all outputs; 1: one each. */
  readonly channel_step: number;
  /** Minus the input's zero point. */
  readonly input_offset: number;
  /** Minus the weights' zero point. */
  readonly weights_offset: number;
  /** The output's zero point. */
  readonly output_offset: number;
}

/** FULLY_CONNECTED. */
export function fullyConnected(buffers: WeightedBuffers, p: FullyConnectedParameters): void {
  const { input, weights, bias, multiplier, shift, output } = buffers;
  for (let batch = 0; batch < p.batch; batch++) {
    for (let o = 0; o < p.out_depth; o++) {
      let sum = bias[o]!;
      for (let i = 0; i < p.in_depth; i++) {
        sum += (weights[o * p.in_depth + i]! + p.weights_offset) *
          (input[batch * p.in_depth + i]! + p.input_offset);
      }
      const channel = o * p.channel_step;
      const value = requantize(sum, multiplier[channel]!, shift[channel]!) + p.output_offset;
      output[batch * p.out_depth + o] = clamp(value, p);
    }
  }
}

/** What pooling needs besides its buffers. */
export interface PoolParameters extends WindowGeometry, Activation {
  /** Channels of input and output. */
  readonly channels: number;
  /** Rows of the window. */
  readonly filter_h: number;
  /** Columns of the window. */
  readonly filter_w: number;
}

/** AVERAGE_POOL_2D: over the part of the window inside the image, ties away from zero. */
export function averagePool2d(buffers: UnaryBuffers, p: PoolParameters): void {
  pool(buffers, p, (window) => {
    const sum = window.reduce((a, b) => a + b, 0);
    const half = Math.floor(window.length / 2);
    return Math.trunc((sum > 0 ? sum + half : sum - half) / window.length);
  });
}

/** MAX_POOL_2D: over the part of the window inside the image. */
export function maxPool2d(buffers: UnaryBuffers, p: PoolParameters): void {
  pool(buffers, p, (window) => Math.max(...window));
}

function pool(
  { input, output }: UnaryBuffers,
  p: PoolParameters,
  reduce: (window: readonly number[]) => number,
): void {
  let at = 0;
  for (let batch = 0; batch < p.batch; batch++) {
    for (let oy = 0; oy < p.out_h; oy++) {
      for (let ox = 0; ox < p.out_w; ox++) {
        for (let c = 0; c < p.channels; c++) {
          const window: number[] = [];
          for (let ky = 0; ky < p.filter_h; ky++) {
            const y = oy * p.stride_h - p.pad_h + ky;
            if (y < 0 || y >= p.in_h) continue;
            for (let kx = 0; kx < p.filter_w; kx++) {
              const x = ox * p.stride_w - p.pad_w + kx;
              if (x < 0 || x >= p.in_w) continue;
              window.push(input[((batch * p.in_h + y) * p.in_w + x) * p.channels + c]!);
            }
          }
          output[at++] = clamp(reduce(window), p);
        }
      }
    }
  }
}

/** What SOFTMAX needs besides its buffers. */
export interface SoftmaxParameters {
  /** Rows. */
  readonly outer: number;
  /** Elements of a row. */
  readonly depth: number;
  /** Input scale × beta in Q5.26, as a multiplier. */
  readonly input_multiplier: number;
  /** And its shift to the left. */
  readonly input_left_shift: number;
  /** Elements further than this below the row's maximum count as zero. */
  readonly diff_min: number;
}

/** SOFTMAX; the output has scale 1/256 and zero point −128. */
export function softmax({ input, output }: UnaryBuffers, p: SoftmaxParameters): void {
  for (let row = 0; row < p.outer; row++) {
    const start = row * p.depth;
    const values = input.subarray(start, start + p.depth);
    const maximum = Math.max(...values);
    const powers = Array.from(values, (value) => {
      const difference = value - maximum;
      if (difference < p.diff_min) return undefined;
      return expOfNegative(requantize(difference, p.input_multiplier, p.input_left_shift));
    });
    const sum = powers.reduce<number>((a, b) => a + roundingShiftRight(b ?? 0, 12), 0);
    const { fraction, exponent } = reciprocal(sum);
    powers.forEach((power, i) => {
      const share = power === undefined
        ? 0
        : roundingShiftRight(highMultiply(fraction, power), exponent + 31 - 8);
      output[start + i] = Math.min(127, share - 128);
    });
  }
}
