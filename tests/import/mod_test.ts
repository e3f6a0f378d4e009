import { assertEquals, assertThrows } from "@std/assert";
import { InputError, UsageError } from "../../src/base/error.ts";
import { importModel } from "../../src/import/mod.ts";
import { sanitize, uniqueNames } from "../../src/import/tflite/names.ts";
import { BUILTIN_OPERATORS } from "../../src/import/tflite/schema.ts";
import { moduleBuilder, printModule } from "../../src/ir/mod.ts";
import { activation, modelFile } from "./model_file.ts";

const tflite = modelFile({
  tensors: [activation([1, 4]), activation([4])],
  operators: [{ code: 22, version: 1, inputs: [0], outputs: [1] }],
  inputs: [0],
  outputs: [1],
});

Deno.test("importModel() knows TFLite by its identifier, whatever the name", () => {
  for (const file of ["net.tflite", "NET.TFLITE", "net.bin", "net.py"]) {
    assertEquals(importModel(tflite, file).functions.length, 2);
  }
  assertThrows(() => importModel(new Uint8Array(9), "a.tflite"), InputError, "no TFLite file");
});

Deno.test("importModel() reads TVMScript by its suffix and renames it when told", () => {
  const net = moduleBuilder("audio");
  net.main().allocate("a", "int8", [4]);
  const bytes = new TextEncoder().encode(printModule(net.build()));
  assertEquals(importModel(bytes, "net.py"), net.build());
  assertEquals(importModel(bytes, "net.py", { name: "other" }).name, "other");
  const error = assertThrows(() => importModel(bytes, "net.py", { name: "1" }), UsageError);
  assertEquals(error.code, "E-IMPORT-NAME");
});

Deno.test("importModel() refuses unknown formats and text that is not UTF-8", () => {
  const unknown = assertThrows(() => importModel(new Uint8Array(64), "net.onnx"), InputError);
  assertEquals(unknown.code, "E-IMPORT-FORMAT");
  const text = assertThrows(() => importModel(new Uint8Array([0xff]), "net.py"), InputError);
  assertEquals(text.code, "E-IMPORT-TEXT");
});

Deno.test("sanitize() makes C identifiers that no operator's buffer has", () => {
  assertEquals(
    ["a/b:0", "3x", "", "int", "lambda", "op1_out", "op1", "é", "T"].map(sanitize),
    ["a_b_0", "t_3x", "t_", "int_", "lambda_", "t_op1_out", "op1", "_", "T_"],
  );
});

Deno.test("uniqueNames() numbers what is there already, also against numbered names", () => {
  assertEquals(["x", "x_2", "x", "x", "y"].map(uniqueNames()), ["x", "x_2", "x_3", "x_4", "y"]);
});

Deno.test("BUILTIN_OPERATORS has each operator at its value", () => {
  const values = { ADD: 0, CONV_2D: 3, SOFTMAX: 25, MEAN: 40, SUM: 74, QUANTIZE: 114, GELU: 150 };
  for (const [name, value] of Object.entries(values)) {
    assertEquals(BUILTIN_OPERATORS[value], name);
  }
  assertEquals(BUILTIN_OPERATORS.length, 162);
});
