/**
 * The network as the generator sees it: the planned module's buffers with their C names and places, its
 * functions, its inputs and outputs. Everything that could make bad C is refused here.
 *
 * @module
 */
import { InputError } from "../base/error.ts";
import { formatBytes } from "../base/units.ts";
import { sizeOf } from "../ir/data.ts";
import type { Allocate, AllocateConst, AnnotationValue, IRModule, PrimFunc } from "../ir/types.ts";
import { MAIN, POOL_OFFSET } from "../ir/types.ts";
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
}

/** An input or output. */
export interface PlacedTensor {
  /** What the manifest says of it. */
  readonly tensor: ManifestTensor;
  /** Its buffer. */
  readonly buffer: PlacedBuffer;
  /** Field of the C struct. */
  readonly field: string;
  /** Macro with its size. */
  readonly sizeMacro: string;
}

/** A network with places and C names. */
export interface Network {
  /** The module. */
  readonly module: IRModule;
  /** `tvmgen_<module>`. */
  readonly prefix: string;
  /** The function that execution starts in. */
  readonly main: PrimFunc;
  /** C names of all functions; the main function's is `<prefix>_run`. */
  readonly functionNames: ReadonlyMap<PrimFunc, string>;
  /** All buffers, in the module's order. */
  readonly buffers: readonly PlacedBuffer[];
  /** Inputs in the module's order. */
  readonly inputs: readonly PlacedTensor[];
  /** Outputs in the module's order. */
  readonly outputs: readonly PlacedTensor[];
}

/**
 * Reads the planned module.
 *
 * @param plan The plan; its module is the pinned one (P2)
 * @param pools The pools' arrays
 * @param prefix `tvmgen_<module>`
 * @throws {InputError} E-FIRMWARE-MAIN, E-FIRMWARE-UNPLANNED, E-FIRMWARE-NAME, E-FIRMWARE-EMPTY
 */
export function readNetwork(
  plan: Plan,
  pools: readonly PoolLayout[],
  prefix: string,
): Network {
  const { module } = plan;
  const main = module.functions.find((one) => one.name === MAIN);
  if (main === undefined) {
    throw new InputError(
      "E-FIRMWARE-MAIN",
      `Cannot generate code for module ${module.name}: it has no function ${MAIN}`,
    );
  }
  if (main.params.length > 0) {
    throw new InputError(
      "E-FIRMWARE-MAIN",
      `Cannot generate code for ${MAIN}: it has parameters ` +
        `${main.params.map((one) => one.name).join(", ")}, none is supported`,
      { hints: ["Make inputs and outputs allocates annotated input_tensor and output_tensor."] },
    );
  }
  if (pools.length === 0) {
    throw new InputError(
      "E-FIRMWARE-EMPTY",
      `Cannot generate code for module ${module.name}: none of its buffers has any bytes`,
    );
  }

  const symbols = nameScope("symbol");
  for (const name of [...KERNELS.keys(), ...RUNTIME_SYMBOLS]) symbols(name, name);
  for (const name of ["run", "map_inputs", "map_outputs", "planned_pools", "inputs", "outputs"]) {
    symbols(`${prefix}_${name}`, `${prefix}_${name}`);
  }
  for (const pool of pools) symbols(pool.pool.name, pool.symbol);
  const functionNames = new Map<PrimFunc, string>([[main, `${prefix}_run`]]);
  for (const func of module.functions) {
    if (func !== main) functionNames.set(func, symbols(func.name));
  }

  const alignments = new Map(
    plan.allocations.map((one) => [one.buffer.name, one.buffer.alignment]),
  );
  const users = targetsOf(module);
  const buffers = module.functions.flatMap((func) =>
    allocationsOf(func).filter((node) => sizeOf(node) > 0).map((node) =>
      placeBuffer(
        pools,
        node,
        alignments.get(node.buffer.name) ?? 1,
        symbols(node.buffer.name, toIdentifier(`${prefix}_${node.buffer.name}`)),
        users.get(node) ?? [func.target],
      )
    )
  );
  const macros = nameScope("tensor");
  for (const pool of pools) macros(pool.pool.name, pool.sizeMacro);
  const mains = new Set(allocationsOf(main));
  const tensors = (annotation: string, what: string): PlacedTensor[] => {
    const fields = nameScope(what);
    return buffers.flatMap((buffer) => {
      const name = buffer.node.annotations[annotation];
      if (typeof name !== "string" || !mains.has(buffer.node)) return [];
      const field = fields(name);
      return [{
        tensor: describe(module, buffer, name),
        buffer,
        field,
        sizeMacro: macros(name, `${prefix}_${field}_size`.toUpperCase()),
      }];
    });
  };
  return {
    module,
    prefix,
    main,
    functionNames,
    buffers,
    inputs: tensors("input_tensor", "input tensor"),
    outputs: tensors("output_tensor", "output tensor"),
  };
}

function placeBuffer(
  pools: readonly PoolLayout[],
  node: Allocate | AllocateConst,
  alignment: number,
  symbol: string,
  targets: readonly string[],
): PlacedBuffer {
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
  return { node, symbol, pool, offset, size, alignment, targets };
}

/** Targets whose functions touch each buffer, in the module's order of functions. */
function targetsOf(module: IRModule): ReadonlyMap<PlacedBuffer["node"], readonly string[]> {
  const { buffers } = analyseLiveness(module);
  return new Map(buffers.map(({ node, users }) => {
    const touching = module.functions.filter(({ name }) => users.includes(name));
    return [node, [...new Set(touching.map(({ target }) => target))]];
  }));
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

function property(value: AnnotationValue | undefined, key: string): AnnotationValue | undefined {
  if (typeof value !== "object" || Array.isArray(value) || !Object.hasOwn(value, key)) {
    return undefined;
  }
  return (value as { readonly [key: string]: AnnotationValue })[key];
}
