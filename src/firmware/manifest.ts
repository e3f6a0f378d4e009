/**
 * `manifest.json`: what the linked image must look like, for the placement check and for hosts.
 *
 * @module
 */
import type { Board } from "../board/types.ts";
import type { Plan } from "../plan/types.ts";
import { HARNESS } from "./harness_c.ts";
import type { Kernel } from "./kernels.ts";
import { CODE_SECTION, type ImageLayout, type PoolLayout } from "./layout.ts";
import { HEAP_SECTION, STACK_SECTION, VECTOR_SECTION } from "./layout.ts";
import { CORE, IO_ALIGNMENT, type Network } from "./network.ts";
import type { Manifest, ManifestPlacement } from "./types.ts";

/** Symbol of the vector table. */
const VECTORS = "pinmap_vectors";

/** Makes the manifest. */
export function makeManifest(
  plan: Plan,
  networks: readonly Network[],
  layout: ImageLayout,
  kernels: readonly Kernel[],
  board: Board,
  ownMain: boolean,
): Manifest {
  const elsewhere = initiatorsOf(networks, board);
  const image = layout.image.region.name;
  const code = [
    ...networks.flatMap((one) => [...one.functionNames.values()]),
    ...kernels.map((one) => one.name),
  ];
  const placements: ManifestPlacement[] = [
    {
      symbol: VECTORS,
      kind: "vectors",
      section: VECTOR_SECTION,
      region: image,
      load_region: image,
      size: 64,
      // VTOR: at least the table's size, a power of two, and at least 128 bytes.
      alignment: 128,
    },
    ...code.map((symbol): ManifestPlacement => ({
      symbol,
      kind: "code",
      section: CODE_SECTION,
      region: layout.code.name,
      load_region: layout.code.copied ? image : layout.code.memory.region.name,
      alignment: 2,
    })),
    ...layout.pools.map((one): ManifestPlacement => ({
      symbol: one.symbol,
      kind: one.pool.kind === "workspace" ? "workspace-pool" : "constant-pool",
      section: one.section,
      region: one.pool.region,
      ...loadRegion(one, image),
      size: one.size,
      alignment: one.pool.alignment,
    })),
    ...networks.flatMap((network) => network.buffers).map((one): ManifestPlacement => ({
      symbol: one.symbol,
      kind: one.node.kind === "allocate" ? "buffer" : "constant",
      section: one.pool.section,
      region: one.pool.pool.region,
      ...loadRegion(one.pool, image),
      pool: one.pool.pool.name,
      offset: one.offset,
      size: one.size,
      alignment: one.alignment,
      name: one.name,
      functions: one.users,
      first_use: one.firstUse,
      ...(one.targets.every((target) => target === CORE) ? {} : { initiators: one.targets }),
    })),
    ...(ownMain ? [] : networks.flatMap((network) => ioPlacements(network, layout))),
    {
      symbol: "__pinmap_stack_bottom",
      kind: "stack",
      section: STACK_SECTION,
      region: layout.stack.memory.region.name,
      alignment: 8,
    },
    ...(layout.heap === undefined ? [] : [
      {
        symbol: "__pinmap_heap_bottom",
        kind: "heap" as const,
        section: HEAP_SECTION,
        region: layout.heap.memory.region.name,
        alignment: 8,
      },
    ]),
  ];
  return {
    schema: "pinmap/manifest-1",
    board: plan.board,
    module: plan.module.name,
    placements,
    pools: layout.pools.map(({ pool, section, symbol, size }) => ({
      name: pool.name,
      region: pool.region,
      kind: pool.kind,
      section,
      symbol,
      limit_bytes: pool.limitBytes,
      used_bytes: size,
    })),
    inputs: tensorsOf(networks, "inputs", ownMain),
    outputs: tensorsOf(networks, "outputs", ownMain),
    stack: {
      region: layout.stack.memory.region.name,
      size: layout.stack.size,
      bottom_symbol: "__pinmap_stack_bottom",
      top_symbol: "__pinmap_stack_top",
    },
    ...(elsewhere.length > 0 && { initiators: elsewhere }),
    ...(ownMain ? {} : { harness: HARNESS }),
  };
}

/** An application of the user's gives memory of its own, under names that it alone knows. */
function tensorsOf(
  networks: readonly Network[],
  which: "inputs" | "outputs",
  ownMain: boolean,
): Manifest["inputs"] {
  return networks.filter(({ ownIo }) => !(ownIo && ownMain))
    .flatMap((network) => network[which].map(({ tensor }) => tensor));
}

/** The harness's arrays of inputs and outputs: static data. */
function ioPlacements(network: Network, layout: ImageLayout): ManifestPlacement[] {
  if (!network.ownIo) return [];
  return [...network.inputs, ...network.outputs].map(({ tensor, targets }) => ({
    symbol: tensor.symbol,
    kind: "buffer",
    section: ".bss",
    region: layout.data.memory.region.name,
    size: tensor.bytes,
    alignment: IO_ALIGNMENT,
    ...(targets.every((target) => target === CORE) ? {} : { initiators: targets }),
  }));
}

/** Who runs functions instead of the core. */
function initiatorsOf(
  networks: readonly Network[],
  board: Board,
): NonNullable<Manifest["initiators"]> {
  const functions = networks.flatMap((network) =>
    network.functions.map((func) => ({
      target: func.target,
      symbol: network.functionNames.get(func) ?? func.name,
    }))
  );
  const names = [...new Set(functions.map(({ target }) => target))].filter((one) => one !== CORE);
  return names.map((name) => ({
    name,
    regions: board.regions.filter(({ initiators }) => initiators.includes(name))
      .map((region) => region.name),
    functions: functions.filter(({ target }) => target === name).map(({ symbol }) => symbol),
  }));
}

function loadRegion(layout: PoolLayout, image: string): { load_region?: string } {
  if (layout.pool.kind === "workspace") return {};
  return { load_region: layout.copied ? image : layout.pool.region };
}
