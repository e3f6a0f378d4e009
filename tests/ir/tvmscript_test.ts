/** TVMScript in the styles of TVM 0.8 to 0.18: read, printed, read again; and damaged. */
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../src/base/error.ts";
import { parseModule, printModule, statementsOf } from "../../src/ir/mod.ts";
import { randR } from "../../src/plan/tvm/rand_r.ts";
import { need } from "../support/need.ts";
import { arbitraryBody } from "./bodies.ts";

const FOLDER = new URL("./tvmscript/", import.meta.url);
const FILES = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();

function textOf(name: string): string {
  return Deno.readTextFileSync(new URL(name, FOLDER));
}

for (const name of FILES) {
  Deno.test(`parseModule() reads ${name}, and what printModule() makes of it is the same`, () => {
    const module = parseModule(textOf(name), name);
    const printed = printModule(module);
    assertEquals(parseModule(printed, "printed.py"), module);
    assertEquals(printModule(parseModule(printed, "printed.py")), printed);
  });
}

need({ tools: ["python3"] }, "printModule() writes Python that CPython parses", async () => {
  for (const name of FILES) {
    const command = new Deno.Command("python3", {
      args: ["-c", "import ast, sys; ast.parse(sys.stdin.read())"],
      stdin: "piped",
      stderr: "piped",
    });
    const child = command.spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(printModule(parseModule(textOf(name), name))));
    await writer.close();
    const { success, stderr } = await child.output();
    assert(success, new TextDecoder().decode(stderr));
  }
});

/** How one spelling comes out of the printer, inside a function with buffers `a` (int8) and `m`. */
function printed(...lines: string[]): string {
  const text = [
    "@T.prim_func",
    'def f(a: T.Buffer((8,), "int8"), m: T.Buffer((2, 4), "int32"), n: T.int32):',
    '    T.func_attr({"target": T.target("c")})',
    ...lines.map((line) => `    ${line}`),
    "",
  ].join("\n");
  const all = printModule(parseModule(text, "f.py")).trimEnd().split("\n");
  const at = all.findIndex((line) => line.includes("T.func_attr"));
  return all.slice(at + 1).map((line) => line.slice(8)).join("\n");
}

Deno.test("printModule() spells old and new TVMScript the same", () => {
  const cases: [string | string[], string][] = [
    ['a[0] = T.cast(n, "int8")', 'a[0] = T.Cast("int8", n)'],
    ["a[0] = T.int8(n)", 'a[0] = T.Cast("int8", n)'],
    ["m[0, 1] = (((n*2)) + (3))", "m[0, 1] = n * 2 + 3"],
    ["m[0, 1] = n - (2 - n) - 1", "m[0, 1] = n - (2 - n) - 1"],
    ["m[0, 1] = T.floordiv(n, 2) * T.floormod(n, 2)", "m[0, 1] = n // 2 * (n % 2)"],
    ["m[0, 1] = n & 3 | ~n", "m[0, 1] = T.bitwise_or(T.bitwise_and(n, 3), T.bitwise_not(n))"],
    ["m[0, 1] = -n", "m[0, 1] = 0 - n"],
    ["a[2:6] = T.Broadcast(T.int8(1), 4)", "a[T.Ramp(2, 1, 4)] = T.Broadcast(T.int8(1), 4)"],
    ["T.store(a.data, n, T.int8(1), True)", "a[n] = T.int8(1)"],
    ['T.evaluate(T.load("int8", a.data, 2))', "T.evaluate(a[2])"],
    [
      "T.store(m, 5, 1)",
      'm_flat = T.decl_buffer((8,), "int32", data=m.data)\nm_flat[5] = 1',
    ],
    [
      ['t = T.allocate([2, 2], "int8", "global")', "t[1, 1] = T.int8(0)"],
      't = T.allocate([2, 2], "int8", "global")\n' +
      't_view = T.decl_buffer((2, 2), "int8", data=t)\nt_view[1, 1] = T.int8(0)',
    ],
    [
      ["for i, j in T.grid(2, n):", "    pass"],
      "for i in T.serial(2):\n    for j in T.serial(n):\n        pass",
    ],
    [["for i in range(n, n + 3):", "    pass"], "for i in T.serial(n, n + 3):\n    pass"],
    [
      ["if n < 1:", "    pass", "elif n < 2:", "    a[0] = T.int8(0)", "else:", "    pass"],
      "if n < 1:\n    pass\nelse:\n    if n < 2:\n        a[0] = T.int8(0)\n    else:\n        pass",
    ],
    [
      ['x = T.var("int32")', "with T.let(x, n + 1):", "    m[0, x] = x"],
      "x: T.int32 = n + 1\nm[0, x] = x",
    ],
    [
      'T.call_extern("f", a.data, T.address_of(m[1, 0]), dtype="int32")',
      'T.evaluate(T.call_extern("int32", "f", a.data, T.address_of(m[1, 0])))',
    ],
    [
      'T.evaluate(T.tvm_call_cpacked("f", a, T.reinterpret("handle", T.uint64(0))))',
      'T.evaluate(T.call_cpacked("f", a.data, T.reinterpret(T.uint64(0), dtype="handle")))',
    ],
  ];
  for (const [lines, expected] of cases) {
    assertEquals(printed(...[lines].flat()), expected);
  }
});

Deno.test("parseModule() names what it cannot read in bodies, with its place", () => {
  const cases: [string, string, string][] = [
    ["T.reads(a[0])", "E-IR-UNSUPPORTED", "T.reads"],
    ["a[0:n] = T.int8(0)", "E-IR-UNSUPPORTED", "this slice"],
    ["a[0, 0] = T.int8(0)", "E-IR-VALUE", "2 indices, needs 1"],
    ["x = T.env_thread('threadIdx.x')", "E-IR-UNSUPPORTED", "T.env_thread"],
    ["T.store(a, 0, 1, n < 3)", "E-IR-UNSUPPORTED", "predicate"],
    ['T.evaluate(T.load("int16", a, 0))', "E-IR-UNSUPPORTED", "as int16"],
    ['T.evaluate(T.call_extern("bfloat16", "f"))', "E-IR-UNSUPPORTED", '"bfloat16"'],
    ['b = T.Buffer((8,), "int8")', "E-IR-UNSUPPORTED", "without data"],
    ['b = T.match_buffer(n, (8,), "int8")', "E-IR-UNSUPPORTED", "a pointer parameter"],
    ['b = T.Buffer((8,), "int8", data=a.data, strides=[2])', "E-IR-UNSUPPORTED", "strides"],
    ['b = T.Buffer((n,), "int8", data=a.data)', "E-IR-UNSUPPORTED", "known at compile time"],
    ["x = n + 1", "E-IR-UNSUPPORTED", "x: type"],
    ["m[0, 0] = n if n else 2", "E-IR-SYNTAX", 'found "if"'],
    ["m[0, 0] = lambda", "E-IR-NAME", '"lambda" is not defined'],
    [`m[0, 0] = ${"n + ".repeat(200)}n`, "E-IR-VALUE", "nests too deep"],
    [`m[0, 0] = ${"-(".repeat(5000)}`, "E-IR-SYNTAX", "nest too deep"],
  ];
  for (const [line, code, text] of cases) {
    let error: unknown;
    try {
      printed(line);
    } catch (caught) {
      error = caught;
    }
    assertInstanceOf(error, InputError, line);
    assertEquals(error.code, code, line);
    assertStringIncludes(error.message, text);
    assertEquals(error.location?.line, 4, line);
  }
});

Deno.test("parseModule() lets sibling loops use one name, and hides it after them", () => {
  const twice = ["for i in range(2):", "    a[i] = T.int8(0)"];
  assertEquals(printed(...twice, ...twice).split("\n").length, 4);
  let message = "";
  try {
    printed(...twice, "a[i] = T.int8(0)");
  } catch (error) {
    message = String(error);
  }
  assertStringIncludes(message, '"i" is not defined here');
});

Deno.test("parseModule() of printModule() is the identity on arbitrary bodies", () => {
  fc.assert(
    fc.property(arbitraryBody, (module) => {
      const text = printModule(module);
      const read = parseModule(text, "arbitrary.py");
      assertEquals(read, module, text);
      assertEquals(printModule(read), text);
    }),
    { seed: 40, numRuns: 300 },
  );
});

/** Mutants in a test run; PINMAP_FUZZ says another number. */
const MUTANTS = Number(Deno.env.get("PINMAP_FUZZ") ?? 3000);

Deno.test(`parseModule() of ${MUTANTS} mutated modules reads or throws an InputError, in time`, () => {
  const random = randR(1);
  const texts = FILES.map(textOf);
  const below = (limit: number) => random() % Math.max(1, limit);
  const splits = texts.map((text) => ({
    tokens: text.split(/([A-Za-z_]\w*|\d+|\s+|[^\w\s])/).filter((token) => token !== ""),
    lines: text.split("\n"),
  }));
  let read = 0;
  for (let i = 0; i < MUTANTS; i++) {
    const { tokens, lines } = splits[below(splits.length)] ?? { tokens: [], lines: [] };
    const parts = [...(below(3) === 0 ? lines : tokens)];
    const joint = parts.length === lines.length ? "\n" : "";
    for (let edits = 1 + below(3); edits > 0; edits--) {
      const at = below(parts.length);
      const from = below(parts.length);
      const kind = below(4);
      if (kind === 0) parts.splice(at, 1 + below(2));
      else if (kind === 1) parts[at] = parts[from] ?? "";
      else if (kind === 2) parts.splice(at, 0, ...parts.slice(from, from + 1 + below(4)));
      else parts[at] = (parts[at] ?? "") + ["(", "]", "::", "9e99", '"', "\\", "-", "é"][below(8)];
    }
    const text = parts.join(joint);
    const start = performance.now();
    try {
      const module = parseModule(text, "mutant.py");
      read++;
      assertEquals(printModule(parseModule(printModule(module), "again.py")), printModule(module));
      assert(module.functions.every((func) => statementsOf(func.body).length > 0));
    } catch (error) {
      assertInstanceOf(error, InputError, `${(error as Error).stack}\n${text}`);
      assert((error.location?.line ?? 0) >= 1, error.message);
    }
    assert(performance.now() - start < 2000, text);
  }
  // Mutants that are all refused at the first token would prove little.
  assert(read > MUTANTS / 50, `${read} were read`);
});
