import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../../src/base/error.ts";
import {
  findPlanner,
  maxLive,
  MisfitError,
  type Planner,
  validatePlan,
} from "../../../src/plan/mod.ts";
import { need } from "../../support/need.ts";
import { buffer, pool } from "../support.ts";
import { readPacking } from "./support.ts";

const exact = findPlanner("exact");

Deno.test("exact finds a layout where the greedy planners find none", () => {
  const all = [
    buffer("a", 3, 1, 1),
    buffer("b", 3, 1, 3),
    buffer("c", 9, 0, 2),
    buffer("d", 7, 4, 4),
    buffer("e", 2, 3, 4),
    buffer("f", 4, 3, 5),
  ];
  const problem = { pools: [pool("p", 15)], buffers: all };
  for (const name of ["greedy_by_size", "greedy_by_conflicts"]) {
    assertThrows(() => findPlanner(name).plan(problem), MisfitError);
  }
  assertEquals(validatePlan(problem, exact.plan(problem)), []);
});

Deno.test("exact names itself and the reason where nothing fits", () => {
  const all = [buffer("a", 40, 0, 1), buffer("b", 30, 1, 2)];
  const error = assertThrows(
    () => exact.plan({ pools: [pool("p", 64)], buffers: all }),
    MisfitError,
  );
  assertEquals([error.misfit.algorithm, error.misfit.reason], ["exact", "too-many"]);
});

Deno.test("exact brings a spilled buffer back where the search finds room", () => {
  const candidates = ["p", "q"];
  const all = [
    buffer("a", 9, 2, 2, { candidates }),
    buffer("b", 7, 0, 1, { candidates }),
    buffer("c", 3, 0, 2, { candidates }),
    buffer("d", 2, 2, 4, { candidates }),
    buffer("e", 3, 0, 1, { candidates }),
  ];
  const problem = { pools: [pool("p", 13), pool("q", 30)], buffers: all };
  const spilled = (planner: Planner) => {
    const placements = planner.plan(problem);
    assertEquals(validatePlan(problem, placements), []);
    return placements.filter((one) => one.pool === "q").map(({ name }) => name);
  };
  assertEquals(spilled(findPlanner("greedy_by_size")), ["d", "e"]);
  // 14 B are live at statement 2, so one has to go.
  assertEquals(spilled(exact), ["d"]);
});

Deno.test("exact refuses a problem that makes no sense, as all planners do", () => {
  const problem = { pools: [pool("p", 64)], buffers: [buffer("a", -1, 0, 0)] };
  assertThrows(() => exact.plan(problem), InputError, "its size is -1 B");
});

need(
  { corpus: ["minimalloc/challenging/E.1048576.csv"] },
  "exact plans MiniMalloc's instance E, which has not a byte to spare",
  (_, { corpus }) => {
    const { buffers, capacity } = readPacking(
      corpus("minimalloc/challenging/E.1048576.csv"),
      1_048_576,
    );
    const all = buffers.map(({ size, intervals }, i) =>
      buffer(`b${i}`, size, intervals[0]?.[0] ?? 0, (intervals[0]?.[1] ?? 0) - 1)
    );
    const problem = { pools: [pool("p", capacity)], buffers: all };
    assertEquals(maxLive(all).bytes, capacity);
    assertThrows(() => findPlanner("greedy_by_size").plan(problem), MisfitError);
    assertEquals(validatePlan(problem, exact.plan(problem)), []);
  },
);
