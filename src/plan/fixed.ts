/**
 * Offsets that the module itself gives (RFC 0023, P2): an allocate with scope `global.<pool>` and the
 * annotation `pool_offset` is where it says, whether a planner or a person wrote that. Such places are
 * checked like any plan, and the other buffers are placed around them. A `--pin` for a buffer was said later
 * and takes its offset away.
 *
 * @module
 */
import type { PlanFinding } from "../base/documents.ts";
import { InfeasibleError, InputError } from "../base/error.ts";
import { POOL_OFFSET } from "../ir/types.ts";
import type { LiveBuffer } from "./liveness.ts";
import { matchPins, type Pin } from "./pins.ts";
import type { Placement, PlanControl, Planner, PlanProblem } from "./types.ts";
import { validatePlan, type Violation } from "./validate.ts";

/** Places that the module gives, by name of the buffer. */
export type Fixed = ReadonlyMap<string, Placement>;

/**
 * Reads the places that a module gives.
 *
 * @param buffers Its buffers
 * @param candidates Pools of each buffer, already checked
 * @param pins Pins from the command line
 * @throws {InputError} E-PLAN-PINNED if an offset is none, or the scope names no pool or one that is no
 *   candidate
 */
export function fixedPlaces(
  buffers: readonly LiveBuffer[],
  candidates: ReadonlyMap<string, readonly string[]>,
  pins: readonly Pin[] = [],
): Fixed {
  const pinned = matchPins(pins, buffers.map((buffer) => buffer.name));
  const places = new Map<string, Placement>();
  for (const { name, node, func } of buffers) {
    if (pinned.has(name) || !Object.hasOwn(node.annotations, POOL_OFFSET)) continue;
    const offset = node.annotations[POOL_OFFSET];
    const pool = node.scope.slice("global.".length);
    const what = `Cannot honour the ${POOL_OFFSET} of buffer "${name}" of function "${func.name}"`;
    if (typeof offset !== "number" || !Number.isSafeInteger(offset) || offset < 0) {
      throw pinnedError(`${what}: it is ${JSON.stringify(offset)}, a whole number ≥ 0 is needed`);
    }
    if (pool === "") {
      throw pinnedError(
        `${what}: its scope is "${node.scope}", one such as "global.dtcm" is needed`,
      );
    }
    const own = candidates.get(name) ?? [];
    if (!own.includes(pool)) {
      throw pinnedError(
        `${what}: its scope says pool "${pool}", one of its candidates ${own.join(", ")} is needed`,
      );
    }
    places.set(name, { name, pool, offset });
  }
  return places;
}

/**
 * Places the buffers that the module leaves open.
 *
 * @param planner Not asked if every buffer has its place
 * @param problem Buffers of one kind with their pools
 * @param fixed Places of some of them
 * @param control Limits of a search
 * @returns A placement for each buffer
 * @throws {PlacesError} If the given places overlap, are not aligned or end outside their pool
 * @throws {InputError} E-PLAN-PINNED if the planner cannot plan around places
 */
export function planAround(
  planner: Planner,
  problem: PlanProblem,
  fixed: Fixed,
  control?: PlanControl,
): readonly Placement[] {
  const given = problem.buffers.filter((buffer) => fixed.has(buffer.name));
  if (given.length === 0) return planner.plan(problem, control);
  const places = given.flatMap(({ name }) => fixed.get(name) ?? []);
  const [violation, ...more] = validatePlan({ ...problem, buffers: given }, places);
  if (violation !== undefined) {
    const [a, b] = violation.buffers.map((name) => places.find((place) => place.name === name));
    throw new PlacesError([violation, ...more], a?.offset === b?.offset);
  }
  if (given.length === problem.buffers.length) return places;
  if (planner.planAround === undefined) {
    throw pinnedError(
      `Cannot plan with ${planner.name}: the module gives ${given.length} of ${problem.buffers.length} buffers an offset, a planner that places the others around them is needed`,
      [`Use --algorithm greedy_by_size, or remove "${POOL_OFFSET}" from the module`],
    );
  }
  return planner.planAround(problem, fixed, control);
}

/** Given places contradict each other, or what their buffers and pools are. */
export class PlacesError extends InfeasibleError {
  /** What is wrong with them. */
  readonly violations: readonly Violation[];
  /** Whether two buffers are given one place, as an operator that works in place gives them. */
  readonly isOnePlace: boolean;

  /**
   * Makes the error.
   *
   * @param violations What is wrong
   * @param isOnePlace Whether two buffers are given one place
   * @param hints What would help; by default what helps always
   * @param findings What stands in the way
   */
  constructor(
    violations: readonly Violation[],
    isOnePlace: boolean,
    hints: readonly string[] = [],
    findings: readonly PlanFinding[] = [],
  ) {
    const [first, ...more] = violations;
    const names = first?.buffers.join(" and ");
    super(
      "E-PLAN-PINNED",
      `Cannot honour the offsets that are given: ${first?.message}; a valid layout is needed`,
      {
        hints: [
          ...(hints.length > 0
            ? hints
            : [`Remove the offsets ("${POOL_OFFSET}") of ${names} to have them placed anew`]),
          ...(first?.rule === "overlap" && isOnePlace
            ? ["If the module was planned with --in-place, plan it with --in-place again"]
            : []),
          ...(more.length > 0 ? [`${more.length} more rules are broken`] : []),
        ],
        findings,
      },
    );
    this.violations = violations;
    this.isOnePlace = isOnePlace;
  }
}

function pinnedError(message: string, hints: readonly string[] = []): InputError {
  return new InputError("E-PLAN-PINNED", message, { hints });
}
