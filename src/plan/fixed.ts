/**
 * Offsets that the module itself gives (RFC 0023, P2): an allocate with scope `global.<pool>` and the
 * annotation `pool_offset` is where it says, whether a planner or a person wrote that. Such places are
 * checked like any plan, and the other buffers are placed around them. A `--pin` for a buffer was said later
 * and takes its offset away.
 *
 * @module
 */
import { InputError } from "../base/error.ts";
import { POOL_OFFSET } from "../ir/types.ts";
import type { LiveBuffer } from "./liveness.ts";
import { matchPins, type Pin } from "./pins.ts";
import type { Placement, PlanControl, Planner, PlanProblem } from "./types.ts";
import { validatePlan } from "./validate.ts";

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
 * @throws {InputError} E-PLAN-PINNED if the given places overlap, are not aligned or end outside their pool, or
 *   if the planner cannot plan around places
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
    throw pinnedError(
      `Cannot honour the offsets that the module gives: ${violation.message}; a valid layout is needed`,
      [
        `Remove "${POOL_OFFSET}" from ${violation.buffers.join(" and ")} to have them placed anew`,
        ...(violation.rule === "overlap"
          ? ["If the module was planned with --in-place, plan it with --in-place again"]
          : []),
        ...(more.length > 0 ? [`${more.length} more rules are broken`] : []),
      ],
    );
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

function pinnedError(message: string, hints: readonly string[] = []): InputError {
  return new InputError("E-PLAN-PINNED", message, { hints });
}
