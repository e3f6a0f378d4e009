import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../src/base/error.ts";
import { allocationsOf, moduleBuilder, parseModule, printModule } from "../../src/ir/mod.ts";
import { arbitraryModule, smallModule } from "./modules.ts";

/** A module with this body in `__tvm_main__`. */
function script(...body: string[]): string {
  return [
    "@I.ir_module",
    "class Module:",
    "    @T.prim_func",
    "    def __tvm_main__():",
    '        T.func_attr({"target": T.target("c")})',
    ...body.map((line) => `        ${line}`),
    "",
  ].join("\n");
}

function errorOf(text: string): InputError {
  try {
    parseModule(text, "net.py");
  } catch (error) {
    assertInstanceOf(error, InputError);
    return error;
  }
  throw new Error(`Read without an error:\n${text}`);
}

Deno.test("parseModule() reads TVM's older spelling like the newer one", () => {
  const older = `
import tvm
from tvm.script import tir as T  # comment
@tvm.script.ir_module
class Anything:
    @T.prim_func
    def conv(input: T.handle("int8"), weights: T.handle, output: T.handle("int8", "global")) -> None:
        T.func_attr({'global_symbol': 'conv', 'tir.noalias': T.bool(True),
                     'target': T.target({"keys": ["cpu"], "kind": "c", "tag": ""}),})
        T.call_extern("pinmap_conv", input, weights.data, output, T.int32(0x1), -0X80, dtype="int32")

    @T.prim_func
    def __tvm_main__():
        T.func_attr({"target": T.target("c")})
        # in a block of its own
        with T.allocate((8000,), dtype="int8", scope='global', condition=True,
                        annotations={"alignment": 16, "input_tensor": "audio" ":0"}) as audio:
            with T.allocate([1, T.int64(20)], "int8",
                annotations={"candidate_memory_pools": ("dtcm", "sram1",)}) as op0_out:
                with T.allocate([20], "int8", "global", True, {"output_tensor": "scores"}) as scores:
                    with T.allocate_const([64, 10, -4, +1], "int8", [2, 2], annotations=None) as op0_weights:

                        T.evaluate(T.call_extern("int32", "conv", audio, op0_weights, op0_out))
                        T.evaluate(T.call_extern("int32", "conv", op0_out, op0_weights, scores))
`;
  const expected = { ...smallModule(), name: "default" };
  assertEquals(parseModule(older, "older.py"), expected);
  assertEquals(parseModule(older.replaceAll("\n", "\r\n"), "older.py"), expected);
});

Deno.test("parseModule() reads a module with a thousand statement-form allocates", () => {
  const net = moduleBuilder();
  const main = net.main();
  for (let i = 0; i < 3000; i++) main.allocate(`b${i}`, "int8", [16]);
  main.call("use", ["b0", "b2999"]);
  const module = net.build();
  const text = printModule(module);
  const read = parseModule(text, "many.py");
  assertEquals(read.functions.flatMap(allocationsOf).length, 3000);
  assertEquals(printModule(read), text);
});

Deno.test("parseModule() reads hundreds of nested with", () => {
  const lines = Array.from(
    { length: 500 },
    (_, i) => `${" ".repeat(i)}with T.allocate([4], "int8") as b${i}:`,
  );
  const module = parseModule(script(...lines, `${" ".repeat(500)}pass`), "deep.py");
  assertEquals(module.functions.flatMap(allocationsOf).length, 500);
});

Deno.test("parseModule() points at what it does not support and says what it does", () => {
  const cases: [string, string, string, number][] = [
    ["return 3", "E-IR-UNSUPPORTED", "return is not supported", 1],
    ['with T.block("b"):', "E-IR-UNSUPPORTED", "T.block is not supported", 6],
    ["for i in range(4):", "E-IR-SYNTAX", "needs an indented block", 0],
    ["for i in T.realize(4):", "E-IR-UNSUPPORTED", "T.realize of 1 variables is not supported", 10],
    ["for i, j in T.grid(4):", "E-IR-VALUE", "2 variables for 1 extents", 13],
    ["T.evaluate(1 < 2 < 3)", "E-IR-SYNTAX", "needs one comparison", 18],
    ["T.evaluate(T.qmultiply_shift(1))", "E-IR-UNSUPPORTED", "T.q_multiply_shift", 12],
    ["T.evaluate(T.if_then_else(1, 2))", "E-IR-VALUE", "2 arguments of T.if_then_else", 12],
    ["y[0] = 3", "E-IR-NAME", '"y" is not defined here', 1],
    ["x = 3", "E-IR-UNSUPPORTED", "a number as a statement is not supported", 5],
    ["x = T.alloc_buffer([4])", "E-IR-UNSUPPORTED", "T.alloc_buffer is not supported", 5],
    ['x = T.allocate([4], "float16")', "E-IR-UNSUPPORTED", 'element type "float16"', 21],
    ['x = T.allocate([n], "int8")', "E-IR-UNSUPPORTED", "extents known at compile time", 17],
    ['x = T.allocate([-4], "int8")', "E-IR-VALUE", "extent -4 is no size", 16],
    ['x = T.allocate([4], "int8", "shared")', "E-IR-VALUE", 'scope "shared"', 29],
    ['x = T.allocate_const([1, 300], "int8", [2])', "E-IR-VALUE", "element is 300", 26],
    ['x = T.allocate_const([1], "int8", [2])', "E-IR-VALUE", "1 elements, needs 2", 22],
    ["T.tvm_call_cpacked(1)", "E-IR-VALUE", "name of the function is not a string", 20],
    ['T.evaluate(T.call_extern("int32", "f", y))', "E-IR-NAME", '"y" is not defined here', 40],
    ['T.evaluate(T.call_extern("int32", "f", 2147483648))', "E-IR-VALUE", "is no int32", 40],
    ["T.evaluate(", "E-IR-SYNTAX", "needs an expression", 0],
    ["T.evaluate(0) 1", "E-IR-SYNTAX", 'found "1"', 15],
    ["T.evaluate('a", "E-IR-SYNTAX", "string has no end", 12],
    ["x = $", "E-IR-SYNTAX", 'character "$" is not understood', 5],
    ["x = T.allocate([0777], 'int8')", "E-IR-SYNTAX", '"0777" is no number', 17],
    ["  pass", "E-IR-SYNTAX", "found deeper indentation", 3],
  ];
  for (const [line, code, text, column] of cases) {
    const error = errorOf(script(line));
    assertEquals(error.code, code, line);
    assertStringIncludes(error.message, text);
    assert(error.message.startsWith("Cannot read net.py:"), error.message);
    if (column > 0) {
      assertEquals(error.location?.line, 6, line);
      assertEquals(error.location?.column, column + 8, line);
      assertEquals(error.location?.lineText, `        ${line}`);
    }
  }
});

Deno.test("parseModule() refuses names that are declared twice, and missing targets", () => {
  const twice = errorOf(script('a = T.allocate([4], "int8")', 'a = T.allocate([4], "int8")'));
  assertStringIncludes(twice.message, '"a" is declared twice');
  const target = errorOf(script().replace('"target": T.target("c")', ""));
  assertStringIncludes(target.message, 'function "__tvm_main__" has no target');
  const scope = errorOf(script('with T.allocate([4], "int8") as a:', "    pass", "T.evaluate(a)"));
  assertStringIncludes(scope.message, '"a" is not defined here');
  const hint = errorOf(script('audio = T.allocate([4], "int8")', "T.evaluate(audo)"));
  assertEquals(hint.hints, ['Did you mean "audio"?']);
});

Deno.test("parseModule() says what it needs when there is no module", () => {
  for (const text of ["", "# nothing\n", "import tvm\n", "x\n", "class M:\n", "@T.func\n"]) {
    assertStringIncludes(errorOf(text).message, "@I.ir_module");
  }
});

Deno.test("parseModule() refuses endless nesting instead of overflowing", () => {
  assertStringIncludes(errorOf(script("x = " + "[".repeat(200_000))).message, "nest too deep");
  assertStringIncludes(
    errorOf(script(`T.evaluate(${"(".repeat(200_000)}`)).message,
    "nest too deep",
  );
});

Deno.test("parseModule() of damaged text reads or throws an InputError, never else", () => {
  const pieces = [
    "",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    "=",
    ",",
    "\n",
    "    ",
    '"',
    "-",
    "@",
    "\\",
  ];
  pieces.push("9", "e", "with ", "T.", "None", "#", "\t", "\u2028", "é", "T.int64(", "def ");
  fc.assert(
    fc.property(
      arbitraryModule,
      fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.constantFrom(...pieces)), { minLength: 1 }),
      (module, edits) => {
        let text = printModule(module);
        for (const [at, length, piece] of edits) {
          const from = at % (text.length + 1);
          text = text.slice(0, from) + piece + text.slice(from + length);
        }
        try {
          printModule(parseModule(text, "damaged.py"));
        } catch (error) {
          assertInstanceOf(error, InputError, `${error}\n${text}`);
          assert((error.location?.line ?? 0) >= 1);
        }
      },
    ),
    { seed: 22, numRuns: 600 },
  );
});

Deno.test("parseModule() of arbitrary characters throws an InputError", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      assertInstanceOf(errorOf(text), InputError);
    }),
    { seed: 23, numRuns: 500 },
  );
});
