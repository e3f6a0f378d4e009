/**
 * The stack that the manifest plans: region, size, alignment, nothing else in it, SP at its top.
 *
 * @module
 */
import type { Finding } from "../../base/documents.ts";
import { formatAddress, formatBytes } from "../../base/units.ts";
import { formatRange, overlaps, type Range } from "../../board/range.ts";
import { describePlace, describeRegion, finding, type ImageUnderCheck, isIn } from "../image.ts";
import { resetVectors } from "./vectors.ts";

/** C-STACK. */
export function stackRules(image: ImageUnderCheck): Finding[] {
  const stack = image.manifest?.stack;
  if (stack === undefined) return [];
  const bottom = image.elf.symbol(stack.bottom_symbol)?.address;
  const top = image.elf.symbol(stack.top_symbol)?.address;
  if (bottom === undefined || top === undefined) return [];
  const subject = { symbol: stack.top_symbol, address: top, expected: stack.region };
  if (top <= bottom) {
    return [finding(
      "C-STACK",
      `the stack's top ${stack.top_symbol} ${
        formatAddress(top)
      } is not above its bottom ${stack.bottom_symbol} ${formatAddress(bottom)}`,
      subject,
    )];
  }
  const range = { origin: bottom, length: top - bottom };
  const place = image.place(range);
  const sp = resetVectors(image)?.sp;
  return [
    ...(isIn(place, stack.region) ? [] : [finding(
      "C-STACK",
      `the stack ${formatRange(range)} is ${describePlace(image, range)}, expected ${
        describeRegion(image.board, stack.region)
      }`,
      { ...subject, actual: image.place({ origin: bottom, length: 1 })?.name },
    )]),
    ...(range.length >= stack.size ? [] : [finding(
      "C-STACK",
      `the stack ${formatRange(range)} has ${formatBytes(range.length)}, expected ${
        formatBytes(stack.size)
      }`,
      subject,
    )]),
    ...(sp === undefined || sp === top ? [] : [finding(
      "C-STACK",
      `initial SP is ${formatAddress(sp)}, expected the stack's top ${stack.top_symbol} ${
        formatAddress(top)
      }`,
      { ...subject, address: sp },
    )]),
    ...intruders(image, range),
  ];
}

/** Sections and symbols that share bytes with the stack, other than its own. */
function intruders(image: ImageUnderCheck, range: Range): Finding[] {
  const own = ownSection(image, range);
  const manifest = image.manifest;
  const ownSymbols = new Set([
    manifest?.stack.bottom_symbol,
    manifest?.stack.top_symbol,
    ...(manifest?.placements ?? []).filter((one) => one.kind === "stack").map((one) => one.symbol),
  ]);
  const sections = image.sections
    .filter((placed) => placed.section.index !== own && overlaps(placed.vma, range))
    .map((placed) =>
      finding(
        "C-STACK",
        `section ${placed.section.name} at ${formatRange(placed.vma)} lies in the stack ${
          formatRange(range)
        }`,
        { section: placed.section.name, address: placed.section.addr, actual: placed.place?.name },
      )
    );
  const symbols = image.elf.symbols
    .filter(({ section, size, name, address, type }) =>
      section !== undefined && section.index === own && size > 0 && type === "object" &&
      !ownSymbols.has(name) && overlaps({ origin: address, length: size }, range)
    )
    .map((symbol) =>
      finding(
        "C-STACK",
        `${symbol.name} at ${formatAddress(symbol.address)}, ${
          formatBytes(symbol.size)
        }, lies in the stack ${formatRange(range)}`,
        { symbol: symbol.name, section: symbol.section?.name, address: symbol.address },
      )
    );
  return [...sections, ...symbols];
}

/** The section that was made for the stack: the manifest's, else the one without content around it. */
function ownSection(image: ImageUnderCheck, range: Range): number | undefined {
  const name = image.manifest?.placements.find((one) => one.kind === "stack")?.section;
  const around = image.sections.find((placed) =>
    name === undefined
      ? !placed.content && placed.vma.origin <= range.origin &&
        placed.vma.origin + placed.vma.length >= range.origin + range.length
      : placed.section.name === name
  );
  return around?.section.index;
}
