/**
 * The demo's network on every board that comes with pinmap, built by two compilers: the whole road works
 * on each core, and no board's memories change a result.
 */
import { assertEquals } from "@std/assert";
import { importModel, listBoards, loadBoard, parsePoolSpec, plan, simulate } from "../../mod.ts";
import { sampleDigits } from "../../examples/digits/samples.ts";
import { evaluate } from "../support/evaluate.ts";
import { need } from "../support/need.ts";
import { ROOT } from "../support/paths.ts";

const module = importModel(
  await Deno.readFile(`${ROOT}/examples/digits/digits.tflite`),
  "digits.tflite",
);
const images = sampleDigits(1).slice(3, 5).map(({ input }) => input);
const expected = images.map((image) => [...evaluate(module, [image]).outputs.values()].join());

for (const name of await listBoards()) {
  for (const toolchain of ["gcc", "zig"]) {
    need(
      { tools: toolchain === "gcc" ? ["arm-none-eabi-gcc"] : [] },
      `the digits network runs on ${name}, ${toolchain}, weights in flash and in RAM`,
      async () => {
        const board = await loadBoard(name);
        const [ram] = board.regions;
        const inRam = [parsePoolSpec(`name=weights;region=${ram?.name};size=16K`, "constant")];
        // Weights and activations together need more RAM than the smallest board has.
        const ways = (ram?.length ?? 0) < 32 * 1024 ? [[]] : [[], inRam];
        for (const parameterBuffers of ways) {
          const planned = plan(module, board, {
            ...(parameterBuffers.length > 0 && { parameterBuffers }),
            residents: [{ name: "stack", region: ram?.name ?? "", size: 2048 }],
          });
          const folder = await Deno.makeTempDir();
          const { check, run, outputs } = await simulate(planned, board, {
            folder,
            toolchain,
            inputs: images.map((image) => new Uint8Array(image.buffer)),
          });
          assertEquals(check.findings, []);
          assertEquals(run.exit, { reason: "exit", code: 0 });
          assertEquals(outputs.map((output) => new Int8Array(output.buffer).join()), expected);
          await Deno.remove(folder, { recursive: true });
        }
      },
    );
  }
}
