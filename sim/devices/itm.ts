/**
 * Instrumentation trace macrocell (DDI 0403, C1.7): stimulus ports that a program writes text and data to.
 * There is no trace port to limit them: a port is always ready, so that a program never waits.
 *
 * @module
 */
import type { Register, RegisterMap } from "./registers.ts";
import { type OutputState, TextOutput } from "./text_output.ts";
import type { Stateful } from "../types.ts";

const PORTS = 32;
const TER = 0xe00;
const TPR = 0xe40;
const TCR = 0xe80;
const LAR = 0xfb0;
const LSR = 0xfb4;
const ITMENA = 1;
/** Bits of TCR that can be written; BUSY is never set. */
const TCR_BITS = 0x007f_0f1f;
const KEY = 0xc5ac_ce55 | 0;

/** What a program may find at reset. */
export interface ItmOptions {
  /**
   * True if the ports are on from the start, as a debugger that shows their text sets them up (DEMCR.TRCENA,
   * TCR.ITMENA, TER, and the unlocked registers); false for the state of a board without one.
   */
  readonly enabled: boolean;
  /** True if DEMCR.TRCENA is set: without it the ITM does nothing. */
  readonly traceEnabled: () => boolean;
  /** True if the core runs privileged. */
  readonly privileged: () => boolean;
}

/** Registers and outputs; plain data. */
export interface ItmState {
  readonly control: number;
  readonly enables: number;
  readonly privilege: number;
  readonly locked: boolean;
  readonly ports: readonly OutputState[];
}

/** The macrocell. */
export interface Itm extends Stateful {
  /** Registers by offset from 0xE000_0000. */
  readonly registers: RegisterMap;
  /** What was written to a port: bytes, halfwords and words with the least significant byte first. */
  bytes(port: number): Uint8Array;
  /** Numbers of the ports that were written. */
  used(): number[];
  /** The state after reset. */
  reset(): void;
  /** Forgets what was written. */
  clear(): void;
  /** What a reader of the output must know. */
  notes(): string[];
  /** Writes 1, 2 or 4 bytes to a port; a narrow write is a shorter packet, not a part of a word. */
  write(port: number, size: 1 | 2 | 4, value: number): void;
  save(): ItmState;
}

/** Makes the macrocell. */
export function createItm(options: ItmOptions): Itm {
  const outputs = Array.from({ length: PORTS }, () => new TextOutput());
  let control = 0;
  let enables = 0;
  let privilege = 0;
  let locked = true;
  let refused = 0;

  const isOn = (port: number): boolean =>
    (options.traceEnabled() || options.enabled) && (control & ITMENA) !== 0 &&
    ((enables >>> port) & 1) === 1;

  const lockable = (read: () => number, write: (value: number) => void): Register => ({
    read,
    write(value) {
      if (!locked && options.privileged()) write(value);
    },
  });

  const registers = new Map<number, Register>([
    [TER, lockable(() => enables, (value) => enables = value)],
    [TPR, lockable(() => privilege, (value) => privilege = value & 0xf)],
    [TCR, lockable(() => control, (value) => control = value & TCR_BITS)],
    [LAR, { read: () => 0, write: (value) => locked = value !== KEY }],
    [LSR, { read: () => locked ? 3 : 1 }],
  ]);
  for (let port = 0; port < PORTS; port++) {
    registers.set(4 * port, { read: () => isOn(port) ? 1 : 0, ones: true });
  }

  const itm: Itm = {
    registers,
    bytes: (port) => outputs[port]?.bytes() ?? new Uint8Array(0),
    used: () => outputs.flatMap((output, port) => output.empty ? [] : [port]),
    reset() {
      control = options.enabled ? ITMENA : 0;
      enables = options.enabled ? -1 : 0;
      privilege = 0;
      locked = !options.enabled;
    },
    clear() {
      refused = 0;
      for (const output of outputs) output.clear();
    },
    notes: () => [
      ...outputs.flatMap((output, port) =>
        output.dropped === 0 ? [] : [`${output.dropped} B written to ITM port ${port} were dropped`]
      ),
      ...outputs.flatMap((output, port) =>
        port === 0 || output.empty ? [] : [`ITM port ${port} got ${output.bytes().length} B`]
      ),
      ...(refused === 0 ? [] : [
        `${refused} writes to ITM ports that were off did nothing: a debugger, or --itm, sets them on`,
      ]),
    ],
    write(port, size, value) {
      if (!options.privileged() && ((privilege >>> (port >> 3)) & 1) === 1) return;
      if (!isOn(port)) {
        refused++;
        return;
      }
      for (let byte = 0; byte < size; byte++) {
        outputs[port]?.writeByte((value >>> (8 * byte)) & 0xff);
      }
    },
    save: () => ({
      control,
      enables,
      privilege,
      locked,
      ports: outputs.map((output) => output.save()),
    }),
    restore(saved) {
      const from = saved as ItmState;
      ({ control, enables, privilege, locked } = from);
      from.ports.forEach((port, index) => outputs[index]?.restore(port));
    },
  };
  itm.reset();
  return itm;
}
