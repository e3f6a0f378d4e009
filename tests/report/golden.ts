/**
 * Golden text: what a report printed when somebody last looked at it. `PINMAP_UPDATE_GOLDEN=1` writes
 * the files anew; the differences are then reviewed like code.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { fromFileUrl } from "../support/paths.ts";

const FOLDER = new URL("./golden/", import.meta.url);

/** Compares a text with `golden/<name>.txt`. */
export function assertGolden(name: string, text: string): void {
  const path = fromFileUrl(new URL(`${name}.txt`, FOLDER));
  if (Deno.env.get("PINMAP_UPDATE_GOLDEN") === "1") {
    Deno.writeTextFileSync(path, `${text}\n`);
    return;
  }
  assertEquals(
    `${text}\n`,
    Deno.readTextFileSync(path),
    `Text differs from golden/${name}.txt; if it is meant to, run with PINMAP_UPDATE_GOLDEN=1. Found:\n${text}`,
  );
}
