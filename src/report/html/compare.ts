/**
 * The page that compares algorithms: a table, and the lifetime pictures of each pool side by side.
 *
 * @module
 */
import type { CompareDocument, PlanDocument } from "../../base/documents.ts";
import { COMPARED_COLUMNS, comparedPools } from "../text/compare_plans.ts";
import { lifetimePlot } from "./lifetime_plot.ts";
import { html, type Markup } from "./markup.ts";
import { NARROW } from "./picture.ts";
import { pageOf, section } from "./shell.ts";
import { table } from "./tables.ts";

/** What the page is made of. */
export interface ComparePageInput {
  /** Heading. */
  readonly title: string;
  /** Plans to compare. */
  readonly comparison: CompareDocument;
}

/**
 * Makes the page.
 *
 * @param input Heading and plans
 * @returns HTML text that is well-formed XML too; no scripts, nothing loaded from anywhere
 */
export function comparePage({ title, comparison }: ComparePageInput): string {
  const { board, module, results } = comparison;
  const plans = results.flatMap(({ plan }) => plan === null ? [] : [plan]);
  const header = html`
    <h1>${title}</h1>
    <dl class="facts">
      ${board !== "" && html`
        <dt>Board</dt>
        <dd>${board}</dd>
      `}
      <dt>Module</dt><dd>${module}</dd>
      <dt>Algorithms</dt><dd>${results.map(({ algorithm }) => algorithm).join(", ")}</dd>
    </dl>
  `;
  return pageOf(title, header, [
    section("Algorithms", [
      table(
        "Algorithms",
        COMPARED_COLUMNS.map(([, { head, align }]) =>
          align === "right" ? [head, "number"] : [head]
        ),
        comparedPools(comparison).map((row) => ({
          cells: COMPARED_COLUMNS.map(([key]) => row[key]),
        })),
      ),
      ...results.filter(({ message }) => message !== null).map(({ algorithm, message }) =>
        html`<p class="aside">${algorithm}: ${message ?? ""}</p>`
      ),
    ]),
    section("Lifetimes", [
      html`
        <p
          class="aside">A rectangle is a buffer: as wide as the statements in which it is live, as high as its size. All pictures of a pool have one scale, and a buffer has one colour in all of them.</p>
      `,
      ...poolNames(plans).map((name) => sideBySide(name, plans)),
    ]),
  ]);
}

/** Workspace pools with something in them; parameters are live always, so their pictures would say nothing. */
function poolNames(plans: readonly PlanDocument[]): readonly string[] {
  const pools = plans.flatMap((plan) => plan.pools)
    .filter(({ kind, used_bytes }) => kind === "workspace" && used_bytes > 0);
  return [...new Set(pools.map(({ name }) => name))];
}

function sideBySide(name: string, plans: readonly PlanDocument[]): Markup {
  const pools = plans.flatMap(({ pools }) => pools.filter((pool) => pool.name === name));
  const highest = Math.max(...pools.map((pool) => pool.used_bytes));
  return html`
    <h3>${name} <small>${pools[0]?.kind} pool${pools[0]?.region === name
      ? ""
      : ` in ${pools[0]?.region}`}</small></h3>
    <div class="side">${plans.map((plan) => {
      const pool = plan.pools.find((one) => one.name === name);
      return pool === undefined
        ? html``
        : lifetimePlot(plan, pool, undefined, { heading: plan.algorithm, highest, width: NARROW });
    })}</div>
  `;
}
