/**
 * The DWT's cycle counter (DDI 0403, C1.8): what has been written, plus the cycles since, those slept
 * included. It counts while DEMCR.TRCENA and CYCCNTENA are set. There are no comparators (NUMCOMP 0) and
 * no other counters (NOPRFCNT 1), no trace packets (NOTRCPKT 1) and no external signals (NOEXTTRIG 1).
 * Armv6-M has no cycle counter: its DWT reads as zero.
 *
 * @module
 */
import type { RegisterBlock, SystemHost } from "./registers.ts";

const TRACE_ENABLE = 1 << 24;
/** NOTRCPKT, NOEXTTRIG, NOPRFCNT; NOCYCCNT is 0. */
const ABSENT = (1 << 27) | (1 << 26) | (1 << 24);
const WRITABLE = 0x1fff;

/** The counter, and how it hears of DEMCR. */
export interface CycleCounter extends RegisterBlock {
  /** Call before DEMCR changes. */
  settle(): void;
}

/** Makes the counter of a core. */
export function createCycleCounter(host: SystemHost): CycleCounter {
  let control = 0;
  let value = 0;
  let since = 0;
  const isCounting = (): boolean =>
    (control & 1) !== 0 && (host.state.system.demcr & TRACE_ENABLE) !== 0;
  const read = (): number => isCounting() ? value + host.cycles() - since : value;
  const settle = (): void => {
    value = read() % 2 ** 32;
    since = host.cycles();
  };
  host.onReset.push(() => {
    control = value = 0;
    since = host.cycles();
  });
  return {
    registers: host.state.baseline ? new Map() : new Map([
      [0x00, {
        read: () => ABSENT | control,
        write: (next: number) => {
          settle();
          control = next & WRITABLE;
        },
      }],
      [0x04, {
        read,
        write: (next: number) => {
          value = next >>> 0;
          since = host.cycles();
        },
      }],
    ]),
    settle,
    save: () => [control, value, since],
    restore: (saved) => {
      [control = 0, value = 0, since = 0] = saved;
    },
  };
}
