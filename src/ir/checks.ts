/**
 * What makes names, extents, scopes and numbers of the IR good, as sentences about what is wrong. The
 * builder, the reader and the verifier ask the same questions and differ only in where they point.
 *
 * @module
 */
import { formatBytes } from "../base/units.ts";
import { bytesOf } from "./data.ts";
import type { DType, IntImm, ScalarType, ValueType } from "./types.ts";

/** How deep calls and annotation values may nest; no real module comes near. */
export const MAX_DEPTH = 100;

/** Module attribute under which TVMScript keeps the module's name. */
export const MODULE_NAME = "pinmap.name";

/**
 * Annotation under which TVMScript keeps a constant's storage scope: \`T.allocate_const\` has no argument
 * for it, and TVM's own reader takes any annotation.
 */
export const CONST_SCOPE = "storage_scope";

/** Largest buffer: what a 32-bit address space can hold. */
const MAX_BYTES = 2 ** 32 - 1;

/** Python's reserved words and the names that every printed module imports. */
const RESERVED: ReadonlySet<string> = new Set(
  ("False None True and as assert async await break class continue def del elif else except finally " +
    "for from global if import in is lambda nonlocal not or pass raise return try while with yield " +
    "I T").split(" "),
);

/** What is wrong with a name, or `undefined`: names are C identifiers that Python can print. */
export function nameProblem(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return `${JSON.stringify(name)} is not a C identifier, needs letters, digits and _`;
  }
  return RESERVED.has(name)
    ? `"${name}" is a reserved word of TVMScript, needs another`
    : undefined;
}

/** What is wrong with extents, or `undefined`. */
export function extentsProblem(dtype: DType, extents: readonly number[]): string | undefined {
  const bad = extents.find((extent) => !Number.isSafeInteger(extent) || extent < 0);
  if (bad !== undefined) return `extent ${bad} is no size, needs an integer ≥ 0`;
  const bytes = extents.reduce((product, extent) => product * extent, bytesOf(dtype));
  return bytes > MAX_BYTES
    ? `extents [${extents.join(", ")}] make ${bytes} B, needs at most ${formatBytes(MAX_BYTES)}`
    : undefined;
}

/** What is wrong with a storage scope, or `undefined`: `global`, or `global.` and a pool. */
export function scopeProblem(scope: string): string | undefined {
  return /^global(\.[^"\\\s]+)?$/.test(scope)
    ? undefined
    : `scope ${JSON.stringify(scope)} is not known, needs "global" or "global.<pool>"`;
}

/** What is wrong with an alignment, or `undefined`. */
export function alignmentProblem(alignment: number): string | undefined {
  return Number.isSafeInteger(alignment) && alignment >= 1 && alignment <= 2 ** 30 &&
      (alignment & (alignment - 1)) === 0
    ? undefined
    : `alignment ${alignment} is not possible, needs a power of two`;
}

const INTEGERS: Readonly<Record<IntImm["dtype"], readonly [number, number]>> = {
  bool: [0, 1],
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint64: [0, Number.MAX_SAFE_INTEGER],
};

/** Whether a type is one of integer constants. */
export function isIntType(dtype: string): dtype is IntImm["dtype"] {
  return Object.hasOwn(INTEGERS, dtype);
}

/** What is wrong with an integer constant, or `undefined`. */
export function intProblem(value: number, dtype: IntImm["dtype"]): string | undefined {
  const [least, most] = INTEGERS[dtype];
  return Number.isSafeInteger(value) && value >= least && value <= most
    ? undefined
    : `${value} is no ${dtype}, needs an integer from ${least} to ${most}`;
}

const SCALARS: ReadonlySet<string> = new Set(
  [...Object.keys(INTEGERS), "float16", "float32", "float64"],
);

/** Whether a text names a type of scalars. */
export function isScalarType(text: string): text is ScalarType {
  return SCALARS.has(text);
}

/** Whether a text names a type of values: a scalar, `int8x4`, `handle`, `void`. */
export function isValueType(text: string): text is ValueType {
  const vector = /^([a-z]+[0-9]+)x[1-9][0-9]{0,3}$/.exec(text)?.[1];
  return isScalarType(vector ?? text) || text === "handle" || text === "void";
}
