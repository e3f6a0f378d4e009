import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../../src/base/error.ts";
import {
  ALL_RULES,
  type PackingBuffer,
  type PackingProblem,
  type PackingProgress,
  type SearchRules,
  solveExact,
} from "../../../src/plan/exact/mod.ts";
import { need } from "../../support/need.ts";
import { bruteForce, readPacking, violations } from "./support.ts";

const RUNS = { seed: 5, numRuns: 400 };

const intervals = fc.uniqueArray(fc.nat(9), { minLength: 2, maxLength: 4 }).map((ends) => {
  const sorted = ends.toSorted((a, b) => a - b);
  const found: [number, number][] = [];
  for (let i = 0; i + 1 < sorted.length; i += 2) found.push([sorted[i] ?? 0, sorted[i + 1] ?? 0]);
  return found;
});

/** Buffers with gaps in their lifetimes, alignments, some with fixed offsets. */
function buffers(maxLength: number): fc.Arbitrary<readonly PackingBuffer[]> {
  const one = fc.record({
    size: fc.integer({ min: 1, max: 9 }),
    alignment: fc.constantFrom(1, 1, 1, 2, 4, 3),
    fixed: fc.option(fc.nat(5), { freq: 5 }),
    intervals,
  });
  return fc.array(one, { maxLength }).map((list) =>
    list.map(({ size, alignment, fixed, intervals }) => ({
      size,
      alignment,
      intervals,
      offset: fixed === null ? undefined : fixed * alignment,
    }))
  );
}

function problems(maxLength: number): fc.Arbitrary<PackingProblem> {
  return fc.record({
    buffers: buffers(maxLength),
    pairs: fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 2 }),
  })
    .map(({ buffers, pairs }) => ({
      capacity: 1000,
      buffers,
      apart: pairs.filter(([a, b]) => a !== b && a < buffers.length && b < buffers.length),
    }));
}

const NAMES = Object.keys(ALL_RULES);

/** The rules whose bit is set. */
function rulesOf(bits: number): SearchRules {
  return {
    ...ALL_RULES,
    ...Object.fromEntries(NAMES.map((name, i) => [name, (bits >> i) % 2 === 1])),
  };
}

Deno.test("solveExact() finds the peak of brute force, with every rule on and with any of them off", () => {
  const cases = fc.record({ problem: problems(6), bits: fc.nat(2 ** NAMES.length - 1) });
  let proved = 0;
  fc.assert(
    fc.property(cases, ({ problem, bits }) => {
      const best = bruteForce(problem);
      for (const rules of [ALL_RULES, rulesOf(bits)]) {
        const result = solveExact(problem, { rules });
        if (best === undefined) {
          assertEquals([result.status, result.proof], ["infeasible", "exhausted"]);
          continue;
        }
        assertEquals([result.status, result.peak, result.gap], ["optimal", best, 0]);
        assertEquals(violations(problem, result.offsets ?? []), []);
        if (best === 0) continue;
        const tight = { ...problem, capacity: best - 1 };
        const { status, proof } = solveExact(tight, { rules, objective: "fit" });
        assertEquals(status, "infeasible");
        if (proof === "exhausted") proved++;
      }
    }),
    RUNS,
  );
  assert(proved > 50, `${proved} exhausted searches`);
});

Deno.test("solveExact(): no combination of rules changes the answer where bounds do not give it", () => {
  // Problems whose lowest peak lies above what is live at once.
  const found: { problem: PackingProblem; best: number }[] = [];
  const hard = fc.sample(problems(6).filter(({ buffers }) => buffers.length >= 4), {
    numRuns: 400,
    seed: 7,
  });
  for (const problem of hard) {
    const { peak = 0, bound } = solveExact(problem, { nodeLimit: 0 });
    if (peak <= bound) continue;
    const best = bruteForce(problem);
    if (best !== undefined && best > bound) found.push({ problem, best });
    if (found.length === 2) break;
  }
  assertEquals(found.length, 2);
  for (let bits = 0; bits < 2 ** NAMES.length; bits++) {
    const rules = rulesOf(bits);
    for (const { problem, best } of found) {
      const low = solveExact({ ...problem, capacity: best - 1 }, { rules, objective: "fit" });
      const high = solveExact({ ...problem, capacity: best }, { rules });
      if (low.status !== "infeasible" || high.status !== "optimal" || high.peak !== best) {
        assertEquals(
          [low.status, high.status, high.peak],
          ["infeasible", "optimal", best],
          `rules ${bits}`,
        );
      }
    }
  }
});

Deno.test("solveExact(): every answer is valid, and never better than its bound", () => {
  fc.assert(
    fc.property(problems(30), fc.nat(60), ({ capacity, ...problem }, room) => {
      for (const limit of [capacity, room]) {
        const result = solveExact({ ...problem, capacity: limit }, { nodeLimit: 2000 });
        const { status, peak, bound, offsets, gap, proof } = result;
        if (offsets === undefined) {
          assert(status === "infeasible" || status === "unknown");
          assertEquals([peak, gap], [undefined, undefined]);
          assertEquals(status === "infeasible", bound > limit);
          assertEquals(proof !== undefined, status === "infeasible");
        } else {
          assertEquals(violations({ ...problem, capacity: limit }, offsets), []);
          assertEquals(gap, (peak ?? NaN) - bound);
          assertEquals(status === "optimal", gap === 0);
        }
      }
    }),
    { ...RUNS, numRuns: 150 },
  );
});

Deno.test("solveExact(): scaling sizes scales peaks, and the order of buffers does not matter", () => {
  const plain = problems(6).map(({ buffers }) => ({ capacity: 1000, buffers }));
  fc.assert(
    fc.property(plain, ({ capacity, buffers }) => {
      const { peak } = solveExact({ capacity, buffers });
      const scaled = buffers.map(({ size, alignment = 1, offset, intervals }) => ({
        size: size * 48,
        alignment: alignment * 48,
        offset: offset === undefined ? undefined : offset * 48,
        intervals,
      }));
      const times = peak === undefined ? undefined : peak * 48;
      assertEquals(solveExact({ capacity: capacity * 48, buffers: scaled }).peak, times);
      assertEquals(solveExact({ capacity, buffers: buffers.toReversed() }).peak, peak);
    }),
    { ...RUNS, numRuns: 100 },
  );
});

Deno.test("solveExact() gives buffers that go together one offset", () => {
  const problem: PackingProblem = {
    capacity: 30,
    buffers: [
      { size: 8, intervals: [[0, 2]] },
      { size: 10, alignment: 4, intervals: [[0, 2]] },
      { size: 8, alignment: 2, intervals: [[2, 4]] },
      { size: 7, intervals: [[3, 5]] },
      { size: 8, intervals: [[1, 2]] },
    ],
    together: [[0, 2], [4, 0]],
  };
  const result = solveExact(problem);
  assertEquals(violations(problem, result.offsets ?? []), []);
  // In place: 0 and 4 are live together and share their bytes.
  assertEquals([result.status, result.peak], ["optimal", 18]);
});

Deno.test("solveExact() keeps buffers apart that are not live together", () => {
  const buffers = [{ size: 5, intervals: [[0, 1]] }, { size: 6, intervals: [[8, 9]] }] as const;
  assertEquals(solveExact({ capacity: 100, buffers }).peak, 6);
  const apart = solveExact({ capacity: 100, buffers, apart: [[0, 1]] });
  assertEquals([apart.status, apart.peak], ["optimal", 11]);
});

Deno.test("solveExact() tells incumbents and bounds as they get better, and stops when asked", () => {
  // Live bytes say 8, but no layout needs less than 9.
  const all = fc.sample(problems(7), { numRuns: 300, seed: 11 });
  const problem = all.find((one) => {
    const { peak, bound } = solveExact(one, { nodeLimit: 0 });
    return peak !== undefined && peak > bound && solveExact(one).status === "optimal";
  });
  assert(problem !== undefined);
  const seen: PackingProgress[] = [];
  const whole = solveExact(problem, { onProgress: (progress) => seen.push(progress) });
  assertEquals(seen.at(-1)?.gap, 0);
  assertEquals(seen.at(-1)?.incumbent, whole.peak);
  seen.forEach((one, i) => {
    const before = seen[i - 1];
    if (before === undefined) return;
    assert(one.bound >= before.bound);
    assert((one.incumbent ?? Infinity) <= (before.incumbent ?? Infinity));
    assertEquals(one.gap, one.incumbent === undefined ? undefined : one.incumbent - one.bound);
  });
  const stopped = solveExact(problem, { shouldStop: () => true });
  assertEquals([stopped.status, stopped.nodes], ["feasible", 0]);
  assert((stopped.gap ?? 0) > 0);
});

Deno.test("solveExact() proves what alignment costs by the bound", () => {
  const buffers = [9, 5, 20].map((size): PackingBuffer => ({
    size,
    alignment: 16,
    intervals: [[0, 1]],
  }));
  // 16 + 16 + 20, or 32 + 16 + 5: the buffer with the most padding lies on top.
  const padded = solveExact({ capacity: 100, buffers });
  assertEquals([padded.status, padded.peak, padded.bound], ["optimal", 52, 52]);
  assertEquals(solveExact({ capacity: 51, buffers }).proof, "bound");
  assertEquals(
    solveExact({ capacity: 51, buffers }, { rules: { padding: false } }).proof,
    "exhausted",
  );
});

Deno.test("solveExact() packs nothing into nothing", () => {
  const { status, peak, offsets } = solveExact({ capacity: 0, buffers: [] });
  assertEquals([status, peak, offsets], ["optimal", 0, []]);
});

Deno.test("solveExact() refuses what makes no sense, with what and where", () => {
  const one = { size: 4, intervals: [[0, 2]] } as const;
  const refused = (problem: Partial<PackingProblem>, text: string, code = "E-PLAN-EXACT") => {
    const error = assertThrows(
      () => solveExact({ capacity: 8, buffers: [one, one], ...problem }),
      InputError,
      text,
    );
    assertEquals(error.code, code);
  };
  refused({ capacity: -1 }, "the capacity is -1 B");
  refused({ capacity: NaN }, "the capacity is NaN B");
  refused({ buffers: [{ ...one, size: 0 }] }, "Cannot pack buffer 0: its size is 0 B");
  refused({ buffers: [one, { ...one, size: -3 }] }, "Cannot pack buffer 1: its size is -3 B");
  refused({ buffers: [{ ...one, size: 2 ** 53 }] }, "its size is 9007199254740992 B");
  refused({ buffers: [{ ...one, alignment: 0 }] }, "its alignment is 0 B");
  refused({ buffers: [{ ...one, alignment: 4, offset: 6 }] }, "a multiple of 4");
  refused({ buffers: [{ ...one, intervals: [] }] }, "it is never live");
  refused({ buffers: [{ ...one, intervals: [[3, 3]] }] }, "its interval is 3 to 3");
  refused({ buffers: [{ ...one, intervals: [[3, 5], [4, 6]] }] }, "its interval is 4 to 6");
  refused({ apart: [[0, 2]] }, "Cannot pack buffers 0 and 2 as asked: there are 2 buffers");
  refused({ apart: [[1, 1]] }, "a pair of different indices");
  refused({ apart: [[0, 1]], together: [[1, 0]] }, "they share an offset and are kept apart");
  refused(
    { buffers: [one, { ...one, size: 5 }], together: [[0, 1]] },
    "their sizes are 4 B and 5 B",
  );
  refused(
    { buffers: [{ ...one, offset: 0 }, { ...one, offset: 4 }], together: [[0, 1]] },
    "their offsets are 4 and 0",
  );
  refused(
    { buffers: [{ ...one, size: 2 ** 40 + 1 }, one] },
    "sizes and offsets are 1099511627783 times 1 B",
    "E-PLAN-EXACT-SIZE",
  );
  refused({ buffers: new Array(5000).fill(one) }, "4096 are the most", "E-PLAN-EXACT-SIZE");
  assertThrows(() => solveExact({ capacity: 8, buffers: [one] }, { nodeLimit: -1 }), InputError);
});

need(
  { corpus: ["minimalloc/challenging/D.1048576.csv"] },
  "solveExact() gives the same answer for the same number of nodes",
  (_, { corpus }) => {
    const problem = readPacking(corpus("minimalloc/challenging/D.1048576.csv"), 1_048_576);
    const once = solveExact(problem, { nodeLimit: 9000 });
    assertEquals([once.status, once.nodes], ["feasible", 9000]);
    assertEquals(solveExact(problem, { nodeLimit: 9000 }), once);
  },
);

// Nodes that each instance needs, and a little more; seconds depend on the machine, nodes do not.
const NODES = {
  A: 36_000,
  B: 18_000,
  C: 10_000,
  D: 4_000,
  E: 38_000,
  F: 1_000,
  G: 4_000,
  H: 3_000,
  I: 14_000,
  J: 1_000,
  K: 9_000,
};

for (const [name, nodeLimit] of Object.entries(NODES)) {
  const file = `minimalloc/challenging/${name}.1048576.csv`;
  need({ corpus: [file] }, `solveExact() fits MiniMalloc's instance ${name}`, (_, { corpus }) => {
    const problem = readPacking(corpus(file), 1_048_576);
    const result = solveExact(problem, { objective: "fit", nodeLimit });
    assertEquals(violations(problem, result.offsets ?? []), []);
    assertEquals(result.status === "optimal", result.bound === result.peak);
  });
}
