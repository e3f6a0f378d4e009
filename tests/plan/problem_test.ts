import { assertEquals, assertThrows } from "@std/assert";
import { PinmapError } from "../../src/base/error.ts";
import { checkProblem, planners, type PlanProblem } from "../../src/plan/mod.ts";
import { buffer, pool } from "./support.ts";

const P = pool("p", 64);
const A = buffer("a", 8, 0, 0);

const ABSURD: readonly (readonly [string, PlanProblem, string])[] = [
  ["size 0", { pools: [P], buffers: [{ ...A, size: 0 }] }, "its size is 0 B"],
  ["negative size", { pools: [P], buffers: [{ ...A, size: -8 }] }, "its size is -8 B"],
  ["size of half a byte", { pools: [P], buffers: [{ ...A, size: 0.5 }] }, "its size is 0.5 B"],
  [
    "size 2^53",
    { pools: [P], buffers: [{ ...A, size: 2 ** 53 }] },
    "its size is 9007199254740992 B",
  ],
  ["size NaN", { pools: [P], buffers: [{ ...A, size: NaN }] }, "its size is NaN B"],
  [
    "sum over 2^53",
    { pools: [P], buffers: [{ ...A, size: 2 ** 52 }, { ...A, name: "b", size: 2 ** 52 }] },
    "their sizes sum to more than",
  ],
  ["alignment 3", { pools: [P], buffers: [{ ...A, alignment: 3 }] }, "its alignment is 3 B"],
  ["alignment 0", { pools: [P], buffers: [{ ...A, alignment: 0 }] }, "its alignment is 0 B"],
  ["alignment -4", { pools: [P], buffers: [{ ...A, alignment: -4 }] }, "its alignment is -4 B"],
  [
    "alignment over the pool's",
    { pools: [P], buffers: [{ ...A, alignment: 32 }] },
    'its candidate "p" is aligned to 16 B',
  ],
  ["never live", { pools: [P], buffers: [{ ...A, intervals: [] }] }, "it is never live"],
  [
    "interval backwards",
    { pools: [P], buffers: [{ ...A, intervals: [{ first: 2, last: 1 }] }] },
    "its interval 2 to 1",
  ],
  [
    "intervals overlap",
    { pools: [P], buffers: [{ ...A, intervals: [{ first: 0, last: 2 }, { first: 2, last: 3 }] }] },
    "its interval 2 to 3 follows statement 2",
  ],
  ["unknown pool", { pools: [P], buffers: [{ ...A, candidates: ["pp"] }] }, '"pp" is no pool'],
  ["no candidate", { pools: [P], buffers: [{ ...A, candidates: [] }] }, "it has no candidate pool"],
  ["candidate twice", { pools: [P], buffers: [{ ...A, candidates: ["p", "p"] }] }, "each once"],
  ["wrong kind", { pools: [P], buffers: [{ ...A, kind: "constant" }] }, "is a workspace pool"],
  ["two of a name", { pools: [P], buffers: [A, A] }, "two buffers have the name"],
  ["two pools of a name", { pools: [P, P], buffers: [] }, "two pools have the name"],
  ["negative limit", { pools: [pool("p", -1)], buffers: [] }, "its limit is -1 B"],
  ["infinite limit", { pools: [pool("p", Infinity)], buffers: [] }, "its limit is Infinity B"],
  ["pool alignment 12", { pools: [pool("p", 1, { alignment: 12 })], buffers: [] }, "is 12 B"],
];

Deno.test("checkProblem() refuses absurd problems, and so does every planner", async (t) => {
  for (const [name, problem, message] of ABSURD) {
    await t.step(name, () => {
      assertThrows(() => checkProblem(problem), PinmapError, message);
      for (const planner of planners.values()) {
        assertThrows(() => planner.plan(problem), PinmapError, message);
      }
    });
  }
});

Deno.test("checkProblem() takes a problem without buffers, and a pool without bytes", () => {
  checkProblem({ pools: [pool("p", 0)], buffers: [] });
  for (const planner of planners.values()) {
    assertEquals(planner.plan({ pools: [], buffers: [] }), []);
  }
});
