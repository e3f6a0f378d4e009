/**
 * Buffers as TVMScript declares them: `T.match_buffer`, `T.Buffer`, `T.buffer_decl`, `T.decl_buffer`, and
 * the types of parameters.
 *
 * @module
 */
import { isScalarType } from "./checks.ts";
import type { CallNode, IndexNode, Node } from "./expression.ts";
import {
  badValue,
  bind,
  canonical,
  type Context,
  only,
  stringOf,
  unsupported,
} from "./interpret.ts";
import type { Buffer, ScalarType } from "./types.ts";

/** A buffer without name and pointer. */
export interface BufferShape {
  /** Element type. */
  readonly dtype: ScalarType;
  /** Extents. */
  readonly shape: readonly number[];
  /** Storage scope. */
  readonly scope: string;
  /** Hints that are kept. */
  readonly hints: Buffer["hints"];
  /** The pointer, if the call names one. */
  readonly data: Node | undefined;
}

const NAMES = [
  "shape",
  "dtype",
  "data",
  "strides",
  "elem_offset",
  "scope",
  "align",
  "offset_factor",
];

/**
 * The arguments of a declaration.
 *
 * @param first `param` for `T.match_buffer`, whose first argument is the parameter
 * @throws {InputError} E-IR-VALUE, E-IR-UNSUPPORTED
 */
export function toBufferShape(
  context: Context,
  node: CallNode | IndexNode,
  first?: "param",
): BufferShape {
  const names = [
    ...(first === undefined ? [] : [first]),
    ...NAMES,
    "buffer_type",
    "axis_separators",
  ];
  const call = node.kind === "call"
    ? node
    : { ...node, kind: "call" as const, args: node.items, keywords: new Map<string, Node>() };
  const bound = bind(context, call, names, first === undefined ? 1 : 2);
  const shape = toShape(context, bound.get("shape") ?? node);
  refuseUnless(context, bound.get("strides"), "strides", (one) => isCompact(one, shape));
  refuseUnless(context, bound.get("elem_offset"), "elem_offset", isZero);
  refuseUnless(context, bound.get("axis_separators"), "axis_separators", isEmpty);
  const type = bound.get("buffer_type");
  refuseUnless(
    context,
    type,
    "buffer_type",
    (one) => one.kind === "string" && one.value !== "auto",
  );
  const dtypeNode = bound.get("dtype");
  const dtype = dtypeNode === undefined ? "float32" : stringOf(context, dtypeNode, node, "type");
  if (!isScalarType(dtype)) {
    throw unsupported(context, dtypeNode ?? node, `element type "${dtype}"`, "scalars");
  }
  const scope = bound.get("scope");
  const align = hint(context, bound.get("align"));
  const factor = hint(context, bound.get("offset_factor"));
  return {
    dtype,
    shape,
    scope: scope === undefined ? "global" : stringOf(context, scope, node, "scope"),
    hints: {
      ...(align !== undefined && { align }),
      ...(factor !== undefined && { offset_factor: factor }),
    },
    data: bound.get(first === undefined ? "data" : first),
  };
}

/** Extents as integers. */
export function toShape(context: Context, node: Node): number[] {
  const items = node.kind === "list" ? node.items : [node];
  return items.map((item) => {
    const value = item.kind === "call" && /^tir\.u?int(32|64)$/.test(canonical(context, item.path))
      ? only(context, item)
      : item;
    const extent = value.kind === "number" ? Number(value.value) : undefined;
    if (extent === undefined) {
      const what = "an extent that is no integer";
      throw unsupported(context, item, what, "extents known at compile time");
    }
    if (!Number.isSafeInteger(extent) || extent < 0) {
      throw badValue(context, item, `extent ${extent} is no size, needs an integer ≥ 0`);
    }
    return extent;
  });
}

function isEmpty(node: Node): boolean {
  return (node.kind === "list" && node.items.length === 0) || isNone(node);
}

/** Whether strides are those of extents one after the other, the last of which is 1. */
function isCompact(node: Node, shape: readonly number[]): boolean {
  if (isEmpty(node)) return true;
  if (node.kind !== "list" || node.items.length !== shape.length) return false;
  return node.items.every((item, i) => {
    const stride = shape.slice(i + 1).reduce((product, extent) => product * extent, 1);
    return item.kind === "number" && Number(item.value) === stride;
  });
}

function isZero(node: Node): boolean {
  return (node.kind === "number" && node.value === 0) || isNone(node);
}

function isNone(node: Node): boolean {
  return node.kind === "constant" && node.value === undefined;
}

function refuseUnless(
  context: Context,
  node: Node | undefined,
  name: string,
  accepts: (node: Node) => boolean,
): void {
  if (node === undefined || accepts(node)) return;
  throw unsupported(context, node, `this ${name} of a buffer`, "compact buffers from offset 0");
}

function hint(context: Context, node: Node | undefined): number | undefined {
  if (node === undefined) return undefined;
  const value = node.kind === "number" ? Number(node.value) : NaN;
  if (Number.isSafeInteger(value) && value >= -1) return value;
  throw badValue(context, node, "no hint of a buffer, needs an integer ≥ -1");
}
