/**
 * Runs many inferences of one firmware image: sets the inputs and reads the outputs by symbol while
 * the firmware stands at its two harness functions, so the image knows nothing of its inputs.
 *
 * @module
 */
import { InputError } from "../src/base/error.ts";
import { formatBytes } from "../src/base/units.ts";
import type { Machine, RunLimits } from "./machine.ts";
import type { StopReason } from "./types.ts";

/** A tensor in the firmware's memory. */
export interface HarnessTensor {
  /** The network's name. */
  readonly name: string;
  /** Symbol of its first byte. */
  readonly symbol: string;
  /** Bytes. */
  readonly bytes: number;
}

/** What running needs to know of a firmware image: a part of its `manifest.json`. */
export interface HarnessManifest {
  /** Inputs in order. */
  readonly inputs: readonly HarnessTensor[];
  /** Outputs in order. */
  readonly outputs: readonly HarnessTensor[];
  /** Symbols at which firmware and host meet; a program with a main of its own has none. */
  readonly harness?: {
    /** Function entered before each inference. */
    readonly begin_symbol: string;
    /** Function entered after each inference. */
    readonly end_symbol: string;
    /** 32-bit cell: number of inferences. */
    readonly count_symbol: string;
  } | undefined;
}

/** One inference. */
export interface Inference {
  /** Output tensors, concatenated in the manifest's order. */
  readonly output: Uint8Array;
  /** Instructions from the begin to the end function. */
  readonly instructions: number;
  /** Cycles between them. */
  readonly cycles: number;
}

/** What came of a run. */
export interface HarnessRun {
  /** Why it stopped. */
  readonly stop: StopReason;
  /** Inferences that were finished. */
  readonly inferences: readonly Inference[];
}

/** Limits, and who wants to know how far it is. */
export interface HarnessOptions extends RunLimits {
  /** Called after each inference. */
  readonly onInference?: ((done: number, total: number) => void) | undefined;
}

/**
 * Resets the machine, runs one inference for each input and lets the program end.
 *
 * @param machine The machine
 * @param manifest Symbols of tensors and harness
 * @param inputs For each inference the bytes of all input tensors, in the manifest's order
 * @param options Limits since reset, progress
 * @returns Why the run stopped and the inferences until then: all of them if it is an exit with code 0
 * @throws {InputError} An input of the wrong size (E-SIM-INPUT), a symbol that is missing (E-SIM-SYMBOL), a
 *   program that ends too early although it reports success (E-SIM-HARNESS)
 *
 * @example What an input must look like
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type HarnessManifest, inputBytes } from "./mod.ts";
 *
 * const manifest: HarnessManifest = {
 *   inputs: [{ name: "image", symbol: "input_image", bytes: 784 }],
 *   outputs: [{ name: "digit", symbol: "output_digit", bytes: 10 }],
 *   harness: { begin_symbol: "begin", end_symbol: "end", count_symbol: "count" },
 * };
 * assertEquals(inputBytes(manifest), 784);
 * ```
 */
export function runHarness(
  machine: Machine,
  manifest: HarnessManifest,
  inputs: readonly Uint8Array[],
  options: HarnessOptions = {},
): HarnessRun {
  if (manifest.harness === undefined) {
    throw new InputError(
      "E-SIM-HARNESS",
      `Cannot run ${inputs.length} inferences: the program has a main of its own, the test harness is needed`,
    );
  }
  inputs.forEach((input, index) => checkInput(manifest, input, index));
  const { begin_symbol, end_symbol, count_symbol } = manifest.harness;
  machine.reset();
  const cell = new Uint8Array(4);
  new DataView(cell.buffer).setUint32(0, inputs.length, true);
  machine.writeSymbol(count_symbol, cell);

  const inferences: Inference[] = [];
  for (const input of inputs) {
    let stop = machine.runUntilSymbol(begin_symbol, options);
    if (stop.kind !== "breakpoint") return early(stop, inferences, inputs.length);
    writeInputs(machine, manifest, input);
    const before = machine.engine.count();
    stop = machine.runUntilSymbol(end_symbol, options);
    if (stop.kind !== "breakpoint") return early(stop, inferences, inputs.length);
    const after = machine.engine.count();
    inferences.push({
      output: readOutputs(machine, manifest),
      instructions: after.instructions - before.instructions,
      cycles: after.cycles - before.cycles,
    });
    options.onInference?.(inferences.length, inputs.length);
  }
  return { stop: machine.run(options), inferences };
}

/**
 * Bytes of one inference's input: all input tensors together.
 *
 * @param manifest The firmware's manifest
 */
export function inputBytes(manifest: Pick<HarnessManifest, "inputs">): number {
  return manifest.inputs.reduce((sum, tensor) => sum + tensor.bytes, 0);
}

function checkInput(manifest: HarnessManifest, input: Uint8Array, index: number): void {
  const needed = inputBytes(manifest);
  if (input.length === needed) return;
  const tensors = manifest.inputs.map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`);
  throw new InputError(
    "E-SIM-INPUT",
    `Cannot set input ${index}: it has ${formatBytes(input.length)}, needed are ${
      formatBytes(needed)
    } (${tensors.join(", ")})`,
  );
}

/** A run that ended before its last inference: a failure that it reports itself, or one to report. */
function early(stop: StopReason, inferences: readonly Inference[], wanted: number): HarnessRun {
  if (stop.kind === "exit" && stop.code === 0) {
    throw new InputError(
      "E-SIM-HARNESS",
      `Cannot run ${wanted} inferences: the program ended with code 0 after ${inferences.length}`,
      { hints: ["the ELF and the manifest must come from the same build"] },
    );
  }
  return { stop, inferences };
}

function writeInputs(machine: Machine, manifest: HarnessManifest, input: Uint8Array): void {
  let at = 0;
  for (const tensor of manifest.inputs) {
    machine.writeSymbol(tensor.symbol, input.subarray(at, at + tensor.bytes));
    at += tensor.bytes;
  }
}

function readOutputs(machine: Machine, manifest: HarnessManifest): Uint8Array {
  const parts = manifest.outputs.map(({ symbol, bytes }) => machine.readSymbol(symbol, bytes));
  const output = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    output.set(part, at);
    at += part.length;
  }
  return output;
}
