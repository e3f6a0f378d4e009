/** HiGHS, which we did not write, as the judge of the choice of pools; and as a solver in its place. */
import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { loadHighs } from "../../../src/plan/cycles/highs.ts";
import { makeModel } from "../../../src/plan/cycles/model.ts";
import { solveCycles } from "../../../src/plan/cycles/solve.ts";
import { pricedProblems } from "./support.ts";

const RUNS = Number(Deno.env.get("PINMAP_CYCLES") ?? 40);
const highs = await loadHighs();

Deno.test("cycles: where offsets do not matter, plans are as good as HiGHS's", () => {
  fc.assert(
    fc.property(
      pricedProblems({ buffers: 16, pools: 4, alwaysLive: true }),
      ({ problem, costs }) => {
        const { bound } = highs(makeModel(problem, costs, new Map()));
        const { cycles, bound: own } = solveCycles(problem, costs);
        assert(Math.abs(cycles - bound) < 1e-3, `${cycles} and HiGHS ${bound}`);
        assertEquals(own, cycles);
      },
    ),
    { numRuns: RUNS },
  );
});

Deno.test("cycles: no plan beats HiGHS's bound, which offsets can only raise", () => {
  fc.assert(
    fc.property(pricedProblems({ buffers: 16, pools: 3 }), ({ problem, costs }) => {
      const own = solveCycles(problem, costs);
      const others = solveCycles(problem, costs, new Map(), { solver: highs });
      const { bound } = highs(makeModel(problem, costs, new Map()));
      assert(own.cycles >= bound - 1e-3);
      assertEquals([others.cycles, others.bound], [own.cycles, own.bound]);
    }),
    { numRuns: RUNS },
  );
});
