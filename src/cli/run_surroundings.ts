/**
 * What a program finds around it when `pinmap run` runs it: serial input, console input, files, arguments.
 *
 * @module
 */
import { UsageError } from "../base/error.ts";
import type { DeviceOptions, SemihostingOptions } from "../../sim/mod.ts";
import { readFile } from "./inputs.ts";
import type { Options } from "./options.ts";
import { grantDirectory } from "./semihosting_files.ts";

/** What the program finds around it, by the flags. */
export async function surroundingsOf(
  options: Options,
  path: string,
): Promise<SemihostingOptions & DeviceOptions> {
  const directory = options.text("semihosting-dir");
  const stdin = options.text("stdin");
  const args = options.text("args");
  const name = path.replace(/^.*[/\\]/, "");
  const uarts: Record<string, Uint8Array> = {};
  for (const given of options.texts("uart")) {
    const [, uart, file] = /^([^=]+)=(.+)$/.exec(given) ?? [];
    if (uart === undefined || file === undefined) {
      throw new UsageError(
        "E-CLI-VALUE",
        `Cannot run "run": --uart is "${given}", needs NAME=FILE, such as usart2=commands.txt`,
      );
    }
    uarts[uart] = await readFile(file, "serial input");
  }
  return {
    uarts,
    itm: options.flag("itm"),
    commandLine: args === undefined ? name : `${name} ${args}`,
    ...(directory !== undefined && { files: grantDirectory(directory) }),
    ...(stdin !== undefined && {
      stdin: stdin === "-" ? await readStdin() : await readFile(stdin, "console input"),
    }),
  };
}

async function readStdin(): Promise<Uint8Array> {
  return new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
}
