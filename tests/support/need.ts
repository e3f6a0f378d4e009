/**
 * Tests that need more than Deno: Debian tools or the corpus. Where one is missing the test is skipped
 * by name, with the reason printed; in CI a skip is a failure (see `.ci/run`).
 *
 * @module
 */
import { fromFileUrl } from "./paths.ts";

/** What a test needs beyond Deno. */
export interface Needs {
  /** Executables on PATH, `libunicorn.so.2`, or `nosys.specs` for newlib and its like. */
  readonly tools?: readonly string[];
  /** Files of the corpus, below its `data/`. */
  readonly corpus?: readonly string[];
}

/** What a test gets. */
export interface Given {
  /** Path of a file below the corpus's `data/`. */
  readonly corpus: (file: string) => string;
}

/** The corpus: `PINMAP_CORPUS`, by default `../shared` beside the checkout. */
export const CORPUS: string = Deno.env.get("PINMAP_CORPUS") ??
  fromFileUrl(new URL("../../../shared", import.meta.url));

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Where Debian puts what is not on PATH, by the end of its name. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  ".so.2": ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"],
  ".specs": [
    "/usr/lib/arm-none-eabi/newlib",
    "/usr/lib/arm-none-eabi/lib",
    "/usr/arm-none-eabi/lib",
    "/usr/lib/picolibc/arm-none-eabi",
  ],
};

/** Finds an executable on PATH, or a library where Debian puts it. */
export function findTool(tool: string): string | undefined {
  const ending = Object.keys(FOLDERS).find((end) => tool.endsWith(end)) ?? "";
  const folders = FOLDERS[ending] ?? (Deno.env.get("PATH") ?? "").split(":");
  return folders.map((folder) => `${folder}/${tool}`).find(exists);
}

/**
 * Registers a test that is skipped when something it needs is missing.
 *
 * @param needs Tools and corpus files
 * @param name Name of the test
 * @param fn The test
 */
export function need(
  needs: Needs,
  name: string,
  fn: (t: Deno.TestContext, given: Given) => void | Promise<void>,
): void {
  const missing = [
    ...(needs.tools ?? []).filter((tool) => findTool(tool) === undefined),
    ...(needs.corpus ?? []).map((file) => `${CORPUS}/data/${file}`).filter((file) => !exists(file)),
  ];
  Deno.test({
    name: missing.length === 0 ? name : `${name} (skipped: not found: ${missing.join(", ")})`,
    ignore: missing.length > 0,
    fn: (t) => fn(t, { corpus: (file) => `${CORPUS}/data/${file}` }),
  });
}
