/**
 * The most cycles that an instruction can take. Limits in cycles and interrupts are exact because the run
 * loop knows how long it may run before it has to look at the clock. Exceptions are not part of it: after
 * entry and return the loop looks anyway.
 *
 * @module
 */
import type { Bus, TimingClass, TimingModel } from "../types.ts";
import type { Op } from "./op.ts";

const NO_WAIT = { fetch: 0, data: 0, aligned: 0 } as const;
const SINGLE: ReadonlySet<TimingClass> = new Set<TimingClass>([
  "load",
  "store",
  "exclusive",
  "table-branch",
]);
const MULTIPLE: ReadonlySet<TimingClass> = new Set<TimingClass>([
  "load-pair",
  "load-multiple",
  "store-pair",
  "store-multiple",
  "fp-load",
  "fp-load-multiple",
  "fp-store",
  "fp-store-multiple",
]);

/** Waits of a bus. */
export function mostWaitOf(bus: Bus): NonNullable<Bus["mostWait"]> {
  return bus.mostWait ?? NO_WAIT;
}

/** The most that a division takes. */
export function mostDivideOf(timing: TimingModel): number {
  return timing.mostDivide ??
    Math.max(
      timing.divide(0xffff_ffff, 1, false),
      timing.divide(-0x8000_0000, 1, true),
      timing.divide(-0x8000_0000, -1, true),
      timing.divide(0x7fff_ffff, 1, true),
      timing.divide(1, 0, false),
    );
}

/**
 * Fills in the bounds of an instruction whose costs are known.
 *
 * @param op The instruction
 * @param bus Memory
 * @param timing Costs
 * @param mostDivide From {@linkcode mostDivideOf}
 */
export function bound(op: Op, bus: Bus, timing: TimingModel, mostDivide: number): void {
  const { timing: kind } = op.encoding;
  const { fetch, data } = mostWaitOf(bus);
  const cost = op.cost + Math.max(0, op.taken) + (kind === "div" ? mostDivide : 0);
  op.most = Math.max(1, cost, timing.predicatedOut);
  op.accesses = SINGLE.has(kind) ? 1 : MULTIPLE.has(kind) ? Math.max(1, op.count) : 0;
  op.worst = op.most + fetch + op.accesses * data;
}
