/**
 * Watchpoints: guards on the bus that look at accesses and let them pass.
 *
 * @module
 */
import { InputError } from "../src/base/error.ts";
import { closest } from "../src/base/units.ts";
import type { Machine } from "./machine_api.ts";
import type { BoardBus } from "./memory/mod.ts";
import type { Place } from "./places.ts";
import type { Guard, GuardRange, WatchHit } from "./types.ts";

/** What is watched: a place (a symbol with all its bytes, an address with 4), bytes from a place, a region or alias. */
export type Watched =
  | Place
  | { readonly from: Place; readonly length: number }
  | { readonly region: string };

/** Which accesses count, and what then happens. */
export interface WatchOptions {
  /** Kind; default `write`. */
  readonly on?: "read" | "write" | "access" | undefined;
  /** Only accesses with this value, unsigned. */
  readonly value?: number | undefined;
  /** Called after the instruction; true ends the run. Without it the run ends. */
  readonly hit?: ((hit: WatchHit, machine: Machine) => unknown) | undefined;
}

/** A watchpoint. */
export interface Watchpoint {
  /** What it watches: the range itself and where aliases show the same bytes. */
  readonly ranges: readonly GuardRange[];
  /** Takes it away. */
  remove(): void;
}

/** An address range `[origin, end)`. */
export interface AddressRange {
  /** First address. */
  readonly origin: number;
  /** Address after the last. */
  readonly end: number;
}

/** The range that is meant. Throws {@linkcode InputError} (E-SIM-SYMBOL, E-SIM-REGION, E-SIM-PLACE). */
export function rangeOf(machine: Machine, what: Watched): AddressRange {
  if (typeof what === "object" && "region" in what) {
    const { windows } = machine.bus;
    const window = windows.find(({ name }) => name === what.region);
    if (window !== undefined) return { origin: window.origin, end: window.end };
    const names = windows.map(({ name }) => name);
    const near = closest(what.region, names);
    throw new InputError(
      "E-SIM-REGION",
      `Cannot find region ${what.region} of ${machine.board.name}: it has ${names.join(", ")}`,
      near === undefined ? {} : { hints: [`did you mean ${near}?`] },
    );
  }
  const place = typeof what === "object" ? what.from : what;
  const origin = machine.addressOf(place);
  const known = typeof place === "string" ? machine.elf.symbol(place)?.size ?? 0 : 0;
  const length = typeof what === "object" ? what.length : known > 0 ? known : 4;
  if (!Number.isInteger(length) || length < 1 || origin + length > 2 ** 32) {
    throw new InputError("E-SIM-PLACE", `Cannot use a range of ${length} B: needs at least 1 B`);
  }
  return { origin, end: origin + length };
}

/** The range, and the same bytes at the addresses of other windows. */
export function everywhere(bus: BoardBus, range: AddressRange): AddressRange[] {
  const ranges = [range];
  for (const window of bus.windows) {
    const from = Math.max(range.origin, window.origin);
    const to = Math.min(range.end, window.end);
    if (from >= to) continue;
    const flat = window.flat + from - window.origin;
    for (const other of bus.windows) {
      if (other === window || other.region !== window.region) continue;
      const start = Math.max(flat, other.flat);
      const end = Math.min(flat + to - from, other.flat + other.end - other.origin);
      if (start >= end) continue;
      const origin = other.origin + start - other.flat;
      ranges.push({ origin, end: origin + end - start });
    }
  }
  return ranges;
}

/**
 * Makes the guard of a watchpoint.
 *
 * @param machine The machine
 * @param what What is watched
 * @param options Which accesses count
 * @param notice Told of a hit while its instruction executes
 */
export function watchGuard(
  machine: Machine,
  what: Watched,
  options: WatchOptions,
  notice: (hit: WatchHit) => void,
): Guard {
  const { bus, engine } = machine;
  const on = options.on ?? "write";
  const wanted = options.value === undefined ? undefined : options.value >>> 0;
  const tell = (access: "read" | "write", address: number, size: number, raw: number): void => {
    const value = size === 4 ? raw >>> 0 : raw & ((1 << (size * 8)) - 1);
    if (wanted !== undefined && value !== wanted) return;
    const pc = ((engine.registers[15] ?? 0) - 4) >>> 0;
    notice({ address, size, access, value, pc });
  };
  return {
    name: "watchpoint",
    ranges: everywhere(bus, rangeOf(machine, what)),
    ...(on !== "write" && {
      read(address: number, size: 1 | 2 | 4): number {
        const value = size === 1
          ? bus.read8(address)
          : size === 2
          ? bus.read16(address)
          : bus.read32(address);
        tell("read", address, size, value);
        return value;
      },
    }),
    ...(on !== "read" && {
      write(address: number, size: 1 | 2 | 4, value: number): boolean {
        if (size === 1) bus.write8(address, value);
        else if (size === 2) bus.write16(address, value);
        else bus.write32(address, value);
        tell("write", address, size, value);
        return true;
      },
    }),
  };
}
