/**
 * Limits of planners that search: `--time-limit`, `--node-limit`, Ctrl-C, and the progress line. The core
 * has neither clock nor signals; they are its `shouldStop`.
 *
 * @module
 */
import { UsageError } from "../base/error.ts";
import { formatBytes } from "../base/units.ts";
import { DEFAULT_PLANNER, planners } from "../plan/mod.ts";
import type { PlanControl, PlanProgress } from "../plan/types.ts";
import type { Options } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** Why a search ended before it was done. */
export type StopReason = "time" | "nodes" | "interrupt";

/** A search's limits while it runs. */
export interface Search {
  /** For the planner; nothing if it does not search. */
  readonly control: PlanControl | undefined;
  /**
   * Why the search ended.
   *
   * @param gap Bytes between plan and bound; with 0 it was done
   */
  stoppedBy(gap: number): StopReason | undefined;
  /** Lets go of Ctrl-C. */
  close(): void;
}

/** Progress lines on a stderr that is no terminal: one at most in so many ms. */
const LINE_EVERY_MS = 1000;

const UNITS: ReadonlyMap<string, number> = new Map([["ms", 1], ["s", 1000], ["m", 60_000]]);

/**
 * Reads the flags.
 *
 * @param options Flags
 * @param terminal Where progress goes
 * @param interrupt Cell that becomes positive at Ctrl-C
 * @param name Name of the planner; by default that of `--algorithm`
 * @returns Limits; the time runs from now on
 * @throws {UsageError} If a value makes no sense, or the planner knows no limits
 */
export function limitsOf(
  options: Options,
  terminal: Terminal,
  interrupt?: Int32Array,
  name: string = options.text("algorithm") ?? DEFAULT_PLANNER,
): Search {
  const time = timeOf(options.text("time-limit"));
  const nodeLimit = options.count("node-limit");
  const isByCycles = options.text("objective") === "cycles";
  // A name that is no planner's is reported by whoever plans.
  if (!isByCycles && planners.get(name)?.searches !== true) {
    const flag = ["time-limit", "node-limit"].find((one) => options.given(one));
    if (flag === undefined) {
      return { control: undefined, stoppedBy: () => undefined, close: () => {} };
    }
    throw new UsageError("E-CLI-FLAG", `Cannot limit ${name} with --${flag}: it does not search`, {
      hints: ["--algorithm exact and --objective cycles do"],
    });
  }
  const isLimited = time !== undefined || nodeLimit !== undefined;
  const end = time === undefined ? Infinity : performance.now() + time;
  let stopped: StopReason | undefined;
  let nextLine = performance.now() + LINE_EVERY_MS;
  const onProgress = (progress: PlanProgress) => {
    const text = progressText(progress);
    if (Deno.stderr.isTerminal()) return terminal.progress(text);
    if (!isLimited || options.flag("no-progress") || performance.now() < nextLine) return;
    nextLine = performance.now() + LINE_EVERY_MS;
    terminal.say(text);
  };
  const control = {
    // Without a limit the planner has its own.
    ...(isLimited && { nodeLimit: nodeLimit ?? Infinity }),
    shouldStop: () => {
      if (interrupt !== undefined && Atomics.load(interrupt, 0) > 0) stopped = "interrupt";
      else if (performance.now() >= end) stopped = "time";
      return stopped !== undefined;
    },
    onProgress,
  };
  return {
    control,
    stoppedBy: (gap) => stopped ?? (nodeLimit !== undefined && gap > 0 ? "nodes" : undefined),
    close: () => {},
  };
}

/**
 * Reads the flags and takes over Ctrl-C: a search that runs to its end never returns to the event loop, so a
 * worker waits for the signal.
 *
 * @param options Flags
 * @param terminal Where progress goes
 * @param name Name of the planner; by default that of `--algorithm`
 * @returns Limits; to be closed
 */
export async function openSearch(
  options: Options,
  terminal: Terminal,
  name?: string,
): Promise<Search> {
  const interrupt = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const search = limitsOf(options, terminal, interrupt, name);
  if (search.control === undefined) return search;
  const worker = new Worker(new URL("./interrupt_worker.ts", import.meta.url), { type: "module" });
  await new Promise((ready) => {
    worker.onmessage = ready;
    worker.postMessage(interrupt);
  });
  return { ...search, close: () => worker.terminate() };
}

/** One line on how far a search is. */
export function progressText({ pool, incumbent, bound, gap, nodes }: PlanProgress): string {
  const best = incumbent === undefined ? "none yet" : formatBytes(incumbent);
  const open = gap === undefined ? "" : `, gap ${formatBytes(gap)}`;
  return `${pool}: best ${best}, bound ${formatBytes(bound)}${open}, ${nodes} nodes`;
}

/**
 * One line on what a search came to.
 *
 * @param document Status and gap of the plan
 * @param stopped Why the search ended early
 */
export function statusText(
  { status, gap_bytes: gap }: { readonly status: string; readonly gap_bytes: number },
  stopped: StopReason | undefined,
): string {
  if (status === "optimal") return "optimal: no plan uses fewer bytes in these pools";
  if (gap === 0) {
    return "feasible: no layout of these pools uses fewer bytes, but buffers left their first pool, " +
      "and another choice of those might";
  }
  const why = {
    time: ", stopped by --time-limit",
    nodes: ", stopped by --node-limit",
    interrupt: ", stopped by Ctrl-C",
  };
  return `feasible: at most ${formatBytes(gap)} above the best possible${
    stopped === undefined ? "" : why[stopped]
  }`;
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)\s*(ms|s|m)?$/.exec(text) ?? [];
  const time = Number(number) * (UNITS.get(unit) ?? NaN);
  if (Number.isFinite(time) && time > 0) return time;
  throw new UsageError(
    "E-CLI-VALUE",
    `Cannot read --time-limit: "${text}", needs a time such as 10s, 500ms or 2m`,
  );
}
