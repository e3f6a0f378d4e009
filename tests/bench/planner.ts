/**
 * `deno task bench:planner [seconds] [part …]`: how near to the lower bound planners come and how long they
 * take, on generated sets, on MiniMalloc's instances and on the networks of the corpus; with a MiniMalloc
 * program beside them when `MINIMALLOC` names one. Where the exact search does not prove a peak at once, it
 * looks for so many seconds for a lower one (default 0: not asked). Parts are `sparse`, `dense`, `minimalloc`, `networks`,
 * `cycles` and `files`; without one all are measured. `PROBLEMS` names files in MiniMalloc's form, divided by
 * commas, to be planned by `portfolio` too (part `files`). Every plan is validated outside
 * the measured time. Writes `build/bench-planner.json`; never decides a test.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- prints its figures
import { planProblem } from "../../mod.ts";
import { readProblemCsv } from "../../src/plan/exchange/mod.ts";
import { CORPUS } from "../support/need.ts";
import {
  cyclesRows,
  measureGeneratedCycles,
  measureNetworkCycles,
  printCyclesHeader,
} from "./planner/cycles.ts";
import { measureMiniMalloc } from "./planner/minimalloc.ts";
import { measureNetwork } from "./planner/networks.ts";
import { measure, printHeader, rows } from "./planner/rows.ts";
import { denseSet, sparseSet } from "./planner/synthetic.ts";

/** Seeds that no parameter of a planner was chosen by. */
const SEEDS = [101, 102, 103, 104, 105];

const PARTS: ReadonlyMap<string, () => void | Promise<void>> = new Map([
  ["sparse", measureSparse],
  ["dense", measureDense],
  ["minimalloc", measureInstances],
  ["networks", measureNetworks],
  ["cycles", measureCycles],
  ["files", measureFiles],
]);

const [first = "0", ...others] = Deno.args;
const seconds = PARTS.has(first) ? 0 : Number(first);
if (!(seconds >= 0)) throw new RangeError(`Expected a number of seconds, found ${first}`);
const named = PARTS.has(first) ? [first, ...others] : others;

printHeader();
for (const name of named.length === 0 ? PARTS.keys() : named) {
  const part = PARTS.get(name);
  if (part === undefined) {
    throw new RangeError(`Expected one of ${[...PARTS.keys()].join(", ")}, found ${name}`);
  }
  await part();
}

Deno.mkdirSync("build", { recursive: true });
const path = "build/bench-planner.json";
Deno.writeTextFileSync(
  path,
  JSON.stringify(
    { schema: "pinmap/bench-planner-1", instances: rows, cycles: cyclesRows },
    null,
    2,
  ) + "\n",
);
console.log(`Wrote ${path}`);

function measureSparse(): void {
  // The first call compiles the planner; users of one plan pay it too, rows below should not.
  planProblem(sparseSet(2000, 99), "portfolio");
  for (const count of [1e3, 1e4, 1e5, 1e6]) {
    for (const seed of [1, ...SEEDS]) {
      measure(`sparse ${count}, seed ${seed}`, sparseSet(count, seed), "portfolio");
    }
  }
}

function measureDense(): void {
  for (const seed of [1, ...SEEDS.slice(0, 2)]) {
    measure(`dense 62000, seed ${seed}`, denseSet(62_000, 8700, seed), "portfolio");
  }
}

/** Sets that are not ours, such as those of the ASPLOS contest on intra-operator parallelism in idealloc's repository. */
function measureFiles(): void {
  for (const file of (Deno.env.get("PROBLEMS") ?? "").split(",").filter((name) => name !== "")) {
    const problem = readProblemCsv(Deno.readTextFileSync(file), file, Number.MAX_SAFE_INTEGER);
    measure(file.replace(/^.*\//, ""), problem, "portfolio");
  }
}

function measureInstances(): Promise<void> {
  const instances = files("minimalloc/challenging", ".csv")
    .map((file) => `${CORPUS}/data/minimalloc/challenging/${file}`);
  return measureMiniMalloc(instances, Deno.env.get("MINIMALLOC"), seconds);
}

function measureNetworks(): void {
  for (const file of files("models", ".tflite")) {
    const name = file.replace(".tflite", "");
    measureNetwork(name, Deno.readFileSync(`${CORPUS}/data/models/${file}`), arenaOf(name));
  }
}

async function measureCycles(): Promise<void> {
  printCyclesHeader();
  for (const file of files("models", ".tflite")) {
    const model = Deno.readFileSync(`${CORPUS}/data/models/${file}`);
    await measureNetworkCycles(file.replace(".tflite", ""), model);
  }
  measureGeneratedCycles();
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

function arenaOf(name: string): { bytes: number; lower_bound_bytes: number } | undefined {
  try {
    const text = Deno.readTextFileSync(`${CORPUS}/data/goldens/${name}.json`);
    const { arena } = JSON.parse(text) as {
      arena: { bytes: number; lower_bound_bytes: number };
    };
    return arena;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
