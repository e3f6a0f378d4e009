/**
 * Why buffers do not fit: which of them, at which moment, bytes needed and available. Three reasons, the
 * strongest proof first: a buffer that is larger than each of its pools; buffers that are live together,
 * may only go into certain pools and sum to more than those hold (no order of addresses can help); or
 * enough bytes at every moment, but no free range long enough where the planner needed one.
 *
 * @module
 */
import type { PlanFinding } from "../base/documents.ts";
import { InfeasibleError } from "../base/error.ts";
import { formatBytes } from "../base/units.ts";
import { isLiveAt, maxLive } from "./bound.ts";
import { inConflict } from "./conflicts.ts";
import type { BufferInfo, Placement, PlanProblem, Pool } from "./types.ts";

/** A planner's failure. */
export interface Failure {
  /** Name of the planner. */
  readonly algorithm: string;
  /** Buffer that found no room. */
  readonly failed: BufferInfo;
  /** What was placed before it. */
  readonly placed: readonly Placement[];
}

/** Why buffers do not fit. */
export interface Misfit {
  /** Which reason; only `fragmented` leaves it open whether another planner finds a layout. */
  readonly reason: "too-large" | "too-many" | "fragmented";
  /** Planner that failed. */
  readonly algorithm: string;
  /** Buffer that found no room. */
  readonly failed: BufferInfo;
  /** Pools that the buffers may go into. */
  readonly pools: readonly Pool[];
  /** Bytes that are needed at once; for a single buffer its size. */
  readonly needed: number;
  /** Bytes that the pools have together; for a single buffer the longest range. */
  readonly available: number;
  /** Statement. */
  readonly moment: number;
  /** Buffers live then that may only go into these pools, the largest first. */
  readonly live: readonly BufferInfo[];
  /**
   * What a search says to `fragmented`: `exhausted` if it tried every layout and there is none, `stopped` if a
   * limit ended it before it knew.
   */
  readonly search?: "exhausted" | "stopped" | undefined;
}

/** Unions of candidate sets that are looked at; problems with more have them from generated data. */
const MAX_POOL_SETS = 256;

/**
 * Finds the reason for a failure.
 *
 * @param problem What was to be solved
 * @param failure What a planner ended with
 * @returns The reason
 */
export function findMisfit(problem: PlanProblem, failure: Failure): Misfit {
  return tooLarge(problem, failure) ?? tooMany(problem, failure) ?? fragmented(problem, failure);
}

/** A planner's failure with its reason; whoever knows board and flags adds what would help. */
export class MisfitError extends InfeasibleError {
  /** The reason. */
  readonly misfit: Misfit;

  /**
   * Makes the error.
   *
   * @param misfit The reason
   * @param statements Name of the function of each statement, if known
   * @param hints What would help
   * @param findings What stands in the way
   */
  constructor(
    misfit: Misfit,
    statements: readonly string[] = [],
    hints: readonly string[] = [],
    findings: readonly PlanFinding[] = [],
  ) {
    const wish = findings.find(({ code }) => code === "P-WISH");
    const message = wish === undefined
      ? misfitMessage(misfit, statements)
      : `Cannot place all buffers: ${wish.message}`;
    super("E-PLAN-FIT", message, {
      hints,
      data: misfitData(misfit),
      findings,
    });
    this.misfit = misfit;
  }
}

/**
 * One sentence with the actual and the needed bytes.
 *
 * @param misfit The reason
 * @param statements Name of the function of each statement, if known
 * @returns Text without full stop
 */
export function misfitMessage(misfit: Misfit, statements: readonly string[] = []): string {
  const { failed, live, needed, available } = misfit;
  const where = poolNames(misfit.pools);
  const func = statements[misfit.moment];
  const moment = `statement ${misfit.moment}${func === undefined ? "" : ` (${func})`}`;
  if (misfit.reason === "too-large") {
    return `Cannot place buffer "${failed.name}" in ${where}: it needs ${
      formatBytes(needed)
    } in one piece, ${misfit.pools.length === 1 ? "the pool" : "the largest of them"} has ${
      formatBytes(available)
    }`;
  }
  const list = listBuffers(live);
  if (misfit.reason === "too-many") {
    const what = failed.kind === "constant"
      ? "parameters need"
      : `buffers are live together at ${moment} and need`;
    return `Cannot place ${live.length} buffers in ${where}: these ${what} ${
      formatBytes(needed)
    } at once, ${misfit.pools.length === 1 ? "the pool has" : "the pools have together"} ${
      formatBytes(available)
    } (${list})`;
  }
  return `Cannot place buffer "${failed.name}" in ${where} with ${misfit.algorithm}: it needs ${
    formatBytes(needed)
  } in one piece, the longest range that is free while it is live has ${
    formatBytes(available)
  }, though the sums fit at every moment (live at ${moment}: ${list})${searchText(misfit)}`;
}

function searchText({ search }: Misfit): string {
  if (search === undefined) return "";
  return search === "exhausted"
    ? "; no layout exists, all were tried"
    : "; the search stopped at its limit, with a higher one it may find a layout";
}

/** `infeasible` with its proof, or `unknown`: another planner or a higher limit may find a layout. */
function verdict({ reason, search }: Misfit): Readonly<Record<string, string>> {
  if (reason !== "fragmented") return { status: "infeasible", proof: "bound" };
  return search === "exhausted"
    ? { status: "infeasible", proof: "exhausted" }
    : { status: "unknown" };
}

/** Machine-readable facts: `status`, `proof`, `pool`, `needed`, `available`, `moment`, `live`, and the pools one by one. */
export function misfitData(misfit: Misfit): Readonly<Record<string, unknown>> {
  return {
    ...verdict(misfit),
    reason: misfit.reason,
    algorithm: misfit.algorithm,
    buffer: misfit.failed.name,
    pool: misfit.pools.map((pool) => pool.name).join(","),
    pools: misfit.pools.map((pool) => ({
      name: pool.name,
      region: pool.region,
      kind: pool.kind,
      limit_bytes: pool.limitBytes,
    })),
    needed: misfit.needed,
    available: misfit.available,
    moment: misfit.moment,
    live: misfit.live.map(({ name, size }) => ({ name, size })),
  };
}

/** Names in quotes, as part of a sentence. */
export function poolNames(pools: readonly Pool[]): string {
  const names = pools.map((pool) => `"${pool.name}"`).join(", ");
  return pools.length === 1 ? `pool ${names}` : `the pools ${names}`;
}

function listBuffers(buffers: readonly BufferInfo[]): string {
  const shown = buffers.slice(0, 5).map(({ name, size }) => `"${name}" ${formatBytes(size)}`);
  const more = buffers.length - shown.length;
  return shown.join(", ") + (more > 0 ? `, and ${more} smaller` : "");
}

/**
 * Whether a bound alone says that buffers of one kind cannot be placed.
 *
 * @param problem Pools and buffers, without pairs
 * @returns The reason, if there is one
 */
export function findBound(problem: PlanProblem): Misfit | undefined {
  const failures = problem.buffers.map((failed) => ({ algorithm: "", failed, placed: [] }));
  const [first] = failures;
  if (first === undefined) return undefined;
  const limits = new Map(problem.pools.map(({ name, limitBytes }) => [name, limitBytes]));
  const large = failures.find(({ failed: { size, candidates } }) =>
    candidates.every((name) => size > (limits.get(name) ?? 0))
  );
  return large === undefined ? tooMany(problem, first) : tooLarge(problem, large);
}

function tooLarge(problem: PlanProblem, failure: Failure): Misfit | undefined {
  const { failed, algorithm } = failure;
  const pools = poolsOf(problem, failed.candidates);
  const available = Math.max(0, ...pools.map((pool) => pool.limitBytes));
  if (failed.size <= available) return undefined;
  const moment = failed.intervals[0]?.first ?? 0;
  return {
    reason: "too-large",
    algorithm,
    failed,
    pools,
    needed: failed.size,
    available,
    moment,
    live: [failed],
  };
}

/** Looks at each set of pools that some buffers are confined to, and takes the worst excess. */
function tooMany(problem: PlanProblem, { failed, algorithm }: Failure): Misfit | undefined {
  const buffers = problem.buffers.filter((buffer) => buffer.kind === failed.kind);
  let worst: Misfit | undefined;
  for (const set of poolSets(buffers)) {
    const pools = problem.pools.filter((pool) => set.has(pool.name));
    const confined = buffers.filter((buffer) => buffer.candidates.every((name) => set.has(name)));
    const peak = maxLive(confined);
    const available = pools.reduce((sum, pool) => sum + pool.limitBytes, 0);
    const excess = peak.bytes - available;
    if (excess <= 0 || (worst !== undefined && excess <= worst.needed - worst.available)) continue;
    worst = {
      reason: "too-many",
      algorithm,
      failed,
      pools,
      needed: peak.bytes,
      available,
      moment: peak.moment,
      live: largestFirst(confined.filter((buffer) => isLiveAt(buffer, peak.moment))),
    };
  }
  return worst;
}

/** The distinct sets of candidates and unions of them, the smaller sets first. */
function poolSets(buffers: readonly BufferInfo[]): readonly ReadonlySet<string>[] {
  const sets = new Map<string, ReadonlySet<string>>();
  const add = (names: readonly string[]) => {
    const key = names.toSorted().join(",");
    if (sets.size < MAX_POOL_SETS && !sets.has(key)) sets.set(key, new Set(names));
  };
  for (const buffer of buffers) add(buffer.candidates);
  for (const single of [...sets.values()]) {
    for (const other of [...sets.values()]) add([...single.union(other)]);
  }
  return [...sets.values()].sort((a, b) => a.size - b.size);
}

function fragmented(problem: PlanProblem, failure: Failure): Misfit {
  const { failed, placed, algorithm } = failure;
  const buffers = new Map(problem.buffers.map((buffer) => [buffer.name, buffer]));
  const pools = poolsOf(problem, failed.candidates);
  const neighbours = placed.filter(({ name, pool }) => {
    const buffer = buffers.get(name);
    return failed.candidates.includes(pool) && buffer !== undefined && inConflict(failed, buffer);
  });
  const together = neighbours.flatMap(({ name }) => buffers.get(name) ?? []);
  const { moment } = maxLive([failed, ...together].map((buffer) => clip(buffer, failed)));
  return {
    reason: "fragmented",
    algorithm,
    failed,
    pools,
    needed: failed.size,
    available: Math.max(0, ...pools.map((pool) => longestFree(pool, failed, neighbours, buffers))),
    moment,
    live: largestFirst([failed, ...together].filter((buffer) => isLiveAt(buffer, moment))),
  };
}

/** The part of a lifetime that lies in that of another. */
function clip(buffer: BufferInfo, to: BufferInfo): BufferInfo {
  const intervals = buffer.intervals.flatMap((a) =>
    to.intervals.flatMap((b) => {
      const first = Math.max(a.first, b.first);
      const last = Math.min(a.last, b.last);
      return first <= last ? [{ first, last }] : [];
    })
  );
  return { ...buffer, intervals };
}

function longestFree(
  pool: Pool,
  failed: BufferInfo,
  neighbours: readonly Placement[],
  buffers: ReadonlyMap<string, BufferInfo>,
): number {
  let longest = 0;
  let start = 0;
  const inPool = neighbours.filter((placement) => placement.pool === pool.name)
    .sort((a, b) => a.offset - b.offset);
  for (const { name, offset } of inPool) {
    longest = Math.max(longest, offset - start);
    const end = offset + (buffers.get(name)?.size ?? 0);
    start = Math.max(start, Math.ceil(end / failed.alignment) * failed.alignment);
  }
  return Math.max(longest, pool.limitBytes - start);
}

function poolsOf(problem: PlanProblem, names: readonly string[]): readonly Pool[] {
  return problem.pools.filter((pool) => names.includes(pool.name));
}

function largestFirst(buffers: readonly BufferInfo[]): readonly BufferInfo[] {
  return buffers.toSorted((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));
}
