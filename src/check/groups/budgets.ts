/**
 * Budgets: what is put into a region, a pool or a memory that regions share, against what it holds.
 *
 * @module
 */
import type { Finding } from "../../base/documents.ts";
import { formatBytes } from "../../base/units.ts";
import type { Region } from "../../board/types.ts";
import { describeRegion, finding, type ImageUnderCheck } from "../image.ts";

/** C-BUDGET. */
export function budgetRules(image: ImageUnderCheck): Finding[] {
  return [
    ...image.board.regions.flatMap((region) => ofRegion(image, region)),
    ...pools(image),
    ...shared(image),
  ];
}

/** Bytes of sections and load images that start in a region, whether or not they fit. */
function usedBytes(image: ImageUnderCheck, region: Region): number {
  const startsHere = (address: number) =>
    image.place({ origin: address, length: 1 })?.region.name === region.name;
  return image.sections.reduce((sum, { vma, lma, content }) => {
    const run = startsHere(vma.origin) ? vma.length : 0;
    const separate = content && canonical(image, vma.origin) !== canonical(image, lma.origin);
    return sum + run + (separate && startsHere(lma.origin) ? lma.length : 0);
  }, 0);
}

function canonical(image: ImageUnderCheck, address: number): number {
  return image.place({ origin: address, length: 1 })?.canonical ?? address;
}

function ofRegion(image: ImageUnderCheck, region: Region): Finding[] {
  const reserved = region.reserved.reduce((sum, range) => sum + range.length, 0);
  const used = usedBytes(image, region);
  const free = region.length - reserved;
  if (used <= free) return [];
  return [finding(
    "C-BUDGET",
    `${describeRegion(image.board, region.name)} holds ${formatBytes(free)}${
      reserved > 0 ? ` beside ${formatBytes(reserved)} reserved` : ""
    }, sections and load images there need ${formatBytes(used)}`,
    { expected: region.name, actual: region.name, address: region.origin },
  )];
}

function pools(image: ImageUnderCheck): Finding[] {
  return (image.manifest?.pools ?? []).flatMap((pool) => {
    const symbol = image.elf.symbol(pool.symbol);
    const size = symbol === undefined ? 0 : symbol.size;
    if (symbol === undefined || size <= pool.limit_bytes) return [];
    return [finding(
      "C-BUDGET",
      `pool ${pool.name} (${pool.symbol}) has ${formatBytes(size)}, its limit is ${
        formatBytes(pool.limit_bytes)
      }`,
      {
        symbol: pool.symbol,
        section: symbol.section?.name,
        address: symbol.address,
        expected: pool.region,
      },
    )];
  });
}

/** Banks of a shared memory are given to regions in whole granules. */
function shared(image: ImageUnderCheck): Finding[] {
  return image.board.budgets.flatMap((budget) => {
    const members = image.board.regions.filter((region) => budget.regions.includes(region.name));
    const needs = members.map((region) => ({
      region,
      bytes: Math.ceil(usedBytes(image, region) / budget.granule) * budget.granule,
    }));
    const total = needs.reduce((sum, need) => sum + need.bytes, 0);
    if (total <= budget.length) return [];
    const parts = needs.map(({ region, bytes }) => `${region.name} ${formatBytes(bytes)}`);
    return [finding(
      "C-BUDGET",
      `${parts.join(", ")} (in units of ${formatBytes(budget.granule)}) need ${
        formatBytes(total)
      } of ${budget.name}, which has ${formatBytes(budget.length)}`,
    )];
  });
}
