/** Single functions in regions of their own: where they are linked, and that the program is the same. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { generateFirmware, importModel, loadBoard, plan, simulate } from "../../mod.ts";
import { parseElf } from "../../sim/mod.ts";
import { need } from "../support/need.ts";
import { ROOT } from "../support/paths.ts";

const board = await loadBoard("stm32f746g-disco");
const module = importModel(
  Deno.readFileSync(`${ROOT}/examples/digits/digits.tflite`),
  "digits.tflite",
);
const planned = plan(module, board, {
  residents: [{ name: "stack", region: "dtcm", size: 2048 }],
});
const REGIONS = new Map([
  ["pinmap_dot_rows", "itcm"],
  ["pinmap_conv_2d_s8", "itcm"],
  ["pinmap_softmax_s8", "sram1"],
]);

for (const toolchain of ["gcc", "zig"]) {
  need(
    { tools: toolchain === "gcc" ? ["arm-none-eabi-gcc"] : [] },
    `single functions run from the regions that they are given, ${toolchain}`,
    async () => {
      const folder = await Deno.makeTempDir();
      const there = await simulate(planned, board, {
        folder,
        toolchain,
        functionRegions: REGIONS,
      });
      const { run, outputs } = await simulate(planned, board, { folder, toolchain });
      await Deno.remove(folder, { recursive: true });
      assertEquals(there.check.findings, []);
      assertEquals(there.outputs, outputs);
      assert(there.run.cycles < run.cycles, "ITCM has no wait states, flash has");
      const elf = parseElf(there.firmware.elf, "firmware.elf");
      for (const [symbol, name] of REGIONS) {
        const region = board.regions.find((one) => one.name === name);
        const all = elf.symbols.filter((one) => one.name === symbol);
        assert(all.length > 0, symbol);
        for (const { address } of all) {
          const offset = address - (region?.origin ?? 0);
          assert(offset >= 0 && offset < (region?.length ?? 0), `${symbol} in ${name}`);
        }
      }
    },
  );
}

Deno.test("functions that the firmware has not, and regions that hold none, are refused", () => {
  const place = (symbol: string, region: string) => () =>
    generateFirmware(planned, board, { functionRegions: new Map([[symbol, region]]) });
  const unknown = assertThrows(place("pinmap_dot_row", "itcm"));
  assertStringIncludes(String(unknown), 'Cannot place function "pinmap_dot_row"');
  assertEquals((unknown as { hints?: readonly string[] }).hints, [
    'Did you mean "pinmap_dot_rows"?',
  ]);
  assertStringIncludes(String(assertThrows(place("pinmap_dot_rows", "itcn"))), 'into "itcn"');
  assertStringIncludes(
    String(assertThrows(place("pinmap_dot_rows", "flash_itcm"))),
    "it is an alias of flash, a region is needed",
  );
});
