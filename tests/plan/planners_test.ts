import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InfeasibleError, UsageError } from "../../src/base/error.ts";
import {
  type BufferInfo,
  DEFAULT_PLANNER,
  findPlanner,
  inConflict,
  maxLive,
  MisfitError,
  type Placement,
  type Planner,
  planners,
  type PlanProblem,
  validatePlan,
} from "../../src/plan/mod.ts";
import { conflictCounts } from "../../src/plan/conflicts.ts";
import { buffer, pool } from "./support.ts";

const SEED = { seed: 20230, numRuns: 200 };

const intervals = fc.uniqueArray(fc.nat(20), { minLength: 2, maxLength: 6 }).map((ends) => {
  const sorted = ends.toSorted((a, b) => a - b);
  const found = [];
  for (let i = 0; i + 1 < sorted.length; i += 2) {
    found.push({ first: sorted[i] ?? 0, last: (sorted[i + 1] ?? 0) - 1 });
  }
  return found;
});

const candidateLists = fc.constantFrom(["p"], ["q"], ["p", "q"], ["q", "p"]);

function buffers(maxLength: number, maxSize: number): fc.Arbitrary<readonly BufferInfo[]> {
  const one = fc.record({
    size: fc.integer({ min: 1, max: maxSize }),
    alignment: fc.constantFrom(1, 4, 16),
    intervals,
    candidates: candidateLists,
  });
  return fc.array(one, { maxLength }).map((list) =>
    list.map((fields, i) => ({ ...buffer(`b${i}`, 1, 0, 0), ...fields }))
  );
}

function problems(maxLength: number, maxSize: number): fc.Arbitrary<PlanProblem> {
  const limit = fc.integer({ min: 0, max: 4 * maxSize });
  return fc.record({ buffers: buffers(maxLength, maxSize), p: limit, q: limit }).map(
    ({ buffers, p, q }) => ({ pools: [pool("p", p), pool("q", q)], buffers }),
  );
}

/** The planner's answer, or the misfit. */
function solve(planner: Planner, problem: PlanProblem): readonly Placement[] | MisfitError {
  try {
    return planner.plan(problem);
  } catch (error) {
    if (error instanceof MisfitError) return error;
    throw error;
  }
}

/** Tries every order and every candidate, each buffer at its lowest free offset: complete. */
function canBePlaced(problem: PlanProblem): boolean {
  const limits = new Map(problem.pools.map((one) => [one.name, one.limitBytes]));
  const place = (rest: readonly BufferInfo[], placed: readonly Placement[]): boolean =>
    rest.length === 0 || rest.some((next) =>
      next.candidates.some((name) => {
        const others = placed.filter((one) => one.pool === name).flatMap((one) =>
          problem.buffers.filter((b) => b.name === one.name && inConflict(b, next))
            .map((b) => ({ start: one.offset, end: one.offset + b.size }))
        ).sort((a, b) => a.start - b.start);
        let offset = 0;
        for (const { start, end } of others) {
          if (offset + next.size <= start) break;
          offset = Math.max(offset, Math.ceil(end / next.alignment) * next.alignment);
        }
        if (offset + next.size > (limits.get(name) ?? 0)) return false;
        const now = [...placed, { name: next.name, pool: name, offset }];
        return place(rest.filter((one) => one !== next), now);
      })
    );
  return place(problem.buffers, []);
}

for (const planner of planners.values()) {
  Deno.test(`${planner.name}: the validator accepts every plan, and none beats its lower bound`, () => {
    fc.assert(
      fc.property(problems(25, 100), (problem) => {
        const placements = solve(planner, problem);
        if (placements instanceof MisfitError) return;
        assertEquals(validatePlan(problem, placements), []);
        assertEquals(placements.map(({ name }) => name), problem.buffers.map(({ name }) => name));
        for (const { name } of problem.pools) {
          const inside = placements.filter((one) => one.pool === name);
          const members = problem.buffers.filter((b) => inside.some((one) => one.name === b.name));
          const used = Math.max(
            0,
            ...inside.map((one) =>
              one.offset + (members.find((b) => b.name === one.name)?.size ?? 0)
            ),
          );
          assert(used >= maxLive(members).bytes);
        }
      }),
      SEED,
    );
  });

  Deno.test(`${planner.name}: finds a plan wherever pools are large enough for everything`, () => {
    fc.assert(
      fc.property(buffers(25, 100), (all) => {
        const roomy = { pools: [pool("p", 1e6), pool("q", 1e6)], buffers: all };
        assertEquals(validatePlan(roomy, planner.plan(roomy)), []);
      }),
      SEED,
    );
  });

  Deno.test(`${planner.name}: the order of buffers and pools changes nothing`, () => {
    const shuffled = problems(15, 100).chain((problem) =>
      fc.record({
        problem: fc.constant(problem),
        order: fc.shuffledSubarray([...problem.buffers], { minLength: problem.buffers.length }),
      })
    );
    fc.assert(
      fc.property(shuffled, ({ problem, order }) => {
        const once = solve(planner, problem);
        const again = solve(planner, { pools: problem.pools.toReversed(), buffers: order });
        if (once instanceof MisfitError) {
          assert(again instanceof MisfitError);
          assertEquals(again.misfit.failed.name, once.misfit.failed.name);
        } else {
          assert(!(again instanceof MisfitError));
          const byName = (a: Placement, b: Placement) => a.name < b.name ? -1 : 1;
          assertEquals(again.toSorted(byName), once.toSorted(byName));
        }
      }),
      SEED,
    );
  });

  Deno.test(`${planner.name}: four times the bytes take four times the bytes`, () => {
    fc.assert(
      fc.property(problems(12, 100), (problem) => {
        const fourfold = {
          pools: problem.pools.map((one) => ({
            ...one,
            limitBytes: 4 * one.limitBytes,
            alignment: 4 * one.alignment,
          })),
          buffers: problem.buffers.map((one) => ({
            ...one,
            size: 4 * one.size,
            alignment: 4 * one.alignment,
          })),
        };
        const [once, scaled] = [solve(planner, problem), solve(planner, fourfold)];
        if (once instanceof MisfitError || scaled instanceof MisfitError) {
          assert(once instanceof MisfitError && scaled instanceof MisfitError);
          return;
        }
        const peak = (of: PlanProblem, placements: readonly Placement[], name: string) =>
          placements.reduce(
            (top, { pool, offset }, i) =>
              pool === name ? Math.max(top, offset + (of.buffers[i]?.size ?? 0)) : top,
            0,
          );
        for (const { name } of problem.pools) {
          assertEquals(peak(fourfold, scaled, name), 4 * peak(problem, once, name));
        }
      }),
      SEED,
    );
  });

  Deno.test(`${planner.name}: what it calls too large or too many fits in no way at all`, () => {
    let proofs = 0;
    let open = 0;
    fc.assert(
      fc.property(problems(5, 30), (problem) => {
        const answer = solve(planner, problem);
        if (!(answer instanceof MisfitError)) assert(canBePlaced(problem));
        else if (answer.misfit.reason === "fragmented") open++;
        else {
          proofs++;
          assert(!canBePlaced(problem));
          assert(answer.misfit.needed > answer.misfit.available);
        }
      }),
      SEED,
    );
    assert(proofs > 20 && open > 0, `${proofs} proofs, ${open} open`);
  });
}

Deno.test("conflicts are symmetric and counted once", () => {
  fc.assert(
    fc.property(buffers(12, 10), (all) => {
      const expected = all.map((a) =>
        all.filter((b) =>
          a !== b &&
          a.intervals.some((x) => b.intervals.some((y) => x.first <= y.last && y.first <= x.last))
        ).length
      );
      assertEquals(conflictCounts(all), expected);
      for (const a of all) for (const b of all) assertEquals(inConflict(a, b), inConflict(b, a));
    }),
    SEED,
  );
});

Deno.test("maxLive() is the largest sum over the moments", () => {
  fc.assert(
    fc.property(buffers(12, 10), (all) => {
      const sums = Array.from(
        { length: 22 },
        (_, t) =>
          all.filter((b) => b.intervals.some(({ first, last }) => first <= t && t <= last))
            .reduce((sum, b) => sum + b.size, 0),
      );
      const bytes = Math.max(0, ...sums);
      assertEquals(maxLive(all), { bytes, moment: bytes === 0 ? 0 : sums.indexOf(bytes) });
    }),
    SEED,
  );
});

Deno.test("greedy_by_size fills a gap between placed buffers", () => {
  const all = [
    buffer("big", 50, 0, 0),
    buffer("low", 40, 1, 1),
    buffer("top", 30, 0, 2),
    buffer("gap", 10, 1, 1),
  ];
  const placements = findPlanner("greedy_by_size").plan({ pools: [pool("p", 80)], buffers: all });
  assertEquals(placements.map(({ offset }) => offset), [0, 0, 50, 40]);
});

Deno.test("greedy_by_size spills only into the next candidate, in order", () => {
  const pools = [pool("p", 50), pool("q", 50), pool("r", 50)];
  const all = ["a", "b", "c"].map((name) =>
    buffer(name, 40, 0, 0, { candidates: ["p", "r", "q"] })
  );
  const placements = findPlanner("greedy_by_size").plan({ pools, buffers: all });
  // Equal sizes go by name, the later first.
  assertEquals(placements.map((one) => one.pool), ["q", "r", "p"]);
});

Deno.test("findPlanner() guesses what was meant", () => {
  assertEquals(findPlanner(DEFAULT_PLANNER).name, "greedy_by_size");
  const error = assertThrows(() => findPlanner("greedy_by_sise"), UsageError);
  assertEquals([error.code, error.hints], ["E-PLAN-ALGORITHM", ['Did you mean "greedy_by_size"?']]);
});

Deno.test("greedy planners: an error carries pool, bytes, moment and what is live", () => {
  const all = [buffer("a", 40, 0, 1), buffer("b", 30, 1, 2), buffer("c", 20, 2, 3)];
  const error = assertThrows(
    () => findPlanner("greedy_by_size").plan({ pools: [pool("p", 64)], buffers: all }),
    InfeasibleError,
  );
  assertEquals(error.code, "E-PLAN-FIT");
  assertEquals(
    error.message,
    'Cannot place 2 buffers in pool "p": these buffers are live together at statement 1 and need 70 B at once, the pool has 64 B ("a" 40 B, "b" 30 B)',
  );
  const { pool: where, needed, available, moment, live } = error.data ?? {};
  assertEquals({ where, needed, available, moment, live }, {
    where: "p",
    needed: 70,
    available: 64,
    moment: 1,
    live: [{ name: "a", size: 40 }, { name: "b", size: 30 }],
  });
});

Deno.test("greedy planners: the reason is told apart where the sums are exact", () => {
  const reason = (...all: BufferInfo[]) => {
    const answer = solve(findPlanner("greedy_by_size"), { pools: [pool("p", 20)], buffers: all });
    return answer instanceof MisfitError ? answer.misfit.reason : "fits";
  };
  assertEquals(reason(buffer("a", 20, 0, 0), buffer("b", 20, 1, 1)), "fits");
  assertEquals(reason(buffer("a", 21, 0, 0)), "too-large");
  assertEquals(reason(buffer("a", 20, 0, 0), buffer("b", 20, 0, 0)), "too-many");
  // 11 + 9 are the pool's 20 bytes, but "b" has to start at 16.
  const aligned = buffer("b", 9, 0, 0, { alignment: 16 });
  assertEquals(reason(buffer("a", 11, 0, 0), aligned), "fragmented");
});
