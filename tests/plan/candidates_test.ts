import { assertEquals, assertThrows } from "@std/assert";
import { InfeasibleError, InputError, PinmapError } from "../../src/base/error.ts";
import { allocationsOf, moduleBuilder } from "../../src/ir/mod.ts";
import type { IRModule } from "../../src/ir/types.ts";
import { annotateCandidates, parsePin, type Pool } from "../../src/plan/mod.ts";
import { pool } from "./support.ts";

const POOLS: readonly Pool[] = [
  pool("dtcm", 1024),
  pool("sram", 4096, { targets: ["c", "accel"] }),
  pool("flash", 8192, { kind: "constant", targets: ["c", "accel"] }),
  pool("itcm", 1024, { kind: "constant", targets: ["c"] }),
];

function candidates(module: IRModule, pins: readonly string[] = []): Record<string, unknown> {
  const annotated = annotateCandidates(module, POOLS, pins.map(parsePin));
  return Object.fromEntries(
    annotated.functions.flatMap(allocationsOf)
      .map((node) => [node.buffer.name, node.annotations["candidate_memory_pools"]]),
  );
}

function network(
  options: Parameters<ReturnType<ReturnType<typeof moduleBuilder>["main"]>["allocate"]>[3] = {},
) {
  const net = moduleBuilder();
  net.func("op", { params: ["p", "w", "q"], target: "accel" }).call("kernel", ["p", "w", "q"]);
  const main = net.main();
  main.allocate("shared", "int8", [16], options);
  main.allocate("own", "int8", [16]);
  main.allocateConst("weights", "int8", [16], new Uint8Array(16));
  main.allocateConst("table", "int8", [16], new Uint8Array(16));
  main.call("op", ["shared", "weights", "shared"]).call("copy", ["own", "table"]);
  return net.build();
}

Deno.test("annotateCandidates() offers the pools that all functions which touch a buffer reach", () => {
  assertEquals(candidates(network()), {
    shared: ["sram"],
    own: ["dtcm", "sram"],
    weights: ["flash"],
    table: ["flash", "itcm"],
  });
});

Deno.test("annotateCandidates() lets an annotation win over the pools, and a pin over both", () => {
  const module = network({ candidates: ["sram"] });
  assertEquals(candidates(module)["shared"], ["sram"]);
  assertEquals(candidates(module, ["own=sram,dtcm"])["own"], ["sram", "dtcm"]);
  assertEquals(candidates(module, ["*=sram,flash"]), {
    shared: ["sram"],
    own: ["sram"],
    weights: ["flash"],
    table: ["flash"],
  });
  const net = moduleBuilder();
  net.main().allocate("a", "int8", [4], { candidates: ["dtcm"] });
  assertEquals(candidates(net.build(), ["a=sram"]), { a: ["sram"] });
});

Deno.test("annotateCandidates() takes the pool of a storage scope, but not TVM's workspace tag", () => {
  const net = moduleBuilder();
  const main = net.main();
  main.allocate("a", "int8", [4], { scope: "global.sram" });
  main.allocate("b", "int8", [4], { scope: "global.workspace" });
  assertEquals(candidates(net.build()), { a: ["sram"], b: ["dtcm", "sram"] });
});

Deno.test("annotateCandidates() refuses a pool that a function which touches the buffer cannot reach", () => {
  const error = assertThrows(
    () => candidates(network({ candidates: ["sram", "dtcm"] })),
    InfeasibleError,
    'Cannot place buffer "shared" annotated with "dtcm": function "op" touches it and runs on target "accel"',
  );
  assertEquals(error.code, "E-PLAN-REACH");
  assertEquals(error.hints, ["Pools that all its functions reach: sram"]);
  assertEquals(error.data, { buffer: "shared", pool: "dtcm", function: "op", target: "accel" });
});

Deno.test("annotateCandidates() names what is wrong with a pool, and where it was said", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["own=dtmc", "E-PLAN-POOL-UNKNOWN", 'Cannot place buffer "own" pinned by "own" to "dtmc"'],
    ["own=flash", "E-PLAN-POOL-KIND", "the buffer is a variable and the pool is a constant pool"],
    [
      "weights=sram",
      "E-PLAN-POOL-KIND",
      "the buffer is a parameter and the pool is a workspace pool",
    ],
    ["weights=itcm", "E-PLAN-REACH", "is reached by c only"],
    ["nothing=dtcm", "E-PLAN-PIN-NOTHING", "none of the 4 buffers has such a name"],
  ];
  for (const [pin, code, message] of cases) {
    const error = assertThrows(() => candidates(network(), [pin]), PinmapError, message);
    assertEquals(error.code, code);
  }
  const unknown = assertThrows(() => candidates(network(), ["own=dtmc"]), InputError);
  assertEquals(unknown.hints[0], 'Did you mean "dtcm"?');
});

Deno.test("annotateCandidates() refuses annotations that are no list of names", () => {
  for (const value of ["dtcm", 3, [], [1], ["dtcm", "dtcm"], { dtcm: 1 }]) {
    const module = network({ annotations: { candidate_memory_pools: value } });
    const error = assertThrows(
      () => candidates(module),
      InputError,
      "a list of different pool names",
    );
    assertEquals(error.code, "E-PLAN-ANNOTATION");
  }
});

Deno.test("annotateCandidates() says who touches a buffer that no pool suits", () => {
  const net = moduleBuilder();
  net.func("op", { params: ["p"], target: "dsp" }).call("kernel", ["p"]);
  const main = net.main();
  main.allocate("a", "int8", [4]);
  main.call("op", ["a"]);
  const error = assertThrows(() => candidates(net.build()), InfeasibleError);
  assertEquals(
    error.message,
    'Cannot place buffer "a": it is touched by "__tvm_main__" on "c", "op" on "dsp", and no workspace pool is reached by all of them',
  );
  assertEquals(error.hints, [
    "Pools and who reaches them: dtcm (c), sram (c, accel)",
    'If the board has no "dsp", add it with --initiator "name=dsp;regions=REGION,..."',
  ]);
});
