/**
 * Files and flags that every command reads: boards, model files, raw input tensors.
 *
 * @module
 */
import { InputError, UsageError } from "../base/error.ts";
import { parseInitiator, withInitiators } from "../board/initiator.ts";
import { loadBoard } from "../board/load.ts";
import type { Board } from "../board/types.ts";
import type { Options } from "./options.ts";

/** Reads a file whole, with an error for people. */
export async function readFile(path: string, what: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new InputError("E-CLI-FILE", `Cannot read ${what} ${path}: there is no such file`, {
        cause: error,
      });
    }
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new InputError("E-CLI-FILE", `Cannot read ${what} ${path}: ${message(error)}`, {
      cause: error,
    });
  }
}

/** Writes a file, making its folder, with an error for people. */
export async function writeFile(path: string, data: Uint8Array | string): Promise<void> {
  try {
    const folder = path.replace(/[^/\\]*$/, "");
    if (folder !== "") await Deno.mkdir(folder, { recursive: true });
    await (typeof data === "string" ? Deno.writeTextFile(path, data) : Deno.writeFile(path, data));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new InputError("E-CLI-FILE", `Cannot write ${path}: ${message(error)}`, { cause: error });
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The only positional argument of a command. */
export function onePositional(options: Options, what: string, command: string): string {
  const [first, ...more] = options.positionals;
  if (first === undefined || more.length > 0) {
    throw new UsageError(
      "E-CLI-ARGUMENT",
      `Cannot run "${command}": needs one ${what}, found ${options.positionals.length}`,
      { hints: [`See pinmap ${command} --help`] },
    );
  }
  return first;
}

/** Refuses arguments after the first `count`: none is dropped in silence. */
export function noMorePositionals(options: Options, count: number, command: string): void {
  const extra = options.positionals[count];
  if (extra === undefined) return;
  throw new UsageError(
    "E-CLI-ARGUMENT",
    `Cannot run "${command}": "${extra}" is one argument too many`,
    { hints: [`See pinmap ${command} --help`] },
  );
}

/** The board of `--board`. */
export async function boardOf(options: Options, command: string): Promise<Board> {
  const name = options.text("board");
  if (name === undefined) {
    throw new UsageError("E-CLI-ARGUMENT", `Cannot run "${command}": needs --board`, {
      hints: ["See pinmap board list"],
    });
  }
  return withInitiators(await loadBoard(name), options.texts("initiator").map(parseInitiator));
}

/** Model files: one or more. */
export function modelPaths(options: Options, command: string): readonly [string, ...string[]] {
  const [first, ...more] = options.positionals;
  if (first !== undefined) return [first, ...more];
  throw new UsageError(
    "E-CLI-ARGUMENT",
    `Cannot run "${command}": needs one model or more, found none`,
    { hints: [`See pinmap ${command} --help`] },
  );
}

/** The folder of `--out`, by default one below `build/` named after the model and the board. */
export function outFolder(options: Options, modelPath: string, board: string): string {
  return options.text("out") ?? `build/${stemOf(modelPath)}-${board}`;
}

/** Name of a file without folder and suffix. */
export function stemOf(path: string): string {
  return path.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");
}
