/**
 * Models and flags as the planner wants them: modules, pools, pins, stack and heap.
 *
 * @module
 */
import { InputError, UsageError } from "../base/error.ts";
import { formatBytes } from "../base/units.ts";
import type { Board } from "../board/types.ts";
import { importModel } from "../import/mod.ts";
import { combineModules } from "../ir/combine.ts";
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
import { readFile, stemOf } from "./inputs.ts";
import type { Options } from "./options.ts";
import { limitsOf } from "./search.ts";

const DEFAULT_STACK_BYTES = 2048;
/** Name of modules that have none. */
const DEFAULT_NAME = "default";

/** Imports the model files as one module: several share one workspace and run one after the other. */
export async function modelOf(
  files: string | readonly string[],
  options: Options,
): Promise<IRModule> {
  const paths = [files].flat();
  const name = options.text("name");
  const modules: IRModule[] = [];
  const params = await paramsOf(options);
  for (const path of paths) {
    const module = importOne(await readFile(path, "model"), path, options, params);
    // Models without a name are told apart by their files'.
    const own = module.name === DEFAULT_NAME ? stemOf(path).replaceAll(/[^A-Za-z0-9_]/g, "_") : "";
    modules.push(paths.length > 1 && own !== "" ? { ...module, name: own } : module);
  }
  const combined = combineModules(modules, paths.length > 1 ? name : undefined);
  return paths.length === 1 && name !== undefined ? { ...combined, name } : combined;
}

/** Files of `--param`, by name. */
async function paramsOf(
  options: Options,
): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  const params = new Map<string, Uint8Array>();
  for (const text of options.texts("param")) {
    const [, name, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (name === undefined || file === undefined || params.has(name)) {
      throw new UsageError(
        "E-CLI-VALUE",
        `Cannot read --param ${text}: the form NAME=FILE is needed, each name once`,
      );
    }
    params.set(name, await readFile(file, "parameter"));
  }
  return params.size === 0 ? undefined : params;
}

function importOne(
  bytes: Uint8Array,
  path: string,
  options: Options,
  params: ReadonlyMap<string, Uint8Array> | undefined,
): IRModule {
  const name = options.positionals.length > 1 ? undefined : options.text("name");
  const target = options.text("target");
  return importModel(bytes, path, {
    ...(name !== undefined && { name }),
    ...(target !== undefined && { target }),
    ...(params !== undefined && { params }),
    serialLoops: options.flag("serial-loops"),
    workspaceIo: options.flag("workspace-io"),
  });
}

/** Files of `--application`, by name without folder. */
export async function applicationOf(
  options: Options,
): Promise<ReadonlyMap<string, string> | undefined> {
  const paths = options.texts("application");
  if (paths.length === 0) return undefined;
  const files = new Map<string, string>();
  for (const path of paths) {
    const name = path.replace(/^.*[/\\]/, "");
    if (files.has(name)) {
      throw new UsageError(
        "E-CLI-FLAG",
        `Cannot build with two files named ${name}: one is needed`,
      );
    }
    files.set(name, new TextDecoder().decode(await readFile(path, "application file")));
  }
  return files;
}

/** Plans a module as the flags say; says so if a pool gets less than its flag asks for. */
export function planOf(
  module: IRModule,
  board: Board,
  { options, terminal, objective = {} }: Pick<Context, "options" | "terminal"> & {
    readonly objective?: Pick<PlanOptions, "objective" | "profile" | "choiceSolver">;
  },
  control: PlanControl | undefined = limitsOf(options, terminal).control,
): Plan {
  const workspaceBuffers = poolsOf(options, "workspace", "with-workspace-buffer");
  const parameterBuffers = poolsOf(options, "constant", "with-parameter-buffer");
  const algorithm = options.text("algorithm");
  const planOptions: PlanOptions = {
    ...(workspaceBuffers.length > 0 && { workspaceBuffers }),
    ...(parameterBuffers.length > 0 && { parameterBuffers }),
    pins: options.texts("pin").map(parsePin),
    ...(algorithm !== undefined && { algorithm }),
    tvmCompatible: options.flag("tvm-compatible"),
    inPlace: options.flag("in-place"),
    ...wishesOf(options),
    ...objective,
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
