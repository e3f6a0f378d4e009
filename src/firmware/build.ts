/**
 * Adapter: writes a firmware folder and builds it. Compilers run inside the folder with relative names
 * only, so that the same sources and toolchain give the same bytes wherever the folder is.
 *
 * @module
 */
import { InputError, ToolchainError } from "../base/error.ts";
import { formatBytes } from "../base/units.ts";
import type { Board } from "../board/types.ts";
import { compileArguments, linkArguments } from "./flags.ts";
import { ELF_NAME } from "./folder_texts.ts";
import { commandLine, type ProcessResult, run } from "./process.ts";
import type { FirmwareFolder, Toolchain } from "./types.ts";

/** How to build. */
export interface BuildOptions {
  /** Compilers at the same time; by default one for each processor. */
  readonly jobs?: number | undefined;
  /** Told of each step. */
  readonly onProgress?: ((text: string, done: number, total: number) => void) | undefined;
}

/** A built image. */
export interface BuildResult {
  /** The ELF file's bytes. */
  readonly elf: Uint8Array;
  /** Where it is. */
  readonly elfPath: string;
  /** Commands as a shell would read them, in order; they run in the folder. */
  readonly commands: string[];
  /** What compilers and linker said, empty if nothing. */
  readonly warnings: string;
}

/**
 * Writes the folder's files, compiles and links them. Other files in the folder are left alone.
 *
 * @param folder What to write
 * @param dir Where; made if it is not there
 * @param board Names the core
 * @param toolchain What to build with
 * @param options Jobs and progress
 * @throws {InputError} E-FIRMWARE-FOLDER if the folder cannot be written
 * @throws {ToolchainError} E-TOOLCHAIN-COMPILE, E-TOOLCHAIN-LINK, E-TOOLCHAIN-OVERFLOW with the
 *   compiler's own words and the command line; E-TOOLCHAIN-MISSING if it cannot be started
 */
export async function buildFirmware(
  folder: FirmwareFolder,
  dir: string,
  board: Board,
  toolchain: Toolchain,
  options: BuildOptions = {},
): Promise<BuildResult> {
  await writeFolder(folder, dir);
  const sources = [...folder.files.keys()].filter((name) => name.endsWith(".c")).toSorted();
  const objects = sources.map((name) => name.replace(/\.c$/, ".o"));
  const script = [...folder.files.keys()].find((name) => name.endsWith(".ld")) ?? "";
  const compile = sources.map((source, i) => [
    ...toolchain.prefix,
    ...compileArguments(board.cpu, toolchain.kind, source, objects[i] ?? ""),
  ]);
  // Zig brings LLD under another prefix than its compiler.
  const link = [
    ...(toolchain.kind === "zig" ? ["ld.lld"] : toolchain.prefix),
    ...linkArguments(board.cpu, toolchain.kind, script, objects, ELF_NAME),
  ];

  const start = async (args: readonly string[]): Promise<ProcessResult> => {
    const result = await run(toolchain.path, args, { cwd: dir, env: toolchain.env });
    if (result !== undefined) return result;
    throw new ToolchainError(
      "E-TOOLCHAIN-MISSING",
      `Cannot start ${toolchain.path}: there is no such program`,
    );
  };
  const said: string[] = [];
  let done = 0;
  await inParallel(compile, options.jobs ?? navigator.hardwareConcurrency, async (args, i) => {
    const result = await start(args);
    if (result.code !== 0) {
      throw failed("E-TOOLCHAIN-COMPILE", `compile ${sources[i]}`, toolchain, args, dir, result);
    }
    said[i] = result.stderr;
    options.onProgress?.("Compiling", ++done, sources.length);
  });
  options.onProgress?.("Linking", done, sources.length);
  const result = await start(link);
  if (result.code !== 0) {
    throw overflow(toolchain, link, dir, result) ??
      failed("E-TOOLCHAIN-LINK", "link the firmware", toolchain, link, dir, result);
  }
  said.push(result.stderr);
  const elfPath = `${dir}/${ELF_NAME}`;
  return {
    elf: await Deno.readFile(elfPath),
    elfPath,
    commands: [...compile, link].map((args) => commandLine(toolchain.path, args)),
    warnings: said.join(""),
  };
}

async function writeFolder({ files }: FirmwareFolder, dir: string): Promise<void> {
  try {
    await Deno.mkdir(dir, { recursive: true });
    for (const [name, text] of files) await Deno.writeTextFile(`${dir}/${name}`, text);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof Deno.errors.NotCapable) throw error;
    throw new InputError(
      "E-FIRMWARE-FOLDER",
      `Cannot write the firmware folder ${dir}: ${error.message}`,
      { cause: error },
    );
  }
}

/** Runs the tasks, at most `limit` at once; the first failure in order is thrown after all have ended. */
async function inParallel<T>(
  items: readonly T[],
  limit: number,
  task: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const failures = new Map<number, unknown>();
  const worker = async () => {
    while (next < items.length && failures.size === 0) {
      const index = next++;
      const item = items[index];
      if (item === undefined) continue;
      try {
        await task(item, index);
      } catch (error) {
        failures.set(index, error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, limit) }, worker));
  const first = [...failures.keys()].toSorted((a, b) => a - b)[0];
  if (first !== undefined) throw failures.get(first);
}

function failed(
  code: string,
  action: string,
  toolchain: Toolchain,
  args: readonly string[],
  dir: string,
  { stderr, code: exit }: ProcessResult,
): ToolchainError {
  const command = commandLine(toolchain.path, args);
  const words = stderr.trim() === "" ? `it exited with code ${exit}` : stderr.trim();
  return new ToolchainError(
    code,
    `Cannot ${action}: ${toolchain.version} says\n${words}\n\nin ${dir}:\n${command}`,
    {
      hints: /__aeabi_|__(u|f|d)?[a-z]+[sd]i[0-9]/.test(stderr) && toolchain.kind !== "gcc"
        ? [
          "This compiler brings no library for 64-bit division and software floating point: build with " +
          "--toolchain gcc, or compute in int32, and in float32 on a core with an FPU",
        ]
        : [],
      data: { command, directory: dir, stderr, toolchain: toolchain.version },
    },
  );
}

/** GNU ld: "region `dtcm' overflowed by 12 bytes"; LLD: "will not fit in region 'dtcm': overflowed by 12 bytes". */
function overflow(
  toolchain: Toolchain,
  args: readonly string[],
  dir: string,
  result: ProcessResult,
): ToolchainError | undefined {
  const worst = new Map<string, number>();
  for (
    const [, region = "", bytes = "0"] of result.stderr.matchAll(
      /region [`']([^']+)'(?::)? overflowed by (\d+) bytes/g,
    )
  ) {
    worst.set(region, Math.max(worst.get(region) ?? 0, Number(bytes)));
  }
  if (worst.size === 0) return undefined;
  const regions = [...worst].map(([region, bytes]) => `${region} by ${formatBytes(bytes)}`);
  const command = commandLine(toolchain.path, args);
  return new ToolchainError(
    "E-TOOLCHAIN-OVERFLOW",
    `Cannot link the firmware: its sections overflow ${regions.join(", ")}`,
    {
      hints: [
        "Pools, stack and heap are planned, but code has its size only after compiling: lower the " +
        "limit of a pool in the region, or put code elsewhere with --code-region.",
      ],
      data: { command, directory: dir, stderr: result.stderr, regions: Object.fromEntries(worst) },
    },
  );
}
