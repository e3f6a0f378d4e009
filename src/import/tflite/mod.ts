/**
 * TFLite models as IR. Each operator becomes a function that calls one kernel of the firmware library;
 * `__tvm_main__` allocates the network's inputs, outputs, intermediates and constants and calls the
 * operators in order. Which pools they may end up in is not the importer's business.
 *
 * @module
 */
import { UsageError } from "../../base/error.ts";
import { moduleBuilder } from "../../ir/builder.ts";
import { nameProblem } from "../../ir/checks.ts";
import type { Annotations, IRModule } from "../../ir/types.ts";
import { type Graph, openGraph, type Tensor } from "./graph.ts";
import { sanitize, uniqueNames } from "./names.ts";
import { type KernelCall, operatorError } from "./operators/lowering.ts";
import { lowerOperator } from "./operators/mod.ts";
import { fileError } from "./table.ts";

/** How to import. */
export interface ImportOptions {
  /** Name of the module, a C identifier; by default `default`. */
  readonly name?: string;
  /** TVMScript: target of functions that name none; by default such functions are an error. */
  readonly target?: string;
  /** TVMScript: whether parallel loops become serial ones, as in TVM's ahead-of-time executor. */
  readonly serialLoops?: boolean;
  /** TVMScript: whether main's parameters become buffers of the workspace, TVM's use_workspace_io. */
  readonly workspaceIo?: boolean;
  /** TVMScript: bytes of the parameters that main looks up with `T.lookup_param`, by name. */
  readonly params?: ReadonlyMap<string, Uint8Array>;
}

/** Bytes: what TVM aligns workspace buffers to, and what word accesses to constants need. */
const ALIGNMENT = { activation: 16, constant: 4 } as const;

/**
 * Imports an int8 TFLite model.
 *
 * @param bytes The file
 * @param file Its path, for errors
 * @param options Name of the module
 * @returns Module without candidate pools; `pinmap.tensors` tells what its buffers mean
 * @throws {InputError} E-TFLITE-…: which operator, with its index, or which tensor, and what is
 * supported; a damaged file is always E-TFLITE-FORMAT or E-TFLITE-CORRUPT or one of those
 * @throws {UsageError} E-TFLITE-NAME if the name is no C identifier
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { InputError } from "../../base/error.ts";
 * import { importTflite } from "./mod.ts";
 *
 * assertThrows(() => importTflite(new Uint8Array(4), "net.tflite"), InputError, "no TFLite file");
 * ```
 */
export function importTflite(
  bytes: Uint8Array,
  file: string,
  options: ImportOptions = {},
): IRModule {
  const name = options.name ?? "default";
  const problem = nameProblem(name);
  if (problem !== undefined) {
    throw new UsageError("E-TFLITE-NAME", `Cannot name the module: ${problem}`);
  }
  const graph = openGraph(bytes, file);
  checkInterface(graph);
  const calls = lowerAll(graph);
  return buildModule(name, graph, calls);
}

/**
 * Which tensor each variable of the module is.
 *
 * @param bytes The file
 * @param file Its path, for errors
 * @returns Index of the tensor, by name of the buffer in the module that {@linkcode importTflite} makes
 * @throws {InputError} As {@linkcode importTflite}
 */
export function tensorsOfBuffers(bytes: Uint8Array, file: string): ReadonlyMap<string, number> {
  const graph = openGraph(bytes, file);
  const { names, intermediates } = nameBuffers(graph, lowerAll(graph));
  const variables = [...graph.inputs, ...graph.outputs, ...intermediates.map(({ index }) => index)];
  return new Map(variables.map((index) => [names.get(index) ?? "", index]));
}

/** Inputs and outputs are buffers of their own, which callers write and read. */
function checkInterface(graph: Graph): void {
  const fail = (problem: string) => fileError(graph.reader.file, "E-TFLITE-GRAPH", problem);
  if (graph.inputs.length === 0 || graph.outputs.length === 0) {
    throw fail(
      `it has ${graph.inputs.length} inputs and ${graph.outputs.length} outputs, needs some of both`,
    );
  }
  const seen = new Set<number>();
  for (const index of [...graph.inputs, ...graph.outputs]) {
    const tensor = graph.tensor(index);
    const what = `tensor ${index} (${JSON.stringify(tensor.name)})`;
    if (seen.has(index)) {
      throw fail(`${what} is an input or output twice, needs an operator in between`);
    }
    seen.add(index);
    if (tensor.data !== undefined) {
      throw fail(`${what} is an input or output and a constant, needs to be computed`);
    }
    const { scales = [] } = tensor.quantization ?? {};
    if (tensor.type !== "int8" || scales.length !== 1) {
      throw fileError(
        graph.reader.file,
        "E-TFLITE-TYPE",
        `${what} is an input or output of type ${tensor.type} with ${scales.length} scales, ` +
          `supported is int8 with 1`,
      );
    }
  }
}

/** Lowers the operators and checks that each reads only what is there, and writes what is not. */
function lowerAll(graph: Graph): KernelCall[] {
  const written = new Set<number>(graph.inputs);
  const calls = graph.operators.map((operator) => {
    const fail = (tensor: Tensor, problem: string) =>
      operatorError(
        graph,
        operator,
        "E-TFLITE-GRAPH",
        `${problem} tensor ${tensor.index} (${JSON.stringify(tensor.name)})`,
      );
    const call = lowerOperator({ operator, graph });
    for (const operand of call.operands) {
      if (!("tensor" in operand)) continue;
      const { role, tensor } = operand;
      const ready = tensor.data !== undefined || written.has(tensor.index);
      if (role !== "output" && !ready) throw fail(tensor, "reads, before anything writes it,");
      if (role === "output" && ready) {
        throw fail(tensor, "writes again the input, result or constant");
      }
    }
    for (const index of operator.outputs) written.add(index);
    return call;
  });
  const missing = graph.outputs.find((index) => !written.has(index));
  if (missing !== undefined) {
    const problem = `no operator writes its output, tensor ${missing}, needs one`;
    throw fileError(graph.reader.file, "E-TFLITE-GRAPH", problem);
  }
  return calls;
}

/** A constant of `__tvm_main__`. */
interface Constant {
  readonly name: string;
  readonly dtype: "int8" | "int32";
  readonly shape: readonly number[];
  /** Little-endian bytes, or int32 elements. */
  readonly data: Uint8Array | readonly number[];
}

interface Buffers {
  /** Name of the buffer of each tensor that is read or written. */
  readonly names: Map<number, string>;
  /** Tensors that are neither input nor output nor constant, in order of being written. */
  readonly intermediates: Tensor[];
  readonly constants: Constant[];
  /** For each call, the buffers' names in the order of its operands. */
  readonly args: string[][];
}

/** Names every buffer: interface first, so that clashes change only later names. */
function nameBuffers(graph: Graph, calls: readonly KernelCall[]): Buffers {
  const unique = uniqueNames();
  const names = new Map<number, string>();
  for (const index of [...graph.inputs, ...graph.outputs]) {
    names.set(index, unique(sanitize(graph.tensor(index).name)));
  }
  const intermediates: Tensor[] = [];
  const constants: Constant[] = [];
  const args = calls.map((call, i) =>
    call.operands.map((operand) => {
      const name = `op${i}_${operand.role === "output" ? "out" : operand.role}`;
      if ("values" in operand) {
        const { values } = operand;
        constants.push({ name, dtype: "int32", shape: [values.length], data: values });
        return name;
      }
      const { tensor } = operand;
      const known = names.get(tensor.index);
      if (known !== undefined) return known;
      names.set(tensor.index, name);
      if (tensor.data === undefined) intermediates.push(tensor);
      else {
        const dtype = tensor.type === "int32" ? "int32" : "int8";
        constants.push({ name, dtype, shape: tensor.shape, data: tensor.data });
      }
      return name;
    })
  );
  return { names, intermediates, constants, args };
}

function buildModule(name: string, graph: Graph, calls: readonly KernelCall[]): IRModule {
  const { names, intermediates, constants, args } = nameBuffers(graph, calls);
  const nameOf = (tensor: Tensor) => names.get(tensor.index) ?? "";
  const inputs = graph.inputs.map(graph.tensor);
  const outputs = graph.outputs.map(graph.tensor);
  const net = moduleBuilder(name);
  const attrs = { "tir.noalias": true };
  const functions = calls.map((call, i) => {
    const operator = graph.operators[i]?.name.toLowerCase();
    const roles = call.operands.map((operand) => operand.role);
    const func = `tvmgen_${name}_${operator}_${i}`;
    net.func(func, { params: roles, attrs }).call(call.kernel, [...roles, ...call.scalars]);
    return func;
  });

  const main = net.main({ attrs });
  const activation = { alignment: ALIGNMENT.activation };
  for (const tensor of inputs) {
    main.allocate(nameOf(tensor), "int8", tensor.shape, { ...activation, input: tensor.name });
  }
  for (const tensor of outputs) {
    main.allocate(nameOf(tensor), "int8", tensor.shape, { ...activation, output: tensor.name });
  }
  for (const tensor of intermediates) {
    main.allocate(nameOf(tensor), "int8", tensor.shape, activation);
  }
  for (const { name, dtype, shape, data } of constants) {
    main.allocateConst(name, dtype, shape, data, { alignment: ALIGNMENT.constant });
  }
  functions.forEach((func, i) => main.call(func, args[i] ?? []));

  const tensors = [...inputs, ...outputs, ...intermediates];
  net.attr("pinmap.tensors", Object.fromEntries(tensors.map((t) => [nameOf(t), describe(t)])));
  return net.build();
}

function describe(tensor: Tensor): Annotations {
  const { scales = [], zeroPoints = [] } = tensor.quantization ?? {};
  const [scale, zeroPoint] = [scales[0], zeroPoints[0]];
  return {
    name: tensor.name,
    shape: tensor.shape,
    dtype: tensor.type,
    ...(scale === undefined || zeroPoint === undefined ? {} : { scale, zero_point: zeroPoint }),
  };
}
