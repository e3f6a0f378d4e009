/**
 * LPUART of i.MX RT1060 (IMXRT1060RM, chapter "Low Power Universal Asynchronous Receiver/Transmitter"),
 * with its FIFO of four words for reception.
 *
 * @module
 */
import { type SerialDesign, type SerialState, word } from "./design.ts";

const VERID = 0x00;
const PARAM = 0x04;
const GLOBAL = 0x08;
const BAUD = 0x10;
const STAT = 0x14;
const CTRL = 0x18;
const DATA = 0x1c;
const FIFO = 0x28;
const WATER = 0x2c;
const TDRE = 1 << 23;
const TC = 1 << 22;
const RDRF = 1 << 21;
/** TIE, TCIE and RIE have the places of TDRE, TC and RDRF. */
const ENABLES = TDRE | TC | RDRF;
const TRANSMIT_ENABLE = 1 << 19;
const RECEIVE_ENABLE = 1 << 18;
const RX_FIFO = 1 << 3;
const RX_FLUSH = 1 << 14;
const RX_EMPTY = 1 << 12;
const DEPTH = 4;
const RESET: Readonly<Record<number, number>> = { [BAUD]: 0x0f00_0004, [FIFO]: 0x00c0_0011 };

function status(state: SerialState): number {
  const full = state.received.length > ((word(state, WATER) >>> 16) & 3);
  return TDRE | TC | (full ? RDRF : 0) | (word(state, STAT) & 0x3fff_0000 & ~ENABLES & ~0x1f_c000);
}

/** The design. */
export const LPUART: SerialDesign = {
  reset: RESET,
  data: [DATA, STAT],
  capacity(state) {
    const on = (word(state, CTRL) & RECEIVE_ENABLE) !== 0;
    return on ? (word(state, FIFO) & RX_FIFO) !== 0 ? DEPTH : 1 : 0;
  },
  read(state, offset) {
    switch (offset) {
      case VERID:
        return 0x0401_0003;
      case PARAM:
        return 0x0202;
      case STAT:
        return status(state);
      case DATA:
        return state.received.shift() ?? RX_EMPTY;
      case FIFO:
        return (word(state, FIFO) & ~(1 << 22)) | (state.received.length === 0 ? 1 << 22 : 0);
      case WATER:
        return (word(state, WATER) & 0x0003_0003) | (state.received.length << 24);
      default:
        return word(state, offset);
    }
  },
  write(state, offset, value, line) {
    switch (offset) {
      case VERID:
      case PARAM:
        return;
      case GLOBAL:
        if ((value & 2) !== 0) {
          state.words = { ...RESET };
          state.received.length = 0;
        }
        state.words[GLOBAL] = value & 2;
        return;
      case DATA:
        if ((word(state, CTRL) & TRANSMIT_ENABLE) !== 0) line.send(value & 0xff);
        return;
      case FIFO:
        if ((value & RX_FLUSH) !== 0) state.received.length = 0;
        state.words[FIFO] = 0x00c0_0011 | (value & 0x3f88);
        return;
      default:
        state.words[offset] = value;
    }
  },
  levels: (state) => ({ main: (status(state) & word(state, CTRL) & ENABLES) !== 0 }),
};
