/**
 * Documents that look like those of a keyword-spotting network on a Cortex-M7 board with five memories.
 * Made for these tests: sizes and names are plausible, the figures are nobody's measurement.
 *
 * @module
 */
import type {
  AccessDocument,
  CheckDocument,
  PlanDocument,
  RunDocument,
} from "../../src/base/documents.ts";
import type { Alias, Board, Region } from "../../src/board/types.ts";
import type { Manifest } from "../../src/firmware/types.ts";

const READ_ONLY = { read: true, write: false, execute: true };
const ALL = { read: true, write: true, execute: true };

function region(
  name: string,
  kind: Region["kind"],
  origin: number,
  kibibytes: number,
  more: Partial<Region> = {},
): Region {
  return {
    name,
    kind,
    origin,
    length: kibibytes * 1024,
    access: kind === "ram" ? ALL : READ_ONLY,
    initiators: ["c"],
    sections: [],
    reserved: [],
    pool: {},
    source: "made for tests",
    ...more,
  };
}

const FLASH_ALIAS: Alias = {
  name: "flash_itcm",
  of: "flash",
  origin: 0x0020_0000,
  length: 1024 * 1024,
  offset: 0,
  access: READ_ONLY,
  port: "itcm",
  source: "made for tests",
};

/** A board with ITCM, DTCM, two SRAMs and flash at two addresses. */
export const BOARD: Board = {
  schema: "pinmap/board-1",
  name: "test-m7-disco",
  title: "Test Discovery kit with a Cortex-M7",
  chip: "TESTM7",
  sources: {},
  cpu: {
    core: "cortex-m7",
    revision: "r0p1",
    fpu: "fpv5-sp-d16",
    clockHz: 216_000_000,
    source: "made for tests",
  },
  vectorTable: 0x0800_0000,
  file: "boards/test-m7-disco.toml",
  regions: [
    region("dtcm", "ram", 0x2000_0000, 64, { port: "dtcm" }),
    region("itcm", "ram", 0x0000_0000, 16, { port: "itcm" }),
    region("sram1", "ram", 0x2001_0000, 240, { port: "axim" }),
    region("sram2", "ram", 0x2004_c000, 16, {
      port: "axim",
      reserved: [{ origin: 0x2004_c000, length: 1024, purpose: "bootloader mailbox" }],
    }),
    region("flash", "nvm", 0x0800_0000, 1024, { port: "axim" }),
  ],
  aliases: [FLASH_ALIAS],
  budgets: [],
};

type Buffer = Omit<PlanDocument["allocations"][number], "offset">;

/** Every layer's output lives until the next layer has read it; two shortcuts live longer. */
function buffers(): readonly Buffer[] {
  const workspace = (
    name: string,
    size: number,
    first_use: number,
    last_use: number,
    pool = "dtcm",
  ): Buffer => ({
    name,
    pool,
    size,
    alignment: 16,
    first_use,
    last_use,
    candidates: pool === "dtcm" ? ["dtcm"] : ["dtcm", pool],
    kind: "workspace",
    spilled: pool !== "dtcm",
  });
  const constant = (name: string, size: number): Buffer => ({
    name,
    pool: "weights",
    size,
    alignment: 4,
    first_use: 0,
    last_use: 14,
    candidates: ["weights"],
    kind: "constant",
    spilled: false,
  });
  const variables = [
    workspace("input_spectrogram", 1960, 0, 1),
    workspace("stem_conv_out", 16_000, 1, 3),
    workspace("stem_im2col_scratch", 2560, 1, 1),
    workspace("block1_depthwise_out", 16_000, 2, 3),
    workspace("block1_pointwise_out", 16_000, 3, 6),
    workspace("block2_depthwise_out", 9216, 4, 5),
    workspace("block2_pointwise_out", 12_288, 5, 6),
    workspace("block2_residual_sum", 16_000, 6, 8),
    workspace("block3_expanded_features", 61_440, 7, 8, "sram1"),
    workspace("block3_depthwise_out", 12_288, 8, 9),
    workspace("block3_pointwise_out", 8192, 9, 10),
    workspace("global_average_pool", 256, 10, 11),
    workspace("reshape_flat", 256, 11, 12),
    workspace("dense_logits", 48, 12, 13),
    workspace("softmax_out", 12, 13, 14),
  ];
  const layers: readonly (readonly [string, number, number])[] = [
    ["stem_conv", 5120, 256],
    ["block1_depthwise", 576, 256],
    ["block1_pointwise", 4096, 256],
    ["block2_depthwise", 576, 256],
    ["block2_pointwise", 4096, 256],
    ["block2_residual", 64, 16],
    ["block3_expand", 12_288, 768],
    ["block3_depthwise", 1728, 768],
    ["block3_pointwise", 12_288, 256],
    ["dense", 3072, 48],
  ];
  const parameters = layers.flatMap(([layer, weights, bias]) => [
    constant(`${layer}_weights`, weights),
    constant(`${layer}_bias`, bias),
  ]);
  return [...variables, ...parameters];
}

/** Largest first, each at the lowest address where nothing live at the same time is. */
function place(all: readonly Buffer[]): PlanDocument["allocations"] {
  const placed: PlanDocument["allocations"][number][] = [];
  for (const buffer of all.toSorted((a, b) => b.size - a.size)) {
    const rivals = placed.filter((other) =>
      other.pool === buffer.pool && other.first_use <= buffer.last_use &&
      buffer.first_use <= other.last_use
    ).toSorted((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const rival of rivals) {
      if (offset + buffer.size <= rival.offset) break;
      const end = rival.offset + rival.size;
      offset = Math.max(offset, Math.ceil(end / buffer.alignment) * buffer.alignment);
    }
    placed.push({ ...buffer, offset });
  }
  const order = new Map(all.map((buffer, index) => [buffer.name, index]));
  return placed.toSorted((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
}

function peak(allocations: PlanDocument["allocations"]): number {
  const live = (step: number) =>
    allocations.filter((entry) => entry.first_use <= step && step <= entry.last_use)
      .reduce((sum, entry) => sum + entry.size, 0);
  return Math.max(...allocations.map((entry) => live(entry.first_use)));
}

function makePlan(): PlanDocument {
  const allocations = place(buffers());
  const pool = (name: string, where: string, kind: "workspace" | "constant", limit: number) => {
    const members = allocations.filter((allocation) => allocation.pool === name);
    return {
      name,
      region: where,
      kind,
      limit_bytes: limit,
      used_bytes: Math.max(...members.map((member) => member.offset + member.size)),
      lower_bound_bytes: peak(members),
    };
  };
  const pools = [
    pool("dtcm", "dtcm", "workspace", 56 * 1024),
    pool("sram1", "sram1", "workspace", 240 * 1024),
    pool("weights", "flash", "constant", 512 * 1024),
  ];
  return {
    schema: "pinmap/plan-1",
    board: BOARD.name,
    module: "spotting",
    algorithm: "greedy_by_size",
    status: "feasible",
    gap_bytes: pools.reduce((sum, one) => sum + one.used_bytes - one.lower_bound_bytes, 0),
    pools,
    allocations,
    residents: [
      { name: "stack", region: "dtcm", size: 4096 },
      { name: "heap", region: "sram2", size: 2048 },
      { name: "data", region: "dtcm", size: 312 },
    ],
  };
}

/** 35 allocations in three pools, one of them spilled. */
export const PLAN: PlanDocument = makePlan();

const NONE: AccessDocument = { accesses: 0, bytes: 0, cycles: 0 };

function count(accesses: number, bytesEach: number, waits: number): AccessDocument {
  return { accesses, bytes: accesses * bytesEach, cycles: Math.round(accesses * waits) };
}

function seen(
  name: string,
  fetch: AccessDocument,
  read: AccessDocument,
  write: AccessDocument,
): RunDocument["regions"][number] {
  return { name, fetch, read, write, cycles: fetch.cycles + read.cycles + write.cycles };
}

function makeRun(
  digest: string,
  core_cycles: number,
  regions: RunDocument["regions"],
  functions: readonly (readonly [string, number])[],
): RunDocument {
  const cycles = core_cycles + regions.reduce((sum, entry) => sum + entry.cycles, 0);
  const instructions = 9_412_338;
  const shares = functions.reduce((sum, [, share]) => sum + share, 0);
  return {
    schema: "pinmap/run-1",
    board: BOARD.name,
    engine: "interpreter",
    timing_model: "cortex-m7-static-1: not compared with silicon",
    elf_sha256: digest.repeat(8),
    exit: { reason: "host", code: 0 },
    instructions,
    cycles,
    core_cycles,
    regions,
    inferences: [
      { output_base64: "gIA=", instructions: 4_700_112, cycles: Math.floor(cycles * 0.4991) },
      { output_base64: "gH8=", instructions: 4_700_112, cycles: Math.floor(cycles * 0.4991) },
    ],
    functions: functions.map(([name, share]) => ({
      name,
      cycles: Math.floor(cycles * share / shares),
      instructions: Math.floor(instructions * share / shares),
    })),
    stack: { region: "dtcm", size: 4096, used: 712 },
    notes: [
      "Caches are off, as after reset",
      "The board file has no wait states for fetches from sram1: they count as 0",
    ],
  };
}

const FUNCTIONS: readonly (readonly [string, number])[] = [
  ["pm_conv2d_s8_pointwise", 5210],
  ["pm_depthwise_conv2d_s8", 2970],
  ["pm_conv2d_s8", 1480],
  ["pm_requantize", 640],
  ["pm_add_s8", 210],
  ["pm_average_pool_s8", 75],
  ["pm_fully_connected_s8", 48],
  ["pm_softmax_s8", 31],
  ["memcpy", 22],
  ["Reset_Handler", 17],
  ["tvmgen_spotting_run", 6],
  ["pm_harness_begin", 2],
  ["pm_harness_end", 2],
  ["__libc_init_array", 1],
];

/** Kernels in ITCM, buffers in DTCM. */
export const PINNED: RunDocument = makeRun("0badc0de", 11_204_417, [
  seen("dtcm", NONE, count(2_804_112, 2.5, 0), count(604_233, 1, 0)),
  seen("itcm", count(9_300_120, 3, 0), count(12_004, 4, 0), NONE),
  seen("sram1", NONE, count(184_320, 1, 1), count(61_440, 1, 0.5)),
  seen("flash", count(112_218, 3, 0.45), count(1_204_800, 1, 0.61), NONE),
  seen("flash_itcm", NONE, NONE, NONE),
], FUNCTIONS);

/** Everything in flash and SRAM. */
export const UNPINNED: RunDocument = makeRun("deadbeef", 11_204_417, [
  seen("dtcm", NONE, count(240_100, 4, 0), count(210_044, 4, 0)),
  seen("sram1", NONE, count(2_748_332, 2.5, 1), count(455_629, 1, 0.5)),
  seen("flash", count(9_412_338, 3, 0.52), count(1_216_804, 1, 0.61), NONE),
], FUNCTIONS);

type Placed = CheckDocument["placements"][number];

function placement(
  section: string,
  vma: number,
  size: number,
  where: string | null,
  lma = vma,
  expected: string | null = where,
): Placed {
  return { section, vma, lma, size, region: where, expected, ok: where === expected };
}

const poolBytes = (name: string): number =>
  PLAN.pools.find((pool) => pool.name === name)?.used_bytes ?? 0;

const PLACEMENTS: readonly Placed[] = [
  placement(".isr_vector", 0x0800_0000, 456, "flash"),
  placement(".text", 0x0800_01d0, 9212, "flash"),
  placement(".rodata", 0x0800_25d0, 2844, "flash"),
  placement(".pinmap.constant.weights", 0x0800_3100, poolBytes("weights"), "flash"),
  placement(".itcm_text", 0x0000_0000, 7904, "itcm", 0x0800_f000),
  placement(".pinmap.workspace.dtcm", 0x2000_0000, poolBytes("dtcm"), "dtcm"),
  placement(".data", 0x2000_d800, 120, "dtcm", 0x0801_0f00),
  placement(".bss", 0x2000_d878, 192, "dtcm"),
  placement(".stack", 0x2000_f000, 4096, "dtcm"),
  placement(".pinmap.workspace.sram1", 0x2001_0000, poolBytes("sram1"), "sram1"),
  placement(".heap", 0x2004_c400, 2048, "sram2"),
];

/** Everything where it was pinned. */
export const CHECK: CheckDocument = {
  schema: "pinmap/check-1",
  board: BOARD.name,
  elf_sha256: PINNED.elf_sha256,
  ok: true,
  placements: PLACEMENTS,
  findings: [],
};

/** One pool linked into the wrong memory, and a warning. */
export const WRONG: CheckDocument = {
  ...CHECK,
  ok: false,
  placements: PLACEMENTS.map((entry) =>
    entry.section === ".pinmap.workspace.dtcm"
      ? placement(entry.section, 0x2002_0000, entry.size, "sram1", 0x2002_0000, "dtcm")
      : entry
  ),
  findings: [
    {
      code: "C-NEARLY-FULL",
      severity: "warning",
      message: "Region itcm has 480 B left, fewer than the 512 B that the board asks to keep",
      symbol: null,
      section: null,
      address: null,
      expected_region: null,
      actual_region: null,
    },
    {
      code: "C-REGION",
      severity: "error",
      message: "Symbol spotting_dtcm_pool is in sram1, pinned to dtcm",
      symbol: "spotting_dtcm_pool",
      section: ".pinmap.workspace.dtcm",
      address: 0x2002_0000,
      expected_region: "dtcm",
      actual_region: "sram1",
    },
  ],
};

/** What the firmware of {@linkcode PLAN} would say of itself. */
export const MANIFEST: Manifest = {
  schema: "pinmap/manifest-1",
  board: BOARD.name,
  module: PLAN.module,
  placements: [
    { symbol: "vectors", kind: "vectors", section: ".isr_vector", region: "flash" },
    { symbol: "pm_conv2d_s8", kind: "code", section: ".itcm_text", region: "itcm" },
    { symbol: "stack_bottom", kind: "stack", section: ".stack", region: "dtcm", size: 4096 },
  ],
  pools: PLAN.pools.map((pool) => ({
    ...pool,
    section: `.pinmap.${pool.kind}.${pool.name}`,
    symbol: `spotting_${pool.name}_pool`,
  })),
  inputs: [],
  outputs: [],
  stack: {
    region: "dtcm",
    size: 4096,
    bottom_symbol: "stack_bottom",
    top_symbol: "stack_top",
  },
  harness: { begin_symbol: "begin", end_symbol: "end", count_symbol: "count" },
};
