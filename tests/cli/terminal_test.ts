import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { need } from "../support/need.ts";
import { ROOT } from "../support/paths.ts";

const MAIN = `${ROOT}/src/cli/main.ts`;
const DIGITS = `${ROOT}/examples/digits/digits.tflite`;
const ESCAPE = String.fromCharCode(27);

interface Talk {
  /** What stood on the terminal. */
  readonly screen: string;
  /** What went to stdout, a file. */
  readonly result: string;
  /** Exit code. */
  readonly code: number;
}

/** Runs pinmap with stderr, but not stdout, on a terminal. */
async function onTerminal(args: string): Promise<Talk> {
  const folder = await Deno.makeTempDir();
  const command = `env -u CI '${Deno.execPath()}' run -A '${MAIN}' ${args} > '${folder}/result'`;
  const { code, stdout } = await new Deno.Command("script", {
    args: ["--quiet", "--return", "--command", command.replaceAll("FOLDER", folder), "/dev/null"],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    env: { TERM: "xterm" },
  }).output();
  const result = await Deno.readTextFile(`${folder}/result`);
  await Deno.remove(folder, { recursive: true });
  return { screen: new TextDecoder().decode(stdout), result, code };
}

const inputs = "-i FOLDER/zeros ".repeat(4);
const run = `run '${DIGITS}' --board stm32f746g-disco -t zig -o FOLDER/firmware ${inputs}`;

need(
  { tools: ["script"] },
  "a long command shows its steps on the terminal and wipes them",
  async () => {
    const { screen, result, code } = await onTerminal(
      `board list > /dev/null; head -c 784 /dev/zero > FOLDER/zeros; ` +
        `'${Deno.execPath()}' run -A '${MAIN}' ${run} --format json`,
    );
    assertEquals(code, 0, screen);
    assertStringIncludes(screen, "Running, ");
    assertMatch(screen, new RegExp(`${ESCAPE}\\[2K$`));
    assertEquals(JSON.parse(result).schema, "pinmap/run-1");
  },
);

need({ tools: ["script"] }, "--no-progress and quick commands show no progress", async () => {
  const quick = await onTerminal("board list");
  assertEquals([quick.screen, quick.code], ["", 0]);
  const silent = await onTerminal(
    `board list > /dev/null; head -c 784 /dev/zero > FOLDER/zeros; ` +
      `'${Deno.execPath()}' run -A '${MAIN}' ${run} --no-progress`,
  );
  assertEquals([silent.screen, silent.code], ["", 0]);
});
