import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Command } from "../../src/cli/command.ts";
import { COMMON } from "../../src/cli/command.ts";
import { runCommandLine } from "../../src/cli/command_line.ts";

/** Gives what was written to a stream while something ran. */
async function written(
  stream: typeof Deno.stdout | typeof Deno.stderr,
  run: () => Promise<number>,
): Promise<readonly [code: number, text: string]> {
  const original = stream.writeSync;
  let text = "";
  stream.writeSync = (bytes) => {
    text += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  try {
    return [await run(), text];
  } finally {
    stream.writeSync = original;
  }
}

const broken: Command = {
  name: "broken",
  summary: "fail as only a defect can",
  usage: "",
  details: [],
  options: COMMON,
  examples: [],
  run: () => Promise.reject(new TypeError("undefined is not what it seems")),
};

Deno.test("runCommandLine() reports a defect of pinmap with its stack and exits 70", async () => {
  const [code, text] = await written(
    Deno.stderr,
    () => runCommandLine(["broken"], new Map([["broken", () => Promise.resolve(broken)]])),
  );
  assertEquals(code, 70);
  assertStringIncludes(text, "error[E-DEFECT]: Cannot go on: undefined is not what it seems");
  assertStringIncludes(text, "please report it");
  assertStringIncludes(text, "command_line_test.ts");
});

Deno.test("runCommandLine() reports a defect as a document to scripts", async () => {
  let talk = "";
  const [code, text] = await written(Deno.stdout, async () => {
    const [code, said] = await written(
      Deno.stderr,
      () =>
        runCommandLine(
          ["broken", "--format", "json"],
          new Map([["broken", () => Promise.resolve(broken)]]),
        ),
    );
    talk = said;
    return code;
  });
  const document = JSON.parse(text);
  assertEquals([code, document.schema, document.code], [70, "pinmap/error-1", "E-DEFECT"]);
  assertStringIncludes(talk, "E-DEFECT");
});
