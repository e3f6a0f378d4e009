import { assertEquals } from "@std/assert";
import { type Placement, type PlanProblem, validatePlan } from "../../src/plan/mod.ts";
import { buffer, pool } from "./support.ts";

const PROBLEM: PlanProblem = {
  pools: [
    pool("p", 64),
    pool("q", 64, { alignment: 4 }),
    pool("c", 64, { kind: "constant" }),
  ],
  buffers: [
    buffer("a", 32, 0, 1, { alignment: 16 }),
    buffer("b", 32, 1, 2, { alignment: 8, candidates: ["p", "q"] }),
    buffer("d", 32, 2, 3),
  ],
};

const VALID: readonly Placement[] = [
  { name: "a", pool: "p", offset: 0 },
  { name: "b", pool: "p", offset: 32 },
  { name: "d", pool: "p", offset: 0 },
];

function rules(change: Partial<Placement>, ...more: Placement[]): string[] {
  const placements = VALID.map((one) => one.name === "b" ? { ...one, ...change } : one);
  return validatePlan(PROBLEM, [...placements, ...more]).map(({ rule }) => rule);
}

Deno.test("validatePlan() accepts a valid plan, touching ranges included", () => {
  assertEquals(validatePlan(PROBLEM, VALID), []);
});

Deno.test("validatePlan() finds each broken rule", () => {
  assertEquals(rules({ offset: 36 }), ["alignment", "limit"]);
  assertEquals(rules({ offset: 40 }), ["limit"]);
  assertEquals(rules({ offset: 24 }), ["overlap", "overlap"]);
  assertEquals(rules({ offset: -8 }), ["offset", "overlap", "overlap"]);
  assertEquals(rules({ offset: NaN }), ["offset", "alignment"]);
  assertEquals(rules({ pool: "c" }), ["candidate"]);
  assertEquals(rules({ pool: "q" }), ["alignment"]);
  assertEquals(rules({ pool: "r" }), ["unknown"]);
  assertEquals(rules({ name: "e" }), ["missing", "unknown"]);
  assertEquals(rules({}, { name: "a", pool: "p", offset: 0 }), ["twice", "overlap"]);
  assertEquals(validatePlan(PROBLEM, VALID.slice(1)).map(({ rule }) => rule), ["missing"]);
});

Deno.test("validatePlan() names both buffers of an overlap and their ranges", () => {
  const placements = VALID.map((one) => one.name === "b" ? { ...one, offset: 16 } : one);
  assertEquals(validatePlan(PROBLEM, placements)[0], {
    rule: "overlap",
    message: '"a" [0, 32) and "b" [16, 48) of "p" overlap while both are live',
    buffers: ["a", "b"],
  });
});
