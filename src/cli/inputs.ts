/**
 * Files and flags as the rooms want them: boards, models, pools, raw input tensors.
 *
 * @module
 */
import { InputError, UsageError } from "../base/error.ts";
import { formatBytes } from "../base/units.ts";
import { loadBoard } from "../board/load.ts";
import type { Board } from "../board/types.ts";
import { importModel } from "../import/mod.ts";
import type { IRModule } from "../ir/types.ts";
import {
  parsePin,
  parsePoolSpec,
  plan,
  type PlanOptions,
  type PoolSpec,
  readTvmcPools,
} from "../plan/mod.ts";
import type { BufferPair, Plan, PlanControl, Resident } from "../plan/types.ts";
import type { Context } from "./command.ts";
import type { Options } from "./options.ts";
import { limitsOf } from "./search.ts";

const DEFAULT_STACK_BYTES = 2048;

/** Reads a file whole, with an error for people. */
export async function readFile(path: string, what: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new InputError("E-CLI-FILE", `Cannot read ${what} ${path}: there is no such file`, {
        cause: error,
      });
    }
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new InputError("E-CLI-FILE", `Cannot read ${what} ${path}: ${message(error)}`, {
      cause: error,
    });
  }
}

/** Writes a file, making its folder, with an error for people. */
export async function writeFile(path: string, data: Uint8Array | string): Promise<void> {
  try {
    const folder = path.replace(/[^/\\]*$/, "");
    if (folder !== "") await Deno.mkdir(folder, { recursive: true });
    await (typeof data === "string" ? Deno.writeTextFile(path, data) : Deno.writeFile(path, data));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new InputError("E-CLI-FILE", `Cannot write ${path}: ${message(error)}`, { cause: error });
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The only positional argument of a command. */
export function onePositional(options: Options, what: string, command: string): string {
  const [first, ...more] = options.positionals;
  if (first === undefined || more.length > 0) {
    throw new UsageError(
      "E-CLI-ARGUMENT",
      `Cannot run "${command}": needs one ${what}, found ${options.positionals.length}`,
      { hints: [`See pinmap ${command} --help`] },
    );
  }
  return first;
}

/** Refuses arguments after the first `count`: none is dropped in silence. */
export function noMorePositionals(options: Options, count: number, command: string): void {
  const extra = options.positionals[count];
  if (extra === undefined) return;
  throw new UsageError(
    "E-CLI-ARGUMENT",
    `Cannot run "${command}": "${extra}" is one argument too many`,
    { hints: [`See pinmap ${command} --help`] },
  );
}

/** The board of `--board`. */
export async function boardOf(options: Options, command: string): Promise<Board> {
  const name = options.text("board");
  if (name === undefined) {
    throw new UsageError("E-CLI-ARGUMENT", `Cannot run "${command}": needs --board`, {
      hints: ["See pinmap board list"],
    });
  }
  return await loadBoard(name);
}

/** Imports the model file. */
export async function modelOf(path: string, options: Options): Promise<IRModule> {
  const name = options.text("name");
  const target = options.text("target");
  return importModel(await readFile(path, "model"), path, {
    ...(name !== undefined && { name }),
    ...(target !== undefined && { target }),
    serialLoops: options.flag("serial-loops"),
  });
}

/** Plans a module as the flags say; says so if a pool gets less than its flag asks for. */
export function planOf(
  module: IRModule,
  board: Board,
  { options, terminal }: Pick<Context, "options" | "terminal">,
  control: PlanControl | undefined = limitsOf(options, terminal).control,
  algorithm: string | undefined = options.text("algorithm"),
): Plan {
  const workspaceBuffers = poolsOf(options, "workspace", "with-workspace-buffer");
  const parameterBuffers = poolsOf(options, "constant", "with-parameter-buffer");
  const planOptions: PlanOptions = {
    ...(workspaceBuffers.length > 0 && { workspaceBuffers }),
    ...(parameterBuffers.length > 0 && { parameterBuffers }),
    pins: options.texts("pin").map(parsePin),
    ...(algorithm !== undefined && { algorithm }),
    tvmCompatible: options.flag("tvm-compatible"),
    inPlace: options.flag("in-place"),
    ...wishesOf(options),
    ...(control !== undefined && { control }),
    residents: residentsOf(options, board, workspaceBuffers[0]?.region),
  };
  const planned = plan(module, board, planOptions);
  for (const { name, size = 0 } of [...workspaceBuffers, ...parameterBuffers]) {
    const pool = planned.pools.find((one) => one.pool.name === name)?.pool;
    if (pool === undefined || pool.limitBytes >= size) continue;
    terminal.say(
      `note: pool ${name} gets ${formatBytes(pool.limitBytes)}, not ${formatBytes(size)}: ` +
        `region ${pool.region} has no more left`,
    );
  }
  return planned;
}

/** Pairs of `--keep-apart` and `--share`. */
export function wishesOf(options: Options): Pick<PlanOptions, "apart" | "together"> {
  const pairs = (flag: string) =>
    options.texts(flag).map((text): BufferPair => {
      const [a = "", b = "", ...more] = text.split(",").map((name) => name.trim());
      if (a !== "" && b !== "" && more.length === 0) return [a, b];
      throw new UsageError(
        "E-CLI-VALUE",
        `Cannot read --${flag}: "${text}", needs two names of variables such as A,B`,
      );
    });
  const [apart, together] = [pairs("keep-apart"), pairs("share")];
  return {
    ...(apart.length > 0 && { apart }),
    ...(together.length > 0 && { together }),
  };
}

/** Pools of a kind, from the RFC's flag or from tvmc's; both at once would leave their order open. */
function poolsOf(options: Options, kind: PoolSpec["kind"], flag: string): readonly PoolSpec[] {
  const own = options.texts(flag).map((text) => parsePoolSpec(text, kind));
  const tvmc = readTvmcPools(options.texts, kind);
  if (own.length > 0 && tvmc.length > 0) {
    throw new UsageError(
      "E-CLI-FLAG",
      `Cannot plan with --${flag} and --${kind}-pools together: their order is open, one of them is needed`,
    );
  }
  return own.length > 0 ? own : tvmc;
}

function residentsOf(options: Options, board: Board, firstPool: string | undefined): Resident[] {
  const writable = board.regions.filter((region) =>
    region.kind === "ram" && region.access.read && region.access.write &&
    region.initiators.includes("c")
  );
  const [fallback] = writable;
  const beside = writable.find(({ name }) => name === firstPool) ?? fallback;
  const stackRegion = options.text("stack-region") ?? beside?.name;
  if (stackRegion === undefined) {
    throw new InputError("E-PLAN-STACK", `Cannot place the stack: ${board.name} has no RAM`);
  }
  const heapSize = options.bytes("heap-size") ?? 0;
  const stackSize = options.bytes("stack-size") ?? DEFAULT_STACK_BYTES;
  return [
    { name: "stack", region: stackRegion, size: stackSize },
    ...(heapSize === 0 ? [] : [{
      name: "heap" as const,
      region: options.text("heap-region") ?? stackRegion,
      size: heapSize,
    }]),
  ];
}

/** The folder of `--out`, by default one below `build/` named after the model and the board. */
export function outFolder(options: Options, modelPath: string, board: string): string {
  const stem = modelPath.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");
  return options.text("out") ?? `build/${stem}-${board}`;
}
