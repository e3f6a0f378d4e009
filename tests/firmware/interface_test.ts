/** The C interface: every fact of TVM's interface_c_test.cc, on the header that pinmap writes. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../src/base/error.ts";
import { generateFirmware } from "../../src/firmware/mod.ts";
import { allocateIo, parseModule } from "../../src/ir/mod.ts";
import { plan, type PoolSpec } from "../../src/plan/mod.ts";
import { board, flash, region } from "../plan/support.ts";

const NAME = "ultimate_cat_spotter";
const PREFIX = "TVMGEN_ULTIMATE_CAT_SPOTTER";
const BOARD = board(region("ram", 0x10_0000), flash(0x10_0000));

interface Made {
  /** Bytes of main's buffer, by candidate pool. */
  readonly buffers?: Readonly<Record<string, number>>;
  /** Names and bytes of inputs. */
  readonly inputs?: Readonly<Record<string, number>>;
  /** Whether main's parameters become buffers. */
  readonly workspaceIo?: boolean;
  /** Names of pools, in addition to those of the buffers. */
  readonly pools?: readonly string[];
  /** Statements that declare constants. */
  readonly constants?: readonly string[];
  /** The application defines the pools. */
  readonly userPools?: boolean;
}

/** The header of a module with these tensors. */
function header({ buffers = {}, inputs = { input: 16 }, constants = [], ...made }: Made): string {
  const names = Object.keys(inputs);
  const params = [...names.map((_, i) => `p${i}: T.handle`), "out: T.handle"].join(", ");
  const lines = [
    "@I.ir_module",
    "class Module:",
    `    I.module_attrs({"pinmap.name": "${NAME}"})`,
    "    @T.prim_func",
    `    def __tvm_main__(${params}):`,
    '        T.func_attr({"target": T.target("c")})',
    ...Object.values(inputs).map((size, i) =>
      `        in${i} = T.match_buffer(p${i}, (${size},), "int8")`
    ),
    '        output = T.match_buffer(out, (8,), "int8")',
    ...Object.entries(buffers).map(([pool, size], i) =>
      `        w${i} = T.allocate([${size}], "int8", "global", annotations={"candidate_memory_pools": ["${pool}"]})`
    ),
    ...constants.map((line) => `        ${line}`),
    ...Object.keys(buffers).map((_, i) => `        w${i}[0] = T.int8(${i})`),
    ...names.map((_, i) => `        output[${i}] = in${i}[0]`),
  ];
  let module = parseModule(`${lines.join("\n")}\n`, "cat.py");
  if (made.workspaceIo === true) module = allocateIo(module);
  const spec = (name: string): PoolSpec => ({
    name,
    kind: "workspace",
    region: "ram",
    size: 300_000,
  });
  const pools = [...new Set([...Object.keys(buffers), ...made.pools ?? []])];
  const planned = plan(module, BOARD, {
    workspaceBuffers: pools.map(spec),
    parameterBuffers: [{ name: "my_constant_pool", kind: "constant", region: "flash" }],
    residents: [{ name: "stack", region: "ram", size: 1024 }],
  });
  const application = new Map([["app.c", "int main(void);\nint main(void) { return 0; }\n"]]);
  const { files } = generateFirmware(
    planned,
    BOARD,
    made.userPools === true ? { application, userPools: true } : {},
  );
  return files.get(`tvmgen_${NAME}.h`) ?? "";
}

/** Text without line ends, runs of spaces and const. */
function flat(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("const struct", "struct").replaceAll("* ", "*");
}

Deno.test("the header has TVM's guard, run function and macros for an external pool (lines 121-150)", () => {
  const text = header({ buffers: { my_memory_pool: 100_000 } });
  assertStringIncludes(text, `#ifndef ${PREFIX}_H_`);
  assertStringIncludes(
    flat(text),
    `int32_t tvmgen_${NAME}_run(struct tvmgen_${NAME}_inputs *inputs, struct tvmgen_${NAME}_outputs *outputs, ` +
      `struct tvmgen_${NAME}_workspace_pools *workspace_pools);`,
  );
  assertStringIncludes(text, `#define ${PREFIX}_MY_MEMORY_POOL_WORKSPACE_POOL_SIZE 100000`);
  assertStringIncludes(text, 'extern "C" {');
});

Deno.test("the header has a constant pool's size and data, gaps zero (lines 152-197)", () => {
  const text = header({
    buffers: { my_memory_pool: 100_000 },
    constants: [
      'const1 = T.allocate_const([1], "int32", [1])',
      'const2 = T.allocate_const([578437695752307201], "int64", [1])',
    ],
    userPools: true,
  });
  const stem = `${PREFIX}_MY_CONSTANT_POOL_CONSTANT_POOL`;
  assertStringIncludes(text, `#define ${stem}_SIZE `);
  const size = Number(new RegExp(`${stem}_SIZE (\\d+)`).exec(text)?.[1]);
  // TVM places const1 first; whichever comes first, the second one begins at 16.
  assert(size === 24 || size === 20, `${size}`);
  const data = text.slice(text.indexOf(`#define ${stem}_DATA`));
  const rows = data.slice(0, data.indexOf("\nextern")).split("\n").slice(1);
  assertEquals(rows[0]?.match(/0x[0-9a-f]{2},/g)?.length, 16);
  assertEquals(rows[1]?.match(/0x[0-9a-f]{2},/g)?.length, size - 16);
  assert(rows[0]?.endsWith(" \\") && rows[0].startsWith("    0x"), rows[0]);
  const bytes = rows.join(" ").match(/0x[0-9a-f]{2}/g) ?? [];
  assertEquals(bytes.filter((byte) => byte !== "0x00").length, 1 + 8);
});

Deno.test("with inputs and outputs in the workspace the header has map functions (lines 232-279)", () => {
  const text = flat(header({ workspaceIo: true, pools: ["my_memory_pool"] }));
  for (const which of ["inputs", "outputs"]) {
    assertStringIncludes(
      text,
      `struct tvmgen_${NAME}_${which} tvmgen_${NAME}_map_${which}(struct tvmgen_${NAME}_workspace_pools *workspace_pools);`,
    );
  }
  assertStringIncludes(
    text,
    `int32_t tvmgen_${NAME}_run(struct tvmgen_${NAME}_workspace_pools *workspace_pools);`,
  );
});

Deno.test("the header has the sizes of all tensors and of the workspace (lines 281-348, 613-627)", () => {
  const text = header({
    inputs: { a: 537, b: 765, c: 127 },
    buffers: { pool_1: 76_543, pool_2: 200_000 },
  });
  for (const [i, size] of [537, 765, 127].entries()) {
    assertStringIncludes(text, `#define ${PREFIX}_IN${i}_SIZE ${size}\n`);
  }
  assertStringIncludes(text, `#define ${PREFIX}_OUTPUT_SIZE 8\n`);
  assertStringIncludes(text, `#define ${PREFIX}_WORKSPACE_SIZE ${76_543 + 200_000}\n`);
});

Deno.test("the header has a field and a macro for each pool, in TVM's order of sections (lines 629-706)", () => {
  const text = header({ buffers: { my_memory_pool_1: 100_000, my_memory_pool_2: 200_000 } });
  assertStringIncludes(
    flat(text.replaceAll(/\/\*.*?\*\//g, "")),
    `struct tvmgen_${NAME}_workspace_pools { void *my_memory_pool_1; void *my_memory_pool_2; };`,
  );
  const order = [
    `#define ${PREFIX}_IN0_SIZE`,
    `#define ${PREFIX}_OUTPUT_SIZE`,
    `struct tvmgen_${NAME}_inputs {`,
    `struct tvmgen_${NAME}_outputs {`,
    `struct tvmgen_${NAME}_workspace_pools {`,
    `int32_t tvmgen_${NAME}_run(`,
    `#define ${PREFIX}_WORKSPACE_SIZE`,
    `#define ${PREFIX}_MY_MEMORY_POOL_1_WORKSPACE_POOL_SIZE 100000`,
    `#define ${PREFIX}_MY_MEMORY_POOL_2_WORKSPACE_POOL_SIZE 200000`,
  ].map((part) => text.indexOf(part));
  assertEquals(order, order.toSorted((a, b) => a - b));
  assert(order[0] !== -1);
});

/** A module whose inputs have any names, as TFLite's do. */
function named(...inputs: string[]): string {
  const lines = [
    "@T.prim_func",
    "def __tvm_main__():",
    '    T.func_attr({"target": T.target("c")})',
    ...inputs.map((name, i) =>
      `    x${i} = T.allocate([4], "int8", "global", annotations={"input_tensor": "${name}"})`
    ),
    ...inputs.map((_, i) => `    T.evaluate(x${i}[0])`),
  ];
  const planned = plan(parseModule(`${lines.join("\n")}\n`, "names.py"), BOARD, {
    residents: [{ name: "stack", region: "ram", size: 1024 }],
  });
  return generateFirmware(planned, BOARD).files.get("tvmgen_default.h") ?? "";
}

Deno.test("names of tensors and pools become identifiers, and a clash is an error (lines 350-401, 708-758)", () => {
  const text = named("input+1", "input+2");
  assertStringIncludes(text, "void *input_1;");
  assertStringIncludes(text, "void *input_2;");
  const clash = assertThrows(() => named("input+", "input-"), InputError);
  assertEquals(clash.code, "E-FIRMWARE-NAME");
  assertStringIncludes(clash.message, '"input-"');
  assertStringIncludes(header({ buffers: { "my_memory_pool+1": 64 } }), "void *my_memory_pool_1;");
  const pools = assertThrows(
    () => header({ buffers: { "my_memory_pool+": 64, "my_memory_pool-": 64 } }),
    InputError,
  );
  assertEquals(pools.code, "E-PLAN-POOL");
  assertStringIncludes(pools.message, 'both are "my_memory_pool_" in C');
});
