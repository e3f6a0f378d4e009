/** `--objective cycles` on the command line, from the estimate and from a profile that a run wrote. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { need } from "../support/need.ts";
import { ROOT } from "../support/paths.ts";
import { pinmap } from "../support/pinmap.ts";

const DIGITS = `${ROOT}/examples/digits/digits.tflite`;
const PLAN = [
  ...["plan", DIGITS, "--board", "stm32f407g-disco", "--objective", "cycles"],
  ...["--with-workspace-buffer", "name=ccm;target=c;size=2K"],
  ...["--with-workspace-buffer", "name=sram1;target=c;size=16K;read_latency_cycles=1"],
];

Deno.test("plan --objective cycles says what each pool costs and what the next best would", async () => {
  const { code, stdout } = await pinmap(PLAN);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "Next best");
  assertStringIncludes(stdout, "Memory cycles of one inference for data, accesses estimated: ");
  assertStringIncludes(stdout, "largest first into the fastest pool: ");
  const document = JSON.parse((await pinmap([...PLAN, "--format", "json"])).stdout);
  assertEquals([document.objective, document.cycles.source], ["cycles", "estimate"]);
  assert(document.cycles.total <= document.cycles.largest_first);
  const byHighs = await pinmap([...PLAN, "--solver", "highs", "--format", "json"]);
  const { cycles } = JSON.parse(byHighs.stdout);
  assertEquals([cycles.total, cycles.status], [document.cycles.total, "optimal"]);
});

Deno.test("flags of cycles are refused where they do nothing", async () => {
  const flags = ["plan", DIGITS, "-b", "stm32f407g-disco"];
  const { code, stderr } = await pinmap([...flags, "--profile", "x.json"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "--objective cycles is needed");
  const missing = await pinmap([...flags, "--objective", "cycles", "--profile", "not-there.json"]);
  assertStringIncludes(missing.stderr, "there is no such file");
  const csv = await Deno.makeTempFile({ suffix: ".csv" });
  await Deno.writeTextFile(csv, "id,lower,upper,size\na,0,1,16\n");
  const problem = await pinmap(["plan", csv, "--capacity", "1K", "--objective", "cycles"]);
  await Deno.remove(csv);
  assertEquals(problem.code, 2);
});

need(
  { tools: ["arm-none-eabi-gcc"] },
  "run --profile-out writes what plan --profile reads",
  async () => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/run.json`;
    const run = await pinmap([
      ...["run", DIGITS, "--board", "stm32f407g-disco", "--out", folder],
      ...["--profile-out", file, "--format", "json"],
    ]);
    assertEquals(run.code, 0);
    assertStringIncludes(run.stderr, `Wrote ${file}`);
    const counted = await pinmap([...PLAN, "--profile", file, "--format", "json"]);
    assertEquals(counted.code, 0);
    const estimated = JSON.parse((await pinmap([...PLAN, "--format", "json"])).stdout);
    const { cycles } = JSON.parse(counted.stdout);
    assertEquals(cycles.source, "profile");
    // What differs are multipliers that a compiler loads more than once.
    const ratio = cycles.total / estimated.cycles.total;
    assert(ratio >= 0.99 && ratio <= 1.03, `${cycles.total} and ${estimated.cycles.total}`);
    await Deno.remove(folder, { recursive: true });
  },
);
