/**
 * The manifest of a linked ELF: which symbol must be where.
 *
 * @module
 */
import { parseManifest } from "../check/mod.ts";
import type { Manifest } from "../firmware/types.ts";
import { readFile } from "./inputs.ts";

/** The manifest named, or the one beside the ELF. */
export async function manifestFor(
  elfPath: string,
  named: string | undefined,
): Promise<Manifest | undefined> {
  const path = named ?? elfPath.replace(/[^/\\]*$/, "manifest.json");
  if (named === undefined) {
    try {
      await Deno.stat(path);
    } catch {
      return undefined;
    }
  }
  return parseManifest(new TextDecoder().decode(await readFile(path, "manifest")), path);
}
