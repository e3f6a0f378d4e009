/**
 * Boards from disk: the built-in ones of `boards/` by name, others by path. The only file of this room
 * that touches the system.
 *
 * @module
 */
import { InputError, UsageError } from "../base/error.ts";
import { closest } from "../base/units.ts";
import { parseBoard } from "./parse.ts";
import type { Board } from "./types.ts";

const BOARDS = new URL("../../boards/", import.meta.url);

/**
 * Lists the built-in boards.
 *
 * @returns Names, sorted
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { listBoards } from "./mod.ts";
 *
 * assert((await listBoards()).includes("stm32h743"));
 * ```
 */
export async function listBoards(): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(BOARDS)) {
    if (entry.isFile && entry.name.endsWith(".toml")) names.push(entry.name.slice(0, -5));
  }
  return names.sort();
}

/**
 * Loads a board.
 *
 * @param nameOrPath Name of a built-in board, or a path that ends in `.toml`
 * @returns The board
 * @throws {UsageError} `E-BOARD-UNKNOWN` if there is no built-in board of that name
 * @throws {InputError} `E-BOARD-FILE` if the file cannot be read, or what {@linkcode parseBoard} throws
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadBoard } from "./mod.ts";
 *
 * const board = await loadBoard("stm32f746g-disco");
 * assertEquals(board.cpu.core, "cortex-m7");
 * ```
 */
export async function loadBoard(nameOrPath: string): Promise<Board> {
  if (nameOrPath.endsWith(".toml")) return await readBoard(nameOrPath, nameOrPath);
  const names = await listBoards();
  if (!names.includes(nameOrPath)) {
    const near = closest(nameOrPath, names);
    throw new UsageError(
      "E-BOARD-UNKNOWN",
      `Cannot find board "${nameOrPath}": it is not built in, needed one of ${names.join(", ")}`,
      {
        hints: [
          ...(near === undefined ? [] : [`Did you mean "${near}"?`]),
          "A board file of your own is given by its path, ending in .toml.",
        ],
        data: { boards: names },
      },
    );
  }
  const file = `${nameOrPath}.toml`;
  return await readBoard(new URL(file, BOARDS), `boards/${file}`);
}

async function readBoard(path: string | URL, file: string): Promise<Board> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new InputError(
      "E-BOARD-FILE",
      `Cannot read board file "${file}": ${reason}, needed a readable TOML file`,
      { cause: error },
    );
  }
  return parseBoard(text, file);
}
