/**
 * The parts of a TFLite model that lowering asks for: operators with their tensors, shapes,
 * quantisation and constants. Tensors are read when they are first needed, so an odd tensor that
 * nothing uses does no harm.
 *
 * @module
 */
import type { InputError } from "../../base/error.ts";
import {
  BUFFER,
  BUILTIN_OPERATORS,
  IDENTIFIER,
  MODEL,
  OPERATOR,
  OPERATOR_CODE,
  QUANTIZATION,
  SCHEMA_VERSION,
  SUBGRAPH,
  TENSOR,
  TENSOR_TYPES,
} from "./schema.ts";
import {
  bytes,
  fileError,
  float32s,
  has,
  int32,
  int32s,
  int64s,
  int8,
  openRoot,
  type Reader,
  subtable,
  type Table,
  type Tables,
  tables,
  text,
  uint32,
  uint64,
} from "./table.ts";

/** Affine quantisation: real = scale × (q − zero point). */
export interface Quantization {
  /** One scale, or one for each slice along `axis`; positive and finite. */
  readonly scales: readonly number[];
  /** As many as there are scales. */
  readonly zeroPoints: readonly number[];
  /** The quantised dimension. */
  readonly axis: number;
}

/** A tensor. */
export interface Tensor {
  /** Index in the subgraph. */
  readonly index: number;
  /** The network's name of it. */
  readonly name: string;
  /** Extents, each ≥ 1. */
  readonly shape: readonly number[];
  /** Product of the extents. */
  readonly elements: number;
  /** Element type, e.g. `int8`. */
  readonly type: string;
  /** Quantisation, if it has any. */
  readonly quantization: Quantization | undefined;
  /** The data of a constant. */
  readonly data: Uint8Array | undefined;
}

/** An operator. */
export interface Operator {
  /** Index in the order of execution. */
  readonly index: number;
  /** Value of `BuiltinOperator`. */
  readonly code: number;
  /** Name of it, e.g. `CONV_2D`. */
  readonly name: string;
  /** Version of the operator. */
  readonly version: number;
  /** Tensor indices; −1 for an optional one that is absent. */
  readonly inputs: readonly number[];
  /** Tensor indices. */
  readonly outputs: readonly number[];
  /** Type of the options in the union. */
  readonly optionsType: number;
  /** The options. */
  readonly options: Table | undefined;
}

/** A model's only subgraph. */
export interface Graph {
  /** The file. */
  readonly reader: Reader;
  /** Tensor indices. */
  readonly inputs: readonly number[];
  /** Tensor indices. */
  readonly outputs: readonly number[];
  /** In order of execution. */
  readonly operators: readonly Operator[];
  /** Reads a tensor, once. */
  readonly tensor: (index: number) => Tensor;
}

/** More dimensions than any operator here has. */
const MAX_RANK = 8;

/** Largest tensor, in elements: kernels count in int32. */
const MAX_ELEMENTS = 2 ** 31 - 1;

/**
 * Opens a TFLite model.
 *
 * @param file Bytes of the file
 * @param path Its path, for errors
 * @throws {InputError} E-TFLITE-FORMAT, E-TFLITE-VERSION, E-TFLITE-CORRUPT, E-TFLITE-FEATURE
 */
export function openGraph(file: Uint8Array, path: string): Graph {
  const model = openRoot(file, path, IDENTIFIER);
  const { reader } = model;
  const version = uint32(model, MODEL.version);
  if (version !== SCHEMA_VERSION) {
    const problem = `its schema has version ${version}, needs ${SCHEMA_VERSION}`;
    throw fileError(path, "E-TFLITE-VERSION", problem);
  }
  const subgraphs = tables(model, MODEL.subgraphs);
  if (subgraphs.length !== 1) {
    const problem = `it has ${subgraphs.length} subgraphs, supported is 1`;
    throw fileError(path, "E-TFLITE-FEATURE", problem);
  }
  const subgraph = subgraphs.open(0);
  const codes = tables(model, MODEL.operatorCodes);
  const operators = tables(subgraph, SUBGRAPH.operators);
  return {
    reader,
    inputs: int32s(subgraph, SUBGRAPH.inputs),
    outputs: int32s(subgraph, SUBGRAPH.outputs),
    operators: Array.from(
      { length: operators.length },
      (_, index) => readOperator(operators.open(index), index, codes),
    ),
    tensor: tensorReader(reader, tables(subgraph, SUBGRAPH.tensors), tables(model, MODEL.buffers)),
  };
}

function readOperator(table: Table, index: number, codes: Tables): Operator {
  const codeIndex = uint32(table, OPERATOR.opcodeIndex);
  if (codeIndex >= codes.length) {
    const problem = `operator ${index} has code ${codeIndex}, needs one below ${codes.length}`;
    throw fileError(table.reader.file, "E-TFLITE-CORRUPT", problem);
  }
  const entry = codes.open(codeIndex);
  // Both fields exist for compatibility; the larger one is meant (schema_utils.cc).
  const code = Math.max(
    int8(entry, OPERATOR_CODE.deprecatedBuiltinCode),
    int32(entry, OPERATOR_CODE.builtinCode),
  );
  return {
    index,
    code,
    name: BUILTIN_OPERATORS[code] ?? `BuiltinOperator ${code}`,
    version: int32(entry, OPERATOR_CODE.version, 1),
    inputs: int32s(table, OPERATOR.inputs),
    outputs: int32s(table, OPERATOR.outputs),
    optionsType: int8(table, OPERATOR.optionsType),
    options: subtable(table, OPERATOR.options),
  };
}

function tensorReader(reader: Reader, all: Tables, buffers: Tables): (index: number) => Tensor {
  const known = new Map<number, Tensor>();
  return (index) => {
    if (index < 0 || index >= all.length) {
      const problem = `tensor ${index} does not exist, needs one below ${all.length}`;
      throw fileError(reader.file, "E-TFLITE-CORRUPT", problem);
    }
    const tensor = known.get(index) ?? readTensor(all.open(index), index, buffers);
    known.set(index, tensor);
    return tensor;
  };
}

function readTensor(table: Table, index: number, buffers: Tables): Tensor {
  const name = text(table, TENSOR.name);
  const fail = (code: string, problem: string): InputError =>
    fileError(table.reader.file, code, `tensor ${index} (${JSON.stringify(name)}) ${problem}`);
  const { isVariable, sparsity, externalBuffer } = TENSOR;
  if (int8(table, isVariable) !== 0) {
    throw fail("E-TFLITE-FEATURE", "is a variable, supported are inputs, results and constants");
  }
  if (has(table, sparsity)) {
    throw fail("E-TFLITE-FEATURE", "is sparse, supported are dense tensors");
  }
  if (uint32(table, externalBuffer) !== 0) {
    throw fail("E-TFLITE-FEATURE", "has external data, supported is data in the file");
  }
  const shape = readShape(table, fail);
  const type = int8(table, TENSOR.type);
  return {
    index,
    name,
    shape,
    elements: shape.reduce((product, extent) => product * extent, 1),
    type: TENSOR_TYPES[type] ?? `type ${type}`,
    quantization: readQuantization(subtable(table, TENSOR.quantization), fail),
    data: readData(uint32(table, TENSOR.buffer), buffers, fail),
  };
}

type Fail = (code: string, problem: string) => InputError;

function readShape(table: Table, fail: Fail): number[] {
  const shape = int32s(table, TENSOR.shape);
  const dynamic = int32s(table, TENSOR.shapeSignature).findLastIndex((extent) => extent < 0);
  // Converters mark the batch as unknown and store 1; that is the batch the firmware has.
  if (dynamic > 0) {
    throw fail("E-TFLITE-FEATURE", `has an unknown dimension ${dynamic}, supported is the batch`);
  }
  if (shape.length > MAX_RANK) {
    throw fail("E-TFLITE-SHAPE", `has ${shape.length} dimensions, supported are ${MAX_RANK}`);
  }
  const elements = shape.reduce((product, extent) => product * extent, 1);
  if (shape.some((extent) => extent < 1) || elements > MAX_ELEMENTS) {
    throw fail(
      "E-TFLITE-SHAPE",
      `has shape [${shape.join(", ")}], needs extents ≥ 1 and at most ${MAX_ELEMENTS} elements`,
    );
  }
  return shape;
}

function readQuantization(table: Table | undefined, fail: Fail): Quantization | undefined {
  if (table === undefined) return undefined;
  if (int8(table, QUANTIZATION.detailsType) !== 0) {
    throw fail("E-TFLITE-FEATURE", "has custom quantisation, supported is affine quantisation");
  }
  const scales = float32s(table, QUANTIZATION.scale);
  if (scales.length === 0) return undefined;
  const bad = scales.find((scale) => !(scale > 0 && Number.isFinite(scale)));
  if (bad !== undefined) throw fail("E-TFLITE-QUANTIZATION", `has scale ${bad}, needs one above 0`);
  const points = int64s(table, QUANTIZATION.zeroPoint);
  if (points.length > 0 && points.length !== scales.length) {
    const problem = `has ${points.length} zero points, needs ${scales.length} as it has scales`;
    throw fail("E-TFLITE-QUANTIZATION", problem);
  }
  const zeroPoints = points.length === 0 ? scales.map(() => 0) : points.map(Number);
  return { scales, zeroPoints, axis: int32(table, QUANTIZATION.quantizedDimension) };
}

function readData(index: number, buffers: Tables, fail: Fail): Uint8Array | undefined {
  if (index >= buffers.length) {
    throw fail("E-TFLITE-CORRUPT", `has buffer ${index}, needs one below ${buffers.length}`);
  }
  const buffer = buffers.open(index);
  if (uint64(buffer, BUFFER.offset) > 1n) {
    throw fail("E-TFLITE-FEATURE", "has data outside of the FlatBuffer, supported is data in it");
  }
  const data = bytes(buffer, BUFFER.data);
  return data.length === 0 ? undefined : data;
}
