/**
 * What the designs of serial ports have in common: words of registers, a queue of received bytes, and a
 * line that takes what is sent. Time does not pass on the line: a byte is sent when it is written, and the
 * next byte of the input arrives when there is room for it and the receiver is on. Baud rate, parity and
 * word length are kept in their registers and change nothing.
 *
 * @module
 */

/** What a serial port holds; plain data. */
export interface SerialState {
  /** Registers that keep what is written, by offset. */
  words: Record<number, number>;
  /** Received bytes that have not been read. */
  received: number[];
  /** Latched flags, as the design numbers them. */
  flags: number;
}

/** The other end. */
export interface SerialLine {
  /** Takes a byte that was sent. */
  send(byte: number): void;
  /** The next byte of the input, −1 if there is none yet. */
  next(): number;
}

/** Levels of a port's interrupt requests. */
export interface SerialLevels {
  /** The combined request, or the one for reception. */
  readonly main: boolean;
  /** The request for transmission, where it is another one. */
  readonly transmit?: boolean;
}

/** One design of a serial port. */
export interface SerialDesign {
  /** Registers with another value than 0 after reset. */
  readonly reset: Readonly<Record<number, number>>;
  /** Flags after reset, default none. */
  readonly flags?: number;
  /** Bytes that can wait to be read, as the registers are set. */
  capacity(state: SerialState): number;
  /** Called for each byte that has arrived. */
  arrived?(state: SerialState): void;
  /** Reads a register; `words` is what it keeps. */
  read(state: SerialState, offset: number): number;
  /** Writes a register. */
  write(state: SerialState, offset: number, value: number, line: SerialLine): void;
  /** Interrupt requests. */
  levels(state: SerialState): SerialLevels;
  /** Registers whose narrow writes are not filled up with what they hold. */
  readonly data: readonly number[];
}

/** The word that a register keeps. */
export function word(state: SerialState, offset: number): number {
  return state.words[offset] ?? 0;
}
