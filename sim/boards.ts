/**
 * Boards by name. What reads and checks them is loaded when it is asked for: a script with a board of its
 * own starts without it.
 *
 * @module
 */
import type { Board } from "../src/board/types.ts";

/**
 * Lists the built-in boards.
 *
 * @returns Names, sorted
 */
export async function listBoards(): Promise<string[]> {
  return await (await import("../src/board/load.ts")).listBoards();
}

/**
 * Loads a board.
 *
 * @param nameOrPath Name of a built-in board, or a path that ends in `.toml`
 * @returns The board
 * @throws {UsageError} `E-BOARD-UNKNOWN` if there is no built-in board of that name
 * @throws {InputError} If the file cannot be read or is wrong
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { codeImage, createMachine, loadBoard } from "./mod.ts";
 *
 * const board = await loadBoard("stm32f407g-disco");
 * const machine = createMachine(board, codeImage(board, [0x202a, 0xe7fe])); // movs r0, #42; b .
 * machine.step();
 * assertEquals(machine.readRegister("r0"), 42);
 * ```
 */
export async function loadBoard(nameOrPath: string): Promise<Board> {
  return await (await import("../src/board/load.ts")).loadBoard(nameOrPath);
}
