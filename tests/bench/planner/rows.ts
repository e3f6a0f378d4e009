/**
 * Lines of the planner benchmark: measured, validated outside the measured time, printed, collected.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- prints its figures
import process from "node:process";
import { findPlanner, maxLive } from "../../../mod.ts";
import { MisfitError, type PlanProblem } from "../../../src/plan/mod.ts";
import { validateBySweep } from "../../../src/plan/validate_sweep.ts";

/** One line of the result. */
export interface Row {
  readonly name: string;
  readonly algorithm: string;
  readonly buffers: number;
  readonly lower_bound: number;
  readonly status: "optimal" | "feasible" | "no plan";
  readonly peak: number | null;
  /** By the clock; null if it was not measured here. */
  readonly seconds: number | null;
  /** Of the processor, all threads of the process: a busy machine does not stretch it. */
  readonly cpu_seconds: number | null;
}

/** All lines so far. */
export const rows: Row[] = [];

/** Names of the columns. */
export function printHeader(): void {
  console.log(
    "set                      algorithm             buffers        bound         peak     above    seconds        CPU",
  );
}

/** Prints and keeps a line. */
export function report(row: Row): void {
  rows.push(row);
  const { lower_bound: bound, peak, cpu_seconds: cpu } = row;
  const above = peak === null ? "" : `+${(100 * (peak / bound - 1)).toFixed(2)} %`;
  console.log(
    [
      row.name.padEnd(24),
      row.algorithm.padEnd(20),
      String(row.buffers).padStart(8),
      String(bound).padStart(12),
      String(peak ?? "-").padStart(12),
      above.padStart(9),
      (row.seconds === null ? "-" : `${row.seconds.toFixed(3)} s`).padStart(10),
      cpu === null ? "" : `${cpu.toFixed(3)} s`.padStart(10),
    ].join(" "),
  );
}

/** Runs something and says how long it took. */
export function timed<T>(run: () => T): { result: T; seconds: number; cpu_seconds: number } {
  const before = process.cpuUsage();
  const start = performance.now();
  const result = run();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { result, seconds, cpu_seconds: (user + system) / 1e6 };
}

/** Measures a planner on a problem. */
export function measure(name: string, problem: PlanProblem, algorithm: string): void {
  const { buffers } = problem;
  const bound = maxLive(buffers).bytes;
  const planner = findPlanner(algorithm);
  const { result: placements, ...times } = timed(() => {
    try {
      return planner.plan(problem);
    } catch (error) {
      if (error instanceof MisfitError) return undefined;
      throw error;
    }
  });
  const row = { name, algorithm, buffers: buffers.length, lower_bound: bound, ...times };
  if (placements === undefined) {
    report({ ...row, status: "no plan", peak: null });
    return;
  }
  const [broken] = validateBySweep(problem, placements);
  if (broken !== undefined) throw new Error(`${algorithm} on ${name}: ${broken}`);
  const peak = placements.reduce(
    (top, { offset }, i) => Math.max(top, offset + (buffers[i]?.size ?? 0)),
    0,
  );
  report({ ...row, status: peak === bound ? "optimal" : "feasible", peak });
}

/** Sum of the seconds of an algorithm, and its slowest line. */
export function secondsOf(algorithm: string): { sum: number; cpu: number; slowest: number } {
  const own = rows.filter((row) => row.algorithm === algorithm);
  return {
    sum: own.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0),
    cpu: own.reduce((sum, { cpu_seconds }) => sum + (cpu_seconds ?? 0), 0),
    slowest: own.reduce((most, { seconds }) => Math.max(most, seconds ?? 0), 0),
  };
}
