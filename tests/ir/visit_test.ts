import { assert, assertEquals } from "@std/assert";
import {
  allocationsOf,
  findFunction,
  MAIN,
  mapAllocations,
  moduleBuilder,
  sizeOf,
  statementsOf,
} from "../../src/ir/mod.ts";
import { smallModule } from "./modules.ts";

Deno.test("allocationsOf() lists buffers and constants, outermost first", () => {
  const main = findFunction(smallModule(), MAIN);
  assert(main !== undefined);
  assertEquals(
    allocationsOf(main).map((node) => `${node.buffer.name} ${sizeOf(node)}`),
    ["audio 8000", "op0_out 20", "scores 20", "op0_weights 4"],
  );
});

Deno.test("statementsOf() lists statements in order of execution", () => {
  const main = findFunction(smallModule(), MAIN);
  assert(main !== undefined);
  const kinds = statementsOf(main.body).map((stmt) => stmt.kind);
  assertEquals(kinds.slice(-4), ["allocate_const", "seq", "evaluate", "evaluate"]);
});

Deno.test("mapAllocations() changes scope and annotations and nothing else", () => {
  const module = smallModule();
  const pinned = mapAllocations(module, (node, func) => {
    assertEquals(func.name, MAIN);
    if (node.buffer.name === "audio") return undefined;
    return node.kind === "allocate"
      ? { scope: "global.dtcm", annotations: { ...node.annotations, pool_offset: 4 } }
      : { scope: "global.itcm" };
  });
  assertEquals(
    pinned.functions.flatMap(allocationsOf).map((node) => [node.scope, node.annotations]),
    [
      ["global", { alignment: 16, input_tensor: "audio:0" }],
      ["global.dtcm", { candidate_memory_pools: ["dtcm", "sram1"], pool_offset: 4 }],
      ["global.dtcm", { output_tensor: "scores", pool_offset: 4 }],
      ["global.itcm", {}],
    ],
  );
  assertEquals(mapAllocations(pinned, () => ({ scope: "x", annotations: {} })).name, "kws");
  assertEquals(mapAllocations(module, () => undefined), module);
  assertEquals(module, smallModule());
});

Deno.test("mapAllocations() and allocationsOf() work on ten thousand nested allocates", () => {
  const net = moduleBuilder();
  const main = net.main();
  for (let i = 0; i < 10_000; i++) main.allocate(`b${i}`, "int32", [i]);
  const pinned = mapAllocations(net.build(), () => ({ scope: "global.sram" }));
  const nodes = pinned.functions.flatMap(allocationsOf);
  assertEquals(nodes.length, 10_000);
  assert(nodes.every((node) => node.scope === "global.sram"));
});
