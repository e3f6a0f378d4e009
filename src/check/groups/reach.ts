/**
 * Who touches a buffer must reach it where the linker put it.
 *
 * @module
 */
import type { Finding } from "../../base/documents.ts";
import { formatAddress } from "../../base/units.ts";
import { finding, type ImageUnderCheck } from "../image.ts";

/** C-REACH. */
export function reachRules(image: ImageUnderCheck): Finding[] {
  return (image.manifest?.placements ?? []).flatMap((placement) => {
    const symbol = image.elf.symbol(placement.symbol);
    if (symbol === undefined || placement.initiators === undefined) return [];
    const size = Math.max(1, placement.size ?? 0, symbol.size);
    const place = image.place({ origin: symbol.address, length: size });
    if (place === undefined) return [];
    const { name, region } = place;
    // Only the core has the other addresses of a memory.
    const isAlias = name !== region.name;
    const blind = placement.initiators.filter((initiator) =>
      initiator !== "c" && (isAlias || !region.initiators.includes(initiator))
    );
    if (blind.length === 0) return [];
    return [finding(
      "C-REACH",
      `${placement.kind} ${symbol.name} at ${formatAddress(symbol.address)} is in ${name}, which ${
        blind.join(", ")
      } cannot reach, expected a region that ${
        placement.initiators.join(", ")
      } reach: ${name} is reached by ${isAlias ? "c" : region.initiators.join(", ")}`,
      {
        symbol: symbol.name,
        section: symbol.section?.name,
        address: symbol.address,
        actual: name,
      },
    )];
  });
}
