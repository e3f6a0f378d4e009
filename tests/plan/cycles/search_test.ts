/** The parts of the solver on their own: heuristics must not hide what bound and search do wrong. */
import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { createRelaxer } from "../../../src/plan/cycles/bound.ts";
import { makeModel } from "../../../src/plan/cycles/model.ts";
import { createPacker } from "../../../src/plan/cycles/packing.ts";
import { searchChoices } from "../../../src/plan/cycles/search.ts";
import { fewestByBruteForce, type Priced, pricedProblems } from "./support.ts";

const RUNS = Number(Deno.env.get("PINMAP_CYCLES") ?? 60);

/** Some buffers twice: items that are alike. */
function withTwins({ problem, costs }: Priced): Priced {
  const twins = problem.buffers.slice(0, 3).map((one) => ({ ...one, name: `${one.name}t` }));
  return { problem: { ...problem, buffers: [...problem.buffers, ...twins] }, costs };
}

Deno.test("cycles: no prices give a bound above the best plan", () => {
  fc.assert(
    fc.property(
      pricedProblems({ buffers: 5, pools: 3 }),
      fc.integer({ min: 1, max: 60 }),
      (priced, steps) => {
        const { problem, costs } = withTwins(priced);
        const fewest = fewestByBruteForce({ problem, costs });
        const relaxer = createRelaxer(makeModel(problem, costs, new Map()));
        // A target far above lets prices rise as far as they like.
        const { bound } = relaxer.relax(4 * fewest + 1000, { steps });
        assert(bound <= fewest + 1e-6, `bound ${bound}, best plan ${fewest}`);
      },
    ),
    { numRuns: RUNS },
  );
});

Deno.test("cycles: the search alone finds the best plan and proves it, items that are alike or not", () => {
  fc.assert(
    fc.property(pricedProblems({ buffers: 5, pools: 3 }), (priced) => {
      const { problem, costs } = withTwins(priced);
      const fewest = fewestByBruteForce({ problem, costs });
      const model = makeModel(problem, costs, new Map());
      const relaxer = createRelaxer(model);
      const relaxation = relaxer.relax(fewest, { steps: 50 });
      const tools = { packer: createPacker(model), relaxer, relaxation };
      const { found, bound } = searchChoices(model, tools, 1e9, { nodes: 1e6, failures: 1e6 });
      assertEquals(found?.weight, fewest);
      assert(Math.abs(bound - fewest) < 1e-6);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("cycles: a search that is stopped bounds what it did not try", () => {
  fc.assert(
    fc.property(
      pricedProblems({ buffers: 5, pools: 3 }),
      fc.integer({ min: 0, max: 40 }),
      (priced, nodes) => {
        const { problem, costs } = withTwins(priced);
        const fewest = fewestByBruteForce({ problem, costs });
        const model = makeModel(problem, costs, new Map());
        const relaxer = createRelaxer(model);
        const relaxation = relaxer.relax(fewest, { steps: 5 });
        const tools = { packer: createPacker(model), relaxer, relaxation };
        const { bound } = searchChoices(model, tools, 1e9, { nodes, failures: 1 });
        assert(bound <= fewest + 1e-6, `bound ${bound}, best plan ${fewest}`);
      },
    ),
    { numRuns: RUNS },
  );
});
