/**
 * What a predecoded instruction costs, in the state of the pipeline that it is executed in.
 *
 * @module
 */
import type { TimingModel } from "../types.ts";
import type { Op } from "./op.ts";

/**
 * Fills in the costs of an instruction and the states of the pipeline behind it.
 *
 * @param op The instruction
 * @param pipeline State before it, 0 without a sequence model
 * @param timing Costs
 */
export function price(op: Op, pipeline: number, timing: TimingModel): void {
  const { timing: kind } = op.encoding;
  op.cost = kind === "div" ? 0 : timing.cost(kind, op.count);
  op.taken = timing.taken(kind);
  const step = timing.sequence?.step(pipeline, op);
  if (step === undefined) return;
  op.cost = step.cost;
  op.after = step.next;
  op.afterTaken = step.taken;
  op.taken = step.branch ?? op.taken;
}
