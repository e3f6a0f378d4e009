/**
 * `pinmap lockstep`: one ELF on both engines side by side.
 *
 * @module
 */
import type { Lockstep } from "../../../sim/mod.ts";
import { createMachine, lockstep, parseElf } from "../../../sim/mod.ts";
import { formatAddress } from "../../base/units.ts";
import { BOARD, type Command, COMMON, EXIT } from "../command.ts";
import { boardOf, onePositional, readFile } from "../inputs.ts";
import { timeLimit, TIMEOUT, timeoutHint } from "../time_limit.ts";

const DEFAULT_MAX_INSTRUCTIONS = 1_000_000_000;

/** The command. */
export const lockstepCommand: Command = {
  name: "lockstep",
  summary: "run an ELF on both engines side by side; show the first difference",
  usage: "FIRMWARE.elf --board NAME [--max-instructions N] [flags]",
  details: [
    "The interpreter is the specification, the translator must do the same: registers, memory, console,\ncycles and accesses per region, functions and faults are compared every 4 million instructions, and\na difference is then traced to an instruction. Exits 1 if there is one, 5 if --timeout passed before the program or a limit ended the run.",
  ],
  options: [
    BOARD,
    {
      name: "max-instructions",
      value: "N",
      help: "stop after N instructions, default 1_000_000_000",
    },
    { name: "max-cycles", value: "N", help: "stop after N cycles" },
    TIMEOUT,
    ...COMMON,
  ],
  examples: [["pinmap lockstep app.elf --board stm32f407g-disco", "Any firmware"]],
  async run({ options, terminal }) {
    const path = onePositional(options, "ELF file", "lockstep");
    const board = await boardOf(options, "lockstep");
    const elf = parseElf(await readFile(path, "ELF file"), path);
    const result = lockstep([
      createMachine(board, elf, { engine: "interpreter" }),
      createMachine(board, elf, { engine: "translator" }),
    ], {
      maxInstructions: options.count("max-instructions") ?? DEFAULT_MAX_INSTRUCTIONS,
      maxCycles: options.count("max-cycles"),
      interrupted: timeLimit(options)(),
    });
    const document = { schema: "pinmap/lockstep-1", board: board.name, elf: path, ...result };
    terminal.result(
      options.text("format") === "json" ? JSON.stringify(document, null, 2) : textOf(result),
    );
    if (!result.equal) return EXIT.checkFailed;
    if (result.stop.kind !== "limit" || result.stop.what !== "time") return EXIT.ok;
    terminal.say(`the time limit was reached\n  = hint: ${timeoutHint(options)}`);
    return EXIT.fault;
  },
};

function textOf(result: Lockstep): string {
  if (result.equal) {
    return `interpreter and translator agree for ${result.instructions} instructions (${result.stop.kind})`;
  }
  const where = result.pc === undefined ? "" : ` at ${formatAddress(result.pc)}`;
  const name = result.function === undefined ? "" : ` (${result.function})`;
  return [
    `interpreter and translator differ after instruction ${result.instructions}${where}${name}`,
    ...result.differences.map(({ what, first, second }) =>
      `  ${what}: interpreter ${first}, translator ${second}`
    ),
  ].join("\n");
}
