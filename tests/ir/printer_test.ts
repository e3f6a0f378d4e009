import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UsageError } from "../../src/base/error.ts";
import {
  allocationsOf,
  decodeElements,
  encodeElements,
  moduleBuilder,
  parseModule,
  printModule,
} from "../../src/ir/mod.ts";
import { need } from "../support/need.ts";
import { arbitraryModule, smallModule } from "./modules.ts";

Deno.test("printModule() writes the spelling of TVMScript", () => {
  assertEquals(
    printModule(smallModule()),
    `from tvm.script import ir as I
from tvm.script import tir as T

@I.ir_module
class Module:
    I.module_attrs({"pinmap.name": "kws"})

    @T.prim_func
    def conv(input: T.handle, weights: T.handle, output: T.handle):
        T.func_attr({"global_symbol": "conv", "target": T.target("c"), "tir.noalias": True})
        T.evaluate(T.call_extern("int32", "pinmap_conv", input, weights, output, 1, -128))

    @T.prim_func
    def __tvm_main__():
        T.func_attr({"global_symbol": "__tvm_main__", "target": T.target("c")})
        audio = T.allocate([8000], "int8", "global", annotations={"alignment": 16, "input_tensor": "audio:0"})
        op0_out = T.allocate([1, 20], "int8", "global", annotations={"candidate_memory_pools": ["dtcm", "sram1"]})
        scores = T.allocate([20], "int8", "global", annotations={"output_tensor": "scores"})
        op0_weights = T.allocate_const([64, 10, -4, 1], "int8", [2, 2])
        T.evaluate(T.call_extern("int32", "conv", audio, op0_weights, op0_out))
        T.evaluate(T.call_extern("int32", "conv", op0_out, op0_weights, scores))
`,
  );
});

Deno.test("parseModule() of printModule() gives the same module, whose print is the same", () => {
  fc.assert(
    fc.property(arbitraryModule, (module) => {
      const text = printModule(module);
      const read = parseModule(text, "generated.py");
      assertEquals(read, module);
      assertEquals(printModule(read), text);
    }),
    { seed: 20, numRuns: 400 },
  );
});

Deno.test("printModule() keeps every float32 bit pattern, NaNs and zeros included", () => {
  const bits = [0, 0x8000_0000, 1, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0x7fa0_0001, 0xffc0_0000];
  bits.push(0x3dcc_cccd, 0x4b80_0000, 0x7f7f_ffff, 0x6000_0000, 0x0080_0000, 0x4f00_0000);
  const data = new Uint8Array(new Uint32Array(bits).buffer);
  const net = moduleBuilder();
  net.main().allocateConst("c", "float32", [bits.length], data);
  const module = net.build();
  const read = parseModule(printModule(module), "floats.py");
  const [node] = read.functions.flatMap(allocationsOf);
  assertEquals(node?.kind === "allocate_const" && [...node.data], [...data]);
});

Deno.test("printModule() keeps every float32 that fast-check thinks of", () => {
  fc.assert(
    fc.property(fc.array(fc.float()), (values) => {
      const net = moduleBuilder();
      net.main().allocateConst("c", "float32", [values.length], values);
      const read = parseModule(printModule(net.build()), "floats.py");
      const [node] = read.functions.flatMap(allocationsOf);
      assertEquals(node?.kind === "allocate_const" && decodeElements("float32", node.data), values);
    }),
    { seed: 21 },
  );
});

Deno.test("printModule() keeps int64 data beyond 2^53", () => {
  const values = [2n ** 63n - 1n, -(2n ** 63n), 0n, 9007199254740993n];
  const net = moduleBuilder();
  net.main().allocateConst("c", "int64", [4], values);
  const text = printModule(net.build());
  const [node] = parseModule(text, "ints.py").functions.flatMap(allocationsOf);
  assertEquals(node?.kind === "allocate_const" && node.data, encodeElements("int64", values));
});

Deno.test("printModule() uses with where something follows that must not see the buffer", () => {
  const inner = smallModule().functions[0];
  const net = moduleBuilder("scoped");
  net.main().allocate("a", "int8", [4]);
  const main = net.build().functions[0];
  if (main === undefined || inner === undefined) throw new Error("no function");
  const call = { kind: "call_extern", dtype: "int32", callee: "after", args: [] } as const;
  const body = { kind: "seq", body: [main.body, { kind: "evaluate", value: call }] } as const;
  const text = printModule({ name: "scoped", attrs: {}, functions: [{ ...main, body }] });
  assertEquals(
    text.split("\n").slice(-4),
    [
      '        with T.allocate([4], "int8", "global") as a:',
      "            pass",
      '        T.evaluate(T.call_extern("int32", "after"))',
      "",
    ],
  );
});

Deno.test("printModule() refuses what could not be read back", () => {
  const module = smallModule();
  const [first, ...others] = module.functions;
  if (first === undefined) throw new Error("no function");
  const refused = (functions: typeof module.functions, text: string) =>
    assertThrows(() => printModule({ ...module, functions }), UsageError, text);
  refused([{ ...first, name: "a b" }, ...others], "is not a C identifier");
  refused([first, first], "exists twice");
  refused([{ ...first, params: [] }], 'variable "input" is not visible there');
  refused([{ ...first, target: "" }], "its target is empty");
  refused([{ ...first, attrs: { x: NaN } }], "NaN is not finite");
  assertThrows(
    () => printModule({ ...module, attrs: { "pinmap.name": "x" } }),
    UsageError,
    "is the field name",
  );
});

/** Prints, for each module, its attributes and the literal annotations of its allocates as JSON. */
const PYTHON_READER = `
import ast, json, sys
def literals(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "module_attrs":
                yield ast.literal_eval(node.args[0])
            for keyword in node.keywords:
                yield ast.literal_eval(keyword.value)
print(json.dumps([list(literals(text)) for text in json.load(sys.stdin)]))
`;

need({ tools: ["python3"] }, "printModule() writes what Python itself reads the same", async () => {
  const modules = fc.sample(arbitraryModule, { seed: 28, numRuns: 200 });
  const python = new Deno.Command("python3", {
    args: ["-c", PYTHON_READER],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const stdin = python.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(JSON.stringify(modules.map(printModule))));
  await stdin.close();
  const { stdout } = await python.output();
  const read: unknown[][] = JSON.parse(new TextDecoder().decode(stdout));
  const sorted = (values: unknown[]) => values.map((value) => JSON.stringify(value)).toSorted();
  modules.forEach((module, i) => {
    const annotations = module.functions.flatMap(allocationsOf).map(({ kind, ...node }) => ({
      ...node.annotations,
      ...(kind === "allocate_const" && node.scope !== "global"
        ? { storage_scope: node.scope }
        : {}),
    })).filter((value) => Object.keys(value).length > 0);
    const expected = [{ "pinmap.name": module.name, ...module.attrs }, ...annotations];
    assertEquals(
      sorted(JSON.parse(JSON.stringify(read[i]))),
      sorted(JSON.parse(JSON.stringify(expected))),
    );
  });
});
