/**
 * CMSDK APB UART (Arm DDI 0479, "APB UART"): one byte in each direction, its two interrupts latched.
 *
 * @module
 */
import { type SerialDesign, word } from "./design.ts";

const DATA = 0x00;
const STATE = 0x04;
const CTRL = 0x08;
const INTSTATUS = 0x0c;
const BAUDDIV = 0x10;
const RX_FULL = 2;
const TX_ENABLE = 1;
const RX_ENABLE = 2;
const TX_INTERRUPT = 1;
const RX_INTERRUPT = 2;
/** Peripheral and component identification, from 0xFD0. */
const ID = [0x04, 0, 0, 0, 0x21, 0xb8, 0x1b, 0, 0x0d, 0xf0, 0x05, 0xb1];

/** The design; interrupt requests are latched in `flags` as in INTSTATUS. */
export const CMSDK: SerialDesign = {
  reset: {},
  data: [DATA, INTSTATUS, STATE],
  capacity: (state) => (word(state, CTRL) & RX_ENABLE) !== 0 ? 1 : 0,
  arrived(state) {
    if ((word(state, CTRL) & 8) !== 0) state.flags |= RX_INTERRUPT;
  },
  read(state, offset) {
    switch (offset) {
      case DATA:
        return state.received.shift() ?? 0;
      case STATE:
        return state.received.length > 0 ? RX_FULL : 0;
      case INTSTATUS:
        return state.flags;
      case CTRL:
      case BAUDDIV:
        return word(state, offset);
      default:
        return ID[(offset - 0xfd0) >> 2] ?? 0;
    }
  },
  write(state, offset, value, line) {
    switch (offset) {
      case DATA:
        if ((word(state, CTRL) & TX_ENABLE) === 0) return;
        line.send(value & 0xff);
        if ((word(state, CTRL) & 4) !== 0) state.flags |= TX_INTERRUPT;
        return;
      case CTRL:
        state.words[CTRL] = value & 0x7f;
        return;
      case BAUDDIV:
        state.words[BAUDDIV] = value & 0xf_ffff;
        return;
      case INTSTATUS:
        state.flags &= ~value;
    }
  },
  levels: ({ flags }) => ({
    main: (flags & RX_INTERRUPT) !== 0,
    transmit: (flags & TX_INTERRUPT) !== 0,
  }),
};
