/**
 * A script that emulates one instruction: run by the benchmark in a process of its own, with the ELF and
 * the board as arguments. Prints a line once the instruction has run, then the milliseconds that another
 * machine takes from its creation to its first instruction.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- its output is its result
import { loadBoard } from "../../../src/board/load.ts";
import { createMachine, parseElf } from "../../../sim/mod.ts";

const [path = "", boardName = ""] = Deno.args;
const board = await loadBoard(boardName);
const elf = parseElf(await Deno.readFile(path), path);
createMachine(board, elf).run({ maxInstructions: 1 });
console.log("first instruction");
const start = performance.now();
createMachine(board, elf).run({ maxInstructions: 1 });
console.log(performance.now() - start);
