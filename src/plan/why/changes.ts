/**
 * Changes that make buffers fit, of the kinds that every problem knows, with a board or without. The exact search
 * looks for them, and each is kept only if planning again with it succeeds.
 *
 * @module
 */
import type { PlanChange } from "../../base/documents.ts";
import { formatBytes } from "../../base/units.ts";
import { maxLive } from "../bound.ts";
import { planners } from "../registry.ts";
import type { BufferInfo, Placement, PlanProblem, Pool } from "../types.ts";
import type { Diagnosis } from "./finding.ts";
import { poolsOf } from "./finding.ts";
import { enoughFor, type LeastLimit, leastLimit, withLimit } from "./least.ts";
import type { Oracle } from "./oracle.ts";

/** A change of a problem. */
export type ProblemEdit = (problem: PlanProblem) => PlanProblem;

/** Where changes are looked for. */
export interface Search {
  /** What stands in the way. */
  readonly diagnosis: Diagnosis;
  /** Planner that failed. */
  readonly algorithm: string;
  /** Decides smaller problems. */
  readonly oracle: Oracle;
  /** Name of the function of each statement; nothing for a problem without a module. */
  readonly statements: readonly string[] | undefined;
  /** Fewest statements that a lifetime can have. */
  readonly shortestLife: number;
  /** Plans everything again, changed, by default with the same planner: whether it fits then. */
  readonly fits: (edit: ProblemEdit, algorithm?: string) => boolean;
  /** Flags that let a buffer go into some pools only; none where there are no such flags. */
  readonly pinFlag: (buffer: string, pools: readonly string[]) => readonly string[];
}

/** Buffers that are tried for one kind of change. */
export const MOST_TRIED = 8;

/** Pins that a person would type. */
const MOST_PINS = 16;

const SAME: ProblemEdit = (problem) => problem;

/**
 * Another planner that finds a layout, or pools for the buffers with which one does.
 *
 * @param search Where to look
 * @param others Names of planners to ask, the first that fits is taken
 */
export function otherPlanner(
  search: Search,
  others: readonly string[] = [...planners.keys()],
): readonly PlanChange[] {
  const { diagnosis: { verdict, part }, algorithm, fits } = search;
  if (verdict.answer === "infeasible") return [];
  const name = others.find((one) => one !== algorithm && fits(SAME, one));
  if (name !== undefined) {
    return [{
      kind: "algorithm",
      text: `Plan with ${name}, which finds a layout`,
      flags: [`--algorithm ${name}`],
    }];
  }
  return verdict.answer === "fits" ? pinAll(search, part, verdict.placements) : [];
}

/** A layout is known but no planner finds its pools: they are given. */
function pinAll(
  { fits, pinFlag }: Search,
  part: PlanProblem,
  placements: readonly Placement[],
): readonly PlanChange[] {
  const poolOf = new Map(placements.map(({ name, pool }) => [name, pool]));
  const chosen = part.buffers.flatMap(({ name, candidates }) => {
    const pool = poolOf.get(name);
    return pool === undefined || candidates.length === 1 ? [] : [{ name, pool }];
  });
  if (chosen.length > MOST_PINS || chosen.length === 0) return [];
  const edit = onBuffers((buffer) => {
    const pool = chosen.find(({ name }) => name === buffer.name)?.pool;
    return pool === undefined ? buffer : { ...buffer, candidates: [pool] };
  });
  if (!fits(edit, "exact")) return [];
  return [{
    kind: "pin",
    text: `Put ${
      chosen.map(({ name, pool }) => `"${name}" into "${pool}"`).join(", ")
    } and plan with exact`,
    flags: [...chosen.flatMap(({ name, pool }) => pinFlag(name, [pool])), "--algorithm exact"],
  }];
}

/**
 * One buffer, the smallest that is enough, or the fewest of the largest, into one more pool of the problem.
 *
 * @param search Where to look
 */
export function allowPool({ diagnosis, fits, pinFlag }: Search): readonly PlanChange[] {
  const { obstacle, part } = diagnosis;
  if (obstacle === undefined) return [];
  const fixed = new Set((part.fixed ?? []).map(({ name }) => name));
  const movable = obstacle.buffers.filter(({ name }) => !fixed.has(name)).map((buffer) => ({
    buffer,
    extra: part.pools
      .filter(({ name, kind, alignment }) =>
        kind === buffer.kind && alignment % buffer.alignment === 0 &&
        !buffer.candidates.includes(name)
      )
      .map(({ name }) => name),
  })).filter(({ extra }) => extra.length > 0);
  const widened = (chosen: readonly { buffer: BufferInfo; extra: readonly string[] }[]) =>
    onBuffers((one) => {
      const more = chosen.find(({ buffer }) => buffer.name === one.name)?.extra ?? [];
      return more.length === 0 ? one : { ...one, candidates: [...one.candidates, ...more] };
    });
  const singles = movable.slice(-MOST_TRIED).toReversed()
    .flatMap(({ buffer, extra }) => extra.map((pool) => [{ buffer, extra: [pool] }]));
  const several = movable.slice(1, MOST_TRIED).map((_, i) => movable.slice(0, i + 2));
  const found = [...singles, ...several].find((chosen) => fits(widened(chosen)));
  if (found === undefined) return [];
  const names = found.map(({ buffer }) => sized(buffer)).join(", ");
  const pools = [...new Set(found.flatMap(({ extra }) => extra))];
  return [{
    kind: "allow",
    text: `Allow ${names} also in ${pools.map((name) => `"${name}"`).join(", ")}`,
    flags: found.flatMap(({ buffer, extra }) =>
      pinFlag(buffer.name, [...buffer.candidates, ...extra])
    ),
  }];
}

/**
 * The least larger limit of each pool.
 *
 * @param search Where to look
 * @param flagOf Flag that sets a limit; nothing where the problem file has it
 */
export function growPools(
  { diagnosis, algorithm, oracle, fits }: Search,
  flagOf: (pool: string, bytes: number) => readonly string[],
): readonly PlanChange[] {
  const { part, obstacle, verdict } = diagnosis;
  if (verdict.answer === "fits") return [];
  const names = new Set(obstacle?.buffers.map(({ name }) => name));
  const pools = poolsOf({
    ...part,
    buffers: obstacle === undefined ? part.buffers : part.buffers.filter((b) => names.has(b.name)),
  });
  return pools.flatMap((pool): readonly PlanChange[] => {
    const sized = (bytes: number): ProblemEdit => (problem) => withLimit(problem, pool.name, bytes);
    return growthsOf(pool, leastLimit(part, pool.name, oracle), {
      most: enoughFor(part, pool.limitBytes),
      live: maxLive(part.buffers).bytes,
      fits: (bytes) => fits(sized(bytes)),
      fitsExactly: (bytes) => algorithm !== "exact" && fits(sized(bytes), "exact"),
      flagOf: (bytes) => flagOf(pool.name, bytes),
    });
  });
}

/** Limits that are likely enough, in units of the bytes that are live at once. */
const LIKELY = [1, 1.02, 1.1, 1.3, 2];

/** How larger limits are tried. Bytes throughout. */
export interface Growing {
  /** Limit that it may grow to at most. */
  readonly most: number;
  /** Most bytes live at once of all that competes for it: less is not enough if it is the only pool. */
  readonly live: number;
  /** Plans everything again with a limit. */
  readonly fits: (bytes: number) => boolean;
  /** The same with the planner `exact`. */
  readonly fitsExactly: (bytes: number) => boolean;
  /** Flags that set a limit. */
  readonly flagOf: (bytes: number) => readonly string[];
}

/**
 * Least limits of a pool with the planner that was asked for, and with `exact` where that needs less.
 *
 * @param pool The pool
 * @param least What the exact search says, if it can
 * @param growing How to try
 */
export function growthsOf(
  pool: Pick<Pool, "name" | "limitBytes">,
  least: LeastLimit | undefined,
  { most, live, fits, fitsExactly, flagOf }: Growing,
): readonly PlanChange[] {
  const growth = (bytes: number, proved: boolean, exactly: boolean): PlanChange => ({
    kind: "grow",
    text: `Grow "${pool.name}" by ${formatBytes(bytes - pool.limitBytes)} to ${formatBytes(bytes)}${
      exactly ? " and plan with exact" : ""
    }`,
    flags: [...flagOf(bytes), ...(exactly ? ["--algorithm exact"] : [])],
    bytes: bytes - pool.limitBytes,
    least: proved,
  });
  if (least !== undefined && fits(least.bytes)) return [growth(least.bytes, least.proved, false)];
  let low = least?.bytes ?? pool.limitBytes;
  // A large problem is planned a few times only, so limits that are likely enough come first.
  const rungs = [...LIKELY.map((factor) => Math.ceil(live * factor)), most]
    .filter((bytes) => bytes > low && bytes <= most);
  const found = rungs.findIndex((bytes) => fits(bytes));
  let high = rungs[found] ?? low;
  low = rungs[found - 1] ?? low;
  while (found >= 0 && high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return [
    ...(found >= 0 ? [growth(high, false, false)] : []),
    ...(least !== undefined && fitsExactly(least.bytes)
      ? [growth(least.bytes, least.proved, true)]
      : []),
  ];
}

/** An edit of each buffer. */
export function onBuffers(change: (buffer: BufferInfo) => BufferInfo): ProblemEdit {
  return (problem) => ({ ...problem, buffers: problem.buffers.map(change) });
}

/** A buffer with its size. */
export function sized({ name, size }: BufferInfo): string {
  return `"${name}" (${formatBytes(size)})`;
}
