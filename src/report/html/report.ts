/**
 * The whole page: one file that needs nothing else, to be mailed, archived or attached to a build.
 *
 * @module
 */
import type { CheckDocument, PlanDocument, RunDocument } from "../../base/documents.ts";
import { formatBytes } from "../../base/units.ts";
import type { Board } from "../../board/types.ts";
import { type Image, imageOf } from "../image.ts";
import { formatChange, formatCount, formatShare, NARROW_SPACE } from "../numbers.ts";
import { type RegionUsage, regionUsage } from "../usage.ts";
import { cyclePlot, type LabelledRun } from "./cycle_plot.ts";
import { lifetimePlot } from "./lifetime_plot.ts";
import { type Content, html, type Markup, markup } from "./markup.ts";
import { memoryMap } from "./memory_map.ts";
import { STYLE } from "./style.ts";
import {
  allocationRows,
  comparisonRows,
  cycleRows,
  findingList,
  functionRows,
  initiatorRows,
  placementRows,
  regionRows,
} from "./tables.ts";

/** What a page is made of; each part that is missing leaves out its sections. */
export interface HtmlReportInput {
  /** Heading. */
  readonly title: string;
  /** The board. */
  readonly board: Board;
  /** Path of the ELF file as the user gave it. */
  readonly elf?: string | undefined;
  /** The plan. */
  readonly plan?: PlanDocument | undefined;
  /** The run; by default the last of `runs`. */
  readonly run?: RunDocument | undefined;
  /** The placement check. */
  readonly check?: CheckDocument | undefined;
  /** The linked image; by default what `check` tells of it. */
  readonly image?: Image | undefined;
  /** Runs to compare; what the others save is counted against the first. */
  readonly runs?: readonly LabelledRun[] | undefined;
}

const TOP_FUNCTIONS = 15;
const HZ_PER_MHZ = 1e6;
const MS_PER_S = 1e3;

/** Nothing may be loaded and no script may run, whatever a name in the page contains. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/**
 * Makes the page.
 *
 * @param input What is known
 * @returns HTML text that is well-formed XML too; no scripts, nothing loaded from anywhere
 */
export function htmlReport(input: HtmlReportInput): string {
  const { board, plan, check, runs = [] } = input;
  const run = input.run ?? runs.at(-1)?.run;
  const image = input.image ?? (check === undefined ? undefined : imageOf(check));
  const compared = runs.length > 0 ? runs : run === undefined ? [] : [{ label: "this run", run }];
  const usages = regionUsage(board, plan, image);
  const addresses = image?.poolAddresses ?? new Map<string, number>();
  const page = html`
    <!DOCTYPE html>
    <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="${markup(POLICY)}" />
        <title>${input.title}</title>
        <style>${markup(STYLE)}</style>
      </head>
      <body>
        <header>
    <h1>${input.title}</h1>
    ${facts(input, run)}
    ${tiles(input, run, usages)}
        </header>
        <main>
    ${(plan !== undefined || image !== undefined) &&
      section("Memory", [memoryMap(board, usages), regionRows(usages)])}
    ${plan !== undefined &&
      section("Lifetimes", [
        html`
          <p
            class="aside">A rectangle is a buffer: as wide as the statements in which it is live, as high as its size. Where its name has no room, its number in the table of allocations stands for it.</p>
        `,
        ...plan.pools.filter((pool) => pool.used_bytes > 0).map((pool) =>
          lifetimePlot(plan, pool, addresses.get(pool.name))
        ),
      ])}
    ${run !== undefined &&
      section("Cycles", [
        html`
          <p
            class="aside">Timing model ${run
              .timing_model}. Every cycle is counted once: for the core, or for the region that it waited for.</p>
        `,
        cyclePlot(compared),
        comparisonRows(runs),
        runs.length > 1 && html`<h3>${labelOf(runs, run)}, in detail</h3>`,
        cycleRows(run),
        initiatorRows(run),
      ])}
    ${run !== undefined && section("Functions", [functionRows(run, TOP_FUNCTIONS)])}
    ${plan !== undefined && section("Allocations", [allocationRows(plan, addresses)])}
    ${check !== undefined && section("Placement check", [findingList(check), placementRows(check)])}
    ${run !== undefined && run.notes.length > 0 &&
      section("Notes", [
        html`<ul class="notes">${run.notes.map((note) => html`<li>${note}</li>`)}</ul>`,
      ])}
        </main>
        <footer>Made by pinmap. Sizes are in bytes and binary units; addresses are hexadecimal.</footer>
      </body>
    </html>
  `;
  return page.markup;
}

function section(title: string, parts: readonly Content[]): Markup {
  return html`<section>
<h2>${title}</h2>
${parts}
</section>`;
}

function labelOf(runs: readonly LabelledRun[], run: RunDocument): string {
  return runs.find((entry) => entry.run === run)?.label ?? "This run";
}

/** What the page is about. */
function facts(input: HtmlReportInput, run: RunDocument | undefined): Markup {
  const { board, plan, check, elf } = input;
  const { core, revision, clockHz } = board.cpu;
  const digest = run?.elf_sha256 ?? check?.elf_sha256;
  const lines: readonly (readonly [string, Content])[] = [
    ["Board", `${board.name}: ${board.title}`],
    ["Core", `${core}${revision === undefined ? "" : ` ${revision}`}, ${clockHz / HZ_PER_MHZ} MHz`],
    ["Module", plan?.module],
    ["Plan", plan === undefined ? undefined : `${plan.algorithm}, ${plan.status}`],
    ["ELF", elf],
    ["SHA-256", digest === undefined ? undefined : html`<code>${digest}</code>`],
    ["Engine", run?.engine],
    ["Timing model", run?.timing_model],
    ["Ended by", run === undefined ? undefined : ending(run)],
  ];
  return html`<dl class="facts">${
    lines.filter(([, value]) => value !== undefined)
      .map(([name, value]) =>
        html`
          <dt>${name}</dt>
          <dd>${value}</dd>
        `
      )
  }</dl>`;
}

function ending({ exit }: RunDocument): string {
  const message = exit.message === undefined ? "" : `: ${exit.message}`;
  return `${exit.reason}, code ${exit.code}${message}`;
}

/** The figures that a reader looks for first. */
function tiles(
  input: HtmlReportInput,
  run: RunDocument | undefined,
  usages: readonly RegionUsage[],
): Markup {
  const { board, check, plan, runs = [] } = input;
  const found: Markup[] = [];
  if (run !== undefined && run.inferences.length > 0) {
    const cycles = run.inferences.reduce((sum, entry) => sum + entry.cycles, 0) /
      run.inferences.length;
    const ms = MS_PER_S * cycles / board.cpu.clockHz;
    found.push(
      tile(formatCount(Math.round(cycles), NARROW_SPACE), "cycles an inference"),
      tile(`${ms.toPrecision(3)} ms`, `an inference at ${board.cpu.clockHz / HZ_PER_MHZ} MHz`),
    );
  } else if (run !== undefined) {
    found.push(tile(formatCount(run.cycles, NARROW_SPACE), "cycles"));
  }
  const base = runs[0];
  if (run !== undefined && base !== undefined && base.run !== run) {
    const tone = run.cycles < base.run.cycles ? "good" : run.cycles > base.run.cycles ? "bad" : "";
    found.push(
      tile(formatChange(base.run.cycles, run.cycles), `cycles against ${base.label}`, tone),
    );
  }
  // A region that others have reserved is full, and says nothing about the program.
  const [fullest] = usages.filter(({ tenants }) => tenants.some(({ kind }) => kind !== "reserved"))
    .toSorted((a, b) => b.used / b.region.length - a.used / a.region.length);
  if (fullest !== undefined && (plan !== undefined || check !== undefined)) {
    const { region, used, free } = fullest;
    found.push(
      tile(
        formatShare(used, region.length),
        `of ${region.name} used, the fullest region`,
        free < 0 ? "bad" : "",
      ),
    );
  }
  if (run?.stack !== undefined) {
    const { region, used, size } = run.stack;
    found.push(
      tile(
        formatBytes(used),
        `of ${formatBytes(size)} stack in ${region}`,
        used > size ? "bad" : "",
      ),
    );
  }
  if (check !== undefined) {
    found.push(tile(check.ok ? "passed" : "failed", "placement check", check.ok ? "good" : "bad"));
  }
  return found.length === 0 ? html`` : html`<div class="tiles">${found}</div>`;
}

function tile(value: string, caption: string, tone = ""): Markup {
  return html`
    <div class="tile ${tone}"><b>${value}</b><span>${caption}</span></div>
  `;
}
