/**
 * `pinmap plan --emit-tflite`: the plan in a copy of the model, for TFLite Micro.
 *
 * @module
 */
import { UsageError } from "../base/error.ts";
import { formatBytes } from "../base/units.ts";
import { tensorsOfBuffers, withOfflinePlan } from "../import/mod.ts";
import type { Plan } from "../plan/types.ts";
import { readFile, writeFile } from "./inputs.ts";
import type { Options } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Checks that the flags allow the copy, before anything is planned.
 *
 * @param paths Paths of the models
 * @param options Flags of `pinmap plan`
 * @throws {UsageError} If it is not one TFLite model, or operators may work in place
 */
export function checkEmitTflite(paths: readonly string[], options: Options): void {
  if (options.text("emit-tflite") === undefined) return;
  const other = paths.find((path) => !/\.tflite$/i.test(path));
  if (other !== undefined || paths.length > 1) {
    throw new UsageError(
      "E-CLI-FLAG",
      `Cannot run "plan": --emit-tflite writes a copy of one TFLite model, ${
        other === undefined ? `there are ${paths.length}` : `${other} is none`
      }`,
    );
  }
  if (options.flag("in-place")) {
    throw new UsageError(
      "E-CLI-FLAG",
      'Cannot run "plan": --emit-tflite and --in-place exclude each other, TFLite Micro\'s kernels need not work in place',
    );
  }
}

/**
 * Writes the copy.
 *
 * @param path Path of the model
 * @param plan Its plan
 * @param out Path of the copy
 * @param terminal Where words go
 * @throws {UsageError} If the variables are in more than one pool: TFLite Micro has one arena
 */
export async function emitTflite(
  path: string,
  plan: Plan,
  out: string,
  terminal: Terminal,
): Promise<void> {
  const variables = plan.allocations.filter(({ buffer }) => buffer.kind === "workspace");
  const pools = [...new Set(variables.map(({ pool }) => pool))];
  if (pools.length > 1) {
    throw new UsageError(
      "E-CLI-FLAG",
      `Cannot write ${out}: the variables are in the pools ${
        pools.join(", ")
      }, TFLite Micro has one arena`,
      { hints: [`Give one pool, e.g. --with-workspace-buffer "name=${pools[0]}"`] },
    );
  }
  const bytes = await readFile(path, "model");
  const tensors = tensorsOfBuffers(bytes, path);
  const offsets = new Map<number, number>();
  for (const { buffer, offset } of variables) {
    const tensor = tensors.get(buffer.name);
    if (tensor !== undefined) offsets.set(tensor, offset);
  }
  await writeFile(out, withOfflinePlan(bytes, path, offsets));
  const used = plan.pools.find(({ pool }) => pool.name === pools[0])?.usedBytes ?? 0;
  terminal.say(
    `Wrote ${out}: TFLite Micro puts its ${offsets.size} tensors into ${
      formatBytes(used)
    } of its arena; its own structures and scratch buffers come on top`,
  );
}
