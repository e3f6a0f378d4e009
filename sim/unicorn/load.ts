/**
 * Finds Unicorn: unicorn.js from npm where it resolves, else the system's libunicorn. Nothing of either is
 * loaded or needed before {@linkcode loadUnicorn} is called; unicorn.js is GPL-2.0, so it is in no import map.
 *
 * @module
 */
import { UsageError } from "../../src/base/error.ts";
import type { EngineFactory } from "../engine.ts";
import { unicornEngine } from "./engine.ts";
import type { UnicornProvider } from "./provider.ts";
import { openUnicornJs, type UnicornJs } from "./unicorn_js.ts";

/** Where Unicorn comes from. */
export type UnicornSource = "unicorn.js" | "libunicorn";

/** How it is found. */
export interface LoadUnicornOptions {
  /** Only this one; default: unicorn.js, then libunicorn. */
  readonly source?: UnicornSource | undefined;
  /** What to import as unicorn.js; default `npm:@alexaltea/unicorn-js`, then `@alexaltea/unicorn-js`. */
  readonly module?: string | undefined;
  /** Path of libunicorn; default: what the system's loader finds. */
  readonly library?: string | undefined;
}

/** The npm package, by itself and through whatever the caller's import map or node_modules says. */
const MODULES = [
  "@alexaltea/unicorn-js/arm",
  "@alexaltea/unicorn-js",
  "npm:@alexaltea/unicorn-js@2",
];

async function unicornJs(module: string | undefined): Promise<UnicornProvider> {
  let failure: unknown;
  for (const name of module === undefined ? MODULES : [module]) {
    try {
      const { default: factory } = await import(name);
      const uc: UnicornJs = await factory();
      return () => openUnicornJs(uc);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function libUnicorn(library: string | undefined): Promise<UnicornProvider> {
  const { openLibUnicorn } = await import("./libunicorn.ts");
  const open = () => openLibUnicorn({ library });
  open().close();
  return open;
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n", 1)[0] ?? text).replace(/\.$/, "");
}

/**
 * Loads Unicorn as an execution engine, for cross-checks. What it can and cannot do is in
 * {@linkcode unicornEngine} and in the notes of a run.
 *
 * @param options Where it comes from
 * @returns What {@linkcode createMachine} takes as its `engine`
 * @throws {UsageError} If there is neither (E-SIM-UNICORN); the hints say how to get either
 *
 * @example
 * ```ts
 * import { codeImage, createMachine, defineBoard, loadUnicorn, PinmapError } from "../mod.ts";
 *
 * const board = defineBoard({ core: "cortex-m4" });
 * try {
 *   const engine = await loadUnicorn();
 *   const machine = createMachine(board, codeImage(board, [0x202a, 0xe7fe]), { engine });
 *   machine.step();
 * } catch (error) {
 *   if (!(error instanceof PinmapError) || error.code !== "E-SIM-UNICORN") throw error;
 * }
 * ```
 */
export async function loadUnicorn(options: LoadUnicornOptions = {}): Promise<EngineFactory> {
  const { source } = options;
  const reasons: string[] = [];
  if (source !== "libunicorn") {
    try {
      return unicornEngine(await unicornJs(options.module));
    } catch (error) {
      reasons.push(`unicorn.js: ${reasonOf(error)}`);
    }
  }
  if (source !== "unicorn.js") {
    try {
      return unicornEngine(await libUnicorn(options.library));
    } catch (error) {
      reasons.push(`libunicorn: ${reasonOf(error)}`);
    }
  }
  throw new UsageError("E-SIM-UNICORN", `Cannot load Unicorn: ${reasons.join("; ")}`, {
    hints: [
      "unicorn.js (GPL-2.0): npm:@alexaltea/unicorn-js, which Deno fetches by itself from an npm registry that has it; loadUnicorn({ module }) takes another specifier or URL",
      "libunicorn 2: apt install libunicorn2, brew install unicorn; Deno needs --allow-ffi for it",
      "the built-in engines need neither: --engine translator or interpreter",
    ],
  });
}
