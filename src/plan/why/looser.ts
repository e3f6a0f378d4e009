/**
 * Demands on buffers with less of which everything would fit: a given offset, a pair kept apart, an alignment, a
 * lifetime.
 *
 * @module
 */
import type { PlanChange } from "../../base/documents.ts";
import { formatBytes } from "../../base/units.ts";
import type { BufferInfo } from "../types.ts";
import { MOST_TRIED, onBuffers, type ProblemEdit, type Search, sized } from "./changes.ts";
import { momentText } from "./finding.ts";

/**
 * Lifetimes, alignments, fixed offsets and pairs with which the buffers would fit.
 *
 * @param search Where to look
 */
export function looserDemands(search: Search): readonly PlanChange[] {
  if (search.diagnosis.obstacle === undefined) return [];
  return [
    ...freeOffset(search),
    ...dropPair(search),
    ...lowerAlignment(search),
    ...shortenLife(search),
  ];
}

/** A buffer whose offset is given may go elsewhere. */
function freeOffset({ diagnosis, fits, pinFlag }: Search): readonly PlanChange[] {
  const { obstacle, part } = diagnosis;
  const names = new Set(obstacle?.buffers.map(({ name }) => name));
  return (part.fixed ?? []).filter(({ name }) => names.has(name)).slice(0, MOST_TRIED)
    .flatMap(({ name, pool, offset }): PlanChange[] => {
      const edit: ProblemEdit = (problem) => ({
        ...problem,
        fixed: (problem.fixed ?? []).filter((place) => place.name !== name),
      });
      if (!fits(edit)) return [];
      return [{
        kind: "free",
        text: `Let "${name}" go elsewhere than to offset ${offset} of "${pool}"`,
        flags: pinFlag(name, [pool]),
      }];
    });
}

/** A pair that is kept apart may share bytes. */
function dropPair({ diagnosis, fits }: Search): readonly PlanChange[] {
  const { obstacle, part } = diagnosis;
  const names = new Set(obstacle?.buffers.map(({ name }) => name));
  return (part.apart ?? []).filter(([a, b]) => names.has(a) && names.has(b)).slice(0, MOST_TRIED)
    .flatMap(([a, b]): PlanChange[] => {
      const edit: ProblemEdit = (problem) => ({
        ...problem,
        apart: (problem.apart ?? []).filter((pair) => !(pair.includes(a) && pair.includes(b))),
      });
      if (!fits(edit)) return [];
      return [{ kind: "drop", text: `Do not keep "${a}" and "${b}" apart`, flags: [] }];
    });
}

/** The largest lower alignment of one buffer, or of all. */
function lowerAlignment({ diagnosis, oracle, fits }: Search): readonly PlanChange[] {
  const { obstacle, part, finding } = diagnosis;
  if (finding.code !== "P-ALIGN" || obstacle === undefined) return [];
  const wide = obstacle.buffers.filter(({ alignment }) => alignment > 1)
    .toSorted((a, b) => b.alignment - a.alignment);
  const halved = (names: ReadonlySet<string>): PlanChange | undefined => {
    const most = wide.reduce(
      (top, one) => names.has(one.name) ? Math.max(top, one.alignment) : top,
      1,
    );
    for (let alignment = most / 2; alignment >= 1; alignment /= 2) {
      const edit = onBuffers((one) =>
        names.has(one.name) ? { ...one, alignment: Math.min(one.alignment, alignment) } : one
      );
      if (oracle.decide(edit(part)).answer !== "fits") continue;
      if (!fits(edit)) return undefined;
      const chosen = wide.filter(({ name }) => names.has(name));
      return {
        kind: "align",
        text: `Align ${
          chosen.map(({ name, alignment }) => `"${name}" (now ${formatBytes(alignment)})`).join(
            ", ",
          )
        } to ${formatBytes(alignment)}`,
        flags: [],
      };
    }
    return undefined;
  };
  for (const { name } of wide.slice(0, MOST_TRIED)) {
    const change = halved(new Set([name]));
    if (change !== undefined) return [change];
  }
  const all = halved(new Set(wide.map(({ name }) => name)));
  return all === undefined ? [] : [all];
}

/** For each buffer the latest earlier end, or the earliest later start, with which everything fits. */
function shortenLife(search: Search): readonly PlanChange[] {
  const { diagnosis: { obstacle }, statements } = search;
  const buffers = (obstacle?.buffers ?? []).filter(({ kind }) => kind === "workspace");
  return buffers.slice(0, MOST_TRIED).flatMap((buffer): PlanChange[] => {
    const first = buffer.intervals[0]?.first ?? 0;
    const last = buffer.intervals.at(-1)?.last ?? 0;
    const end = furthest(search, buffer, "end");
    const start = end === undefined ? furthest(search, buffer, "start") : undefined;
    if (end === undefined && start === undefined) return [];
    const at = (moment: number) => momentText(moment, statements ?? []);
    const text = statements === undefined
      // The words of the problem files, where times are half-open.
      ? end !== undefined
        ? `Shorten the life of ${sized(buffer)}: upper ${end + 1}, not ${last + 1}`
        : `Shorten the life of ${sized(buffer)}: lower ${start}, not ${first}`
      : end !== undefined
      ? `Use ${sized(buffer)} for the last time at ${at(end)}, not at ${at(last)}`
      : `Use ${sized(buffer)} for the first time at ${at(start ?? first)}, not at ${at(first)}`;
    return [{ kind: "shorten", text, flags: [] }];
  });
}

/** The end nearest to the old one with which everything fits: an earlier one always fits if a later one does. */
function furthest(
  { diagnosis: { part }, oracle, fits, shortestLife }: Search,
  buffer: BufferInfo,
  side: "start" | "end",
): number | undefined {
  const first = buffer.intervals[0]?.first ?? 0;
  const last = buffer.intervals.at(-1)?.last ?? 0;
  const clipped = (at: number) =>
    onBuffers((one) => {
      if (one.name !== buffer.name) return one;
      const [from, until] = side === "end" ? [first, at] : [at, last];
      const intervals = one.intervals
        .map((piece) => ({
          first: Math.max(piece.first, from),
          last: Math.min(piece.last, until),
        }))
        .filter((piece) => piece.first <= piece.last);
      return { ...one, intervals };
    });
  const fitsExactly = (at: number) => oracle.decide(clipped(at)(part)).answer === "fits";
  let good = side === "end" ? first + shortestLife - 1 : last - shortestLife + 1;
  let bad = side === "end" ? last : first;
  if ((side === "end" ? good >= bad : good <= bad) || !fitsExactly(good)) return undefined;
  while (Math.abs(bad - good) > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (fitsExactly(middle)) good = middle;
    else bad = middle;
  }
  return fits(clipped(good)) ? good : undefined;
}
