/**
 * What `pinmap run` runs: a linked image as it is. A model becomes one in `run_model.ts`.
 *
 * @module
 */
import type { CheckDocument, PlanDocument } from "../base/documents.ts";
import { InputError, UsageError } from "../base/error.ts";
import type { Board } from "../board/types.ts";
import type { Manifest } from "../firmware/types.ts";
import { imageFormat } from "../../sim/mod.ts";
import { checkElf } from "../simulate/mod.ts";
import { BOARD, BUILDING, type Context, PLANNING } from "./command.ts";
import { manifestFor } from "./manifest.ts";
import { onePositional } from "./inputs.ts";
import type { Options, OptionSpec } from "./options.ts";

/** `--manifest`. */
export const MANIFEST: OptionSpec = {
  name: "manifest",
  short: "m",
  value: "FILE",
  help: "for an ELF: its manifest; default: manifest.json beside it, if there",
};

/** What is run: an image, and what is known of it. */
export interface Subject {
  readonly elf: Uint8Array;
  readonly path: string;
  readonly manifest: Manifest | undefined;
  readonly check: CheckDocument;
  readonly plan?: PlanDocument;
  readonly loadAddress?: number | undefined;
}

/** Raw bytes are an image if they are given an address, else they are for the importers to recognise. */
export function isImage(bytes: Uint8Array, options: Options): boolean {
  return imageFormat(bytes) !== "bin" || options.given("load-address");
}

/** Flags that would do nothing are refused, not dropped. */
export function refuse(options: Options, specs: readonly OptionSpec[], subject: string): void {
  const flag = specs.find(({ name }) => options.given(name))?.name;
  if (flag === undefined) return;
  throw new UsageError(
    "E-CLI-FLAG",
    `Cannot run ${subject} with --${flag}: it has no effect there`,
  );
}

/** A linked image, checked. */
export async function elfSubject(
  { options }: Context,
  path: string,
  elf: Uint8Array,
  board: Board,
): Promise<Subject> {
  onePositional(options, "ELF file", "run");
  const subject = imageFormat(elf) === "elf" ? "an ELF file" : "an image";
  refuse(options, [...PLANNING, ...BUILDING].filter((spec) => spec !== BOARD), subject);
  const manifest = await manifestFor(path, options.text("manifest"));
  if (manifest === undefined && options.texts("input").length > 0) {
    throw new InputError(
      "E-CLI-MANIFEST",
      `Cannot give inputs to ${path}: it has no manifest.json`,
      {
        hints: ["Name the manifest with --manifest, or leave --input out"],
      },
    );
  }
  const loadAddress = options.address("load-address");
  const check = await checkElf(elf, path, board, manifest, loadAddress);
  return { elf, path, manifest, loadAddress, check };
}
