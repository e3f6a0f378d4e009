import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InputError, UsageError } from "../../src/base/error.ts";
import { listBoards, loadBoard } from "../../src/board/mod.ts";
import { SAMPLE } from "./sample.ts";

Deno.test("listBoards() lists the built-in boards by name", async () => {
  assertEquals(await listBoards(), [
    "microbit",
    "mimxrt1060-evk",
    "mps2-an385",
    "mps2-an386",
    "mps2-an500",
    "mps2-an505",
    "rp2040",
    "stm32f407g-disco",
    "stm32f746g-disco",
    "stm32h743",
  ]);
});

Deno.test("loadBoard() suggests the board that was meant and lists all", async () => {
  const error = await assertRejects(() => loadBoard("stm32f746-disco"), UsageError);
  assertEquals(error.code, "E-BOARD-UNKNOWN");
  assertEquals(error.hints[0], 'Did you mean "stm32f746g-disco"?');
  for (const name of await listBoards()) assertStringIncludes(error.message, name);
});

Deno.test("loadBoard() refuses a name that is a path out of the folder", async () => {
  const error = await assertRejects(() => loadBoard("../boards/rp2040"), UsageError);
  assertEquals(error.code, "E-BOARD-UNKNOWN");
});

Deno.test("loadBoard() reads a board of one's own by its path", async () => {
  const path = await Deno.makeTempFile({ suffix: ".toml" });
  try {
    await Deno.writeTextFile(path, SAMPLE);
    const board = await loadBoard(path);
    assertEquals([board.name, board.file], ["sample", path]);
    await Deno.writeTextFile(path, "nonsense");
    const error = await assertRejects(() => loadBoard(path), InputError);
    assertEquals([error.code, error.location?.file], ["E-BOARD-SYNTAX", path]);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("loadBoard() says which file it cannot read", async () => {
  const error = await assertRejects(() => loadBoard("no/such/board.toml"), InputError);
  assertEquals(error.code, "E-BOARD-FILE");
  assertStringIncludes(
    error.message,
    'Cannot read board file "no/such/board.toml": there is no such',
  );
});
