/**
 * The whole road behind one call: firmware from a plan, compiled, checked and run. The command line
 * and scripts both come through here.
 *
 * @module
 */
import type { CheckDocument, ProfileDocument, RunDocument } from "../base/documents.ts";
import { InputError } from "../base/error.ts";
import { withMissingInitiators } from "../board/initiator.ts";
import type { Board } from "../board/types.ts";
import { checkImage } from "../check/mod.ts";
import { buildFirmware } from "../firmware/build.ts";
import { generateFirmware } from "../firmware/mod.ts";
import { findToolchain } from "../firmware/toolchain.ts";
import type { Manifest, Toolchain } from "../firmware/types.ts";
import type { Plan } from "../plan/types.ts";
import {
  type ConsoleText,
  createMachine,
  type DeviceOptions,
  type ElfImage,
  type EngineFactory,
  type EngineName,
  type FaultPolicy,
  type HarnessManifest,
  imageFormat,
  inputBytes,
  loadUnicorn,
  type Machine,
  parseElf,
  parseImage,
  runDocument,
  runHarness,
  type RunLimits,
  type SemihostingOptions,
} from "../../sim/mod.ts";
import { countAccesses } from "./profile.ts";

/** Tells how far a long step is. */
export type Progress = (text: string, done?: number, total?: number) => void;

/** How firmware is compiled. */
export interface CompileOptions {
  /** Folder to write; made if missing. */
  readonly folder: string;
  /** Region that kernels are copied to at start-up; default: they run from flash. */
  readonly codeRegion?: string | undefined;
  /** Files of an application with a main of its own, by name; default: pinmap's test harness. */
  readonly application?: ReadonlyMap<string, string> | undefined;
  /** Whether the application defines the pools' arrays; default: pinmap does. */
  readonly userPools?: boolean | undefined;
  /** `gcc`, `clang`, `zig` or a path; default: the first that is found. */
  readonly toolchain?: string | undefined;
  /** Called as steps go by. */
  readonly onProgress?: Progress | undefined;
}

/** Compiled firmware. */
export interface Firmware {
  /** The ELF file. */
  readonly elf: Uint8Array;
  /** Where it was written. */
  readonly elfPath: string;
  /** What must be where. */
  readonly manifest: Manifest;
  /** What the compiler had to say; empty if nothing. */
  readonly warnings: string;
  /** The compiler. */
  readonly toolchain: Toolchain;
}

/** How firmware is run. */
export interface RunOptions {
  /** One inference each: the bytes of all input tensors in order. Default: one of zeros. */
  readonly inputs?: readonly Uint8Array[] | undefined;
  /** Execution engine; default: `translator`. `unicorn` is loaded where it is found. */
  readonly engine?: EngineName | "unicorn" | undefined;
  /** Where raw bytes go, if the image is no ELF, Intel HEX, S-record or UF2 file. */
  readonly loadAddress?: number | undefined;
  /** Faults that the program's handlers take; default `auto`. */
  readonly faults?: FaultPolicy | undefined;
  /** What the program finds: files, input, command line, bytes for serial ports, ITM. */
  readonly surroundings?: (SemihostingOptions & DeviceOptions) | undefined;
  /** Name of a timing model; default: that of the board's core. */
  readonly timing?: string | undefined;
  /** Stop after so many instructions. */
  readonly maxInstructions?: number | undefined;
  /** Stop after so many cycles. */
  readonly maxCycles?: number | undefined;
  /** Asked now and then while the program runs; true ends the run, as a limit. For a clock. */
  readonly interrupted?: (() => boolean) | undefined;
  /** Whether accesses to buffers and parameters are counted one by one; slow. */
  readonly profile?: boolean | undefined;
  /** Called as inferences go by. */
  readonly onProgress?: Progress | undefined;
}

/** What came of a run. */
export interface Execution {
  /** Accesses to buffers and parameters, if they were to be counted. */
  readonly profile?: ProfileDocument | undefined;
  /** Counts, per region and function. */
  readonly run: RunDocument;
  /** For each inference its output tensors, concatenated. */
  readonly outputs: readonly Uint8Array[];
  /** What the firmware printed by semihosting. */
  readonly console: string;
  /** What it printed to serial ports and to the ITM, by name. */
  readonly consoles: readonly ConsoleText[];
}

/** Everything from a plan to cycles. */
export interface Simulation extends Execution {
  /** Compiled firmware. */
  readonly firmware: Firmware;
  /** Placement check of the linked ELF. */
  readonly check: CheckDocument;
}

/**
 * Generates and compiles the firmware of a plan.
 *
 * @param plan A plan
 * @param board The board it was made for
 * @param options Folder, toolchain, code region
 * @throws {ToolchainError} No compiler, or it failed
 */
export async function compileFirmware(
  plan: Plan,
  board: Board,
  options: CompileOptions,
): Promise<Firmware> {
  const progress = options.onProgress ?? (() => {});
  progress("Finding a compiler");
  const toolchain = await findToolchain(options.toolchain, { onProgress: progress });
  const folder = generateFirmware(plan, board, {
    ...(options.codeRegion !== undefined && { codeRegion: options.codeRegion }),
    application: options.application,
    userPools: options.userPools,
  });
  progress("Compiling");
  const built = await buildFirmware(folder, options.folder, board, toolchain, {
    onProgress: progress,
  });
  return {
    elf: built.elf,
    elfPath: built.elfPath,
    warnings: built.warnings,
    manifest: folder.manifest,
    toolchain,
  };
}

/**
 * Checks compiled firmware against its board and manifest.
 *
 * @param firmware Compiled firmware
 * @param board Its board
 */
export function checkFirmware(firmware: Firmware, board: Board): Promise<CheckDocument> {
  return checkElf(firmware.elf, firmware.elfPath, board, firmware.manifest);
}

/**
 * Checks a linked ELF, or another image as far as it tells where what is.
 *
 * @param elf The file's bytes
 * @param path Its path, for messages
 * @param board The board it was linked for
 * @param manifest What must be where; without it only the board's rules hold
 * @param loadAddress Where raw bytes go
 * @throws {InputError} A file that cannot be read
 */
export async function checkElf(
  elf: Uint8Array,
  path: string,
  board: Board,
  manifest: Manifest | undefined,
  loadAddress?: number,
): Promise<CheckDocument> {
  // Bytes of no format and without an address were meant to be an ELF file.
  const format = imageFormat(elf);
  const image = format === "bin" && loadAddress === undefined
    ? parseElf(elf, path)
    : parseImage(elf, path, { loadAddress });
  const entry = format === "elf" ? image.entry : resetHandler(image, board);
  return checkImage({ ...image, entry }, board, manifest, await sha256(elf));
}

/** Where an image starts that does not say so as an ELF file does: at its reset vector. */
function resetHandler(image: ElfImage, board: Board): number {
  const at = board.vectorTable + 4;
  const segment = image.segments.find(({ paddr, filesz }) =>
    at >= paddr && at + 4 <= paddr + filesz
  );
  if (segment === undefined) return image.entry;
  const { data } = segment;
  return new DataView(data.buffer, data.byteOffset, data.length)
    .getUint32(at - segment.paddr, true);
}

/**
 * Runs a linked ELF, or another image, in the emulator.
 *
 * @param elf The file's bytes
 * @param path Its path, for messages
 * @param board The board it was linked for
 * @param manifest Symbols of inputs, outputs and harness; without it the program runs to its exit
 * @param options Inputs, limits, progress
 * @throws {InputError} An ELF that is not for this board, an input of the wrong size
 */
export async function runElf(
  elf: Uint8Array,
  path: string,
  board: Board,
  manifest: Manifest | undefined,
  options: RunOptions = {},
): Promise<Execution> {
  const progress = options.onProgress ?? (() => {});
  progress("Loading");
  const initiators = manifest?.initiators ?? [];
  const engine: EngineName | EngineFactory | undefined = options.engine === "unicorn"
    ? await loadUnicorn()
    : options.engine;
  const image = parseImage(elf, path, { loadAddress: options.loadAddress });
  const machine = createMachine(withMissingInitiators(board, initiators), image, {
    engine,
    faults: options.faults,
    ...options.surroundings,
    timing: options.timing,
    offload: initiators.map(({ name, functions }) => ({
      initiator: name,
      functions,
      buffers: manifest?.placements.filter((one) => one.initiators?.includes(name))
        .map(({ symbol, size = 0 }) => ({ symbol, size })),
    })),
  });
  const harness = manifest?.harness;
  if (harness === undefined && (options.inputs ?? []).length > 0) {
    throw new InputError(
      "E-SIM-HARNESS",
      `Cannot give inputs to ${path}: its main is not pinmap's test harness, which waits for them`,
    );
  }
  const profile = options.profile === true ? profileOf(machine, manifest, path) : undefined;
  const run = manifest === undefined || harness === undefined
    ? { stop: machine.run(limitsOf(options)), inferences: [] }
    : runInferences(machine, manifest, options);
  const document = runDocument(machine, {
    elfSha256: await sha256(elf),
    run,
    stack: manifest?.stack,
  });
  machine.engine.close?.();
  const zeros = harness !== undefined && (options.inputs ?? []).length === 0;
  return {
    run: zeros ? { ...document, notes: [...document.notes, ZERO_INPUT] } : document,
    outputs: run.inferences.map((inference) => inference.output),
    console: machine.console(),
    consoles: machine.consoles(),
    ...(profile !== undefined && { profile: profile(Math.max(1, run.inferences.length)) }),
  };
}

function profileOf(machine: Machine, manifest: Manifest | undefined, path: string) {
  if (manifest?.harness !== undefined) return countAccesses(machine, manifest);
  throw new InputError(
    "E-SIM-PROFILE",
    `Cannot count the accesses to the buffers of ${path}: ${
      manifest === undefined ? "it has no manifest.json" : "its main is not pinmap's test harness"
    }, one is needed to know where they are and when an inference ends`,
  );
}

const DEFAULT_MAX_INSTRUCTIONS = 20_000_000_000;
const ZERO_INPUT = "no input was given: one inference of zeros was run";

function limitsOf(options: RunOptions): RunLimits {
  const { onProgress } = options;
  return {
    maxInstructions: options.maxInstructions ?? DEFAULT_MAX_INSTRUCTIONS,
    maxCycles: options.maxCycles,
    interrupted: options.interrupted,
    ...(onProgress !== undefined && {
      onInstructions: (count) => onProgress(running(count)),
    }),
  };
}

function running(instructions: number): string {
  return `Running, ${Math.floor(instructions / 1e6)} million instructions`;
}

function runInferences(machine: Machine, manifest: HarnessManifest, options: RunOptions) {
  const given = options.inputs ?? [];
  const inputs = given.length === 0 ? [new Uint8Array(inputBytes(manifest))] : given;
  let finished = 0;
  return runHarness(machine, manifest, inputs, {
    ...limitsOf(options),
    onInstructions: (count) => options.onProgress?.(running(count), finished, inputs.length),
    onInference: (done) => finished = done,
  });
}

/**
 * The whole road: firmware from a plan, compiled, checked and run.
 *
 * @param plan A plan
 * @param board The board it was made for
 * @param options Folder, toolchain, code region, inputs, limits
 * @throws {ToolchainError} No compiler, or it failed
 * @throws {InputError} An input of the wrong size
 */
export async function simulate(
  plan: Plan,
  board: Board,
  options: CompileOptions & RunOptions,
): Promise<Simulation> {
  const firmware = await compileFirmware(plan, board, options);
  const check = await checkFirmware(firmware, board);
  const { elf, elfPath, manifest } = firmware;
  return { firmware, check, ...await runElf(elf, elfPath, board, manifest, options) };
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes.slice());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
