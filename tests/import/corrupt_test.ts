import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../src/base/error.ts";
import { importTflite } from "../../src/import/mod.ts";
import { printModule } from "../../src/ir/mod.ts";
import { need } from "../support/need.ts";
import { activation, modelFile } from "./model_file.ts";

/** Milliseconds; a good file of this size takes a few. */
const LIMIT = 1000;

/** Whether it was refused; anything but an InputError, or a long time, fails the test. */
function refused(bytes: Uint8Array, what: string): boolean {
  const start = performance.now();
  try {
    importTflite(bytes, "damaged.tflite");
    return false;
  } catch (error) {
    assertInstanceOf(error, InputError, `${what}: ${error instanceof Error ? error.stack : error}`);
    assert(error.message.startsWith('Cannot import "damaged.tflite": '), error.message);
    return true;
  } finally {
    assert(performance.now() - start < LIMIT, `${what} takes longer than ${LIMIT} ms`);
  }
}

const MODELS = ["kws_ref_model", "pretrainedResnet_quant", "ad01_int8", "vww_96_int8"];
for (const model of MODELS) {
  const corpus = [`models/${model}.tflite`];
  need({ corpus }, `importTflite() refuses ${model} cut off anywhere`, (_, given) => {
    const bytes = Deno.readFileSync(given.corpus(`models/${model}.tflite`));
    for (let length = 0; length < bytes.length; length += 97) {
      assert(refused(bytes.slice(0, length), `cut at ${length}`), `read when cut at ${length}`);
    }
  });

  need({ corpus }, `importTflite() survives flipped bytes in ${model}`, (_, given) => {
    const bytes = Deno.readFileSync(given.corpus(`models/${model}.tflite`));
    const structure = structureOf(bytes);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(structure.length - 1), fc.integer({ min: 1, max: 255 })), {
          minLength: 1,
          maxLength: 6,
        }),
        (flips) => {
          const damaged = bytes.slice();
          for (const [i, mask] of flips) {
            const at = structure[i] ?? 0;
            damaged[at] = (damaged[at] ?? 0) ^ mask;
          }
          refused(damaged, JSON.stringify(flips));
        },
      ),
      { seed: 24, numRuns: 400 },
    );
  });
}

/** Offsets outside of long runs of weights: flipping a weight breaks nothing. */
function structureOf(bytes: Uint8Array): number[] {
  const offsets = Array.from({ length: bytes.length }, (_, i) => i);
  return [...offsets.slice(0, 64), ...offsets.slice(-12_000)];
}

need(
  { corpus: ["models/vww_96_int8.tflite"] },
  "importTflite() of a 330 KB model takes well under a second",
  (_, given) => {
    const bytes = Deno.readFileSync(given.corpus("models/vww_96_int8.tflite"));
    const start = performance.now();
    importTflite(bytes, "vww_96_int8.tflite");
    assert(performance.now() - start < 500);
  },
);

const small = modelFile({
  tensors: [activation([1, 4], 0.5, 3), activation([2, 2], 0.5, 3)],
  operators: [{ code: 22, version: 1, inputs: [0], outputs: [1] }],
  inputs: [0],
  outputs: [1],
});

Deno.test("importTflite() of a small model with any byte changed reads or throws an InputError", () => {
  let read = 0;
  for (let at = 0; at < small.length; at++) {
    for (const value of [0, 1, 4, 0x7f, 0x80, 0xff]) {
      const damaged = small.slice();
      damaged[at] = value;
      if (!refused(damaged, `byte ${at} = ${value}`)) read++;
    }
  }
  assert(read > 0 && read < small.length * 6);
});

Deno.test("importTflite() reads a file from the middle of a larger array", () => {
  const larger = new Uint8Array(small.length + 200).fill(0xaa);
  larger.set(small, 100);
  const view = larger.subarray(100, 100 + small.length);
  assertEquals(
    printModule(importTflite(view, "f.tflite")),
    printModule(importTflite(small, "f.tflite")),
  );
  assert(refused(larger.subarray(100, 100 + small.length - 60), "a cut view"));
});

Deno.test("importTflite() refuses what is no TFLite file", () => {
  for (const length of [0, 3, 7, 8, 100]) {
    const error = assertThrows(
      () => importTflite(new Uint8Array(length), "x"),
      InputError,
      'needs the identifier "TFL3"',
    );
    assertEquals(error.code, "E-TFLITE-FORMAT");
  }
});

Deno.test("importTflite() refuses a small file that describes a huge model", () => {
  // Every tensor is the same table, whose name fills most of the file: the square of its size.
  const name = "n".repeat(60_000);
  const tensors = 15_000;
  const spec = {
    tensors: [activation([1, 4], 0.5, 3, { name }), activation([1, 4], 0.5, 3)],
    operators: [{ code: 22, version: 1, inputs: [0], outputs: [1] }],
    inputs: Array.from({ length: tensors }, (_, i) => i),
    outputs: [1],
  };
  const file = modelFile({
    ...spec,
    tensors: Array.from({ length: tensors }, (_, i) => i === 0 ? spec.tensors[0] : undefined)
      .map((tensor) => tensor ?? activation([1, 4], 0.5, 3)),
  });
  const view = new DataView(file.buffer);
  // tensors: the first vector of that length whose entries are offsets to tables
  const at = findVector(view, tensors, (first) => first > 1000);
  const target = at + 4 + view.getUint32(at + 4, true);
  for (let i = 0; i < tensors; i++) {
    const entry = at + 4 + 4 * i;
    view.setUint32(entry, target - entry, true);
  }
  const error = assertThrows(() => importTflite(file, "bomb"), InputError, "far more data");
  assertEquals(error.code, "E-TFLITE-CORRUPT");
  assert(refused(file, "the same file"));
});

function findVector(view: DataView, length: number, test: (first: number) => boolean): number {
  for (let at = 0; at + 8 < view.byteLength; at += 4) {
    if (view.getUint32(at, true) === length && test(view.getUint32(at + 4, true))) return at;
  }
  throw new Error("no such vector");
}
