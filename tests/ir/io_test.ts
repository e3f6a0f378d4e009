/** Inputs and outputs: what main's parameters are, and TVM's CreateAllocatesForIO on its own test modules. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../src/base/error.ts";
import {
  allocateIo,
  allocationsOf,
  encodeElements,
  evaluateModule,
  linkParams,
  parseModule,
  printModule,
  tensorParameters,
  verifyModule,
} from "../../src/ir/mod.ts";
import { need } from "../support/need.ts";

const CASES = "../reference/usmp_cases.json";

type Tensor = readonly [name: string, shape: readonly number[], dtype: string];

interface IoCase {
  readonly mod: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** A main with these tensors, as TVM's tests write it: every input is read, every output is written. */
function textOf({ inputs, outputs }: IoCase, calls: boolean): string {
  const all = [...inputs, ...outputs];
  const views = all.map(([name, shape, dtype]) =>
    `    ${name}_1 = T.match_buffer(${name}, [${shape.join(", ")}], dtype="${dtype}")`
  );
  const body = [
    ...inputs.map(([name]) => `    T.evaluate(${name}_1[0])`),
    ...outputs.map(([name, , dtype]) => `    ${name}_1[0] = T.${dtype}(1)`),
  ];
  const params = all.map(([name]) => `${name}: T.handle`).join(", ");
  const attrs = '    T.func_attr({"target": T.target("c")})';
  const operator = ["@T.prim_func", `def op(${params}):`, attrs, ...views, ...body];
  const call = `    T.call_extern("int32", "op", ${all.map(([name]) => name).join(", ")})`;
  const main = calls ? [attrs, call] : [attrs, ...views, ...body];
  const text = [
    "@T.prim_func",
    `def __tvm_main__(${params}):`,
    ...main,
    ...(calls ? operator : []),
  ];
  return `${text.join("\n")}\n`;
}

need(
  { corpus: [CASES] },
  "allocateIo() makes of main's parameters what TVM's tests expect",
  async (t, { corpus }) => {
    const { cases } = JSON.parse(Deno.readTextFileSync(corpus(CASES))).io_allocates as {
      cases: readonly IoCase[];
    };
    assertEquals(cases.length, 4);
    for (const one of cases) {
      for (const calls of [false, true]) {
        await t.step(`${one.mod}${calls ? ", through an operator" : ""}`, () => {
          const module = allocateIo(parseModule(textOf(one, calls), "io.py"));
          verifyModule(module);
          const main = module.functions[0];
          assert(main !== undefined);
          assertEquals(main.params, []);
          const expected = (["input", "output"] as const).flatMap((role) =>
            one[`${role}s`].map(([name, shape, dtype]) => [
              `${role}_tensor`,
              calls ? name : `${name}_1`,
              shape,
              dtype,
            ])
          );
          assertEquals(
            allocationsOf(main).map(({ annotations, extents, dtype }) => [
              ...Object.entries(annotations)[0] ?? [],
              extents,
              dtype,
            ]),
            expected,
          );
          assertEquals(parseModule(printModule(module), "printed.py"), module);
        });
      }
    }
  },
);

/** Main with parameters `a` and `b` (int8[4]) and this body. */
function main(...lines: string[]) {
  const head = [
    "@T.prim_func",
    'def __tvm_main__(a: T.Buffer((4,), "int8"), b: T.Buffer((4,), "int8")):',
    '    T.func_attr({"target": T.target("c")})',
  ];
  return parseModule([...head, ...lines.map((line) => `    ${line}`), ""].join("\n"), "main.py");
}

Deno.test("tensorParameters() takes what is written first for an output, even if it is read later", () => {
  const roles = (module: ReturnType<typeof main>) =>
    tensorParameters(module).map(({ name, role, users }) => [name, role, ...users]);
  const sum = main("b[0] = T.int8(0)", "for i in range(4):", "    b[0] = b[0] + a[i]");
  assertEquals(roles(sum), [["a", "input", "__tvm_main__"], ["b", "output", "__tvm_main__"]]);
  // A kernel writes its last pointer; an address is no access.
  const kernel = main(
    'T.evaluate(T.call_extern("int32", "pinmap_copy_s8", T.address_of(a[1]), b, 3))',
  );
  assertEquals(roles(kernel), [["a", "input", "__tvm_main__"], ["b", "output", "__tvm_main__"]]);
  const alias = main(
    "p: T.handle = T.address_of(b[0])",
    'q = T.Buffer((4,), "int8", data=p)',
    "q[0] = a[0]",
  );
  assertEquals(roles(alias)[1], ["b", "output", "__tvm_main__"]);
});

Deno.test("tensorParameters() says which parameter is neither input nor output", () => {
  const cases: [string[], string][] = [
    [["b[0] = T.int8(1)"], 'parameter "a" of __tvm_main__ is: nothing reads or writes it'],
    [["a[0] = a[0] + b[0]"], 'parameter "a" of __tvm_main__ is: it is read before it is written'],
  ];
  for (const [lines, message] of cases) {
    const error = assertThrows(() => tensorParameters(main(...lines)), InputError);
    assertEquals(error.code, "E-IR-IO");
    assert(error.message.includes(message), error.message);
  }
  const scalar = parseModule(
    '@T.prim_func\ndef __tvm_main__(n: T.int32):\n    T.func_attr({"target": T.target("c")})\n    pass\n',
    "scalar.py",
  );
  const error = assertThrows(() => tensorParameters(scalar), InputError);
  assert(error.message.includes('"n" of __tvm_main__ is: it is a int32'), error.message);
  const unknown = parseModule(
    '@T.prim_func\ndef __tvm_main__(p: T.handle):\n    T.func_attr({"target": T.target("c")})\n    T.evaluate(T.call_extern("int32", "f", p))\n',
    "unknown.py",
  );
  const size = assertThrows(() => tensorParameters(unknown), InputError);
  assert(size.message.includes("nothing says how large it is"), size.message);
});

Deno.test("linkParams() makes constants of what main looks up, and says what is missing or wrong", () => {
  const text = Deno.readTextFileSync(new URL("./tvmscript/v0_8_smooth.py", import.meta.url))
    .replace("def run_model", "def __tvm_main__");
  const module = parseModule(text, "v0_8_smooth.py");
  const taps = encodeElements("int16", [1, 2, 1]);
  const linked = linkParams(module, new Map([["p0", taps]]));
  verifyModule(linked);
  assertEquals(parseModule(printModule(linked), "printed.py"), linked);
  const [constant, ...others] = linked.functions.flatMap(allocationsOf)
    .filter((node) => node.kind === "allocate_const");
  assertEquals(others, []);
  assertEquals([constant?.buffer.name, constant?.dtype, constant?.extents], ["p0", "int16", [3]]);
  // The taps applied twice, by hand: the first pass pads with zeros, each halves twice and rounds up.
  const signal = Int8Array.from({ length: 64 }, (_, i) => (i * 37) % 101 - 50);
  const pass = (from: Int8Array) =>
    from.map((_, i) => ((from[i - 1] ?? 0) + 2 * (from[i] ?? 0) + (from[i + 1] ?? 0) + 2) >> 2);
  const { outputs } = evaluateModule(linked, {
    inputs: new Map([["input", new Uint8Array(signal.buffer)]]),
  });
  assertEquals([...new Int8Array(outputs.get("output")?.buffer ?? new ArrayBuffer(0))], [
    ...pass(pass(signal)),
  ]);
  const cases: [Map<string, Uint8Array>, string][] = [
    [new Map(), 'parameter "p0": it is not given, 6 B of int16 are needed'],
    [new Map([["p0", taps.slice(2)]]), "4 B are given, 6 B are needed for [3] of int16"],
    [new Map([["p1", taps]]), 'parameter "p1": main looks up p0'],
  ];
  for (const [data, message] of cases) {
    const error = assertThrows(() => linkParams(module, data), InputError);
    assertEquals(error.code, "E-IR-PARAM");
    assert(error.message.includes(message), error.message);
  }
});
