/**
 * The command line: finds the command, turns errors into words and exit codes.
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
import {
  InfeasibleError,
  InputError,
  PinmapError,
  ToolchainError,
  UsageError,
} from "../base/error.ts";
import { closest } from "../base/units.ts";
import { errorText } from "../report/mod.ts";
import { type Command, EXIT } from "./command.ts";
import { COMMANDS } from "./commands/registry.ts";
import { commandHelp, overview } from "./help.ts";
import { parseOptions } from "./options.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

/**
 * Runs one command.
 *
 * @param args Arguments after the program's name
 * @returns The exit code: 0 ok, 1 check failed, 2 usage or input, 3 infeasible, 4 toolchain, 5 fault
 * or limit, 70 a defect of pinmap
 */
export async function main(args: readonly string[]): Promise<number> {
  const terminal = openTerminal(flagValue(args, "--color"), !args.includes("--no-progress"));
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    terminal.endProgress();
    if (isBrokenPipe(error)) return EXIT.ok;
    return reportError(error, terminal, flagValue(args, "--format") === "json");
  } finally {
    terminal.endProgress();
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const command = COMMANDS.find((known) => known.name === rest[0]);
    terminal.result(
      command === undefined
        ? overview(COMMANDS, terminal.colors)
        : commandHelp(command, terminal.colors),
    );
    return EXIT.ok;
  }
  const command = findCommand(name);
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.result(commandHelp(command, terminal.colors));
    return EXIT.ok;
  }
  return await command.run({ options: parseOptions(rest, command.options, name), terminal });
}

function findCommand(name: string): Command {
  const command = COMMANDS.find((known) => known.name === name);
  if (command !== undefined) return command;
  const names = COMMANDS.map((known) => known.name);
  const guess = closest(name, names);
  throw new UsageError("E-CLI-COMMAND", `Cannot run "${name}": there is no such command`, {
    hints: [
      guess === undefined ? `Commands are ${names.join(", ")}` : `Did you mean pinmap ${guess}?`,
    ],
  });
}

function flagValue(args: readonly string[], flag: string): string {
  const at = args.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  const arg = args[at];
  if (arg === undefined) return "auto";
  return arg === flag ? args[at + 1] ?? "" : arg.slice(flag.length + 1);
}

function reportError(error: unknown, terminal: Terminal, json: boolean): number {
  if (error instanceof PinmapError) {
    if (json) {
      const { code, message, location, hints, data } = error;
      terminal.result(
        JSON.stringify({ schema: "pinmap/error-1", code, message, location, hints, data }, null, 2),
      );
    }
    terminal.say(errorText(error, terminal.colors));
    return exitCode(error);
  }
  if (error instanceof Deno.errors.NotCapable) {
    terminal.say(
      errorText(
        new UsageError("E-CLI-PERMISSION", `Cannot go on: ${error.message}`, {
          hints: ["Run through deno task pinmap, or give Deno the permission named above"],
        }),
        terminal.colors,
      ),
    );
    return EXIT.usage;
  }
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  terminal.say(`This is a defect of pinmap, please report it with the text below.\n${stack}`);
  return EXIT.defect;
}

function exitCode(error: PinmapError): number {
  if (error instanceof InfeasibleError) return EXIT.infeasible;
  if (error instanceof ToolchainError) return EXIT.toolchain;
  if (error instanceof UsageError || error instanceof InputError) return EXIT.usage;
  return EXIT.defect;
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
