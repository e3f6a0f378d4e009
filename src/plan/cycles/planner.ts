/**
 * Planning by cycles as a planner: variables and parameters in one problem, since pools of both kinds draw
 * from the same regions.
 *
 * @module
 */
import { InputError } from "../../base/error.ts";
import type { Board } from "../../board/types.ts";
import { closest } from "../../base/units.ts";
import type { ProfileDocument } from "../../base/documents.ts";
import type { IRModule } from "../../ir/types.ts";
import type { LiveBuffer } from "../liveness.ts";
import { findMisfit, MisfitError } from "../misfit.ts";
import { checkProblem } from "../problem.ts";
import { findRegion } from "../regions.ts";
import type {
  BufferCost,
  BufferInfo,
  BufferPair,
  Placement,
  PlanControl,
  PlanCycles,
  Planner,
  PlanProblem,
  Pool,
} from "../types.ts";
import { type Accesses, addAccesses, memoryCost, NO_ACCESSES } from "./accesses.ts";
import { createRelaxer } from "./bound.ts";
import { type Estimate, estimateAccesses } from "./estimate.ts";
import { costIn, cyclesBound, makeModel, type PoolCosts } from "./model.ts";
import { type ChoiceSolver, type CyclesResult, solveCycles } from "./solve.ts";

/** Steps of the relaxation for plans with in-place pairs. */
const STEPS = 400;

/** Accesses with their source. */
export interface KnownAccesses extends Estimate {
  /** Where they are from. */
  readonly source: PlanCycles["source"];
}

/**
 * The accesses of one inference: of a profile if there is one, else estimated.
 *
 * @throws {InputError} If the profile is of another module or makes no sense (E-PLAN-PROFILE)
 */
export function accessesOf(
  module: IRModule,
  buffers: readonly LiveBuffer[],
  board: Board,
  profile: ProfileDocument | undefined,
): KnownAccesses {
  if (profile === undefined) {
    return { ...estimateAccesses(module, buffers, board.cpu.core), source: "estimate" };
  }
  const names = new Set(buffers.map(({ name }) => name));
  const inferences = profile.inferences;
  if (!(Number.isSafeInteger(inferences) && inferences >= 1)) {
    throw wrong(`it counts ${inferences} inferences`, "1 or more are needed");
  }
  const accesses = new Map<string, Accesses>();
  for (
    const { name, reads, read_bytes: readBytes, writes, write_bytes: writeBytes } of profile.buffers
  ) {
    if (!names.has(name)) {
      const guess = closest(name, names);
      throw wrong(
        `it has "${name}", which module "${module.name}" has not`,
        "a profile of this module is needed",
        guess === undefined ? [] : [`Did you mean "${guess}"?`],
      );
    }
    for (const count of [reads, readBytes, writes, writeBytes]) {
      if (!(Number.isFinite(count) && count >= 0)) {
        throw wrong(`a count of "${name}" is ${count}`, "numbers of 0 or more are needed");
      }
    }
    accesses.set(name, {
      reads: reads / inferences,
      readBytes: readBytes / inferences,
      writes: writes / inferences,
      writeBytes: writeBytes / inferences,
    });
  }
  const missing = [...names].filter((name) => !accesses.has(name));
  if (missing.length > 0) {
    throw wrong(
      `it has no "${missing[0]}"${missing.length > 1 ? ` and ${missing.length - 1} more` : ""}`,
      "every buffer and parameter of the module is needed",
    );
  }
  return { accesses, source: "profile", notes: [] };
}

function wrong(actual: string, needed: string, hints: readonly string[] = []): InputError {
  return new InputError("E-PLAN-PROFILE", `Cannot plan by this profile: ${actual}, ${needed}`, {
    hints,
  });
}

/** What the pools of a plan cost and share. */
export function costsOf(
  board: Board,
  pools: readonly Pool[],
  leftovers: ReadonlyMap<string, string>,
): PoolCosts {
  return {
    memories: new Map(pools.map((pool) => {
      const region = findRegion(board, pool.region, `Cannot cost pool "${pool.name}"`);
      return [pool.name, memoryCost(pool, region)];
    })),
    leftovers,
  };
}

/** Candidates of a buffer, the cheapest first; equal ones in their order. */
export function byCost(buffer: BufferInfo, costs: PoolCosts): BufferInfo {
  const weight = new Map(buffer.candidates.map((pool) => {
    const memory = costs.memories.get(pool);
    const cost = memory && costIn(buffer, memory);
    return [pool, cost] as const;
  }));
  const order = (pool: string) => weight.get(pool) ?? { cycles: Infinity, unknown: 0 };
  const candidates = buffer.candidates.toSorted((a, b) =>
    order(a).cycles - order(b).cycles || order(a).unknown - order(b).unknown
  );
  return { ...buffer, candidates };
}

/** A planner by cycles that remembers what it found. */
export interface CyclesPlanner extends Planner {
  /** What it found for a plan of its own. */
  resultOf(placements: readonly Placement[]): CyclesResult | undefined;
  /** Every result. */
  readonly results: readonly CyclesResult[];
}

/** Makes a planner for pools with these costs. */
export function cyclesPlanner(costs: PoolCosts, solver: ChoiceSolver | undefined): CyclesPlanner {
  const results: CyclesResult[] = [];
  const planAround = (
    problem: PlanProblem,
    fixed: ReadonlyMap<string, Placement>,
    control: PlanControl = {},
  ): readonly Placement[] => {
    checkProblem(problem);
    const result = solveCycles(problem, costs, fixed, {
      nodeLimit: control.nodeLimit,
      shouldStop: control.shouldStop,
      solver,
    });
    if (result.placements === undefined) {
      const [failed] = problem.buffers.toSorted((a, b) => b.size - a.size);
      if (failed === undefined) return [];
      throw new MisfitError(findMisfit(problem, { algorithm: "cycles", failed, placed: [] }));
    }
    results.push(result);
    return result.placements;
  };
  return {
    name: "cycles",
    summary: "pools by cycles",
    searches: true,
    plan: (problem, control) => planAround(problem, new Map(), control),
    planAround,
    weigh: ({ buffers }, placements) => totalIn(buffers, placements, costs),
    results,
    resultOf: (placements) => {
      const cycles = results.map((one) => one.cycles);
      return results.find((one) => one.placements === placements) ??
        results[cycles.indexOf(Math.min(...cycles))];
    },
  };
}

/** Cycles of all buffers where they are. */
export function totalIn(
  buffers: readonly BufferInfo[],
  placements: readonly Placement[],
  { memories }: PoolCosts,
): number {
  const poolOf = new Map(placements.map(({ name, pool }) => [name, pool]));
  return buffers.reduce((sum, buffer) => {
    const memory = memories.get(poolOf.get(buffer.name) ?? "");
    return memory === undefined ? sum : sum + costIn(buffer, memory).cycles;
  }, 0);
}

/**
 * A bound on plans in which some of the pairs have one place: no two of a pair are in each other's way in
 * the statement that they share.
 */
export function boundInPlace(
  problem: PlanProblem,
  pairs: readonly BufferPair[],
  costs: PoolCosts,
  target: number,
): number {
  const firsts = new Set(pairs.map(([a]) => a));
  const seconds = new Set(pairs.map(([, b]) => b));
  const buffers = problem.buffers.map((buffer) => {
    const intervals = buffer.intervals.map(({ first, last }) => ({
      first: 2 * first,
      last: 2 * last + 1,
    }));
    const [head] = intervals;
    const tail = intervals.at(-1);
    if (firsts.has(buffer.name) && tail !== undefined) tail.last--;
    if (seconds.has(buffer.name) && head !== undefined) head.first++;
    // One that lives in that statement only would have no time left.
    const isAlive = intervals.every(({ first, last }) => first <= last);
    return {
      ...buffer,
      intervals: isAlive
        ? intervals
        : buffer.intervals.map(({ first }) => ({ first: 2 * first, last: 2 * first })),
    };
  });
  const model = makeModel({ pools: problem.pools, buffers }, costs, new Map());
  return Math.min(
    target,
    cyclesBound(model, createRelaxer(model).relax(target, { steps: STEPS }).bound),
  );
}

/** What the plan says of each buffer, and in sum. */
export function costReport(
  buffers: readonly BufferInfo[],
  placements: readonly Placement[],
  costs: PoolCosts,
  known: KnownAccesses,
  found: Pick<PlanCycles, "lowerBound" | "largestFirst" | "nodes">,
): PlanCycles {
  const poolOf = new Map(placements.map(({ name, pool }) => [name, pool]));
  const unknown = new Map<string, Set<string>>();
  const reports = new Map(buffers.map((buffer): [string, BufferCost] => {
    const pool = poolOf.get(buffer.name) ?? "";
    const accesses = (buffer.accesses ?? []).reduce(addAccesses, NO_ACCESSES);
    const inPool = (name: string) => {
      const memory = costs.memories.get(name);
      return memory === undefined ? 0 : costIn(buffer, memory).cycles;
    };
    for (const name of buffer.candidates) {
      const memory = costs.memories.get(name);
      const kinds = [
        ...(memory?.read === undefined && accesses.reads > 0 ? ["read"] : []),
        ...(memory?.write === undefined && accesses.writes > 0 ? ["write"] : []),
      ];
      if (kinds.length > 0) unknown.set(name, new Set([...unknown.get(name) ?? [], ...kinds]));
    }
    const [next] = buffer.candidates.filter((name) => name !== pool)
      .map((name) => ({ pool: name, cycles: inPool(name) }))
      .sort((a, b) => a.cycles - b.cycles);
    return [buffer.name, { accesses, cycles: inPool(pool), nextBest: next }];
  }));
  const gaps = [...unknown].map(([pool, kinds]) =>
    `no source states the wait states of pool ${pool} for ${
      [...kinds].join(" and ")
    }: they count as 0, ` +
    `as in the emulator, and memories whose wait states are stated come first; ` +
    `state them with ${
      [...kinds].map((kind) => `${kind}_latency_cycles=N`).join(";")
    } in the pool's flag`
  );
  return {
    source: known.source,
    total: totalIn(buffers, placements, costs),
    buffers: reports,
    notes: [...gaps, ...known.notes],
    ...found,
  };
}
