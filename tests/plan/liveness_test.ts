import { assertEquals, assertThrows } from "@std/assert";
import { InputError, UsageError } from "../../src/base/error.ts";
import { moduleBuilder } from "../../src/ir/mod.ts";
import type { IRModule } from "../../src/ir/types.ts";
import { analyseLiveness } from "../../src/plan/mod.ts";

/** Lifetimes as `name: first-last`, in the module's order. */
function lifetimes(module: IRModule): string[] {
  return analyseLiveness(module).buffers.map(({ name, intervals }) =>
    `${name}: ${intervals.map(({ first, last }) => `${first}-${last}`).join(" ")}`
  );
}

Deno.test("analyseLiveness() spans from the first to the last statement that mentions a buffer", () => {
  const net = moduleBuilder();
  const main = net.main();
  for (const name of ["a", "b", "c"]) main.allocate(name, "int8", [4]);
  main.call("k0", ["a"]).call("k1", ["a", "b"]).call("k2", ["b", "c"]).call("k3", ["b"]);
  assertEquals(lifetimes(net.build()), ["a: 0-1", "b: 1-3", "c: 2-2"]);
});

Deno.test("analyseLiveness() keeps inputs from the start, outputs to the end, constants always", () => {
  const net = moduleBuilder();
  const main = net.main();
  main.allocate("in0", "int8", [4], { input: "in0" });
  main.allocate("late", "int8", [4], { input: "late" });
  main.allocate("unread", "int8", [4], { input: "unread" });
  main.allocate("early", "int8", [4], { output: "early" });
  main.allocate("unwritten", "int8", [4], { output: "unwritten" });
  main.allocate("both", "int8", [4], { input: "both", output: "both" });
  main.allocateConst("weights", "int8", [4], new Uint8Array(4));
  main.call("k", ["in0", "early", "weights"]).call("k", ["late"]).call("k", []).call("k", ["both"]);
  main.call("k", []);
  const { buffers } = analyseLiveness(net.build());
  assertEquals(lifetimes(net.build()), [
    "in0: 0-0",
    "late: 0-1",
    "unread: 0-0",
    "early: 0-4",
    "unwritten: 4-4",
    "both: 0-4",
    "weights: 0-4",
  ]);
  assertEquals(buffers.map((buffer) => buffer.role), [
    "input",
    "input",
    "input",
    "output",
    "output",
    "input",
    undefined,
  ]);
  assertEquals(buffers.map((buffer) => buffer.used), [true, true, false, true, false, true, true]);
});

Deno.test("analyseLiveness() follows calls into the module's functions under other names", () => {
  const net = moduleBuilder();
  const op = net.func("op", { params: ["input", "output"] });
  op.allocate("scratch", "int8", [4]);
  op.call("load", ["input"]).call("work", ["scratch"]).call("store", ["scratch", "output"]);
  const main = net.main();
  for (const name of ["a", "b", "c"]) main.allocate(name, "int8", [4]);
  main.call("op", ["a", "b"]).call("op", ["b", "c"]);
  // Statements 0-2 are the first run of op, 3-5 the second.
  assertEquals(lifetimes(net.build()), ["scratch: 1-2 4-5", "a: 0-0", "b: 2-3", "c: 5-5"]);
  const { buffers, statements } = analyseLiveness(net.build());
  assertEquals(statements, ["op", "op", "op", "op", "op", "op"]);
  assertEquals(buffers[1]?.users, ["__tvm_main__", "op"]);
});

Deno.test("analyseLiveness() runs a call among the arguments before the statement", () => {
  const net = moduleBuilder();
  const op = net.func("op", { params: ["p"] });
  op.call("k", ["p"]).call("k", ["p"]);
  const main = net.main();
  const a = main.allocate("a", "int8", [4]);
  const b = main.allocate("b", "int8", [4]);
  main.call("outer", [
    { kind: "call_extern", dtype: "int32", callee: "before", args: [a] },
    { kind: "call_extern", dtype: "int32", callee: "op", args: [b] },
    a,
  ]);
  assertEquals(lifetimes(net.build()), ["a: 0-3", "b: 1-2"]);
});

Deno.test("analyseLiveness() keeps an unused buffer where it is defined", () => {
  const net = moduleBuilder();
  const main = net.main();
  main.allocate("a", "int8", [4]);
  main.call("k", ["a"]);
  main.allocate("unused", "int8", [4]);
  main.call("k", ["a"]).call("k", []);
  main.allocate("last", "int8", [4]);
  assertEquals(lifetimes(net.build()), ["a: 0-1", "unused: 1-1", "last: 2-2"]);
});

Deno.test("analyseLiveness() gives a module without statements one moment", () => {
  const net = moduleBuilder();
  const main = net.main();
  main.allocate("a", "int8", [4]);
  main.allocate("b", "int8", [4], { output: "b" });
  assertEquals(lifetimes(net.build()), ["a: 0-0", "b: 0-0"]);
});

Deno.test("analyseLiveness() numbers functions that main never reaches after it", () => {
  const net = moduleBuilder();
  net.func("inner", { params: ["p"] }).call("k", ["p"]);
  const dead = net.func("dead");
  dead.allocate("a", "int8", [4]);
  dead.call("inner", ["a"]);
  const main = net.main();
  main.allocate("a", "int8", [4], { output: "y" });
  main.call("k", ["a"]);
  assertEquals(lifetimes(net.build()), ["a: 1-1", "a_2: 0-0"]);
});

Deno.test("analyseLiveness() refuses recursion and says the circle", () => {
  const net = moduleBuilder();
  net.func("f").call("g");
  net.func("g").call("h");
  net.func("h").call("g");
  net.main().call("f");
  const error = assertThrows(() => analyseLiveness(net.build()), InputError);
  assertEquals(error.code, "E-PLAN-RECURSION");
  assertEquals(
    error.message,
    "Cannot find the lifetimes: g calls h calls g, calls without a circle are needed",
  );
});

Deno.test("analyseLiveness() refuses recursion among functions that main never reaches", () => {
  const net = moduleBuilder();
  net.func("f").call("f");
  net.main().call("k");
  assertEquals(
    assertThrows(() => analyseLiveness(net.build()), InputError).code,
    "E-PLAN-RECURSION",
  );
});

Deno.test("analyseLiveness() refuses a module without main and a call with too few arguments", () => {
  const mainless = moduleBuilder();
  mainless.func("tvm_main").call("k");
  const error = assertThrows(() => analyseLiveness(mainless.build()), InputError);
  assertEquals([error.code, error.hints], ["E-PLAN-MAIN", ['Rename "tvm_main" to "__tvm_main__"']]);
  const short = moduleBuilder();
  short.func("op", { params: ["p", "q"] });
  short.main().allocate("a", "int8", [1]);
  const main = short.build();
  const calling = moduleBuilder();
  calling.func("op", { params: ["p", "q"] });
  const body = calling.main();
  body.allocate("a", "int8", [1]);
  body.call("op", ["a"]);
  assertEquals(analyseLiveness(main).buffers.length, 1);
  assertThrows(
    () => analyseLiveness(calling.build()),
    InputError,
    'Cannot follow the call of "op" in "__tvm_main__": it has 1 arguments, 2 are needed',
  );
});

Deno.test("analyseLiveness() stops where calls multiply without end", () => {
  const net = moduleBuilder();
  net.func("f0").call("k");
  for (let i = 1; i < 60; i++) net.func(`f${i}`).call(`f${i - 1}`).call(`f${i - 1}`);
  net.main().call("f59");
  const error = assertThrows(() => analyseLiveness(net.build()), InputError);
  assertEquals(error.code, "E-PLAN-STATEMENTS");
});

Deno.test("analyseLiveness() stops where calls nest without end", () => {
  const net = moduleBuilder();
  net.func("f0").call("k");
  for (let i = 1; i < 3000; i++) net.func(`f${i}`).call(`f${i - 1}`);
  net.main().call("f2999");
  const error = assertThrows(() => analyseLiveness(net.build()), InputError, "1000 nested calls");
  assertEquals(error.code, "E-PLAN-STATEMENTS");
});

Deno.test("analyseLiveness() takes thousands of nested allocates", () => {
  const net = moduleBuilder();
  const main = net.main();
  for (let i = 0; i < 5000; i++) main.allocate(`b${i}`, "int8", [4]);
  for (let i = 0; i < 5000; i++) main.call("k", [`b${i}`]);
  const { buffers } = analyseLiveness(net.build());
  assertEquals(buffers.at(-1)?.intervals, [{ first: 4999, last: 4999 }]);
});

Deno.test("analyseLiveness() refuses a malformed module", () => {
  assertThrows(
    () => analyseLiveness({ name: "not a name", functions: [], attrs: {} }),
    UsageError,
  );
});
