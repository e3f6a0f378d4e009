/**
 * From arguments to an exit code: finds the command, turns errors into words and documents.
 *
 * @module
 */
import type { ErrorDocument, VersionDocument } from "../base/documents.ts";
import {
  InfeasibleError,
  InputError,
  PinmapError,
  ToolchainError,
  UsageError,
} from "../base/error.ts";
import { closest } from "../base/units.ts";
import config from "../../deno.json" with { type: "json" };
import { type Command, EXIT } from "./command.ts";
import type { Registry } from "./commands/registry.ts";
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
  commands: Registry,
): Promise<number> {
  const terminal = openTerminal(flagValue(args, "--color"), !args.includes("--no-progress"));
  try {
    return await dispatch(args, commands, terminal);
  } catch (error) {
    terminal.endProgress();
    return await reportError(error, terminal, flagValue(args, "--format") === "json");
  } finally {
    terminal.endProgress();
  }
}

async function dispatch(
  args: readonly string[],
  commands: Registry,
  terminal: Terminal,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--version" || name === "version") {
    terminal.result(versionText(rest));
    return EXIT.ok;
  }
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const topic = rest.find((arg) => !arg.startsWith("-"));
    terminal.result(
      name !== "help" || topic === undefined
        ? overview(await Promise.all([...commands.values()].map((load) => load())), terminal.colors)
        : commandHelp(await findCommand(topic, commands), terminal.colors),
    );
    return EXIT.ok;
  }
  const command = await findCommand(name, commands);
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.result(commandHelp(command, terminal.colors));
    return EXIT.ok;
  }
  return await command.run({ options: parseOptions(rest, command.options, name), terminal });
}

/** What a report of a defect should name. */
function versionText(args: readonly string[]): string {
  const document: VersionDocument = {
    schema: "pinmap/version-1",
    version: config.version,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    system: Deno.build.target,
  };
  if (flagValue(args, "--format") === "json") return JSON.stringify(document, null, 2);
  const { version, deno, v8, system } = document;
  return `pinmap ${version} (deno ${deno}, v8 ${v8}, ${system})`;
}

async function findCommand(name: string, commands: Registry): Promise<Command> {
  const load = commands.get(name);
  if (load !== undefined) return await load();
  const names = [...commands.keys()];
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

async function reportError(thrown: unknown, terminal: Terminal, json: boolean): Promise<number> {
  const { errorText } = await import("../report/mod.ts");
  const error = explained(thrown);
  if (json) {
    const { code, message, location, hints, data } = error;
    const document: ErrorDocument = {
      schema: "pinmap/error-1",
      ...{ code, message, location, hints, data },
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
