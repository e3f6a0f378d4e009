/**
 * Pools by cycles against the largest first into the fastest pool: on the corpus's networks, with a fast memory
 * that holds a part of them, and on generated sets. Costs are those of no real chip: 0 wait states in the fast
 * memory, 1 in the slow one, 5 in flash. HiGHS is asked too where it may prove more.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- prints its figures
import { importModel, maxLive, plan } from "../../../mod.ts";
import type { Board, Region } from "../../../src/board/types.ts";
import { analyseLiveness } from "../../../src/plan/liveness.ts";
import { sizeOf } from "../../../src/ir/visit.ts";
import type { PoolCosts } from "../../../src/plan/cycles/model.ts";
import { loadHighs } from "../../../src/plan/cycles/highs.ts";
import { type CyclesResult, solveCycles } from "../../../src/plan/cycles/solve.ts";
import type { PlanProblem, Pool } from "../../../src/plan/types.ts";
import { validateBySweep } from "../../../src/plan/validate_sweep.ts";
import { timed } from "./rows.ts";
import { randomNumbers, sparseSet } from "./synthetic.ts";

/** One line. */
export interface CyclesRow {
  readonly name: string;
  readonly solver: "own" | "highs";
  readonly buffers: number;
  readonly lower_bound: number;
  readonly status: "optimal" | "feasible";
  readonly cycles: number;
  /** Of the largest first into the fastest pool; null if that finds no room. */
  readonly largest_first: number | null;
  readonly seconds: number;
  readonly cpu_seconds: number;
}

/** All lines so far. */
export const cyclesRows: CyclesRow[] = [];

/** Names of the columns. */
export function printCyclesHeader(): void {
  console.log(
    "cycles                         solver  buffers  largest first        cycles         bound      saved      gap    seconds",
  );
}

function report(row: CyclesRow): void {
  cyclesRows.push(row);
  const { cycles, lower_bound: bound, largest_first: others } = row;
  if (others !== null && cycles > others) throw new Error(`${row.name}: worse than largest first`);
  const share = (part: number, whole: number) =>
    whole === 0 ? "0.00 %" : `${(100 * part / whole).toFixed(2)} %`;
  console.log([
    row.name.padEnd(30),
    row.solver.padEnd(6),
    String(row.buffers).padStart(8),
    String(others ?? "no room").padStart(14),
    String(cycles).padStart(13),
    String(bound).padStart(13),
    (others === null ? "" : share(others - cycles, others)).padStart(10),
    (row.status === "optimal" ? "optimal" : share(cycles - bound, cycles)).padStart(8),
    `${row.seconds.toFixed(3)} s`.padStart(10),
  ].join(" "));
}

/** A memory of the benchmark's board. */
function memory(name: string, origin: number, length: number, waits: number): Region {
  return {
    name,
    kind: name === "flash" ? "nvm" : "ram",
    origin,
    length,
    access: { read: true, write: name !== "flash", execute: true },
    width: 32,
    waitStates: name === "flash" ? { read: waits } : { read: waits, write: waits },
    initiators: ["c"],
    sections: [],
    reserved: [],
    pool: {},
    source: "made up for the benchmark",
  };
}

function boardWith(fast: number, slow: number): Board {
  return {
    schema: "pinmap/board-1",
    name: "bench",
    title: "Benchmark",
    sources: {},
    cpu: { core: "cortex-m7", fpu: "none", clockHz: 1, source: "made up for the benchmark" },
    vectorTable: 0x0800_0000,
    file: "bench.toml",
    regions: [
      memory("fast", 0x2000_0000, fast, 0),
      memory("slow", 0x2400_0000, slow, 1),
      memory("flash", 0x0800_0000, 16 * 2 ** 20, 5),
    ],
    aliases: [],
    budgets: [],
  };
}

/**
 * Measures a network whose fast memory holds a quarter, a half and three quarters of what it has live at most; the
 * slow one holds as much, and all variables.
 *
 * @param name Its name
 * @param model The .tflite file
 */
export async function measureNetworkCycles(name: string, model: Uint8Array): Promise<void> {
  const module = importModel(model, `${name}.tflite`);
  const { buffers } = analyseLiveness(module);
  const sized = buffers.map(({ node, intervals }) => ({ size: sizeOf(node), intervals }));
  const live = maxLive(sized).bytes;
  const choiceSolver = await loadHighs();
  for (const percent of [25, 50, 75]) {
    const fast = Math.ceil(live * percent / 100 / 1024) * 1024;
    const board = boardWith(fast, live);
    for (const solver of ["own", "highs"] as const) {
      const { result: { cycles }, ...times } = timed(() =>
        plan(module, board, {
          objective: "cycles",
          ...(solver === "highs" && { choiceSolver }),
        })
      );
      if (cycles === undefined) throw new Error(`${name}: no cycles`);
      const { total, lowerBound, largestFirst = null } = cycles;
      const status = total === lowerBound ? "optimal" : "feasible";
      report({
        name: `${name}, fast ${percent} %`,
        solver,
        buffers: buffers.length,
        lower_bound: lowerBound,
        status,
        cycles: total,
        largest_first: largestFirst,
        ...times,
      });
      if (status === "optimal") break;
    }
  }
}

/**
 * Measures generated sets: those of the benchmark of bytes, each byte read and written up to 64 times, in three
 * pools of which the faster two hold an eighth and a quarter of what is live at most.
 */
export function measureGeneratedCycles(): void {
  for (
    const [count, seed] of [[50, 1], [50, 2], [200, 1], [200, 2], [1000, 1], [5000, 1]] as const
  ) {
    const { problem, costs } = generated(count, seed);
    const { result, ...times } = timed(() => solveCycles(problem, costs));
    const { placements, cycles, bound, baseline }: CyclesResult = result;
    if (placements === undefined) throw new Error(`${count} buffers: no plan`);
    const broken = validateBySweep(problem, placements);
    if (broken.length > 0) throw new Error(`${count} buffers: ${broken[0]}`);
    report({
      name: `generated ${count}, seed ${seed}`,
      solver: "own",
      buffers: count,
      lower_bound: bound,
      status: cycles === bound ? "optimal" : "feasible",
      cycles,
      largest_first: baseline ?? null,
      ...times,
    });
  }
}

function generated(count: number, seed: number): { problem: PlanProblem; costs: PoolCosts } {
  const { buffers } = sparseSet(count, seed);
  const random = randomNumbers(seed + 1000);
  const live = maxLive(buffers).bytes;
  const pool = (name: string, limitBytes: number): Pool => ({
    name,
    region: name,
    kind: "workspace",
    targets: ["c"],
    limitBytes,
    alignment: 16,
    properties: {},
  });
  const names = ["fast", "middle", "slow"];
  const costs = new Map(
    names.map((name, waits) => [name, { read: waits, write: waits, lineBytes: 4 }]),
  );
  return {
    problem: {
      pools: [
        pool("fast", Math.floor(live / 8)),
        pool("middle", Math.floor(live / 4)),
        pool("slow", 2 * live),
      ],
      buffers: buffers.map((buffer) => {
        const reads = Math.ceil(buffer.size * 2 ** (6 * random()));
        return {
          ...buffer,
          candidates: names,
          accesses: [{ reads, readBytes: reads, writes: buffer.size, writeBytes: buffer.size }],
        };
      }),
    },
    costs: { memories: costs, leftovers: new Map() },
  };
}
