/**
 * Serial ports that a board file declares.
 *
 * @module
 */
import type { Uart, UartKind } from "../../../src/board/types.ts";
import { uartLength } from "../../../src/board/peripherals.ts";
import type { Device } from "../../types.ts";
import { atomicAliases } from "../atomic_aliases.ts";
import { type OutputState, TextOutput } from "../text_output.ts";
import { CMSDK } from "./cmsdk.ts";
import type { SerialDesign, SerialLine, SerialState } from "./design.ts";
import { LPUART } from "./lpuart.ts";
import { PL011 } from "./pl011.ts";
import { STM32_V1, STM32_V2 } from "./stm32.ts";

const DESIGNS: Readonly<Record<UartKind, SerialDesign>> = {
  "cmsdk-apb-uart": CMSDK,
  "stm32-usart-v1": STM32_V1,
  "stm32-usart-v2": STM32_V2,
  pl011: PL011,
  "nxp-lpuart": LPUART,
};

/** Registers, queue, input and output of a port; plain data. */
export interface UartState {
  readonly registers: SerialState;
  readonly input: Uint8Array;
  readonly taken: number;
  readonly output: OutputState;
}

/** A serial port. */
export interface UartDevice extends Device {
  /** Name in the board file. */
  readonly name: string;
  /** What was sent, as text. */
  output(): string;
  /** Appends bytes to the input: what the other end sends. */
  receive(bytes: Uint8Array): void;
  /** Reset of the core: registers, and received bytes that were not read. */
  reset(): void;
  /** Power-on: forgets the output and what was received; the input is the initial one again. */
  clear(): void;
  /** What a reader of the output must know. */
  notes(): string[];
  save(): UartState;
  restore(saved: unknown): void;
}

/**
 * Makes a serial port.
 *
 * @param uart What the board file says
 * @param interrupt Sets the line of an interrupt
 * @param initial What the other end sends from power-on
 */
export function createUart(
  uart: Uart,
  interrupt: (number: number, high: boolean) => void,
  initial: Uint8Array = new Uint8Array(0),
): UartDevice {
  const design = DESIGNS[uart.kind];
  const fresh = (): SerialState => ({
    words: { ...design.reset },
    received: [],
    flags: design.flags ?? 0,
  });
  const output = new TextOutput();
  let state = fresh();
  let input = initial.slice();
  let taken = 0;

  const line: SerialLine = {
    send: (byte) => output.writeByte(byte),
    next: () => taken < input.length ? input[taken++] ?? 0 : -1,
  };

  /** Lets bytes arrive and sets the interrupt lines, after anything that may matter to them. */
  const settle = (): void => {
    while (state.received.length < design.capacity(state)) {
      const byte = line.next();
      if (byte < 0) break;
      state.received.push(byte);
      design.arrived?.(state);
    }
    const { main, transmit = false } = design.levels(state);
    const apart = uart.irqTx !== undefined;
    if (uart.irq !== undefined) interrupt(uart.irq, main || (!apart && transmit));
    if (uart.irqTx !== undefined) interrupt(uart.irqTx, transmit);
  };

  const device: UartDevice = {
    name: uart.name,
    origin: uart.origin,
    length: uartLength({ ...uart, atomicAliases: false }),
    read(offset, size) {
      const value = design.read(state, offset & ~3) >>> ((offset & 3) * 8);
      settle();
      return size === 4 ? value >>> 0 : value & ((1 << (8 * size)) - 1);
    },
    write(offset, size, value) {
      const at = offset & ~3;
      const shift = (offset & 3) * 8;
      const mask = size === 4 ? -1 : ((1 << (8 * size)) - 1) << shift;
      const others = design.data.includes(at) ? 0 : (state.words[at] ?? 0) & ~mask;
      design.write(state, at, (others | ((value << shift) & mask)) >>> 0, line);
      settle();
    },
    output: () => output.text(),
    receive(bytes) {
      const longer = new Uint8Array(input.length + bytes.length);
      longer.set(input);
      longer.set(bytes, input.length);
      input = longer;
      settle();
    },
    reset() {
      state = fresh();
    },
    clear() {
      input = initial.slice();
      taken = 0;
      output.clear();
    },
    notes: () =>
      output.dropped === 0 ? [] : [`${output.dropped} B that ${uart.name} sent were dropped`],
    save: () => ({
      registers: structuredClone(state),
      input: input.slice(),
      taken,
      output: output.save(),
    }),
    restore(saved) {
      const from = saved as UartState;
      state = structuredClone(from.registers);
      input = from.input.slice();
      taken = from.taken;
      output.restore(from.output);
    },
  };
  return uart.atomicAliases === true ? atomicAliases(device) : device;
}
