/**
 * Bytes that are used twice: by sections at the same addresses, through two addresses of one memory,
 * or by load images.
 *
 * @module
 */
import type { Finding } from "../../base/documents.ts";
import { formatBytes } from "../../base/units.ts";
import { formatRange, overlaps, type Range } from "../../board/range.ts";
import { finding, type ImageUnderCheck, type Place, type PlacedSection } from "../image.ts";

interface Use {
  readonly placed: PlacedSection;
  readonly range: Range;
  readonly place: Place | undefined;
}

/** C-OVERLAP and C-ALIAS. */
export function overlapRules(image: ImageUnderCheck): Finding[] {
  const running = image.sections.map((placed): Use => ({
    placed,
    range: placed.vma,
    place: placed.place,
  }));
  const loaded = image.sections.filter((placed) => placed.content).map((placed): Use => ({
    placed,
    range: placed.lma,
    place: placed.loadPlace,
  }));
  const sharedVma = pairs(running);
  const known = new Set(sharedVma.map(([a, b]) => pairKey(a, b)));
  const sharedLma = pairs(loaded).filter(([a, b]) => !known.has(pairKey(a, b)));
  return [
    ...sharedVma.map(([a, b]) => shared(a, b)),
    ...sharedLma.map(([a, b]) => images(a, b)),
  ];
}

/** Pairs of uses that share bytes; by canonical address, a sweep over the sorted starts. */
function pairs(uses: readonly Use[]): (readonly [Use, Use])[] {
  const spans = uses.map((use) => ({
    use,
    range: { origin: use.place?.canonical ?? use.range.origin, length: use.range.length },
  })).toSorted((a, b) => a.range.origin - b.range.origin);
  const result: (readonly [Use, Use])[] = [];
  spans.forEach((a, index) => {
    const end = a.range.origin + a.range.length;
    for (let next = index + 1; next < spans.length; next++) {
      const b = spans[next];
      if (b === undefined || b.range.origin >= end) break;
      if (overlaps(a.range, b.range)) result.push([a.use, b.use]);
    }
  });
  return result;
}

function pairKey(a: Use, b: Use): string {
  const indices = [a.placed.section.index, b.placed.section.index].toSorted((x, y) => x - y);
  return indices.join("/");
}

function shared(a: Use, b: Use): Finding {
  const name = (use: Use) => `section ${use.placed.section.name} at ${formatRange(use.range)}`;
  const subject = {
    section: b.placed.section.name,
    address: b.placed.section.addr,
    actual: b.place?.name,
  };
  if (overlaps(a.range, b.range)) {
    const bytes = Math.min(a.range.origin + a.range.length, b.range.origin + b.range.length) -
      Math.max(a.range.origin, b.range.origin);
    return finding(
      "C-OVERLAP",
      `${name(b)} and ${name(a)} share ${formatBytes(bytes)}`,
      subject,
    );
  }
  return finding(
    "C-ALIAS",
    `${name(b)} (${b.place?.name}) uses the same bytes of ${b.place?.region.name} as ${
      name(a)
    } (${a.place?.name})`,
    subject,
  );
}

function images(a: Use, b: Use): Finding {
  const name = (use: Use) =>
    `load image of section ${use.placed.section.name} at ${formatRange(use.range)}`;
  return finding("C-OVERLAP", `${name(b)} and ${name(a)} share bytes`, {
    section: b.placed.section.name,
    address: b.range.origin,
    actual: b.place?.name,
  });
}
