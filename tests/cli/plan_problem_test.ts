import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ErrorDocument } from "../../src/base/documents.ts";
import { pinmap } from "../support/pinmap.ts";
import { ROOT } from "../support/paths.ts";

const DIGITS = `${ROOT}/examples/digits/digits.tflite`;

Deno.test("plan reads problems without a board and writes them again", async () => {
  const folder = await Deno.makeTempDir();
  const csv = `${folder}/small.csv`;
  await Deno.writeTextFile(csv, "id,lower,upper,size\na,0,2,16\nb,1,3,8\n");
  const json = await pinmap(["plan", csv, "--capacity", "24", "--format", "json"]);
  assertEquals([json.code, json.stderr], [0, ""]);
  const { schema, board, module, status, allocations } = JSON.parse(json.stdout);
  assertEquals([schema, board, module, status], ["pinmap/plan-1", "", "small", "optimal"]);
  assertEquals(allocations.map((one: { offset: number }) => one.offset), [0, 16]);
  const again = await pinmap(["plan", csv, "--capacity", "24", "--emit", "csv"]);
  assertEquals(again.stdout, "id,lower,upper,size,offset\na,0,2,16,0\nb,1,3,8,16\n");
  const problem = await pinmap(["plan", csv, "--capacity", "24", "--emit", "problem"]);
  const file = `${folder}/small.json`;
  await Deno.writeTextFile(file, problem.stdout);
  const text = await pinmap(["plan", file, "--algorithm", "portfolio"]);
  assertEquals([text.code, text.stderr], [0, ""]);
  assertStringIncludes(text.stdout, "memory: 24 B of 24 B used, lower bound 24 B");
  const tight = await pinmap(["plan", csv, "--capacity", "23"]);
  assertEquals(tight.code, 3);
  assertStringIncludes(tight.stderr, "E-PLAN-FIT");
  assertStringIncludes(tight.stderr, "[--capacity 24]");
  const why = await pinmap(["plan", csv, "--capacity", "23", "--format", "json"]);
  assertEquals(why.code, 3);
  const { code, findings }: ErrorDocument = JSON.parse(why.stdout);
  assertEquals(code, "E-PLAN-FIT");
  const [finding] = findings ?? [];
  assertEquals(
    [finding?.code, finding?.irreducible, finding?.needed_bytes, finding?.available_bytes],
    ["P-LIVE", true, 24, 23],
  );
  assertEquals(finding?.buffers.map(({ name }) => name), ["a", "b"]);
  const [grow] = finding?.changes ?? [];
  assertEquals([grow?.kind, grow?.bytes, grow?.least], ["grow", 1, true]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("plan --emit problem of a network plans to the same bytes without the board", async () => {
  const flags = ["plan", DIGITS, "--board", "stm32f746g-disco"];
  const csv = await pinmap([...flags, "--emit", "csv"]);
  assertEquals(csv.code, 0);
  assert(csv.stdout.startsWith("id,lower,upper,size,alignment"));
  const file = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(file, (await pinmap([...flags, "--emit", "problem"])).stdout);
  const used = (text: string) => JSON.parse(text).pools[0].used_bytes;
  assertEquals(
    used((await pinmap(["plan", file, "--format", "json"])).stdout),
    used((await pinmap([...flags, "--format", "json"])).stdout),
  );
  await Deno.remove(file);
});

Deno.test("plan of a problem refuses flags that mean nothing for it", async () => {
  const file = await Deno.makeTempFile({ suffix: ".csv" });
  await Deno.writeTextFile(file, "id,lower,upper,size\na,0,2,x\n");
  const cases: readonly (readonly [string[], string])[] = [
    [[file], "needs --capacity"],
    [[file, "--capacity", "1K"], `${file}:2:7`],
    [[file, "--capacity", "1K", "--board", "rp2040"], "--board means nothing"],
    [[file, "--capacity", "1K", "--pin", "a=b"], "--pin means nothing"],
    [[DIGITS, "--board", "rp2040", "--capacity", "1K"], "--capacity is for problems"],
    [["no-such.json"], "there is no such file"],
  ];
  for (const [args, words] of cases) {
    const { code, stdout, stderr } = await pinmap(["plan", ...args]);
    assertEquals([code, stdout], [2, ""], stderr);
    assertStringIncludes(stderr, words);
  }
  await Deno.remove(file);
});
