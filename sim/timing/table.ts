/**
 * A timing model made of a table: cycles of an instruction, cycles a moved register, cycles added
 * when it writes PC.
 *
 * @module
 */
import type { ExceptionCosts, TimingClass, TimingModel } from "../types.ts";

/** `[base, per register moved, added when PC is written]`, in cycles; the sum is rounded up, at least 1. */
export type TimingRow = readonly [base: number, perRegister: number, taken: number];

/** A table; classes that a core does not have are left out. */
export type TimingTable = Readonly<Partial<Record<TimingClass, TimingRow>>>;

/** What a table-based model is made of. */
export interface TableModel {
  /** Name for reports. */
  readonly name: string;
  /** What the numbers leave out. */
  readonly limits: string;
  /** What came out where it was compared with silicon; undefined if it was not. */
  readonly compared?: string | undefined;
  /** Documents. */
  readonly source: string;
  /** Costs. */
  readonly table: TimingTable;
  /** Cost of an instruction whose IT condition fails. */
  readonly predicatedOut: number;
  /** Cost of a division. */
  readonly divide: TimingModel["divide"];
  /** Cost of exceptions. */
  readonly exceptions?: ExceptionCosts | undefined;
}

/** A class that the core lacks is an undefined instruction there: it faults, its cost is never added. */
const ABSENT: TimingRow = [1, 0, 0];

/**
 * Makes the model.
 *
 * @param model Table and description
 */
export function tableModel(model: TableModel): TimingModel {
  const row = (timing: TimingClass) => model.table[timing] ?? ABSENT;
  return {
    name: model.name,
    accuracy: `${model.limits}; ${
      model.compared === undefined
        ? "not compared with silicon"
        : `compared with silicon: ${model.compared}`
    }`,
    source: model.source,
    cost: (timing, registers) =>
      Math.max(1, Math.ceil(row(timing)[0] + row(timing)[1] * registers)),
    taken: (timing) => row(timing)[2],
    predicatedOut: model.predicatedOut,
    divide: model.divide,
    exceptions: model.exceptions,
  };
}

/**
 * Cost of the early-terminating divider of Armv7-M cores: 2 to 12 cycles "depending on the number of
 * leading ones and zeros in the input operands" (Cortex-M3 TRM, DDI0337E 18.2, note to UDIV/SDIV;
 * the same range in the Cortex-M4 TRM, 100166 3.3.1). The manuals give no formula; assumed is that the
 * ten variable cycles are spread evenly over the up to 32 bits of the quotient.
 *
 * @param dividend Dividend, int32 or uint32
 * @param divisor Divisor, int32 or uint32
 * @param signed Whether it is SDIV
 */
export function earlyTerminatingDivide(dividend: number, divisor: number, signed: boolean): number {
  const n = signed ? Math.abs(dividend | 0) : dividend >>> 0;
  const d = signed ? Math.abs(divisor | 0) : divisor >>> 0;
  if (d === 0 || n < d) return 2;
  const quotientBits = Math.clz32(d) - Math.clz32(n) + 1;
  return 2 + Math.ceil(quotientBits * 10 / 32);
}
