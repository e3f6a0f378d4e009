/**
 * Several plans of one problem as a table.
 *
 * @module
 */
import type { CompareDocument, ComparedPlan } from "../../base/documents.ts";
import { formatBytes } from "../../base/units.ts";
import { formatShare } from "../numbers.ts";
import { printable, styleOf, type TextOptions } from "./style.ts";
import { type Column, table } from "./table.ts";

/** A row: what an algorithm came to in one pool. */
export interface ComparedPool {
  /** Planner; empty in all rows of it but the first. */
  readonly algorithm: string;
  /** Pool. */
  readonly pool: string;
  /** Highest end of a buffer, with the share of the limit. */
  readonly peak: string;
  /** What no layout of its buffers can do without. */
  readonly bound: string;
  /** What is between the two. */
  readonly gap: string;
  /** Buffers that are not in their first pool. */
  readonly spilled: string;
  /** `optimal`, `feasible`, or why there is no plan. */
  readonly status: string;
  /** Time that planning took. */
  readonly time: string;
}

/** Rows of a comparison, pools in which nobody has anything left out. */
export function comparedPools({ results }: CompareDocument): readonly ComparedPool[] {
  const used = new Set(
    results.flatMap(({ plan }) => plan?.pools ?? [])
      .filter((pool) => pool.used_bytes > 0).map(({ name }) => name),
  );
  return results.flatMap((result) => rowsOf(result, used));
}

function rowsOf(
  { algorithm, status, milliseconds, plan, message }: ComparedPlan,
  used: ReadonlySet<string>,
): readonly ComparedPool[] {
  const time = `${milliseconds} ms`;
  if (plan === null) {
    const none = { pool: "", peak: "", bound: "", gap: "", spilled: "" };
    // The rest of the sentence is in the error that this algorithm alone gives.
    const why = (message ?? "").replace(/: .*/s, "");
    return [{ algorithm, ...none, status: `${status}: ${why}`, time }];
  }
  const { stopped } = plan;
  return plan.pools.filter(({ name }) => used.has(name)).map((pool, i): ComparedPool => {
    const { name, used_bytes, limit_bytes, lower_bound_bytes } = pool;
    const spilled = plan.allocations.filter((one) => one.pool === name && one.spilled).length;
    return {
      algorithm: i === 0 ? algorithm : "",
      pool: name,
      peak: `${formatBytes(used_bytes)} ${formatShare(used_bytes, limit_bytes)}`,
      bound: formatBytes(lower_bound_bytes),
      gap: formatBytes(used_bytes - lower_bound_bytes),
      spilled: spilled === 0 ? "" : String(spilled),
      status: i === 0 ? `${status}${stopped === undefined ? "" : ` (${stopped})`}` : "",
      time: i === 0 ? time : "",
    };
  });
}

/** Headings of {@linkcode ComparedPool}, in order. */
export const COMPARED_COLUMNS: readonly (readonly [keyof ComparedPool, Column])[] = [
  ["algorithm", { head: "Algorithm", align: "left" }],
  ["pool", { head: "Pool", align: "left" }],
  ["peak", { head: "Peak, of the limit", align: "right" }],
  ["bound", { head: "Lower bound", align: "right" }],
  ["gap", { head: "Gap", align: "right" }],
  ["spilled", { head: "Spilled", align: "right" }],
  ["time", { head: "Time", align: "right" }],
  ["status", { head: "Status", align: "left" }],
];

/**
 * Prints what several algorithms came to.
 *
 * @param comparison Their plans
 * @param options How to print
 * @returns Lines without a final newline
 */
export function compareTable(comparison: CompareDocument, options?: TextOptions): string {
  return table(
    COMPARED_COLUMNS.map(([, column]) => column),
    comparedPools(comparison).map((row) => COMPARED_COLUMNS.map(([key]) => printable(row[key]))),
    styleOf(options),
  );
}
