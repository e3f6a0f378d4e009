/**
 * Facts of peripherals that follow from their kind, and what a board file can get wrong about them.
 *
 * @module
 */
import { formatAddress, formatBytes } from "../base/units.ts";
import { type Problem, problem } from "./problems.ts";
import type { Board, Peripheral, Uart, UartKind } from "./types.ts";

/** Bytes that the registers of a serial port take. */
const UART_LENGTH: Readonly<Record<UartKind, number>> = {
  "cmsdk-apb-uart": 0x1000,
  "stm32-usart-v1": 0x400,
  "stm32-usart-v2": 0x400,
  "pl011": 0x1000,
  "nxp-lpuart": 0x4000,
};

/** Bytes of a block whose registers have aliases to toggle, set and clear bits (RP2040 datasheet, 2.1.2). */
export const ATOMIC_LENGTH = 0x4000;

/** Bytes of addresses that a serial port takes. */
export function uartLength(uart: Uart): number {
  return uart.atomicAliases === true ? ATOMIC_LENGTH : UART_LENGTH[uart.kind];
}

/** Registers are words inside their peripheral; addresses are words. */
export function checkPeripherals(board: Board): Problem[] {
  const peripherals = board.peripherals ?? [];
  return [
    ...(board.uarts ?? []).flatMap((uart, index) => aligned("uart", uart, index)),
    ...peripherals.flatMap((one, index) => aligned("peripheral", one, index)),
    ...peripherals.flatMap(registersOutside),
    ...peripherals.flatMap((one, index) => bitsOutside(one, index)),
  ];
}

function aligned(
  kind: "uart" | "peripheral",
  one: { readonly name: string; readonly origin: number },
  index: number,
): Problem[] {
  if (one.origin % 4 === 0) return [];
  return [problem(
    "E-BOARD-REGISTER",
    `Cannot map ${kind} "${one.name}": ${formatAddress(one.origin)} is not aligned, needed a ` +
      "multiple of 4 B",
    [kind, index, "origin"],
  )];
}

function registersOutside(peripheral: Peripheral, index: number): Problem[] {
  const places = [
    ...peripheral.reset.map(({ register }, at) => ({ register, path: ["reset", at, "register"] })),
    ...peripheral.follows.map(({ register }, at) => (
      { register, path: ["follows", at, "register"] }
    )),
    ...peripheral.follows.flatMap(({ ofRegister }, at) =>
      ofRegister === undefined
        ? []
        : [{ register: ofRegister, path: ["follows", at, "of_register"] }]
    ),
  ];
  return places.filter(({ register }) => register % 4 !== 0 || register + 4 > peripheral.length)
    .map(({ register, path }) =>
      problem(
        "E-BOARD-REGISTER",
        `Cannot find register ${formatAddress(register)} of peripheral "${peripheral.name}": ` +
          `needed the offset of a word, a multiple of 4 B below ${formatBytes(peripheral.length)}`,
        ["peripheral", index, ...path],
      )
    );
}

function bitsOutside(peripheral: Peripheral, index: number): Problem[] {
  return peripheral.follows.flatMap(({ bit, of, width = 1, oneHot = false }, at) => {
    const shown = oneHot ? 2 ** width : width;
    if (bit + shown <= 32 && of + width <= 32) return [];
    return [problem(
      "E-BOARD-REGISTER",
      `Cannot follow ${width} bits of peripheral "${peripheral.name}" from bit ${of} at bit ${bit}: ` +
        "they end past bit 31, needed bits of one word",
      ["peripheral", index, "follows", at, "bit"],
    )];
  });
}
