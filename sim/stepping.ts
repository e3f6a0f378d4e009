/**
 * Running to a place and stepping, in terms of run control.
 *
 * @module
 */
import type { RunControl, Until } from "./control.ts";
import { callSize } from "./disassembly.ts";
import type { FunctionTable } from "./elf/mod.ts";
import type { Machine, RunLimits } from "./machine_api.ts";
import type { StopReason } from "./types.ts";

/** A reached place that is no breakpoint. */
function reached(what: string): StopReason {
  return { kind: "host", what };
}

/** Runs to a place, moment or predicate; see {@linkcode Machine.runUntil}. */
export function runUntil(
  machine: Machine,
  control: RunControl,
  until: Until,
  limits: RunLimits = {},
): StopReason {
  if (typeof until === "function") return runWhileNot(machine, control, until, limits);
  if (typeof until === "object") {
    const planned = control.at(until, () => control.stop(reached(describe(until))));
    try {
      return control.run(limits);
    } finally {
      planned.cancel();
    }
  }
  const breakpoint = control.breakpoint(machine.addressOf(until), () => true);
  try {
    return control.run(limits);
  } finally {
    breakpoint.remove();
  }
}

function describe(
  moment: { readonly cycle?: number | undefined; readonly instruction?: number | undefined },
) {
  return [
    ...(moment.cycle === undefined ? [] : [`cycle ${moment.cycle}`]),
    ...(moment.instruction === undefined ? [] : [`instruction ${moment.instruction}`]),
  ].join(", ");
}

function runWhileNot(
  machine: Machine,
  control: RunControl,
  holds: (machine: Machine) => boolean,
  limits: RunLimits,
): StopReason {
  for (;;) {
    const stop = step(machine, control, 1, limits);
    if (stop !== undefined) return stop;
    if (holds(machine)) return reached("predicate");
  }
}

/** Executes instructions; undefined if only their number stopped it. */
function step(
  machine: Machine,
  control: RunControl,
  count: number,
  limits: RunLimits,
): StopReason | undefined {
  const most = machine.engine.count().instructions + count;
  const limit = limits.maxInstructions ?? Infinity;
  const stop = control.run({ ...limits, maxInstructions: Math.min(most, limit) });
  const own = stop.kind === "limit" && stop.what === "instructions" && most <= limit;
  return own ? undefined : stop;
}

/** Executes one instruction, a call with its callee; see {@linkcode Machine.stepOver}. */
export function stepOver(
  machine: Machine,
  control: RunControl,
  limits: RunLimits = {},
): StopReason {
  const { registers } = machine.engine;
  const pc = (registers[15] ?? 0) >>> 0;
  const sp = (registers[13] ?? 0) >>> 0;
  const size = callSize(machine.bus, pc);
  const stop = step(machine, control, 1, limits);
  const here = (registers[15] ?? 0) >>> 0;
  if (stop !== undefined || size === 0 || here === pc + size) {
    return stop ?? { kind: "limit", what: "instructions" };
  }
  // A recursion comes by here with a deeper stack.
  const back = control.breakpoint(pc + size, () => (registers[13] ?? 0) >>> 0 >= sp);
  try {
    const end = control.run(limits);
    const arrived = end.kind === "breakpoint" && end.address === pc + size;
    return arrived ? { kind: "limit", what: "instructions" } : end;
  } finally {
    back.remove();
  }
}

/** Runs until the function is left; see {@linkcode Machine.stepOut}. */
export function stepOut(
  machine: Machine,
  control: RunControl,
  functions: FunctionTable,
  limits: RunLimits = {},
): StopReason {
  const { registers } = machine.engine;
  const where = () => functions.at((registers[15] ?? 0) >>> 0);
  const start = where();
  for (;;) {
    const stop = stepOver(machine, control, limits);
    const stepped = stop.kind === "limit" && stop.what === "instructions" &&
      machine.engine.count().instructions < (limits.maxInstructions ?? Infinity);
    if (!stepped) return stop;
    if (where() !== start) return reached("left the function");
  }
}
