/**
 * RESHAPE: the bytes stay as they are, only their shape changes, so it is a copy between two buffers
 * (TFLite Micro's reshape_common.cc).
 *
 * @module
 */
import {
  checkArity,
  checkConstant,
  checkType,
  inputOf,
  type KernelCall,
  type Lowering,
  type Node,
  optionalInput,
  outputOf,
  refuse,
} from "./lowering.ts";

function lower(node: Node): KernelCall {
  checkArity(node, 1, 2);
  const input = inputOf(node, 0);
  const output = outputOf(node);
  checkType(node, input, "int8");
  checkType(node, output, "int8");
  const wanted = optionalInput(node, 1);
  if (wanted !== undefined) {
    checkType(node, wanted, "int32");
    checkConstant(node, wanted, 4);
  }
  if (input.data !== undefined) checkConstant(node, input, 1);
  if (input.elements !== output.elements) {
    const problem = `makes [${output.shape.join(", ")}] of [${input.shape.join(", ")}], ` +
      `needs as many elements`;
    throw refuse(node, "E-TFLITE-SHAPE", problem);
  }
  return {
    kernel: "pinmap_copy_s8",
    operands: [{ role: "input", tensor: input }, { role: "output", tensor: output }],
    scalars: [output.elements],
  };
}

/** RESHAPE. Its shape is that of the output tensor; the options only repeat it. */
export const reshape: Lowering = {
  name: "RESHAPE",
  versions: [1],
  optionsType: undefined,
  lower,
};
