/**
 * The tables of the page; the same figures as in the terminal.
 *
 * @module
 */
import type { CheckDocument, PlanDocument, RunDocument } from "../../base/documents.ts";
import { formatAddress, formatBytes } from "../../base/units.ts";
import { kindName } from "../image.ts";
import { formatChange, formatCount, formatShare, NARROW_SPACE } from "../numbers.ts";
import { compareCycles } from "../text/compare_runs.ts";
import { unattributedCycles } from "../text/cycle_table.ts";
import { findingFacts } from "../text/findings_text.ts";
import { type RegionUsage, sumByKind } from "../usage.ts";
import type { LabelledRun } from "./cycle_plot.ts";
import { type Content, html, type Markup, markup } from "./markup.ts";

/** A column: heading, and the class of its cells. */
type Column = readonly [head: string, cells?: "number" | "mono" | "name" | "wrap"];

interface Row {
  readonly cells: readonly Content[];
  readonly emphasis?: "sub" | "sum" | undefined;
}

const KINDS = ["fetch", "read", "write"] as const;
const count = (value: number) => formatCount(value, NARROW_SPACE);

/** A name that may be broken after its underscores, dots and slashes. */
function breakable(name: string): Markup {
  const parts = name.split(/(?<=[_./:])(?=[^_./:])/);
  return html`${parts.map((part, index) => [index > 0 && markup("<wbr />"), part])}`;
}

/** Regions with their used and free bytes and the addends. */
export function regionRows(usages: readonly RegionUsage[]): Markup {
  return table(
    "Memory regions",
    [
      ["Region", "name"],
      ["Used", "number"],
      ["Size", "number"],
      ["% used", "number"],
      ["Free", "number"],
      ["Peak live", "number"],
      ["What is in it", "wrap"],
    ],
    usages.map(({ region, used, free, peakLive, tenants }) => ({
      cells: [
        breakable(region.name),
        formatBytes(used),
        formatBytes(region.length),
        formatShare(used, region.length),
        free < 0 ? html`<span class="bad">-${formatBytes(-free)}</span>` : formatBytes(free),
        peakLive === undefined ? "" : formatBytes(peakLive),
        sumByKind(tenants).map(([kind, bytes]) => `${bytes} B ${kindName(kind)}`).join(" + "),
      ],
    })),
  );
}

/** Every allocation. */
export function allocationRows(
  plan: PlanDocument,
  addresses: ReadonlyMap<string, number>,
): Markup {
  const linked = addresses.size > 0;
  return table(
    "Allocations",
    [
      ["Allocation", "name"],
      ["Pool"],
      ["Offset", "number"],
      ...(linked ? [["Address", "mono"] as const] : []),
      ["Size", "number"],
      ["Align", "number"],
      ["Uses", "number"],
      ["Spilled from"],
    ],
    plan.allocations.map((allocation, index) => {
      const base = addresses.get(allocation.pool);
      return {
        cells: [
          html`<small>#${index + 1}</small> ${breakable(allocation.name)}`,
          allocation.pool,
          allocation.offset,
          ...(linked ? [base === undefined ? "?" : formatAddress(base + allocation.offset)] : []),
          formatBytes(allocation.size),
          allocation.alignment,
          allocation.kind === "constant"
            ? "always"
            : `${allocation.first_use}..${allocation.last_use}`,
          allocation.spilled ? allocation.candidates[0] ?? "?" : "",
        ],
      };
    }),
  );
}

/** Cycles per region and kind of access; the last row is the sum. */
export function cycleRows(run: RunDocument): Markup {
  const share = (cycles: number) => formatShare(cycles, run.cycles);
  const rows: Row[] = [{ cells: ["core", "", "", count(run.core_cycles), share(run.core_cycles)] }];
  if (run.sleep_cycles !== undefined) {
    rows.push({
      cells: ["asleep", "", "", count(run.sleep_cycles), share(run.sleep_cycles)],
      emphasis: "sub",
    });
  }
  const sums = { accesses: 0, bytes: 0 };
  for (const region of run.regions) {
    const used = KINDS.filter((kind) => region[kind].accesses > 0 || region[kind].cycles > 0);
    if (used.length === 0) continue;
    const accesses = used.reduce((sum, kind) => sum + region[kind].accesses, 0);
    const bytes = used.reduce((sum, kind) => sum + region[kind].bytes, 0);
    sums.accesses += accesses;
    sums.bytes += bytes;
    rows.push({
      cells: [
        region.name,
        count(accesses),
        count(bytes),
        count(region.cycles),
        share(region.cycles),
      ],
    });
    for (const kind of used) {
      const { accesses, bytes, cycles } = region[kind];
      rows.push({
        cells: [kind, count(accesses), count(bytes), count(cycles), share(cycles)],
        emphasis: "sub",
      });
    }
  }
  const missing = unattributedCycles(run);
  if (missing !== 0) {
    rows.push({
      cells: [html`<span class="bad">unattributed</span>`, "", "", count(missing), share(missing)],
    });
  }
  rows.push({
    cells: ["total", count(sums.accesses), count(sums.bytes), count(run.cycles), share(run.cycles)],
    emphasis: "sum",
  });
  return table("Cycles per region", [
    ["Cycles of", "name"],
    ["Accesses", "number"],
    ["Bytes", "number"],
    ["Cycles", "number"],
    ["% of total", "number"],
  ], rows);
}

/** What other initiators did, by region; nothing if only the core did anything. */
export function initiatorRows(run: RunDocument): Markup {
  const used = (run.initiators ?? []).filter(({ calls }) => calls > 0);
  if (used.length === 0) return html``;
  const rows = used.flatMap((one): Row[] => {
    const share = (cycles: number) => formatShare(cycles, one.cycles);
    const kinds = ["read", "write"] as const;
    const regions = one.regions.filter((region) => kinds.some((kind) => region[kind].accesses > 0));
    return [
      { cells: [one.name, "", "", count(one.cycles), share(one.cycles)] },
      {
        cells: ["own", "", "", count(one.core_cycles), share(one.core_cycles)],
        emphasis: "sub",
      },
      ...regions.map((region): Row => {
        const sum = (key: "accesses" | "bytes") => region.read[key] + region.write[key];
        const cells = [region.name, count(sum("accesses")), count(sum("bytes"))];
        return { cells: [...cells, count(region.cycles), share(region.cycles)], emphasis: "sub" };
      }),
    ];
  });
  return table("Cycles of other initiators", [
    ["Cycles of others", "name"],
    ["Accesses", "number"],
    ["Bytes", "number"],
    ["Cycles", "number"],
    ["% of its own", "number"],
  ], rows);
}

/** The first run against each of the others. */
export function comparisonRows(runs: readonly LabelledRun[]): Markup {
  const [base, ...others] = runs;
  if (base === undefined) return html``;
  return html`${
    others.map((other) =>
      table(
        `Cycles: ${base.label} and ${other.label}`,
        [
          ["Cycles of", "name"],
          [base.label, "number"],
          [other.label, "number"],
          ["Saved", "number"],
          ["Change", "number"],
        ],
        compareCycles(base.run, other.run).map(({ name, a, b }) => {
          const tone = a > b ? "good" : a < b ? "bad" : "";
          return {
            cells: [
              name,
              count(a),
              count(b),
              html`<span class="${tone}">${count(a - b)}</span>`,
              html`<span class="${tone}">${formatChange(a, b)}</span>`,
            ],
            emphasis: name === "total" ? "sum" : undefined,
          };
        }),
      )
    )
  }`;
}

/** The most expensive functions. */
export function functionRows(run: RunDocument, top: number): Markup {
  const ordered = run.functions.toSorted((a, b) => b.cycles - a.cycles);
  const shown = ordered.slice(0, top);
  const rest = ordered.slice(top);
  const line = (name: string, cycles: number, instructions: number): Row => ({
    cells: [
      breakable(name),
      count(cycles),
      formatShare(cycles, run.cycles),
      count(instructions),
      instructions === 0 ? "" : (cycles / instructions).toFixed(2),
    ],
  });
  const sum = (field: "cycles" | "instructions") =>
    rest.reduce((total, entry) => total + entry[field], 0);
  return table("Functions", [
    ["Function", "name"],
    ["Cycles", "number"],
    ["% of total", "number"],
    ["Instructions", "number"],
    ["CPI", "number"],
  ], [
    ...shown.map((entry) => line(entry.name, entry.cycles, entry.instructions)),
    ...(rest.length === 0
      ? []
      : [line(`${rest.length} others`, sum("cycles"), sum("instructions"))]),
  ]);
}

/** Every section with its addresses. */
export function placementRows(check: CheckDocument): Markup {
  return table(
    "Sections of the linked ELF",
    [
      ["Section", "name"],
      ["Size", "number"],
      ["VMA", "mono"],
      ["LMA", "mono"],
      ["Region"],
      ["Expected"],
      ["Right"],
    ],
    check.placements.map((placement) => ({
      cells: [
        breakable(placement.section),
        formatBytes(placement.size),
        formatAddress(placement.vma),
        placement.lma === placement.vma ? "=" : formatAddress(placement.lma),
        placement.region ?? "none",
        placement.expected ?? "any",
        placement.ok ? html`<span class="good">✓</span>` : html`<span class="bad">✗ no</span>`,
      ],
    })),
  );
}

/** Findings as a list, with the verdict above it. */
export function findingList(check: CheckDocument): Markup {
  const order = check.findings.toSorted((a, b) => a.severity.localeCompare(b.severity));
  return html`<p class="verdict${check.ok ? "" : " bad"}">${
    check.ok ? "Passed" : "Failed"
  }: ${check.placements.length} sections, ${check.findings.length} findings</p>
<ul class="findings">${
    order.map((finding) =>
      html`
        <li class="${finding.severity}"><b>${finding.severity}[${finding.code}]</b> ${finding
          .message}${findingFacts(finding).map((fact) => html`<small>${fact}</small>`)}</li>
      `
    )
  }</ul>`;
}

/** A table that scrolls by itself where the page is too narrow. */
export function table(title: string, columns: readonly Column[], rows: readonly Row[]): Markup {
  return html`
    <div class="scroll" role="region" aria-label="${title}" tabindex="0">
      <table>
        <thead>
          <tr>${columns.map(([head, cells]) =>
            html`<th scope="col" class="${cells ?? ""}">${head}</th>`
          )}</tr>
        </thead>
        <tbody>${rows.map(({ cells, emphasis }) =>
          html`
            <tr class="${emphasis ?? ""}">${cells.map((cell, index) =>
              html`<td class="${columns[index]?.[1] ?? ""}">${cell}</td>`
            )}</tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}
