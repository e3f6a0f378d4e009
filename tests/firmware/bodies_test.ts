import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../src/base/error.ts";
import { loadBoard } from "../../src/board/mod.ts";
import { generateFirmware } from "../../src/firmware/mod.ts";
import { allocationsOf, parseModule, printModule } from "../../src/ir/mod.ts";
import { plan } from "../../src/plan/mod.ts";

const TEXT = `
@T.prim_func
def __tvm_main__():
    T.func_attr({"target": T.target("c")})
    x = T.allocate([8], "int8", "global", annotations={"input_tensor": "x"})
    y = T.allocate([8], "int8", "global", annotations={"output_tensor": "y"})
    T.call_extern("int32", "work", x, y)

@T.prim_func
def work(a: T.Buffer((8,), "int8"), b: T.Buffer((8,), "int8")):
    T.func_attr({"target": T.target("c")})
    for i in range(8):
        t = T.decl_buffer([1], "int8")
        if i > 2:
            t[0] = a[i]
            b[i] = t[0]
`;

Deno.test("plan() pins buffers inside loops, and the pinned module plans to the same result", async () => {
  const board = await loadBoard("stm32f746g-disco");
  const first = plan(parseModule(TEXT, "net.py"), board);
  const text = printModule(first.module);
  const again = plan(parseModule(text, "pinned.py"), board);
  assertEquals(again.allocations, first.allocations);
  assertEquals(printModule(again.module), text);
  const pinned = again.module.functions.flatMap(allocationsOf);
  assertEquals(pinned.map((node) => node.scope.startsWith("global.")), [true, true, true]);
});

Deno.test("generateFirmware() refuses bodies that are not calls, by name", async () => {
  const board = await loadBoard("stm32f746g-disco");
  const residents = [{ name: "stack", region: "dtcm", size: 2048 } as const];
  const planned = plan(parseModule(TEXT, "net.py"), board, { residents });
  const error = assertThrows(() => generateFirmware(planned, board), InputError);
  assertEquals(error.code, "E-FIRMWARE-STATEMENT");
  assert(error.message.includes("work: it has a loop"), error.message);
});
