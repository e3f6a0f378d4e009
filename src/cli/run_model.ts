/**
 * A model that `pinmap run` plans and builds before it runs it; apart, because a linked image needs none
 * of the rooms that this loads.
 *
 * @module
 */
import { InputError } from "../base/error.ts";
import type { Board } from "../board/types.ts";
import { importers } from "../import/mod.ts";
import { planToDocument } from "../plan/mod.ts";
import { checkFirmware, compileFirmware } from "../simulate/mod.ts";
import type { Context } from "./command.ts";
import { outFolder } from "./inputs.ts";
import { objectiveOf } from "./objective.ts";
import { applicationOf, modelOf, planOf } from "./planning.ts";
import { MANIFEST, refuse, type Subject } from "./run_subject.ts";

/** A model's firmware, built and checked. */
export async function modelSubject(
  { options, terminal }: Context,
  path: string,
  bytes: Uint8Array,
  board: Board,
): Promise<Subject> {
  if (!importers.some((importer) => importer.recognises(bytes, path))) {
    const models = importers.map(({ name }) => name).join(", ");
    throw new InputError(
      "E-CLI-IMAGE",
      `Cannot run ${path}: it is no model (${models}) and no image (ELF, Intel HEX, S-record, UF2)`,
      { hints: ["Raw bytes are an image with --load-address, e.g. --load-address 0x08000000"] },
    );
  }
  refuse(options, [MANIFEST], "a model");
  terminal.progress("Planning");
  const module = await modelOf(options.positionals, options);
  const objective = await objectiveOf(options);
  const plan = planOf(module, board, { options, terminal, objective });
  const firmware = await compileFirmware(plan, board, {
    folder: outFolder(options, path, board.name),
    codeRegion: options.text("code-region"),
    application: await applicationOf(options),
    userPools: options.flag("user-pools"),
    toolchain: options.text("toolchain"),
    onProgress: (text, done, total) => terminal.progress(text, done, total),
  });
  if (firmware.warnings !== "") terminal.say(firmware.warnings.trimEnd());
  return {
    elf: firmware.elf,
    path: firmware.elfPath,
    manifest: firmware.manifest,
    check: await checkFirmware(firmware, board),
    plan: planToDocument(plan),
  };
}
