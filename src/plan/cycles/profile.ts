/**
 * Reads `pinmap/profile-1`: accesses that `pinmap run --profile-out` counted, or anybody else.
 *
 * @module
 */
import * as v from "valibot";
import type { ProfileDocument } from "../../base/documents.ts";
import { InputError } from "../../base/error.ts";
import { findJsonError } from "../exchange/json_error.ts";

const count = v.pipe(v.number(), v.finite(), v.minValue(0));
const schema = v.strictObject({
  schema: v.literal("pinmap/profile-1"),
  inferences: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  buffers: v.array(v.strictObject({
    name: v.pipe(v.string(), v.nonEmpty()),
    reads: count,
    read_bytes: count,
    writes: count,
    write_bytes: count,
  })),
});

/**
 * Reads a profile.
 *
 * @param text JSON
 * @param path Path for messages
 * @returns The document
 * @throws {InputError} If it is no JSON (with line) or not of the schema (E-PLAN-PROFILE)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readProfile } from "./profile.ts";
 *
 * const text = '{"schema":"pinmap/profile-1","inferences":1,"buffers":[' +
 *   '{"name":"a","reads":4,"read_bytes":16,"writes":0,"write_bytes":0}]}';
 * assertEquals(readProfile(text, "run.json").buffers[0]?.read_bytes, 16);
 * ```
 */
export function readProfile(text: string, path: string): ProfileDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const line = text.slice(0, findJsonError(text)).split("\n").length;
    throw new InputError(
      "E-PLAN-PROFILE",
      `Cannot read profile ${path}: it is no JSON from line ${line} on`,
      {
        cause: error,
      },
    );
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue) ?? "the document";
  throw new InputError(
    "E-PLAN-PROFILE",
    `Cannot read profile ${path}: ${where}: ${issue.message}`,
    {
      hints: ["pinmap run MODEL --profile-out FILE writes one"],
    },
  );
}
