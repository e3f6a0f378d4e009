/** A buffer that an edited linker script moved: the check must say which, where it is, where it belongs. */
import { assert, assertEquals } from "@std/assert";
import { need } from "../support/need.ts";
import { ROOT } from "../support/paths.ts";
import { pinmap, runMerged } from "../support/pinmap.ts";

need(
  { tools: ["arm-none-eabi-gcc"] },
  "check exits 1 and names symbol and regions when a linker script moved a pool",
  async () => {
    const folder = await Deno.makeTempDir();
    const board = ["--board", "stm32f746g-disco"];
    const model = `${ROOT}/examples/digits/digits.tflite`;
    const built = await pinmap(
      ["build", model, ...board, "-w", "name=dtcm;target=c", "-t", "gcc", "-o", folder],
    );
    assertEquals(built.code, 0, built.stderr);
    assertEquals((await pinmap(["check", `${folder}/firmware.elf`, ...board])).code, 0);

    const script = Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .find((name) => name.endsWith(".ld"));
    assert(script !== undefined);
    const text = await Deno.readTextFile(`${folder}/${script}`);
    const edited = text.replace(/(\.pinmap\.workspace\.dtcm[\s\S]*?\}\s*>\s*)dtcm/i, "$1sram1");
    assert(edited !== text, "the workspace section is in the linker script");
    await Deno.writeTextFile(`${folder}/${script}`, edited);
    await runMerged("make", ["-s", "-B", "-C", folder]);

    const moved = await pinmap(["check", `${folder}/firmware.elf`, ...board, "--format", "json"]);
    assertEquals(moved.code, 1);
    const { ok, findings } = JSON.parse(moved.stdout);
    assertEquals(ok, false);
    const symbols = findings
      .filter((finding: { code: string }) => finding.code === "C-REGION")
      .map((finding: Record<string, unknown>) => [
        finding["symbol"],
        finding["expected_region"],
        finding["actual_region"],
      ]);
    assert(
      symbols.some(([symbol, expected, actual]: string[]) =>
        symbol === "tvmgen_default_image" && expected === "dtcm" && actual === "sram1"
      ),
      JSON.stringify(symbols),
    );
  },
);
