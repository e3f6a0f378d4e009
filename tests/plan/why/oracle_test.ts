import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type PlanProblem, validatePlan } from "../../../src/plan/mod.ts";
import type { BufferInfo, Placement, Pool } from "../../../src/plan/types.ts";
import { reduceObstacle, restrict } from "../../../src/plan/why/irreducible.ts";
import { leastLimit, withLimit } from "../../../src/plan/why/least.ts";
import { createOracle, type Oracle } from "../../../src/plan/why/oracle.ts";
import { buffer, pool } from "../support.ts";

const RUNS = { seed: 505, numRuns: Number(Deno.env.get("PINMAP_FUZZ") ?? 150) };

/** Up to five buffers in two small pools, some aligned, some with a place, a pair kept apart. */
const problems: fc.Arbitrary<PlanProblem> = fc.record({
  limits: fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 6 })),
  buffers: fc.array(
    fc.record({
      size: fc.integer({ min: 1, max: 4 }),
      first: fc.nat(3),
      length: fc.nat(2),
      alignment: fc.constantFrom(1, 1, 2, 4),
      candidates: fc.constantFrom(["p"], ["q"], ["p", "q"], ["q", "p"]),
      at: fc.option(fc.nat(4), { freq: 6 }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  apart: fc.boolean(),
}).map(({ limits, buffers, apart }) => {
  const made = buffers.map(({ size, first, length, alignment, candidates }, i) =>
    buffer(`b${i}`, size, first, first + length, { alignment, candidates })
  );
  const fixed = buffers.flatMap(({ at, candidates, alignment }, i): Placement[] =>
    at === null || i > 0
      ? []
      : [{ name: `b${i}`, pool: candidates[0] ?? "", offset: at * alignment }]
  );
  return {
    pools: [pool("p", limits[0]), pool("q", limits[1])],
    buffers: made,
    ...(apart && made.length > 1 && { apart: [["b0", "b1"] as const] }),
    ...(fixed.length > 0 && { fixed }),
  };
});

/** Whether any placement is valid, by trying all of them. */
function fitsByForce(problem: PlanProblem): boolean {
  const limits = new Map(problem.pools.map((one) => [one.name, one.limitBytes]));
  const isValid = (placements: readonly Placement[]) => {
    const names = new Set(placements.map(({ name }) => name));
    return validatePlan(restrict(problem, names), placements).length === 0;
  };
  const place = (placed: readonly Placement[], rest: readonly BufferInfo[]): boolean => {
    const [next, ...others] = rest;
    if (next === undefined) return true;
    return next.candidates.some((name) => {
      const last = (limits.get(name) ?? 0) - next.size;
      for (let offset = 0; offset <= last; offset += next.alignment) {
        const more = [...placed, { name: next.name, pool: name, offset }];
        if (isValid(more) && place(more, others)) return true;
      }
      return false;
    });
  };
  return place([], problem.buffers);
}

Deno.test("the oracle decides as brute force does, over several pools at once", () => {
  const seen = { fits: 0, infeasible: 0, unknown: 0 };
  fc.assert(
    fc.property(problems, (problem) => {
      const verdict = createOracle().decide(problem);
      seen[verdict.answer]++;
      assertEquals(verdict.answer, fitsByForce(problem) ? "fits" : "infeasible");
      if (verdict.answer === "fits") assertEquals(validatePlan(problem, verdict.placements), []);
    }),
    RUNS,
  );
  assert(seen.fits > 10 && seen.infeasible > 10, JSON.stringify(seen));
});

Deno.test("reduceObstacle() finds sets that do not fit, and fit without any one buffer", () => {
  let found = 0;
  fc.assert(
    fc.property(problems, (problem) => {
      const oracle = createOracle();
      const verdict = oracle.decide(problem);
      if (verdict.answer !== "infeasible") return;
      const { buffers, irreducible } = reduceObstacle(problem, verdict.proof, oracle);
      found++;
      const names = buffers.map(({ name }) => name);
      assert(irreducible);
      assert(!fitsByForce(restrict(problem, new Set(names))), names.join());
      for (const name of names) {
        const rest = new Set(names.filter((other) => other !== name));
        assert(fitsByForce(restrict(problem, rest)), `${names.join()} without ${name}`);
      }
    }),
    RUNS,
  );
  assert(found > 10, `${found}`);
});

Deno.test("leastLimit() is enough, and a byte less is not, by brute force", () => {
  let found = 0;
  fc.assert(
    fc.property(problems, (problem) => {
      const oracle = createOracle();
      const least = leastLimit(problem, "p", oracle);
      const most = 24;
      if (least === undefined) {
        const isAnswer = oracle.decide(problem).answer === "fits" ||
          !fitsByForce(withLimit(problem, "p", most));
        return assert(isAnswer);
      }
      found++;
      assert(least.proved);
      assert(fitsByForce(withLimit(problem, "p", least.bytes)));
      assert(!fitsByForce(withLimit(problem, "p", least.bytes - 1)));
    }),
    RUNS,
  );
  assert(found > 10, `${found}`);
});

Deno.test("where the search is stopped, what is not proved is not said to be", () => {
  // Three of the four live at once fit by their bytes; without a single node nobody knows more.
  const live = (name: string, moments: readonly (readonly [number, number])[]): BufferInfo => ({
    ...buffer(name, 40, 0, 0),
    intervals: moments.map(([first, last]) => ({ first, last })),
  });
  const problem: PlanProblem = {
    pools: [pool("p", 100) as Pool],
    buffers: [live("a", [[0, 0], [2, 2]]), live("b", [[0, 1]]), live("c", [[1, 2]])],
  };
  assertEquals(createOracle(0).decide(problem).answer, "unknown");
  assertEquals(createOracle().decide(problem), { answer: "infeasible", proof: "exhausted" });
  const stopped: Oracle = { decide: () => ({ answer: "unknown" }) };
  assertEquals(reduceObstacle(problem, "exhausted", stopped).irreducible, false);
  assertEquals(reduceObstacle(problem, "exhausted", createOracle()).irreducible, true);
  assertEquals(leastLimit(problem, "p", createOracle()), { bytes: 120, proved: true });
});
