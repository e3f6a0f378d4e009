/** Pairs and fixed places: every planner heeds them, the validator knows them, and nonsense is refused. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../src/base/error.ts";
import {
  type BufferPair,
  MisfitError,
  planners,
  type PlanProblem,
  validatePlan,
} from "../../src/plan/mod.ts";
import { planWithWishes } from "../../src/plan/wishes.ts";
import { bruteForce } from "./exact/support.ts";
import { buffer, pool } from "./support.ts";

const SEED = { seed: 811, numRuns: 150 };

const pairs = fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 3 });

/** Up to 7 buffers of two sizes with pairs that do not contradict each other, in one large pool. */
const problems: fc.Arbitrary<PlanProblem> = fc.record({
  sizes: fc.array(fc.constantFrom(4, 6), { minLength: 1, maxLength: 7 }),
  times: fc.array(fc.tuple(fc.nat(6), fc.nat(3)), { minLength: 7, maxLength: 7 }),
  apart: pairs,
  together: pairs,
}).map(({ sizes, times, apart, together }) => {
  const buffers = sizes.map((size, i) => {
    const [first = 0, length = 0] = times[i] ?? [];
    return buffer(`b${i}`, size, first, first + length);
  });
  const named = (list: readonly (readonly [number, number])[]): BufferPair[] =>
    list.filter(([a, b]) => a !== b && a < sizes.length && b < sizes.length)
      .map(([a, b]) => [`b${a}`, `b${b}`]);
  const shared = named(together.filter(([a, b]) => sizes[a] === sizes[b])).slice(0, 1);
  const isShared = ([a, b]: BufferPair) =>
    shared.some(([x, y]) => (x === a && y === b) || (x === b && y === a));
  return {
    pools: [pool("p", 1000)],
    buffers,
    apart: named(apart).filter((one) => !isShared(one)),
    together: shared,
  };
});

for (const planner of planners.values()) {
  Deno.test(`${planner.name} keeps apart, and shares, what it is asked to`, () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { placements, bounds } = planWithWishes(planner, problem);
        assertEquals(validatePlan(problem, placements), []);
        const top = Math.max(
          ...placements.map(({ offset }, i) => offset + (problem.buffers[i]?.size ?? 0)),
        );
        assert(top >= (bounds.get("p") ?? Infinity), `${top} of ${bounds.get("p")}`);
      }),
      SEED,
    );
  });
}

Deno.test("exact finds the lowest peak under pairs, by brute force", () => {
  const exact = planners.get("exact");
  assert(exact !== undefined);
  fc.assert(
    fc.property(problems, (problem) => {
      const { placements } = planWithWishes(exact, problem);
      const top = Math.max(
        ...placements.map(({ offset }, i) => offset + (problem.buffers[i]?.size ?? 0)),
      );
      // Brute force knows no shared places: the second of a pair is left out, the first lives for both.
      const [[keeps, drops] = ["", ""]] = problem.together ?? [];
      const times = problem.buffers.find(({ name }) => name === drops)?.intervals ?? [];
      const members = problem.buffers.filter(({ name }) => name !== drops);
      const indexOf = (name: string) =>
        members.findIndex((one) => one.name === (name === drops ? keeps : name));
      const best = bruteForce({
        capacity: 1000,
        buffers: members.map(({ name, size, intervals }) => ({
          size,
          intervals: [...intervals, ...(name === keeps ? times : [])]
            .map(({ first, last }) => [first, last + 1] as const),
        })),
        apart: (problem.apart ?? []).map(([a, b]) => [indexOf(a), indexOf(b)] as const),
      });
      assertEquals(top, best);
    }),
    { ...SEED, numRuns: 60 },
  );
});

Deno.test("planWithWishes() leaves buffers where they must be, if the planner can", () => {
  const buffers = [buffer("a", 4, 0, 2), buffer("b", 4, 1, 3), buffer("c", 8, 0, 3)];
  const fixed = [{ name: "b", pool: "p", offset: 8 }];
  const problem = { pools: [pool("p", 16)], buffers, fixed };
  let refused = 0;
  for (const planner of planners.values()) {
    try {
      const { placements } = planWithWishes(planner, problem);
      assertEquals(validatePlan(problem, placements), []);
      assertEquals(placements[1]?.offset, 8);
    } catch (error) {
      assert(error instanceof InputError && error.code === "E-PLAN-PINNED", planner.name);
      refused++;
    }
  }
  assertEquals(refused, 2);
  const tight = {
    ...problem,
    pools: [pool("p", 12)],
    buffers: buffers.slice(1),
    fixed: [
      { name: "b", pool: "p", offset: 4 },
    ],
  };
  const exact = planners.get("exact");
  assert(exact !== undefined);
  const error = assertThrows(() => planWithWishes(exact, tight), MisfitError);
  assertEquals(error.data?.["proof"], "exhausted");
});

Deno.test("in place: used where it helps, and left where it would not", () => {
  const exact = planners.get("exact");
  assert(exact !== undefined);
  const buffers = [buffer("a", 8, 0, 1), buffer("b", 8, 1, 2), buffer("c", 8, 2, 3)];
  const chain: BufferPair[] = [["a", "b"], ["b", "c"]];
  const problem = { pools: [pool("p", 8)], buffers, inPlace: chain };
  const { placements, bounds } = planWithWishes(exact, problem);
  assertEquals(placements.map(({ offset }) => offset), [0, 0, 0]);
  assertEquals([...bounds], [["p", 8]]);
  assertEquals(validatePlan(problem, placements), []);
  assertEquals(
    validatePlan({ ...problem, inPlace: [] }, placements).map(({ rule }) => rule),
    ["overlap", "overlap"],
  );
  // The input is read again one statement later: the validator does not take anybody's word for it.
  const later = { ...problem, buffers: [buffer("a", 8, 0, 2), ...buffers.slice(1)] };
  assertEquals(validatePlan(later, placements)[0]?.rule, "overlap");
  assertThrows(() => planWithWishes(exact, later), MisfitError);
  // Two inputs of one operator do not come to lie on each other.
  const both = [buffer("x", 8, 0, 1), buffer("y", 8, 0, 1), buffer("z", 8, 1, 2)];
  const add: BufferPair[] = [["x", "z"], ["y", "z"]];
  const sum = { pools: [pool("p", 16)], buffers: both, inPlace: add };
  assertEquals(validatePlan(sum, planWithWishes(exact, sum).placements), []);
  // An output that is smaller, or may go elsewhere only, gets a place of its own.
  const smaller = {
    ...sum,
    pools: [pool("p", 24)],
    buffers: [...both.slice(0, 2), buffer("z", 4, 1, 2)],
  };
  const own = planWithWishes(exact, smaller);
  assertEquals(validatePlan({ ...smaller, inPlace: [] }, own.placements), []);
});

Deno.test("validatePlan() sees broken pairs and places", () => {
  const buffers = [buffer("a", 4, 0, 0), buffer("b", 4, 1, 1)];
  const at = (x: number, y: number) => [
    { name: "a", pool: "p", offset: x },
    { name: "b", pool: "p", offset: y },
  ];
  const pools = [pool("p", 64)];
  const pair: BufferPair[] = [["a", "b"]];
  const rules = (problem: Partial<PlanProblem>, x: number, y: number) =>
    validatePlan({ pools, buffers, ...problem }, at(x, y)).map(({ rule }) => rule);
  assertEquals(rules({ apart: pair }, 0, 0), ["apart"]);
  assertEquals(rules({ apart: pair }, 0, 4), []);
  assertEquals(rules({ together: pair }, 0, 4), ["together"]);
  assertEquals(rules({ together: pair }, 4, 4), []);
  assertEquals(rules({ fixed: [{ name: "a", pool: "p", offset: 4 }] }, 0, 0), ["fixed"]);
});

Deno.test("planWithWishes() refuses pairs and places that make no sense", () => {
  const buffers = [
    buffer("a", 4, 0, 1),
    buffer("b", 4, 0, 1),
    buffer("c", 8, 0, 1),
    buffer("d", 4, 0, 1, { candidates: ["q"] }),
  ];
  const problem: PlanProblem = { pools: [pool("p", 64), pool("q", 64)], buffers };
  const place = (name: string, where: string, offset: number) => ({ name, pool: where, offset });
  const cases: readonly (readonly [Partial<PlanProblem>, string])[] = [
    [{ apart: [["a", "x"]] }, '"x" is no buffer'],
    [{ together: [["x", "a"]] }, '"x" is no buffer'],
    [{ apart: [["a", "a"]] }, "with itself"],
    [{ together: [["a", "c"]] }, "their sizes are 4 B and 8 B"],
    [{ together: [["a", "d"]] }, "no candidate in common"],
    [{ together: [["a", "b"]], apart: [["b", "a"]] }, "they are to have one place"],
    [{ fixed: [place("x", "p", 0)] }, "it is no buffer"],
    [{ fixed: [place("d", "p", 0)] }, "none of its candidates"],
    [{ together: [["a", "b"]], fixed: [place("a", "p", 0), place("b", "p", 4)] }, "one offset"],
  ];
  for (const planner of planners.values()) {
    for (const [wishes, words] of cases) {
      const error = assertThrows(
        () => planWithWishes(planner, { ...problem, ...wishes }),
        InputError,
      );
      assertEquals(error.code, "E-PLAN-WISH");
      assert(error.message.includes(words), error.message);
    }
  }
  // A circle of pairs is one group.
  const circle: BufferPair[] = [["a", "b"], ["b", "a"]];
  const greedy = planners.get("greedy_by_size");
  assert(greedy !== undefined);
  const { placements } = planWithWishes(greedy, { ...problem, together: circle });
  assertEquals(placements[0]?.offset, placements[1]?.offset);
});
