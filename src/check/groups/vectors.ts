/**
 * The vector table (Armv7-M ARM, DDI0403 B1.5.3): word 0 is the initial SP, word 1 the reset handler
 * with the Thumb bit. Read from the load images at the address where the core looks.
 *
 * @module
 */
import type { Finding } from "../../base/documents.ts";
import { formatAddress } from "../../base/units.ts";
import { PT_LOAD } from "../../../sim/elf/mod.ts";
import { describePlace, finding, type ImageUnderCheck } from "../image.ts";

/** The two words that reset reads. */
export interface ResetVectors {
  /** Initial SP. */
  readonly sp: number;
  /** Reset handler, with its Thumb bit. */
  readonly reset: number;
}

/** The reset vectors in the load images; `undefined` if nothing is loaded there. */
export function resetVectors(image: ImageUnderCheck): ResetVectors | undefined {
  const table = image.place({ origin: image.board.vectorTable, length: 8 });
  if (table === undefined) return undefined;
  for (const segment of image.elf.segments) {
    if (segment.type !== PT_LOAD || segment.filesz < 8) continue;
    const start = image.place({ origin: segment.paddr, length: 1 });
    if (start === undefined || start.region.name !== table.region.name) continue;
    const offset = table.canonical - start.canonical;
    if (offset < 0 || offset + 8 > segment.filesz) continue;
    const view = new DataView(segment.data.buffer, segment.data.byteOffset, segment.filesz);
    return { sp: view.getUint32(offset, true), reset: view.getUint32(offset + 4, true) };
  }
  return undefined;
}

/** C-VECTORS and C-ENTRY. */
export function vectorRules(image: ImageUnderCheck): Finding[] {
  const { vectorTable } = image.board;
  const vectors = resetVectors(image);
  const symbols = (image.manifest?.placements ?? [])
    .filter((placement) => placement.kind === "vectors")
    .flatMap((placement) => image.elf.symbol(placement.symbol) ?? [])
    .filter((symbol) => !sameByte(image, symbol.address, vectorTable))
    .map((symbol) =>
      finding(
        "C-VECTORS",
        `vector table ${symbol.name} is at ${formatAddress(symbol.address)}, the core reads it at ${
          formatAddress(vectorTable)
        }`,
        { symbol: symbol.name, section: symbol.section?.name, address: symbol.address },
      )
    );
  if (vectors === undefined) {
    const where = describePlace(image, { origin: vectorTable, length: 8 });
    return [
      ...symbols,
      finding(
        "C-VECTORS",
        `nothing is loaded at ${
          formatAddress(vectorTable)
        } (${where}), where the core reads its vector table`,
        { address: vectorTable },
      ),
    ];
  }
  return [
    ...symbols,
    ...initialSp(image, vectors),
    ...resetHandler(image, vectors),
    ...entry(image, vectors),
  ];
}

function sameByte(image: ImageUnderCheck, a: number, b: number): boolean {
  const canonical = (address: number) => image.place({ origin: address, length: 1 })?.canonical;
  return a === b || (canonical(a) !== undefined && canonical(a) === canonical(b));
}

/** SP may be the address after a region's last byte: the first push goes below it. */
function initialSp(image: ImageUnderCheck, { sp }: ResetVectors): Finding[] {
  const subject = { address: sp };
  if (sp % 8 !== 0) {
    return [finding(
      "C-VECTORS",
      `initial SP ${
        formatAddress(sp)
      } is not a multiple of 8 B, which the procedure call standard demands`,
      subject,
    )];
  }
  const below = sp === 0 ? undefined : image.place({ origin: sp - 1, length: 1 });
  if (below?.access.write === true && below.region.kind === "ram") return [];
  return [finding(
    "C-VECTORS",
    `initial SP ${formatAddress(sp)} is ${
      describePlace(image, { origin: Math.max(0, sp - 1), length: 1 })
    }, expected the end of writable memory`,
    { ...subject, actual: below?.name },
  )];
}

function resetHandler(image: ImageUnderCheck, { reset }: ResetVectors): Finding[] {
  const address = (reset & ~1) >>> 0;
  if ((reset & 1) === 0) {
    return [finding(
      "C-VECTORS",
      `reset handler ${
        formatAddress(reset)
      } has no Thumb bit (bit 0): the core faults at its first instruction`,
      { address: reset },
    )];
  }
  const place = image.place({ origin: address, length: 2 });
  const holder = image.sections.find(({ vma }) =>
    address >= vma.origin && address < vma.origin + vma.length
  );
  if (place?.access.execute === true && place.region.kind !== "ram" && holder?.content !== false) {
    return holder !== undefined || isLoaded(image, address) ? [] : [notLoaded(address, place.name)];
  }
  return [finding(
    "C-VECTORS",
    `reset handler ${formatAddress(address)} is ${
      describePlace(image, { origin: address, length: 2 })
    }, expected executable memory that is loaded before reset`,
    { address, section: holder?.section.name, actual: place?.name },
  )];
}

function notLoaded(address: number, region: string): Finding {
  return finding(
    "C-VECTORS",
    `nothing is loaded at reset handler ${formatAddress(address)} in ${region}`,
    { address, actual: region },
  );
}

function isLoaded(image: ImageUnderCheck, address: number): boolean {
  const at = image.place({ origin: address, length: 1 })?.canonical;
  return image.sections.some(({ content, lma, loadPlace }) =>
    content && at !== undefined && loadPlace !== undefined && at >= loadPlace.canonical &&
    at < loadPlace.canonical + lma.length
  );
}

function entry(image: ImageUnderCheck, { reset }: ResetVectors): Finding[] {
  const { entry } = image.elf;
  if (((entry ^ reset) & ~1) === 0) return [];
  return [finding(
    "C-ENTRY",
    `entry point ${formatAddress(entry)} is not the reset handler ${formatAddress(reset)}`,
    { address: entry },
  )];
}
