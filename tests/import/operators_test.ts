import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../src/base/error.ts";
import { importTflite } from "../../src/import/mod.ts";
import {
  allocationsOf,
  decodeElements,
  findFunction,
  type IRModule,
  MAIN,
  parseModule,
  printModule,
  statementsOf,
} from "../../src/ir/mod.ts";
import {
  activation,
  bias,
  modelFile,
  type ModelSpec,
  type OperatorSpec,
  type OptionField,
  type TensorSpec,
  weights,
} from "./model_file.ts";

function read(spec: ModelSpec): IRModule {
  return importTflite(modelFile(spec), "net.tflite");
}

/** Kernel, pointers and scalars of an operator. */
function kernelCall(module: IRModule, index = 0): readonly [string, ...(string | number)[]] {
  const [stmt] = module.functions[index] === undefined
    ? []
    : statementsOf(module.functions[index].body);
  if (stmt?.kind !== "evaluate" || stmt.value.kind !== "call_extern") throw new Error("no call");
  const args = stmt.value.args.map((arg) =>
    arg.kind === "var" ? arg.name : arg.kind === "int" ? arg.value : ""
  );
  return [stmt.value.callee, ...args];
}

function constants(module: IRModule): Record<string, readonly (number | bigint)[]> {
  return Object.fromEntries(
    module.functions.flatMap(allocationsOf).flatMap((node) =>
      node.kind === "allocate_const"
        ? [[node.buffer.name, decodeElements(node.dtype, node.data)]]
        : []
    ),
  );
}

const CONV_OPTIONS: readonly OptionField[] = [
  [0, "int8", 0],
  [1, "int32", 2],
  [2, "int32", 1],
  [3, "int8", 1],
];

/** Input [1, 5, 6, 2], 3 filters of 3×2. */
function conv(
  change: {
    tensors?: Partial<Record<number, Partial<TensorSpec>>>;
    operator?: Partial<OperatorSpec>;
    model?: Partial<ModelSpec>;
    options?: readonly OptionField[];
  } = {},
): ModelSpec {
  const tensors = [
    activation([1, 5, 6, 2], 0.5, -3, { name: "image" }),
    weights([3, 3, 2, 2], { scales: [0.25, 0.5, 0.125], zeroPoints: [0, 0, 0] }),
    bias(3),
    activation([1, 5, 3, 3], 1, 7, { name: "result:0" }),
  ].map((tensor, i) => ({ ...tensor, ...change.tensors?.[i] }));
  const operator = { code: 3, version: 3, inputs: [0, 1, 2], outputs: [3], optionsType: 1 };
  const options = change.options ?? CONV_OPTIONS;
  const operators = [{ ...operator, options, ...change.operator }];
  return { tensors, operators, inputs: [0], outputs: [3], ...change.model };
}

Deno.test("importTflite() lowers CONV_2D", () => {
  const module = read(conv());
  assertEquals(
    kernelCall(module),
    // deno-fmt-ignore
    ["pinmap_conv_2d_s8", "input", "weights", "bias", "multiplier", "shift", "output",
      1, 5, 6, 2, 5, 3, 3, 3, 2, 1, 2, 1, 0, 1, 1, 3, 7, 7, 127],
  );
  assertEquals(module.functions.map((func) => func.name), ["tvmgen_default_conv_2d_0", MAIN]);
  assertEquals(constants(module), {
    op0_weights: Array.from({ length: 36 }, (_, i) => i + 1),
    op0_bias: [1, 2, 3],
    op0_multiplier: [2 ** 30, 2 ** 30, 2 ** 30],
    op0_shift: [-2, -1, -3],
  });
  assertEquals(module.attrs, {
    "pinmap.tensors": {
      image: { name: "image", shape: [1, 5, 6, 2], dtype: "int8", scale: 0.5, zero_point: -3 },
      result_0: { name: "result:0", shape: [1, 5, 3, 3], dtype: "int8", scale: 1, zero_point: 7 },
    },
  });
});

Deno.test("importTflite() declares buffers as the planner expects them", () => {
  const module = read(conv());
  const main = findFunction(module, MAIN);
  if (main === undefined) throw new Error("no main");
  assertEquals(
    allocationsOf(main).map((node) => [node.buffer.name, node.dtype, node.scope, node.annotations]),
    [
      ["image", "int8", "global", { alignment: 16, input_tensor: "image" }],
      ["result_0", "int8", "global", { alignment: 16, output_tensor: "result:0" }],
      ["op0_weights", "int8", "global", { alignment: 4 }],
      ["op0_bias", "int32", "global", { alignment: 4 }],
      ["op0_multiplier", "int32", "global", { alignment: 4 }],
      ["op0_shift", "int32", "global", { alignment: 4 }],
    ],
  );
  assertEquals(parseModule(printModule(module), "net.py"), module);
});

Deno.test("importTflite() gives zeros to an operator without bias, absent or -1", () => {
  for (const inputs of [[0, 1], [0, 1, -1]]) {
    assertEquals(constants(read(conv({ operator: { inputs } })))["op0_bias"], [0, 0, 0]);
  }
});

Deno.test("importTflite() lowers DEPTHWISE_CONV_2D with VALID padding and dilation", () => {
  const module = read({
    tensors: [
      activation([1, 7, 7, 2], 0.5, 0),
      weights([1, 3, 2, 4]),
      bias(4),
      activation([1, 3, 3, 4], 0.125, 0),
    ],
    operators: [{
      code: 4,
      version: 2,
      inputs: [0, 1, 2],
      outputs: [3],
      optionsType: 2,
      // deno-fmt-ignore
      options: [[0, "int8", 1], [1, "int32", 2], [2, "int32", 1], [3, "int32", 2], [4, "int8", 3],
        [5, "int32", 1], [6, "int32", 2]],
    }],
    inputs: [0],
    outputs: [3],
  });
  assertEquals(
    kernelCall(module),
    // deno-fmt-ignore
    ["pinmap_depthwise_conv_2d_s8", "input", "weights", "bias", "multiplier", "shift", "output",
      1, 7, 7, 2, 3, 3, 4, 2, 3, 2, 1, 2, 0, 0, 2, 1, 0, 0, 0, 48],
  );
  assertEquals(constants(module)["op0_shift"], [1, 1, 1, 1]);
});

function fullyConnected(change: Partial<Record<number, Partial<TensorSpec>>> = {}, version = 4) {
  return {
    tensors: [
      activation([2, 1, 4], 0.5, 1),
      weights([3, 4]),
      bias(3),
      activation([2, 3], 0.5, 2),
    ].map((tensor, i) => ({ ...tensor, ...change[i] })),
    operators: [
      { code: 9, version, inputs: [0, 1, 2], outputs: [3], optionsType: 8, options: [] },
    ],
    inputs: [0],
    outputs: [3],
  } satisfies ModelSpec;
}

Deno.test("importTflite() lowers FULLY_CONNECTED per tensor and per channel", () => {
  const call = kernelCall(read(fullyConnected()));
  assertEquals(call.slice(0, 1), ["pinmap_fully_connected_s8"]);
  assertEquals(call.slice(7), [2, 4, 3, 0, -1, 0, 2, -128, 127]);
  const perChannel = { 1: { scales: [1, 2, 4], zeroPoints: [0, 0, 0] } };
  const module = read(fullyConnected(perChannel, 12));
  assertEquals(kernelCall(module)[10], 1);
  assertEquals(constants(module)["op0_shift"], [1, 2, 3]);
});

Deno.test("importTflite() multiplies FULLY_CONNECTED's scales as floats, as TFLite does", () => {
  const [a, b, c] = [Math.fround(0.1), Math.fround(0.7), Math.fround(0.3)];
  const module = read(fullyConnected({
    0: { scales: [a] },
    1: { scales: [b] },
    3: { scales: [c] },
  }));
  const real = Math.fround(a * b) / c;
  const expected = Math.round(real * 4 * 2 ** 31);
  assertEquals(constants(module)["op0_multiplier"], [expected]);
  assertEquals(constants(module)["op0_shift"], [-2]);
  const asDoubles = Math.round(a * b / c * 4 * 2 ** 31);
  assertEquals(expected === asDoubles, false, "the example does not tell the two apart");
});

Deno.test("importTflite() lowers AVERAGE_POOL_2D and MAX_POOL_2D", () => {
  for (const [code, kernel] of [[1, "pinmap_average_pool_2d_s8"], [17, "pinmap_max_pool_2d_s8"]]) {
    const module = read({
      tensors: [activation([1, 5, 4, 3]), activation([1, 3, 2, 3])],
      operators: [{
        code: Number(code),
        inputs: [0],
        outputs: [1],
        optionsType: 5,
        options: [[1, "int32", 2], [2, "int32", 2], [3, "int32", 2], [4, "int32", 3]],
      }],
      inputs: [0],
      outputs: [1],
    });
    assertEquals(
      kernelCall(module),
      [String(kernel), "input", "output", 1, 5, 4, 3, 3, 2, 3, 2, 2, 2, 1, 0, -128, 127],
    );
  }
});

/** RESHAPE to [4, 3], SOFTMAX of the result. */
function chain(): ModelSpec {
  return {
    tensors: [
      activation([1, 12], 0.25, 5, { name: "int" }),
      activation([4, 3], 0.25, 5, { name: "middle" }),
      activation([4, 3], 1 / 256, -128, { name: "int" }),
      bias(2),
    ],
    operators: [
      { code: 22, version: 1, inputs: [0, 3], outputs: [1] },
      { code: 25, inputs: [1], outputs: [2], optionsType: 9, options: [[0, "float32", 1]] },
    ],
    inputs: [0],
    outputs: [2],
  };
}

Deno.test("importTflite() lowers RESHAPE to a copy and SOFTMAX, and names buffers uniquely", () => {
  const module = read(chain());
  assertEquals(kernelCall(module), ["pinmap_copy_s8", "input", "output", 12]);
  assertEquals(
    kernelCall(module, 1),
    ["pinmap_softmax_s8", "input", "output", 4, 3, 2 ** 30, 25, -62],
  );
  const main = findFunction(module, MAIN);
  if (main === undefined) throw new Error("no main");
  assertEquals(
    allocationsOf(main).map((node) => node.buffer.name),
    ["int_", "int__2", "op0_out"],
  );
  const text = printModule(module);
  assertStringIncludes(text, '"tvmgen_default_reshape_0", int_, op0_out)');
  assertStringIncludes(text, '"tvmgen_default_softmax_1", op0_out, int__2)');
});

function add(change: Partial<Record<number, Partial<TensorSpec>>> = {}): ModelSpec {
  return {
    tensors: [
      activation([1, 3], 0.5, 4, { name: "x" }),
      activation([1, 3], 0.25, -5, { data: new Uint8Array([1, 255, 3]) }),
      activation([1, 3], 1, 6, { name: "y" }),
      activation([1, 3], 2, 6, { name: "z" }),
    ].map((tensor, i) => ({ ...tensor, ...change[i] })),
    operators: [
      { code: 0, inputs: [0, 1], outputs: [2], optionsType: 11, options: [] },
      { code: 0, inputs: [2, 2], outputs: [3], optionsType: 11, options: [] },
    ],
    inputs: [0],
    outputs: [3],
  };
}

Deno.test("importTflite() lowers ADD, of constants and of a tensor to itself", () => {
  const module = read(add());
  assertEquals(
    kernelCall(module),
    // deno-fmt-ignore
    ["pinmap_add_s8", "input1", "input2", "output", 3, -4, 5, 6, 20,
      2 ** 30, 0, 2 ** 30, -1, 2 ** 30, -19, -128, 127],
  );
  assertEquals(constants(module), { op0_input2: [1, -1, 3] });
  assertStringIncludes(printModule(module), '"tvmgen_default_add_1", op0_out, op0_out, z)');
});

Deno.test("importTflite() makes one constant of one tensor that two operators use", () => {
  const spec = fullyConnected({
    0: { shape: [2, 4] },
    1: weights([4, 4]),
    2: bias(4),
    3: { shape: [2, 4] },
  });
  const module = read({
    ...spec,
    tensors: [...spec.tensors, activation([2, 4], 0.5, 2)],
    operators: [
      ...spec.operators,
      { code: 9, version: 4, inputs: [3, 1, 2], outputs: [4], optionsType: 8, options: [] },
    ],
    outputs: [4],
  });
  assertEquals(Object.keys(constants(module)), [
    "op0_weights",
    "op0_bias",
    "op0_multiplier",
    "op0_shift",
    "op1_multiplier",
    "op1_shift",
  ]);
});

Deno.test("importTflite() names the module as it is told", () => {
  const module = importTflite(modelFile(chain()), "net.tflite", { name: "kws" });
  assertEquals([module.name, module.functions[0]?.name], ["kws", "tvmgen_kws_reshape_0"]);
  assertThrows(() => importTflite(modelFile(chain()), "f", { name: "a-b" }), Error, "a-b");
});

function option(id: number, kind: OptionField[1], value: number): readonly OptionField[] {
  return [...CONV_OPTIONS.filter(([other]) => other !== id), [id, kind, value]];
}

Deno.test("importTflite() refuses what is not supported, by operator and index", () => {
  const cases: [string, string, ModelSpec][] = [
    [
      "E-TFLITE-OPERATOR",
      "operator 0 (MUL) is not supported, supported are CONV_2D",
      conv({ operator: { code: 18 } }),
    ],
    ["E-TFLITE-OPERATOR", "operator 0 (RIGHT_SHIFT)", conv({ operator: { code: 161 } })],
    ["E-TFLITE-OPERATOR", "operator 0 (BuiltinOperator 206)", conv({ operator: { code: 206 } })],
    [
      "E-TFLITE-OPERATOR-VERSION",
      "operator 0 (CONV_2D) has version 6, supported are 1, 2, 3",
      conv({ operator: { version: 6 } }),
    ],
    [
      "E-TFLITE-CORRUPT",
      "has options of type 2, needs Conv2DOptions",
      conv({ operator: { optionsType: 2 } }),
    ],
    [
      "E-TFLITE-GRAPH",
      "has 1 inputs and 1 outputs, needs 2 to 3 and 1",
      conv({ operator: { inputs: [0] } }),
    ],
    [
      "E-TFLITE-TYPE",
      'tensor 1 ("w") of type float32, supported is int8',
      conv({ tensors: { 1: { type: 0 } } }),
    ],
    ["E-TFLITE-TYPE", "of type int64, supported is int32", conv({ tensors: { 2: { type: 4 } } })],
    [
      "E-TFLITE-TYPE",
      'tensor 0 ("image") is an input or output of type uint8',
      conv({ tensors: { 0: { type: 3 } } }),
    ],
    ["E-TFLITE-FEATURE", "grouped convolution", conv({ tensors: { 1: weights([3, 3, 2, 1]) } })],
    [
      "E-TFLITE-FEATURE",
      "computed at run time",
      conv({
        tensors: {
          1: { shape: [3, 3, 2, 2], scales: [1], zeroPoints: [], data: new Uint8Array() },
        },
      }),
    ],
    ["E-TFLITE-FEATURE", "is a variable", conv({ tensors: { 0: { variable: true } } })],
    ["E-TFLITE-FEATURE", "is sparse", conv({ tensors: { 1: { sparse: true } } })],
    ["E-TFLITE-FEATURE", "external data", conv({ tensors: { 1: { external: 1 } } })],
    ["E-TFLITE-FEATURE", "custom quantisation", conv({ tensors: { 1: { detailsType: 1 } } })],
    [
      "E-TFLITE-FEATURE",
      "unknown dimension 1",
      conv({ tensors: { 0: { signature: [-1, -1, 6, 2] } } }),
    ],
    ["E-TFLITE-FEATURE", "it has 2 subgraphs", conv({ model: { subgraphs: 2 } })],
    ["E-TFLITE-FEATURE", "fused activation TANH", conv({ options: option(3, "int8", 4) })],
    ["E-TFLITE-FEATURE", "padding 2", conv({ options: option(0, "int8", 2) })],
    ["E-TFLITE-TYPE", "accumulates in int64", conv({ options: option(6, "int8", 4) })],
    ["E-TFLITE-SHAPE", "vertical stride 0, needs 1", conv({ options: option(2, "int32", 0) })],
    ["E-TFLITE-SHAPE", "horizontal dilation -1", conv({ options: option(4, "int32", -1) })],
    [
      "E-TFLITE-SHAPE",
      "of shape [1, 5, 3, 3], needs [1, 5, 6, 3]",
      conv({ options: option(1, "int32", 1) }),
    ],
    ["E-TFLITE-SHAPE", "has shape [1, 0, 6, 2]", conv({ tensors: { 0: { shape: [1, 0, 6, 2] } } })],
    ["E-TFLITE-SHAPE", "needs 4 dimensions", conv({ tensors: { 0: { shape: [5, 6, 2] } } })],
    ["E-TFLITE-SHAPE", "has a bias of 4 elements, needs 3", conv({ tensors: { 2: bias(4) } })],
    [
      "E-TFLITE-QUANTIZATION",
      "with zero point 3 of channel 1, needs 0",
      conv({ tensors: { 1: { zeroPoints: [0, 3, 0] } } }),
    ],
    [
      "E-TFLITE-QUANTIZATION",
      "with 2 scales along dimension 0",
      conv({ tensors: { 1: { scales: [1, 1], zeroPoints: [] } } }),
    ],
    [
      "E-TFLITE-QUANTIZATION",
      "with 3 scales along dimension 3",
      conv({ tensors: { 1: { axis: 3 } } }),
    ],
    [
      "E-TFLITE-QUANTIZATION",
      "has scale -1, needs one above 0",
      conv({ tensors: { 1: { scales: [-1] } } }),
    ],
    ["E-TFLITE-QUANTIZATION", "has scale NaN", conv({ tensors: { 1: { scales: [NaN] } } })],
    ["E-TFLITE-QUANTIZATION", "zero point 200", conv({ tensors: { 3: { zeroPoints: [200] } } })],
    [
      "E-TFLITE-QUANTIZATION",
      "has a bias with zero point 1",
      conv({ tensors: { 2: bias(3, { scales: [1], zeroPoints: [1] }) } }),
    ],
    [
      "E-TFLITE-QUANTIZATION",
      "rescales its result by",
      conv({ tensors: { 3: { scales: [1e-12] } } }),
    ],
    [
      "E-TFLITE-CORRUPT",
      "with 5 B of data, needs 36 B",
      conv({ tensors: { 1: { data: new Uint8Array(5) } } }),
    ],
    ["E-TFLITE-CORRUPT", "tensor 9 does not exist", conv({ operator: { inputs: [0, 9] } })],
    ["E-TFLITE-CORRUPT", "tensor -1 does not exist", conv({ operator: { inputs: [0, -1, 2] } })],
    ["E-TFLITE-VERSION", "its schema has version 4", conv({ model: { version: 4 } })],
    ["E-TFLITE-GRAPH", "has 0 inputs and 1 outputs", conv({ model: { inputs: [] } })],
    [
      "E-TFLITE-GRAPH",
      'tensor 0 ("image") is an input or output twice',
      conv({ model: { outputs: [0] } }),
    ],
    ["E-TFLITE-GRAPH", "is an input or output and a constant", conv({ model: { inputs: [0, 1] } })],
    [
      "E-TFLITE-GRAPH",
      "no operator writes its output, tensor 3",
      conv({ model: { operators: [] } }),
    ],
    ["E-TFLITE-GRAPH", "reads, before anything writes it, tensor 1", {
      ...chain(),
      operators: chain().operators.toReversed(),
    }],
    ["E-TFLITE-GRAPH", "writes again", {
      ...chain(),
      operators: [...chain().operators, ...chain().operators],
    }],
    [
      "E-TFLITE-FEATURE",
      "adds [1, 3] and [1, 1] (broadcast)",
      add({ 1: { shape: [1, 1], data: new Uint8Array(1) } }),
    ],
    ["E-TFLITE-CORRUPT", "with 2 B of data, needs 3 B", add({ 1: { data: new Uint8Array(2) } })],
    [
      "E-TFLITE-QUANTIZATION",
      "needs scales of inputs and output closer",
      add({ 2: { scales: [1e-9] } }),
    ],
    ["E-TFLITE-QUANTIZATION", "needs 0.00390625 and -128", {
      ...chain(),
      tensors: chain().tensors.map((t) => ({ ...t, zeroPoints: [5] })),
    }],
    ["E-TFLITE-SHAPE", "makes [4, 3] of [1, 13]", {
      ...chain(),
      tensors: chain().tensors.map((t, i) => i === 0 ? { ...t, shape: [1, 13] } : t),
    }],
    ["E-TFLITE-SHAPE", "needs shapes that fit together", fullyConnected({ 3: { shape: [3, 2] } })],
    [
      "E-TFLITE-QUANTIZATION",
      "has a bias of scale 7",
      fullyConnected({ 2: bias(3, { scales: [7], zeroPoints: [0] }) }),
    ],
  ];
  for (const [code, text, spec] of cases) {
    const error = assertThrows(() => read(spec), InputError, text);
    assertEquals(error.code, code, error.message);
    assertStringIncludes(error.message, 'Cannot import "net.tflite": ');
  }
});
