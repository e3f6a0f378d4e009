/**
 * The JSON problem `pinmap/problem-1`: pools with limits, buffers with lifetimes or with the names of
 * those that they conflict with.
 *
 * @module
 */
import * as v from "valibot";
import { InputError } from "../../base/error.ts";
import { checkShape } from "../problem.ts";
import type { BufferInfo, BufferPair, Placement, PlanProblem } from "../types.ts";
import { checkWishes } from "../wishes.ts";
import { intervalsOfConflicts } from "./cliques.ts";
import { findJsonError } from "./json_error.ts";
import { problemFileError } from "./place.ts";

const bytes = v.pipe(v.number(), v.safeInteger());
const name = v.pipe(v.string(), v.nonEmpty());
const poolSchema = v.strictObject({
  name,
  limit_bytes: bytes,
  alignment: v.optional(bytes),
});
const bufferSchema = v.strictObject({
  name,
  size: bytes,
  alignment: v.optional(bytes, 1),
  candidates: v.optional(v.array(name)),
  intervals: v.optional(v.array(v.tuple([bytes, bytes]))),
  conflicts: v.optional(v.array(name)),
  offset: v.optional(bytes),
  hint: v.optional(bytes),
  keep_apart: v.optional(v.array(name)),
  share_with: v.optional(v.array(name)),
});
const problemSchema = v.strictObject({
  schema: v.literal("pinmap/problem-1"),
  pools: v.pipe(v.array(poolSchema), v.nonEmpty()),
  buffers: v.array(bufferSchema),
});

/** The JSON document `pinmap/problem-1`. */
export interface ProblemDocument {
  /** Version. */
  readonly schema: "pinmap/problem-1";
  /** Pools; without an alignment the largest of the buffers'. */
  readonly pools: readonly {
    readonly name: string;
    readonly limit_bytes: number;
    readonly alignment?: number;
  }[];
  /** Buffers, all with half-open intervals or all with conflicts. */
  readonly buffers: readonly {
    readonly name: string;
    readonly size: number;
    readonly alignment?: number;
    readonly candidates?: readonly string[];
    readonly intervals?: readonly (readonly [lower: number, upper: number])[];
    readonly conflicts?: readonly string[];
    /** Offset that it must have, in its only candidate. */
    readonly offset?: number;
    /** Offset that a planner may try. */
    readonly hint?: number;
    /** Names of buffers that it shares no bytes with though they are not live together. */
    readonly keep_apart?: readonly string[];
    /** Names of buffers of its size that it has one place with, live together or not. */
    readonly share_with?: readonly string[];
  }[];
}

/**
 * Reads a problem. Intervals are half-open; without `candidates` a buffer may go into every pool, in
 * their order; a conflict that one side names holds for both.
 *
 * @param text JSON
 * @param path Path for messages
 * @returns The problem
 * @throws {InputError} If it is no JSON (with line and column) or not of the schema
 *   (E-PLAN-PROBLEM-FILE), or if the problem makes no sense (E-PLAN-PROBLEM, E-PLAN-POOL-UNKNOWN,
 *   E-PLAN-WISH)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readProblemJson } from "./json.ts";
 *
 * const text = JSON.stringify({
 *   schema: "pinmap/problem-1",
 *   pools: [{ name: "dtcm", limit_bytes: 65536 }],
 *   buffers: [{ name: "a", size: 16, intervals: [[0, 3]] }],
 * });
 * assertEquals(readProblemJson(text, "p.json").buffers[0]?.intervals, [{ first: 0, last: 2 }]);
 * ```
 */
export function readProblemJson(text: string, path: string): PlanProblem {
  const parsed = v.safeParse(problemSchema, parseJson(text, path));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const where = v.getDotPath(issue) ?? "the document";
    const wrong = issue.received === "undefined"
      ? "is missing, a value is needed"
      : issue.expected === "never"
      ? "is no key of pinmap/problem-1, only its keys are needed"
      : `is ${issue.received}, ${issue.expected ?? "another value"} is needed`;
    throw new InputError("E-PLAN-PROBLEM-FILE", `Cannot read ${path}: ${where} ${wrong}`);
  }
  const { pools, buffers } = parsed.output;
  if (buffers.length === 0) {
    throw new InputError(
      "E-PLAN-PROBLEM-FILE",
      `Cannot read ${path}: there are no buffers, one or more are needed`,
    );
  }
  const every = pools.map((pool) => pool.name);
  const intervals = lifetimes(buffers, path);
  const largest = buffers.reduce((most, buffer) => Math.max(most, buffer.alignment), 1);
  const problem: PlanProblem = {
    pools: pools.map((pool) => ({
      name: pool.name,
      region: pool.name,
      kind: "workspace",
      targets: [],
      limitBytes: pool.limit_bytes,
      alignment: pool.alignment ?? largest,
      properties: {},
    })),
    buffers: buffers.map((buffer, i): BufferInfo => ({
      name: buffer.name,
      func: "",
      size: buffer.size,
      alignment: buffer.alignment,
      kind: "workspace",
      candidates: buffer.candidates ?? every,
      intervals: intervals[i] ?? [],
      ...(buffer.hint !== undefined && { hint: buffer.hint }),
    })),
    ...wishesOf(buffers, every, path),
  };
  checkShape(problem);
  checkWishes(problem);
  return problem;
}

/**
 * The document of a problem, with intervals.
 *
 * @param problem A problem
 * @returns The document; what it is read back to plans the same
 */
export function problemToDocument(problem: PlanProblem): ProblemDocument {
  const { pools, buffers, apart = [], together = [], fixed = [] } = problem;
  const partners = (pairs: readonly BufferPair[], name: string) =>
    pairs.filter(([first]) => first === name).map(([, second]) => second);
  const places = new Map(fixed.map((place) => [place.name, place]));
  return {
    schema: "pinmap/problem-1",
    pools: pools.map((pool) => ({
      name: pool.name,
      limit_bytes: pool.limitBytes,
      alignment: pool.alignment,
    })),
    buffers: buffers.map((buffer) => {
      const place = places.get(buffer.name);
      const [keepApart, shareWith] = [apart, together].map((pairs) => partners(pairs, buffer.name));
      return {
        name: buffer.name,
        size: buffer.size,
        alignment: buffer.alignment,
        candidates: place === undefined ? [...buffer.candidates] : [place.pool],
        intervals: buffer.intervals.map(({ first, last }): [number, number] => [first, last + 1]),
        ...(place !== undefined && { offset: place.offset }),
        ...(buffer.hint !== undefined && { hint: buffer.hint }),
        ...(keepApart !== undefined && keepApart.length > 0 && { keep_apart: keepApart }),
        ...(shareWith !== undefined && shareWith.length > 0 && { share_with: shareWith }),
      };
    }),
  };
}

/** Pairs and fixed places, where there are any. */
function wishesOf(
  buffers: readonly ReadBuffer[],
  every: readonly string[],
  path: string,
): Pick<PlanProblem, "apart" | "together" | "fixed"> {
  const pairs = (key: "keep_apart" | "share_with") =>
    buffers.flatMap((one) => (one[key] ?? []).map((other): BufferPair => [one.name, other]));
  const fixed = buffers.flatMap(({ name, offset, candidates = every }): Placement[] => {
    if (offset === undefined) return [];
    const [pool] = candidates;
    if (pool !== undefined && candidates.length === 1) return [{ name, pool, offset }];
    throw new InputError(
      "E-PLAN-PROBLEM-FILE",
      `Cannot read ${path}: buffer "${name}" has an offset and ${candidates.length} candidates, one candidate is needed`,
    );
  });
  const [apart, together] = [pairs("keep_apart"), pairs("share_with")];
  return {
    ...(apart.length > 0 && { apart }),
    ...(together.length > 0 && { together }),
    ...(fixed.length > 0 && { fixed }),
  };
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const at = findJsonError(text);
    const actual = at < text.length ? `"${text[at]}" cannot stand here` : "it ends too early";
    throw problemFileError({ path, text }, at, 1, `Cannot read ${path}: ${actual}, JSON is needed`);
  }
}

type ReadBuffer = v.InferOutput<typeof bufferSchema>;

function lifetimes(
  buffers: readonly ReadBuffer[],
  path: string,
): readonly BufferInfo["intervals"][] {
  const listed = buffers.filter(({ conflicts }) => conflicts !== undefined);
  const wrong = buffers.find((one) =>
    (one.intervals === undefined) === (one.conflicts === undefined) ||
    (listed.length > 0 && one.conflicts === undefined)
  );
  if (wrong !== undefined) {
    throw new InputError(
      "E-PLAN-PROBLEM-FILE",
      `Cannot read ${path}: buffer "${wrong.name}" has ${
        wrong.intervals === undefined ? "no intervals" : "intervals"
      } and ${
        wrong.conflicts === undefined ? "no conflicts" : "conflicts"
      }, either intervals for all buffers or conflicts for all are needed`,
    );
  }
  if (listed.length > 0) return intervalsOfConflicts(conflictsOf(buffers, path));
  return buffers.map(({ intervals = [] }) =>
    intervals.map(([lower, upper]) => ({ first: lower, last: upper - 1 }))
  );
}

function conflictsOf(buffers: readonly ReadBuffer[], path: string): readonly Set<number>[] {
  const numbers = new Map(buffers.map((one, i) => [one.name, i]));
  const found = buffers.map(() => new Set<number>());
  buffers.forEach(({ name, conflicts = [] }, i) => {
    for (const other of conflicts) {
      const j = numbers.get(other);
      if (j === undefined || j === i) {
        throw new InputError(
          "E-PLAN-PROBLEM-FILE",
          `Cannot read ${path}: buffer "${name}" conflicts with "${other}", the name of another buffer is needed`,
        );
      }
      found[i]?.add(j);
      found[j]?.add(i);
    }
  });
  return found;
}
