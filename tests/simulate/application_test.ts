/** Applications of the user's: pools that they define, TVM's structs, several networks in one firmware. */
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { ToolchainError, UsageError } from "../../src/base/error.ts";
import { loadBoard, parseInitiator, withInitiators } from "../../src/board/mod.ts";
import { generateFirmware } from "../../src/firmware/mod.ts";
import { importModel } from "../../src/import/mod.ts";
import { combineModules, evaluateModule, type IRModule, parseModule } from "../../src/ir/mod.ts";
import { parsePoolSpec, plan } from "../../src/plan/mod.ts";
import { checkFirmware, compileFirmware, simulate } from "../../src/simulate/mod.ts";
import { need } from "../support/need.ts";
import { ROOT } from "../support/paths.ts";
import { pinmap } from "../support/pinmap.ts";

const GCC = { tools: ["arm-none-eabi-gcc"] };
const MODULE = `${ROOT}/examples/tvmscript/accelerator.py`;
const APPLICATION = `${ROOT}/examples/tvmscript/application.c`;

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const [name, sram] of [["stm32h743", "axi_sram"], ["mimxrt1060-evk", "ocram2"]] as const) {
  need(
    GCC,
    `the application in RFC 0009's style builds, passes the check and runs on ${name}`,
    () =>
      inFolder(async (folder) => {
        const { code, stdout, stderr } = await pinmap([
          ...["run", MODULE, "--board", name, "--application", APPLICATION, "--user-pools"],
          ...["--initiator", `name=accel;regions=${sram},flash`],
          ...["--with-workspace-buffer", "name=dtcm;target=c;size=1000"],
          ...["--with-workspace-buffer", `name=sram;region=${sram};target=c,accel`],
          ...["--with-parameter-buffer", "name=itcm;target=c;size=5000"],
          ...["--with-parameter-buffer", "name=flash;target=c,accel"],
          ...["--toolchain", "gcc", "--out", folder],
        ]);
        assertEquals(code, 0, stderr + stdout);
        const image = Uint8Array.from({ length: 256 }, (_, i) => (i * 7 + (i >> 4)) & 0xff);
        const module = parseModule(await Deno.readTextFile(MODULE), MODULE);
        const { outputs } = evaluateModule(module, { inputs: new Map([["image", image]]) });
        const hex = Array.from(
          outputs.get("scores") ?? [],
          (byte) => byte.toString(16).padStart(2, "0"),
        );
        assertStringIncludes(stdout, `scores ${hex.join("")}`);
        assertStringIncludes(stdout, "each where it was pinned");
        // The accelerator reads no parameter in ITCM, which the board's other masters do not see.
        assertStringIncludes(stdout, "matrix      itcm   itcm");
      }),
  );
}

async function userPlan(dtcm = "1000") {
  const board = withInitiators(await loadBoard("stm32h743"), [
    parseInitiator("name=accel;regions=axi_sram,flash"),
  ]);
  const module = parseModule(await Deno.readTextFile(MODULE), MODULE);
  const planned = plan(module, board, {
    workspaceBuffers: [
      parsePoolSpec(`name=dtcm;target=c;size=${dtcm}`, "workspace"),
      parsePoolSpec("name=sram;region=axi_sram;target=c,accel", "workspace"),
    ],
    parameterBuffers: [
      parsePoolSpec("name=itcm;target=c;size=5000", "constant"),
      parsePoolSpec("name=flash;target=c,accel", "constant"),
    ],
    residents: [{ name: "stack", region: "dtcm", size: 2048 }],
  });
  return { board, planned, text: await Deno.readTextFile(APPLICATION) };
}

need(
  GCC,
  "an application that swaps its workspaces, as RFC 0009's sample does, fails the check",
  () =>
    inFolder(async (folder) => {
      // As large as the other one, or the linker refuses it already.
      const { board, planned, text } = await userPlan("4K");
      const swapped = text.replace('section(".pinmap.workspace.dtcm")', "section(SRAM)")
        .replace('section(".pinmap.workspace.sram")', 'section(".pinmap.workspace.dtcm")')
        .replace("section(SRAM)", 'section(".pinmap.workspace.sram")');
      const application = new Map([["application.c", swapped]]);
      const firmware = await compileFirmware(planned, board, {
        folder,
        application,
        userPools: true,
        toolchain: "gcc",
      });
      const { ok, findings } = await checkFirmware(firmware, board);
      assertEquals(ok, false);
      const blamed = findings.filter(({ code }) => code === "C-REGION").map(({ symbol }) => symbol);
      assert(blamed.includes("tvmgen_accelerator_dtcm_workspace_pool"), JSON.stringify(findings));
      assert(blamed.includes("tvmgen_accelerator_sram_workspace_pool"), JSON.stringify(findings));
      assert(
        findings.some(({ code, symbol }) =>
          code === "C-REACH" && symbol === "tvmgen_accelerator_features"
        ),
      );
    }),
);

need(
  GCC,
  "an application that lacks a pool does not link, and the linker names it",
  () =>
    inFolder(async (folder) => {
      const { board, planned, text } = await userPlan();
      const lacking = text.replace(
        /__attribute__\(\(section\("\.pinmap\.workspace\.sram"\)[^;]*;/,
        "",
      );
      const error = await assertRejects(
        () =>
          compileFirmware(planned, board, {
            folder,
            application: new Map([["application.c", lacking]]),
            userPools: true,
            toolchain: "gcc",
          }),
        ToolchainError,
      );
      assertStringIncludes(error.message, "tvmgen_accelerator_sram_workspace_pool");
    }),
);

Deno.test("generateFirmware() refuses pools of an application that is not there, and clashing file names", async () => {
  const { board, planned } = await userPlan();
  const none = assertThrows(
    () => generateFirmware(planned, board, { userPools: true }),
    UsageError,
  );
  assertEquals(none.code, "E-FIRMWARE-APPLICATION");
  const application = new Map([["pools.c", ""]]);
  const clash = assertThrows(() => generateFirmware(planned, board, { application }), UsageError);
  assertStringIncludes(clash.message, "pools.c");
});

need(
  GCC,
  "a function that neither the module nor the library has is the application's",
  () =>
    inFolder(async (folder) => {
      const board = await loadBoard("stm32f746g-disco");
      const text = `
@T.prim_func
def __tvm_main__(x: T.Buffer((4,), "int8"), y: T.Buffer((4,), "int8")):
    T.func_attr({"target": T.target("c")})
    T.evaluate(T.call_extern("int32", "negate", x, y, 4))
`;
      const planned = plan(parseModule(text, "extern.py"), board, {
        residents: [{ name: "stack", region: "dtcm", size: 2048 }],
      });
      assertThrows(
        () => generateFirmware(planned, board),
        Error,
        "neither the module nor the firmware",
      );
      const main = `#include "pinmap_runtime.h"
#include "tvmgen_default.h"
int32_t negate(void *from, void *to, int32_t count);
int32_t negate(void *from, void *to, int32_t count) {
  for (int32_t i = 0; i < count; i++) ((int8_t *)to)[i] = (int8_t)-((int8_t *)from)[i];
  return 0;
}
int main(void);
int main(void) {
  static int8_t x[TVMGEN_DEFAULT_X_SIZE] = {1, 2, -3, 4}, y[TVMGEN_DEFAULT_Y_SIZE];
  const struct tvmgen_default_inputs inputs = {.x = x};
  const struct tvmgen_default_outputs outputs = {.y = y};
  if (tvmgen_default_run(&inputs, &outputs) != 0) return 1;
  pinmap_print_hex(outputs.y, sizeof y);
  return 0;
}
`;
      const { console, run, firmware } = await simulate(planned, board, {
        folder,
        application: new Map([["app.c", main]]),
        toolchain: "gcc",
      });
      assertEquals([run.exit, console, firmware.warnings], [
        { reason: "exit", code: 0 },
        "fffe03fc",
        "",
      ]);
    }),
);

/** A network with one operator and a scratch buffer of so many bytes. */
function network(name: string, factor: number, scratch: number): IRModule {
  return importModel(
    new TextEncoder().encode(`
@I.ir_module
class Module:
    I.module_attrs({"pinmap.name": "${name}"})

    @T.prim_func
    def scale(a: T.Buffer((8,), "int8"), b: T.Buffer((8,), "int16")):
        T.func_attr({"target": T.target("c")})
        t = T.allocate([${scratch}], "int32", "global")
        for i in range(${scratch}):
            t[i] = i * ${factor}
        for i in range(8):
            b[i] = T.Cast("int16", T.Cast("int32", a[i]) * t[i])

    @T.prim_func
    def __tvm_main__(x: T.Buffer((8,), "int8"), y: T.Buffer((8,), "int16")):
        T.func_attr({"target": T.target("c")})
        k = T.allocate_const([${factor}, 2], "int8", [2])
        T.evaluate(T.call_extern("int32", "pinmap_copy_s8", k, k, 0))
        Module.scale(x, y)
`),
    `${name}.py`,
    { workspaceIo: name === "second" },
  );
}

need(
  GCC,
  "two networks share one workspace, each with its own header, and compute what they do alone",
  () =>
    inFolder(async (folder) => {
      const board = await loadBoard("stm32f746g-disco");
      const parts = [network("first", 3, 64), network("second", 5, 200)];
      const both = combineModules(parts);
      const planned = plan(both, board, {
        workspaceBuffers: [parsePoolSpec("name=dtcm", "workspace")],
        residents: [{ name: "stack", region: "dtcm", size: 2048 }],
      });
      // The scratch buffers are never needed together: the larger one is what counts, beside the second's tensors.
      const dtcm = planned.pools.find(({ pool }) => pool.name === "dtcm");
      assertEquals(dtcm?.usedBytes, 800 + 16 + 8);
      const scratch = planned.allocations.filter(({ buffer }) => buffer.name.startsWith("t"));
      assertEquals(scratch.map(({ offset }) => offset), [0, 0]);
      // Constants of both stay.
      const constants = planned.allocations.filter(({ buffer }) => buffer.kind === "constant");
      assertEquals(new Set(constants.map(({ offset }) => offset)).size, 2);

      const input = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 255, 254, 253, 252, 251, 250, 249, 248);
      const { firmware, check, run, outputs } = await simulate(planned, board, {
        folder,
        inputs: [input, input],
        toolchain: "gcc",
      });
      assertEquals(firmware.warnings, "");
      assert(check.ok, JSON.stringify(check.findings));
      assertEquals(run.exit, { reason: "exit", code: 0 });
      const copy = { externs: new Map([["pinmap_copy_s8", () => 0]]) };
      const alone = parts.flatMap((part, i) => {
        const inputs = new Map([["x", input.slice(i * 8, i * 8 + 8)]]);
        return [...evaluateModule(part, { ...copy, inputs }).outputs.get("y") ?? []];
      });
      assertEquals([...outputs[0] ?? []], alone);
      assertEquals([...outputs[1] ?? []], alone);
      const first = await Deno.readTextFile(`${folder}/tvmgen_first.h`);
      const second = await Deno.readTextFile(`${folder}/tvmgen_second.h`);
      assertStringIncludes(first, "#define TVMGEN_FIRST_DTCM_WORKSPACE_POOL_SIZE 256");
      assertStringIncludes(second, "#define TVMGEN_SECOND_DTCM_WORKSPACE_POOL_SIZE 824");
      assertStringIncludes(
        first,
        "int32_t tvmgen_first_run(const struct tvmgen_first_inputs *inputs,",
      );
      assertStringIncludes(second, "tvmgen_second_map_inputs(");
    }),
);

need(
  GCC,
  "pinmap run takes several models",
  () =>
    inFolder(async (folder) => {
      const files = ["smooth", "softmax"].map((name) => `${ROOT}/examples/tvmscript/${name}.py`);
      const { code, stdout, stderr } = await pinmap([
        ...[
          "run",
          ...files,
          "--board",
          "stm32f746g-disco",
          "--format",
          "json",
          "--toolchain",
          "gcc",
        ],
        ...["--out", folder],
      ]);
      assertEquals(code, 0, stderr);
      const run = JSON.parse(stdout);
      assertEquals(run.exit, { reason: "exit", code: 0 });
      // 64 int16 and 8 float32.
      assertEquals(atob(run.inferences[0].output_base64).length, 128 + 32);
      const planned = await pinmap([
        ...["plan", ...files, "--board", "stm32f746g-disco", "--format", "json"],
      ]);
      assertEquals(planned.code, 0, planned.stderr);
      assertEquals(JSON.parse(planned.stdout).module, "smooth_softmax");
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
      for (const header of ["tvmgen_smooth.h", "tvmgen_softmax.h"]) assert(names.includes(header));
    }),
);

need(
  {
    ...GCC,
    corpus: ["models/kws_ref_model.tflite", "goldens/kws_ref_model.json"],
  },
  "keyword spotting and a TVMScript module in one firmware: TFLM's outputs beside the evaluator's",
  (_, { corpus }) =>
    inFolder(async (folder) => {
      const golden = JSON.parse(await Deno.readTextFile(corpus("goldens/kws_ref_model.json")));
      const bytesOf = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      const [vector] = golden.vectors;
      const signal = Uint8Array.from({ length: 128 }, (_, i) => (i * 29) & 0xff);
      await Deno.writeFile(
        `${folder}/in.bin`,
        Uint8Array.from([...bytesOf(vector.input_base64), ...signal]),
      );
      const file = `${ROOT}/examples/tvmscript/smooth.py`;
      const { code, stdout, stderr } = await pinmap([
        ...["run", corpus("models/kws_ref_model.tflite"), file, "--board", "stm32f746g-disco"],
        ...[
          "--input",
          `${folder}/in.bin`,
          "--format",
          "json",
          "--toolchain",
          "gcc",
          "--out",
          folder,
        ],
      ]);
      assertEquals(code, 0, stderr);
      const module = importModel(await Deno.readFile(file), file);
      const smooth = evaluateModule(module, { inputs: new Map([["input", signal]]) }).outputs;
      const output = bytesOf(JSON.parse(stdout).inferences[0].output_base64);
      assertEquals([...output], [
        ...bytesOf(vector.output_base64),
        ...smooth.get("output") ?? [],
      ]);
    }),
);
