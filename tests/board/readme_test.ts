import { assertEquals, assertStringIncludes } from "@std/assert";
import { boardJsonSchema, parseBoard } from "../../src/board/mod.ts";
import { ROOT } from "../support/paths.ts";

const README = Deno.readTextFileSync(`${ROOT}/boards/README.md`);

Deno.test("the example in boards/README.md is a board", () => {
  const [, example = ""] = /```toml\n([\s\S]*?)```/.exec(README) ?? [];
  assertEquals(parseBoard(example, "README.md").regions.map(({ name }) => name), ["sram", "flash"]);
});

Deno.test("boards/README.md names every key of the format", () => {
  const keys = [...JSON.stringify(boardJsonSchema()).matchAll(/"(\w+)":\{/g)]
    .map(([, key = ""]) => key).filter((key) => !["properties", "items"].includes(key));
  for (const key of new Set(keys)) {
    if (key === "additionalProperties") continue;
    assertStringIncludes(README.replace(/```[\s\S]*?```/g, ""), key);
  }
  assertEquals(new Set(keys).has("read_latency_cycles"), true);
});
