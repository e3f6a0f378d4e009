/**
 * Evaluates an imported module without compiling it: follows `__tvm_main__` through its operator functions
 * to the `pinmap_*` kernels, and runs those with the TypeScript operators of `examples/digits/reference.ts`.
 * What the firmware computes in the emulator must be the same bytes.
 *
 * @module
 */
import {
  averagePool2d,
  conv2d,
  depthwiseConv2d,
  fullyConnected,
  maxPool2d,
  softmax,
  type WeightedBuffers,
} from "../../examples/digits/reference.ts";
import {
  type Allocate,
  type AllocateConst,
  type CallExtern,
  type Expr,
  type IRModule,
  MAIN,
  type PrimFunc,
  type Stmt,
  type Var,
} from "../../src/ir/types.ts";
import { add } from "./add.ts";

/** Contents of a buffer. */
export type Buffer = Int8Array | Int32Array;

/** What a module computed. */
export interface Evaluation {
  /** Contents of the buffers annotated `output_tensor`, by the name of the buffer's variable. */
  readonly outputs: ReadonlyMap<string, Int8Array>;
  /** What every call in `__tvm_main__` wrote to its last argument, in order. */
  readonly operators: readonly { readonly name: string; readonly output: Int8Array }[];
}

type Scope = Map<Var, Buffer>;

/**
 * Runs a module once.
 *
 * @param module As an importer makes it
 * @param inputs One per buffer annotated `input_tensor`, in order of declaration
 * @throws {Error} If the module does not follow the conventions between importer and firmware
 */
export function evaluate(module: IRModule, inputs: readonly Int8Array[]): Evaluation {
  const main = module.functions.find((fn) => fn.name === MAIN);
  if (main === undefined) throw new Error(`Cannot evaluate ${module.name}: it has no ${MAIN}`);
  const scope: Scope = new Map();
  const outputs = new Map<string, Int8Array>();
  const operators: { name: string; output: Int8Array }[] = [];
  const remaining = [...inputs];

  function run(stmt: Stmt): void {
    switch (stmt.kind) {
      case "allocate":
        declare(stmt);
        return run(stmt.body);
      case "allocate_const":
        scope.set(stmt.buffer, contentsOf(stmt));
        return run(stmt.body);
      case "seq":
        return stmt.body.forEach(run);
      case "evaluate": {
        const call = asCall(stmt.value);
        callOperator(module, call, scope);
        const output = int8(bufferOf(call.args.at(-1), scope));
        operators.push({ name: call.callee, output: output.slice() });
      }
    }
  }

  function declare(stmt: Allocate): void {
    const buffer = new Int8Array(stmt.extents.reduce((a, b) => a * b, 1));
    // What the firmware finds in a workspace is whatever was there before; zeros would hide that.
    buffer.fill(0x55);
    if (stmt.annotations["input_tensor"] !== undefined) {
      const input = remaining.shift();
      if (input?.length !== buffer.length) {
        throw new Error(
          `Cannot set ${stmt.buffer.name}: ${input?.length} B given, ${buffer.length} B needed`,
        );
      }
      buffer.set(input);
    }
    if (stmt.annotations["output_tensor"] !== undefined) outputs.set(stmt.buffer.name, buffer);
    scope.set(stmt.buffer, buffer);
  }

  run(main.body);
  return { outputs, operators };
}

function contentsOf({ buffer, dtype, data }: AllocateConst): Buffer {
  if (dtype === "int8") return new Int8Array(data); // 128 to 255 wrap to −128 to −1.
  if (dtype !== "int32") {
    throw new Error(`Cannot read ${buffer.name}: ${dtype}, int8 or int32 needed`);
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Int32Array.from({ length: data.length / 4 }, (_, i) => view.getInt32(4 * i, true));
}

function callOperator(module: IRModule, call: CallExtern, caller: Scope): void {
  const fn = module.functions.find((fn) => fn.name === call.callee);
  if (fn === undefined) throw new Error(`Cannot call ${call.callee}: it is not in the module`);
  if (fn.params.length !== call.args.length) {
    throw new Error(`Cannot call ${fn.name}: ${call.args.length} of ${fn.params.length} arguments`);
  }
  const scope: Scope = new Map();
  fn.params.forEach((param, i) => scope.set(param, bufferOf(call.args[i], caller)));
  callKernel(fn, scope);
}

function callKernel(fn: PrimFunc, scope: Scope): void {
  if (fn.body.kind !== "evaluate") throw new Error(`Cannot run ${fn.name}: not a single call`);
  const call = asCall(fn.body.value);
  const kernel = KERNELS[call.callee];
  if (kernel === undefined) throw new Error(`Cannot run ${fn.name}: no kernel ${call.callee}`);
  const { pointers, scalars } = kernel;
  if (call.args.length !== pointers.length + scalars.length) {
    throw new Error(
      `Cannot run ${call.callee}: ${call.args.length} arguments, ` +
        `${pointers.length + scalars.length} needed`,
    );
  }
  const buffers = pointers.map((name, i) => [name, bufferOf(call.args[i], scope)]);
  const values = scalars.map((name, i) => [name, integerOf(call.args[pointers.length + i])]);
  kernel.run(Object.fromEntries(buffers), Object.fromEntries(values));
}

function asCall(value: Expr): CallExtern {
  if (value.kind !== "call_extern") throw new Error(`Cannot evaluate a ${value.kind}: not a call`);
  return value;
}

function bufferOf(argument: Expr | undefined, scope: Scope): Buffer {
  const buffer = argument?.kind === "var" ? scope.get(argument) : undefined;
  if (buffer === undefined) throw new Error(`Cannot pass ${JSON.stringify(argument)}: no buffer`);
  return buffer;
}

function integerOf(argument: Expr | undefined): number {
  if (argument?.kind !== "int") {
    throw new Error(`Cannot pass ${JSON.stringify(argument)}: an integer is needed`);
  }
  return argument.value;
}

interface Kernel {
  readonly pointers: readonly string[];
  readonly scalars: readonly string[];
  readonly run: (buffers: Record<string, Buffer>, values: Record<string, number>) => void;
}

/** A kernel by the order of its pointers and scalars, which is that of its C prototype. */
function kernel<P extends string, S extends string>(
  pointers: readonly P[],
  scalars: readonly S[],
  run: (buffers: Record<P, Buffer>, values: Record<S, number>) => void,
): Kernel {
  return { pointers, scalars, run: run as Kernel["run"] };
}

function int8(buffer: Buffer): Int8Array {
  if (buffer instanceof Int8Array) return buffer;
  throw new Error("Cannot pass int32 elements: int8 needed");
}

function int32(buffer: Buffer): Int32Array {
  if (buffer instanceof Int32Array) return buffer;
  throw new Error("Cannot pass int8 elements: int32 needed");
}

const WEIGHTED = ["input", "weights", "bias", "multiplier", "shift", "output"] as const;
const ACTIVATION = ["act_min", "act_max"] as const;
const CONVOLUTION_INPUT = ["batch", "in_h", "in_w", "in_c", "out_h", "out_w", "out_c"] as const;
const CONVOLUTION_WINDOW = [
  ...["k_h", "k_w", "stride_h", "stride_w", "pad_h", "pad_w", "dilation_h", "dilation_w"] as const,
  ...["input_offset", "output_offset"] as const,
  ...ACTIVATION,
] as const;
const POOL = [
  ...["batch", "in_h", "in_w", "channels", "out_h", "out_w", "filter_h", "filter_w"] as const,
  ...["stride_h", "stride_w", "pad_h", "pad_w"] as const,
  ...ACTIVATION,
] as const;

function weighted(buffers: Record<typeof WEIGHTED[number], Buffer>): WeightedBuffers {
  return {
    input: int8(buffers.input),
    weights: int8(buffers.weights),
    bias: int32(buffers.bias),
    multiplier: int32(buffers.multiplier),
    shift: int32(buffers.shift),
    output: int8(buffers.output),
  };
}

const KERNELS: Readonly<Record<string, Kernel>> = {
  pinmap_conv_2d_s8: kernel(
    WEIGHTED,
    [...CONVOLUTION_INPUT, ...CONVOLUTION_WINDOW],
    (buffers, values) => conv2d(weighted(buffers), values),
  ),
  pinmap_depthwise_conv_2d_s8: kernel(
    WEIGHTED,
    [...CONVOLUTION_INPUT, "depth_multiplier", ...CONVOLUTION_WINDOW],
    (buffers, values) => depthwiseConv2d(weighted(buffers), values),
  ),
  pinmap_fully_connected_s8: kernel(
    WEIGHTED,
    [
      ...["batch", "in_depth", "out_depth", "channel_step"] as const,
      ...["input_offset", "weights_offset", "output_offset"] as const,
      ...ACTIVATION,
    ],
    (buffers, values) => fullyConnected(weighted(buffers), values),
  ),
  pinmap_average_pool_2d_s8: kernel(
    ["input", "output"],
    POOL,
    ({ input, output }, values) =>
      averagePool2d({ input: int8(input), output: int8(output) }, values),
  ),
  pinmap_max_pool_2d_s8: kernel(
    ["input", "output"],
    POOL,
    ({ input, output }, values) => maxPool2d({ input: int8(input), output: int8(output) }, values),
  ),
  pinmap_copy_s8: kernel(
    ["input", "output"],
    ["bytes"],
    ({ input, output }, { bytes }) => int8(output).set(int8(input).subarray(0, bytes)),
  ),
  pinmap_softmax_s8: kernel(
    ["input", "output"],
    ["outer", "depth", "input_multiplier", "input_left_shift", "diff_min"],
    ({ input, output }, values) => softmax({ input: int8(input), output: int8(output) }, values),
  ),
  pinmap_add_s8: kernel(
    ["input1", "input2", "output"],
    [
      ...["count", "input1_offset", "input2_offset", "output_offset", "left_shift"] as const,
      ...["input1_multiplier", "input1_shift", "input2_multiplier", "input2_shift"] as const,
      ...["output_multiplier", "output_shift"] as const,
      ...ACTIVATION,
    ],
    ({ input1, input2, output }, values) =>
      add({ input1: int8(input1), input2: int8(input2), output: int8(output) }, values),
  ),
};
