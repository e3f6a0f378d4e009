/**
 * What stands in the way of a plan, as a finding: the buffers, the moment, the bytes, and which of the
 * demands on them it is that cannot be met.
 *
 * @module
 */
import type { PlanChange, PlanFinding } from "../../base/documents.ts";
import { formatBytes } from "../../base/units.ts";
import { maxLive } from "../bound.ts";
import { findBound, type Misfit } from "../misfit.ts";
import type { BufferInfo, PlanProblem, Pool } from "../types.ts";
import { formsOf } from "../wishes.ts";
import { type Obstacle, partOf, reduceObstacle, restrict } from "./irreducible.ts";
import { leastLimit } from "./least.ts";
import type { Oracle, Verdict } from "./oracle.ts";

/** What is known of a failure, before changes were looked for. */
export interface Diagnosis {
  /** All that competes with the buffer that found no room. */
  readonly part: PlanProblem;
  /** Whether the part can be placed at all. */
  readonly verdict: Verdict;
  /** Buffers that cannot be placed together, if that is proved. */
  readonly obstacle: Obstacle | undefined;
  /** The finding, without changes. */
  readonly finding: PlanFinding;
}

/**
 * Finds out what stands in the way.
 *
 * @param problem What a planner could not place; its wishes were checked
 * @param misfit What the planner says
 * @param oracle Decides smaller problems
 * @param statements Name of the function of each statement, if known
 * @returns What is known
 */
export function diagnose(
  problem: PlanProblem,
  misfit: Misfit,
  oracle: Oracle,
  statements: readonly string[],
): Diagnosis {
  const part = partOf(problem, misfit.failed.name);
  const verdict = oracle.decide(part);
  if (verdict.answer !== "infeasible") {
    return { part, verdict, obstacle: undefined, finding: undecided(part, misfit, verdict) };
  }
  const obstacle = reduceObstacle(part, verdict.proof, oracle);
  return { part, verdict, obstacle, finding: found(part, obstacle, oracle, statements) };
}

/** The planner found no layout, and nobody proved that there is none. */
function undecided(part: PlanProblem, misfit: Misfit, verdict: Verdict): PlanFinding {
  const { failed, moment, pools } = misfit;
  const [code, message] = verdict.answer === "fits"
    ? [
      "P-PLANNER" as const,
      `A layout of all ${part.buffers.length} buffers exists; ${misfit.algorithm} finds no room for "${failed.name}"`,
    ]
    : [
      "P-SEARCH" as const,
      `Whether a layout of all ${part.buffers.length} buffers exists is not known: no bound forbids it, and the search for one stopped at its limit`,
    ];
  return {
    code,
    message,
    proof: null,
    irreducible: false,
    moment,
    needed_bytes: misfit.needed,
    available_bytes: misfit.available,
    pools: pools.map((pool) => poolFact(pool, null)),
    buffers: [bufferFact(failed, part)],
    changes: [],
  };
}

function found(
  part: PlanProblem,
  obstacle: Obstacle,
  oracle: Oracle,
  statements: readonly string[],
): PlanFinding {
  const { buffers, proof, irreducible } = obstacle;
  const core = { ...restrict(part, new Set(buffers.map(({ name }) => name))), buffers };
  const pools = poolsOf(core);
  const peak = maxLive(formsOf(core)[0]?.problem.buffers ?? buffers);
  const least = pools.map((pool) => leastLimit(core, pool.name, oracle)?.bytes ?? null);
  const available = pools.reduce((sum, pool) => sum + pool.limitBytes, 0);
  const code = codeOf(core, oracle);
  const needed = code === "P-LIVE" || code === "P-SIZE" || pools.length > 1
    ? peak.bytes
    : Math.max(peak.bytes, least[0] ?? 0);
  const always = buffers.every(({ kind }) => kind === "constant");
  return {
    code,
    message: messageOf(code, core, {
      needed,
      live: peak.bytes,
      at: always ? "" : ` at ${momentText(peak.moment, statements)}`,
      have: pools.map((pool) => `"${pool.name}" has ${formatBytes(pool.limitBytes)}`).join(", "),
    }),
    proof,
    irreducible,
    // Where a pair is kept apart, the two are never live at once.
    moment: always || code === "P-WISH" ? null : peak.moment,
    needed_bytes: needed,
    available_bytes: available,
    pools: pools.map((pool, i) => poolFact(pool, least[i] ?? null)),
    buffers: buffers.map((buffer) => bufferFact(buffer, core)),
    changes: [],
  };
}

/** The demand without which the buffers could be placed. */
function codeOf(core: PlanProblem, oracle: Oracle): PlanFinding["code"] {
  const fitsWithout = (changes: Partial<PlanProblem>) =>
    oracle.decide({ ...core, ...changes }).answer === "fits";
  const limits = new Map(core.pools.map(({ name, limitBytes }) => [name, limitBytes]));
  const [only] = core.buffers;
  const isLarge = only?.candidates.every((name) => only.size > (limits.get(name) ?? 0)) === true;
  if (isLarge && core.buffers.length === 1) return "P-SIZE";
  const bounds = formsOf({ ...core, fixed: [], apart: [] });
  if (bounds.every(({ problem }) => findBound(problem) !== undefined)) return "P-LIVE";
  if ((core.fixed ?? []).length > 0 && fitsWithout({ fixed: [] })) return "P-FIXED";
  if ((core.apart ?? []).length > 0 && fitsWithout({ apart: [] })) return "P-WISH";
  const unaligned = core.buffers.map((buffer) => ({ ...buffer, alignment: 1 }));
  return fitsWithout({ buffers: unaligned }) ? "P-ALIGN" : "P-PACKING";
}

function messageOf(
  code: PlanFinding["code"],
  core: PlanProblem,
  { needed, live, at, have }: {
    readonly needed: number;
    readonly live: number;
    readonly at: string;
    readonly have: string;
  },
): string {
  const { fixed = [], apart = [] } = core;
  const who = listNames(core.buffers);
  const verb = core.buffers.length === 1 ? "needs" : "need";
  switch (code) {
    case "P-SIZE":
      return `${who} needs ${formatBytes(needed)} in one piece: ${have}`;
    case "P-FIXED": {
      const places = fixed.map(({ name, pool, offset }) => `"${name}" at ${offset} of "${pool}"`);
      return `${who} cannot be placed with ${
        shorten(places)
      }; with free offsets they can (${have})`;
    }
    case "P-WISH": {
      const pairs = apart.map(([a, b]) => `"${a}" and "${b}"`);
      return `${who} cannot be placed with ${
        shorten(pairs)
      } kept apart; without they can (${have})`;
    }
    case "P-ALIGN": {
      const wide = core.buffers.filter(({ alignment }) => alignment > 1)
        .toSorted((a, b) => b.alignment - a.alignment)
        .map(({ name, alignment }) => `"${name}" at multiples of ${alignment}`);
      return `${who} ${verb} ${formatBytes(live)} at once${at}, but with ${
        shorten(wide)
      } the gaps between them are too many: ${have}`;
    }
    case "P-PACKING":
      return `${who} ${verb} ${formatBytes(live)} at once${at}, which is not too much, but ${
        poolsOf(core).length > 1
          ? "they cannot be divided between the pools"
          : "no offsets exist for them"
      }: ${have}`;
    default: {
      const together = core.buffers.length > 1 && at !== "" ? "are live together and " : "";
      return `${who} ${together}${verb} ${formatBytes(needed)} at once${at}: ${have}`;
    }
  }
}

/** Names in quotes; of many the first. */
export function listNames(buffers: readonly Pick<BufferInfo, "name">[]): string {
  return shorten(buffers.map(({ name }) => `"${name}"`));
}

function shorten(items: readonly string[]): string {
  const shown = items.slice(0, 4);
  const more = items.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** A statement with its function. */
export function momentText(moment: number, statements: readonly string[]): string {
  const func = statements[moment];
  return `statement ${moment}${func === undefined ? "" : ` (${func})`}`;
}

/** Pools that buffers may go into, in the problem's order. */
export function poolsOf(problem: PlanProblem): readonly Pool[] {
  const fixed = new Map((problem.fixed ?? []).map(({ name, pool }) => [name, pool]));
  const names = new Set(
    problem.buffers.flatMap(({ name, candidates }) => fixed.get(name) ?? candidates),
  );
  return problem.pools.filter((pool) => names.has(pool.name));
}

function poolFact(pool: Pool, needed: number | null): PlanFinding["pools"][number] {
  return {
    name: pool.name,
    region: pool.region,
    limit_bytes: pool.limitBytes,
    needed_bytes: needed,
  };
}

/** A buffer as findings show it. */
export function bufferFact(
  { name, size, alignment, candidates, intervals, kind }: BufferInfo,
  { fixed = [] }: Pick<PlanProblem, "fixed">,
): PlanFinding["buffers"][number] {
  return {
    name,
    size,
    alignment,
    candidates,
    intervals: kind === "constant"
      ? []
      : intervals.map(({ first, last }) => [first, last] as const),
    offset: fixed.find((place) => place.name === name)?.offset ?? null,
  };
}

/** Changes as hints: what to do and the flags that do it. */
export function hintsOf(changes: readonly PlanChange[]): readonly string[] {
  return changes.map(({ text, flags }) =>
    flags.length === 0 ? text : `${text} [${flags.join(" ")}]`
  );
}
