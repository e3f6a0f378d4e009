/**
 * What `T.allocate` and `T.allocate_const` mean: extents, scope, annotations and constants' data.
 *
 * @module
 */
import { alignmentProblem, CONST_SCOPE, extentsProblem, scopeProblem } from "./checks.ts";
import {
  bytesOf,
  DTYPES,
  type Element,
  encodeElements,
  isDType,
  isElement,
  rangeOf,
  sizeOf,
} from "./data.ts";
import type { CallNode, Node } from "./expression.ts";
import {
  badValue,
  bind,
  canonical,
  type Context,
  integer,
  only,
  stringOf,
  toAnnotations,
  unsupported,
} from "./interpret.ts";
import type { AllocateHeader } from "./nest.ts";
import type { Annotations, DType, Var } from "./types.ts";

/**
 * The allocate that a call makes, without its body.
 *
 * @returns `undefined` if the call is no `T.allocate` or `T.allocate_const`
 * @throws {InputError} E-IR-VALUE, E-IR-UNSUPPORTED
 */
export function toAllocate(context: Context, node: Node, buffer: Var): AllocateHeader | undefined {
  if (node.kind !== "call") return undefined;
  const path = canonical(context, node.path);
  if (path === "tir.allocate") return allocate(context, node, buffer);
  return path === "tir.allocate_const" ? allocateConst(context, node, buffer) : undefined;
}

function allocate(context: Context, node: CallNode, buffer: Var): AllocateHeader {
  const names = ["extents", "dtype", "scope", "condition", "annotations"];
  const args = bind(context, node, names, 2);
  const shape = toShape(context, node, args);
  const scopeNode = args.get("scope");
  const scope = scopeNode === undefined ? "global" : stringOf(context, scopeNode, node, "scope");
  checkScope(context, scopeNode ?? node, scope);
  const condition = args.get("condition");
  if (condition !== undefined && integer(context, condition, "bool").value !== 1) {
    throw unsupported(context, condition, "a condition other than True", "True");
  }
  return {
    kind: "allocate",
    buffer,
    ...shape,
    scope,
    condition: { kind: "int", value: 1, dtype: "bool" },
    annotations: allocateAnnotations(context, args.get("annotations")),
  };
}

function allocateConst(context: Context, node: CallNode, buffer: Var): AllocateHeader {
  const args = bind(context, node, ["data", "dtype", "extents", "annotations"], 3);
  const shape = toShape(context, node, args);
  const dataNode = args.get("data") ?? node;
  const data = toData(context, dataNode, shape.dtype);
  if (data.length !== sizeOf(shape)) {
    const width = bytesOf(shape.dtype);
    const problem = `${data.length / width} elements, needs ${sizeOf(shape) / width} for extents ` +
      `[${shape.extents.join(", ")}]`;
    throw badValue(context, dataNode, problem);
  }
  const all = allocateAnnotations(context, args.get("annotations"));
  const { [CONST_SCOPE]: scope = "global", ...annotations } = all;
  const at = args.get("annotations") ?? node;
  if (typeof scope !== "string") throw badValue(context, at, `${CONST_SCOPE} is not a string`);
  checkScope(context, at, scope);
  return { kind: "allocate_const", buffer, ...shape, data, scope, annotations };
}

function checkScope(context: Context, node: Node, scope: string): void {
  const problem = scopeProblem(scope);
  if (problem !== undefined) throw badValue(context, node, problem);
}

function allocateAnnotations(context: Context, node: Node | undefined): Annotations {
  if (node === undefined || (node.kind === "constant" && node.value === undefined)) return {};
  const annotations = toAnnotations(context, node);
  const { alignment } = annotations;
  const problem = typeof alignment === "number" ? alignmentProblem(alignment) : undefined;
  if (problem !== undefined) throw badValue(context, node, problem);
  return annotations;
}

function toShape(
  context: Context,
  call: CallNode,
  args: ReadonlyMap<string, Node>,
): { dtype: DType; extents: number[] } {
  const dtypeNode = args.get("dtype") ?? call;
  const dtype = stringOf(context, dtypeNode, call, "element type");
  if (!isDType(dtype)) {
    throw unsupported(context, dtypeNode, `element type "${dtype}"`, DTYPES.join(", "));
  }
  const list = args.get("extents") ?? call;
  if (list.kind !== "list") throw badValue(context, list, "extents are no list, needs [n, …]");
  const extents = list.items.map((item) => {
    const value = item.kind === "call" ? only(context, item) : item;
    if (value.kind === "number") return Number(value.value);
    throw unsupported(
      context,
      item,
      "an extent that is no integer",
      "extents known at compile time",
    );
  });
  const problem = extentsProblem(dtype, extents);
  if (problem !== undefined) throw badValue(context, list, problem);
  return { dtype, extents };
}

function toData(context: Context, node: Node, dtype: DType): Uint8Array {
  if (node.kind !== "list") {
    throw unsupported(context, node, "data that is no list", "a flat list of numbers");
  }
  const bits = new Map<number, number>();
  const values = node.items.map((item, i) => {
    const raw = item.kind === "call" ? floatBits(context, item, dtype) : undefined;
    if (raw !== undefined) bits.set(i, raw);
    return raw === undefined ? toElement(context, item, dtype) : 0;
  });
  const data = encodeElements(dtype, values);
  const view = new DataView(data.buffer);
  for (const [i, raw] of bits) view.setUint32(4 * i, raw, true);
  return data;
}

/** `T.reinterpret("float32", T.uint32(0x7fa00001))`: a float by its bits. */
function floatBits(context: Context, node: CallNode, dtype: DType): number | undefined {
  if (dtype !== "float32" || canonical(context, node.path) !== "tir.reinterpret") return undefined;
  const args = bind(context, node, ["dtype", "value"], 2);
  const value = args.get("value");
  const inner = value?.kind === "call" && canonical(context, value.path) === "tir.uint32"
    ? only(context, value)
    : undefined;
  const raw = inner?.kind === "number" ? Number(inner.value) : -1;
  if (
    stringOf(context, args.get("dtype"), node, "type") !== "float32" || raw < 0 || raw >= 2 ** 32
  ) {
    throw unsupported(context, node, "this T.reinterpret", '("float32", T.uint32(0x7fc00000))');
  }
  return raw;
}

const SPECIAL: ReadonlyMap<string, number> = new Map([
  ["nan", NaN],
  ["inf", Infinity],
  ["-inf", -Infinity],
]);

function toElement(context: Context, node: Node, dtype: DType): Element {
  if (dtype === "bool" && node.kind === "constant" && node.value !== undefined) {
    return node.value ? 1 : 0;
  }
  if (node.kind === "number" && isElement(dtype, node.value)) return node.value;
  if (node.kind === "float" && dtype === "float32" && Number.isFinite(node.value)) {
    return node.value;
  }
  if (node.kind === "call" && canonical(context, node.path) === `tir.${dtype}`) {
    const inner = only(context, node);
    const special = inner.kind === "string" ? SPECIAL.get(inner.value) : undefined;
    if (dtype === "float32" && special !== undefined) return special;
    if (["number", "float", "constant"].includes(inner.kind)) {
      return toElement(context, inner, dtype);
    }
  }
  const shown = node.kind === "number" || node.kind === "float"
    ? `${node.value}`
    : `a ${node.kind}`;
  throw badValue(context, node, `element is ${shown}, needs ${rangeOf(dtype)} for ${dtype}`);
}
