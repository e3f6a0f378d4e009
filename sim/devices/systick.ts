/**
 * SysTick (DDI 0403, B3.3): a 24-bit counter of the core's clock that makes its exception pending in the
 * cycle in which it reaches 0, and is reloaded one cycle later. There is no reference clock
 * (SYST_CALIB.NOREF), so CLKSOURCE reads as 1.
 *
 * @module
 */
import { EXCEPTION } from "../cpu/architecture.ts";
import { setPending } from "../cpu/priority.ts";
import { ScheduledEvent } from "../schedule.ts";
import type { RegisterBlock, SystemHost } from "./registers.ts";

const ENABLE = 1;
const TICKINT = 2;
const CLKSOURCE = 4;
const COUNTFLAG = 1 << 16;
const MAX = 0xff_ffff;
/** SYST_CALIB: NOREF and SKEW, no calibration value. */
const CALIB = 0xc000_0000;

/** Makes the timer of a core. */
export function createSysTick(host: SystemHost): RegisterBlock {
  const { schedule, state } = host;
  let control = 0;
  let reload = 0;
  let flag = 0;
  /** Value of the counter in cycle `since`; it has not reached 0 later, unless `value` is 0. */
  let value = 0;
  let since = 0;

  /** The counter in a cycle. After 0 comes the reload value, if it is not 0. */
  const at = (cycle: number): number => {
    const passed = cycle - since;
    if ((control & ENABLE) === 0 || passed <= 0) return value;
    if (value !== 0) return value - passed;
    return reload === 0 ? 0 : reload - passed + 1;
  };
  /** Moves `since` to a cycle. */
  const settle = (cycle: number): void => {
    value = Math.max(0, at(cycle));
    since = cycle;
  };
  const zero = new ScheduledEvent((cycle) => {
    value = 0;
    since = cycle;
    flag = COUNTFLAG;
    if ((control & TICKINT) !== 0) setPending(state, EXCEPTION.sysTick, true);
    plan();
  });
  const plan = (): void => {
    const running = (control & ENABLE) !== 0;
    if (running && value !== 0) schedule.move(zero, since + value);
    else if (running && reload !== 0) schedule.move(zero, since + 1 + reload);
    else schedule.cancel(zero);
  };
  /** Changes something now. */
  const change = (apply: () => void): void => {
    // What was due in this very cycle has happened before it is changed.
    const now = host.cycles();
    if (zero.cycle <= now) schedule.runDue();
    settle(now);
    apply();
    plan();
  };
  const catchUp = (): void => {
    if (zero.cycle <= host.cycles()) schedule.runDue();
  };

  host.onReset.push(() => {
    control =
      reload =
      flag =
      value =
        0;
    since = host.cycles();
    schedule.cancel(zero);
  });

  return {
    registers: new Map([
      [0x10, {
        read: () => {
          catchUp();
          const result = control | flag | CLKSOURCE;
          flag = 0;
          return result;
        },
        write: (next: number) => change(() => control = next & (ENABLE | TICKINT)),
      }],
      [0x14, {
        read: () => reload,
        write: (next: number) => change(() => reload = next & MAX),
      }],
      [0x18, {
        read: () => {
          catchUp();
          return at(host.cycles());
        },
        write: () =>
          change(() => {
            value = 0;
            flag = 0;
          }),
      }],
      [0x1c, { read: () => CALIB }],
    ]),
    save: () => [control, reload, flag, value, since],
    restore: (saved) => {
      [control = 0, reload = 0, flag = 0, value = 0, since = 0] = saved;
      plan();
    },
  };
}
