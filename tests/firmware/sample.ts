/**
 * A small network with one of each thing that the generator handles: input, output, intermediate,
 * constants of two types, operators as functions, a spare buffer that nobody uses.
 *
 * @module
 */
import { type Board, loadBoard } from "../../src/board/mod.ts";
import { type FirmwareOptions, generateFirmware } from "../../src/firmware/mod.ts";
import type { FirmwareFolder } from "../../src/firmware/types.ts";
import { importModel } from "../../src/import/mod.ts";
import { type IRModule, moduleBuilder } from "../../src/ir/mod.ts";
import { parsePin, parsePoolSpec, plan } from "../../src/plan/mod.ts";
import type { Plan } from "../../src/plan/types.ts";

/** Copies 8 bytes and sums them: `sum = (x0 + … + x7 + 16) / 2`. */
export function sampleModule(name = "default"): IRModule {
  const net = moduleBuilder(name);
  const copy = net.func(`tvmgen_${name}_reshape_0`, { params: ["input", "output"] });
  copy.call("pinmap_copy_s8", ["input", "output", 8]);
  const sum = net.func(`tvmgen_${name}_fully_connected_1`, {
    params: ["input", "weights", "bias", "multiplier", "shift", "output"],
  });
  sum.call("pinmap_fully_connected_s8", [
    ...["input", "weights", "bias", "multiplier", "shift", "output"],
    ...[1, 8, 1, 0, 0, 0, 0, -128, 127],
  ]);
  const main = net.main();
  main.allocate("serving_input", "int8", [1, 8], { input: "serving:input", alignment: 16 });
  main.allocate("Identity", "int8", [1], { output: "Identity", alignment: 16 });
  main.allocate("op0_out", "int8", [8], { alignment: 16 });
  main.allocateConst("op1_weights", "int8", [1, 8], [1, 1, 1, 1, 1, 1, 1, 1], { alignment: 4 });
  main.allocateConst("op1_bias", "int32", [1], [16], { alignment: 4 });
  main.allocateConst("op1_multiplier", "int32", [1], [1 << 30], { alignment: 4 });
  main.allocateConst("op1_shift", "int32", [1], [0], { alignment: 4 });
  main.call(`tvmgen_${name}_reshape_0`, ["serving_input", "op0_out"]);
  main.call(`tvmgen_${name}_fully_connected_1`, [
    "op0_out",
    "op1_weights",
    "op1_bias",
    "op1_multiplier",
    "op1_shift",
    "Identity",
  ]);
  return net.build();
}

/** How to plan and generate. */
export interface SampleOptions extends FirmwareOptions {
  /** RAM region for a pool that gets all constants. */
  readonly constants?: string;
  /** Heap, bytes. */
  readonly heap?: number;
}

/** The sample, or another module, planned for a board. */
export function samplePlan(board: Board, options: SampleOptions = {}, module?: IRModule): Plan {
  const ram = board.regions.find((one) => one.kind === "ram")?.name ?? "";
  const residents = [
    { name: "stack" as const, region: ram, size: 2048 },
    ...(options.heap === undefined
      ? []
      : [{ name: "heap" as const, region: ram, size: options.heap }]),
  ];
  if (options.constants === undefined) {
    return plan(module ?? sampleModule(), board, { residents });
  }
  const spec = `name=params;target=c;size=96K;region=${options.constants}`;
  return plan(module ?? sampleModule(), board, {
    residents,
    parameterBuffers: [parsePoolSpec(spec, "constant")],
    pins: [],
  });
}

/** The sample's folder for a built-in board. */
export async function sampleFolder(
  name: string,
  options: SampleOptions = {},
  module?: IRModule,
): Promise<{ board: Board; folder: FirmwareFolder }> {
  const board = await loadBoard(name);
  const planned = samplePlan(board, options, module);
  return { board, folder: generateFirmware(planned, board, options) };
}

/** A corpus model's folder, its first layers' constants in a RAM pool if one is named. */
export async function modelFolder(
  file: string,
  boardName: string,
  options: SampleOptions = {},
): Promise<{ board: Board; folder: FirmwareFolder }> {
  const board = await loadBoard(boardName);
  const module = importModel(await Deno.readFile(file), file);
  const ram = board.regions.find((one) => one.kind === "ram")?.name ?? "";
  const nvm = board.regions.find((one) => one.kind === "nvm")?.name ?? "";
  const { constants } = options;
  const planned = plan(module, board, {
    residents: [{ name: "stack", region: ram, size: 2048 }],
    ...(constants === undefined ? {} : {
      parameterBuffers: [
        parsePoolSpec(`name=${nvm};target=c`, "constant"),
        parsePoolSpec(`name=params;target=c;size=16K;region=${constants}`, "constant"),
      ],
      pins: ["weights", "bias", "multiplier", "shift"].flatMap((role) => [
        parsePin(`op0_${role}=params`),
        parsePin(`op1_${role}=params`),
      ]),
    }),
  });
  return { board, folder: generateFirmware(planned, board, options) };
}

/** Output of a Debian tool. */
export async function output(command: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout) + decoder.decode(stderr);
}
