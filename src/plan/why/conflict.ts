/**
 * Given places and alignments that contradict each other before any planner comes to it, as findings with changes
 * that were planned again.
 *
 * @module
 */
import type { PlanChange, PlanFinding } from "../../base/documents.ts";
import { formatBytes } from "../../base/units.ts";
import { PlacesError } from "../fixed.ts";
import type { Placement, PlanProblem } from "../types.ts";
import type { ProblemEdit, Search } from "./changes.ts";
import { bufferFact, hintsOf, poolsOf } from "./finding.ts";
import { restrict } from "./irreducible.ts";

/** What looking for changes needs. */
type Trial = Pick<Search, "oracle" | "fits" | "pinFlag">;

/**
 * Explains given places that contradict each other.
 *
 * @param error The contradictions
 * @param problem The problem with its places
 * @param trial How to try changes
 * @returns The same error with a finding and what helps
 */
export function explainPlaces(
  error: PlacesError,
  problem: PlanProblem,
  trial: Trial,
): PlacesError {
  const [violation] = error.violations;
  if (violation === undefined) return error;
  const wrong = [...new Set(error.violations.flatMap(({ buffers }) => buffers))];
  const core = restrict(problem, new Set(violation.buffers));
  const changes = [
    ...violation.buffers.flatMap((name) => replaced(problem, [name], trial)),
  ];
  if (changes.length === 0) {
    changes.push(...replaced(problem, violation.buffers, trial));
    if (changes.length === 0 && wrong.length > 2) changes.push(...replaced(problem, wrong, trial));
  }
  const pools = poolsOf(core);
  const finding: PlanFinding = {
    code: "P-FIXED",
    message: `${violation.message}, and ${
      violation.buffers.length === 1 ? "its place is" : "both places are"
    } given`,
    proof: "rule",
    irreducible: true,
    moment: null,
    needed_bytes: core.buffers.reduce((sum, { size }) => sum + size, 0),
    available_bytes: pools.reduce((sum, { limitBytes }) => sum + limitBytes, 0),
    pools: pools.map(({ name, region, limitBytes }) => ({
      name,
      region,
      limit_bytes: limitBytes,
      needed_bytes: null,
    })),
    buffers: core.buffers.map((buffer) => bufferFact(buffer, core)),
    changes,
  };
  return new PlacesError(error.violations, error.isOnePlace, hintsOf(changes), [finding]);
}

/** Some buffers freed from their places, and the places that they can have then. */
function replaced(
  problem: PlanProblem,
  names: readonly string[],
  { oracle, fits, pinFlag }: Trial,
): readonly PlanChange[] {
  const fixed = problem.fixed ?? [];
  const given = fixed.filter(({ name }) => names.includes(name));
  const freed: ProblemEdit = (one) => ({
    ...one,
    fixed: (one.fixed ?? []).filter(({ name }) => !names.includes(name)),
  });
  if (!fits(freed)) return [];
  const changes: PlanChange[] = [{
    kind: "free",
    text: `Let ${
      given.map(({ name, pool, offset }) =>
        `"${name}" go elsewhere than to offset ${offset} of "${pool}"`
      )
        .join(", ")
    }`,
    flags: given.flatMap(({ name, pool }) => pinFlag(name, [pool])),
  }];
  const verdict = oracle.decide(freed(problem));
  if (verdict.answer !== "fits") return changes;
  const places = verdict.placements.filter(({ name }) => names.includes(name));
  if (places.length !== names.length || !fits((one) => withPlaces(freed(one), places))) {
    return changes;
  }
  return [...changes, {
    kind: "place",
    text: `Place ${
      places.map(({ name, pool, offset }) => `"${name}" at offset ${offset} of "${pool}"`).join(
        ", ",
      )
    }`,
    flags: [],
  }];
}

function withPlaces(problem: PlanProblem, places: readonly Placement[]): PlanProblem {
  const names = new Set(problem.buffers.map(({ name }) => name));
  return {
    ...problem,
    fixed: [...problem.fixed ?? [], ...places.filter(({ name }) => names.has(name))],
  };
}

/** A buffer whose alignment a pool of its candidates does not have. */
export interface Misalignment {
  /** Name of the buffer. */
  readonly buffer: string;
  /** Name of the pool. */
  readonly pool: string;
}

/**
 * Explains an alignment that a pool cannot give.
 *
 * @param problem The problem
 * @param at Which buffer and pool
 * @param fits Plans again
 * @returns The finding with the changes that help
 */
export function explainAlignment(
  problem: PlanProblem,
  at: Misalignment,
  fits: Search["fits"],
): PlanFinding {
  const buffer = problem.buffers.find(({ name }) => name === at.buffer);
  const pool = problem.pools.find(({ name }) => name === at.pool);
  const [wanted, has] = [buffer?.alignment ?? 1, pool?.alignment ?? 1];
  const tried: readonly (readonly [PlanChange, ProblemEdit])[] = [
    [
      {
        kind: "align",
        text: `Align the first byte of "${at.pool}" to ${formatBytes(wanted)}`,
        flags: [],
      },
      (one) => ({
        ...one,
        pools: one.pools.map((two) => two.name === at.pool ? { ...two, alignment: wanted } : two),
      }),
    ],
    [
      { kind: "align", text: `Align "${at.buffer}" to ${formatBytes(has)}`, flags: [] },
      (one) => ({
        ...one,
        buffers: one.buffers.map((two) =>
          two.name === at.buffer ? { ...two, alignment: has } : two
        ),
      }),
    ],
    [
      { kind: "pin", text: `Keep "${at.buffer}" out of "${at.pool}"`, flags: [] },
      (one) => ({
        ...one,
        buffers: one.buffers.map((two) =>
          two.name === at.buffer
            ? { ...two, candidates: two.candidates.filter((name) => name !== at.pool) }
            : two
        ),
      }),
    ],
  ];
  return {
    code: "P-ALIGN",
    message: `"${at.buffer}" has to be at multiples of ${
      formatBytes(wanted)
    }, and the first byte of "${at.pool}" is at a multiple of ${formatBytes(has)} only`,
    proof: "rule",
    irreducible: true,
    moment: null,
    needed_bytes: buffer?.size ?? 0,
    available_bytes: pool?.limitBytes ?? 0,
    pools: pool === undefined ? [] : [{
      name: pool.name,
      region: pool.region,
      limit_bytes: pool.limitBytes,
      needed_bytes: null,
    }],
    buffers: buffer === undefined ? [] : [bufferFact(buffer, problem)],
    changes: tried.flatMap(([change, edit]) => fits(edit) ? [change] : []),
  };
}
