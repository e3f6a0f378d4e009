/**
 * Elements of tensors as bytes: little-endian, as TVM and TFLite store them and as every Cortex-M that
 * pinmap knows reads them.
 *
 * @module
 */
import type { DType } from "./types.ts";

/** An element as a number; those of `int64` and `uint64` are bigints. */
export type Element = number | bigint;

interface Format {
  readonly bytes: number;
  readonly least: number | bigint;
  readonly most: number | bigint;
  readonly get: (view: DataView, at: number) => Element;
  readonly set: (view: DataView, at: number, value: Element) => void;
}

const FORMATS: Readonly<Record<DType, Format>> = {
  int8: {
    bytes: 1,
    least: -128,
    most: 127,
    get: (view, at) => view.getInt8(at),
    set: (view, at, value) => view.setInt8(at, Number(value)),
  },
  uint8: {
    bytes: 1,
    least: 0,
    most: 255,
    get: (view, at) => view.getUint8(at),
    set: (view, at, value) => view.setUint8(at, Number(value)),
  },
  int16: {
    bytes: 2,
    least: -32768,
    most: 32767,
    get: (view, at) => view.getInt16(at, true),
    set: (view, at, value) => view.setInt16(at, Number(value), true),
  },
  int32: {
    bytes: 4,
    least: -(2 ** 31),
    most: 2 ** 31 - 1,
    get: (view, at) => view.getInt32(at, true),
    set: (view, at, value) => view.setInt32(at, Number(value), true),
  },
  int64: {
    bytes: 8,
    least: -(2n ** 63n),
    most: 2n ** 63n - 1n,
    get: (view, at) => view.getBigInt64(at, true),
    set: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  },
  uint16: {
    bytes: 2,
    least: 0,
    most: 65535,
    get: (view, at) => view.getUint16(at, true),
    set: (view, at, value) => view.setUint16(at, Number(value), true),
  },
  uint32: {
    bytes: 4,
    least: 0,
    most: 2 ** 32 - 1,
    get: (view, at) => view.getUint32(at, true),
    set: (view, at, value) => view.setUint32(at, Number(value), true),
  },
  uint64: {
    bytes: 8,
    least: 0n,
    most: 2n ** 64n - 1n,
    get: (view, at) => view.getBigUint64(at, true),
    set: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
  },
  bool: {
    bytes: 1,
    least: 0,
    most: 1,
    get: (view, at) => view.getUint8(at),
    set: (view, at, value) => view.setUint8(at, Number(value)),
  },
  float32: {
    bytes: 4,
    least: -Infinity,
    most: Infinity,
    get: (view, at) => view.getFloat32(at, true),
    set: (view, at, value) => view.setFloat32(at, Number(value), true),
  },
};

/** The element types, in the order in which messages list them. */
export const DTYPES: readonly DType[] = [
  ...(["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"] as const),
  ...(["bool", "float32"] as const),
];

/** Whether a text names an element type. */
export function isDType(text: string): text is DType {
  return Object.hasOwn(FORMATS, text);
}

/**
 * Size of one element.
 *
 * @param dtype Element type
 * @returns Bytes: 1, 2, 4 or 8
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { bytesOf } from "./data.ts";
 *
 * assertEquals(bytesOf("int16"), 2);
 * ```
 */
export function bytesOf(dtype: DType): number {
  return FORMATS[dtype].bytes;
}

/**
 * Size of a buffer or constant: its extents' product times its element's size, no padding.
 *
 * @param node An allocate, or anything else with a type and extents
 * @returns Bytes
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sizeOf } from "./data.ts";
 *
 * assertEquals(sizeOf({ dtype: "int32", extents: [2, 3] }), 24);
 * ```
 */
export function sizeOf(
  node: { readonly dtype: DType; readonly extents: readonly number[] },
): number {
  return node.extents.reduce((product, extent) => product * extent, 1) * bytesOf(node.dtype);
}

/** Whether an element can be stored as the type without loss (floats are rounded to float32). */
export function isElement(dtype: DType, value: Element): boolean {
  if (dtype === "float32") return typeof value === "number";
  if (typeof value === "number" && !Number.isSafeInteger(value)) return false;
  return value >= FORMATS[dtype].least && value <= FORMATS[dtype].most;
}

/** What {@linkcode isElement} accepts, for messages. */
export function rangeOf(dtype: DType): string {
  return dtype === "float32"
    ? "numbers"
    : `integers from ${FORMATS[dtype].least} to ${FORMATS[dtype].most}`;
}

/**
 * Stores elements.
 *
 * @param dtype Element type
 * @param values Elements within the type's range
 * @returns Little-endian bytes
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { encodeElements } from "./data.ts";
 *
 * assertEquals([...encodeElements("int16", [-2, 1])], [0xfe, 0xff, 1, 0]);
 * ```
 */
export function encodeElements(dtype: DType, values: ArrayLike<Element>): Uint8Array {
  const { bytes, set } = FORMATS[dtype];
  const data = new Uint8Array(values.length * bytes);
  const view = new DataView(data.buffer);
  for (let i = 0; i < values.length; i++) set(view, i * bytes, values[i] ?? 0);
  return data;
}

/**
 * Reads elements back.
 *
 * @param dtype Element type
 * @param data Little-endian bytes, a whole number of elements
 * @returns Elements; bigints for `int64` and `uint64`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { decodeElements, encodeElements } from "./data.ts";
 *
 * assertEquals(decodeElements("int32", encodeElements("int32", [-7])), [-7]);
 * ```
 */
export function decodeElements(dtype: DType, data: Uint8Array): Element[] {
  const { bytes, get } = FORMATS[dtype];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: Math.floor(data.length / bytes) }, (_, i) => get(view, i * bytes));
}
