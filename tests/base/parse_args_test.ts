import { assertEquals, assertThrows } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";

Deno.test("parseArgs() reads flags, values, repeats, short forms and positionals", () => {
  const args = parseArgs(
    ["a", "-b", "x", "--pin=p=q", "--pin", "r=s", "--json", "--", "--c"],
    {
      boolean: ["json", "quiet"],
      string: ["board", "pin"],
      collect: ["pin", "input"],
      alias: { b: "board" },
    },
  );
  assertEquals(args, {
    _: ["a", "--c"],
    json: true,
    quiet: false,
    board: "x",
    pin: ["p=q", "r=s"],
    input: [],
  });
});

Deno.test("parseArgs() reads a missing value as the empty text", () => {
  assertEquals(parseArgs(["--board"], { string: ["board"] })["board"], "");
});

Deno.test("parseArgs() tells of unknown flags", () => {
  const unknown = (arg: string) => {
    throw new Error(arg);
  };
  assertThrows(() => parseArgs(["--bord=x"], { string: ["board"], unknown }), Error, "--bord");
});
