/**
 * Puts the content of an ELF file where a programmer or debugger would: every loadable segment at its
 * load address (LMA, `p_paddr`). Copying to run addresses is left to the start-up code.
 *
 * @module
 */
import { InputError } from "../src/base/error.ts";
import { formatAddress, formatBytes } from "../src/base/units.ts";
import { type ElfImage, type ElfSegment, PT_LOAD } from "./elf/mod.ts";
import { type BoardBus, describeAddress } from "./memory/mod.ts";

/**
 * Loads all segments.
 *
 * @param elf The image
 * @param bus Memory to fill
 * @returns Notes: segments that a real board would not keep over a power cycle
 * @throws {InputError} If a segment is not in the board's memories (E-SIM-LOAD), or there is none
 */
export function loadSegments(elf: ElfImage, bus: BoardBus): string[] {
  const loadable = elf.segments.filter((segment) => segment.type === PT_LOAD && segment.filesz > 0);
  if (loadable.length === 0) {
    throw new InputError("E-SIM-LOAD", `Cannot load ${elf.file}: it has no loadable segment`);
  }
  return loadable.flatMap((segment) => loadSegment(elf, segment, bus));
}

function loadSegment(elf: ElfImage, segment: ElfSegment, bus: BoardBus): string[] {
  const names = elf.sections
    .filter((section) => section.segment === segment.index && section.data.length > 0)
    .map((section) => section.name);
  const what = `segment ${segment.index}${names.length > 0 ? ` (${names.join(", ")})` : ""}`;
  const bad = firstOutside(segment.paddr, segment.filesz, bus);
  if (bad !== undefined) {
    throw new InputError(
      "E-SIM-LOAD",
      `Cannot load ${what} of ${elf.file}: its load range [${formatAddress(segment.paddr)}, ${
        formatAddress(segment.paddr + segment.filesz)
      }), ${formatBytes(segment.filesz)}, leaves the board's memories at ${formatAddress(bad)}, ${
        describeAddress(bus.windows, bad)
      }`,
      { hints: ["link with the linker script of this board, or name the board it was linked for"] },
    );
  }
  bus.hostWrite(segment.paddr, segment.data);
  const window = bus.windows.find((one) => segment.paddr >= one.origin && segment.paddr < one.end);
  if (window === undefined || window.region.kind === "nvm") return [];
  const why = window.region.kind === "ram"
    ? "volatile memory: a debugger can put it there, a power-up cannot"
    : "the maker's ROM: only the emulator can put it there";
  return [`${what} is loaded into ${window.name}, ${why}`];
}

/** The first address of a range that is in no window. */
function firstOutside(address: number, length: number, bus: BoardBus): number | undefined {
  let at = address;
  while (at < address + length) {
    const window = bus.windows.find((one) => at >= one.origin && at < one.end);
    if (window === undefined) return at;
    at = window.end;
  }
  return undefined;
}
