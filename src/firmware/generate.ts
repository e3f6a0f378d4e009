/**
 * The firmware folder: pure text from a plan and a board. The same input gives the same bytes.
 *
 * @module
 */
import { UsageError } from "../base/error.ts";
import type { Board } from "../board/types.ts";
import type { Plan } from "../plan/types.ts";
import { BODY_HEADERS } from "./body/headers.ts";
import { printMakefile, printReadme } from "./folder_texts.ts";
import { printFunctions } from "./functions_c.ts";
import { printHarness } from "./harness_c.ts";
import { printHeader } from "./header_c.ts";
import { toIdentifier } from "./identifiers.ts";
import { KERNEL_HEADERS } from "./kernels.ts";
import { layOut } from "./layout.ts";
import { printLinkerScript } from "./linker_script.ts";
import { makeManifest } from "./manifest.ts";
import { readNetwork } from "./network.ts";
import { printPools } from "./pools_c.ts";
import { RUNTIME_FILES } from "./runtime.ts";
import type { FirmwareFolder } from "./types.ts";

/** What the user may choose. */
export interface FirmwareOptions {
  /**
   * Region, or alias of the flash region, that the kernels and the network's functions run in. A RAM
   * region gets its code copied from flash at start-up. By default the flash region.
   */
  readonly codeRegion?: string | undefined;
}

/**
 * Generates the firmware for a planned network: C sources, header, linker script, Makefile, manifest.
 * Stack, heap and static data go where the plan's residents say.
 *
 * @param plan A validated plan with a stack among its residents
 * @param board The board that the plan was made for
 * @param options Where code goes
 * @returns The files' texts and the manifest
 * @throws {UsageError} E-FIRMWARE-BOARD if the plan is for another board, E-FIRMWARE-CODE-REGION
 * @throws {InputError} E-FIRMWARE-MAIN, E-FIRMWARE-UNPLANNED, E-FIRMWARE-EMPTY, E-FIRMWARE-CALL,
 *   E-FIRMWARE-STATEMENT, E-FIRMWARE-RECURSION, E-FIRMWARE-NAME, E-FIRMWARE-VECTORS, E-FIRMWARE-REGION, E-FIRMWARE-STACK
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadBoard } from "../board/mod.ts";
 * import { moduleBuilder } from "../ir/mod.ts";
 * import { plan } from "../plan/mod.ts";
 * import { generateFirmware } from "./generate.ts";
 *
 * const board = await loadBoard("stm32f746g-disco");
 * const net = moduleBuilder("echo");
 * const main = net.main();
 * main.allocate("heard", "int8", [64], { input: "heard" });
 * main.allocate("said", "int8", [64], { output: "said" });
 * main.call("pinmap_copy_s8", ["heard", "said", 64]);
 *
 * const planned = plan(net.build(), board, {
 *   residents: [{ name: "stack", region: "dtcm", size: 2048 }],
 * });
 * const folder = generateFirmware(planned, board, { codeRegion: "itcm" });
 * assertEquals(folder.files.has("tvmgen_echo.h"), true);
 * assertEquals(folder.manifest.inputs[0]?.symbol, "tvmgen_echo_heard");
 * ```
 */
export function generateFirmware(
  plan: Plan,
  board: Board,
  options: FirmwareOptions = {},
): FirmwareFolder {
  if (plan.board !== board.name) {
    throw new UsageError(
      "E-FIRMWARE-BOARD",
      `Cannot generate firmware for ${board.name}: the plan is for ${plan.board}`,
    );
  }
  const prefix = toIdentifier(`tvmgen_${plan.module.name}`);
  const layout = layOut(plan, board, options.codeRegion, prefix);
  const network = readNetwork(plan, layout.pools, prefix);
  const functions = printFunctions(network);
  const manifest = makeManifest(plan, network, layout, functions.kernels, board);
  const script = `${toIdentifier(board.name).replaceAll("_", "-")}.ld`;

  const files = new Map<string, string>([
    [`${prefix}.h`, printHeader(network, layout.pools)],
    [`${prefix}.c`, functions.text],
    ["pools.c", printPools(network, layout)],
    ["main.c", printHarness(network)],
    ...RUNTIME_FILES,
    ...KERNEL_HEADERS,
    ...functions.headers.map((
      name,
    ): [string, string] => [name, BODY_HEADERS.get(name)?.text ?? ""]),
    ...functions.kernels.map((kernel): [string, string] => [kernel.file, kernel.source]),
    [script, printLinkerScript(board.name, layout)],
    ["manifest.json", `${JSON.stringify(manifest, null, 2)}\n`],
    ["README.md", printReadme(board, layout, prefix, script)],
  ]);
  const sources = [...files.keys()].filter((name) => name.endsWith(".c")).toSorted();
  files.set("Makefile", printMakefile(board, script, sources));
  return { files, manifest };
}
