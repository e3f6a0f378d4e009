/**
 * The firmware folder: pure text from a plan and a board. The same input gives the same bytes.
 *
 * @module
 */
import { UsageError } from "../base/error.ts";
import { closest } from "../base/units.ts";
import type { Board } from "../board/types.ts";
import type { Plan } from "../plan/types.ts";
import { BODY_HEADERS } from "./body/headers.ts";
import { printMakefile, printReadme } from "./folder_texts.ts";
import { printFunctions } from "./functions_c.ts";
import { printHarness } from "./harness_c.ts";
import { type PoolOwner, printHeader } from "./header_c.ts";
import { toIdentifier } from "./identifiers.ts";
import { type Kernel, KERNEL_HEADERS } from "./kernels.ts";
import { layOut } from "./layout.ts";
import { printLinkerScript } from "./linker_script.ts";
import { makeManifest } from "./manifest.ts";
import { type Network, readNetworks } from "./network.ts";
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
  /**
   * Region of single functions by symbol: kernels, operators, and what the kernels call, as
   * `pinmap_dot_rows`. By default those that the plan chose, where it did.
   */
  readonly functionRegions?: ReadonlyMap<string, string> | undefined;
  /** Files of an application with a `main()` of its own, by name: they replace the test harness. */
  readonly application?: ReadonlyMap<string, string> | undefined;
  /** Whether the application defines the pools' arrays, as the header says; by default pinmap does. */
  readonly userPools?: boolean | undefined;
}

/**
 * Generates the firmware for a planned network: C sources, header, linker script, Makefile, manifest.
 * Stack, heap and static data go where the plan's residents say.
 *
 * @param plan A validated plan with a stack among its residents
 * @param board The board that the plan was made for
 * @param options Where code goes
 * @returns The files' texts and the manifest
 * @throws {UsageError} E-FIRMWARE-BOARD if the plan is for another board, E-FIRMWARE-CODE-REGION,
 *   E-FIRMWARE-APPLICATION
 * @throws {InputError} E-FIRMWARE-MAIN, E-FIRMWARE-UNPLANNED, E-FIRMWARE-EMPTY, E-FIRMWARE-CALL,
 *   E-FIRMWARE-STATEMENT, E-FIRMWARE-NAME, E-FIRMWARE-VECTORS, E-FIRMWARE-REGION, E-FIRMWARE-STACK
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
  const functionRegions = options.functionRegions ?? plannedRegions(plan, board);
  const layout = layOut(plan, board, options.codeRegion, functionRegions, prefix);
  const networks = readNetworks(plan, layout.pools);
  const owner = ownerOf(options, networks);
  const printed = networks.map((network) => ({
    network,
    functions: printFunctions(network, options.application !== undefined),
  }));
  const kernels = [
    ...new Map(
      printed.flatMap(({ functions }) => functions.kernels.map((one) => [one.name, one] as const)),
    ).values(),
  ];
  mustBeFunctions(functionRegions, functionsOf(networks, kernels));
  const { application } = options;
  const manifest = makeManifest(plan, networks, layout, kernels, board, application !== undefined);
  const script = `${toIdentifier(board.name).replaceAll("_", "-")}.ld`;

  const headers = [...BODY_HEADERS].filter(([name]) =>
    printed.some(({ functions }) => functions.headers.includes(name))
  );
  const symbols = owner === "pinmap" ? [] : networks.flatMap(({ buffers }) => buffers);
  const files = new Map<string, string>([
    ...printed.flatMap(({ network, functions }): [string, string][] => [
      [`${network.prefix}.h`, printHeader(network, owner)],
      [`${network.prefix}.c`, functions.text],
    ]),
    ["pools.c", printPools(networks, layout, owner)],
    ...(application === undefined ? [["main.c", printHarness(networks)] as const] : []),
    ...RUNTIME_FILES,
    ...KERNEL_HEADERS,
    ...headers.map(([name, { text }]): [string, string] => [name, text]),
    ...kernels.map((kernel): [string, string] => [kernel.file, kernel.source]),
    [script, printLinkerScript(board.name, layout, symbols)],
    ["manifest.json", `${JSON.stringify(manifest, null, 2)}\n`],
    ["README.md", printReadme(board, layout, networks, script, application !== undefined)],
  ]);
  addApplication(files, application ?? new Map());
  const sources = [...files.keys()].filter((name) => name.endsWith(".c")).toSorted();
  files.set("Makefile", printMakefile(board, script, sources));
  return { files, manifest };
}

/** Where the plan wants functions to run, if it chose; those in the image's region need no section of their own. */
function plannedRegions({ cycles }: Plan, board: Board): ReadonlyMap<string, string> {
  const isRam = (name: string) => board.regions.find((one) => one.name === name)?.kind === "ram";
  return new Map(
    (cycles?.functions ?? []).flatMap(({ name, region }) => isRam(region) ? [[name, region]] : []),
  );
}

/**
 * Symbols of the functions that can be placed: operators, kernels, and what these call.
 *
 * @param networks The networks
 * @param kernels Their kernels
 */
function functionsOf(
  networks: readonly Network[],
  kernels: readonly Kernel[],
): ReadonlySet<string> {
  const inText = (text: string): string[] => [
    ...[...text.matchAll(/^PINMAP_CODE\((\w+)\)/gm)].map(([, name = ""]) => name),
    ...[...text.matchAll(/^#include "(\w+\.h)"/gm)]
      .flatMap(([, header = ""]) => inText(KERNEL_HEADERS.get(header) ?? "")),
  ];
  return new Set([
    ...networks.flatMap((one) => [...one.functionNames.values()]),
    ...kernels.flatMap(({ source }) => inText(source)),
  ]);
}

function mustBeFunctions(
  regions: ReadonlyMap<string, string>,
  known: ReadonlySet<string>,
): void {
  const symbol = [...regions.keys()].find((one) => !known.has(one));
  if (symbol === undefined) return;
  const guess = closest(symbol, known);
  throw new UsageError(
    "E-FIRMWARE-FUNCTION",
    `Cannot place function "${symbol}": the firmware has ${[...known].join(", ")}`,
    { hints: guess === undefined ? [] : [`Did you mean "${guess}"?`] },
  );
}

function ownerOf(options: FirmwareOptions, networks: readonly Network[]): PoolOwner {
  if (options.userPools !== true) return "pinmap";
  const refuse = (why: string, hint: string) =>
    new UsageError("E-FIRMWARE-APPLICATION", `Cannot leave the pools to the application: ${why}`, {
      hints: [hint],
    });
  if (options.application === undefined) {
    throw refuse(
      "none is given, one that defines them is needed",
      "Name its C files with --application",
    );
  }
  if (networks.length > 1) {
    throw refuse(
      `${networks.length} networks share them, one is needed`,
      "Let pinmap define the pools of several networks",
    );
  }
  return "application";
}

/** The user's files beside the generated ones. */
function addApplication(
  files: Map<string, string>,
  application: ReadonlyMap<string, string>,
): void {
  for (const [name, text] of application) {
    if (files.has(name)) {
      throw new UsageError(
        "E-FIRMWARE-APPLICATION",
        `Cannot add ${name} to the firmware: a generated file has the name, another is needed`,
      );
    }
    files.set(name, text);
  }
}
