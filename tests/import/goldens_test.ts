import { assert, assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import { importTflite } from "../../src/import/mod.ts";
import {
  allocationsOf,
  type AnyAllocate,
  decodeElements,
  findFunction,
  MAIN,
  parseModule,
  printModule,
  statementsOf,
  type Stmt,
} from "../../src/ir/mod.ts";
import { need } from "../support/need.ts";

interface GoldenTensor {
  readonly name: string;
  readonly shape: number[];
  readonly scale?: number;
  readonly zero_point?: number;
  readonly constant?: boolean;
  readonly crc32?: string;
}

interface GoldenOperator {
  readonly op: string;
  readonly options: Record<string, number | string | boolean>;
  readonly inputs: GoldenTensor[];
  readonly outputs: GoldenTensor[];
  /** Absent where the operator needs no preparation. */
  readonly tflm_params?: Record<string, number | number[]>;
}

interface Golden {
  readonly ops: GoldenOperator[];
  readonly inputs: GoldenTensor[];
  readonly outputs: GoldenTensor[];
}

/** Scalars of the kernels in order, as the firmware's header declares them. */
const SCALARS: Record<string, string> = {
  CONV_2D: "batch in_h in_w in_c out_h out_w out_c k_h k_w stride_h stride_w pad_h pad_w " +
    "dilation_h dilation_w input_offset output_offset act_min act_max",
  DEPTHWISE_CONV_2D: "batch in_h in_w in_c out_h out_w out_c depth_multiplier k_h k_w stride_h " +
    "stride_w pad_h pad_w dilation_h dilation_w input_offset output_offset act_min act_max",
  FULLY_CONNECTED: "batch in_depth out_depth channel_step input_offset weights_offset " +
    "output_offset act_min act_max",
  AVERAGE_POOL_2D: "batch in_h in_w channels out_h out_w filter_h filter_w stride_h stride_w " +
    "pad_h pad_w act_min act_max",
  RESHAPE: "bytes",
  SOFTMAX: "outer depth input_multiplier input_left_shift diff_min",
  ADD: "count input1_offset input2_offset output_offset left_shift input1_multiplier " +
    "input1_shift input2_multiplier input2_shift output_multiplier output_shift act_min act_max",
};

function callOf(stmt: Stmt | undefined) {
  if (stmt?.kind !== "evaluate" || stmt.value.kind !== "call_extern") throw new Error("no call");
  const { callee, args } = stmt.value;
  const names = args.flatMap((arg) => arg.kind === "var" ? [arg.name] : []);
  const scalars = args.flatMap((arg) => arg.kind === "int" ? [arg.value] : []);
  return { callee, names, scalars };
}

/** What the golden knows of an operator's scalars, under the kernels' names. */
function expectedScalars({ op, options, inputs, outputs, tflm_params = {} }: GoldenOperator) {
  const [from = [], to = []] = [inputs[0]?.shape, outputs[0]?.shape];
  const filter = inputs[1]?.shape ?? [];
  const rename: Record<string, string> = {
    strideH: "stride_h",
    strideW: "stride_w",
    dilationHFactor: "dilation_h",
    dilationWFactor: "dilation_w",
    depthMultiplier: "depth_multiplier",
    filterHeight: "filter_h",
    filterWidth: "filter_w",
  };
  const expected: Record<string, unknown> = { ...tflm_params };
  for (const [key, name] of Object.entries(rename)) expected[name] = options[key];
  for (const key of ["input", "filter", "output"]) {
    const point = Number(tflm_params[`${key}_zero_point`] ?? NaN);
    const name = key === "filter" ? "weights_offset" : `${key}_offset`;
    if (!Number.isNaN(point)) expected[name] = key === "output" ? point : 0 - point;
  }
  if (from.length === 4) {
    [expected["batch"], expected["in_h"], expected["in_w"], expected["in_c"]] = from;
    [, expected["out_h"], expected["out_w"], expected["out_c"]] = to;
    expected["channels"] = from[3];
    [, expected["k_h"], expected["k_w"]] = filter;
  }
  if (op === "FULLY_CONNECTED") [expected["out_depth"], expected["in_depth"]] = filter;
  const elements = to.reduce((product, extent) => product * extent, 1);
  return { ...expected, bytes: elements, count: elements, depth: to.at(-1) };
}

function hex(data: Uint8Array): string {
  return crc32(data).toString(16).padStart(8, "0");
}

for (const model of ["kws_ref_model", "ad01_int8", "pretrainedResnet_quant", "vww_96_int8"]) {
  const corpus = [`models/${model}.tflite`, `goldens/${model}.json`];
  need({ corpus }, `importTflite() prepares ${model} as TensorFlow Lite Micro does`, (_, given) => {
    const golden: Golden = JSON.parse(
      Deno.readTextFileSync(given.corpus(`goldens/${model}.json`)),
    );
    const bytes = Deno.readFileSync(given.corpus(`models/${model}.tflite`));
    const module = importTflite(bytes, model);
    const main = findFunction(module, MAIN);
    assert(main !== undefined);
    const nodes = new Map<string, AnyAllocate>(
      allocationsOf(main).map((node) => [node.buffer.name, node]),
    );
    const calls = statementsOf(main.body).filter((stmt) => stmt.kind === "evaluate").map(callOf);
    assertEquals(calls.length, golden.ops.length);
    golden.ops.forEach((op, i) => {
      const call = calls[i];
      const func = findFunction(module, `tvmgen_default_${op.op.toLowerCase()}_${i}`);
      assert(call !== undefined && func !== undefined);
      assertEquals(call.callee, func.name);
      checkOperator(op, callOf(statementsOf(func.body)[0]), call.names, nodes);
    });
    const annotated = (key: string) =>
      [...nodes.values()].flatMap((node) => node.annotations[key] ?? []);
    assertEquals(annotated("input_tensor"), golden.inputs.map((tensor) => tensor.name));
    assertEquals(annotated("output_tensor"), golden.outputs.map((tensor) => tensor.name));
    const text = printModule(module);
    assertEquals(printModule(parseModule(text, `${model}.py`)), text);
  });
}

function checkOperator(
  op: GoldenOperator,
  kernel: ReturnType<typeof callOf>,
  buffers: readonly string[],
  nodes: ReadonlyMap<string, AnyAllocate>,
): void {
  const names = SCALARS[op.op]?.split(" ") ?? [];
  assertEquals(kernel.scalars.length, names.length, op.op);
  const expected: Record<string, unknown> = expectedScalars(op);
  names.forEach((name, i) => {
    if (expected[name] !== undefined) assertEquals(kernel.scalars[i], expected[name], name);
  });
  const operand = (role: string) => {
    const node = nodes.get(buffers[kernel.names.indexOf(role)] ?? "");
    assert(node !== undefined, role);
    return node;
  };
  assertEquals([...operand("output").extents], op.outputs[0]?.shape);
  const roles = op.op === "ADD" ? ["input1", "input2"] : ["input", "weights", "bias"];
  op.inputs.forEach((tensor, i) => {
    const role = roles[i] ?? "";
    if (!kernel.names.includes(role)) return;
    const node = operand(role);
    assertEquals([...node.extents], tensor.shape);
    if (tensor.constant) {
      assert(node.kind === "allocate_const");
      assertEquals(hex(node.data), tensor.crc32);
    }
  });
  for (const role of ["multiplier", "shift"]) {
    if (!kernel.names.includes(role)) continue;
    const node = operand(role);
    assert(node.kind === "allocate_const");
    assertEquals<unknown>(decodeElements("int32", node.data), op.tflm_params?.[role]);
  }
}
