/**
 * `pinmap plan --compare A,B,C`: several algorithms on one problem.
 *
 * @module
 */
import type { CompareDocument, ComparedPlan, PlanDocument } from "../base/documents.ts";
import { InfeasibleError, UsageError } from "../base/error.ts";
import { findPlanner } from "../plan/mod.ts";
import type { PlanControl } from "../plan/types.ts";
import { compareTable } from "../report/mod.ts";
import { comparePage } from "../report/page.ts";
import { EXIT } from "./command.ts";
import { writeFile } from "./inputs.ts";
import type { Options } from "./options.ts";
import { openSearch, type StopReason } from "./search.ts";
import type { Terminal } from "./terminal.ts";

/** What is to be compared. */
export interface Comparison {
  /** Heading of the page. */
  readonly title: string;
  /** Name of the board; empty without one. */
  readonly board: string;
  /** Name of the module or the problem. */
  readonly module: string;
  /** Plans with an algorithm. */
  readonly plan: (algorithm: string, control: PlanControl | undefined) => PlanDocument;
}

/**
 * Names of `--compare`.
 *
 * @param options Flags of `pinmap plan`
 * @returns Names of two planners or more; nothing without the flag
 * @throws {UsageError} If there is no such planner, a name is there twice, there is one only, or another flag
 *   says something else
 */
export function comparedAlgorithms(options: Options): readonly string[] | undefined {
  const text = options.text("compare");
  if (text === undefined) return undefined;
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) findPlanner(name);
  if (names.length < 2 || new Set(names).size !== names.length) {
    throw new UsageError(
      "E-CLI-VALUE",
      `Cannot read --compare: "${text}", needs two or more different algorithms such as greedy_by_size,exact`,
    );
  }
  const other = ["algorithm", "emit", "emit-tflite", "objective", "profile"].find((name) =>
    options.given(name)
  );
  if (other !== undefined) {
    throw new UsageError(
      "E-CLI-FLAG",
      `Cannot run "plan": --compare and --${other} exclude each other`,
    );
  }
  return names;
}

/**
 * Plans with each algorithm and prints what they come to.
 *
 * @param algorithms Names of planners
 * @param comparison What is compared
 * @param options Flags of `pinmap plan`
 * @param terminal Where words go
 * @returns The exit code: infeasible only if none of them found a plan
 */
export async function runCompare(
  algorithms: readonly string[],
  comparison: Comparison,
  options: Options,
  terminal: Terminal,
): Promise<number> {
  const limit = ["time-limit", "node-limit"].find((name) => options.given(name));
  if (limit !== undefined && !algorithms.some((name) => findPlanner(name).searches === true)) {
    throw new UsageError(
      "E-CLI-FLAG",
      `Cannot limit ${algorithms.join(", ")} with --${limit}: none of them searches`,
      { hints: ["exact does"] },
    );
  }
  const results: ComparedPlan[] = [];
  let failure: InfeasibleError | undefined;
  let stopped: StopReason | undefined;
  for (const algorithm of algorithms) {
    terminal.progress(`Planning with ${algorithm}`);
    const searches = findPlanner(algorithm).searches === true;
    const search = searches ? await openSearch(options, terminal, algorithm) : undefined;
    const start = performance.now();
    const done = () => Math.round(performance.now() - start);
    try {
      const plan = comparison.plan(algorithm, search?.control);
      const reason = search?.stoppedBy(plan.gap_bytes);
      stopped ??= reason === "interrupt" ? reason : undefined;
      results.push({
        algorithm,
        status: plan.status,
        milliseconds: done(),
        plan: { ...plan, ...(reason !== undefined && { stopped: reason }) },
        message: null,
      });
    } catch (error) {
      if (!(error instanceof InfeasibleError)) throw error;
      failure ??= error;
      const milliseconds = done();
      const { message } = error;
      results.push({ algorithm, status: "infeasible", milliseconds, plan: null, message });
    } finally {
      search?.close();
    }
    if (stopped !== undefined) break;
  }
  // One explanation serves all: it names the planners that would find a layout.
  if (failure !== undefined && results.every(({ plan }) => plan === null)) throw failure;
  const { board, module, title } = comparison;
  const document: CompareDocument = { schema: "pinmap/compare-1", board, module, results };
  const html = options.text("html");
  if (html !== undefined) {
    terminal.progress("Drawing");
    await writeFile(html, await comparePage({ title, comparison: document }));
    terminal.say(`Wrote ${html}`);
  }
  terminal.result(
    options.text("format") === "json"
      ? JSON.stringify(document, null, 2)
      : compareTable(document, { colors: terminal.colors, width: terminal.width }),
  );
  return stopped === undefined ? EXIT.ok : EXIT.interrupted;
}
