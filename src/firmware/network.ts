/**
 * A network as the generator sees it: the planned module's buffers with their C names and places, its
 * functions, its inputs and outputs. Everything that could make bad C is refused here.
 *
 * @module
 */
import { InputError } from "../base/error.ts";
import { formatBytes } from "../base/units.ts";
import { entriesOf, type Entry } from "../ir/combine.ts";
import { sizeOf } from "../ir/data.ts";
import { type TensorParameter, tensorParameters } from "../ir/parameters.ts";
import type {
  Allocate,
  AllocateConst,
  AnnotationValue,
  IRModule,
  PrimFunc,
  Var,
} from "../ir/types.ts";
import { MAIN, POOL_OFFSET } from "../ir/types.ts";
import { bitsOf } from "../ir/typing.ts";
import { allocationsOf } from "../ir/visit.ts";
import { analyseLiveness } from "../plan/liveness.ts";
import type { Plan } from "../plan/types.ts";
import { nameScope, toIdentifier } from "./identifiers.ts";
import { KERNELS } from "./kernels.ts";
import type { PoolLayout } from "./layout.ts";
import type { ManifestTensor } from "./types.ts";

/** Global symbols of the runtime files and the harness. */
const RUNTIME_SYMBOLS: readonly string[] =
  ("main memcpy memmove memset memcmp Reset_Handler NMI_Handler HardFault_Handler MemManage_Handler " +
    "BusFault_Handler UsageFault_Handler SVC_Handler DebugMon_Handler PendSV_Handler SysTick_Handler " +
    "pinmap_vectors pinmap_default_handler pinmap_print pinmap_print_hex pinmap_exit " +
    "pinmap_inferences pinmap_inference_begin pinmap_inference_end").split(" ");

/** Target of functions that the core runs. */
export const CORE = "c";

/** Bytes; what TVM aligns inputs and outputs to that an application gives. */
export const IO_ALIGNMENT = 16;

/** A buffer or constant in its pool. */
export interface PlacedBuffer {
  /** The node. */
  readonly node: Allocate | AllocateConst;
  /** Symbol in the ELF. */
  readonly symbol: string;
  /** Pool. */
  readonly pool: PoolLayout;
  /** Bytes from the pool's first byte. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** Bytes. */
  readonly alignment: number;
  /** Targets whose functions touch it. */
  readonly targets: readonly string[];
  /** Its name in the plan. */
  readonly name: string;
  /** Symbols of the functions that touch it. */
  readonly users: readonly string[];
  /** Statement in which it is live first. */
  readonly firstUse: number;
}

/** An input or output. */
export interface PlacedTensor {
  /** What the manifest says of it. */
  readonly tensor: ManifestTensor;
  /** Its buffer in a pool, or else main's parameter, whose memory the application gives. */
  readonly place: PlacedBuffer | { readonly parameter: Var };
  /** Field of the C struct. */
  readonly field: string;
  /** Macro with its size. */
  readonly sizeMacro: string;
  /** Targets whose functions touch it. */
  readonly targets: readonly string[];
}

/** A pool as one network needs it; networks share pools. */
export interface NetworkPool {
  /** The pool. */
  readonly layout: PoolLayout;
  /** Bytes that this network needs of it. */
  readonly size: number;
  /** Macro with that number. */
  readonly sizeMacro: string;
}

/** A network with places and C names. */
export interface Network {
  /** Its name. */
  readonly name: string;
  /** `tvmgen_<name>`. */
  readonly prefix: string;
  /** The function that execution starts in. */
  readonly main: PrimFunc;
  /** All functions, in the module's order. */
  readonly functions: readonly PrimFunc[];
  /** C names of all functions; the main function's is `<prefix>_run`. */
  readonly functionNames: ReadonlyMap<PrimFunc, string>;
  /** All buffers, in the module's order. */
  readonly buffers: readonly PlacedBuffer[];
  /** Pools that it has buffers in, in the plan's order. */
  readonly pools: readonly NetworkPool[];
  /** Inputs in the module's order. */
  readonly inputs: readonly PlacedTensor[];
  /** Outputs in the module's order. */
  readonly outputs: readonly PlacedTensor[];
  /** Whether the application gives the memory of inputs and outputs. */
  readonly ownIo: boolean;
}

/** What is known of the whole module. */
interface Facts {
  readonly module: IRModule;
  readonly pools: readonly PoolLayout[];
  readonly symbols: ReturnType<typeof nameScope>;
  /** Unique names and users, by node. */
  readonly buffers: ReadonlyMap<
    PlacedBuffer["node"],
    {
      readonly name: string;
      readonly targets: readonly string[];
      readonly users: readonly string[];
      readonly firstUse: number;
    }
  >;
  /** By unique name. */
  readonly alignments: ReadonlyMap<string, number>;
}

/**
 * Reads the networks of a planned module.
 *
 * @param plan The plan; its module is the pinned one (P2)
 * @param pools The pools' arrays
 * @returns One network for each module that was planned together
 * @throws {InputError} E-FIRMWARE-MAIN, E-FIRMWARE-UNPLANNED, E-FIRMWARE-NAME, E-FIRMWARE-EMPTY, E-IR-IO
 */
export function readNetworks(plan: Plan, pools: readonly PoolLayout[]): readonly Network[] {
  const { module } = plan;
  const entries = entriesOf(module);
  if (entries.length === 0) {
    throw new InputError(
      "E-FIRMWARE-MAIN",
      `Cannot generate code for module ${module.name}: it has no function ${MAIN}`,
    );
  }
  const symbols = nameScope("symbol");
  for (const name of [...KERNELS.keys(), ...RUNTIME_SYMBOLS]) symbols(name, name);
  for (const pool of pools) symbols(pool.pool.name, pool.symbol);
  const targets = new Map(module.functions.map(({ name, target }) => [name, target]));
  const facts: Facts = {
    module,
    pools,
    symbols,
    buffers: new Map(
      analyseLiveness(module).buffers.map(({ node, name, users, intervals }) => [node, {
        name,
        users,
        firstUse: intervals[0]?.first ?? 0,
        targets: distinct(
          module.functions.flatMap((func) => users.includes(func.name) ? [func.target] : []),
        ),
      }]),
    ),
    alignments: new Map(plan.allocations.map(({ buffer }) => [buffer.name, buffer.alignment])),
  };
  return entries.map((entry) => readNetwork(entry, facts, targets));
}

function readNetwork(
  { name, main, functions }: Entry,
  facts: Facts,
  targets: ReadonlyMap<string, string>,
): Network {
  const { module, pools, symbols } = facts;
  const prefix = toIdentifier(`tvmgen_${name}`);
  for (const part of ["run", "map_inputs", "map_outputs", "planned_pools", "inputs", "outputs"]) {
    symbols(`${prefix}_${part}`, `${prefix}_${part}`);
  }
  const functionNames = new Map<PrimFunc, string>([[main, `${prefix}_run`]]);
  for (const func of functions) {
    if (func !== main) functionNames.set(func, symbols(func.name));
  }
  const buffers = functions.flatMap((func) =>
    allocationsOf(func).filter((node) => sizeOf(node) > 0).map((node): PlacedBuffer => {
      const { name = node.buffer.name, targets = [func.target], users = [], firstUse = 0 } =
        facts.buffers.get(node) ?? {};
      const symbol = symbols(name, toIdentifier(`${prefix}_${name}`));
      return {
        ...placeBuffer(pools, node),
        symbol,
        alignment: facts.alignments.get(name) ?? 1,
        targets,
        name,
        users: functions.filter((one) => users.includes(one.name))
          .map((one) => functionNames.get(one) ?? one.name),
        firstUse,
      };
    })
  );
  const macros = nameScope("tensor");
  const used = pools.flatMap((layout): NetworkPool[] => {
    const own = buffers.filter(({ pool }) => pool === layout);
    if (own.length === 0) return [];
    const sizeMacro = `${prefix}_${layout.field}_${layout.pool.kind}_pool_size`.toUpperCase();
    macros(layout.pool.name, sizeMacro);
    return [{ layout, size: Math.max(...own.map(({ offset, size }) => offset + size)), sizeMacro }];
  });
  const ends = new Set(allocationsOf(main));
  const parameters = tensorParameters({ ...module, functions: withMain(functions, main) });
  const tensors = (role: "input" | "output"): PlacedTensor[] => {
    const fields = nameScope(`${role} tensor`);
    const names = (tensor: string) => {
      const field = fields(tensor);
      return { field, sizeMacro: macros(tensor, `${prefix}_${field}_size`.toUpperCase()) };
    };
    const given = parameters.filter((one) => one.role === role).map((one): PlacedTensor => {
      const { field, sizeMacro } = names(one.name);
      const symbol = symbols(`${prefix}_${role}_${field}`, `${prefix}_${role}_${field}`);
      return {
        tensor: describeParameter(one, symbol),
        place: { parameter: one.variable },
        field,
        sizeMacro,
        targets: distinct(one.users.map((user) => targets.get(user) ?? CORE)),
      };
    });
    const placed = buffers.flatMap((buffer): PlacedTensor[] => {
      const tensor = buffer.node.annotations[`${role}_tensor`];
      if (typeof tensor !== "string" || !ends.has(buffer.node)) return [];
      const { field, sizeMacro } = names(tensor);
      const { targets } = buffer;
      return [{
        tensor: describe(module, buffer, tensor),
        place: buffer,
        field,
        sizeMacro,
        targets,
      }];
    });
    if (given.length > 0 && placed.length > 0) {
      throw new InputError(
        "E-FIRMWARE-MAIN",
        `Cannot generate code for ${main.name}: it has parameters and buffers annotated ${role}_tensor, ` +
          `one of both is needed`,
      );
    }
    return [...given, ...placed];
  };
  const inputs = tensors("input");
  const outputs = tensors("output");
  if (used.length === 0 && inputs.length + outputs.length === 0) {
    throw new InputError(
      "E-FIRMWARE-EMPTY",
      `Cannot generate code for module ${name}: none of its buffers has any bytes`,
    );
  }
  const ownIo = parameters.length > 0;
  return {
    name,
    prefix,
    main,
    functions,
    functionNames,
    buffers,
    pools: used,
    inputs,
    outputs,
    ownIo,
  };
}

/** The analysis of parameters looks for a function of main's usual name. */
function withMain(functions: readonly PrimFunc[], main: PrimFunc): readonly PrimFunc[] {
  return functions.map((func) => func === main ? { ...func, name: MAIN } : func);
}

function placeBuffer(
  pools: readonly PoolLayout[],
  node: Allocate | AllocateConst,
): Pick<PlacedBuffer, "node" | "pool" | "offset" | "size"> {
  const { name } = node.buffer;
  const size = sizeOf(node);
  const offset = node.annotations[POOL_OFFSET];
  const poolName = /^global\.(.+)$/.exec(node.scope)?.[1];
  const refuse = (why: string) =>
    new InputError("E-FIRMWARE-UNPLANNED", `Cannot generate code for buffer ${name}: ${why}`);
  if (poolName === undefined || typeof offset !== "number" || !Number.isSafeInteger(offset)) {
    throw refuse(`it has scope "${node.scope}", a pool and a pool_offset are needed`);
  }
  const pool = pools.find((one) => one.pool.name === poolName);
  if (pool === undefined) throw refuse(`the plan has no pool "${poolName}" with bytes in it`);
  if (offset < 0 || offset + size > pool.size) {
    throw refuse(
      `bytes ${offset} to ${offset + size} are outside pool ${poolName} of ${
        formatBytes(pool.size)
      }`,
    );
  }
  if ((node.kind === "allocate_const") !== (pool.pool.kind === "constant")) {
    const kind = node.kind === "allocate_const" ? "a constant" : "a workspace buffer";
    throw refuse(`it is ${kind}, but ${poolName} is a ${pool.pool.kind} pool`);
  }
  return { node, pool, offset, size };
}

/** The importer's facts about a tensor, where it left some. */
function describe(module: IRModule, buffer: PlacedBuffer, name: string): ManifestTensor {
  const { node, symbol, size } = buffer;
  const facts = property(module.attrs["pinmap.tensors"], node.buffer.name);
  const shape = property(facts, "shape");
  const scale = property(facts, "scale");
  const zeroPoint = property(facts, "zero_point");
  return {
    name,
    symbol,
    bytes: size,
    dtype: node.dtype,
    shape: Array.isArray(shape)
      ? shape.filter((one): one is number => typeof one === "number")
      : node.extents,
    ...(typeof scale === "number" ? { scale } : {}),
    ...(typeof zeroPoint === "number" ? { zero_point: zeroPoint } : {}),
  };
}

function describeParameter(
  { name, dtype, shape }: TensorParameter,
  symbol: string,
): ManifestTensor {
  const width = dtype === "bool" ? 1 : bitsOf(dtype) / 8;
  const bytes = shape.reduce((product, extent) => product * extent, width);
  return { name, symbol, bytes, dtype, shape };
}

function property(value: AnnotationValue | undefined, key: string): AnnotationValue | undefined {
  if (typeof value !== "object" || Array.isArray(value) || !Object.hasOwn(value, key)) {
    return undefined;
  }
  return (value as { readonly [key: string]: AnnotationValue })[key];
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
