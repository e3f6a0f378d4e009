/**
 * From the shape of a board file to {@linkcode Board}: defaults filled in, names in camel case.
 *
 * @module
 */
import type { BoardFile } from "./schema.ts";
import type { Access, Alias, Board, Peripheral, PoolProperties, Region, Uart } from "./types.ts";

type RegionFile = BoardFile["region"][number];
type UartFile = NonNullable<BoardFile["uart"]>[number];
type PeripheralFile = NonNullable<BoardFile["peripheral"]>[number];
type AliasFile = NonNullable<BoardFile["alias"]>[number];

/** Rights through an alias of nothing; such a board is refused later, with a better message. */
const NO_ACCESS: Access = { read: false, write: false, execute: false };

/**
 * Builds a board. Nothing is checked here.
 *
 * @param shape What the file says
 * @param file Where the file is, for messages
 */
export function buildBoard(shape: BoardFile, file: string): Board {
  const regions = shape.region.map(buildRegion);
  const { clock, mpu_regions, bit_band, nvic, ...cpu } = shape.cpu;
  return {
    schema: shape.schema,
    name: shape.name,
    title: shape.title,
    chip: shape.chip,
    sources: shape.sources,
    cpu: {
      ...cpu,
      clockHz: clock,
      mpuRegions: mpu_regions,
      bitBand: bit_band,
      ...(nvic !== undefined && {
        nvic: { interrupts: nvic.interrupts, priorityBits: nvic.priority_bits },
      }),
    },
    vectorTable: shape.vector_table,
    file,
    regions,
    aliases: (shape.alias ?? []).map((alias) => buildAlias(alias, regions)),
    budgets: shape.budget ?? [],
    uarts: (shape.uart ?? []).map(buildUart),
    peripherals: (shape.peripheral ?? []).map(buildPeripheral),
  };
}

function buildRegion(shape: RegionFile): Region {
  const { wait_states, initiators, sections, reserved, pool, ...rest } = shape;
  return {
    ...rest,
    waitStates: wait_states,
    initiators: initiators ?? ["c"],
    sections: sections ?? [],
    reserved: reserved ?? [],
    pool: buildPool(pool ?? {}),
  };
}

function buildAlias(shape: AliasFile, regions: readonly Region[]): Alias {
  const { wait_states, offset, access, ...rest } = shape;
  const region = regions.find((candidate) => candidate.name === shape.of);
  return {
    ...rest,
    offset: offset ?? 0,
    access: access ?? region?.access ?? NO_ACCESS,
    waitStates: wait_states,
  };
}

function buildUart(shape: UartFile): Uart {
  const { irq_tx, atomic_aliases, ...rest } = shape;
  return { ...rest, irqTx: irq_tx, atomicAliases: atomic_aliases };
}

function buildPeripheral(shape: PeripheralFile): Peripheral {
  const { reset, follows, atomic_aliases, ...rest } = shape;
  return {
    ...rest,
    reset: reset ?? [],
    follows: (follows ?? []).map(({ of_register, one_hot, ...one }) => ({
      ...one,
      ofRegister: of_register,
      oneHot: one_hot,
    })),
    atomicAliases: atomic_aliases,
  };
}

function buildPool(shape: NonNullable<RegionFile["pool"]>): PoolProperties {
  return {
    clockFrequencyHz: shape.clock_frequency,
    readBandwidthBytesPerCycle: shape.read_bandwidth_bytes_per_cycle,
    writeBandwidthBytesPerCycle: shape.write_bandwidth_bytes_per_cycle,
    readLatencyCycles: shape.read_latency_cycles,
    writeLatencyCycles: shape.write_latency_cycles,
    targetBurstBytes: shape.target_burst_bytes,
  };
}
