/**
 * Sections on the board: inside regions, outside reserved ranges, with the rights they need.
 *
 * @module
 */
import type { Finding } from "../../base/documents.ts";
import { formatRange, overlaps, type Range } from "../../board/range.ts";
import {
  SHF_EXECINSTR,
  SHF_WRITE,
  SHT_FINI_ARRAY,
  SHT_INIT_ARRAY,
  SHT_PREINIT_ARRAY,
} from "../../../sim/elf/mod.ts";
import {
  describePlace,
  describeRegion,
  describeSection,
  finding,
  type ImageUnderCheck,
  isIn,
  type PlacedSection,
} from "../image.ts";

/** Compilers mark these writable; they hold constants that start-up code only reads. */
const ARRAYS: readonly number[] = [SHT_INIT_ARRAY, SHT_FINI_ARRAY, SHT_PREINIT_ARRAY];

/** C-OUTSIDE, C-RESERVED, C-ACCESS, C-REGION of sections named after regions. */
export function sectionRules(image: ImageUnderCheck): Finding[] {
  return image.sections.flatMap((placed) => [
    ...outside(image, placed),
    ...reserved(placed),
    ...access(image, placed),
    ...named(image, placed),
  ]);
}

/** The region whose board file lists a section name, `.dtcm` also for `.dtcm.weights`. */
export function regionOfSectionName(image: ImageUnderCheck, name: string): string | undefined {
  return image.board.regions.find((region) =>
    region.sections.some((own) => name === own || name.startsWith(`${own}.`))
  )?.name;
}

function outside(image: ImageUnderCheck, placed: PlacedSection): Finding[] {
  if (placed.place !== undefined) return [];
  const start = image.place({ origin: placed.vma.origin, length: 1 });
  return [finding(
    "C-OUTSIDE",
    `${describeSection(placed)} is ${describePlace(image, placed.vma)}`,
    { section: placed.section.name, address: placed.section.addr, actual: start?.name },
  )];
}

/** A section named after the purpose of a range, `.boot2` for `boot2`, is what the range is kept for. */
function reserved(placed: PlacedSection): Finding[] {
  const { section } = placed;
  const uses: readonly (readonly [string, Range, PlacedSection["place"]])[] = [
    ["", placed.vma, placed.place],
    ...(placed.content && section.lma !== section.addr
      ? [["load image of ", placed.lma, placed.loadPlace] as const]
      : []),
  ];
  return uses.flatMap(([what, range, place]) =>
    (place?.region.reserved ?? [])
      .filter((one) => section.name !== `.${one.purpose}`)
      .filter((one) => overlaps(one, { origin: place?.canonical ?? 0, length: range.length }))
      .map((one) =>
        finding(
          "C-RESERVED",
          `${what}section ${section.name} at ${formatRange(range)} uses ${
            formatRange(one)
          } of ${place?.region.name}, which is reserved for ${one.purpose}`,
          { section: section.name, address: range.origin, actual: place?.name },
        )
      )
  );
}

function access(image: ImageUnderCheck, placed: PlacedSection): Finding[] {
  const { section, place } = placed;
  if (place === undefined) return [];
  const lacks = [
    ...((section.flags & SHF_EXECINSTR) !== 0 && !place.access.execute
      ? ["holds code, but cannot be executed"]
      : []),
    ...((section.flags & SHF_WRITE) !== 0 && !ARRAYS.includes(section.type) && !place.access.write
      ? ["holds writable data, but cannot be written"]
      : []),
    ...(!place.access.read && (section.flags & SHF_EXECINSTR) === 0
      ? ["holds data, but cannot be read"]
      : []),
  ];
  return lacks.map((lack) =>
    finding(
      "C-ACCESS",
      `${describeSection(placed)} ${lack} in ${describeRegion(image.board, place.name)}`,
      { section: section.name, address: section.addr, actual: place.name },
    )
  );
}

function named(image: ImageUnderCheck, placed: PlacedSection): Finding[] {
  const { section } = placed;
  if (image.manifest?.placements.some((one) => one.section === section.name) === true) return [];
  const expected = regionOfSectionName(image, section.name);
  if (expected === undefined || placed.place === undefined || isIn(placed.place, expected)) {
    return [];
  }
  return [finding(
    "C-REGION",
    `${describeSection(placed)} is ${describePlace(image, placed.vma)}, expected ${
      describeRegion(image.board, expected)
    }`,
    {
      section: section.name,
      address: section.addr,
      expected,
      actual: placed.place.name,
    },
  )];
}
