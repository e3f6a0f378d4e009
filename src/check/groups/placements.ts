/**
 * What the manifest says of each symbol: there at all, region, section, offset in its pool, size,
 * alignment.
 *
 * @module
 */
import type { Finding } from "../../base/documents.ts";
import { formatAddress, formatBytes } from "../../base/units.ts";
import type { Manifest, ManifestPlacement } from "../../firmware/types.ts";
import type { ElfSymbol } from "../../../sim/elf/mod.ts";
import {
  describePlace,
  describeRegion,
  finding,
  type ImageUnderCheck,
  isIn,
  sectionOf,
} from "../image.ts";

/** C-BOARD, C-MISSING, C-REGION, C-SECTION, C-OFFSET, C-SIZE, C-ALIGN. */
export function placementRules(image: ImageUnderCheck): Finding[] {
  const { manifest } = image;
  if (manifest === undefined) return [];
  return [
    ...board(image, manifest),
    ...missing(image, manifest),
    ...manifest.placements.flatMap((placement) => {
      const symbol = image.elf.symbol(placement.symbol);
      if (symbol === undefined) return [];
      return [
        ...region(image, placement, symbol),
        ...section(image, placement, symbol),
        ...offset(image, manifest, placement, symbol),
        ...size(placement, symbol),
        ...alignment(placement, symbol),
      ];
    }),
    ...tensors(image, manifest),
  ];
}

function board(image: ImageUnderCheck, manifest: Manifest): Finding[] {
  const known = new Set([...image.board.regions, ...image.board.aliases].map(({ name }) => name));
  const named = [
    ...manifest.placements.flatMap((one) => [one.region, one.load_region]),
    ...manifest.pools.map((one) => one.region),
    manifest.stack.region,
  ];
  const unknown = [...new Set(named)].filter((name) => name !== undefined && !known.has(name));
  return [
    ...(manifest.board === image.board.name ? [] : [finding(
      "C-BOARD",
      `the manifest is for board ${manifest.board}, checked is ${image.board.name}`,
    )]),
    ...unknown.map((name) =>
      finding(
        "C-BOARD",
        `the manifest names region ${name}, which ${image.board.name} does not have`,
        {
          expected: name,
        },
      )
    ),
  ];
}

function missing(image: ImageUnderCheck, manifest: Manifest): Finding[] {
  const { harness, stack } = manifest;
  const wanted: readonly (readonly [symbol: string, what: string, region?: string])[] = [
    ...manifest.placements.map((one) => [one.symbol, one.kind, one.region] as const),
    ...manifest.pools.map((one) => [one.symbol, `pool ${one.name}`, one.region] as const),
    ...manifest.inputs.map((one) => [one.symbol, `input ${one.name}`] as const),
    ...manifest.outputs.map((one) => [one.symbol, `output ${one.name}`] as const),
    [stack.bottom_symbol, "bottom of the stack", stack.region],
    [stack.top_symbol, "top of the stack", stack.region],
    ...(harness === undefined ? [] : [
      [harness.begin_symbol, "harness function"] as const,
      [harness.end_symbol, "harness function"] as const,
      [harness.count_symbol, "harness cell"] as const,
    ]),
  ];
  const seen = new Set<string>();
  return wanted.flatMap(([symbol, what, expected]) => {
    if (seen.has(symbol) || image.elf.symbol(symbol) !== undefined) return [];
    seen.add(symbol);
    const where = expected === undefined
      ? ""
      : `, expected in ${describeRegion(image.board, expected)}`;
    return [finding("C-MISSING", `symbol ${symbol} (${what}) is not in the ELF${where}`, {
      symbol,
      expected,
    })];
  });
}

function subject(symbol: ElfSymbol) {
  return { symbol: symbol.name, section: symbol.section?.name, address: symbol.address };
}

function bytesOf(placement: ManifestPlacement, symbol: ElfSymbol): number {
  return Math.max(1, placement.size ?? 0, symbol.size);
}

/** The top of a stack is the address after its last byte, so it may be the end of the region. */
function region(
  image: ImageUnderCheck,
  placement: ManifestPlacement,
  symbol: ElfSymbol,
): Finding[] {
  const isTop = placement.kind === "stack" && symbol.name === image.manifest?.stack.top_symbol;
  const range = isTop
    ? { origin: symbol.address - 1, length: 1 }
    : { origin: symbol.address, length: bytesOf(placement, symbol) };
  const place = image.place(range);
  if (isIn(place, placement.region)) return [];
  const start = image.place({ origin: range.origin, length: 1 });
  return [finding(
    "C-REGION",
    `${placement.kind} ${symbol.name} at ${formatAddress(symbol.address)}, ${
      formatBytes(range.length)
    }, is ${describePlace(image, range)}, expected ${
      describeRegion(image.board, placement.region)
    }`,
    { ...subject(symbol), expected: placement.region, actual: start?.name },
  )];
}

function section(
  image: ImageUnderCheck,
  placement: ManifestPlacement,
  symbol: ElfSymbol,
): Finding[] {
  const actual = symbol.section?.name ?? sectionOf(image, symbol)?.section.name;
  if (actual === placement.section) return [];
  return [finding(
    "C-SECTION",
    `${placement.kind} ${symbol.name} at ${formatAddress(symbol.address)} is in ${
      actual === undefined ? "no section" : `section ${actual}`
    }, expected ${placement.section}`,
    { ...subject(symbol), section: actual, expected: placement.region },
  )];
}

function offset(
  image: ImageUnderCheck,
  manifest: Manifest,
  placement: ManifestPlacement,
  symbol: ElfSymbol,
): Finding[] {
  const pool = manifest.pools.find((one) => one.name === placement.pool);
  const start = pool === undefined ? undefined : image.elf.symbol(pool.symbol);
  if (pool === undefined || start === undefined || placement.offset === undefined) return [];
  const expected = start.address + placement.offset;
  if (symbol.address === expected) return [];
  return [finding(
    "C-OFFSET",
    `${placement.kind} ${symbol.name} is at ${formatAddress(symbol.address)}, expected ${
      formatAddress(expected)
    }: pool ${pool.name} at ${formatAddress(start.address)} plus ${placement.offset} B`,
    { ...subject(symbol), expected: pool.region },
  )];
}

function size(placement: ManifestPlacement, symbol: ElfSymbol): Finding[] {
  if (placement.size === undefined || symbol.size === 0 || symbol.size >= placement.size) return [];
  return [finding(
    "C-SIZE",
    `${placement.kind} ${symbol.name} at ${formatAddress(symbol.address)} has ${
      formatBytes(symbol.size)
    }, expected ${formatBytes(placement.size)}`,
    { ...subject(symbol), expected: placement.region },
  )];
}

function alignment(placement: ManifestPlacement, symbol: ElfSymbol): Finding[] {
  const { alignment } = placement;
  if (alignment === undefined || alignment <= 1 || symbol.address % alignment === 0) return [];
  return [finding(
    "C-ALIGN",
    `${placement.kind} ${symbol.name} is at ${
      formatAddress(symbol.address)
    }, expected an alignment of ${alignment} B`,
    { ...subject(symbol), expected: placement.region },
  )];
}

/** Inputs and outputs must have room for their tensor. */
function tensors(image: ImageUnderCheck, manifest: Manifest): Finding[] {
  return [...manifest.inputs, ...manifest.outputs].flatMap((tensor) => {
    const symbol = image.elf.symbol(tensor.symbol);
    if (symbol === undefined || symbol.size === 0 || symbol.size >= tensor.bytes) return [];
    return [finding(
      "C-SIZE",
      `${tensor.symbol} at ${formatAddress(symbol.address)} has ${
        formatBytes(symbol.size)
      }, tensor ${tensor.name} needs ${formatBytes(tensor.bytes)}`,
      subject(symbol),
    )];
  });
}
