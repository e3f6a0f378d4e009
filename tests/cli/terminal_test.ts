import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { need } from "../support/need.ts";
import { ROOT } from "../support/paths.ts";

const MAIN = `${ROOT}/src/cli/main.ts`;
const DIGITS = `${ROOT}/examples/digits/digits.tflite`;

interface Talk {
  /** What was written to the terminal. */
  readonly screen: string;
  /** What went to stdout, which is a file. */
  readonly result: string;
  /** Exit code. */
  readonly code: number;
}

/** Runs pinmap with stderr, but not stdout, on a terminal. */
async function onTerminal(folder: string, args: readonly string[]): Promise<Talk> {
  const words = [Deno.execPath(), "run", "-A", MAIN, ...args].map((word) => `'${word}'`);
  const { code, stdout } = await new Deno.Command("script", {
    args: [
      ...["--quiet", "--return"],
      ...["--command", `env -u CI ${words.join(" ")} > '${folder}/result'`],
      "/dev/null",
    ],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    env: { TERM: "xterm" },
  }).output();
  const result = await Deno.readTextFile(`${folder}/result`);
  return { screen: new TextDecoder().decode(stdout), result, code };
}

/** Four inferences, so that it takes more than the 300 ms. */
async function longRun(folder: string): Promise<readonly string[]> {
  await Deno.writeFile(`${folder}/zeros`, new Uint8Array(784));
  const inputs = Array.from({ length: 4 }, () => ["--input", `${folder}/zeros`]).flat();
  const out = ["--out", `${folder}/firmware`];
  return ["run", DIGITS, "--board", "stm32f746g-disco", "-t", "zig", ...out, ...inputs];
}

need(
  { tools: ["script"] },
  "a long command shows its steps on the terminal and wipes them",
  async () => {
    const folder = await Deno.makeTempDir();
    const { screen, result, code } = await onTerminal(folder, [
      ...await longRun(folder),
      ...["--format", "json"],
    ]);
    assertEquals(code, 0, screen);
    assertStringIncludes(screen, "Running, ");
    // deno-lint-ignore no-control-regex -- the terminal's "erase line"
    assertMatch(screen, /\x1b\[2K$/);
    assertEquals(JSON.parse(result).schema, "pinmap/run-1");
  },
);

need({ tools: ["script"] }, "--no-progress and quick commands show no progress", async () => {
  const folder = await Deno.makeTempDir();
  const quick = await onTerminal(folder, ["board", "list"]);
  assertEquals([quick.screen, quick.code], ["", 0]);
  const silent = await onTerminal(folder, [...await longRun(folder), "--no-progress"]);
  assertEquals([silent.screen, silent.code], ["", 0]);
});

need({ tools: ["script"] }, "colours are for terminals, each stream for itself", async () => {
  const folder = await Deno.makeTempDir();
  const failed = await onTerminal(folder, ["plan", DIGITS, "--board", "rp2041"]);
  assertEquals(failed.code, 2);
  // deno-lint-ignore no-control-regex -- a terminal's colours
  assertMatch(failed.screen, /\x1b\[\d+m/);
  const plan = ["plan", DIGITS, "--board", "rp2040"];
  // deno-lint-ignore no-control-regex -- a terminal's colours
  assertEquals(/\x1b/.test((await onTerminal(folder, plan)).result), false);
  const always = await onTerminal(folder, [...plan, "--color", "always"]);
  // deno-lint-ignore no-control-regex -- a terminal's colours
  assertMatch(always.result, /\x1b\[\d+m/);
});
