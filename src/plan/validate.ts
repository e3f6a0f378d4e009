/**
 * The second opinion on every plan: checks each rule on its own, the O(n²) way, and shares no code
 * with any planner.
 *
 * @module
 */
import type { BufferInfo, BufferPair, Placement, PlanProblem, Pool } from "./types.ts";

/** A rule that a plan breaks. */
export interface Violation {
  /** Which rule. */
  readonly rule:
    | "missing"
    | "twice"
    | "unknown"
    | "candidate"
    | "offset"
    | "alignment"
    | "limit"
    | "overlap"
    | "fixed"
    | "apart"
    | "together";
  /** Sentence with names and numbers. */
  readonly message: string;
  /** Buffers concerned. */
  readonly buffers: readonly string[];
}

/**
 * Checks a plan: every buffer exactly once, in one of its candidates, at a multiple of its alignment,
 * inside the pool's limit, and no two buffers overlapping in both space and time. Buffers that are to have
 * one place have it and may overlap; input and output of an operator that works in place may have one place if
 * they are live together in one statement only, the last of the input and the first of the output; those that
 * are kept apart share no bytes at any time.
 *
 * @param problem What was to be solved
 * @param placements What a planner answered
 * @returns All broken rules; none if the plan is valid
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { validatePlan } from "./validate.ts";
 *
 * const pool = {
 *   name: "p", region: "sram", kind: "workspace", targets: ["c"], limitBytes: 8, alignment: 4, properties: {},
 * } as const;
 * const buffer = {
 *   name: "x", func: "f", size: 6, alignment: 4, kind: "workspace", candidates: ["p"],
 *   intervals: [{ first: 0, last: 0 }],
 * } as const;
 * const problem = { pools: [pool], buffers: [buffer] };
 * assertEquals(validatePlan(problem, [{ name: "x", pool: "p", offset: 0 }]), []);
 * assertEquals(validatePlan(problem, [{ name: "x", pool: "p", offset: 4 }])[0]?.rule, "limit");
 * ```
 */
export function validatePlan(
  problem: PlanProblem,
  placements: readonly Placement[],
): readonly Violation[] {
  const violations: Violation[] = [];
  const report = (rule: Violation["rule"], message: string, ...buffers: string[]) => {
    violations.push({ rule, message, buffers });
  };
  const buffers = new Map(problem.buffers.map((buffer) => [buffer.name, buffer]));
  const pools = new Map(problem.pools.map((pool) => [pool.name, pool]));

  const times = new Map<string, number>();
  for (const { name } of placements) times.set(name, (times.get(name) ?? 0) + 1);
  for (const name of buffers.keys()) {
    const count = times.get(name) ?? 0;
    if (count === 0) report("missing", `"${name}" is not placed`, name);
    if (count > 1) report("twice", `"${name}" is placed ${count} times`, name);
  }

  const placed: { buffer: BufferInfo; placement: Placement }[] = [];
  for (const placement of placements) {
    const buffer = buffers.get(placement.name);
    const pool = pools.get(placement.pool);
    if (buffer === undefined) {
      report("unknown", `"${placement.name}" is placed but is no buffer`, placement.name);
    } else if (pool === undefined) {
      report(
        "unknown",
        `"${buffer.name}" is in "${placement.pool}", which is no pool`,
        buffer.name,
      );
    } else {
      checkOne(buffer, pool, placement, report);
      placed.push({ buffer, placement });
    }
  }

  const groups = groupsOf(problem.together ?? []);
  checkPairs(problem, new Map(placed.map((one) => [one.buffer.name, one])), report);
  placed.forEach((a, i) => {
    for (const b of placed.slice(i + 1)) {
      if (a.placement.pool !== b.placement.pool || !shareBytes(a, b) || !shareTime(a, b)) continue;
      const group = groups.get(a.buffer.name);
      const asOne = group !== undefined && group === groups.get(b.buffer.name);
      if (!asOne && !worksInPlace(problem, a, b) && !worksInPlace(problem, b, a)) {
        report(
          "overlap",
          `"${a.buffer.name}" ${range(a)} and "${b.buffer.name}" ${
            range(b)
          } of "${a.placement.pool}" overlap while both are live`,
          a.buffer.name,
          b.buffer.name,
        );
      }
    }
  });
  return violations;
}

/** For each buffer of a pair the number of those that it has one place with, directly or not. */
function groupsOf(pairs: readonly BufferPair[]): ReadonlyMap<string, number> {
  const groups = new Map<string, number>();
  pairs.forEach(([a, b], number) => {
    const own = groups.get(a) ?? number;
    const other = groups.get(b);
    groups.set(a, own);
    groups.set(b, own);
    if (other === undefined) return;
    for (const [name, group] of groups) if (group === other) groups.set(name, own);
  });
  return groups;
}

function checkPairs(
  { fixed = [], together = [], apart = [] }: PlanProblem,
  placed: ReadonlyMap<string, Placed>,
  report: (rule: Violation["rule"], message: string, ...buffers: string[]) => void,
): void {
  for (const { name, pool, offset } of fixed) {
    const one = placed.get(name);
    if (one?.placement.pool === pool && one.placement.offset === offset) continue;
    report("fixed", `"${name}" is not at offset ${offset} of "${pool}"`, name);
  }
  for (const [a, b] of together) {
    const [x, y] = [placed.get(a), placed.get(b)];
    if (x === undefined || y === undefined || hasPlaceOf(x, y)) continue;
    report("together", `"${a}" and "${b}" are not in one place`, a, b);
  }
  for (const [a, b] of apart) {
    const [x, y] = [placed.get(a), placed.get(b)];
    if (x === undefined || y === undefined) continue;
    if (x.placement.pool !== y.placement.pool || !shareBytes(x, y)) continue;
    report("apart", `"${a}" ${range(x)} and "${b}" ${range(y)} are not apart`, a, b);
  }
}

function hasPlaceOf(a: Placed, b: Placed): boolean {
  return a.placement.pool === b.placement.pool && a.placement.offset === b.placement.offset &&
    a.buffer.size === b.buffer.size;
}

/** Whether `b` may take the place of `a` in the one statement in which both are live. */
function worksInPlace({ inPlace = [] }: PlanProblem, a: Placed, b: Placed): boolean {
  if (!inPlace.some(([x, y]) => x === a.buffer.name && y === b.buffer.name)) return false;
  const last = Math.max(...a.buffer.intervals.map((one) => one.last));
  const first = Math.min(...b.buffer.intervals.map((one) => one.first));
  return hasPlaceOf(a, b) && last === first;
}

interface Placed {
  readonly buffer: BufferInfo;
  readonly placement: Placement;
}

function checkOne(
  buffer: BufferInfo,
  pool: Pool,
  { offset }: Placement,
  report: (rule: Violation["rule"], message: string, ...buffers: string[]) => void,
): void {
  const what = `"${buffer.name}" at offset ${offset} of "${pool.name}"`;
  if (!buffer.candidates.includes(pool.name) || pool.kind !== buffer.kind) {
    report("candidate", `${what}: its candidates are ${buffer.candidates.join(", ")}`, buffer.name);
  }
  if (!Number.isSafeInteger(offset) || offset < 0) {
    report("offset", `${what}: offsets are whole numbers of 0 or more`, buffer.name);
  }
  if (offset % buffer.alignment !== 0 || pool.alignment % buffer.alignment !== 0) {
    report("alignment", `${what}: its alignment is ${buffer.alignment}`, buffer.name);
  }
  if (offset + buffer.size > pool.limitBytes) {
    report(
      "limit",
      `${what}: it ends at ${offset + buffer.size}, the pool at ${pool.limitBytes}`,
      buffer.name,
    );
  }
}

function shareBytes(a: Placed, b: Placed): boolean {
  return a.placement.offset < b.placement.offset + b.buffer.size &&
    b.placement.offset < a.placement.offset + a.buffer.size;
}

function shareTime(a: Placed, b: Placed): boolean {
  return a.buffer.intervals.some((x) =>
    b.buffer.intervals.some((y) => Math.max(x.first, y.first) <= Math.min(x.last, y.last))
  );
}

function range({ buffer, placement }: Placed): string {
  return `[${placement.offset}, ${placement.offset + buffer.size})`;
}
