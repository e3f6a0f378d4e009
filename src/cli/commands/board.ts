/**
 * `pinmap board`: list, show and check board files.
 *
 * @module
 */
import { UsageError } from "../../base/error.ts";
import { listBoards, loadBoard } from "../../board/load.ts";
import { boardTable } from "../../report/mod.ts";
import { closest } from "../../base/units.ts";
import { type Command, COMMON, EXIT } from "../command.ts";
import { noMorePositionals } from "../inputs.ts";

const ACTIONS = ["list", "info", "check"];

/** The command. */
export const boardCommand: Command = {
  name: "board",
  summary: "list the boards, show one, check a board file",
  usage: "list | info NAME|FILE.toml | check FILE.toml",
  details: [
    "Board files are the only source of memory facts; boards/README.md describes them. check exits 2\nwith file, line and column when something is wrong.",
  ],
  options: COMMON,
  examples: [
    ["pinmap board list", "Names of the boards that come with pinmap"],
    ["pinmap board info stm32h743", "Memories, addresses, wait states and who can reach them"],
    ["pinmap board check my-board.toml", "Overlaps, unknown keys, bad units, missing sources"],
  ],
  async run({ options, terminal }) {
    const [action = "list", name] = options.positionals;
    const json = options.text("format") === "json";
    noMorePositionals(options, action === "list" ? 1 : 2, "board");
    if (action === "list") {
      const boards = await Promise.all((await listBoards()).map(loadBoard));
      const width = Math.max(...boards.map((board) => board.name.length)) + 2;
      terminal.result(
        json
          ? JSON.stringify(boards.map(({ name, title }) => ({ name, title })), null, 2)
          : boards.map((board) => `${board.name.padEnd(width)}${board.title}`).join("\n"),
      );
      return EXIT.ok;
    }
    if (!ACTIONS.includes(action) || name === undefined) {
      const guess = closest(action, ACTIONS);
      throw new UsageError(
        "E-CLI-ARGUMENT",
        ACTIONS.includes(action)
          ? `Cannot run "board ${action}": needs a board`
          : `Cannot run "board ${action}": needs one of ${ACTIONS.join(", ")}`,
        {
          hints: [
            ACTIONS.includes(action) || guess === undefined
              ? "See pinmap board --help"
              : `Did you mean pinmap board ${guess}?`,
          ],
        },
      );
    }
    const board = await loadBoard(name);
    if (json) terminal.result(JSON.stringify(board, null, 2));
    else if (action === "check") {
      terminal.result(`${board.file}: ok, ${board.regions.length} regions`);
    } else terminal.result(boardTable(board, { colors: terminal.colors, width: terminal.width }));
    return EXIT.ok;
  },
};
