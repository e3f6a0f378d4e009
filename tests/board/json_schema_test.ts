import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/toml";
import { Ajv } from "ajv";
import fc from "fast-check";
import * as v from "valibot";
import { boardJsonSchema, listBoards } from "../../src/board/mod.ts";
import { BOARD_FILE } from "../../src/board/schema.ts";
import { ROOT } from "../support/paths.ts";
import { leafPaths, type Path, removed, replaced } from "./edits.ts";
import { SAMPLE } from "./sample.ts";

const validate = new Ajv({ strict: true, allErrors: true }).compile(boardJsonSchema());

function both(document: unknown): { json: boolean; ours: boolean } {
  return { json: validate(document), ours: v.safeParse(BOARD_FILE, document).success };
}

/** Plain objects: the TOML parser's have no prototype, which Ajv does not mind but deepEqual does. */
function sample(): unknown {
  return structuredClone(parse(SAMPLE));
}

Deno.test("boards/board.schema.json is what boardJsonSchema() gives", () => {
  const published = Deno.readTextFileSync(`${ROOT}/boards/board.schema.json`);
  const wanted = `${JSON.stringify(boardJsonSchema(), null, 2)}\n`;
  assert(published === wanted, "write it anew as boards/README.md says at its end");
});

Deno.test("boardJsonSchema() accepts every built-in board, and so does the reader", async () => {
  for (const name of await listBoards()) {
    const document = parse(Deno.readTextFileSync(`${ROOT}/boards/${name}.toml`));
    assertEquals(both(document), { json: true, ours: true }, name);
  }
});

Deno.test("boardJsonSchema() and the reader both refuse these changes to a good board", () => {
  const changes: readonly (readonly [Path, unknown])[] = [
    [["schema"], "pinmap/board-2"],
    [["name"], "Upper Case"],
    [["title"], ""],
    [["vector_table"], -1],
    [["vector_table"], "0x0"],
    [["sources"], []],
    [["sources", "rm"], 3],
    [["cpu"], "cortex-m7"],
    [["cpu", "core"], "cortex-a9"],
    [["cpu", "revision"], "rev2"],
    [["cpu", "clock"], "216"],
    [["cpu", "clock"], 0],
    [["cpu", "icache", "ways"], 0],
    [["region"], {}],
    [["region", 0, "kind"], "flash"],
    [["region", 0, "origin"], 2 ** 32],
    [["region", 0, "length"], "64 KB"],
    [["region", 0, "length"], 0],
    [["region", 0, "access"], "wr"],
    [["region", 0, "wait_states", "read"], -1],
    [["region", 0, "initiators"], "c"],
    [["region", 0, "pool", "target_burst_bytes", "c"], 0.5],
    [["region", 2, "width"], 24],
    [["region", 2, "reserved", 0, "purpose"], ""],
    [["alias", 0, "offset"], 1.5],
    [["budget", 0, "regions"], "dtcm"],
  ];
  for (const [path, value] of changes) {
    const document = replaced(sample(), path, value);
    assertEquals(both(document), { json: false, ours: false }, `${path.join(".")} = ${value}`);
  }
});

Deno.test("boardJsonSchema() and the reader agree on which keys may be missing, and know the same keys", () => {
  for (const path of leafPaths(sample())) {
    if (typeof path.at(-1) === "number") continue;
    const without = both(removed(sample(), path));
    assertEquals(without.json, without.ours, `without ${path.join(".")}`);
    const renamed = [...path.slice(0, -1), `${path.at(-1)}_`];
    const extra = both(replaced(sample(), renamed, 1));
    assertEquals(extra.json, extra.ours, `with ${renamed.join(".")}`);
  }
});

Deno.test("boardJsonSchema() and the reader agree on any value at any key", () => {
  const value = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.string(),
    fc.constantFrom(
      "1 KiB",
      "2K",
      "3 KB",
      "4 MHz",
      "5 mhz",
      "r",
      "x",
      "c",
      ".text",
      "r0p1",
      "none",
    ),
    fc.constantFrom<unknown>([], {}, null, [[]], [{}], ["c"], { read: 1 }, 8, 64, 4294967296),
  );
  const paths = leafPaths(sample());
  fc.assert(
    fc.property(fc.constantFrom(...paths), value, (path, replacement) => {
      const result = both(replaced(sample(), path, replacement));
      assertEquals(result.json, result.ours, JSON.stringify([path, replacement]));
    }),
    { seed: 20261123, numRuns: 1500 },
  );
});
