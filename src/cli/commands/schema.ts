/**
 * `pinmap schema`: JSON Schemas for editors and scripts.
 *
 * @module
 */
import { boardJsonSchema } from "../../board/mod.ts";
import { UsageError } from "../../base/error.ts";
import { type Command, COMMON, EXIT } from "../command.ts";
import { onePositional } from "../inputs.ts";

/** The command. */
export const schemaCommand: Command = {
  name: "schema",
  summary: "print the JSON Schema of board files",
  usage: "board",
  details: [
    "Editors with a TOML language server take it from the first line of a board file:\n#:schema ./board.schema.json",
  ],
  options: COMMON,
  examples: [["pinmap schema board > board.schema.json", "Put the schema beside your board files"]],
  run({ options, terminal }) {
    const name = onePositional(options, "schema name", "schema");
    if (name !== "board") {
      throw new UsageError("E-CLI-ARGUMENT", `Cannot print schema "${name}": there is only board`);
    }
    terminal.result(JSON.stringify(boardJsonSchema(), null, 2));
    return Promise.resolve(EXIT.ok);
  },
};
