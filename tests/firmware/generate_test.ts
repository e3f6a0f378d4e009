import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError, PinmapError, UsageError } from "../../src/base/error.ts";
import { loadBoard } from "../../src/board/mod.ts";
import { generateFirmware } from "../../src/firmware/mod.ts";
import { type IRModule, moduleBuilder } from "../../src/ir/mod.ts";
import { sampleFolder, sampleModule, samplePlan } from "./sample.ts";

const board = await loadBoard("stm32f746g-disco");
const { folder } = await sampleFolder(board.name, { codeRegion: "itcm", heap: 512 });
const text = (name: string) => folder.files.get(name) ?? "";

/** The code of the error that generating throws. */
function refused(module: IRModule): string {
  const error = assertThrows(
    () => generateFirmware(samplePlan(board, {}, module), board),
    PinmapError,
  );
  return (error as PinmapError).code;
}

Deno.test("generateFirmware() gives a folder with only the kernels that the network calls", () => {
  assertEquals([...folder.files.keys()].toSorted(), [
    "Makefile",
    "README.md",
    "copy.c",
    "dot_product.h",
    "fixed_point.h",
    "fully_connected.c",
    "main.c",
    "manifest.json",
    "pinmap_kernels.h",
    "pinmap_runtime.h",
    "pools.c",
    "runtime.c",
    "semihosting.c",
    "startup.c",
    "stm32f746g-disco.ld",
    "tvmgen_default.c",
    "tvmgen_default.h",
    "window.h",
  ]);
});

Deno.test("generateFirmware() gives the same texts for the same input", async () => {
  const again = await sampleFolder(board.name, { codeRegion: "itcm", heap: 512 });
  assertEquals([...again.folder.files], [...folder.files]);
});

Deno.test("generateFirmware() names no path and no time", () => {
  for (const [name, content] of folder.files) {
    assert(!/\/home\/|\/tmp\/|__FILE__|__DATE__|__TIME__/.test(content), name);
  }
});

Deno.test("the header has TVM's names", () => {
  const header = text("tvmgen_default.h");
  assertStringIncludes(header, "#ifndef TVMGEN_DEFAULT_H_");
  assertStringIncludes(header, "#define TVMGEN_DEFAULT_SERVING_INPUT_SIZE 8");
  assertStringIncludes(header, "#define TVMGEN_DEFAULT_IDENTITY_SIZE 1");
  assertMatch(header, /#define TVMGEN_DEFAULT_DTCM_WORKSPACE_POOL_SIZE \d+\n/);
  assertMatch(header, /#define TVMGEN_DEFAULT_FLASH_CONSTANT_POOL_SIZE \d+\n/);
  assertStringIncludes(header, "struct tvmgen_default_inputs {\n  void *serving_input;\n};");
  assertStringIncludes(header, "struct tvmgen_default_outputs {\n  void *Identity;\n};");
  assertStringIncludes(
    header,
    "int32_t tvmgen_default_run(const struct tvmgen_default_workspace_pools *workspace_pools);",
  );
});

Deno.test("the module's functions become C functions over pool plus offset", () => {
  const code = text("tvmgen_default.c");
  assertMatch(
    code,
    /void \*const op0_out = \(uint8_t \*\)workspace_pools->dtcm \+ \d+; \/\* 8 B \*\//,
  );
  assertStringIncludes(
    code,
    "if (tvmgen_default_reshape_0(serving_input, op0_out) != 0) {\n    return -1;",
  );
  assertStringIncludes(code, "PINMAP_CODE(tvmgen_default_reshape_0)");
  assertStringIncludes(code, "pinmap_copy_s8(input, output, 8)");
});

Deno.test("the manifest lists every buffer where the plan has it", () => {
  const plan = samplePlan(board, { heap: 512 });
  const placed = folder.manifest.placements
    .filter(({ kind }) => kind === "buffer" || kind === "constant")
    .map(({ symbol, pool, offset, size }) => [symbol, pool, offset, size]);
  assertEquals(
    placed.toSorted(),
    plan.allocations.map(({ buffer, pool, offset }) => [
      `tvmgen_default_${buffer.name}`,
      pool,
      offset,
      buffer.size,
    ]).toSorted(),
  );
  assertEquals(JSON.parse(text("manifest.json")), JSON.parse(JSON.stringify(folder.manifest)));
});

Deno.test("the manifest tells hosts where inputs, outputs and the harness are", () => {
  const { inputs, outputs, harness, stack } = folder.manifest;
  assertEquals(inputs.map(({ name, symbol, bytes, shape }) => [name, symbol, bytes, shape]), [
    ["serving:input", "tvmgen_default_serving_input", 8, [1, 8]],
  ]);
  assertEquals(outputs.map(({ name, bytes }) => [name, bytes]), [["Identity", 1]]);
  assertEquals(stack.region, "dtcm");
  for (const symbol of Object.values(harness ?? {})) assertStringIncludes(text("main.c"), symbol);
});

Deno.test("the linker script takes its memories from the board, without what is reserved", async () => {
  assertStringIncludes(
    text("stm32f746g-disco.ld"),
    "  dtcm (rwx) : ORIGIN = 0x20000000, LENGTH = 0x00010000\n",
  );
  const rp2040 = await sampleFolder("rp2040");
  assertStringIncludes(
    rp2040.folder.files.get("rp2040.ld") ?? "",
    "  flash (rx) : ORIGIN = 0x10000100, LENGTH = 0x001fff00\n",
  );
  assertStringIncludes(rp2040.folder.files.get("README.md") ?? "", "boot2");
});

Deno.test("generateFirmware() refuses a plan for another board", async () => {
  const other = await loadBoard("rp2040");
  assertThrows(() => generateFirmware(samplePlan(board), other), UsageError, "the plan is for");
});

Deno.test("generateFirmware() refuses a code region that does not exist or cannot execute", async () => {
  assertThrows(
    () => generateFirmware(samplePlan(board), board, { codeRegion: "itcn" }),
    UsageError,
    'Cannot put code into "itcn"',
  );
  const f407 = await loadBoard("stm32f407g-disco");
  assertThrows(
    () => generateFirmware(samplePlan(f407), f407, { codeRegion: "ccm" }),
    UsageError,
    "Cannot put code into ccm: it is not executable",
  );
});

Deno.test("generateFirmware() refuses a plan without a stack", () => {
  assertThrows(
    () => generateFirmware({ ...samplePlan(board), residents: [] }, board),
    InputError,
    "the plan has no stack",
  );
});

Deno.test("generateFirmware() refuses calls of what it does not know", () => {
  const net = moduleBuilder("net");
  const main = net.main();
  main.allocate("x", "int8", [4]);
  main.call("pinmap_dream_s8", ["x"]);
  assertEquals(refused(net.build()), "E-FIRMWARE-CALL");
});

Deno.test("generateFirmware() refuses a kernel with too few arguments", () => {
  const net = moduleBuilder("net");
  const main = net.main();
  main.allocate("x", "int8", [4]);
  main.call("pinmap_copy_s8", ["x", "x"]);
  assertEquals(refused(net.build()), "E-FIRMWARE-CALL");
});

Deno.test("generateFirmware() refuses tensors whose names are one identifier", () => {
  const net = moduleBuilder("net");
  const main = net.main();
  main.allocate("a", "int8", [4], { input: "in+1" });
  main.allocate("b", "int8", [4], { input: "in 1" });
  main.call("pinmap_copy_s8", ["a", "b", 4]);
  assertEquals(refused(net.build()), "E-FIRMWARE-NAME");
});

Deno.test("generateFirmware() refuses a buffer whose symbol is the network's entry", () => {
  const net = moduleBuilder("net");
  const main = net.main();
  main.allocate("run", "int8", [4]);
  main.call("pinmap_copy_s8", ["run", "run", 4]);
  assertEquals(refused(net.build()), "E-FIRMWARE-NAME");
});

Deno.test("generateFirmware() refuses a function with the name of one of its own", () => {
  const net = moduleBuilder("net");
  net.func("memcpy", { params: ["a", "b"] }).call("pinmap_copy_s8", ["a", "b", 4]);
  const main = net.main();
  main.allocate("x", "int8", [4]);
  main.call("memcpy", ["x", "x"]);
  assertEquals(refused(net.build()), "E-FIRMWARE-NAME");
});

Deno.test("generateFirmware() refuses a function that calls itself", () => {
  const net = moduleBuilder("net");
  net.func("f", { params: ["a"] }).call("pinmap_copy_s8", ["a", "a", 4]);
  const main = net.main();
  main.allocate("x", "int8", [4]);
  main.call("f", ["x"]);
  const planned = samplePlan(board, {}, net.build());
  const functions = planned.module.functions.map((func) => {
    const args = func.params;
    const call = { kind: "call_extern", dtype: "int32", callee: "f", args } as const;
    return func.name === "f" ? { ...func, body: { kind: "evaluate", value: call } as const } : func;
  });
  const error = assertThrows(
    () => generateFirmware({ ...planned, module: { ...planned.module, functions } }, board),
    InputError,
    "f calls f",
  ) as InputError;
  assertEquals(error.code, "E-PLAN-RECURSION");
});

Deno.test("a function with buffers of its own gets the pools as last parameter", async () => {
  const net = moduleBuilder("net");
  const twice = net.func("twice", { params: ["a", "b"] });
  twice.allocate("middle", "int8", [4]);
  twice.call("pinmap_copy_s8", ["a", "middle", 4]);
  twice.call("pinmap_copy_s8", ["middle", "b", 4]);
  const main = net.main();
  main.allocate("x", "int8", [4], { input: "x" });
  main.allocate("y", "int8", [4], { output: "y" });
  main.call("twice", ["x", "y"]);
  const sample = await sampleFolder(board.name, {}, net.build());
  const code = sample.folder.files.get("tvmgen_net.c") ?? "";
  assertStringIncludes(
    code,
    "int32_t twice(void *a, void *b, const struct tvmgen_net_workspace_pools *workspace_pools);",
  );
  assertStringIncludes(code, "if (twice(x, y, workspace_pools) != 0) {");
});

Deno.test("generateFirmware() refuses a module that was not planned", () => {
  const plan = samplePlan(board);
  assertThrows(
    () => generateFirmware({ ...plan, module: sampleModule() }, board),
    InputError,
    'it has scope "global", a pool and a pool_offset are needed',
  );
});
