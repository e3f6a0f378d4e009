/** TVMScript modules without external operators, from text to executed firmware, against the evaluator. */
import { assert, assertEquals } from "@std/assert";
import { loadBoard, parseInitiator, withInitiators } from "../../src/board/mod.ts";
import { generateFirmware } from "../../src/firmware/mod.ts";
import { importModel } from "../../src/import/mod.ts";
import { evaluateModule, type IRModule, parseModule, printModule } from "../../src/ir/mod.ts";
import { parsePoolSpec, plan, planToDocument } from "../../src/plan/mod.ts";
import { simulate } from "../../src/simulate/mod.ts";
import { need } from "../support/need.ts";
import { ROOT } from "../support/paths.ts";

/** Modules in the styles of TVM 0.8, 0.9, 0.10, 0.13 and 0.18. */
const FILES = [
  "examples/tvmscript/smooth.py",
  "tests/ir/tvmscript/v0_8_smooth.py",
  "tests/ir/tvmscript/v0_9_pool.py",
  "examples/tvmscript/softmax.py",
  "tests/ir/tvmscript/v0_13_branches.py",
  "examples/tvmscript/accelerator.py",
] as const;

/** What TVM 0.8 keeps beside the module: int16 1, 2, 1. */
const TAPS = Uint8Array.of(1, 0, 2, 0, 1, 0);

const POOLS = {
  "stm32h743": { sram: "axi_sram", dtcm: "dtcm" },
  "mimxrt1060-evk": { sram: "ocram2", dtcm: "dtcm" },
} as const;

function moduleOf(file: string, workspaceIo: boolean): IRModule {
  const bytes = Deno.readFileSync(`${ROOT}/${file}`);
  const params = file.includes("v0_8_smooth") ? { params: new Map([["p0", TAPS]]) } : {};
  return importModel(bytes, file, { serialLoops: true, workspaceIo, ...params });
}

/** Small floats where the input is one, so that nothing overflows. */
function inputFor(bytes: number, dtype: string): Uint8Array {
  if (dtype !== "float32") return Uint8Array.from({ length: bytes }, (_, i) => (i * 73 + 5) & 0xff);
  return new Uint8Array(
    Float32Array.from({ length: bytes / 4 }, (_, i) => (i % 7) / 4 - 0.5).buffer,
  );
}

async function planned(module: IRModule, name: keyof typeof POOLS) {
  const { sram, dtcm } = POOLS[name];
  const board = withInitiators(await loadBoard(name), [
    parseInitiator(`name=accel;regions=${sram},flash`),
  ]);
  return {
    board,
    plan: plan(module, board, {
      workspaceBuffers: [
        parsePoolSpec(`name=dtcm;region=${dtcm};size=4K`, "workspace"),
        parsePoolSpec(`name=sram;region=${sram}`, "workspace"),
      ],
      residents: [{ name: "stack", region: dtcm, size: 2048 }],
    }),
  };
}

for (const file of FILES) {
  for (const workspaceIo of [false, true]) {
    const how = workspaceIo
      ? "its inputs and outputs in the workspace"
      : "the application's inputs and outputs";
    need(
      { tools: ["arm-none-eabi-gcc"] },
      `${file} with ${how} runs as the evaluator says, and so does its pinned module`,
      async () => {
        const module = moduleOf(file, workspaceIo);
        const name = workspaceIo ? "mimxrt1060-evk" : "stm32h743";
        const first = await planned(module, name);
        // RFC 0023's P2: printed with pools and offsets it plans again to the same result.
        const text = printModule(first.plan.module);
        const second = await planned(parseModule(text, "pinned.py"), name);
        assertEquals(planToDocument(second.plan), planToDocument(first.plan));
        assertEquals(printModule(second.plan.module), text);
        const folder = await Deno.makeTempDir();
        try {
          const { board } = second;
          const { inputs, outputs } = generateFirmware(second.plan, board).manifest;
          const given = inputs.map((one) => inputFor(one.bytes, one.dtype));
          const result = await simulate(second.plan, board, {
            folder,
            toolchain: "gcc",
            inputs: [Uint8Array.from(given.flatMap((one) => [...one]))],
          });
          assertEquals(result.firmware.warnings, "");
          assert(result.check.ok, JSON.stringify(result.check.findings));
          assertEquals(result.run.exit, { reason: "exit", code: 0 });
          const expected = evaluateModule(module, {
            inputs: new Map(inputs.map(({ name }, i) => [name, given[i] ?? new Uint8Array()])),
          });
          assertEquals(
            [...result.outputs[0] ?? []],
            outputs.flatMap(({ name }) => [...expected.outputs.get(name) ?? []]),
          );
          assert(outputs.length > 0);
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      },
    );
  }
}
