/**
 * MiniMalloc's instances: our planners, the exact search, and MiniMalloc's own program beside them.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- prints its figures
import { maxLive, readProblemCsv, writeProblemCsv } from "../../../mod.ts";
import { type PackingProblem, solveExact } from "../../../src/plan/exact/mod.ts";
import type { PlanProblem } from "../../../src/plan/mod.ts";
import { measure, report, secondsOf, timed } from "./rows.ts";

const CAPACITY = 1_048_576;
const EXACT = "exact, fits 1 MiB";
const PEER = "MiniMalloc";

/** The orders that MiniMalloc tries by default, one after the other, and each on its own, with time limits. */
const ORDERS = [["WAT,TAW,TWA", "60s"], ["WAT", "20s"], ["TAW", "20s"], ["TWA", "20s"]] as const;

/**
 * Measures all instances.
 *
 * @param files Paths of CSV files
 * @param peer MiniMalloc's program, if there is one
 * @param seconds How long to look for the lowest peak where it is not proved at once
 */
export async function measureMiniMalloc(
  files: readonly string[],
  peer: string | undefined,
  seconds: number,
): Promise<void> {
  if (peer === undefined) console.log("MINIMALLOC names no binary: no peer measured");
  const best: number[] = [];
  for (const file of files) {
    const stem = file.replace(/^.*[/\\]/, "").split(".")[0];
    const name = `challenging/${stem}`;
    const problem = readProblemCsv(
      Deno.readTextFileSync(file),
      file,
      Number.MAX_SAFE_INTEGER,
    );
    for (const algorithm of ["greedy_by_size", "greedy_by_conflicts", "portfolio"]) {
      measure(name, problem, algorithm);
    }
    const optimal = measureFit(name, problem);
    if (!optimal && seconds > 0) measurePeak(name, problem, seconds);
    if (peer === undefined) continue;
    const times: number[] = [];
    for (const [order, limit] of ORDERS) {
      times.push(await measurePeer(peer, name, problem, { order, limit }));
    }
    best.push(Math.min(...times.slice(1)));
  }
  const { sum, cpu, slowest } = secondsOf(EXACT);
  console.log(
    `${EXACT}: ${sum.toFixed(3)} s for all instances (CPU ${cpu.toFixed(3)} s), slowest ${
      slowest.toFixed(3)
    } s`,
  );
  if (peer === undefined) return;
  const theirs = secondsOf(`${PEER} ${ORDERS[0][0]}`).sum;
  const bestSum = best.reduce((total, one) => total + one, 0);
  console.log(
    `${PEER}: ${theirs.toFixed(3)} s, ${
      (theirs / sum).toFixed(1)
    } times ours; with the best of its orders for each instance ${bestSum.toFixed(3)} s, ${
      (bestSum / sum).toFixed(1)
    } times`,
  );
}

function toPacking({ buffers }: PlanProblem, capacity: number): PackingProblem {
  return {
    capacity,
    buffers: buffers.map(({ size, alignment, intervals }) => ({
      size,
      alignment,
      intervals: intervals.map(({ first, last }): [number, number] => [first, last + 1]),
    })),
  };
}

/** Whether it fits into MiniMalloc's capacity, on one thread; true if the layout is the lowest. */
function measureFit(name: string, problem: PlanProblem): boolean {
  const packing = toPacking(problem, CAPACITY);
  const { result, ...times } = timed(() => solveExact(packing, { objective: "fit" }));
  const { status, peak, bound } = result;
  report({
    name,
    algorithm: EXACT,
    buffers: problem.buffers.length,
    lower_bound: bound,
    status: status === "optimal" || status === "feasible" ? status : "no plan",
    peak: peak ?? null,
    ...times,
  });
  return status === "optimal";
}

/** The lowest peak that so many seconds suffice for, and the bound that is proved. */
function measurePeak(name: string, problem: PlanProblem, seconds: number): void {
  const end = performance.now() + 1000 * seconds;
  const shouldStop = () => performance.now() >= end;
  const { result, ...times } = timed(() =>
    solveExact(toPacking(problem, CAPACITY), { shouldStop })
  );
  report({
    name,
    algorithm: "exact, lowest peak",
    buffers: problem.buffers.length,
    lower_bound: result.bound,
    status: result.status === "optimal" ? "optimal" : "feasible",
    peak: result.peak ?? null,
    ...times,
  });
}

/** MiniMalloc decides whether buffers fit into a capacity; it writes the CSV with offsets. */
async function measurePeer(
  binary: string,
  name: string,
  problem: PlanProblem,
  { order, limit }: { readonly order: string; readonly limit: string },
): Promise<number> {
  const input = await Deno.makeTempFile({ suffix: ".csv" });
  const output = `${input}.out`;
  await Deno.writeTextFile(input, writeProblemCsv(problem.buffers));
  const start = performance.now();
  const { success } = await new Deno.Command(binary, {
    args: [
      `--capacity=${CAPACITY}`,
      `--input=${input}`,
      `--output=${output}`,
      `--timeout=${limit}`,
      `--preordering_heuristics=${order}`,
    ],
    stdout: "null",
    stderr: "null",
  }).output();
  const seconds = (performance.now() - start) / 1000;
  report({
    name,
    algorithm: `${PEER} ${order}`,
    buffers: problem.buffers.length,
    lower_bound: maxLive(problem.buffers).bytes,
    status: success ? "feasible" : "no plan",
    peak: success ? CAPACITY : null,
    seconds,
    cpu_seconds: null,
  });
  await Deno.remove(input);
  await Deno.remove(output).catch(() => {});
  return seconds;
}
