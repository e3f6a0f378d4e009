/**
 * What comes to a machine from outside, as data: what scripts do to it by hand, what peripherals raise,
 * and injected faults. All of it goes through one door, so that a record of the inputs is complete.
 *
 * @module
 */
import { InputError, UsageError } from "../src/base/error.ts";
import type { CoreEngine } from "./engine.ts";
import type { BoardBus } from "./memory/mod.ts";
import type { Registers } from "./registers.ts";
import { type AccessKind, type Guard, MemoryFault } from "./types.ts";
import { everywhere } from "./watch.ts";

/** An input. Addresses and values are unsigned. */
export type MachineInput =
  | {
    /** Level of an interrupt line. */
    readonly kind: "interrupt";
    readonly number: number;
    readonly level: boolean;
  }
  | {
    /** Bytes written to memory. */
    readonly kind: "memory";
    readonly address: number;
    readonly bytes: ArrayLike<number>;
  }
  | { readonly kind: "register"; readonly name: string; readonly value: number }
  | {
    /** Bytes that arrive at a device, such as a UART. */
    readonly kind: "receive";
    readonly device: string;
    readonly bytes: ArrayLike<number>;
  }
  | {
    /** One bit of a byte in memory turns over, bit 0 to 7. */
    readonly kind: "flip-memory";
    readonly address: number;
    readonly bit: number;
  }
  | {
    /** One bit of a register turns over, bit 0 to 31. */
    readonly kind: "flip-register";
    readonly name: string;
    readonly bit: number;
  }
  | {
    /** Accesses to `[origin, end)` end with a bus error, or no longer. */
    readonly kind: "bus-error";
    readonly origin: number;
    readonly end: number;
    readonly access: readonly AccessKind[];
    readonly on: boolean;
  }
  | {
    /** Accesses to `[origin, end)` wait so many cycles more; 0 ends it. */
    readonly kind: "delay";
    readonly origin: number;
    readonly end: number;
    readonly access: readonly AccessKind[];
    readonly cycles: number;
  };

/** What inputs change. */
export interface InputParts {
  /** Name of the board, for messages. */
  readonly board: string;
  /** The core. */
  readonly engine: CoreEngine;
  /** Memory. */
  readonly bus: BoardBus;
  /** Registers. */
  readonly registers: Registers;
  /** True while an instruction executes. */
  readonly executing: () => boolean;
}

/** Cycles of the longest delay. */
const MOST_DELAY = 1_000_000;

/** Performs inputs. */
export class InputPort {
  readonly #parts: InputParts;
  /** Injected guards, by what they cover. */
  readonly #guards = new Map<string, Guard>();

  /** @param parts What inputs change */
  constructor(parts: InputParts) {
    this.#parts = parts;
  }

  /** Takes all injected faults away. */
  reset(): void {
    for (const guard of this.#guards.values()) this.#parts.bus.removeGuard(guard);
    this.#guards.clear();
  }

  /** Performs one. Throws {@linkcode InputError} (E-SIM-INPUT…) if it cannot be. */
  perform(input: MachineInput): void {
    const { registers } = this.#parts;
    switch (input.kind) {
      case "interrupt":
        this.#interrupt(input.number, input.level);
        break;
      case "memory":
        this.#write(input.address, Uint8Array.from(input.bytes));
        break;
      case "flip-memory": {
        checkBit(input.bit, 7);
        const [byte = 0] = this.#parts.bus.hostRead(input.address, 1);
        this.#write(input.address, Uint8Array.of(byte ^ (1 << input.bit)));
        break;
      }
      case "register":
        this.#outside("a register");
        registers.write(input.name, input.value);
        break;
      case "flip-register":
        this.#outside("a register");
        checkBit(input.bit, 31);
        registers.write(input.name, registers.read(input.name) ^ (1 << input.bit));
        break;
      case "receive":
        this.#receive(input.device, Uint8Array.from(input.bytes));
        break;
      case "bus-error":
      case "delay":
        this.#inject(input);
    }
  }

  #outside(what: string): void {
    if (!this.#parts.executing()) return;
    throw new UsageError(
      "E-SIM-RUNNING",
      `Cannot change ${what} from a callback of a device: an instruction is executing`,
      { hints: ["schedule it with machine.at({ cycle: 0 }, …): it happens after the instruction"] },
    );
  }

  #write(address: number, bytes: Uint8Array): void {
    this.#parts.bus.hostWrite(address, bytes);
    this.#parts.engine.invalidate(address, bytes.length);
  }

  #interrupt(number: number, level: boolean): void {
    const { engine } = this.#parts;
    if (engine.setInterrupt(number, level)) return;
    const most = engine.state.exceptions - 16;
    throw new InputError(
      "E-SIM-INTERRUPT",
      `Cannot set interrupt ${number} of ${this.#parts.board}: its core has the interrupts 0 to ${
        most - 1
      }, and NMI as -14`,
      { hints: ["the board file says how many there are: nvic in [cpu]"] },
    );
  }

  #receive(name: string, bytes: Uint8Array): void {
    const { devices } = this.#parts.bus;
    const device = devices.find((one) => one.name === name);
    if (device?.receive !== undefined) return device.receive(bytes);
    const known = devices.filter((one) => one.receive !== undefined).map((one) => one.name);
    throw new InputError(
      "E-SIM-DEVICE",
      `Cannot send bytes to ${name}: ${
        device === undefined ? "there is no such device" : "it takes none"
      }`,
      {
        hints: [
          known.length > 0 ? `devices that do: ${known.join(", ")}` : "no device takes bytes",
        ],
      },
    );
  }

  #inject(input: Lasting): void {
    const { bus, engine } = this.#parts;
    const { kind, origin, end, access } = input;
    const guard = lastingGuard(input, bus);
    const key = `${kind} ${origin} ${end} ${[...access].sort().join()}`;
    const before = this.#guards.get(key);
    if (before !== undefined) bus.removeGuard(before);
    this.#guards.delete(key);
    if (guard !== undefined) {
      bus.addGuard(guard);
      this.#guards.set(key, guard);
    }
    // Decoded instructions know how long their accesses can take at most.
    if (kind === "delay") engine.invalidateAll();
  }
}

type Lasting = Extract<MachineInput, { readonly kind: "bus-error" | "delay" }>;

/** What stands between the core and a range; undefined if nothing any longer. */
function lastingGuard(input: Lasting, bus: BoardBus): Guard | undefined {
  const { kind, origin, end, access } = input;
  let effect: (address: number, access: AccessKind) => void;
  if (kind === "delay") {
    const { cycles } = input;
    if (!Number.isInteger(cycles) || cycles < 0 || cycles > MOST_DELAY) {
      throw new InputError(
        "E-SIM-DELAY",
        `Cannot delay by ${cycles} cycles: needs 0 to ${MOST_DELAY}`,
      );
    }
    if (cycles === 0) return undefined;
    effect = (address, one) => bus.wait(address, one, cycles);
  } else {
    if (!input.on) return undefined;
    effect = (address, one) => {
      throw new MemoryFault(address, one, "bus-error");
    };
  }
  return {
    name: `injected ${kind}`,
    ranges: everywhere(bus, { origin, end }),
    ...(kind === "delay" && { mostWait: input.cycles }),
    ...(access.includes("read") && {
      read: (address: number): undefined => {
        effect(address, "read");
      },
    }),
    ...(access.includes("write") && {
      write: (address: number): boolean => {
        effect(address, "write");
        return false;
      },
    }),
    ...(access.includes("fetch") && {
      fetch: (address: number): void => effect(address, "fetch"),
    }),
  };
}

function checkBit(bit: number, most: number): void {
  if (Number.isInteger(bit) && bit >= 0 && bit <= most) return;
  throw new InputError("E-SIM-BIT", `Cannot turn over bit ${bit}: needs 0 to ${most}`);
}
