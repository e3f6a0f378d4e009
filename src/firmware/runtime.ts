/**
 * The C files that are the same in every firmware folder: start-up, memory functions, semihosting.
 *
 * @module
 */
import header from "./runtime/pinmap_runtime.h" with { type: "text" };
import memory from "./runtime/runtime.c" with { type: "text" };
import semihosting from "./runtime/semihosting.c" with { type: "text" };
import startup from "./runtime/startup.c" with { type: "text" };

/** Texts by file name. */
export const RUNTIME_FILES: ReadonlyMap<string, string> = new Map([
  ["pinmap_runtime.h", header],
  ["runtime.c", memory],
  ["semihosting.c", semihosting],
  ["startup.c", startup],
]);
