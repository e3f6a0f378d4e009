/** Limits of the exact search on the command line, and Ctrl-C. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ROOT } from "../support/paths.ts";
import { pinmap } from "../support/pinmap.ts";

const DIGITS = `${ROOT}/examples/digits/digits.tflite`;

/** Too hard to be proved in a test's time: sizes and alignments that leave gaps. */
async function hardProblem(): Promise<string> {
  let state = 4;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return Math.floor(state / 0x8000_0000 * below);
  };
  const lines = Array.from({ length: 300 }, (_, i) => {
    const first = random(300);
    const size = 20 + random(30);
    return [i, first, first + 2 + random(6), size, i % 3 > 0 ? 16 : 1].join();
  });
  const file = await Deno.makeTempFile({ suffix: ".csv" });
  await Deno.writeTextFile(file, `id,lower,upper,size,alignment\n${lines.join("\n")}\n`);
  return file;
}

Deno.test("plan --node-limit keeps the best plan, the same each time, and says the gap", async () => {
  const file = await hardProblem();
  const flags = ["plan", file, "--capacity", "1M", "--algorithm", "exact", "--node-limit", "5000"];
  const first = await pinmap([...flags, "--format", "json"]);
  assertEquals([first.code, first.stderr], [0, ""]);
  const { status, stopped, gap_bytes, pools } = JSON.parse(first.stdout);
  assertEquals([status, stopped], ["feasible", "nodes"]);
  assertEquals(gap_bytes, pools[0].used_bytes - pools[0].lower_bound_bytes);
  assert(gap_bytes > 0);
  assertEquals((await pinmap([...flags, "--format", "json"])).stdout, first.stdout);
  const text = await pinmap(flags);
  assertStringIncludes(text.stdout, "above the best possible, stopped by --node-limit");
  await Deno.remove(file);
});

Deno.test("plan --time-limit ends in time", async () => {
  const file = await hardProblem();
  const flags = [
    "plan",
    file,
    "--capacity",
    "1M",
    "--algorithm",
    "exact",
    "--time-limit",
    "300ms",
  ];
  const { code, stdout } = await pinmap([...flags, "--format", "json"]);
  assertEquals(code, 0);
  assertEquals(JSON.parse(stdout).stopped, "time");
  await Deno.remove(file);
});

Deno.test("plan: Ctrl-C ends the search with the best plan so far", async () => {
  const file = await hardProblem();
  const flags = ["plan", file, "--capacity", "1M", "--algorithm", "exact", "--format", "json"];
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `${ROOT}/src/cli/main.ts`, ...flags, "--time-limit", "60s"],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Response(process.stdout).text();
  // The first progress line shows that the search is on its way.
  const lines = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await lines.read();
  process.kill("SIGINT");
  const { code } = await process.status;
  await lines.cancel();
  assertEquals(code, 130);
  assertStringIncludes(value ?? "", "memory: best ");
  assertStringIncludes(value ?? "", ", gap ");
  const { stopped, allocations } = JSON.parse(await stdout);
  assertEquals([stopped, allocations.length], ["interrupt", 300]);
  await Deno.remove(file);
});

Deno.test("plan says infeasible with its proof, by the bound or by an exhausted search", async () => {
  const folder = await Deno.makeTempDir();
  const plan = async (csv: string, capacity: string) => {
    const file = `${folder}/p.csv`;
    await Deno.writeTextFile(file, csv);
    const flags = ["plan", file, "--capacity", capacity, "--algorithm", "exact"];
    const { code, stdout } = await pinmap([...flags, "--format", "json"]);
    const { data } = JSON.parse(stdout);
    return [code, data.status, data.proof];
  };
  const header = "id,lower,upper,size,alignment";
  assertEquals(await plan(`${header}\na,0,2,16,1\nb,1,3,8,1\n`, "23"), [3, "infeasible", "bound"]);
  // Two buffers of 9 bytes at multiples of 16, and 8 bytes that may be anywhere: 26 B at once.
  const aligned = `${header}\na,0,3,9,16\nb,0,3,9,16\nc,0,3,8,1\n`;
  assertEquals(await plan(aligned, "32"), [3, "infeasible", "exhausted"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("plan takes pairs, and refuses limits where nothing searches", async () => {
  const file = await Deno.makeTempFile({ suffix: ".csv" });
  await Deno.writeTextFile(file, "id,lower,upper,size\na,0,1,16\nb,1,2,16\nc,0,2,16\n");
  const offsets = async (...flags: string[]) => {
    const json = await pinmap(["plan", file, "--capacity", "64", "--format", "json", ...flags]);
    assertEquals(json.code, 0, json.stderr);
    return JSON.parse(json.stdout).allocations.map((one: { offset: number }) => one.offset);
  };
  const [a, b] = await offsets();
  assertEquals(a, b);
  const [x, y] = await offsets("--keep-apart", "a,b");
  assert(x !== y);
  const [p, , q] = await offsets("--share", "a,c");
  assertEquals(p, q);
  const cases: readonly (readonly [string[], string])[] = [
    [[file, "--capacity", "64", "--time-limit", "1s"], "it does not search"],
    [[file, "--capacity", "64", "--node-limit", "1"], "it does not search"],
    [[file, "--capacity", "64", "-a", "exact", "--time-limit", "soon"], "needs a time such as"],
    [[file, "--capacity", "64", "-a", "exact", "--node-limit", "0"], "above zero"],
    [[file, "--capacity", "64", "--share", "a"], "needs two names"],
    [[file, "--capacity", "64", "--share", "a,d"], '"d" is no buffer'],
    [[file, "--capacity", "64", "--in-place"], "--in-place means nothing"],
  ];
  for (const [args, words] of cases) {
    const { code, stdout, stderr } = await pinmap(["plan", ...args]);
    assertEquals([code, stdout], [2, ""], stderr);
    assertStringIncludes(stderr, words);
  }
  await Deno.remove(file);
});

Deno.test("plan of a model takes limits and --in-place", async () => {
  const flags = ["plan", DIGITS, "--board", "stm32f746g-disco", "--algorithm", "exact"];
  const limited = await pinmap([...flags, "--node-limit", "1000"]);
  assertEquals([limited.code, limited.stderr], [0, ""]);
  assertStringIncludes(limited.stdout, "optimal: no plan uses fewer bytes");
  const json = await pinmap([...flags, "--in-place", "--format", "json"]);
  assertEquals(json.code, 0, json.stderr);
  assertEquals(JSON.parse(json.stdout).status, "optimal");
});
