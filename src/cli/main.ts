/**
 * The command line.
 *
 * @example From a script
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { main } from "./main.ts";
 *
 * assertEquals(await main(["board", "info", "no-such-board"]), 2);
 * ```
 *
 * @module
 */
import { runCommandLine } from "./command_line.ts";
import { COMMANDS } from "./commands/registry.ts";

/**
 * Runs one command.
 *
 * @param args Arguments after the program's name
 * @returns The exit code: 0 ok, 1 check failed, 2 usage or input, 3 infeasible, 4 toolchain, 5 fault
 * or limit, 70 a defect of pinmap
 */
export function main(args: readonly string[]): Promise<number> {
  return runCommandLine(args, COMMANDS);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
