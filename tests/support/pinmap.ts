/**
 * The command line as a process of its own, as users run it.
 *
 * @module
 */
import { ROOT } from "./paths.ts";

/** What a command did. */
export interface Outcome {
  /** Exit code. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** Runs `pinmap` with arguments in a folder (default: the checkout). */
export async function pinmap(args: readonly string[], cwd: string = ROOT): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${ROOT}/src/cli/main.ts`, ...args],
    cwd,
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs any program and gives what it printed, standard error first; throws if it failed. */
export async function runMerged(program: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  const printed = decoder.decode(stderr) + decoder.decode(stdout);
  if (!success) throw new Error(`${program} ${args.join(" ")}\n${printed}`);
  return printed;
}
