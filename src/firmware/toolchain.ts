/**
 * Adapter: finds a C toolchain for Cortex-M. In this order: what the user names, arm-none-eabi-gcc,
 * clang with lld, Zig from npm.
 *
 * @module
 */
import { ToolchainError, UsageError } from "../base/error.ts";
import { findOnPath, run } from "./process.ts";
import type { Toolchain } from "./types.ts";
import { findZig } from "./zig.ts";

/** What the search may tell and be told. */
export interface ToolchainOptions {
  /** Told what takes a while. */
  readonly onProgress?: ((text: string) => void) | undefined;
}

const HOW_TO_GET = [
  "Install arm-none-eabi-gcc (Debian: gcc-arm-none-eabi, macOS: brew install --cask gcc-arm-embedded).",
  "Or clang and lld (Debian: clang lld).",
  "Or use --toolchain zig, which needs only access to the npm registry once.",
];

/**
 * Finds a toolchain.
 *
 * @param choice `gcc`, `clang`, `zig`, the path of a driver, or nothing for the first that is there
 * @param options Progress
 * @returns How to call it
 * @throws {ToolchainError} E-TOOLCHAIN-MISSING if it is not there, with how to get one
 * @throws {UsageError} E-TOOLCHAIN-UNKNOWN if the program at the path is no compiler that is known
 */
export async function findToolchain(
  choice?: string,
  options: ToolchainOptions = {},
): Promise<Toolchain> {
  switch (choice) {
    case undefined:
      return await findGcc() ?? await findClang() ?? await findZig(options.onProgress);
    case "gcc":
      return await findGcc() ?? missing("arm-none-eabi-gcc is not on PATH");
    case "clang":
      return await findClang() ?? missing("clang for Arm and ld.lld are not both on PATH");
    case "zig":
      return await findZig(options.onProgress);
    default:
      return await identify(choice);
  }
}

function missing(why: string): never {
  throw new ToolchainError("E-TOOLCHAIN-MISSING", `Cannot find the toolchain: ${why}`, {
    hints: HOW_TO_GET,
  });
}

async function findGcc(): Promise<Toolchain | undefined> {
  const path = await findOnPath("arm-none-eabi-gcc");
  return path === undefined ? undefined : await describe(path, "gcc");
}

async function findClang(): Promise<Toolchain | undefined> {
  const path = await findOnPath("clang");
  if (path === undefined || await findOnPath("ld.lld") === undefined) return undefined;
  const targets = await run(path, ["--print-targets"]);
  if (targets === undefined || !/^\s*thumb\s/m.test(targets.stdout)) return undefined;
  return await describe(path, "clang");
}

async function describe(path: string, kind: "gcc" | "clang"): Promise<Toolchain | undefined> {
  const result = await run(path, ["--version"]);
  if (result === undefined || result.code !== 0) return undefined;
  return { kind, path, version: firstLine(result.stdout), prefix: [], env: {} };
}

/** What a program that the user named is, by what it says itself. */
async function identify(path: string): Promise<Toolchain> {
  const program = /[\\/]/.test(path) ? path : await findOnPath(path) ?? path;
  const result = await run(program, ["--version"]);
  if (result === undefined) {
    missing(`"${path}" is neither gcc, clang, zig nor a program that can be started`);
  }
  const version = firstLine(result.stdout);
  if (/\bclang version\b/.test(result.stdout)) {
    return { kind: "clang", path: program, version, prefix: [], env: {} };
  }
  if (/Free Software Foundation/.test(result.stdout)) {
    const machine = firstLine((await run(program, ["-dumpmachine"]))?.stdout ?? "");
    if (machine.startsWith("arm-")) {
      return { kind: "gcc", path: program, version, prefix: [], env: {} };
    }
    throw new UsageError(
      "E-TOOLCHAIN-UNKNOWN",
      `Cannot use ${path} as a toolchain: it is a GCC for ${machine}, one for arm-none-eabi is needed`,
    );
  }
  const zig = await run(program, ["version"]);
  if (zig !== undefined && zig.code === 0 && /^\d+\.\d+\.\d+/.test(zig.stdout)) {
    const text = `zig ${firstLine(zig.stdout)}`;
    return { kind: "zig", path: program, version: text, prefix: ["cc"], env: {} };
  }
  throw new UsageError(
    "E-TOOLCHAIN-UNKNOWN",
    `Cannot use ${path} as a toolchain: it says "${version}", GCC, clang or Zig is needed`,
  );
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
