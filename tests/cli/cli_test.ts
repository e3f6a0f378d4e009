import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pinmap } from "../support/pinmap.ts";
import { ROOT } from "../support/paths.ts";

const DIGITS = `${ROOT}/examples/digits/digits.tflite`;
const BOARD = ["--board", "stm32f746g-disco"];

Deno.test("pinmap without arguments shows the commands and the exit codes", async () => {
  const { code, stdout, stderr } = await pinmap([]);
  assertEquals([code, stderr], [0, ""]);
  for (const command of ["plan", "build", "run", "check", "board", "schema", "explain"]) {
    assertMatch(stdout, new RegExp(`^  ${command} `, "m"));
  }
  assertStringIncludes(stdout, "70 a defect of pinmap");
});

Deno.test("--version names pinmap, Deno and the system", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
  const { code, stdout } = await pinmap(["--version"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, `pinmap ${version} (deno ${Deno.version.deno}, `);
  const document = JSON.parse((await pinmap(["version", "--format", "json"])).stdout);
  assertEquals([document.schema, document.version], ["pinmap/version-1", version]);
});

Deno.test("every command has help with examples", async () => {
  for (const command of ["plan", "build", "run", "check", "board", "schema", "explain"]) {
    const { code, stdout } = await pinmap([command, "--help"]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, "Examples");
    assertStringIncludes(stdout, `pinmap ${command}`);
  }
});

Deno.test("usage errors exit 2 and name what was meant", async () => {
  const cases: readonly (readonly [string[], string])[] = [
    [["pln"], "Did you mean pinmap plan?"],
    [["plan", DIGITS, "--bord", "x"], "Did you mean --board?"],
    [["plan", DIGITS, "--board"], "--board needs a value"],
    [["plan", DIGITS], "needs --board"],
    [["plan", ...BOARD], "needs one model or more, found none"],
    [["plan", DIGITS, "--board", "stm32f746-disco"], "stm32f746g-disco"],
    [["plan", DIGITS, ...BOARD, "--format", "yaml"], "needs one of text, json"],
    [["plan", DIGITS, ...BOARD, "--stack-size", "4KB"], "--stack-size"],
    [["run", DIGITS, ...BOARD, "--timing", "cortex-m7-dcach-1"], "cortex-m7-dcache-1"],
    [["plan", DIGITS, ...BOARD, "--algorithm", "greedy_by_siz"], "greedy_by_size"],
    [["plan", DIGITS, ...BOARD, "-w", "name=flash"], 'Cannot make pool "flash"'],
    [["plan", DIGITS, ...BOARD, "-w", "name=dtmc"], 'Did you mean "dtcm"?'],
    [["plan", "no-such.tflite", ...BOARD], "there is no such file"],
    [["plan", `${ROOT}/README.md`, ...BOARD], "Cannot"],
    [["run", DIGITS, ...BOARD, "--input", `${ROOT}/LICENSE`], "784 B"],
    [["run", DIGITS, ...BOARD, "--manifest", "x.json"], "a model with --manifest"],
    [["check", DIGITS, ...BOARD], "ELF"],
    [["explain", "C-REGIN"], "Did you mean C-REGION?"],
    [["explain", "C-REGION", "C-LOAD"], '"C-LOAD" is one argument too many'],
    [["board", "list", "rp2040"], '"rp2040" is one argument too many'],
    [["board", "info"], "needs a board"],
    [["board", "infos", "rp2040"], "Did you mean pinmap board info?"],
    [["help", "pln"], "Did you mean pinmap plan?"],
  ];
  for (const [args, words] of cases) {
    const { code, stdout, stderr } = await pinmap(args);
    assertEquals([code, stdout], [2, ""], `${args.join(" ")}\n${stderr}`);
    assertStringIncludes(stderr, words, args.join(" "));
    assertMatch(stderr, /^error\[E-[A-Z0-9-]+\]: /, args.join(" "));
  }
});

Deno.test("files that cannot be read or written exit 2 and are named", async () => {
  const folder = await Deno.makeTempDir();
  const board = `${folder}/board.toml`;
  await Deno.mkdir(board);
  const cases: readonly (readonly [string[], string])[] = [
    [["plan", folder, ...BOARD], folder],
    [["plan", DIGITS, "--board", board], board],
    [["plan", DIGITS, "--board", `${folder}/none.toml`], "there is no such file"],
    [["plan", DIGITS, ...BOARD, "--html", folder], folder],
    [["run", DIGITS, ...BOARD, "--input", folder], folder],
    [["run", DIGITS, ...BOARD, "--out", `${DIGITS}/below`], `${DIGITS}/below`],
    [["build", DIGITS, ...BOARD, "--out", DIGITS], DIGITS],
    [["check", folder, ...BOARD], folder],
    [["check", DIGITS, ...BOARD, "--manifest", folder], folder],
  ];
  for (const [args, words] of cases) {
    const { code, stdout, stderr } = await pinmap(args);
    assertEquals([code, stdout], [2, ""], `${args.join(" ")}\n${stderr}`);
    assertStringIncludes(stderr, words, args.join(" "));
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("plan that does not fit exits 3 and says what would help", async () => {
  const args = ["plan", DIGITS, ...BOARD, "--with-workspace-buffer", "name=dtcm;target=c;size=4K"];
  const { code, stderr } = await pinmap(args);
  assertEquals(code, 3);
  assertStringIncludes(stderr, "E-PLAN-FIT");
  assertStringIncludes(stderr, "hint");
  const json = await pinmap([...args, "--format", "json"]);
  assertEquals(json.code, 3);
  const document = JSON.parse(json.stdout);
  assertEquals([document.schema, document.code], ["pinmap/error-1", "E-PLAN-FIT"]);
  assert(document.data.needed > document.data.available);
});

Deno.test("a reader that goes away changes no exit code", async () => {
  const folder = await Deno.makeTempDir();
  const model = `'${DIGITS}' ${BOARD.join(" ")}`;
  const cases: readonly (readonly [string, string])[] = [
    [`plan ${model} --format json`, "0"],
    [`plan ${model} --with-workspace-buffer 'name=dtcm;size=4K' --format json`, "3"],
    ["pln", "2"],
  ];
  for (const [args, code] of cases) {
    const command = `'${Deno.execPath()}' run -A '${ROOT}/src/cli/main.ts' ${args}`;
    const { success } = await new Deno.Command("sh", {
      args: ["-c", `{ ${command} 2>&1; echo $? > '${folder}/code'; } | true`],
    }).output();
    assert(success);
    assertEquals((await Deno.readTextFile(`${folder}/code`)).trim(), code, args);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("plan says so when a pool gets less than its flag asks for", async () => {
  const args = ["plan", DIGITS, ...BOARD, "--with-workspace-buffer", "name=dtcm;size=1M"];
  const { code, stderr } = await pinmap(args);
  assertEquals(code, 0);
  assertStringIncludes(stderr, "note: pool dtcm gets 63488 B (62 KiB), not 1048576 B (1 MiB)");
});

Deno.test("plan --format json is the document of the contract, the same each time", async () => {
  const args = ["plan", DIGITS, ...BOARD, "--format", "json"];
  const first = await pinmap(args);
  assertEquals([first.code, first.stderr], [0, ""]);
  assertEquals((await pinmap(args)).stdout, first.stdout);
  const plan = JSON.parse(first.stdout);
  assertEquals([plan.schema, plan.board], ["pinmap/plan-1", "stm32f746g-disco"]);
  for (const key of ["name", "region", "kind", "limit_bytes", "used_bytes", "lower_bound_bytes"]) {
    assert(key in plan.pools[0], key);
  }
  const keys = ["name", "pool", "offset", "size", "alignment", "first_use", "last_use"];
  for (const key of [...keys, "candidates"]) assert(key in plan.allocations[0], key);
});

Deno.test("plan --emit tir prints a pinned module that plans to the same result", async () => {
  const folder = await Deno.makeTempDir();
  const flags = [...BOARD, "-w", "name=dtcm;target=c;size=6K", "-w", "name=sram1;target=c"];
  const { stdout } = await pinmap(["plan", DIGITS, ...flags, "--emit", "tir"]);
  assertStringIncludes(stdout, '"global.dtcm"');
  await Deno.writeTextFile(`${folder}/pinned.py`, stdout);
  const before = JSON.parse((await pinmap(["plan", DIGITS, ...flags, "--format", "json"])).stdout);
  const again = await pinmap(["plan", `${folder}/pinned.py`, ...flags, "--format", "json"]);
  assertEquals(JSON.parse(again.stdout).allocations, before.allocations);
});

Deno.test("board list and info show every board; check names file, line and column", async () => {
  const { stdout } = await pinmap(["board", "list"]);
  for (const line of stdout.trim().split("\n")) {
    const info = await pinmap(["board", "info", line.split(" ")[0] ?? ""]);
    assertEquals(info.code, 0);
    assertStringIncludes(info.stdout, "Sources");
  }
  const folder = await Deno.makeTempDir();
  const text = await Deno.readTextFile(`${ROOT}/boards/rp2040.toml`);
  await Deno.writeTextFile(`${folder}/bad.toml`, text.replace("origin =", "orign ="));
  const bad = await pinmap(["board", "check", `${folder}/bad.toml`]);
  assertEquals(bad.code, 2);
  assertMatch(bad.stderr, /bad\.toml:\d+:\d+/);
  assertStringIncludes(bad.stderr, "origin");
});

Deno.test("schema board prints the published schema", async () => {
  const { stdout } = await pinmap(["schema", "board"]);
  const published = await Deno.readTextFile(`${ROOT}/boards/board.schema.json`);
  assertEquals(JSON.parse(stdout), JSON.parse(published));
});

Deno.test("explain lists every finding", async () => {
  const { stdout } = await pinmap(["explain"]);
  assertMatch(stdout, /^C-REGION /m);
  const one = await pinmap(["explain", "c-load"]);
  assertEquals(one.code, 0);
  assertStringIncludes(one.stdout, "C-LOAD (error)");
  assertStringIncludes(one.stdout, "What to do: Add `AT> flash`");
});
