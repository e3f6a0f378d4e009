/**
 * TensorFlow Lite's int8 ADD in plain TypeScript: the digits network has none, networks of the corpus do.
 *
 * @module
 */
import { requantize } from "../../examples/digits/fixed_point.ts";
import { type Activation, clamp } from "../../examples/digits/reference.ts";

/** What ADD of equal shapes needs besides its buffers. */
export interface AddParameters extends Activation {
  /** Elements. */
  readonly count: number;
  /** Minus the first input's zero point. */
  readonly input1_offset: number;
  /** Minus the second input's zero point. */
  readonly input2_offset: number;
  /** The output's zero point. */
  readonly output_offset: number;
  /** Bits that both inputs gain before they are scaled. */
  readonly left_shift: number;
  /** Scale of the first input. */
  readonly input1_multiplier: number;
  /** Likewise. */
  readonly input1_shift: number;
  /** Scale of the second input. */
  readonly input2_multiplier: number;
  /** Likewise. */
  readonly input2_shift: number;
  /** Scale of the output. */
  readonly output_multiplier: number;
  /** Likewise. */
  readonly output_shift: number;
}

/** ADD of two tensors of one shape. */
export function add(
  { input1, input2, output }: {
    readonly input1: Int8Array;
    readonly input2: Int8Array;
    readonly output: Int8Array;
  },
  p: AddParameters,
): void {
  for (let i = 0; i < p.count; i++) {
    const a = (input1[i]! + p.input1_offset) << p.left_shift;
    const b = (input2[i]! + p.input2_offset) << p.left_shift;
    const sum = requantize(a, p.input1_multiplier, p.input1_shift) +
      requantize(b, p.input2_multiplier, p.input2_shift);
    const value = requantize(sum, p.output_multiplier, p.output_shift) + p.output_offset;
    output[i] = clamp(value, p);
  }
}
