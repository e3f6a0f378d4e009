/**
 * Core timing: which model a core has.
 *
 * @module
 */
import { InputError } from "../../src/base/error.ts";
import type { CoreName } from "../../src/board/types.ts";
import type { TimingModel } from "../types.ts";
import { cortexM0, cortexM0plus, cortexM23 } from "./cortex_m0plus.ts";
import { cortexM3, cortexM4 } from "./cortex_m4.ts";
import { cortexM7 } from "./cortex_m7.ts";
import { cortexM33 } from "./cortex_m33.ts";

/** The models, by core. */
export const timingModels: ReadonlyMap<CoreName, TimingModel> = new Map([
  ["cortex-m0", cortexM0],
  ["cortex-m0plus", cortexM0plus],
  ["cortex-m3", cortexM3],
  ["cortex-m4", cortexM4],
  ["cortex-m7", cortexM7],
  ["cortex-m23", cortexM23],
  ["cortex-m33", cortexM33],
]);

/**
 * The timing model of a core.
 *
 * @param core Name of the core
 * @returns Costs at zero wait states, with what is known of their error
 * @throws {InputError} For a core without a model (E-SIM-TIMING)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { timingModelFor } from "./mod.ts";
 *
 * const timing = timingModelFor("cortex-m4");
 * assertEquals(timing.cost("load", 0), 2);
 * assertEquals(timing.cost("branch-conditional", 0) + timing.taken("branch-conditional"), 2);
 * ```
 */
export function timingModelFor(core: CoreName): TimingModel {
  const model = timingModels.get(core);
  if (model === undefined) {
    throw new InputError(
      "E-SIM-TIMING",
      `Cannot count the cycles of ${core}: its instruction costs are not published as a table and its ` +
        "pairing and latency rules are not modelled, needed is a timing model",
      { hints: [`cores with a timing model: ${[...timingModels.keys()].join(", ")}`] },
    );
  }
  return model;
}
