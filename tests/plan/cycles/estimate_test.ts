/** The static estimate over loops, branches, views, calls and other initiators. */
import { assertEquals } from "@std/assert";
import { parseModule } from "../../../src/ir/mod.ts";
import { analyseLiveness } from "../../../src/plan/mod.ts";
import { estimateAccesses } from "../../../src/plan/cycles/estimate.ts";

/** Accesses of a module as `name: reads/bytes writes/bytes`, and notes. */
function estimate(main: string, others = "", core = "cortex-m4") {
  const lines = main.trim().split("\n").map((line) => `    ${line}`);
  const text = ["@T.prim_func", "def __tvm_main__():", ...lines, others].join("\n");
  const module = parseModule(text, "main.py", { target: "c" });
  const { accesses, notes } = estimateAccesses(module, analyseLiveness(module).buffers, core);
  return {
    counts: [...accesses].map(([name, one]) =>
      `${name}: ${one.reads}/${one.readBytes} ${one.writes}/${one.writeBytes}`
    ),
    notes,
  };
}

Deno.test("the estimate multiplies loops, and takes views and element types for what they are", () => {
  const { counts, notes } = estimate(`
a = T.allocate([64], "int8", "global")
b = T.decl_buffer([16], "int32")
a_1 = T.Buffer((16,), "int32", data=a)
for i in range(4):
    for j in range(3):
        b[i] = b[i] + a_1[j]
b[0] = 1`);
  assertEquals(counts, ["a: 12/48 0/0", "b: 12/48 13/52"]);
  assertEquals(notes, []);
});

Deno.test("the estimate follows calls into functions of the module, as often as they are made", () => {
  const { counts } = estimate(
    `
a = T.decl_buffer([8], "int8")
b = T.decl_buffer([8], "int8")
for i in range(5):
    T.evaluate(T.call_extern("int32", "op", a.data, b.data))`,
    `
@T.prim_func
def op(p: T.handle, q: T.handle):
    x = T.Buffer((8,), "int8", data=p)
    y = T.Buffer((8,), "int8", data=q)
    for i in range(8):
        y[i] = x[i]`,
  );
  assertEquals(counts, ["a: 40/40 0/0", "b: 0/0 40/40"]);
});

Deno.test("the estimate says what it guesses: arms, rounds, functions of others", () => {
  const { counts, notes } = estimate(`
a = T.decl_buffer([8], "int8")
b = T.decl_buffer([6], "int8")
if a[0] == T.int8(0):
    a[1] = T.int8(1)
else:
    a[2] = T.int8(1)
T.evaluate(T.call_extern("int32", "somebody", b.data))`);
  assertEquals(counts, ["a: 1/1 2/2", "b: 6/6 6/6"]);
  assertEquals(notes, [
    "both arms of an if in __tvm_main__ are counted",
    "somebody is taken to read and write each of its buffers once, by bytes",
  ]);
});

Deno.test("the estimate leaves other initiators' accesses out, and says so", () => {
  const { counts, notes } = estimate(
    `
a = T.decl_buffer([8], "int8")
a[0] = T.int8(1)
T.evaluate(T.call_extern("int32", "op", a.data))`,
    `
@T.prim_func
def op(p: T.handle):
    T.func_attr({"target": T.target("accel")})
    x = T.Buffer((8,), "int8", data=p)
    x[0] = T.int8(2)`,
  );
  assertEquals(counts, ["a: 0/0 1/1"]);
  assertEquals(notes, ["op runs on accel: the core does not wait for its accesses"]);
});

Deno.test("on ARMv6-M two rows of weights share a load of the input, elsewhere four", () => {
  const call = (core: string) =>
    estimate(
      `
x = T.decl_buffer([10], "int8")
w = T.decl_buffer([80], "int8")
b = T.decl_buffer([8], "int32")
y = T.decl_buffer([8], "int8")
T.evaluate(T.call_extern("int32", "pinmap_fully_connected_s8", x.data, w.data, b.data, b.data, b.data, y.data, 1, 10, 8, 1, 0, 0, 0, -128, 127))`,
      "",
      core,
    ).counts[0];
  assertEquals(call("cortex-m0"), "x: 40/40 0/0");
  assertEquals(call("cortex-m33"), "x: 20/20 0/0");
});
