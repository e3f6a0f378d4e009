/**
 * Where Unicorn cannot follow.
 *
 * @module
 */
import { formatAddress } from "../../src/base/units.ts";
import type { FaultReport } from "../types.ts";

/** Something that the core would do and Unicorn does not. */
export class Unsupported extends Error {
  /** The class's name. */
  override name = "Unsupported";

  /** The end of the run. */
  reportAt(pc: number): FaultReport {
    return {
      exception: "engine",
      cause: "unsupported-by-engine",
      pc: pc >>> 0,
      message: `engine at ${formatAddress(pc)}: ${this.message}, which unicorn cannot do here; ` +
        "the built-in engines can",
    };
  }
}
