/**
 * What a machine says about its counts, and the check that they add up.
 *
 * @module
 */
import type { Interpreter } from "./cpu/mod.ts";
import type { Device, RegionCount } from "./types.ts";

/** Configuration and Control Register (DDI0403 B3.2.8), with the cache enables IC and DC. */
const CCR = 0xe000_ed14;
const CCR_DC = 1 << 16;
const CCR_IC = 1 << 17;
/** MPU Control Register (DDI0403 B3.5.5). */
const MPU_CTRL = 0xe000_ed94;

/** Each cycle is attributed once: to the core or to one region and kind of access. */
export function verifySum(
  total: { readonly cycles: number; readonly coreCycles: number },
  regions: readonly RegionCount[],
): void {
  const waits = regions.reduce(
    (sum, { fetch, read, write }) => sum + fetch.cycles + read.cycles + write.cycles,
    0,
  );
  // Wait states may be fractions on boards that give averages; sums of those are not exact.
  if (Math.abs(total.coreCycles + waits - total.cycles) > 1e-6 * Math.max(1, total.cycles)) {
    throw new Error(
      `cycle attribution is wrong: core ${total.coreCycles} + regions ${waits} is not ${total.cycles}`,
    );
  }
}

/** Faults that handlers of the program took. */
export function faultNotes(engine: Interpreter): string[] {
  const { first, count } = engine.takenFaults();
  if (count === 0) return [];
  const more = count > first.length ? ` and ${count - first.length} more` : "";
  return [`handlers of the program took faults: ${first.join("; ")}${more}`];
}

/** Caches that the program switched on, and what the model of them leaves out. */
export function cacheNotes(systemControl: Device, modelled: boolean): string[] {
  const ccr = systemControl.read(CCR - systemControl.origin, 4);
  const on = [
    ...((ccr & CCR_IC) !== 0 ? ["instruction cache"] : []),
    ...((ccr & CCR_DC) !== 0 && !modelled ? ["data cache"] : []),
  ];
  const notes = on.length === 0 ? [] : [
    `the program switched the ${
      on.join(" and ")
    } on: not modelled here, every access pays its wait states`,
  ];
  const protection = (systemControl.read(MPU_CTRL - systemControl.origin, 4) & 1) !== 0;
  if (modelled && (ccr & CCR_DC) !== 0 && protection) {
    notes.push(
      "the MPU is on: what its regions say of caching is not followed, the default memory map is",
    );
  }
  return notes;
}
