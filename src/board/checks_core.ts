/**
 * What a well-formed board file can still get wrong about its core: a vector table that is not in flash,
 * an FPU or a cache that the core cannot have, facts whose source is not listed.
 *
 * @module
 */
import { formatAddress, formatBytes } from "../base/units.ts";
import type { Path } from "./locate.ts";
import { didYouMean, type Problem, problem } from "./problems.ts";
import { contains, formatRange, overlaps } from "./range.ts";
import type { Board, Cache, CoreName, FpuName } from "./types.ts";

/** Floating-point units by core: Arm's technical reference manuals, "Implementation options". */
const FPUS: Readonly<Record<CoreName, readonly FpuName[]>> = {
  "cortex-m0": ["none"],
  "cortex-m0plus": ["none"],
  "cortex-m3": ["none"],
  "cortex-m4": ["none", "fpv4-sp-d16"],
  "cortex-m7": ["none", "fpv5-sp-d16", "fpv5-d16"],
  "cortex-m23": ["none"],
  "cortex-m33": ["none", "fpv5-sp-d16"],
};

/** Numbers of MPU regions by core: Arm's technical reference manuals, "Implementation options". */
const MPU_REGIONS: Readonly<Record<CoreName, readonly number[]>> = {
  "cortex-m0": [0],
  "cortex-m0plus": [0, 8],
  "cortex-m23": [0, 4, 8, 12, 16],
  "cortex-m3": [0, 8],
  "cortex-m4": [0, 8],
  "cortex-m7": [0, 8, 16],
  "cortex-m33": [0, 4, 8, 12, 16],
};

/** VTOR's lowest implementable bit is 7: DDI0403E B3.2.5, DDI0419E B3.2.5. */
const VECTOR_ALIGNMENT = 128;

/** The vector table lies in non-volatile memory, aligned and in nobody's reserved range. */
export function checkVectorTable(board: Board): Problem[] {
  const at = { origin: board.vectorTable, length: VECTOR_ALIGNMENT };
  const action = `Cannot start from vector table ${formatAddress(board.vectorTable)}`;
  const windows = [
    ...board.regions,
    ...board.aliases.map((alias) => ({
      ...alias,
      kind: board.regions.find((region) => region.name === alias.of)?.kind ?? "ram",
      reserved: [],
    })),
  ];
  const window = windows.find((candidate) => contains(candidate, at));
  const places = board.regions.filter((region) => region.kind !== "ram")
    .map((region) => `"${region.name}" ${formatRange(region)}`);
  const problems: Problem[] = [];
  if (window === undefined || window.kind === "ram") {
    problems.push(problem(
      "E-BOARD-VECTORS",
      `${action}: it is in ${window === undefined ? "no region" : `RAM, "${window.name}"`}, ` +
        `needed an address in non-volatile memory${
          places.length > 0 ? `: ${places.join(", ")}` : ""
        }`,
      ["vector_table"],
      places.length > 0 ? [] : ['The board has no region of kind "nvm" or "rom".'],
    ));
  }
  const owner = window?.reserved.find((range) => overlaps(range, at));
  if (owner !== undefined) {
    problems.push(problem(
      "E-BOARD-VECTORS",
      `${action}: ${
        formatRange(owner)
      } is reserved for ${owner.purpose}, needed an address outside it`,
      ["vector_table"],
    ));
  }
  if (board.vectorTable % VECTOR_ALIGNMENT !== 0) {
    problems.push(problem(
      "E-BOARD-VECTORS",
      `${action}: the address is not aligned, needed a multiple of ${VECTOR_ALIGNMENT} B`,
      ["vector_table"],
    ));
  }
  return problems;
}

/** The core exists with this FPU, DSP extension and these caches. */
export function checkCpu(board: Board): Problem[] {
  const { core, fpu, dsp, icache, dcache, mpuRegions = 0, bitBand = false } = board.cpu;
  const problems: Problem[] = [];
  if (!FPUS[core].includes(fpu)) {
    problems.push(problem(
      "E-BOARD-FPU",
      `Cannot build a ${core} with ${fpu}: there is no such core, needed one of ` +
        FPUS[core].join(", "),
      ["cpu", "fpu"],
    ));
  }
  if (!MPU_REGIONS[core].includes(mpuRegions)) {
    problems.push(problem(
      "E-BOARD-MPU",
      `Cannot build a ${core} with ${mpuRegions} MPU regions: there is no such core, needed one of ` +
        MPU_REGIONS[core].join(", "),
      ["cpu", "mpu_regions"],
    ));
  }
  if (bitBand && core !== "cortex-m3" && core !== "cortex-m4") {
    problems.push(problem(
      "E-BOARD-BIT-BAND",
      `Cannot build a ${core} with bit-banding: only cortex-m3 and cortex-m4 can have it, needed ` +
        "false, or no bit_band",
      ["cpu", "bit_band"],
    ));
  }
  if (dsp !== undefined && core !== "cortex-m33") {
    problems.push({
      ...problem(
        "E-BOARD-DSP",
        `Cannot choose the DSP extension of a ${core}: only that of a cortex-m33 is optional, needed no dsp`,
        ["cpu", "dsp"],
      ),
      at: "key",
    });
  }
  const caches: readonly (readonly [string, Cache | undefined])[] = [
    ["icache", icache],
    ["dcache", dcache],
  ];
  for (const [key, cache] of caches) {
    if (cache === undefined) continue;
    if (core !== "cortex-m7") {
      problems.push({
        ...problem(
          "E-BOARD-CACHE",
          `Cannot build a ${core} with ${key}: it has no L1 cache, needed cortex-m7 or no ${key}`,
          ["cpu", key],
          ["A cache in front of one memory is that region's accelerator."],
        ),
        at: "key",
      });
    } else if (cache.size % (cache.ways * cache.line) !== 0) {
      problems.push(problem(
        "E-BOARD-CACHE",
        `Cannot build ${key}: ${formatBytes(cache.size)} is not whole sets, needed a multiple of ` +
          `ways × line, ${formatBytes(cache.ways * cache.line)}`,
        ["cpu", key, "size"],
      ));
    }
  }
  return problems;
}

/** Every source is listed. A `source` is one or more `key place`, separated by semicolons. */
export function checkSources(board: Board): Problem[] {
  const keys = Object.keys(board.sources);
  const places: readonly (readonly [Path, string])[] = [
    [["cpu", "source"], board.cpu.source],
    ...board.regions.map(({ source }, index) => [["region", index, "source"], source] as const),
    ...board.aliases.map(({ source }, index) => [["alias", index, "source"], source] as const),
    ...board.budgets.map(({ source }, index) => [["budget", index, "source"], source] as const),
    ...(board.uarts ?? []).map(({ source }, index) => [["uart", index, "source"], source] as const),
    ...(board.peripherals ?? []).map(({ source }, index) =>
      [["peripheral", index, "source"], source] as const
    ),
  ];
  return places.flatMap(([path, source]) =>
    source.split(";").flatMap((part) => {
      const key = /^[^\s,:]*/.exec(part.trim())?.[0] ?? "";
      if (keys.includes(key)) return [];
      return [problem(
        "E-BOARD-SOURCE",
        `Cannot cite "${part.trim()}": "${key}" is not among the sources, needed one of ` +
          keys.join(", "),
        path,
        didYouMean(key, keys),
      )];
    })
  );
}
