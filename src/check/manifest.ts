/**
 * Reads `manifest.json` of a generated firmware folder, which users may have edited.
 *
 * @module
 */
import * as v from "valibot";
import { InputError } from "../base/error.ts";
import type { Manifest } from "../firmware/types.ts";

const name = v.pipe(v.string(), v.nonEmpty());
const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const tensor = v.object({
  name: v.string(),
  symbol: name,
  bytes,
  dtype: v.string(),
  shape: v.array(bytes),
  scale: v.optional(v.number()),
  zero_point: v.optional(v.number()),
});

const manifest = v.object({
  schema: v.literal("pinmap/manifest-1"),
  board: name,
  module: v.string(),
  placements: v.array(v.object({
    symbol: name,
    kind: v.picklist([
      "vectors",
      "workspace-pool",
      "constant-pool",
      "buffer",
      "constant",
      "code",
      "stack",
      "heap",
    ]),
    section: name,
    region: name,
    load_region: v.optional(name),
    pool: v.optional(name),
    offset: v.optional(bytes),
    size: v.optional(bytes),
    alignment: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
    initiators: v.optional(v.array(name)),
    name: v.optional(name),
    functions: v.optional(v.array(name)),
    first_use: v.optional(bytes),
  })),
  pools: v.array(v.object({
    name,
    region: name,
    kind: v.picklist(["workspace", "constant"]),
    section: name,
    symbol: name,
    limit_bytes: bytes,
    used_bytes: bytes,
  })),
  inputs: v.array(tensor),
  outputs: v.array(tensor),
  stack: v.object({ region: name, size: bytes, bottom_symbol: name, top_symbol: name }),
  initiators: v.optional(
    v.array(v.object({ name, regions: v.array(name), functions: v.array(name) })),
  ),
  harness: v.optional(v.object({ begin_symbol: name, end_symbol: name, count_symbol: name })),
});

/**
 * Reads a manifest.
 *
 * @param text Text of `manifest.json`
 * @param file Path for messages
 * @returns The manifest
 * @throws {InputError} If it is not JSON, or not a manifest of this version (E-CHECK-MANIFEST)
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { parseManifest } from "./mod.ts";
 *
 * assertThrows(() => parseManifest("{}", "manifest.json"), Error, "schema");
 * ```
 */
export function parseManifest(text: string, file: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError(
      "E-CHECK-MANIFEST",
      `Cannot read ${file}: it is not JSON (${cause instanceof Error ? cause.message : cause})`,
      { cause },
    );
  }
  const result = v.safeParse(manifest, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new InputError(
    "E-CHECK-MANIFEST",
    `Cannot read ${file}: ${
      v.getDotPath(issue) ?? "the document"
    } is ${issue.received}, expected ${issue.expected}`,
    { hints: ["the manifest is written by the generator, next to the sources it made"] },
  );
}
