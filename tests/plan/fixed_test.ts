import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { PinmapError } from "../../src/base/error.ts";
import { parseModule, printModule } from "../../src/ir/mod.ts";
import { parsePin, plan, type PlanOptions } from "../../src/plan/mod.ts";
import { board, flash, region } from "./support.ts";

const BOARD = board(
  region("dtcm", 1024),
  region("sram", 4096, { origin: 0x2001_0000 }),
  flash(8192),
);

/** Three buffers that are live together; each line gives scope and annotations. */
function text(...rest: readonly [string, string, string]): string {
  const [a, b, c] = rest;
  return `
@T.prim_func
def __tvm_main__():
    a = T.allocate([100], "int8", ${a})
    b = T.allocate([64], "int8", ${b})
    c = T.allocate([32], "int8", ${c})
    T.evaluate(T.call_extern("int32", "use", a, b, c))
`;
}

function at(scope: string, offset: number | string): string {
  return `"global.${scope}", annotations={"pool_offset": ${offset}}`;
}

function planned(script: string, options: PlanOptions = {}): string[] {
  const module = parseModule(script, "pinned.py", { target: "c" });
  return plan(module, BOARD, options).allocations
    .map(({ buffer, pool, offset }) => `${buffer.name} ${pool}+${offset}`);
}

function errorOf(script: string, options: PlanOptions = {}): PinmapError {
  const error = assertThrows(() => planned(script, options), PinmapError);
  assertEquals(error.code, "E-PLAN-PINNED");
  return error;
}

Deno.test("plan() honours offsets written by hand and places the others around them", () => {
  const script = text(at("sram", 64), '"global.sram"', '"global"');
  // b fills the 64 bytes below a; c has all pools and takes the first.
  assertEquals(planned(script), ["a sram+64", "b sram+0", "c dtcm+0"]);
  const all = text(at("dtcm", 512), at("sram", 128), at("dtcm", 0));
  assertEquals(planned(all), ["a dtcm+512", "b sram+128", "c dtcm+0"]);
  // With every place given there is nothing for a planner to do, whichever it is.
  assertEquals(planned(all, { algorithm: "hill_climb" }), planned(all));
});

Deno.test("plan() of a pinned module prints the module that it was given", () => {
  const module = parseModule(text('"global"', at("sram", 64), '"global"'), "hand.py", {
    target: "c",
  });
  const first = printModule(plan(module, BOARD).module);
  for (const algorithm of ["greedy_by_size", "greedy_by_conflicts", "hill_climb"]) {
    const again = plan(parseModule(first, "pinned.py"), BOARD, { algorithm });
    assertEquals(printModule(again.module), first);
  }
});

Deno.test("plan() refuses given offsets that overlap, are not aligned or end outside", () => {
  const overlap = errorOf(text(at("sram", 0), at("sram", 96), '"global"'));
  assertStringIncludes(overlap.message, '"a"');
  assertStringIncludes(overlap.message, '"b"');
  assertEquals(overlap.hints.slice(0, 2), [
    'Let "a" go elsewhere than to offset 0 of "sram" [--pin "a=sram"]',
    'Place "a" at offset 160 of "sram"',
  ]);
  assertStringIncludes(errorOf(text(at("sram", 8), '"global"', '"global"')).message, "alignment");
  const outside = errorOf(text(at("dtcm", 1008), '"global"', '"global"'));
  assertStringIncludes(outside.message, "ends at 1108");
});

Deno.test("plan() refuses offsets that are none, or without a pool that is a candidate", () => {
  assertStringIncludes(errorOf(text(at("sram", '"0"'), '"global"', '"global"')).message, '"0"');
  const nowhere = text('"global", annotations={"pool_offset": 0}', '"global"', '"global"');
  assertStringIncludes(errorOf(nowhere).message, 'scope is "global"');
  const other = '"global.sram", annotations={"pool_offset": 0, "candidate_memory_pools": ["dtcm"]}';
  assertStringIncludes(errorOf(text(other, '"global"', '"global"')).message, "candidates dtcm");
});

Deno.test("plan() lets a --pin take an offset away", () => {
  const script = text(at("sram", 64), at("sram", 0), '"global.sram"');
  assertEquals(planned(script, { pins: [parsePin("a=dtcm")] })[0], "a dtcm+0");
});

Deno.test("plan() says which planners cannot plan around given offsets", () => {
  const script = text(at("sram", 64), '"global"', '"global"');
  const error = errorOf(script, { algorithm: "hill_climb" });
  assertStringIncludes(error.message, "1 of 3 buffers");
  assertStringIncludes(error.hints[0] ?? "", "greedy_by_size");
});
