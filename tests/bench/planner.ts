/**
 * `deno task bench:planner`: how near to the lower bound planners come and how long they take, on
 * generated sets, on MiniMalloc's instances and on the networks of the corpus; with a MiniMalloc binary
 * beside them when `MINIMALLOC` names one. Every plan is validated outside the measured time. Writes
 * `build/bench-planner.json`; never decides a test.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- prints its figures
import { analyseLiveness, findPlanner, importModel, maxLive } from "../../mod.ts";
import { planProblem, readProblemCsv, writeProblemCsv } from "../../mod.ts";
import { sizeOf } from "../../src/ir/visit.ts";
import { MisfitError, type PlanProblem } from "../../src/plan/mod.ts";
import { solveExact } from "../../src/plan/exact/mod.ts";
import { validateBySweep } from "../../src/plan/validate_sweep.ts";
import { CORPUS } from "../support/need.ts";
import { denseSet, sparseSet } from "./planner/synthetic.ts";

/** One line of the result. */
interface Row {
  readonly name: string;
  readonly algorithm: string;
  readonly buffers: number;
  readonly lower_bound: number;
  readonly status: "optimal" | "feasible" | "no plan";
  readonly peak: number | null;
  readonly seconds: number;
}

const rows: Row[] = [];

/** Name of the exact search in the tables. */
const EXACT = "exact, fits 1 MiB";

function report(row: Row): void {
  rows.push(row);
  const { lower_bound: bound, peak } = row;
  const above = peak === null ? "" : `+${(100 * (peak / bound - 1)).toFixed(2)} %`;
  console.log(
    [
      row.name.padEnd(24),
      row.algorithm.padEnd(20),
      String(row.buffers).padStart(8),
      String(bound).padStart(12),
      String(peak ?? "-").padStart(12),
      above.padStart(9),
      `${row.seconds.toFixed(3)} s`.padStart(10),
    ].join(" "),
  );
}

function measure(name: string, problem: PlanProblem, algorithm: string): void {
  const bound = maxLive(problem.buffers).bytes;
  const row = { name, algorithm, buffers: problem.buffers.length, lower_bound: bound };
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  try {
    const placements = findPlanner(algorithm).plan(problem);
    const took = seconds();
    const [broken] = validateBySweep(problem, placements);
    if (broken !== undefined) throw new Error(`${algorithm} on ${name}: ${broken}`);
    const ends = placements.map(({ offset }, i) => offset + (problem.buffers[i]?.size ?? 0));
    const peak = ends.reduce((top, end) => Math.max(top, end), 0);
    report({ ...row, status: peak === bound ? "optimal" : "feasible", peak, seconds: took });
  } catch (error) {
    if (!(error instanceof MisfitError)) throw error;
    report({ ...row, status: "no plan", peak: null, seconds: seconds() });
  }
}

/** Whether the buffers fit into a capacity, decided and timed on one thread. */
function measureExact(name: string, { buffers }: PlanProblem, capacity: number): void {
  const packing = {
    capacity,
    buffers: buffers.map(({ size, alignment, intervals }) => ({
      size,
      alignment,
      intervals: intervals.map(({ first, last }): [number, number] => [first, last + 1]),
    })),
  };
  const start = performance.now();
  const { status, peak } = solveExact(packing, { objective: "fit" });
  report({
    name,
    algorithm: EXACT,
    buffers: buffers.length,
    lower_bound: maxLive(buffers).bytes,
    status: status === "optimal" || status === "feasible" ? status : "no plan",
    peak: peak ?? null,
    seconds: (performance.now() - start) / 1000,
  });
}

/** MiniMalloc decides whether buffers fit into a capacity; it writes the CSV with offsets. */
async function measureMiniMalloc(
  binary: string,
  name: string,
  problem: PlanProblem,
  capacity: number,
) {
  const input = await Deno.makeTempFile({ suffix: ".csv" });
  const output = `${input}.out`;
  await Deno.writeTextFile(input, writeProblemCsv(problem.buffers));
  const start = performance.now();
  const { success } = await new Deno.Command(binary, {
    args: [`--capacity=${capacity}`, `--input=${input}`, `--output=${output}`, "--timeout=60s"],
    stdout: "null",
    stderr: "null",
  }).output();
  const seconds = (performance.now() - start) / 1000;
  report({
    name,
    algorithm: "MiniMalloc",
    buffers: problem.buffers.length,
    lower_bound: maxLive(problem.buffers).bytes,
    status: success ? "feasible" : "no plan",
    peak: success ? capacity : null,
    seconds,
  });
  await Deno.remove(input);
  await Deno.remove(output).catch(() => {});
}

function files(folder: string, ending: string): string[] {
  try {
    return [...Deno.readDirSync(`${CORPUS}/data/${folder}`)].map(({ name }) => name)
      .filter((name) => name.endsWith(ending)).sort();
  } catch {
    console.log(`skipped: ${CORPUS}/data/${folder} is not there (PINMAP_CORPUS names the corpus)`);
    return [];
  }
}

const SMALL = ["greedy_by_size", "greedy_by_conflicts", "portfolio"];

console.log(
  "set                      planner               buffers        bound         peak     above    seconds",
);
// The first call compiles the planner; users of one plan pay it too, rows below should not.
planProblem(sparseSet(2000, 99), "portfolio");
for (const count of [1e3, 1e4, 1e5, 1e6]) {
  measure(`sparse ${count}, seed 1`, sparseSet(count, 1), "portfolio");
}
for (const seed of [2, 3]) {
  for (const count of [1e5, 1e6]) {
    measure(`sparse ${count}, seed ${seed}`, sparseSet(count, seed), "portfolio");
  }
}
measure("dense 62000", denseSet(62_000, 8700, 1), "portfolio");

const CAPACITY = 1_048_576;
const minimalloc = Deno.env.get("MINIMALLOC");
if (minimalloc === undefined) console.log("MINIMALLOC names no binary: no peer measured");
for (const file of files("minimalloc/challenging", ".csv")) {
  const name = `challenging/${file.split(".")[0]}`;
  const text = Deno.readTextFileSync(`${CORPUS}/data/minimalloc/challenging/${file}`);
  const problem = readProblemCsv(text, file, Number.MAX_SAFE_INTEGER);
  for (const algorithm of SMALL) measure(name, problem, algorithm);
  measureExact(name, problem, CAPACITY);
  if (minimalloc !== undefined) await measureMiniMalloc(minimalloc, name, problem, CAPACITY);
}

const sumOf = (algorithm: string) =>
  rows.filter((row) => row.algorithm === algorithm).reduce((sum, { seconds }) => sum + seconds, 0);
const exactSum = sumOf(EXACT);
console.log(`${EXACT}: ${exactSum.toFixed(3)} s for all instances`);
if (minimalloc !== undefined) {
  const peer = sumOf("MiniMalloc");
  console.log(
    `MiniMalloc: ${peer.toFixed(3)} s, ratio MiniMalloc : exact = ${(peer / exactSum).toFixed(1)}`,
  );
}

for (const file of files("models", ".tflite")) {
  const module = importModel(Deno.readFileSync(`${CORPUS}/data/models/${file}`), file);
  const variables = analyseLiveness(module).buffers.filter(({ kind }) => kind === "workspace");
  const [pool] = sparseSet(0, 0).pools;
  if (pool === undefined) break;
  const problem: PlanProblem = {
    pools: [pool],
    buffers: variables.map((one) => ({
      name: one.name,
      func: one.func.name,
      size: sizeOf(one.node),
      alignment: 16,
      kind: "workspace",
      candidates: [pool.name],
      intervals: one.intervals,
    })),
  };
  for (const algorithm of SMALL) measure(file.replace(".tflite", ""), problem, algorithm);
}

Deno.mkdirSync("build", { recursive: true });
const path = "build/bench-planner.json";
Deno.writeTextFileSync(
  path,
  JSON.stringify({ schema: "pinmap/bench-planner-1", instances: rows }, null, 2) + "\n",
);
console.log(`Wrote ${path}`);
