/**
 * The corpus's networks: our planners, in place and not, and TensorFlow Lite Micro's planner, whose arena
 * the corpus has recorded.
 *
 * @module
 */
import { analyseLiveness, importModel, maxLive } from "../../../mod.ts";
import { sizeOf } from "../../../src/ir/visit.ts";
import { findPlanner, type PlanProblem } from "../../../src/plan/mod.ts";
import { inPlacePairs } from "../../../src/plan/in_place.ts";
import { validatePlan } from "../../../src/plan/validate.ts";
import { planWithWishes } from "../../../src/plan/wishes.ts";
import { measure, report, timed } from "./rows.ts";
import { RAM } from "./synthetic.ts";

/**
 * Measures a network.
 *
 * @param name Its name
 * @param model The .tflite file
 * @param arena Bytes that TensorFlow Lite Micro's planner needs and the bound of its tensors
 */
export function measureNetwork(
  name: string,
  model: Uint8Array,
  arena: { readonly bytes: number; readonly lower_bound_bytes: number } | undefined,
): void {
  const module = importModel(model, `${name}.tflite`);
  const live = analyseLiveness(module).buffers;
  const problem: PlanProblem = {
    pools: [RAM],
    buffers: live.filter(({ kind }) => kind === "workspace").map((one) => ({
      name: one.name,
      func: one.func.name,
      size: sizeOf(one.node),
      alignment: 16,
      kind: "workspace",
      candidates: [RAM.name],
      intervals: one.intervals,
    })),
  };
  for (const algorithm of ["greedy_by_size", "greedy_by_conflicts", "portfolio", "exact"]) {
    measure(name, problem, algorithm);
  }
  const within = { ...problem, inPlace: inPlacePairs(module, live) };
  const { result, ...times } = timed(() => planWithWishes(findPlanner("exact"), within));
  const [broken] = validatePlan(within, result.placements);
  if (broken !== undefined) throw new Error(`exact, in place, on ${name}: ${broken.message}`);
  const peak = result.placements.reduce(
    (top, { offset }, i) => Math.max(top, offset + (problem.buffers[i]?.size ?? 0)),
    0,
  );
  const bound = result.bounds.get(RAM.name) ?? maxLive(problem.buffers).bytes;
  report({
    name,
    algorithm: "exact, in place",
    buffers: problem.buffers.length,
    lower_bound: bound,
    status: peak === bound ? "optimal" : "feasible",
    peak,
    ...times,
  });
  if (arena === undefined) return;
  report({
    name,
    algorithm: "TFLM, recorded",
    buffers: problem.buffers.length,
    lower_bound: arena.lower_bound_bytes,
    status: arena.bytes === arena.lower_bound_bytes ? "optimal" : "feasible",
    peak: arena.bytes,
    seconds: null,
    cpu_seconds: null,
  });
}
