/**
 * Whole images in QEMU, an emulator that we did not write: keyword spotting on the boards that QEMU has,
 * against TensorFlow Lite Micro's outputs.
 */
import { assertEquals } from "@std/assert";
import { buildFirmware, findToolchain } from "../../src/firmware/mod.ts";
import { need } from "../support/need.ts";
import { modelFolder, output } from "./sample.ts";

const VECTORS = 2;

for (
  const [kind, board, codeRegion, constants] of [
    ["gcc", "mps2-an386", undefined, undefined],
    ["zig", "mps2-an386", "ssram23", "psram"],
    ["gcc", "mps2-an500", "ssram23", "ssram23"],
    ["zig", "mps2-an500", undefined, undefined],
  ] as const
) {
  need(
    {
      tools: [
        "qemu-system-arm",
        "arm-none-eabi-nm",
        ...(kind === "gcc" ? ["arm-none-eabi-gcc"] : []),
      ],
      corpus: ["models/kws_ref_model.tflite", "goldens/kws_ref_model.json"],
    },
    `QEMU's ${board} prints TFLM's outputs: ${kind}, code in ${
      codeRegion ?? "flash"
    }, first layers' ` +
      `weights in ${constants ?? "flash"}`,
    async (_, { corpus }) => {
      const golden = JSON.parse(await Deno.readTextFile(corpus("goldens/kws_ref_model.json")));
      const { board: loaded, folder } = await modelFolder(
        corpus("models/kws_ref_model.tflite"),
        board,
        { codeRegion, ...(constants === undefined ? {} : { constants }) },
      );
      const dir = await Deno.makeTempDir();
      try {
        const built = await buildFirmware(folder, dir, loaded, await findToolchain(kind));
        assertEquals(built.warnings, "");
        const symbols = await output("arm-none-eabi-nm", [built.elfPath]);
        const input = folder.manifest.inputs[0]?.symbol ?? "";
        const address = new RegExp(`^([0-9a-f]+) . ${input}$`, "m").exec(symbols)?.[1] ?? "";
        for (const vector of golden.vectors.slice(0, VECTORS)) {
          await Deno.writeFile(`${dir}/in.bin`, bytesOf(vector.input_base64));
          const printed = await output("qemu-system-arm", [
            ...["-M", board, "-nographic", "-semihosting-config", "enable=on,target=native"],
            ...["-kernel", built.elfPath],
            ...["-device", `loader,file=${dir}/in.bin,addr=0x${address},force-raw=on`],
          ]);
          const expected = [...bytesOf(vector.output_base64)]
            .map((byte) => byte.toString(16).padStart(2, "0")).join("");
          assertEquals(printed, `pinmap: output Identity ${expected}\n`, vector.name);
        }
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
  );
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
