/**
 * Everything around a core that its board file decides of: memory protection, bit-banding, serial ports,
 * peripherals without behaviour; and the ITM.
 *
 * @module
 */
import { InputError } from "../../src/base/error.ts";
import type { Board } from "../../src/board/types.ts";
import type { BoardBus } from "../memory/mod.ts";
import type { Stateful } from "../types.ts";
import type { CpuState } from "../cpu/state.ts";
import { createBitBand } from "./bit_band.ts";
import { createItm, type Itm } from "./itm.ts";
import { createMpu, type Mpu } from "./mpu/mod.ts";
import { createPrivateBusGuard } from "./private_bus.ts";
import { createRegisterFile } from "./register_file.ts";
import { createUart, type UartDevice } from "./uart/mod.ts";

/** What the devices need of the machine. */
export interface DeviceHost {
  readonly bus: BoardBus;
  readonly state: CpuState;
  /** Sets the line of an interrupt; false if the core has no such interrupt. */
  setInterrupt(number: number, high: boolean): boolean;
}

/** How they differ from the default. */
export interface DeviceOptions {
  /** What the other end of a serial port sends, by its name; default nothing. */
  readonly uarts?: Readonly<Record<string, Uint8Array>> | undefined;
  /** True if the ITM is on at reset, as a debugger sets it up; default false. */
  readonly itm?: boolean | undefined;
}

/** What one console got. */
export interface ConsoleText {
  /** `usart1`, `itm`. */
  readonly name: string;
  /** Text. */
  readonly text: string;
}

/** The devices of a board. */
export interface BoardDevices {
  /** Memory protection; its registers belong to the system control space. */
  readonly mpu: Mpu;
  /** The ITM, where the core has one; its registers are at the start of the private peripheral bus. */
  readonly itm: Itm | undefined;
  /** Serial ports, in board order. */
  readonly uarts: readonly UartDevice[];
  /** Reset of the core: registers, not what was printed. */
  reset(): void;
  /** Power-on: output is forgotten, input starts over. */
  clear(): void;
  /** What serial ports and ITM port 0 got, where they got something. */
  consoles(): ConsoleText[];
  /** What a reader of the results must know. */
  notes(): string[];
  /** State for snapshots, by name. */
  parts(): ReadonlyMap<string, Stateful>;
}

const USERSETMPEND = 1 << 1;
const TRCENA = 1 << 24;

/** The serial ports that inputs are for. */
function checkInputs(board: Board, inputs: Readonly<Record<string, Uint8Array>>): void {
  const names = (board.uarts ?? []).map(({ name }) => name);
  for (const name of Object.keys(inputs)) {
    if (names.includes(name)) continue;
    throw new InputError(
      "E-SIM-UART",
      `Cannot send bytes to ${name}: ${board.name} ${
        names.length === 0
          ? "declares no serial port"
          : `has no such serial port, needed one of ${names.join(", ")}`
      }`,
      { hints: names.length === 0 ? ["declare it in the board file: [[uart]]"] : [] },
    );
  }
}

/**
 * Makes the devices of a board and puts them on its bus.
 *
 * @param board The board
 * @param host Bus and core
 * @param options Input of serial ports, ITM
 * @throws {InputError} If input is for a serial port that the board does not have (E-SIM-UART)
 */
export function createBoardDevices(
  board: Board,
  host: DeviceHost,
  options: DeviceOptions = {},
): BoardDevices {
  const { bus, state } = host;
  const { core, mpuRegions = 0, bitBand = false } = board.cpu;
  const inputs = options.uarts ?? {};
  checkInputs(board, inputs);
  const hasItm = !state.baseline;
  const mpu = createMpu({ core, regions: mpuRegions, changed: () => bus.updateGuard(mpu.guard) });
  bus.addGuard(mpu.guard);
  state.testTarget = mpu.target;
  bus.addGuard(createPrivateBusGuard({
    itm: hasItm,
    userTrigger: () => (state.system.ccr & USERSETMPEND) !== 0,
  }));
  if (bitBand) bus.addGuard(createBitBand(bus));
  const itm = hasItm
    ? createItm({
      enabled: options.itm === true,
      traceEnabled: () => (state.system.demcr & TRCENA) !== 0,
      privileged: () => state.ipsr !== 0 || (state.control & 1) === 0,
    })
    : undefined;
  const missing = new Set<number>();
  const uarts = (board.uarts ?? []).map((uart) =>
    createUart(uart, (number, high) => {
      if (!host.setInterrupt(number, high) && high) missing.add(number);
    }, inputs[uart.name])
  );
  const files = (board.peripherals ?? []).map((peripheral) => createRegisterFile(peripheral));
  for (const device of [...uarts, ...files]) bus.attach(device);
  return {
    mpu,
    itm,
    uarts,
    reset() {
      mpu.reset();
      itm?.reset();
      for (const device of [...uarts, ...files]) device.reset();
    },
    clear() {
      itm?.clear();
      missing.clear();
      for (const device of [...uarts, ...files]) device.clear();
    },
    consoles: () =>
      [
        ...uarts.map((uart) => ({ name: uart.name, text: uart.output() })),
        ...(itm === undefined
          ? []
          : [{ name: "itm", text: new TextDecoder().decode(itm.bytes(0)) }]),
      ].filter(({ text }) => text !== ""),
    notes: () => [
      ...[...uarts, ...files].flatMap((device) => device.notes()),
      ...(itm?.notes() ?? []),
      ...[...missing].map((number) =>
        `interrupt ${number} of a serial port does not exist: the board file says how many there are`
      ),
    ],
    parts: () =>
      new Map<string, Stateful>([
        ["mpu", mpu],
        ...(itm === undefined ? [] : [["itm", itm] as const]),
        ...[...uarts, ...files].map((device) => [device.name, device] as const),
      ]),
  };
}
