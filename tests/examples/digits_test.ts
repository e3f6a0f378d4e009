/**
 * The committed network and the writer of its file, through the importer.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { heldOutDigits, loadDigits } from "../../examples/digits/data.ts";
import { createRunner } from "../../examples/digits/inference.ts";
import { describeModel } from "../../examples/digits/model.ts";
import { ARCHITECTURE, createNetwork } from "../../examples/digits/network.ts";
import { quantize, quantizePixels } from "../../examples/digits/quantize.ts";
import { createRandom } from "../../examples/digits/random.ts";
import { drawDigit, sampleDigits } from "../../examples/digits/samples.ts";
import { writeTflite } from "../../examples/digits/tflite_writer.ts";
import { argmax } from "../../examples/digits/training.ts";
import { importModel } from "../../src/import/mod.ts";
import { evaluate } from "../support/evaluate.ts";
import { ROOT } from "../support/paths.ts";

const FOLDER = `${ROOT}/examples/digits`;
const FILE = Deno.readFileSync(`${FOLDER}/digits.tflite`);

/**
 * SHA-256 of the outputs of all held-out digits, one after the other, as TensorFlow Lite Micro's reference
 * kernels (revision 90b983c, x86-64, double rounding) compute them from the committed file.
 */
const TFLM_OUTPUTS = "6e63c71a7f20886d5ddd44d49c53bca348e289aca7b594e392983ea539df1b0a";

Deno.test("digits.tflite reads the held-out digits as well as its README says, bit for bit as TensorFlow Lite Micro does", async () => {
  const module = importModel(FILE, "digits.tflite");
  const { heldOut } = loadDigits();
  const outputs = heldOut.map((digit) => {
    const [output] = evaluate(module, [quantizePixels(digit.pixels)]).outputs.values();
    return output ?? new Int8Array();
  });
  assertEquals(
    await sha256(Uint8Array.from(outputs.flatMap((output) => [...output]))),
    TFLM_OUTPUTS,
  );
  const right = heldOut.filter((digit, i) => argmax(outputs[i] ?? new Int8Array()) === digit.label);
  assert(right.length >= 0.95 * heldOut.length, `${right.length} of ${heldOut.length}`);
  const percent = (100 * right.length / heldOut.length).toFixed(2);
  const row = new RegExp(`^\\| int8 +\\| ${percent} % `, "m");
  assertMatch(Deno.readTextFileSync(`${FOLDER}/README.md`), row);
});

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

Deno.test("digits.tflite is small and the one that its README describes", async () => {
  assert(FILE.length < 100_000, `${FILE.length} B`);
  const readme = Deno.readTextFileSync(`${FOLDER}/README.md`);
  assertStringIncludes(readme, await sha256(FILE));
  assertStringIncludes(readme, `${FILE.length} B`);
});

Deno.test("digits.tflite has an operator of every kind that the demo is to show", () => {
  const module = importModel(FILE, "digits.tflite");
  assertEquals(module.functions.map((fn) => fn.name), [
    "tvmgen_default_conv_2d_0",
    "tvmgen_default_depthwise_conv_2d_1",
    "tvmgen_default_conv_2d_2",
    "tvmgen_default_max_pool_2d_3",
    "tvmgen_default_conv_2d_4",
    "tvmgen_default_reshape_5",
    "tvmgen_default_fully_connected_6",
    "tvmgen_default_softmax_7",
    "__tvm_main__",
  ]);
});

Deno.test("writeTflite() and the importer agree on every number of a network", () => {
  const random = createRandom(42);
  const network = createNetwork(ARCHITECTURE, random);
  for (const layer of network.layers) {
    for (let i = 0; i < layer.bias.length; i++) layer.bias[i] = random.real() - 0.5;
  }
  const digits = heldOutDigits(3, 10);
  const quantized = quantize(network, digits);
  const file = writeTflite(describeModel(quantized, "random weights"));
  assertEquals(file, writeTflite(describeModel(quantized, "random weights")));
  const module = importModel(file, "random.tflite");
  const run = createRunner(quantized);
  for (const digit of digits) {
    const pixels = quantizePixels(digit.pixels);
    assertEquals([...evaluate(module, [pixels]).outputs.values()], [run(pixels)]);
  }
});

Deno.test("sampleDigits() gives the first held-out digits of every class as input bytes", () => {
  const samples = sampleDigits(2);
  assertEquals(samples.map((sample) => sample.label), [...Array(20).keys()].map((i) => i >> 1));
  const { heldOut } = loadDigits();
  for (const { label, index, pixels, input } of samples) {
    assert(heldOut.some((digit) => digit.label === label && digit.index === index));
    assertEquals([...input], [...pixels].map((pixel) => pixel - 128));
  }
});

Deno.test("drawDigit() draws 14 lines of 28 characters", () => {
  const pixels = new Uint8Array(28 * 28);
  pixels.fill(255, 0, 28); // The uppermost row is ink, so is the lowest, so is a pair in the middle.
  pixels.fill(255, 27 * 28);
  pixels[14 * 28 + 5] = pixels[15 * 28 + 5] = 255;
  const blocks = drawDigit(pixels).split("\n");
  assertEquals(blocks.map((line) => line.length), Array(14).fill(28));
  assertEquals([blocks[0], blocks[13]], ["▀".repeat(28), "▄".repeat(28)]);
  assertEquals(blocks[7], `${" ".repeat(5)}█${" ".repeat(22)}`);
  const ascii = drawDigit(pixels, "ascii").split("\n");
  assertEquals(ascii[7], `${" ".repeat(5)}@${" ".repeat(22)}`);
  const grey = drawDigit(pixels, "grey").split("\n");
  assertEquals(grey[0], `\x1b[38;5;255;48;5;232m${"▀".repeat(28)}\x1b[0m`);
});
