/**
 * `--help`, from the command table.
 *
 * @module
 */
import type { Command } from "./command.ts";
import type { OptionSpec } from "./options.ts";
import type { Colors } from "./terminal.ts";

/** Text of `pinmap --help`. */
export function overview(commands: readonly Command[], colors: Colors): string {
  const width = Math.max(...commands.map((command) => command.name.length)) + 2;
  return [
    `${
      colors.bold("pinmap")
    }: pin buffers, weights and code to memories; build, run, check and count cycles`,
    "",
    colors.bold("Usage"),
    "  pinmap COMMAND [arguments] [flags]",
    "",
    colors.bold("Commands"),
    ...commands.map((command) => `  ${command.name.padEnd(width)}${command.summary}`),
    "",
    "  pinmap COMMAND --help shows flags and examples, pinmap --version the version.",
    "",
    colors.bold("Exit codes"),
    "  0  ok",
    "  1  a check failed: something is not where it was pinned, or the firmware reported failure",
    "  2  usage or bad input",
    "  3  no plan fits",
    "  4  the toolchain is missing or failed",
    "  5  the firmware faulted or ran into a limit",
    "  70 a defect of pinmap",
    "  130 Ctrl-C ended a search; the plan printed is the best so far",
  ].join("\n");
}

/** Text of `pinmap COMMAND --help`. */
export function commandHelp(command: Command, colors: Colors): string {
  const flags = command.options.map((spec): [string, string] => [flagText(spec), spec.help]);
  return [
    `${colors.bold(`pinmap ${command.name}`)}: ${command.summary}`,
    "",
    colors.bold("Usage"),
    `  pinmap ${command.name} ${command.usage}`,
    "",
    ...command.details.flatMap((text) => [text, ""]),
    colors.bold("Flags"),
    ...flags.flatMap(([flag, help]) =>
      flag.length > 26
        ? [`  ${flag}`, `  ${"".padEnd(28)}${help}`]
        : [`  ${flag.padEnd(28)}${help}`]
    ),
    "",
    colors.bold("Examples"),
    ...command.examples.flatMap(([line, meaning]) => [`  ${meaning}`, `    ${colors.cyan(line)}`]),
  ].join("\n");
}

function flagText(spec: OptionSpec): string {
  const short = spec.short === undefined ? "    " : `-${spec.short}, `;
  return `${short}--${spec.name}${spec.value === undefined ? "" : ` ${spec.value}`}`;
}
