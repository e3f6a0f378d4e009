/**
 * Golden vectors of the corpus: inputs and bit-exact outputs of TensorFlow Lite Micro's reference
 * kernels.
 *
 * @module
 */

/** One vector. */
export interface GoldenVector {
  /** Name. */
  readonly name: string;
  /** Bytes of the input tensor. */
  readonly input: Uint8Array;
  /** Bytes of the output tensor, base64. */
  readonly output_base64: string;
}

/** Reads the vectors of a golden file. */
export function goldenVectors(path: string): GoldenVector[] {
  const golden = JSON.parse(Deno.readTextFileSync(path)) as {
    vectors: { name: string; input_base64: string; output_base64: string }[];
  };
  return golden.vectors.map(({ name, input_base64, output_base64 }) => ({
    name,
    input: Uint8Array.from(atob(input_base64), (character) => character.charCodeAt(0)),
    output_base64,
  }));
}
