/**
 * `deno run -A tests/bench/exact.ts [seconds]`: the eleven MiniMalloc instances, one thread. Prints for
 * each whether it fits into 1,048,576 B and after how long (by the clock, and processor time of all
 * threads of the process, which a busy machine does not stretch), and the lowest peak after so many
 * seconds more (default 0: not asked).
 *
 * @module
 */
// deno-lint-ignore-file no-console -- prints its figures
import process from "node:process";
import { solveExact } from "../../src/plan/exact/mod.ts";
import { readPacking } from "../plan/exact/support.ts";
import { CORPUS } from "../support/need.ts";

const CAPACITY = 1_048_576;
const seconds = Number(Deno.args[0] ?? 0);
const folder = `${CORPUS}/data/minimalloc/challenging`;

let sum = 0;
let cpuSum = 0;
let worst = 0;
console.log("instance  buffers      bound  status       peak   nodes  seconds      CPU");
for (const name of "ABCDEFGHIJK") {
  const problem = readPacking(`${folder}/${name}.${CAPACITY}.csv`, CAPACITY);
  const start = performance.now();
  const before = process.cpuUsage();
  const fit = solveExact(problem, { objective: "fit" });
  const took = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / 1e6;
  sum += took;
  cpuSum += cpu;
  worst = Math.max(worst, took);
  console.log(
    [
      name.padEnd(8),
      String(problem.buffers.length).padStart(8),
      String(fit.bound).padStart(10),
      ` ${fit.status.padEnd(8)}`,
      String(fit.peak).padStart(8),
      String(fit.nodes).padStart(7),
      took.toFixed(3).padStart(8),
      cpu.toFixed(3).padStart(8),
    ].join(" "),
  );
  if (seconds > 0 && fit.status !== "optimal") {
    const begin = performance.now();
    const shouldStop = () => performance.now() - begin > seconds * 1000;
    const best = solveExact(problem, { shouldStop });
    console.log(
      `  lowest peak: ${best.status}, ${best.bound} ≤ x ≤ ${best.peak}, ${best.nodes} nodes, ${
        ((performance.now() - begin) / 1000).toFixed(1)
      } s`,
    );
  }
}
console.log(
  `sum ${sum.toFixed(3)} s (CPU ${cpuSum.toFixed(3)} s), slowest ${worst.toFixed(3)} s`,
);
