/**
 * TFLite files for tests, written with the `flatbuffers` package's builder from the same public schema:
 * whatever a test wants to be wrong can be wrong.
 *
 * @module
 */
import { Builder } from "flatbuffers";

/** A tensor of the file. */
export interface TensorSpec {
  readonly name?: string;
  readonly shape: readonly number[];
  /** Value of `TensorType`; 9 is int8, 2 int32. */
  readonly type?: number;
  readonly scales?: readonly number[];
  readonly zeroPoints?: readonly number[];
  readonly axis?: number;
  readonly data?: Uint8Array;
  readonly signature?: readonly number[];
  readonly variable?: boolean;
  readonly sparse?: boolean;
  readonly external?: number;
  readonly detailsType?: number;
}

/** A field of an options table: id, kind, value. */
export type OptionField = readonly [id: number, kind: "int8" | "int32" | "float32", value: number];

/** An operator of the file. */
export interface OperatorSpec {
  readonly code: number;
  readonly version?: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly optionsType?: number;
  readonly options?: readonly OptionField[];
}

/** A model with one subgraph, unless `subgraphs` says otherwise. */
export interface ModelSpec {
  readonly version?: number;
  readonly tensors: readonly TensorSpec[];
  readonly operators: readonly OperatorSpec[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly subgraphs?: number;
}

/** Writes the file. */
export function modelFile(spec: ModelSpec): Uint8Array {
  const b = new Builder(1024);
  const buffers = [table(b, 3, () => {})];
  const tensors = spec.tensors.map((tensor) => {
    if (tensor.data !== undefined) {
      const data = b.createByteVector(tensor.data);
      buffers.push(table(b, 3, () => b.addFieldOffset(0, data, 0)));
    }
    return writeTensor(b, tensor, tensor.data === undefined ? 0 : buffers.length - 1);
  });
  const codes = spec.operators.map(({ code, version = 2 }) =>
    table(b, 4, () => {
      b.addFieldInt8(0, Math.min(code, 127), 0);
      b.addFieldInt32(2, version, 1);
      b.addFieldInt32(3, code, 0);
    })
  );
  const operators = spec.operators.map((operator, i) => writeOperator(b, operator, i));
  const subgraphFields = [
    offsets(b, tensors),
    ints(b, spec.inputs),
    ints(b, spec.outputs),
    offsets(b, operators),
  ];
  const subgraph = table(b, 5, () => {
    subgraphFields.forEach((field, id) => b.addFieldOffset(id, field, 0));
  });
  const subgraphs = offsets(b, new Array<number>(spec.subgraphs ?? 1).fill(subgraph));
  const modelFields = [offsets(b, codes), subgraphs] as const;
  const allBuffers = offsets(b, buffers);
  const model = table(b, 8, () => {
    b.addFieldInt32(0, spec.version ?? 3, 0);
    b.addFieldOffset(1, modelFields[0], 0);
    b.addFieldOffset(2, modelFields[1], 0);
    b.addFieldOffset(4, allBuffers, 0);
  });
  b.finish(model, "TFL3");
  return b.asUint8Array().slice();
}

function table(b: Builder, fields: number, write: () => void): number {
  b.startObject(fields);
  write();
  return b.endObject();
}

function vector<T>(b: Builder, width: number, items: readonly T[], add: (item: T) => void): number {
  b.startVector(width, items.length, width);
  for (const item of items.toReversed()) add(item);
  return b.endVector();
}

const offsets = (b: Builder, items: readonly number[]) =>
  vector(b, 4, items, (item) => b.addOffset(item));
const ints = (b: Builder, items: readonly number[]) =>
  vector(b, 4, items, (item) => b.addInt32(item));

function writeTensor(b: Builder, spec: TensorSpec, buffer: number): number {
  const name = b.createString(spec.name ?? "t");
  const shape = ints(b, spec.shape);
  const signature = spec.signature === undefined ? 0 : ints(b, spec.signature);
  const scales = vector(b, 4, spec.scales ?? [], (item) => b.addFloat32(item));
  const zeroPoints = spec.zeroPoints === undefined
    ? 0
    : vector(b, 8, spec.zeroPoints, (item) => b.addInt64(BigInt(item)));
  const quantization = table(b, 7, () => {
    b.addFieldOffset(2, scales, 0);
    b.addFieldOffset(3, zeroPoints, 0);
    b.addFieldInt8(4, spec.detailsType ?? 0, 0);
    b.addFieldInt32(6, spec.axis ?? 0, 0);
  });
  const sparsity = spec.sparse ? table(b, 3, () => {}) : 0;
  return table(b, 11, () => {
    b.addFieldOffset(0, shape, 0);
    b.addFieldInt8(1, spec.type ?? 9, 0);
    b.addFieldInt32(2, buffer, 0);
    b.addFieldOffset(3, name, 0);
    b.addFieldOffset(4, quantization, 0);
    b.addFieldInt8(5, spec.variable ? 1 : 0, 0);
    b.addFieldOffset(6, sparsity, 0);
    b.addFieldOffset(7, signature, 0);
    b.addFieldInt32(10, spec.external ?? 0, 0);
  });
}

function writeOperator(b: Builder, spec: OperatorSpec, code: number): number {
  const inputs = ints(b, spec.inputs);
  const outputs = ints(b, spec.outputs);
  const options = spec.options === undefined ? 0 : table(b, 8, () => {
    for (const [id, kind, value] of spec.options ?? []) {
      if (kind === "int8") b.addFieldInt8(id, value, 0);
      else if (kind === "int32") b.addFieldInt32(id, value, 0);
      else b.addFieldFloat32(id, value, 0);
    }
  });
  return table(b, 5, () => {
    b.addFieldInt32(0, code, 0);
    b.addFieldOffset(1, inputs, 0);
    b.addFieldOffset(2, outputs, 0);
    b.addFieldInt8(3, spec.optionsType ?? 0, 0);
    b.addFieldOffset(4, options, 0);
  });
}

/** An activation tensor. */
export function activation(
  shape: readonly number[],
  scale = 0.5,
  zeroPoint = -1,
  more: Partial<TensorSpec> = {},
): TensorSpec {
  return { shape, scales: [scale], zeroPoints: [zeroPoint], ...more };
}

/** Constant int8 weights 1, 2, 3, … */
export function weights(shape: readonly number[], more: Partial<TensorSpec> = {}): TensorSpec {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const data = Uint8Array.from({ length: size }, (_, i) => i + 1);
  return { name: "w", shape, scales: [0.25], zeroPoints: [0], data, ...more };
}

/** A constant int32 bias 1, 2, 3, … */
export function bias(length: number, more: Partial<TensorSpec> = {}): TensorSpec {
  const data = new Uint8Array(Int32Array.from({ length }, (_, i) => i + 1).buffer);
  return { name: "b", shape: [length], type: 2, data, ...more };
}
