/**
 * Core timing: which model a core has.
 *
 * @module
 */
import { InputError } from "../../src/base/error.ts";
import type { CoreName, Cpu } from "../../src/board/types.ts";
import type { TimingModel } from "../types.ts";
import { cortexM0, cortexM0plus, cortexM23 } from "./cortex_m0plus.ts";
import { cortexM3, cortexM4 } from "./cortex_m4.ts";
import { cortexM7 } from "./cortex_m7.ts";
import { createDataCache } from "./data_cache.ts";
import { cortexM33 } from "./cortex_m33.ts";
import { neighbourRules } from "./neighbours.ts";

const MODELS: Readonly<Record<CoreName, TimingModel>> = {
  "cortex-m0": cortexM0,
  "cortex-m0plus": cortexM0plus,
  "cortex-m3": cortexM3,
  "cortex-m4": cortexM4,
  "cortex-m7": cortexM7,
  "cortex-m23": cortexM23,
  "cortex-m33": cortexM33,
};

/** The models, by core. */
export const timingModels: ReadonlyMap<CoreName, TimingModel> = new Map(
  Object.entries(MODELS) as [CoreName, TimingModel][],
);

/** A model that is used only when it is asked for by name. */
interface NamedTiming {
  readonly name: string;
  readonly core: CoreName;
  /** Makes it from facts of the board; a string says which fact is missing. */
  readonly make: (cpu: Cpu) => TimingModel | string;
}

const CACHED = "cortex-m7-dcache-1";

/** A model with {@linkcode neighbourRules}. */
function withNeighbours(core: CoreName, model: TimingModel, compared: string): NamedTiming {
  const name = `${core}-neighbours-1`;
  return {
    name,
    core,
    make: () => ({
      ...model,
      name,
      accuracy: "neighbouring loads pipelined, IT folded, P of 1 (direct) and 2 (indirect); " +
        `compared with silicon: ${compared}, zero wait states, at most 0.5 % off`,
      source: `${model.source}; rules and measurements: jnk0le/random, jnk0le/cortexm-AES`,
      sequence: neighbourRules(model),
    }),
  };
}

const NAMED: readonly NamedTiming[] = [
  ...[...timingModels].map(([core, model]) => ({ name: model.name, core, make: () => model })),
  withNeighbours("cortex-m3", cortexM3, "3 AES kernels on an STM32F103"),
  withNeighbours("cortex-m4", cortexM4, "4 AES kernels on an STM32F407"),
  {
    name: CACHED,
    core: "cortex-m7",
    make: ({ dcache }) =>
      dcache === undefined ? "size, ways and line of the data cache (cpu.dcache)" : {
        ...cortexM7,
        name: CACHED,
        accuracy:
          `${cortexM7.accuracy}; data cache: line fills and write-backs block (upper bound), ` +
          "ways replaced in turn (assumed), no instruction cache",
        source: `${cortexM7.source}; data cache: Cortex-M7 TRM, Arm DDI0489F, 5.9`,
        memory: (windows) => createDataCache(dcache, windows),
      },
  },
];

/** Names of all timing models, for option lists. */
export const timingNames: readonly string[] = NAMED.map(({ name }) => name);

/**
 * A timing model by name, made for a processor.
 *
 * @param cpu The board's processor
 * @param name One of {@linkcode timingNames}; default: the model of the core
 * @throws {InputError} If there is none of that name, it is for another core, or the board lacks a fact
 *   that it needs (E-SIM-TIMING)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { timingFor } from "./mod.ts";
 *
 * const dcache = { size: 4096, ways: 4, line: 32 };
 * const cpu = { core: "cortex-m7", fpu: "none", clockHz: 1e6, dcache, source: "" } as const;
 * assertEquals(timingFor(cpu).name, "cortex-m7-single-issue-1");
 * assertEquals(timingFor(cpu, "cortex-m7-dcache-1").memory !== undefined, true);
 * ```
 */
export function timingFor(cpu: Cpu, name?: string): TimingModel {
  if (name === undefined) return timingModelFor(cpu.core);
  const entry = NAMED.find((one) => one.name === name);
  const fitting = NAMED.filter(({ core }) => core === cpu.core).map((one) => one.name);
  const made = entry?.core === cpu.core ? entry.make(cpu) : undefined;
  if (made !== undefined && typeof made !== "string") return made;
  const reason = typeof made === "string"
    ? `needed is ${made} in the board file`
    : entry === undefined
    ? "there is no such timing model"
    : `it is for ${entry.core}, the board has ${cpu.core}`;
  throw new InputError("E-SIM-TIMING", `Cannot count cycles by ${name}: ${reason}`, {
    hints: [
      fitting.length === 0
        ? `no timing model is for ${cpu.core}`
        : `timing models for ${cpu.core}: ${fitting.join(", ")}`,
    ],
  });
}

/**
 * The timing model of a core.
 *
 * @param core Name of the core
 * @returns Costs at zero wait states, with what is known of their error
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { timingModelFor } from "./mod.ts";
 *
 * const timing = timingModelFor("cortex-m4");
 * assertEquals(timing.cost("load", 0), 2);
 * assertEquals(timing.cost("branch-conditional", 0) + timing.taken("branch-conditional"), 2);
 * ```
 */
export function timingModelFor(core: CoreName): TimingModel {
  return MODELS[core];
}
