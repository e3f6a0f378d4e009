/**
 * `pinmap plan` of a problem file: buffers and pools without a board and a module.
 *
 * @module
 */
import { UsageError } from "../../base/error.ts";
import {
  DEFAULT_PLANNER,
  type PlanProblem,
  planProblem,
  problemPlanToDocument,
  problemToDocument,
  readProblemCsv,
  readProblemJson,
  writeProblemCsv,
} from "../../plan/mod.ts";
import type { BufferPair, Placement, Plan } from "../../plan/types.ts";
import { formatBytes } from "../../base/units.ts";
import { allocationTable, lifetimePicture } from "../../report/mod.ts";
import { EXIT } from "../command.ts";
import { readFile } from "../inputs.ts";
import { wishesOf } from "../planning.ts";
import type { Options } from "../options.ts";
import { openSearch, type Search, statusText } from "../search.ts";
import type { Terminal } from "../terminal.ts";

/** Beyond this many buffers tables and pictures help nobody. */
const MOST_ROWS = 1000;

/** Flags that mean something only with a board. */
const BOARD_FLAGS = [
  "board",
  "stack-size",
  "stack-region",
  "heap-size",
  "heap-region",
  "name",
  "html",
];

/** Switches that mean something only with a module. */
const BOARD_SWITCHES = ["in-place", "tvm-compatible"];

/** Whether a path is that of a problem, by its extension. */
export function isProblemPath(path: string): boolean {
  return /\.(csv|json)$/i.test(path);
}

/**
 * Plans a problem file and prints the result.
 *
 * @param path Path ending in `.csv` or `.json`
 * @param options Flags of `pinmap plan`
 * @param terminal Where words go
 * @returns The exit code
 */
export async function runPlanProblem(
  path: string,
  options: Options,
  terminal: Terminal,
): Promise<number> {
  const lists = ["with-workspace-buffer", "with-parameter-buffer", "pin"];
  const meaningless = BOARD_FLAGS.find((name) => options.text(name) !== undefined) ??
    lists.find((name) => options.texts(name).length > 0) ??
    BOARD_SWITCHES.find((name) => options.flag(name));
  if (meaningless !== undefined) {
    throw new UsageError(
      "E-CLI-FLAG",
      `Cannot run "plan": --${meaningless} means nothing for the problem ${path}, which has its own pools`,
    );
  }
  const problem = withWishes(await problemOf(path, options), options);
  const search = await openSearch(options, terminal);
  const plan = planWithin(
    search,
    () => planProblem(problem, options.text("algorithm") ?? DEFAULT_PLANNER, search.control),
  );
  const stem = path.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");
  const unsaid = problemPlanToDocument(plan, stem);
  const stopped = search.stoppedBy(unsaid.gap_bytes);
  const document = { ...unsaid, ...(stopped !== undefined && { stopped }) };
  const emit = options.text("emit");
  if (emit === "tir") {
    throw new UsageError(
      "E-CLI-FLAG",
      `Cannot run "plan": --emit tir prints a module, ${path} is a problem without one`,
      { hints: ["--emit csv and --emit problem print problems"] },
    );
  }
  if (emit !== undefined) terminal.result(emitProblem(problem, plan.placements, emit));
  else if (options.text("format") === "json") terminal.result(JSON.stringify(document, null, 2));
  else {
    const text = { colors: terminal.colors, width: terminal.width };
    const pools = document.pools.map((pool) =>
      `${pool.name}: ${formatBytes(pool.used_bytes)} of ${
        formatBytes(pool.limit_bytes)
      } used, lower bound ${formatBytes(pool.lower_bound_bytes)}`
    );
    const head = [
      `${stem}: ${problem.buffers.length} buffers, ${document.algorithm}`,
      ...pools,
      statusText(document, stopped),
    ];
    const small = problem.buffers.length <= MOST_ROWS;
    if (!small) terminal.say(`No tables for more than ${MOST_ROWS} buffers; --format json has all`);
    terminal.result([
      head.join("\n"),
      ...(small
        ? [
          allocationTable(document, undefined, text),
          lifetimePicture(document, terminal.width, text),
        ]
        : []),
    ].join("\n\n"));
  }
  return stopped === "interrupt" ? EXIT.interrupted : EXIT.ok;
}

/** Plans, and lets go of Ctrl-C however that ends. */
export function planWithin<T>(search: Search, plan: () => T): T {
  try {
    return plan();
  } finally {
    search.close();
  }
}

function withWishes(problem: PlanProblem, options: Options): PlanProblem {
  const { apart = [], together = [] } = wishesOf(options);
  return {
    ...problem,
    apart: [...problem.apart ?? [], ...apart],
    together: [...problem.together ?? [], ...together],
  };
}

/** The variables of a module's plan as a problem that plans again. */
export function emitPlan({ pools, allocations }: Plan, emit: string): string {
  const variables = allocations.filter(({ buffer }) => buffer.kind === "workspace");
  const problem = {
    pools: pools.map(({ pool }) => pool).filter(({ kind }) => kind === "workspace"),
    buffers: variables.map(({ buffer }) => buffer),
    together: variables.flatMap(({ buffer, inPlaceOf }): BufferPair[] =>
      inPlaceOf === undefined ? [] : [[buffer.name, inPlaceOf]]
    ),
  };
  const placements = variables.map(({ buffer, pool, offset }) => ({
    name: buffer.name,
    pool,
    offset,
  }));
  return emitProblem(problem, placements, emit);
}

function emitProblem(
  problem: PlanProblem,
  placements: readonly Placement[],
  emit: string,
): string {
  if (emit === "problem") return JSON.stringify(problemToDocument(problem), null, 2);
  const used = new Set(placements.map(({ pool }) => pool));
  if (used.size > 1) {
    throw new UsageError(
      "E-CLI-FLAG",
      `Cannot run "plan": --emit csv needs a plan in one pool, this one is in ${
        [...used].join(", ")
      }`,
      { hints: ["--emit problem writes JSON, which holds several pools"] },
    );
  }
  return writeProblemCsv(problem.buffers, placements).trimEnd();
}

async function problemOf(path: string, options: Options): Promise<PlanProblem> {
  const capacity = options.bytes("capacity");
  const text = new TextDecoder().decode(await readFile(path, "problem"));
  if (/\.json$/i.test(path)) {
    if (capacity !== undefined) {
      throw new UsageError(
        "E-CLI-FLAG",
        `Cannot run "plan": --capacity is for CSV, the pools of ${path} have their limits`,
      );
    }
    return readProblemJson(text, path);
  }
  if (capacity === undefined) {
    throw new UsageError("E-CLI-ARGUMENT", `Cannot run "plan": ${path} needs --capacity`, {
      hints: ["A problem in CSV does not say how many bytes there are"],
    });
  }
  return readProblemCsv(text, path, capacity);
}
