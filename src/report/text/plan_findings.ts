/**
 * What stands in the way of a plan: the buffers as a table, with the pools and the bytes.
 *
 * @module
 */
import type { PlanFinding } from "../../base/documents.ts";
import { formatBytes } from "../../base/units.ts";
import { printable, type Style } from "./style.ts";
import { table } from "./table.ts";

/** Buffers that a terminal shows; JSON has all. */
const MOST_ROWS = 12;
const INDENT = " ".repeat(8);

/**
 * Prints a finding.
 *
 * @param finding What stands in the way
 * @param style Colours
 * @returns Lines, to stand below the message of an error
 */
export function planFindingLines(finding: PlanFinding, style: Style): readonly string[] {
  const { code, message, pools, proof } = finding;
  const shown = finding.buffers.slice(0, MOST_ROWS);
  const more = finding.buffers.length - shown.length;
  const hasPlaces = shown.some(({ offset }) => offset !== null);
  // Alignments matter where the bytes alone do not decide.
  const isAligned = proof !== "bound" && shown.some(({ alignment }) => alignment > 1);
  const buffers = table(
    [
      { head: "Buffer", align: "left" },
      { head: "Size", align: "right" },
      ...(isAligned ? [{ head: "Aligned to", align: "right" as const }] : []),
      { head: "Live", align: "left" },
      { head: "May go into", align: "left" },
      ...(hasPlaces ? [{ head: "At offset", align: "right" as const }] : []),
    ],
    shown.map(({ name, size, alignment, intervals, candidates, offset }) => [
      printable(name),
      formatBytes(size),
      ...(isAligned ? [String(alignment)] : []),
      liveText(intervals),
      printable(candidates.join(", ")),
      ...(hasPlaces ? [offset === null ? "any" : String(offset)] : []),
    ]),
    style,
  );
  const rows = table(
    [
      { head: "Pool", align: "left" },
      { head: "Limit", align: "right" },
      {
        head: pools.length > 1 ? "Needed, the others as they are" : "Needed",
        align: "right",
      },
    ],
    pools.map(({ name, limit_bytes, needed_bytes }) => [
      printable(name),
      formatBytes(limit_bytes),
      needed_bytes === null ? "" : formatBytes(needed_bytes),
    ]),
    style,
  );
  const tables = [
    ...(shown.length > 0 ? buffers.split("\n") : []),
    ...(more > 0 ? [`and ${more} more, see --format json`] : []),
    ...(pools.some(({ needed_bytes }) => needed_bytes !== null) ? rows.split("\n") : []),
  ];
  return [
    `${style.colors.cyan(`= why[${code}]:`)} ${printable(message)}`,
    ...[proofText(finding), ...tables].map((line) => `${INDENT}${line}`),
  ];
}

/** How sure it is, and that nothing here is beside the point. */
function proofText({ proof, irreducible, buffers, code }: PlanFinding): string {
  if (code === "P-PLANNER") return "a search found one: the planner is in the way, not the pools";
  if (proof === null) return "not proved: another planner or a higher limit may find a layout";
  if (proof === "rule") return "proved: no planner can help";
  const how = proof === "bound" ? "by the bytes alone" : "by a search that tried all layouts";
  if (buffers.length === 1) return `proved ${how}: it fits nowhere, even alone`;
  return irreducible
    ? `proved ${how}: these ${buffers.length} do not fit together; without any one of them the others do`
    : `proved ${how}: these ${buffers.length} do not fit together; whether fewer do not either is not proved, the search stopped at its limit`;
}

function liveText(intervals: PlanFinding["buffers"][number]["intervals"]): string {
  if (intervals.length === 0) return "always";
  const shown = intervals.slice(0, 3).map(([first, last]) =>
    first === last ? `${first}` : `${first}–${last}`
  );
  return shown.join(", ") + (intervals.length > shown.length ? ", …" : "");
}
