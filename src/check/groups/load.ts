/**
 * Load addresses: content must survive power-off, and must be able to come to where it runs.
 *
 * @module
 */
import type { Finding } from "../../base/documents.ts";
import { formatAddress, formatBytes } from "../../base/units.ts";
import { formatRange } from "../../board/range.ts";
import {
  describePlace,
  describeRegion,
  finding,
  type ImageUnderCheck,
  isIn,
  type PlacedSection,
  sectionOf,
} from "../image.ts";

/** C-LOAD. */
export function loadRules(image: ImageUnderCheck): Finding[] {
  return [
    ...image.sections.filter((placed) => placed.content).flatMap((placed) => [
      ...loaded(image, placed),
      ...inPlace(image, placed),
    ]),
    ...loadRegions(image),
    ...workspaces(image),
  ];
}

function loaded(image: ImageUnderCheck, placed: PlacedSection): Finding[] {
  const { section, loadPlace } = placed;
  const subject = { section: section.name, address: section.lma, actual: loadPlace?.name };
  if (section.segment === undefined) {
    return [
      finding(
        "C-LOAD",
        `section ${section.name} has ${
          formatBytes(section.size)
        } of content, but is in no loadable segment`,
        subject,
      ),
    ];
  }
  if (loadPlace?.region.kind === "nvm") return [];
  const needed = image.board.regions.filter((region) => region.kind === "nvm")
    .map((region) => describeRegion(image.board, region.name)).join(" or ");
  return [finding(
    "C-LOAD",
    `load image of section ${section.name} at ${formatRange(placed.lma)} is ${
      describePlace(image, placed.lma)
    }, expected non-volatile memory: ${needed || "the board has none"}`,
    subject,
  )];
}

/** A section that runs in memory which nothing can write must be loaded right there. */
function inPlace(image: ImageUnderCheck, placed: PlacedSection): Finding[] {
  const { section, place, loadPlace } = placed;
  if (place === undefined || loadPlace === undefined || place.access.write) return [];
  if (place.region.kind === "ram" || place.canonical === loadPlace.canonical) return [];
  return [finding(
    "C-LOAD",
    `section ${section.name} runs at ${formatAddress(section.addr)} in ${
      describeRegion(image.board, place.name)
    }, which cannot be written, but is loaded to ${formatAddress(section.lma)}`,
    { section: section.name, address: section.lma, actual: loadPlace.name },
  )];
}

function loadRegions(image: ImageUnderCheck): Finding[] {
  return (image.manifest?.placements ?? []).flatMap((placement) => {
    const expected = placement.load_region;
    const symbol = image.elf.symbol(placement.symbol);
    const placed = symbol === undefined ? undefined : sectionOf(image, symbol);
    if (expected === undefined || placed === undefined) return [];
    const { section } = placed;
    const what = `${placement.symbol} (section ${section.name})`;
    const subject = {
      symbol: placement.symbol,
      section: section.name,
      address: section.lma,
      expected,
      actual: placed.loadPlace?.name,
    };
    if (!placed.content) {
      return [finding(
        "C-LOAD",
        `${what} has no content in the ELF, expected a load image in ${
          describeRegion(image.board, expected)
        }`,
        subject,
      )];
    }
    if (isIn(placed.loadPlace, expected)) return [];
    return [finding(
      "C-LOAD",
      `load image of ${what} at ${formatAddress(section.lma)} is ${
        describePlace(image, placed.lma)
      }, expected ${describeRegion(image.board, expected)}`,
      subject,
    )];
  });
}

function workspaces(image: ImageUnderCheck): Finding[] {
  return (image.manifest?.pools ?? []).flatMap((pool) => {
    const symbol = image.elf.symbol(pool.symbol);
    const placed = symbol === undefined ? undefined : sectionOf(image, symbol);
    if (pool.kind !== "workspace" || placed === undefined || !placed.content) return [];
    const { section } = placed;
    return [finding(
      "C-LOAD",
      `workspace pool ${pool.name} (${pool.symbol}) is in section ${section.name}, which has ${
        formatBytes(section.size)
      } of content to load, expected a NOLOAD section`,
      {
        symbol: pool.symbol,
        section: section.name,
        address: section.addr,
        actual: placed.place?.name,
      },
    )];
  });
}
