/**
 * Golden text: what a report printed when somebody last looked at it. `PINMAP_UPDATE_GOLDEN=1` writes
 * the files anew; the differences are then reviewed like code.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { fromFileUrl } from "../support/paths.ts";

/** Compares a text with `<name>.txt` in a folder. */
export type AssertGolden = (name: string, text: string) => void;

/** Makes the comparison with the files of a folder. */
export function goldenIn(folder: URL): AssertGolden {
  return (name, text) => {
    const path = fromFileUrl(new URL(`${name}.txt`, folder));
    if (Deno.env.get("PINMAP_UPDATE_GOLDEN") === "1") {
      Deno.writeTextFileSync(path, `${text}\n`);
      return;
    }
    assertEquals(
      `${text}\n`,
      Deno.readTextFileSync(path),
      `Text differs from golden/${name}.txt; if it is meant to, run with PINMAP_UPDATE_GOLDEN=1. Found:\n${text}`,
    );
  };
}

/** Compares a text with `golden/<name>.txt` of the reports. */
export const assertGolden: AssertGolden = goldenIn(new URL("./golden/", import.meta.url));
