/**
 * Lifetimes as a picture of characters: addresses from left to right, statements from top to bottom,
 * one picture a pool. The idea is that of TensorFlow Lite Micro's `PrintMemoryPlan`; statements in which
 * nothing changes share a line, buffers carry their names, and live bytes stand beside them.
 *
 * @module
 */
import type { PlanDocument } from "../../base/documents.ts";
import { formatBytes } from "../../base/units.ts";
import { printable, shorten, type Style, styleOf, type TextOptions } from "./style.ts";

type PoolDocument = PlanDocument["pools"][number];
type AllocationDocument = PlanDocument["allocations"][number];

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** From this share of the limit on, the picture ends at the limit, else where the pool ends. */
const SHOW_LIMIT_FROM = 0.5;

/**
 * Draws when each buffer of a plan lives and where. A buffer is `[a name   ]`, or its letter alone where
 * there is no room; a list of the letters follows. Constants live always and have one line.
 *
 * @param plan The plan
 * @param width Columns, ≥ 40
 * @param options `ascii` uses `.` instead of `·` for free bytes
 * @returns One picture a pool that holds something, separated by empty lines
 */
export function lifetimePicture(
  plan: PlanDocument,
  width = 80,
  options: TextOptions = {},
): string {
  const style = styleOf({ ...options, width });
  return plan.pools.filter((pool) => pool.used_bytes > 0).map((pool) => {
    const members = plan.allocations.filter((allocation) => allocation.pool === pool.name);
    return drawPool(pool, members, style);
  }).join("\n\n");
}

function drawPool(
  pool: PoolDocument,
  members: readonly AllocationDocument[],
  style: Style,
): string {
  const { colors } = style;
  const byAddress = members.toSorted((a, b) => a.offset - b.offset || a.first_use - b.first_use);
  const letters = new Map(byAddress.map((member, index) => [member, letterOf(index)]));
  const spans = pool.kind === "constant" ? [{ first: 0, last: 0 }] : steadySpans(members);
  const labels = spans.map(({ first, last }) =>
    pool.kind === "constant" ? "always" : first === last ? `${first}` : `${first}..${last}`
  );
  const labelWidth = Math.max("step".length, ...labels.map((label) => label.length));
  const liveWidth = Math.max("live bytes".length, String(pool.used_bytes).length);
  const cells = style.width - labelWidth - liveWidth - 4;
  const bytes = pool.used_bytes >= SHOW_LIMIT_FROM * pool.limit_bytes
    ? Math.max(pool.limit_bytes, pool.used_bytes)
    : pool.used_bytes;
  const lines = spans.map(({ first }, index) => {
    const live = pool.kind === "constant"
      ? byAddress
      : byAddress.filter((member) => member.first_use <= first && first <= member.last_use);
    const sum = live.reduce((total, member) => total + member.size, 0);
    const row = drawRow(live, letters, bytes, cells, style);
    const atPeak = pool.kind === "workspace" && sum === pool.lower_bound_bytes;
    const liveText = String(sum).padStart(liveWidth);
    return `${(labels[index] ?? "").padStart(labelWidth)}  ${row}  ${
      atPeak ? colors.yellow(liveText) : liveText
    }`;
  });
  const scale = `0${formatBytes(bytes).padStart(cells - 1)}`;
  return [
    ...poolHeading(pool, style),
    colors.dim(`${"step".padStart(labelWidth)}  ${scale}  ${"live bytes".padStart(liveWidth)}`),
    ...lines,
    ...wrapKey(
      [...letters].map(([member, letter]) => `${letter} ${printable(member.name)}`),
      style,
    ),
  ].join("\n");
}

function poolHeading(pool: PoolDocument, { colors }: Style): readonly string[] {
  const region = pool.region === pool.name ? "" : ` in ${printable(pool.region)}`;
  const floor = pool.kind === "workspace"
    ? `, lower bound ${formatBytes(pool.lower_bound_bytes)}`
    : "";
  return [
    colors.bold(`${printable(pool.name)}${region}: ${pool.kind} pool`),
    `${formatBytes(pool.used_bytes)} of ${formatBytes(pool.limit_bytes)} used${floor}`,
  ];
}

/** Spans of statements, both ends included, within which the same buffers are live. */
function steadySpans(
  members: readonly AllocationDocument[],
): readonly { readonly first: number; readonly last: number }[] {
  const starts = new Set(members.flatMap((member) => [member.first_use, member.last_use + 1]));
  const ordered = [...starts].sort((a, b) => a - b);
  return ordered.slice(0, -1).map((first, index) => ({
    first,
    last: (ordered[index + 1] ?? first + 1) - 1,
  }));
}

/** A character for every cell; each live buffer is drawn from its first cell to its last. */
function drawRow(
  live: readonly AllocationDocument[],
  letters: ReadonlyMap<AllocationDocument, string>,
  bytes: number,
  cells: number,
  { ascii, colors }: Style,
): string {
  const free = ascii ? "." : "·";
  let row = "";
  let column = 0;
  for (const member of live) {
    // Rounding a byte's position the same way for ends and beginnings keeps neighbours apart.
    const from = Math.max(column, Math.round(cells * member.offset / bytes));
    const to = Math.min(
      cells,
      Math.max(from + 1, Math.round(cells * (member.offset + member.size) / bytes)),
    );
    if (to <= from) continue;
    row += colors.dim(free.repeat(from - column));
    row += drawBuffer(printable(member.name), letters.get(member) ?? "?", to - from, ascii);
    column = to;
  }
  return row + colors.dim(free.repeat(cells - column));
}

function drawBuffer(name: string, letter: string, width: number, ascii: boolean): string {
  if (width < 3) return letter.repeat(width);
  const room = width - 2;
  const text = room >= 5 ? `${letter} ${shorten(name, room - 2, ascii)}` : letter;
  return `[${text.padEnd(room)}]`;
}

/** a to z, A to Z, 0 to 9, then from a again: the key has the names in the order of addresses. */
function letterOf(index: number): string {
  return LETTERS[index % LETTERS.length] ?? "?";
}

function wrapKey(entries: readonly string[], { width, colors }: Style): readonly string[] {
  const lines: string[] = [];
  for (const entry of entries) {
    const last = lines.at(-1);
    const joined = last === undefined ? `  ${entry}` : `${last}, ${entry}`;
    if (last === undefined || joined.length > width) lines.push(`  ${entry}`);
    else lines[lines.length - 1] = joined;
  }
  return lines.map(colors.dim);
}
