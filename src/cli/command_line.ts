/**
 * From arguments to an exit code: finds the command, turns errors into words and documents.
 *
 * @module
 */
import type { ErrorDocument } from "../base/documents.ts";
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
import { commandHelp, overview } from "./help.ts";
import { parseOptions } from "./options.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

/**
 * Runs one command.
 *
 * @param args Arguments after the program's name
 * @param commands What it can do
 * @returns The exit code: 0 ok, 1 check failed, 2 usage or input, 3 infeasible, 4 toolchain, 5 fault
 * or limit, 70 a defect of pinmap
 */
export async function runCommandLine(
  args: readonly string[],
  commands: readonly Command[],
): Promise<number> {
  const terminal = openTerminal(flagValue(args, "--color"), !args.includes("--no-progress"));
  try {
    return await dispatch(args, commands, terminal);
  } catch (error) {
    terminal.endProgress();
    return reportError(error, terminal, flagValue(args, "--format") === "json");
  } finally {
    terminal.endProgress();
  }
}

async function dispatch(
  args: readonly string[],
  commands: readonly Command[],
  terminal: Terminal,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const topic = rest.find((arg) => !arg.startsWith("-"));
    terminal.result(
      name !== "help" || topic === undefined
        ? overview(commands, terminal.colors)
        : commandHelp(findCommand(topic, commands), terminal.colors),
    );
    return EXIT.ok;
  }
  const command = findCommand(name, commands);
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.result(commandHelp(command, terminal.colors));
    return EXIT.ok;
  }
  return await command.run({ options: parseOptions(rest, command.options, name), terminal });
}

function findCommand(name: string, commands: readonly Command[]): Command {
  const command = commands.find((known) => known.name === name);
  if (command !== undefined) return command;
  const names = commands.map((known) => known.name);
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

function reportError(thrown: unknown, terminal: Terminal, json: boolean): number {
  const error = explained(thrown);
  if (json) {
    const { code, message, location, hints, data } = error;
    const document: ErrorDocument = {
      schema: "pinmap/error-1",
      ...{ code, message, location, hints, data },
      ...(error instanceof InfeasibleError && { findings: error.findings }),
    };
    terminal.result(JSON.stringify(document, null, 2));
  }
  terminal.say(errorText(error, terminal.talkColors));
  const isDefect = exitCode(error) === EXIT.defect;
  if (isDefect && thrown instanceof Error) terminal.say(thrown.stack ?? "");
  return exitCode(error);
}

/** What was thrown, as an error with a code. */
function explained(thrown: unknown): PinmapError {
  if (thrown instanceof PinmapError) return thrown;
  if (thrown instanceof Deno.errors.NotCapable) {
    return new UsageError("E-CLI-PERMISSION", `Cannot go on: ${thrown.message}`, {
      cause: thrown,
      hints: ["Run through deno task pinmap, or give Deno the permission named above"],
    });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new PinmapError("E-DEFECT", `Cannot go on: ${message}`, {
    cause: thrown,
    hints: ["This is a defect of pinmap, please report it with the text below"],
  });
}

function exitCode(error: PinmapError): number {
  if (error instanceof InfeasibleError) return EXIT.infeasible;
  if (error instanceof ToolchainError) return EXIT.toolchain;
  if (error instanceof UsageError || error instanceof InputError) return EXIT.usage;
  return EXIT.defect;
}
