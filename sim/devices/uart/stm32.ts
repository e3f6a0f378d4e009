/**
 * The USARTs of STM32: the first generation (F1, F2, F4: RM0090 §30.6) with a status and a data register,
 * and the later one (F0, F3, F7: RM0385 §31.8; H7: RM0433 §48.7) with apart registers for both directions.
 * The FIFO of H7 is one byte deep here, whatever FIFOEN says.
 *
 * @module
 */
import { type SerialDesign, type SerialLine, type SerialState, word } from "./design.ts";

/** Flags and interrupt enables have the same places in both generations (SR, ISR; CR1). */
const RXNE = 1 << 5;
const TC = 1 << 6;
const TXE = 1 << 7;

interface Layout {
  readonly control: number;
  readonly status: number;
  readonly receive: number;
  readonly transmit: number;
  /** UE in CR1. */
  readonly enable: number;
  /** Bits of the status register that say that transmitter and receiver are on (TEACK, REACK). */
  readonly acknowledge: readonly [transmit: number, receive: number];
}

const TRANSMIT_ENABLE = 1 << 3;
const RECEIVE_ENABLE = 1 << 2;

function design(
  layout: Layout,
  special: (
    state: SerialState,
    offset: number,
    value: number,
  ) => boolean,
): SerialDesign {
  const { control, status, receive, transmit, enable } = layout;
  const on = (state: SerialState, bit: number): boolean =>
    (word(state, control) & (enable | bit)) === (enable | bit);
  const flagsOf = (state: SerialState): number =>
    TXE | (state.flags & TC) | (state.received.length > 0 ? RXNE : 0) |
    (on(state, TRANSMIT_ENABLE) ? layout.acknowledge[0] : 0) |
    (on(state, RECEIVE_ENABLE) ? layout.acknowledge[1] : 0);
  const send = (state: SerialState, value: number, line: SerialLine): void => {
    if (!on(state, TRANSMIT_ENABLE)) return;
    line.send(value & 0xff);
    state.flags |= TC;
  };
  return {
    reset: {},
    flags: TC,
    data: [receive, transmit, status],
    capacity: (state) => on(state, RECEIVE_ENABLE) ? 1 : 0,
    read(state, offset) {
      if (offset === status) return flagsOf(state);
      if (offset === receive) return state.received.shift() ?? 0;
      return word(state, offset);
    },
    write(state, offset, value, line) {
      if (special(state, offset, value)) return;
      if (offset === transmit) send(state, value, line);
      else if (offset !== receive) state.words[offset] = value;
    },
    levels: (state) => ({
      main: (flagsOf(state) & word(state, control) & (RXNE | TC | TXE)) !== 0,
    }),
  };
}

/** USART of STM32F1, F2, F4. */
export const STM32_V1: SerialDesign = design({
  control: 0x0c,
  status: 0x00,
  receive: 0x04,
  transmit: 0x04,
  enable: 1 << 13,
  acknowledge: [0, 0],
}, (state, offset, value) => {
  if (offset !== 0x00) return false;
  // TC and RXNE are cleared by writing 0.
  state.flags &= value;
  if ((value & RXNE) === 0) state.received.length = 0;
  return true;
});

const RQR = 0x18;
const ISR = 0x1c;
const ICR = 0x20;
const RXFRQ = 1 << 3;

/** USART of STM32F0, F3, F7 and H7. */
export const STM32_V2: SerialDesign = design({
  control: 0x00,
  status: ISR,
  receive: 0x24,
  transmit: 0x28,
  enable: 1,
  acknowledge: [1 << 21, 1 << 22],
}, (state, offset, value) => {
  if (offset === ICR) state.flags &= ~(value & TC);
  else if (offset === RQR) {
    if ((value & RXFRQ) !== 0) state.received.length = 0;
  } else return offset === ISR;
  return true;
});
