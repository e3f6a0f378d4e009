/**
 * PL011 (Arm DDI 0183, chapter 3) as in RP2040 (datasheet, 4.2): two FIFOs of 32 bytes. What is sent
 * leaves at once, so that the transmit FIFO is always empty; its interrupt is latched after each byte.
 *
 * @module
 */
import { type SerialDesign, type SerialState, word } from "./design.ts";

const DR = 0x00;
const FR = 0x18;
const LCR_H = 0x2c;
const CR = 0x30;
const IFLS = 0x34;
const IMSC = 0x38;
const RIS = 0x3c;
const MIS = 0x40;
const ICR = 0x44;
const RX = 1 << 4;
const TX = 1 << 5;
const RX_TIMEOUT = 1 << 6;
const FIFO_ENABLE = 1 << 4;
const DEPTH = 32;
/** Levels of IFLS, in parts of the FIFO. */
const LEVELS = [1 / 8, 1 / 4, 1 / 2, 3 / 4, 7 / 8];
/** Peripheral and PrimeCell identification, from 0xFE0. */
const ID = [0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

function hasFifo(state: SerialState): boolean {
  return (word(state, LCR_H) & FIFO_ENABLE) !== 0;
}

function raw(state: SerialState): number {
  const waiting = state.received.length;
  const level = hasFifo(state) ? DEPTH * (LEVELS[(word(state, IFLS) >>> 3) & 7] ?? 1 / 2) : 1;
  return (state.flags & TX) | (waiting >= level ? RX : 0) |
    (waiting > 0 && hasFifo(state) ? RX_TIMEOUT : 0);
}

/** The design. */
export const PL011: SerialDesign = {
  reset: { [CR]: 0x300, [IFLS]: 0x12 },
  data: [DR, ICR],
  capacity(state) {
    const on = (word(state, CR) & 0x201) === 0x201;
    return on ? hasFifo(state) ? DEPTH : 1 : 0;
  },
  read(state, offset) {
    switch (offset) {
      case DR:
        return state.received.shift() ?? 0;
      case FR: {
        const waiting = state.received.length;
        return (1 << 7) | (waiting === 0 ? 1 << 4 : 0) |
          (waiting >= (hasFifo(state) ? DEPTH : 1) ? 1 << 6 : 0);
      }
      case RIS:
        return raw(state);
      case MIS:
        return raw(state) & word(state, IMSC);
      case ICR:
        return 0;
      default:
        return offset >= 0xfe0 ? ID[(offset - 0xfe0) >> 2] ?? 0 : word(state, offset);
    }
  },
  write(state, offset, value, line) {
    if (offset === DR) {
      if ((word(state, CR) & 0x101) !== 0x101) return;
      line.send(value & 0xff);
      state.flags |= TX;
    } else if (offset === ICR) state.flags &= ~value;
    else if (offset !== FR && offset !== RIS && offset !== MIS && offset < 0xfe0) {
      state.words[offset] = value & 0xffff;
    }
  },
  levels: (state) => ({ main: (raw(state) & word(state, IMSC)) !== 0 }),
};
