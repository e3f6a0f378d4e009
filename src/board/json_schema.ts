/**
 * The board format as JSON Schema (draft 7), made from the schema that reads boards, for editors that
 * complete and check TOML. Published as `boards/board.schema.json`. It knows shapes, not meaning: that
 * regions do not overlap only {@linkcode parseBoard} can tell.
 *
 * @module
 */
import type { JsonSchema } from "./leaves.ts";
import { BOARD_FILE, leafNotes } from "./schema.ts";

/** The parts of a valibot schema that the board format uses. */
interface SchemaNode {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly item?: SchemaNode;
  readonly value?: SchemaNode;
  readonly wrapped?: SchemaNode;
  /** What a value runs through: a check of its type, then the schema itself. */
  readonly pipe?: readonly SchemaNode[];
}

/**
 * Gives the JSON Schema of board files.
 *
 * @returns A JSON value, the same in each call
 *
 * @example The keys of a region
 * ```ts
 * import { assert } from "@std/assert";
 * import { boardJsonSchema } from "./json_schema.ts";
 *
 * assert(JSON.stringify(boardJsonSchema()).includes('"wait_states"'));
 * ```
 */
export function boardJsonSchema(): object {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "pinmap board",
    description: "Memories, core and costs of a board, see boards/README.md",
    ...convert(BOARD_FILE as unknown as SchemaNode),
  };
}

function convert(node: SchemaNode): JsonSchema {
  const notes = leafNotes(node);
  if (notes !== undefined) return { ...notes.json, description: notes.needed };
  const schema = node.pipe?.at(-1) ?? node;
  switch (schema.type) {
    case "optional":
      return schema.wrapped === undefined ? {} : convert(schema.wrapped);
    case "array":
      return { type: "array", items: schema.item === undefined ? {} : convert(schema.item) };
    case "record":
      return {
        type: "object",
        additionalProperties: schema.value === undefined ? {} : convert(schema.value),
      };
    default:
      return convertTable(schema.entries ?? {});
  }
}

function convertTable(entries: Readonly<Record<string, SchemaNode>>): JsonSchema {
  const keys = Object.entries(entries);
  return {
    type: "object",
    additionalProperties: false,
    required: keys.filter(([, node]) => node.type !== "optional").map(([key]) => key),
    properties: Object.fromEntries(keys.map(([key, node]) => [key, convert(node)])),
  };
}
