/**
 * Writes TensorFlow Lite model files: version 3 of the schema, identifier `TFL3`, for the operators that
 * small int8 image networks need. Field numbers, enumeration values and operator versions are those of
 * TensorFlow's `schema.fbs`.
 *
 * @module
 */
import { Builder } from "flatbuffers";

/** A tensor. */
export interface TensorDescription {
  /** Name. */
  readonly name: string;
  /** Extents. */
  readonly shape: readonly number[];
  /** Element type. */
  readonly type: "INT8" | "INT32";
  /** Little-endian bytes of a constant; absent for activations. */
  readonly data?: Uint8Array;
  /** Absent for integers that are only integers. */
  readonly quantization?: {
    readonly scales: readonly number[];
    readonly zeroPoints: readonly number[];
    /** Which extent the scales belong to, if there are several. */
    readonly dimension: number;
  };
}

/** A window's options. */
interface WindowOptions {
  readonly padding: "SAME" | "VALID";
  readonly stride: number;
}

/** An operator's options: the table that the schema has for it. */
export type OperatorOptions =
  | { readonly code: "CONV_2D"; readonly relu: boolean } & WindowOptions
  | { readonly code: "DEPTHWISE_CONV_2D"; readonly relu: boolean } & WindowOptions
  | { readonly code: "MAX_POOL_2D"; readonly filter: number } & WindowOptions
  | { readonly code: "AVERAGE_POOL_2D"; readonly filter: number } & WindowOptions
  | { readonly code: "RESHAPE"; readonly shape: readonly number[] }
  | { readonly code: "FULLY_CONNECTED" }
  | { readonly code: "SOFTMAX" };

/** An operator; tensors by their position. */
export interface OperatorDescription {
  /** What it does. */
  readonly options: OperatorOptions;
  /** Tensors it reads. */
  readonly inputs: readonly number[];
  /** Tensors it writes. */
  readonly outputs: readonly number[];
}

/** A model. */
export interface ModelDescription {
  /** For people. */
  readonly description: string;
  /** Name of the graph. */
  readonly name: string;
  /** All tensors. */
  readonly tensors: readonly TensorDescription[];
  /** In order of execution. */
  readonly operators: readonly OperatorDescription[];
  /** Tensors that the user sets. */
  readonly inputs: readonly number[];
  /** Tensors that the user reads. */
  readonly outputs: readonly number[];
}

/** BuiltinOperator, the version that has int8, and the position in the union BuiltinOptions. */
const OPERATORS = {
  AVERAGE_POOL_2D: { builtin: 1, version: 2, options: 5 },
  CONV_2D: { builtin: 3, version: 3, options: 1 },
  DEPTHWISE_CONV_2D: { builtin: 4, version: 3, options: 2 },
  FULLY_CONNECTED: { builtin: 9, version: 4, options: 8 },
  MAX_POOL_2D: { builtin: 17, version: 2, options: 5 },
  RESHAPE: { builtin: 22, version: 1, options: 17 },
  SOFTMAX: { builtin: 25, version: 2, options: 9 },
} as const;

const TENSOR_TYPES = { INT32: 2, INT8: 9 } as const;
const PADDINGS = { SAME: 0, VALID: 1 } as const;
const RELU = 1;

/** A field of a table: its type and value; `undefined` leaves it out. */
type Field = readonly ["int8" | "int32" | "float32" | "offset", number] | undefined;

/**
 * Writes a model.
 *
 * @param model What to write; positions of tensors must exist
 * @returns The bytes of a `.tflite` file, always the same for the same model
 */
export function writeTflite(model: ModelDescription): Uint8Array<ArrayBuffer> {
  const builder = new Builder(1024);
  const codes = [...new Set(model.operators.map((operator) => operator.options.code))];
  const constants = model.tensors.filter((tensor) => tensor.data !== undefined);
  // Buffer 0 is empty by convention and stands for "no data".
  const buffers = [
    writeTable(builder, []),
    ...constants.map(({ data = new Uint8Array() }) =>
      writeTable(builder, [["offset", writeBytes(builder, data)]])
    ),
  ];
  const tensors = model.tensors.map((tensor) =>
    writeTensor(builder, tensor, constants.indexOf(tensor) + 1)
  );
  const operators = model.operators.map(({ options, inputs, outputs }) =>
    writeTable(builder, [
      ["int32", codes.indexOf(options.code)],
      ["offset", writeIntegers(builder, inputs)],
      ["offset", writeIntegers(builder, outputs)],
      ["int8", OPERATORS[options.code].options],
      ["offset", writeOptions(builder, options)],
    ])
  );
  const graph = writeTable(builder, [
    ["offset", writeOffsets(builder, tensors)],
    ["offset", writeIntegers(builder, model.inputs)],
    ["offset", writeIntegers(builder, model.outputs)],
    ["offset", writeOffsets(builder, operators)],
    ["offset", builder.createString(model.name)],
  ]);
  const operatorCodes = codes.map((code) => {
    const { builtin, version } = OPERATORS[code];
    return writeTable(builder, [["int8", builtin], undefined, ["int32", version], [
      "int32",
      builtin,
    ]]);
  });
  const root = writeTable(builder, [
    ["int32", 3],
    ["offset", writeOffsets(builder, operatorCodes)],
    ["offset", writeOffsets(builder, [graph])],
    ["offset", builder.createString(model.description)],
    ["offset", writeOffsets(builder, buffers)],
  ]);
  builder.finish(root, "TFL3");
  return builder.asUint8Array().slice();
}

function writeTensor(builder: Builder, tensor: TensorDescription, constant: number): number {
  const { quantization } = tensor;
  const parameters = quantization === undefined ? undefined : writeTable(builder, [
    undefined,
    undefined,
    ["offset", writeFloats(builder, quantization.scales)],
    ["offset", writeLongs(builder, quantization.zeroPoints)],
    undefined,
    undefined,
    ["int32", quantization.dimension],
  ]);
  return writeTable(builder, [
    ["offset", writeIntegers(builder, tensor.shape)],
    ["int8", TENSOR_TYPES[tensor.type]],
    ["int32", constant],
    ["offset", builder.createString(tensor.name)],
    parameters === undefined ? undefined : ["offset", parameters],
  ]);
}

function writeOptions(builder: Builder, options: OperatorOptions): number {
  switch (options.code) {
    case "CONV_2D":
      return writeTable(builder, [...windowFields(options), activation(options.relu)]);
    case "DEPTHWISE_CONV_2D": {
      const depthMultiplier: Field = ["int32", 1];
      return writeTable(builder, [
        ...windowFields(options),
        depthMultiplier,
        activation(options.relu),
      ]);
    }
    case "AVERAGE_POOL_2D":
    case "MAX_POOL_2D": {
      const filter: Field = ["int32", options.filter];
      return writeTable(builder, [...windowFields(options), filter, filter]);
    }
    case "RESHAPE":
      return writeTable(builder, [["offset", writeIntegers(builder, options.shape)]]);
    case "FULLY_CONNECTED":
      return writeTable(builder, []);
    case "SOFTMAX": {
      const beta: Field = ["float32", 1];
      return writeTable(builder, [beta]);
    }
  }
}

/** The three fields that the options of all windowed operators begin with. */
function windowFields({ padding, stride }: WindowOptions): Field[] {
  return [["int8", PADDINGS[padding]], ["int32", stride], ["int32", stride]];
}

function activation(relu: boolean): Field {
  return relu ? ["int8", RELU] : undefined;
}

/** Writes a table whose fields are numbered by their position. All our fields default to 0 or absence. */
function writeTable(builder: Builder, fields: readonly Field[]): number {
  builder.startObject(fields.length);
  fields.forEach((field, slot) => {
    if (field === undefined) return;
    const [type, value] = field;
    if (type === "int8") builder.addFieldInt8(slot, value, 0);
    else if (type === "int32") builder.addFieldInt32(slot, value, 0);
    else if (type === "float32") builder.addFieldFloat32(slot, value, 0);
    else builder.addFieldOffset(slot, value, 0);
  });
  return builder.endObject();
}

function writeIntegers(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addInt32(value);
  return builder.endVector();
}

function writeFloats(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addFloat32(value);
  return builder.endVector();
}

function writeLongs(builder: Builder, values: readonly number[]): number {
  builder.startVector(8, values.length, 8);
  for (const value of values.toReversed()) builder.addInt64(BigInt(value));
  return builder.endVector();
}

function writeOffsets(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addOffset(value);
  return builder.endVector();
}

/** The schema forces the data of buffers to multiples of 16 bytes. */
function writeBytes(builder: Builder, bytes: Uint8Array): number {
  builder.startVector(1, bytes.length, 16);
  for (const byte of bytes.toReversed()) builder.addInt8(byte);
  return builder.endVector();
}
