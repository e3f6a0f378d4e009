/**
 * Importers: files into modules. A new format is a new file and a line in the registry.
 *
 * @module
 */
import { InputError, UsageError } from "../base/error.ts";
import { nameProblem } from "../ir/checks.ts";
import { allocateIo } from "../ir/io.ts";
import { linkParams } from "../ir/link_params.ts";
import { parseModule } from "../ir/parser.ts";
import { serializeLoops } from "../ir/serialize.ts";
import { type IRModule, MAIN } from "../ir/types.ts";
import { type ImportOptions, importTflite, tensorsOfBuffers } from "./tflite/mod.ts";
import { type OfflinePlan, readOfflinePlan, withOfflinePlan } from "./tflite/offline_plan.ts";
import { IDENTIFIER } from "./tflite/schema.ts";

export {
  type ImportOptions,
  importTflite,
  type OfflinePlan,
  readOfflinePlan,
  tensorsOfBuffers,
  withOfflinePlan,
};

/** An importer: one file, one line in the registry. */
export interface Importer {
  /** Name of the format. */
  readonly name: string;
  /** How its files are recognised, for messages. */
  readonly recognition: string;
  /** Whether a file is of this format. */
  readonly recognises: (bytes: Uint8Array, file: string) => boolean;
  /** Reads it. */
  readonly read: (bytes: Uint8Array, file: string, options: ImportOptions) => IRModule;
}

const tflite: Importer = {
  name: "TFLite",
  recognition: `the identifier ${IDENTIFIER}, or a name ending in .tflite`,
  recognises: (bytes, file) =>
    String.fromCharCode(...bytes.subarray(4, 8)) === IDENTIFIER || hasSuffix(file, ".tflite"),
  read: importTflite,
};

const tvmscript: Importer = {
  name: "TVMScript",
  recognition: "a name ending in .py",
  recognises: (_, file) => hasSuffix(file, ".py"),
  read: (bytes, file, { name, target, serialLoops = false, workspaceIo = false, params }) => {
    const read = withMain(parseModule(decode(bytes, file), file, { target }));
    const complete = params === undefined ? read : linkParams(read, params);
    const serial = serialLoops ? serializeLoops(complete) : complete;
    const module = workspaceIo ? allocateIo(serial) : serial;
    return name === undefined ? module : { ...module, name: checkedName(name) };
  },
};

/** The importers, in the order in which they are asked. */
export const importers: readonly Importer[] = [tflite, tvmscript];

/**
 * Reads a network or a module, whatever its format.
 *
 * @param bytes The file
 * @param file Its path: its suffix helps to recognise the format, and errors name it
 * @param options Name of the module, by default the file's own or `default`
 * @returns The module
 * @throws {InputError} E-IMPORT-FORMAT if no importer knows the format, E-IMPORT-TEXT if a text is not
 * UTF-8, and what the importer throws
 * @throws {UsageError} E-TFLITE-NAME, E-IMPORT-NAME if the name is no C identifier
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { InputError } from "../base/error.ts";
 * import { importModel } from "./mod.ts";
 *
 * assertThrows(() => importModel(new Uint8Array(), "net.onnx"), InputError, "format is not known");
 * ```
 */
export function importModel(
  bytes: Uint8Array,
  file: string,
  options: ImportOptions = {},
): IRModule {
  const importer = importers.find((candidate) => candidate.recognises(bytes, file));
  if (importer !== undefined) return importer.read(bytes, file, options);
  const known = importers.map(({ name, recognition }) => `${name} (${recognition})`).join(", ");
  throw new InputError(
    "E-IMPORT-FORMAT",
    `Cannot import "${file}": its format is not known, supported are ${known}`,
  );
}

/** TVM up to 0.8 calls main `run_model` or the like, and marks it with `runner_function`. */
function withMain(module: IRModule): IRModule {
  if (module.functions.some((func) => func.name === MAIN)) return module;
  const runners = module.functions.filter((func) => func.attrs["runner_function"] === true);
  const [runner] = runners;
  if (runner === undefined || runners.length > 1) return module;
  const functions = module.functions.map((func) =>
    func === runner ? { ...func, name: MAIN } : func
  );
  return { ...module, functions };
}

function hasSuffix(file: string, suffix: string): boolean {
  return file.toLowerCase().endsWith(suffix);
}

function checkedName(name: string): string {
  const problem = nameProblem(name);
  if (problem === undefined) return name;
  throw new UsageError("E-IMPORT-NAME", `Cannot name the module: ${problem}`);
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError("E-IMPORT-TEXT", `Cannot import "${file}": no UTF-8 text, needs one`, {
      cause,
    });
  }
}
