/**
 * The TypeScript operators against TensorFlow Lite Micro: every operator's output of every vector of the
 * corpus, through the importer.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import { maxPool2d } from "../../examples/digits/reference.ts";
import { importModel } from "../../src/import/mod.ts";
import { evaluate } from "../support/evaluate.ts";
import { need } from "../support/need.ts";

interface Goldens {
  readonly ops: readonly { readonly op: string }[];
  readonly vectors: readonly {
    readonly name: string;
    readonly input_base64: string;
    readonly output_base64: string;
    readonly op_output_crc32: readonly string[];
  }[];
}

for (const model of ["kws_ref_model", "ad01_int8", "pretrainedResnet_quant", "vww_96_int8"]) {
  const files = [`models/${model}.tflite`, `goldens/${model}.json`];
  need(
    { corpus: files },
    `evaluate() computes what TensorFlow Lite Micro does: ${model}`,
    (_, given) => {
      const path = given.corpus(`models/${model}.tflite`);
      const module = importModel(Deno.readFileSync(path), path);
      const goldens: Goldens = JSON.parse(
        Deno.readTextFileSync(given.corpus(`goldens/${model}.json`)),
      );
      for (const vector of goldens.vectors) {
        const input = new Int8Array(Uint8Array.fromBase64(vector.input_base64).buffer);
        const { operators, outputs } = evaluate(module, [input]);
        const checksums = operators.map(({ output }) => checksum(output));
        assertEquals(checksums, vector.op_output_crc32, vector.name);
        const output = new Uint8Array([...outputs.values()].flatMap((values) => [...values]));
        assertEquals(output.toBase64(), vector.output_base64, vector.name);
      }
    },
  );
}

function checksum(values: Int8Array): string {
  return crc32(new Uint8Array(values)).toString(16).padStart(8, "0");
}

Deno.test("maxPool2d() takes the maximum of the part of the window inside the image, clamped", () => {
  const output = new Int8Array(4);
  maxPool2d({ input: Int8Array.of(-9, 2, 3, 4, -5, 6, 7, 8, -90), output }, {
    batch: 1,
    in_h: 3,
    in_w: 3,
    channels: 1,
    out_h: 2,
    out_w: 2,
    filter_h: 2,
    filter_w: 2,
    stride_h: 2,
    stride_w: 2,
    pad_h: 0,
    pad_w: 0,
    act_min: -10,
    act_max: 6,
  });
  assertEquals([...output], [4, 6, 6, -10]);
});
