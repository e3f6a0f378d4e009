/**
 * Adapter: runs programs and finds them on PATH. Only the toolchain and build adapters use it.
 *
 * @module
 */

/** How a program ended. */
export interface ProcessResult {
  /** Exit code. */
  readonly code: number;
  /** Text of standard output. */
  readonly stdout: string;
  /** Text of standard error. */
  readonly stderr: string;
}

/** Runs a program to its end. `undefined`: it cannot be started. */
export async function run(
  path: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ProcessResult | undefined> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(path, {
      args: [...args],
      // A compiler's messages in the user's language would not be recognised.
      env: { ...options.env, LC_ALL: "C" },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      return undefined;
    }
    throw error;
  }
}

/** Path of a program on PATH. */
export async function findOnPath(program: string): Promise<string | undefined> {
  const windows = Deno.build.os === "windows";
  const folders = (Deno.env.get("PATH") ?? "").split(windows ? ";" : ":");
  for (const folder of folders.filter((one) => one !== "")) {
    const path = `${folder}/${program}${windows ? ".exe" : ""}`;
    const found = await Deno.stat(path).catch(() => undefined);
    if (found?.isFile === true) return path;
  }
  return undefined;
}

/** Command and arguments as a shell would read them. */
export function commandLine(path: string, args: readonly string[]): string {
  return [path, ...args].map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
  ).join(" ");
}
