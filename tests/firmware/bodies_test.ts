import { assert, assertEquals, assertRejects } from "@std/assert";
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

/** The C of a function `work` with this body, in a module that calls it. */
async function generated(...lines: string[]): Promise<string> {
  const board = await loadBoard("stm32f746g-disco");
  const residents = [{ name: "stack", region: "dtcm", size: 2048 } as const];
  const head = TEXT.slice(0, TEXT.indexOf("    for i in"));
  const text = head + lines.map((line) => `    ${line}\n`).join("");
  const folder = generateFirmware(plan(parseModule(text, "net.py"), board, { residents }), board);
  return folder.files.get("tvmgen_default.c") ?? "";
}

Deno.test("generateFirmware() says by name which constructs have no C", async () => {
  const cases: [string, string, string][] = [
    ["T.evaluate(T.tvm_struct_get(a, 0, 1))", "E-FIRMWARE-STATEMENT", "tvm_struct_get"],
    ['T.evaluate(T.call_packed("log", a))', "E-FIRMWARE-CALL", "it is a packed call"],
    ['b[0] = T.Cast("int8", T.erf(T.float32(1)))', "E-FIRMWARE-STATEMENT", "the intrinsic erf"],
    ['b[0] = T.Cast("int8", T.float16(1))', "E-FIRMWARE-STATEMENT", "values of float16"],
    ['T.evaluate(T.call_extern("int32", "f", a))', "E-FIRMWARE-CALL", "neither the module nor"],
    [
      'T.evaluate(T.call_extern("int32", "pinmap_copy_s8", a, 1, 2))',
      "E-FIRMWARE-CALL",
      "2 pointers",
    ],
    [
      "b[0] = T.truncmod(T.float32(3), T.float32(2))",
      "E-FIRMWARE-STATEMENT",
      "truncmod of float32",
    ],
    [
      "b[T.Ramp(0, 1, 4)] = a[T.Ramp(0, 1, 4)] + T.Broadcast(T.int8(1), 2)",
      "E-IR-TYPE",
      "int8x4 and int8x2",
    ],
  ];
  for (const [line, code, text] of cases) {
    const error = await assertRejects(() => generated(line), InputError);
    assertEquals(error.code, code, line);
    assert(error.message.includes(text), error.message);
  }
});

Deno.test("generateFirmware() writes C that a person would write", async () => {
  const text = await generated(
    'total = T.decl_buffer([1], "int32")',
    "total[0] = 0",
    "for i in range(2, 8):",
    "    half: T.int32 = i // 2",
    "    if a[half] > T.int8(2):",
    '        total[0] = total[0] + T.Cast("int32", a[i]) * 3',
    "    else:",
    "        b[i % 4] = T.max(a[i], T.int8(-3))",
    "T.evaluate(T.ret(total[0]))",
  );
  const start = text.indexOf("PINMAP_CODE(work)");
  const body = text.slice(start, text.indexOf("\n}\n", start));
  assertEquals(
    body,
    `PINMAP_CODE(work)
__attribute__((noinline))
int32_t work(void *a, void *b, const struct tvmgen_default_workspace_pools *workspace_pools) {
  void *const total = (uint8_t *)workspace_pools->dtcm + 32; /* 4 B */
  int8_t *const a_1 = a;
  int8_t *const b_1 = b;
  int32_t *const total_flat = total;
  total_flat[0] = 0;
  for (int32_t i = 2; i < 8; i++) {
    const int32_t half = i / 2;
    if (a_1[half] > 2) {
      total_flat[0] = (int32_t)((uint32_t)total_flat[0] + (uint32_t)((int32_t)a_1[i] * 3));
    } else {
      b_1[i % 4] = pinmap_max_i32(a_1[i], -3);
    }
  }
  return total_flat[0];`,
  );
});
