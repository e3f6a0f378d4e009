/**
 * Pairs that must stay apart, must or may have one place: every planner heeds them, because they become
 * part of the buffers. Buffers with one place become one buffer that is live when any of them is; two
 * that stay apart get one more moment, after all others, in which both are live.
 *
 * Working in place is a permission. Sharing helps nearly always, but a buffer that lives longer can be
 * harder to place, so the plan without it is made too and the better one is taken.
 *
 * @module
 */
import { InputError } from "../base/error.ts";
import { maxLive } from "./bound.ts";
import { planAround } from "./fixed.ts";
import { MisfitError } from "./misfit.ts";
import type {
  BufferInfo,
  BufferPair,
  Interval,
  Placement,
  PlanControl,
  Planner,
  PlanProblem,
} from "./types.ts";

/** A plan and what each pool cannot do without. */
export interface BoundedPlan {
  /** A placement for each buffer, in their order. */
  readonly placements: readonly Placement[];
  /** Lower bound in bytes of what is in each pool, by name. */
  readonly bounds: ReadonlyMap<string, number>;
}

/** A problem without pairs that stands for one with them. */
interface Reduced {
  readonly problem: PlanProblem;
  /** Name of the buffer that stands for each buffer. */
  readonly standsFor: ReadonlyMap<string, string>;
}

/**
 * Plans a problem with all its wishes.
 *
 * @param planner Who places
 * @param problem Pools, buffers, pairs and fixed places; the numbers of buffers are checked by the planner
 * @param control Limits of a search
 * @returns The plan, not validated, and a lower bound for each pool
 * @throws {InputError} If a pair or a place names no buffer or contradicts another (E-PLAN-WISH), or the
 *   planner cannot plan around fixed places (E-PLAN-PINNED)
 * @throws {InfeasibleError} If it finds no room (E-PLAN-FIT)
 */
export function planWithWishes(
  planner: Planner,
  problem: PlanProblem,
  control: PlanControl = {},
): BoundedPlan {
  checkWishes(problem);
  const { given, open } = sharable(problem);
  const together = [...problem.together ?? [], ...given];
  const apartFrom = { ...problem, together, inPlace: undefined };
  if (open.length === 0) return planReduced(planner, apartFrom, control);
  const shared = { ...apartFrom, together: [...together, ...open] };
  const plans: BoundedPlan[] = [];
  let misfit: MisfitError | undefined;
  for (const one of [shared, apartFrom]) {
    try {
      plans.push(planReduced(planner, one, control));
    } catch (error) {
      if (!(error instanceof MisfitError)) throw error;
      misfit ??= error;
    }
    // Nothing is better than a plan that meets its bounds with everything in its first candidate.
    const [first] = plans;
    if (first !== undefined && planner.weigh === undefined && isBest(problem, first)) return first;
  }
  const [first, second] = plans;
  if (first === undefined) throw misfit;
  const weights = plans.map(({ placements }) => planner.weigh?.(problem, placements) ?? 0);
  const [a = 0, b = 0] = weights;
  const isFirst = second === undefined || a < b || (a === b && isNoWorse(problem, first, second));
  const best = isFirst ? first : second;
  // What holds for buffers with places of their own does not for those that may share.
  return { placements: best.placements, bounds: liveBytes(shared, best.placements) };
}

/** Most bytes live at once in each pool, buffers that may have one place counted once where they are in one. */
function liveBytes(
  shared: PlanProblem,
  placements: readonly Placement[],
): ReadonlyMap<string, number> {
  const poolOf = new Map(placements.map(({ name, pool }) => [name, pool]));
  return new Map(shared.pools.map(({ name: pool }) => {
    const isInside = (name: string) => poolOf.get(name) === pool;
    const { problem } = reduce({
      pools: shared.pools,
      buffers: shared.buffers.filter(({ name }) => isInside(name)),
      together: (shared.together ?? []).filter(([a, b]) => isInside(a) && isInside(b)),
    });
    return [pool, maxLive(problem.buffers).bytes];
  }));
}

function planReduced(planner: Planner, whole: PlanProblem, control: PlanControl): BoundedPlan {
  const { problem, standsFor } = reduce(whole);
  const proved = new Map<string, number>();
  const fixed = new Map(
    (whole.fixed ?? []).map((place) => {
      const name = standsFor.get(place.name) ?? place.name;
      return [name, { ...place, name }];
    }),
  );
  const found = planAround(planner, problem, fixed, {
    ...control,
    onBound: (pool, bytes) => {
      proved.set(pool, bytes);
      control.onBound?.(pool, bytes);
    },
  });
  const places = new Map(found.map((place) => [place.name, place]));
  const bounds = new Map(problem.pools.map(({ name: pool }) => {
    const inside = problem.buffers.filter(({ name }) => places.get(name)?.pool === pool);
    return [pool, Math.max(maxLive(inside).bytes, proved.get(pool) ?? 0)];
  }));
  if (problem === whole) return { placements: found, bounds };
  const placements = whole.buffers.flatMap(({ name }) => {
    const place = places.get(standsFor.get(name) ?? name);
    return place === undefined ? [] : [{ ...place, name }];
  });
  return { placements, bounds };
}

/** Fewer bytes outside the first candidates, then fewer in sum. */
function isNoWorse(problem: PlanProblem, a: BoundedPlan, b: BoundedPlan): boolean {
  const [x, y] = [costOf(problem, a), costOf(problem, b)];
  return x.spilled < y.spilled || (x.spilled === y.spilled && x.used <= y.used);
}

function isBest(problem: PlanProblem, plan: BoundedPlan): boolean {
  const { spilled, used } = costOf(problem, plan);
  return spilled === 0 && used === [...plan.bounds.values()].reduce((sum, one) => sum + one, 0);
}

function costOf(problem: PlanProblem, { placements }: BoundedPlan) {
  const tops = new Map<string, number>();
  let spilled = 0;
  problem.buffers.forEach(({ size, candidates }, i) => {
    const { pool = "", offset = 0 } = placements[i] ?? {};
    tops.set(pool, Math.max(tops.get(pool) ?? 0, offset + size));
    spilled += size * candidates.indexOf(pool);
  });
  return { spilled, used: [...tops.values()].reduce((sum, top) => sum + top, 0) };
}

/**
 * The pairs of in-place operators that can be one buffer: of one size, for the same pools, in no other pair,
 * and live together in that one statement only. Each is the first and the second of one pair at most, so
 * that neither two inputs nor two outputs of an operator come to lie on each other. Of `given` ones both have
 * that place already, as in a module that was planned before; of `open` ones neither has any.
 */
function sharable(problem: PlanProblem): { given: BufferPair[]; open: BufferPair[] } {
  const { inPlace = [] } = problem;
  const byName = new Map(problem.buffers.map((one) => [one.name, one]));
  const fixed = new Map((problem.fixed ?? []).map((place) => [place.name, place]));
  const taken = new Set([...problem.together ?? [], ...problem.apart ?? []].flat());
  const firsts = new Set<string>();
  const seconds = new Set<string>();
  const given: BufferPair[] = [];
  const open: BufferPair[] = [];
  for (const pair of inPlace) {
    const [a, b] = pair;
    const [x, y] = [byName.get(a), byName.get(b)];
    if (x === undefined || y === undefined || x === y || x.size !== y.size) continue;
    if (taken.has(a) || taken.has(b) || firsts.has(a) || seconds.has(b)) continue;
    const moment = x.intervals.at(-1)?.last;
    if (moment === undefined || moment !== y.intervals[0]?.first) continue;
    if (x.candidates.join("\n") !== y.candidates.join("\n")) continue;
    const [p, q] = [fixed.get(a), fixed.get(b)];
    const isGiven = p !== undefined && p.pool === q?.pool && p.offset === q.offset;
    if (!isGiven && (p !== undefined || q !== undefined)) continue;
    firsts.add(a);
    seconds.add(b);
    (isGiven ? given : open).push(pair);
  }
  return { given, open };
}

function reduce(problem: PlanProblem): Reduced {
  const { pools, buffers, apart = [], together = [] } = problem;
  if (apart.length === 0 && together.length === 0) return { problem, standsFor: new Map() };
  const leader = leaders(buffers, together);
  const groups = new Map<string, BufferInfo[]>();
  for (const one of buffers) {
    const name = leader.get(one.name) ?? one.name;
    const group = groups.get(name) ?? [];
    group.push(one);
    groups.set(name, group);
  }
  const moments = new Map<string, Interval[]>();
  let moment = 2 +
    buffers.reduce((most, one) => Math.max(most, one.intervals.at(-1)?.last ?? 0), 0);
  for (const pair of apart) {
    for (const name of new Set(pair.map((one) => leader.get(one) ?? one))) {
      const own = moments.get(name) ?? [];
      own.push({ first: moment, last: moment });
      moments.set(name, own);
    }
    moment += 2;
  }
  const joined = [...groups].map(([name, group]) => join(name, group, moments.get(name) ?? []));
  return { problem: { pools, buffers: joined }, standsFor: leader };
}

/** For each buffer that shares a place the first of its group, by name. */
function leaders(
  buffers: readonly BufferInfo[],
  pairs: readonly BufferPair[],
): ReadonlyMap<string, string> {
  const above = new Map<string, string>();
  const find = (name: string): string => {
    let one = name;
    for (let next = above.get(one); next !== undefined; next = above.get(one)) one = next;
    return one;
  };
  for (const [a, b] of pairs) {
    const [x, y] = [find(a), find(b)].sort();
    if (x !== undefined && y !== undefined && x !== y) above.set(y, x);
  }
  return new Map(buffers.map(({ name }) => [name, find(name)]));
}

function join(name: string, group: readonly BufferInfo[], more: readonly Interval[]): BufferInfo {
  const [first, ...others] = group;
  if (first === undefined) throw wish(`Cannot plan "${name}"`, "it is no buffer", "one");
  if (others.length === 0) {
    return more.length === 0 ? first : { ...first, intervals: [...first.intervals, ...more] };
  }
  const candidates = first.candidates.filter((pool) =>
    others.every((other) => other.candidates.includes(pool))
  );
  const names = group.map((one) => `"${one.name}"`).join(", ");
  if (candidates.length === 0) {
    throw wish(`Cannot give ${names} one place`, "they have no candidate in common", "one");
  }
  const intervals: { first: number; last: number }[] = [];
  const all = [...group.flatMap((one) => one.intervals), ...more]
    .toSorted((a, b) => a.first - b.first);
  for (const { first, last } of all) {
    const before = intervals.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else intervals.push({ first, last });
  }
  return {
    ...first,
    name,
    alignment: group.reduce((most, one) => Math.max(most, one.alignment), 1),
    accesses: group.flatMap((one) => one.accesses ?? []),
    candidates,
    intervals,
  };
}

/**
 * Checks the pairs and fixed places of a problem.
 *
 * @param problem Its numbers are checked elsewhere
 * @throws {InputError} If one names no buffer or contradicts another (E-PLAN-WISH)
 */
export function checkWishes({ buffers, apart = [], together = [], fixed = [] }: PlanProblem): void {
  if (apart.length + together.length + fixed.length === 0) return;
  const byName = new Map(buffers.map((one) => [one.name, one]));
  for (const [a, b] of [...apart, ...together]) {
    for (const name of [a, b]) {
      if (!byName.has(name)) {
        throw wish(`Cannot pair "${a}" and "${b}"`, `"${name}" is no buffer`, "the name of one");
      }
    }
    if (a === b) throw wish(`Cannot pair "${a}" with itself`, "it is one buffer", "two");
  }
  for (const [a, b] of together) {
    const [x, y] = [byName.get(a)?.size, byName.get(b)?.size];
    if (x !== y) {
      throw wish(
        `Cannot give "${a}" and "${b}" one place`,
        `their sizes are ${x} B and ${y} B`,
        "one size",
      );
    }
  }
  const leader = leaders(buffers, together);
  for (const [a, b] of apart) {
    if (leader.get(a) === leader.get(b)) {
      throw wish(
        `Cannot keep "${a}" and "${b}" apart`,
        "they are to have one place",
        "one of the two",
      );
    }
  }
  const places = new Map<string, Placement>();
  for (const place of fixed) {
    const buffer = byName.get(place.name);
    if (buffer === undefined) {
      throw wish(`Cannot place "${place.name}"`, "it is no buffer", "the name of one");
    }
    if (!buffer.candidates.includes(place.pool)) {
      throw wish(
        `Cannot place "${place.name}" in "${place.pool}"`,
        "that is none of its candidates",
        `one of ${buffer.candidates.join(", ")}`,
      );
    }
    const name = leader.get(place.name) ?? place.name;
    const other = places.get(name);
    if (other !== undefined && (other.pool !== place.pool || other.offset !== place.offset)) {
      throw wish(
        `Cannot place "${place.name}" at offset ${place.offset} of "${place.pool}"`,
        `it has one place with "${other.name}", which is to be at ${other.offset} of "${other.pool}"`,
        "one offset",
      );
    }
    places.set(name, place);
  }
}

function wish(what: string, actual: string, needed: string): InputError {
  return new InputError("E-PLAN-WISH", `${what}: ${actual}, ${needed} is needed`);
}
