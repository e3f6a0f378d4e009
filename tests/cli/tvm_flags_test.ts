import { assertEquals, assertStringIncludes } from "@std/assert";
import { pinmap } from "../support/pinmap.ts";
import { ROOT } from "../support/paths.ts";

const PLAN = ["plan", `${ROOT}/examples/digits/digits.tflite`, "--board", "stm32f746g-disco"];

Deno.test("tvmc's pool flags plan as the RFC's do", async () => {
  const rfc = await pinmap([
    ...PLAN,
    ...["--with-workspace-buffer", "name=dtcm;target=c;size=8192"],
    ...["--with-workspace-buffer", "name=sram1;target=c"],
    ...["--with-parameter-buffer", "name=flash;target=c", "--format", "json"],
  ]);
  const tvmc = await pinmap([
    ...PLAN,
    ...["--workspace-pools=dtcm,sram1", "--workspace-pools-targets=sram1:c"],
    ...["--workspace-pools-targets=dtcm:c", "--workspace-pools-size-hint-bytes=dtcm:8192"],
    ...["--constant-pools=flash", "--constant-pools-targets=flash:c", "--format", "json"],
  ]);
  assertEquals([rfc.code, tvmc.code], [0, 0], tvmc.stderr);
  assertEquals(tvmc.stdout, rfc.stdout);
});

Deno.test("pool flags of both kinds at once are refused", async () => {
  const { code, stderr } = await pinmap([
    ...PLAN,
    ...["--workspace-pools=dtcm", "--workspace-pools-targets=dtcm:c"],
    ...["--with-workspace-buffer", "name=sram1"],
  ]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "one of them is needed");
});

Deno.test("--tvm-compatible gives TVM's layout, or says where it overlaps", async () => {
  for (const algorithm of ["greedy_by_size", "greedy_by_conflicts", "hill_climb"]) {
    const args = [...PLAN, "--tvm-compatible", "--algorithm", algorithm, "--format", "json"];
    const { code, stdout, stderr } = await pinmap(args);
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout).algorithm, algorithm);
  }
  const { code, stderr } = await pinmap([...PLAN, "--tvm-compatible", "--algorithm", "exakt"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "no algorithm of TVM");
});

Deno.test("--target and --serial-loops let plan take a module as TVM's tests write it", async () => {
  const file = await Deno.makeTempFile({ suffix: ".py" });
  try {
    await Deno.writeTextFile(
      file,
      [
        "@T.prim_func",
        "def run_model(input: T.handle):",
        '    T.func_attr({"global_symbol": "tvmgen_run_model", "runner_function": True})',
        "    for i in T.parallel(4):",
        '        sid_1 = T.allocate([64], "int8", "global.workspace")',
        '        T.evaluate(T.call_extern("work", input, sid_1, dtype="int32"))',
        "",
      ].join("\n"),
    );
    const args = ["plan", file, "--board", "stm32f746g-disco", "--format", "json"];
    assertStringIncludes((await pinmap(args)).stdout, "has no target");
    const parallel = await pinmap([...args, "--target", "c"]);
    assertEquals(JSON.parse(parallel.stdout).code, "E-PLAN-PARALLEL");
    const { code, stdout } = await pinmap([...args, "--target", "c", "--serial-loops"]);
    assertEquals([code, JSON.parse(stdout).allocations[0].name], [0, "sid_1"]);
  } finally {
    await Deno.remove(file);
  }
});
