/**
 * How often each kernel of `src/firmware/kernels` touches its tensors: the loops of the C sources as
 * formulas. A change of a kernel's loops changes the formula here; `tests/simulate/profile_test.ts`
 * compares them with the emulator, access by access.
 *
 * @module
 */
import { type Accesses, NO_ACCESSES } from "./accesses.ts";

/** What a formula may know. */
export interface KernelCall {
  /** The scalars of the call, in the order of the C function. */
  readonly scalars: readonly number[];
  /** Rows of weights that share a load of the input: `PINMAP_ROWS` of `dot_product.h`. */
  readonly rows: number;
}

/** Accesses for each pointer argument, in the order of the C function. */
type Formula = (call: KernelCall) => readonly Accesses[];

const read = (times: number, bytes: number): Accesses => ({
  ...NO_ACCESSES,
  reads: times,
  readBytes: times * bytes,
});
const write = (times: number, bytes: number): Accesses => ({
  ...NO_ACCESSES,
  writes: times,
  writeBytes: times * bytes,
});

/** Formulas by kernel. */
export const KERNEL_ACCESSES: ReadonlyMap<string, Formula> = new Map([
  ["pinmap_conv_2d_s8", conv],
  ["pinmap_depthwise_conv_2d_s8", depthwise],
  ["pinmap_fully_connected_s8", fullyConnected],
  ["pinmap_average_pool_2d_s8", pool],
  ["pinmap_max_pool_2d_s8", pool],
  ["pinmap_copy_s8", copy],
  ["pinmap_softmax_s8", softmax],
  ["pinmap_add_s8", add],
]);

/**
 * Taps that lie on the input, summed over all outputs of one dimension (`window.h`).
 *
 * @param outputs Outputs
 * @param inputs Length of the input
 * @param taps Length of the window
 * @param stride From one window to the next
 * @param pad Positions before the input
 * @param dilation From one tap to the next
 */
function tapsInside(
  outputs: number,
  inputs: number,
  taps: number,
  stride: number,
  pad: number,
  dilation: number,
): number {
  let sum = 0;
  for (let output = 0; output < outputs; output++) {
    const origin = output * stride - pad;
    for (let tap = 0; tap < taps; tap++) {
      const position = origin + tap * dilation;
      if (position >= 0 && position < inputs) sum++;
    }
  }
  return sum;
}

/** Passes over the input: one for each full group of rows, then one for each row that is left. */
function passes(rows: number, group: number): number {
  return Math.floor(rows / group) + rows % group;
}

function conv({ scalars, rows }: KernelCall): readonly Accesses[] {
  const [batch = 0, inH = 0, inW = 0, inC = 0, outH = 0, outW = 0, outC = 0] = scalars;
  const [kH = 0, kW = 0, strideH = 0, strideW = 0, padH = 0, padW = 0, dilH = 0, dilW = 0] = scalars
    .slice(7);
  const taps = batch * tapsInside(outH, inH, kH, strideH, padH, dilH) *
    tapsInside(outW, inW, kW, strideW, padW, dilW) * inC;
  const outputs = batch * outH * outW * outC;
  return [
    read(taps * passes(outC, rows), 1),
    read(taps * outC, 1),
    read(outputs, 4),
    read(outputs, 4),
    read(outputs, 4),
    write(outputs, 1),
  ];
}

function depthwise({ scalars }: KernelCall): readonly Accesses[] {
  const [batch = 0, inH = 0, inW = 0, , outH = 0, outW = 0, outC = 0] = scalars;
  const [kH = 0, kW = 0, strideH = 0, strideW = 0, padH = 0, padW = 0, dilH = 0, dilW = 0] = scalars
    .slice(8);
  const taps = batch * tapsInside(outH, inH, kH, strideH, padH, dilH) *
    tapsInside(outW, inW, kW, strideW, padW, dilW) * outC;
  const outputs = batch * outH * outW * outC;
  return [
    read(taps, 1),
    read(taps, 1),
    read(outputs, 4),
    read(outputs, 4),
    read(outputs, 4),
    write(outputs, 1),
  ];
}

function fullyConnected({ scalars, rows }: KernelCall): readonly Accesses[] {
  const [batch = 0, inDepth = 0, outDepth = 0, , , weightsOffset = 0] = scalars;
  const outputs = batch * outDepth;
  const sums = weightsOffset === 0 ? 0 : 1;
  return [
    read(batch * inDepth * (passes(outDepth, rows) + sums), 1),
    read(outputs * inDepth, 1),
    read(outputs, 4),
    read(outputs, 4),
    read(outputs, 4),
    write(outputs, 1),
  ];
}

function pool({ scalars }: KernelCall): readonly Accesses[] {
  const [batch = 0, inH = 0, inW = 0, channels = 0, outH = 0, outW = 0] = scalars;
  const [filterH = 0, filterW = 0, strideH = 0, strideW = 0, padH = 0, padW = 0] = scalars.slice(6);
  const taps = tapsInside(outH, inH, filterH, strideH, padH, 1) *
    tapsInside(outW, inW, filterW, strideW, padW, 1);
  return [read(batch * taps * channels, 1), write(batch * outH * outW * channels, 1)];
}

/** Words, then what is left; buffers are aligned to words unless somebody asked for less. */
function copy({ scalars: [bytes = 0] }: KernelCall): readonly Accesses[] {
  const times = Math.floor(bytes / 4) + bytes % 4;
  return [
    { ...NO_ACCESSES, reads: times, readBytes: bytes },
    { ...NO_ACCESSES, writes: times, writeBytes: bytes },
  ];
}

/** Once for the largest value, once for the sum, once for the shares. */
function softmax({ scalars: [outer = 0, depth = 0] }: KernelCall): readonly Accesses[] {
  return [read(3 * outer * depth, 1), write(outer * depth, 1)];
}

function add({ scalars: [count = 0] }: KernelCall): readonly Accesses[] {
  return [read(count, 1), read(count, 1), write(count, 1)];
}
