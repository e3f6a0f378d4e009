/** The evaluator against facts that come from elsewhere: Python's division, C's rounding, JavaScript's math. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../src/base/error.ts";
import { decodeElements, encodeElements, evaluateModule, parseModule } from "../../src/ir/mod.ts";
import { exp, log, sigmoid, tanh } from "../../src/ir/evaluate/math.ts";

/** What one expression over `x` (int32[4]) and `f` (float32[4]) gives in a type. */
function value(expression: string, dtype = "int32", x: number[] = [], f: number[] = []) {
  const text = `
@T.prim_func
def __tvm_main__():
    T.func_attr({"target": T.target("c")})
    x = T.allocate([4], "int32", "global", annotations={"input_tensor": "x"})
    f = T.allocate([4], "float32", "global", annotations={"input_tensor": "f"})
    y = T.allocate([1], "${dtype}", "global", annotations={"output_tensor": "y"})
    y[0] = ${expression}
    T.evaluate(T.call_extern("int32", "see", x, f))
`;
  const pad = (list: number[]) => [...list, 0, 0, 0, 0].slice(0, 4);
  const { outputs } = evaluateModule(parseModule(text, "x.py"), {
    inputs: new Map([
      ["x", encodeElements("int32", pad(x))],
      ["f", encodeElements("float32", pad(f))],
    ]),
    externs: new Map([["see", () => 0]]),
  });
  return decodeElements(dtype as "int32", outputs.get("y") ?? new Uint8Array())[0];
}

Deno.test("evaluateModule() divides and wraps as TIR does", () => {
  const cases: [string, number | bigint, string?][] = [
    ["x[0] // x[1]", -4],
    ["x[0] % x[1]", 1],
    ["T.truncdiv(x[0], x[1])", -3],
    ["T.truncmod(x[0], x[1])", -1],
    ["x[0] // x[2]", 0],
    ["x[0] % x[2]", -7],
    ["x[3] + 1", -(2 ** 31)],
    ["x[3] * x[3]", 1],
    ['T.Cast("int8", x[3])', -1],
    ['T.Cast("int64", x[3]) * x[3]', 4611686014132420609n, "int64"],
    ['T.Cast("uint8", x[0]) + T.Cast("uint8", x[1])', 251, "uint8"],
    // Operands of two types: the wider one, and of one width the unsigned one.
    ['T.Cast("int8", x[0]) + 300', 293],
    ['T.Cast("uint32", x[0]) > x[1]', 1],
    ["T.shift_right(x[0], 1)", -4],
    ["T.shift_left(x[1], 31)", 0],
    ["T.shift_left(x[1], 32)", 0],
    ["T.bitwise_not(x[0])", 6],
    ["T.clz(x[1])", 30],
    ["T.clz(x[2])", 32],
    ['T.Cast("int32", T.popcount(x[0]))', 30],
    ["T.if_then_else(x[2] == 0, x[0], x[0] // x[2])", -7],
    ["T.max(T.min(x[0], 3), -5)", -5],
    ["T.abs(x[0])", 7],
  ];
  for (const [text, expected, dtype] of cases) {
    assertEquals(value(text, dtype, [-7, 2, 0, 2 ** 31 - 1]), expected, text);
  }
});

Deno.test("evaluateModule() multiplies and shifts quantised numbers: half of 5 is 3, of -5 is -2", () => {
  const half = 2 ** 30;
  for (const [x, expected] of [[5, 3], [-5, -2], [4, 2], [7, 4], [-7, -3]] as const) {
    assertEquals(value(`T.q_multiply_shift(x[0], ${half}, 31, 0)`, "int32", [x]), expected);
  }
  assertEquals(value(`T.q_multiply_shift(x[0], ${half}, 31, 3)`, "int32", [5]), 20);
  assertEquals(
    value(
      `T.q_multiply_shift_per_axis(x[0], ${half}, 3, 0, 31, T.bool(True), T.bool(False))`,
      "int32",
      [5],
    ),
    20,
  );
  // Against exact arithmetic: x · y · 2^-(31 + s), rounded half up.
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.integer({ min: half, max: 2 ** 31 - 1 }),
      fc.integer({ min: 0, max: 12 }),
      (x, y, s) => {
        const shift = BigInt(31 + s);
        const exact = (BigInt(x) * BigInt(y) * 2n + (1n << shift)) >> (shift + 1n);
        assertEquals(
          value(`T.q_multiply_shift(x[0], ${y}, 31, -${s})`, "int32", [x]),
          Number(exact),
        );
      },
    ),
    { seed: 60, numRuns: 100 },
  );
});

Deno.test("evaluateModule() rounds floats once for each operation, and converts within the range", () => {
  const cases: [string, number, string?][] = [
    ["f[0] * f[0]", Math.fround(Math.fround(0.1) * Math.fround(0.1)), "float32"],
    [
      "f[0] + f[0] * f[0]",
      Math.fround(Math.fround(0.1) + Math.fround(Math.fround(0.1) ** 2)),
      "float32",
    ],
    ['T.Cast("int8", f[1])', 127],
    ['T.Cast("int32", f[2])', -2],
    ['T.Cast("uint8", f[2])', 0],
    ['T.Cast("int32", f[3] / f[3])', 0],
    ["T.round(f[2])", -3, "float32"],
    ["T.nearbyint(f[2])", -2, "float32"],
    ["T.floor(f[2])", -3, "float32"],
    ["T.trunc(f[2])", -2, "float32"],
    ["f[2] % T.float32(2)", 1.5, "float32"],
    [
      // 2^54 + 2^30 + 1 has more bits than a double: rounding twice would give 2^54.
      'T.Cast("float32", T.int64(9007199254740991) * T.int64(2) + T.int64(1073741827))',
      2 ** 54 + 2 ** 31,
      "float32",
    ],
  ];
  for (const [text, expected, dtype] of cases) {
    assertEquals(value(text, dtype, [], [0.1, 300, -2.5, 0]), expected, text);
  }
});

/** Distance of a float32 from the exact value, in units in its last place. */
function ulps(got: number, exact: number): number {
  const near = Math.abs(Math.fround(exact));
  const unit = Math.max(2 ** -149, 2 ** (Math.floor(Math.log2(near || 2 ** -126)) - 23));
  return Math.abs(got - exact) / unit;
}

Deno.test("exp, log, tanh and sigmoid are as near as their documentation says", () => {
  const worst = { exp: 0, log: 0, tanh: 0, sigmoid: 0 };
  for (let i = -40_000; i <= 40_000; i++) {
    const x = Math.fround(i / 40_000 * 87);
    worst.exp = Math.max(worst.exp, ulps(exp(x), Math.exp(x)));
    worst.sigmoid = Math.max(worst.sigmoid, ulps(sigmoid(x), 1 / (1 + Math.exp(-x))));
    const small = Math.fround(i / 40_000 * 12);
    worst.tanh = Math.max(worst.tanh, ulps(tanh(small), Math.tanh(small)));
    const positive = Math.fround(Math.exp(x));
    worst.log = Math.max(worst.log, ulps(log(positive), Math.log(positive)));
  }
  assert(worst.exp < 2 && worst.log < 2, JSON.stringify(worst));
  assert(worst.tanh < 5 && worst.sigmoid < 5, JSON.stringify(worst));
  assertEquals([exp(100), exp(-110), log(0), log(Infinity)], [Infinity, 0, -Infinity, Infinity]);
  assert([exp(NaN), log(-1), tanh(NaN), sigmoid(NaN)].every(Number.isNaN));
});

Deno.test("evaluateModule() names what it cannot do", () => {
  const cases: [string, string][] = [
    ["x[x[0]]", "element 9 of x"],
    ['T.call_extern("int32", "nobody")', "no function nobody"],
    ['T.Cast("int32", T.erf(f[0]))', "the intrinsic erf"],
    ['T.Cast("int32", T.float16(1))', "values of float16"],
  ];
  for (const [text, message] of cases) {
    const error = assertThrows(() => value(text, "int32", [9]), InputError);
    assertEquals(error.code, "E-IR-EVALUATE", text);
    assert(error.message.includes(message), error.message);
  }
  const loop = `
@T.prim_func
def __tvm_main__():
    T.func_attr({"target": T.target("c")})
    x = T.allocate([1], "int32", "global")
    x[0] = 1
    while x[0] == 1:
        x[0] = 1
`;
  const endless = assertThrows(
    () => evaluateModule(parseModule(loop, "loop.py"), { maxSteps: 1000 }),
    InputError,
  );
  assert(endless.message.includes("the limit of steps"), endless.message);
});
